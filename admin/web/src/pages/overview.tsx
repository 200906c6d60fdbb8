// The overview: is it healthy, who is there, how fast is it, and what happened.

import type { Marker, Sample } from "../api/types";
import { type Columns, latest, rate, scaled, sumOf } from "../data/columns";
import { figure, levelName, ofRole, total, worst } from "../data/figures";
import { useLately } from "../data/lately";
import { live } from "../data/live";
import { useSpan } from "../data/span";
import { useStore } from "../state/store";
import { link } from "../state/route";
import { bytes, inUnit, moment, NOTHING, since, span, whole } from "../text/format";
import { t, tOr } from "../text/language";
import { Badge, Dot } from "../ui/badge";
import { processName, stateOf, toneOf, toneOfLevel } from "../ui/health";
import { Empty, Loading } from "../ui/problem";
import { SpanHead } from "../ui/span-head";
import { Table } from "../ui/table";
import { Tile } from "../ui/tile";
import { OverviewCharts } from "./overview-charts";

export function Overview() {
  const { sample } = useStore(live);
  const state = useSpan();
  const { spanMs, columns } = state;
  if (sample === null) {
    return <Loading />;
  }
  return (
    <>
      <SpanHead title={t("nav.overview")} state={state} />
      <Processes sample={sample} columns={columns} />
      <Tiles sample={sample} columns={columns} />
      <OverviewCharts columns={columns} spanMs={spanMs} />
      <Events markers={columns.markers} spanMs={spanMs} />
    </>
  );
}

