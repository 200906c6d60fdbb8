// What a room that is watched hears, what is due in it, and what it waits for.

import type { Heard, WatchedRoom } from "../../api/rooms";
import { link } from "../../state/route";
import { numberOf, whole } from "../../text/format";
import { t, tOr } from "../../text/language";
import { plain } from "../../text/plain";
import { Empty } from "../../ui/problem";
import { Table } from "../../ui/table";

export function HeardCard({ room }: { room: WatchedRoom }) {
  const heads = [
    { label: t("room.inputs"), number: true },
    { label: t("room.at"), number: true },
    { label: t("player") },
    { label: t("room.what") },
  ];
  return (
    <section class="card">
      <h2>{t("room.heard")}</h2>
      {room.heard.length === 0 ? (
        <Empty title={t("room.heard.none")}>{t("room.heard.help")}</Empty>
      ) : (
        <div class="heard">
          <Table caption={t("room.heard")} heads={heads}>
            {room.heard.map((heard) => (
              <tr key={heard.number}>
                <th scope="row" class="number">
                  {whole(heard.number)}
                </th>
                <td class="number mono">{seconds(heard.at_ms)}</td>
                <td class="mono">
                  {heard.account !== null && (
                    <a href={link(["players", heard.account])}>{heard.account}</a>
                  )}
                </td>
                <td class="cut-wide">
                  <Words heard={heard} />
                </td>
              </tr>
            ))}
          </Table>
        </div>
      )}
    </section>
  );
}

function Words({ heard }: { heard: Heard }) {
  const key = tOr("heard.", heard.what);
  const words = key.replace("{of}", heard.of).replace("{n}", whole(heard.times));
  return (
    <>
      {words} {heard.name !== "" && <strong>{plain(heard.name)}</strong>}{" "}
      {heard.body !== "" && <code>{plain(heard.body)}</code>}{" "}
      {0 < heard.body_bytes && <small>{t("heard.bytes", { n: whole(heard.body_bytes) })}</small>}
      {heard.outcomes
        .filter((code) => code !== "")
        .map((code) => (
          <small key={code}> {plain(code)}</small>
        ))}
    </>
  );
}

export function DueCard({ room }: { room: WatchedRoom }) {
  return (
    <section class="card">
      <h2>{t("room.timers")}</h2>
      {room.timers.length === 0 ? (
        <p class="faint">{t("room.timers.none")}</p>
      ) : (
        <Table
          caption={t("room.timers")}
          heads={[{ label: t("room.timers") }, { label: t("room.left"), number: true }]}
        >
          {room.timers.map((timer) => (
            <tr key={timer.id}>
              <th scope="row">{t("room.timer", { n: timer.id })}</th>
              <td class="number">{seconds(timer.left_ms)}</td>
            </tr>
          ))}
        </Table>
      )}
      <h2>{t("room.asks")}</h2>
      {room.asks.length === 0 ? (
        <p class="faint">{t("room.asks.none")}</p>
      ) : (
        <Table
          caption={t("room.asks")}
          heads={[
            { label: t("room.asked") },
            { label: t("room.question") },
            { label: t("room.left"), number: true },
          ]}
        >
          {room.asks.map((ask) => (
            <tr key={ask.id}>
              <th scope="row" class="mono">
                <a href={link(["players", ask.account])}>{ask.account}</a>
              </th>
              <td>{plain(ask.name)}</td>
              <td class="number">{seconds(ask.left_ms)}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function seconds(ms: number | string): string {
  return t("room.seconds", { n: ((numberOf(ms) ?? 0) / 1_000).toFixed(1) });
}
