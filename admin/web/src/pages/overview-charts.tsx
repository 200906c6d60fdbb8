// The charts of the overview: what the world does, how fast, and how far the database is behind.

import { Chart, type Line } from "../chart/chart";
import type { Color } from "../chart/palette";
import {
  type Column,
  type Columns,
  gauge,
  processesOf,
  rate,
  scaled,
  sumOf,
} from "../data/columns";
import { t } from "../text/language";
import { perGateway } from "./per-gateway";

const COLORS: readonly Color[] = ["a", "b", "c", "d", "e", "f"];

export function OverviewCharts({ columns, spanMs }: { columns: Columns; spanMs: number }) {
  const common = { at: columns.at, markers: columns.markers, spanMs };
  const game = (name: string): Column => gauge(columns, `game.${name}`);
  // A game of another version may know no percentiles.
  const has = (name: string): boolean => columns.series.has(`game.${name}`);
  const dbfront = (name: string): Column => gauge(columns, `dbfront.${name}`);
  const gateways = (name: string, read: typeof gauge = rate): Column => sumOf(columns, "gateway", name, read);
  const line = (label: string, values: Column, color: Color, fill = false): Line => ({
    label,
    values,
    color,
    fill,
  });
  return (
    <div class="charts">
      <Chart
        {...common}
        title={t("chart.players")}
        help={t("chart.players.help")}
        unit="count"
        lines={[
          line(t("chart.sessions"), game("sessions"), "a", true),
          line(t("chart.connections"), gateways("connections", gauge), "b"),
        ]}
      />
      <Chart
        {...common}
        title={t("chart.frames")}
        help={t("chart.frames.help")}
        unit="perSecond"
        lines={[line(t("in"), gateways("frames_in"), "a"), line(t("out"), gateways("frames_out"), "b", true)]}
      />
      <Chart
        {...common}
        title={t("chart.bytes")}
        help={t("chart.bytes.help")}
        unit="bytesPerSecond"
        lines={[line(t("in"), gateways("bytes_in"), "a"), line(t("out"), gateways("bytes_out"), "b", true)]}
      />
      <Chart
        {...common}
        title={t("chart.turn")}
        help={t("chart.turn.help")}
        unit="micros"
        lines={
          has("turn_p99_us")
            ? [line("p50", game("turn_p50_us"), "a", true), line("p99", game("turn_p99_us"), "c")]
            : [line(t("chart.last-turn"), game("turn_us"), "a", true)]
        }
      />
      <Chart
        {...common}
        title={t("chart.round-trip")}
        help={t("gateway.round-trip.help")}
        unit="micros"
        lines={perGateway(columns, "round_trip")}
      />
      <Chart
        {...common}
        title={t("chart.lag")}
        help={t("chart.lag.help")}
        unit="count"
        lines={[
          line(t("chart.durable"), game("inflight_records"), "a"),
          line(t("chart.applied"), dbfront("unsaved_records"), "d", true),
        ]}
      />
      <Chart
        {...common}
        title={t("chart.lag-time")}
        help={t("chart.lag-time.help")}
        unit="micros"
        lines={[
          line(t("chart.durable"), scaled(dbfront("durable_lag_ms"), 1_000), "a"),
          line(t("chart.applied"), scaled(dbfront("applied_lag_ms"), 1_000), "d", true),
        ]}
      />
      <Chart
        {...common}
        title={t("chart.journal")}
        help={t("chart.journal.help")}
        unit="percent"
        lines={[line(t("chart.used"), scaled(dbfront("journal_used_permille"), 0.001), "d", true)]}
      />
      <Chart
        {...common}
        title={t("chart.memory")}
        help={t("chart.memory.help")}
        unit="bytes"
        lines={perProcess(columns, "rss_bytes", gauge)}
      />
      <Chart
        {...common}
        title={t("chart.cpu")}
        help={t("chart.cpu.help")}
        unit="percent"
        lines={perProcess(columns, "cpu_ms", rate).map((one) => ({
          ...one,
          values: scaled(one.values, 0.001),
        }))}
      />
    </div>
  );
}

/** One line for each process. */
function perProcess(columns: Columns, figure: string, read: typeof gauge): Line[] {
  const names = ["gateway", "game", "dbfront"].flatMap((role) => processesOf(columns, role));
  return names.map((name, index) => ({
    label: name,
    values: read(columns, `${name}.${figure}`),
    color: COLORS[index % COLORS.length] ?? "a",
  }));
}
