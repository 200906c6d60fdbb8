// How a player plays just now: its session, where it stands, what it said in public.

import * as calls from "../../api/players";
import { useAsked } from "../../data/polled";
import { link } from "../../state/route";
import { moment, numberOf, whole } from "../../text/format";
import { t, tOr } from "../../text/language";
import { plain } from "../../text/plain";
import { Empty, Shown } from "../../ui/problem";
import { Facts, Table } from "../../ui/table";

const ASKED_EVERY_MS = 3_000;

export function Live({ id }: { id: string }) {
  const asked = useAsked((signal) => calls.live(id, signal), [id], ASKED_EVERY_MS);
  return (
    <Shown asked={asked}>
      {(live) => (
        <>
          <section class="card">
            {live.sessions.length === 0 ? (
              <Empty title={t("live.none")} />
            ) : (
              live.sessions.map((one) => (
                <Facts
                  key={one.address}
                  facts={[
                    [t("players.address"), <span class="mono">{one.address}</span>],
                    [t("players.since"), moment(one.since_ms)],
                    [t("players.client"), plain(one.client)],
                    [t("state"), one.away ? t("live.away") : t("online")],
                    [t("live.place"), placeOf(one)],
                    [
                      t("live.room"),
                      one.room === null ? "–" : <a href={link(["rooms", one.room])}>{one.room}</a>,
                    ],
                  ]}
                />
              ))
            )}
          </section>
          <section class="card">
            <h2>{t("live.said")}</h2>
            <p class="faint">{t("live.said.help")}</p>
            {live.said.length === 0 ? (
              <Empty title={t("live.said.none")} />
            ) : (
              <Table
                caption={t("live.said")}
                heads={[{ label: t("time") }, { label: t("live.place") }, { label: t("name") }, { label: t("live.said") }]}
              >
                {live.said.map((line, at) => (
                  <tr key={at}>
                    <td>{moment(line.at_ms)}</td>
                    <td>{tOr("live.where.", line.where)}</td>
                    <td>{plain(line.name)}</td>
                    <td class="cut-wide">{plain(line.text)}</td>
                  </tr>
                ))}
              </Table>
            )}
          </section>
        </>
      )}
    </Shown>
  );
}

function placeOf(one: calls.SessionLine): string {
  if (one.place === null) {
    return t("live.nowhere");
  }
  const meters = (mm: number | string): string => whole(Math.round((numberOf(mm) ?? 0) / 1_000));
  return t("characters.at", {
    map: String(one.place.map),
    x: meters(one.place.x_mm),
    y: meters(one.place.y_mm),
  });
}
