// The database: how much room there is, how far the journal and the tables are, and what reads cost.

import * as calls from "../api/calls";
import type { ProcessSample, Role } from "../api/types";
import { Chart, type Line } from "../chart/chart";
import type { Color } from "../chart/palette";
import { type Column, type Columns, gauge, rate, ratio, scaled, sum } from "../data/columns";
import { DATABASE_GROUPS, levelName, ofRole } from "../data/figures";
import { live } from "../data/live";
import { useAsked } from "../data/polled";
import { useSpan } from "../data/span";
import { useStore } from "../state/store";
import { bytes, inUnit, moment, NOTHING, span, whole } from "../text/format";
import { t, tOr } from "../text/language";
import { Badge } from "../ui/badge";
import { toneOfLevel } from "../ui/health";
import { FigureGroups } from "../ui/figures";
import { Loading, Problem } from "../ui/problem";
import { SpanHead } from "../ui/span-head";
import { Tile } from "../ui/tile";
import { DatabaseLook } from "./database-look";
import { Refused } from "./database-refused";

const ASKED_EVERY_MS = 5_000;

export function Database({ role }: { role: Role }) {
  const { sample } = useStore(live);
  const state = useSpan();
  const { spanMs, columns } = state;
  const asked = useAsked(calls.database, [], ASKED_EVERY_MS);
  if (sample === null) {
    return <Loading />;
  }
  const process = ofRole(sample, "dbfront")[0] ?? null;
  return (
    <>
      <SpanHead title={t("nav.database")} state={state} />
      {asked.error !== null && <Problem error={asked.error} retry={asked.reload} />}
      {asked.data?.poison != null && (
        <Refused poison={asked.data.poison} role={role} onDone={asked.reload} />
      )}
      {process === null || !process.reachable ? (
        <p class="note note-bad">{t("database.none")}</p>
      ) : (
        <>
          <Tiles process={process} />
          <Charts columns={columns} spanMs={spanMs} />
          <DatabaseLook role={role} />
          <FigureGroups groups={DATABASE_GROUPS} processes={[process]} except={/^level(_since_ms)?$/} />
        </>
      )}
    </>
  );
}

function Tiles({ process }: { process: ProcessSample }) {
  const of = (name: string): number | null => process.figures[name] ?? null;
  const level = process.level ?? levelName(of("level"));
  const left = of("journal_left_s");
  const since = of("level_since_ms");
  const hits = ["hits_hot", "hits_cold", "hits_disk", "hits_absent"].map((name) => of(name) ?? 0);
  const found = hits.reduce((all, one) => all + one, 0);
  const asked = found + (of("misses") ?? 0);
  return (
    <div class="tiles">
      <Tile
        label={t("tile.journal")}
        value={<Badge tone={toneOfLevel(level)}>{level === null ? NOTHING : tOr("level.", level)}</Badge>}
        note={
          since === null || since === 0
            ? t("database.since-start")
            : t("database.since", { when: moment(since) })
        }
      />
      <Tile
        label={t("database.left")}
        value={left === null ? NOTHING : left < 0 ? t("never") : span(left * 1_000)}
        note={left !== null && left < 0 ? t("tile.never-full") : t("database.left.note")}
      />
      <Tile
        label={t("database.used")}
        value={inUnit(scaleOf(of("journal_used_permille")), "percent")}
        note={t("database.free", { n: bytes(of("journal_free_bytes")) })}
      />
      <Tile
        label={t("tile.behind")}
        value={whole(of("unsaved_records"))}
        note={t("database.behind.note", {
          n: bytes(of("unsaved_bytes")),
          time: inUnit(micros(of("applied_lag_ms")), "micros"),
        })}
      />
      <Tile
        label={t("database.hits")}
        value={asked === 0 ? NOTHING : inUnit(found / asked, "percent")}
        note={t("database.hits.note", { n: whole(of("misses")) })}
      />
      <Tile
        label={t("figure.apply_retries")}
        value={whole(of("apply_retries"))}
        note={t("database.retries.note")}
      />
    </div>
  );
}

function micros(ms: number | null): number | null {
  return ms === null ? null : ms * 1_000;
}

function scaleOf(permille: number | null): number | null {
  return permille === null ? null : permille / 1_000;
}

function Charts({ columns, spanMs }: { columns: Columns; spanMs: number }) {
  const common = { at: columns.at, markers: columns.markers, spanMs };
  const of = (name: string): Column => gauge(columns, `dbfront.${name}`);
  const rateOf = (name: string): Column => rate(columns, `dbfront.${name}`);
  const line = (label: string, values: Column, color: Color, fill = false): Line => ({
    label,
    values,
    color,
    fill,
  });
  const hits = sum(["hits_hot", "hits_cold", "hits_disk", "hits_absent"].map(rateOf), columns.at.length);
  const asked = sum([hits, rateOf("misses")], columns.at.length);
  return (
    <div class="charts">
      <Chart
        {...common}
        title={t("database.records")}
        help={t("database.records.help")}
        unit="perSecond"
        lines={[
          line(t("chart.durable"), rateOf("lsn_durable"), "a"),
          line(t("chart.applied"), rateOf("lsn_applied"), "d"),
        ]}
      />
      <Chart
        {...common}
        title={t("chart.lag")}
        help={t("chart.lag.help")}
        unit="count"
        lines={[line(t("chart.applied"), of("unsaved_records"), "d", true)]}
      />
      <Chart
        {...common}
        title={t("chart.lag-time")}
        help={t("chart.lag-time.help")}
        unit="micros"
        lines={[
          line(t("chart.durable"), scaled(of("durable_lag_ms"), 1_000), "a"),
          line(t("chart.applied"), scaled(of("applied_lag_ms"), 1_000), "d", true),
        ]}
      />
      <Chart
        {...common}
        title={t("chart.journal")}
        help={t("chart.journal.help")}
        unit="percent"
        lines={[line(t("chart.used"), scaled(of("journal_used_permille"), 0.001), "d", true)]}
      />
      <Chart
        {...common}
        title={t("database.written")}
        help={t("database.written.help")}
        unit="bytesPerSecond"
        lines={[line(t("database.journal"), rateOf("journal_bytes"), "a", true)]}
      />
      <Chart
        {...common}
        title={t("database.sync")}
        help={t("database.sync.help")}
        unit="micros"
        lines={[
          line(t("database.sync.journal"), of("journal_sync_p99_us"), "a"),
          line(t("database.sync.apply"), of("apply_batch_p99_us"), "d"),
        ]}
      />
      <Chart
        {...common}
        title={t("database.hits")}
        help={t("database.hits.help")}
        unit="percent"
        lines={[line(t("database.hits"), ratio(hits, asked), "e", true)]}
      />
    </div>
  );
}