function Processes({ sample, columns }: { sample: Sample; columns: Columns }) {
  const heads = [
    { label: t("process") },
    { label: t("state") },
    { label: t("up-since") },
    { label: t("version") },
    { label: t("memory"), number: true },
    { label: t("cpu"), number: true },
    { label: t("restarts"), number: true },
    { label: "PID", number: true },
  ];
  return (
    <section class="card processes">
      <Table caption={t("processes")} heads={heads}>
        {sample.processes.map((process) => (
          <tr key={process.name}>
            <th scope="row">
              <Dot tone={toneOf(process)} /> {processName(process.name)}
            </th>
            <td data-label={t("state")}>
              <Badge tone={toneOf(process)}>{stateOf(process)}</Badge>
            </td>
            <td data-label={t("up-since")} title={since(process.up_ms, sample.at_ms)}>
              {process.reachable ? since(process.up_ms, sample.at_ms) : NOTHING}{" "}
              {process.reachable && <small>({span(process.up_ms)})</small>}
            </td>
            <td data-label={t("version")}>{process.version ?? NOTHING}</td>
            <td class="number" data-label={t("memory")}>
              {bytes(process.rss_bytes)}
            </td>
            <td class="number" data-label={t("cpu")}>
              {inUnit(
                process.reachable ? latest(scaled(rate(columns, `${process.name}.cpu_ms`), 0.001)) : null,
                "percent",
              )}
            </td>
            <td class="number" data-label={t("restarts")}>
              {whole(process.restarts)}
            </td>
            <td class="number" data-label="PID">
              {process.reachable && process.pid !== null ? String(process.pid) : NOTHING}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Tiles({ sample, columns }: { sample: Sample; columns: Columns }) {
  const gateways = ofRole(sample, "gateway");
  const game = (name: string): number | null => figure(sample, "game", name);
  const dbfront = (name: string): number | null => figure(sample, "dbfront", name);
  const rateOf = (name: string): number | null => latest(sumOf(columns, "gateway", name, rate));
  const level = ofRole(sample, "dbfront")[0]?.level ?? levelName(dbfront("level"));
  const left = dbfront("journal_left_s");
  const behind = dbfront("unsaved_records") ?? minus(dbfront("lsn_durable"), dbfront("lsn_applied"));
  return (
    <div class="tiles">
      <Tile
        label={t("tile.players")}
        value={whole(game("sessions"))}
        href={link(["players"])}
        note={t("tile.connections", { n: whole(total(gateways, "connections")) })}
      />
      <Tile
        label={t("tile.rooms")}
        value={whole(game("rooms"))}
        href={link(["rooms"])}
        note={t("tile.avatars", { n: whole(game("avatars")) })}
      />
      <MessagesTile framesIn={rateOf("frames_in")} framesOut={rateOf("frames_out")} />
      <Tile
        label={t("tile.bytes")}
        value={inUnit(rateOf("bytes_out"), "bytesPerSecond")}
        href={link(["gateway"])}
        note={t("tile.in", { n: inUnit(rateOf("bytes_in"), "bytesPerSecond") })}
      />
      {!columns.series.has("game.turn_p99_us") ? (
        <Tile
          label={t("tile.last-turn")}
          value={inUnit(game("turn_us"), "micros")}
          note={t("tile.longest", { n: inUnit(game("turn_us_max"), "micros") })}
        />
      ) : (
        <Tile
          label={t("tile.turn")}
          value={inUnit(game("turn_p99_us"), "micros")}
          note={t("tile.p50", { n: inUnit(game("turn_p50_us"), "micros") })}
        />
      )}
      <Tile
        label={t("tile.round-trip")}
        value={inUnit(worst(gateways, "round_trip_p99_us"), "micros")}
        note={t("tile.p50", { n: inUnit(worst(gateways, "round_trip_p50_us"), "micros") })}
      />
      <Tile
        label={t("tile.behind")}
        value={whole(behind)}
        href={link(["database"])}
        note={t("tile.lag", {
          durable: inUnit(millis(dbfront("durable_lag_ms")), "micros"),
          applied: inUnit(millis(dbfront("applied_lag_ms")), "micros"),
        })}
      />
      <Tile
        label={t("tile.journal")}
        href={link(["database"])}
        value={<Badge tone={toneOfLevel(level)}>{level === null ? NOTHING : tOr("level.", level)}</Badge>}
        note={
          left === null
            ? NOTHING
            : left < 0
              ? t("tile.never-full")
              : t("tile.left", { time: span(left * 1_000) })
        }
      />
    </div>
  );
}

/** Each costs the gateways an answer. */
const BILL_EVERY_MS = 3_000;

/** Messages as the bill of the gateway's page counts them, one for each who got it, and frames, which hold one or more. */
function MessagesTile({ framesIn, framesOut }: { framesIn: number | null; framesOut: number | null }) {
  const { lately } = useLately(BILL_EVERY_MS);
  const got = lately?.lines.reduce((all, line) => all + line.receivers, 0) ?? null;
  return (
    <Tile
      label={t("tile.messages")}
      value={inUnit(lately === null || got === null ? null : (got * 1_000) / lately.ms, "perSecond")}
      href={link(["gateway"])}
      note={t("tile.frames", { in: inUnit(framesIn, "perSecond"), out: inUnit(framesOut, "perSecond") })}
    />
  );
}

/** A figure in milliseconds as microseconds. */
function millis(value: number | null): number | null {
  return value === null ? null : value * 1_000;
}

function minus(above: number | null, below: number | null): number | null {
  return above === null || below === null ? null : Math.max(0, above - below);
}

const EVENTS_MAX = 50;

function eventText({ what, detail }: Marker): string {
  switch (what) {
    case "state":
      return t("event.state", { state: tOr("state.", detail) });
    case "level":
      return t("event.level", { level: tOr("level.", detail) });
    case "counted":
      return tOr("alarm.", detail);
    case "setting":
      return t("mark.setting", { key: detail });
    default:
      return tOr("mark.", what);
  }
}

const BAD_LEVELS = new Set(["red", "black"]);

function toneOfEvent({ what, detail }: Marker): string | undefined {
  const isBad = what === "counted" || what === "gone" || (what === "level" && BAD_LEVELS.has(detail));
  return isBad ? "event-bad" : undefined;
}

function Events({ markers, spanMs }: { markers: readonly Marker[]; spanMs: number }) {
  const shown = markers
    .filter((marker) => Date.now() - spanMs <= marker.at_ms)
    .slice(-EVENTS_MAX)
    .reverse();
  return (
    <section class="card">
      <h2>{t("events")}</h2>
      {shown.length === 0 ? (
        <Empty title={t("events.none")}>{t("events.none.help")}</Empty>
      ) : (
        <ul class="events">
          {shown.map((marker) => (
            <li key={`${marker.at_ms} ${marker.process} ${marker.what} ${marker.detail}`}>
              <time>{moment(marker.at_ms)}</time>
              <strong>{processName(marker.process)}</strong>
              <span class={toneOfEvent(marker)}>{eventText(marker)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
