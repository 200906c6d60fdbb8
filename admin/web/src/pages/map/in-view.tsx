// Who is in view, as a table: what the canvas shows to those who see it, for everybody.

import type { MapAnswer, MapOne } from "../../api/map";
import { link } from "../../state/route";
import { whole } from "../../text/format";
import { t } from "../../text/language";
import { plain } from "../../text/plain";
import { Empty } from "../../ui/problem";
import { Table } from "../../ui/table";

const ROWS_MAX = 100;
const CELLS_MAX = 8;

interface InViewProps {
  now: MapAnswer;
  monsters: boolean;
  onShow: (one: MapOne) => void;
}

export function InView({ now, monsters, onShow }: InViewProps) {
  const seen = now.ones.filter((one) => monsters || one.account !== null);
  // By name, so that a line stays where it is while its player walks.
  const sorted = [...seen].sort(
    (a, b) =>
      Number(a.account === null) - Number(b.account === null) ||
      a.name.localeCompare(b.name) ||
      a.avatar - b.avatar,
  );
  return (
    <>
      {now.more && <p class="note note-warn">{t("map.more", { n: now.ones.length })}</p>}
      {seen.length === 0 ? (
        <Empty title={t("map.none-in-view")}>{t("map.none-in-view.help")}</Empty>
      ) : (
        <Ones ones={sorted.slice(0, ROWS_MAX)} onShow={onShow} />
      )}
      {ROWS_MAX < seen.length && (
        <p class="hint">{t("map.more-rows", { n: whole(seen.length - ROWS_MAX) })}</p>
      )}
      <Cells now={now} />
    </>
  );
}

function Ones({ ones, onShow }: { ones: readonly MapOne[]; onShow: (one: MapOne) => void }) {
  const heads = [
    { label: t("name") },
    { label: t("map.at"), number: true },
    { label: t("map.life"), number: true },
    { label: t("map.show") },
  ];
  return (
    <div class="map-list">
      <Table caption={t("map.view")} heads={heads}>
        {ones.map((one) => (
          <tr key={one.avatar}>
            <th scope="row">
              {one.account === null ? (
                plain(one.name)
              ) : (
                <a href={link(["players", one.account])}>{plain(one.name)}</a>
              )}{" "}
              <small>
                {one.account === null
                  ? t("map.monster", { kind: one.monster })
                  : t("map.player", { level: one.level })}
                {one.away && ` · ${t("map.away")}`}
              </small>
            </th>
            <td class="mono number">{meters(one.x_mm, one.y_mm)}</td>
            <td class="number">{one.life === 0 ? t("map.dead") : `${one.life} %`}</td>
            <td>
              <button
                type="button"
                class="plain"
                aria-label={t("map.show-one", { name: plain(one.name) })}
                onClick={() => onShow(one)}
              >
                {t("map.show")}
              </button>
            </td>
          </tr>
        ))}
      </Table>
    </div>
  );
}

function Cells({ now }: { now: MapAnswer }) {
  const full = [...now.tiles].sort((a, b) => b[1] - a[1] || b[2] - a[2] || a[0] - b[0]).slice(0, CELLS_MAX);
  if (full.length === 0) {
    return null;
  }
  const heads = [
    { label: t("map.cell") },
    { label: t("nav.players"), number: true },
    { label: t("map.monsters"), number: true },
  ];
  return (
    <>
      <h3>{t("map.full-cells")}</h3>
      <Table caption={t("map.full-cells")} heads={heads}>
        {full.map(([number, players, monsters]) => (
          <tr key={number}>
            <th scope="row">
              {t("map.cell-at", {
                x: (number % now.columns) + 1,
                y: Math.floor(number / now.columns) + 1,
              })}
            </th>
            <td class="number">{whole(players)}</td>
            <td class="number">{whole(monsters)}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function meters(x: number, y: number): string {
  return t("map.meters", { x: (x / 1_000).toFixed(1), y: (y / 1_000).toFixed(1) });
}
