// The gateway: connections, why they close, traffic, outboxes, drops and compression.

import { Chart, type Line } from "../chart/chart";
import type { Color } from "../chart/palette";
import {
  type Column,
  type Columns,
  gauge,
  rate,
  ratio,
  scaled,
  slowRate,
  sumOf,
} from "../data/columns";
import { GATEWAY_GROUPS, namesOf, ofRole, total, worst } from "../data/figures";
import { live } from "../data/live";
import { useSpan } from "../data/span";
import type { ProcessSample } from "../api/types";
import { useStore } from "../state/store";
import { inUnit, whole } from "../text/format";
import { t, tOr } from "../text/language";
import { FigureGroups, growth } from "../ui/figures";
import { Empty, Loading } from "../ui/problem";
import { SpanHead } from "../ui/span-head";
import { Table } from "../ui/table";
import { Tile } from "../ui/tile";
import { Bill } from "./bill";
import { Outboxes } from "./outboxes";
import { perGateway } from "./per-gateway";

const COLORS: readonly Color[] = ["a", "b", "c", "d", "e", "f"];

export function Gateway() {
  const { sample } = useStore(live);
  const state = useSpan();
  const { spanMs, columns } = state;
  if (sample === null) {
    return <Loading />;
  }
  const gateways = ofRole(sample, "gateway").filter((process) => process.reachable);
  return (
    <>
      <SpanHead title={t("nav.gateway")} state={state} />
      {gateways.length === 0 ? (
        <Empty title={t("gateway.none")}>{t("gateway.none.help")}</Empty>
      ) : (
        <>
          <Tiles gateways={gateways} />
          <Charts columns={columns} spanMs={spanMs} gateways={gateways} />
          <Bill />
          <div class="columns wide">
            <Outboxes gateways={gateways} />
            <Closes gateways={gateways} />
          </div>
          <FigureGroups groups={GATEWAY_GROUPS} processes={gateways} except={/^(closed($|\.)|outbox\.)/} />
        </>
      )}
    </>
  );
}

function Tiles({ gateways }: { gateways: readonly ProcessSample[] }) {
  const all = (name: string): number | null => total(gateways, name);
  const share = (part: number | null, whole: number | null): number | null =>
    part === null || whole === null || whole === 0 ? null : part / whole;
  return (
    <div class="tiles">
      <Tile
        label={t("chart.connections")}
        value={whole(all("connections"))}
        note={t("gateway.opened", { n: whole(all("opened")) })}
      />
      <Tile label={t("figure.parked")} value={whole(all("parked"))} note={t("gateway.parked.note")} />
      <Tile
        label={t("gateway.waiting")}
        value={inUnit(all("link_bytes_waiting"), "bytes")}
        note={t("gateway.waiting.note")}
      />
      <Tile
        label={t("figure.frames_dropped")}
        value={whole(all("frames_dropped"))}
        note={t("gateway.dropped.note", {
          share: inUnit(share(all("frames_dropped"), all("frames_out")), "percent"),
        })}
      />
      <Tile
        label={t("gateway.ratio")}
        value={inUnit(share(all("deflate_bytes_after"), all("deflate_bytes_before")), "percent")}
        note={t("gateway.ratio.note", {
          kept: inUnit(share(all("deflate_kept"), all("deflate_tried")), "percent"),
          us: inUnit(share(all("deflate_us"), all("deflate_tried")), "micros"),
        })}
      />
      <Tile
        label={t("tile.round-trip")}
        value={inUnit(worst(gateways, "round_trip_p99_us"), "micros")}
        note={t("tile.p50", { n: inUnit(worst(gateways, "round_trip_p50_us"), "micros") })}
      />
      <Tile
        label={t("gateway.per-write")}
        value={inUnit(share(all("frames_out"), all("writes")), "count")}
        note={t("gateway.per-write.note")}
      />
    </div>
  );
}

function Charts({
  columns,
  spanMs,
  gateways,
}: {
  columns: Columns;
  spanMs: number;
  gateways: readonly ProcessSample[];
}) {
  const common = { at: columns.at, markers: columns.markers, spanMs };
  const rates = (name: string): Column => sumOf(columns, "gateway", name, rate);
  const slow = (name: string): Column => sumOf(columns, "gateway", name, slowRate);
  const line = (label: string, values: Column, color: Color, fill = false): Line => ({
    label,
    values,
    color,
    fill,
  });
  const transports = namesOf(gateways).filter((name) => /^connections[._]/.test(name));
  const connections =
    transports.length === 0
      ? [line(t("chart.connections"), sumOf(columns, "gateway", "connections", gauge), "a", true)]
      : transports.map((name, index) =>
          line(
            tOr("figure.", name),
            sumOf(columns, "gateway", name, gauge),
            COLORS[index % COLORS.length] ?? "a",
          ),
        );
  return (
    <div class="charts">
      <Chart
        {...common}
        title={t("chart.connections")}
        help={t("gateway.connections.help")}
        unit="count"
        lines={connections}
      />
      <Chart
        {...common}
        title={t("gateway.churn")}
        help={t("gateway.churn.help")}
        unit="perSecond"
        lines={[
          line(t("figure.opened"), slow("opened"), "a"),
          line(t("gateway.closed"), slow("closed"), "c"),
        ]}
      />
      <Chart
        {...common}
        title={t("gateway.drops")}
        help={t("gateway.drops.help")}
        unit="perSecond"
        lines={[
          line(t("figure.dropped.latest_wins"), slow("dropped.latest_wins"), "c", true),
          line(t("figure.dropped.expiring"), slow("dropped.expiring"), "e"),
          line(t("figure.refreshes"), slow("refreshes"), "d"),
        ]}
      />
      <Chart
        {...common}
        title={t("chart.bytes")}
        help={t("chart.bytes.help")}
        unit="bytesPerSecond"
        lines={[line(t("in"), rates("bytes_in"), "a"), line(t("out"), rates("bytes_out"), "b", true)]}
      />
      <Chart
        {...common}
        title={t("gateway.outboxes")}
        help={t("gateway.outboxes.help")}
        unit="bytes"
        lines={[
          line(t("gateway.outboxes.clients"), sumOf(columns, "gateway", "outbox_bytes", gauge), "a", true),
          line(
            t("figure.link_bytes_waiting"),
            sumOf(columns, "gateway", "link_bytes_waiting", gauge),
            "d",
          ),
        ]}
      />
      <Chart
        {...common}
        title={t("gateway.compression")}
        help={t("gateway.compression.help")}
        unit="percent"
        lines={[
          line(
            t("gateway.ratio"),
            ratio(slow("deflate_bytes_after"), slow("deflate_bytes_before")),
            "a",
            true,
          ),
          line(t("gateway.kept"), ratio(slow("deflate_kept"), slow("deflate_tried")), "e"),
        ]}
      />
      <Chart
        {...common}
        title={t("gateway.deflate-cost")}
        help={t("gateway.deflate-cost.help")}
        unit="percent"
        lines={[line(t("gateway.deflate-cost"), scaled(slow("deflate_us"), 0.000_001), "d", true)]}
      />
      <Chart
        {...common}
        title={t("chart.round-trip")}
        help={t("gateway.round-trip.help")}
        unit="micros"
        lines={perGateway(columns, "round_trip")}
      />
    </div>
  );
}

/** Reasons under which a connection is refused before anybody plays over it. */
const REFUSALS = new Set([
  "version",
  "handshake_timeout",
  "bad_transport",
  "server_full",
  "address_full",
  "address_too_fast",
  "too_many_logins",
  "game_away",
  "banned",
  "maintenance",
  "client_too_old",
]);

function Closes({ gateways }: { gateways: readonly ProcessSample[] }) {
  const reasons = namesOf(gateways)
    .filter((name) => name.startsWith("closed."))
    .map((name) => ({ name, reason: name.slice("closed.".length), count: total(gateways, name) ?? 0 }))
    .filter(({ count }) => 0 < count)
    .sort((one, other) => other.count - one.count);
  const refused = reasons.filter(({ reason }) => REFUSALS.has(reason));
  const closed = reasons.filter(({ reason }) => !REFUSALS.has(reason));
  return (
    <>
      <Reasons
        title={t("gateway.closes")}
        none={t("gateway.closes.none")}
        reasons={closed}
        gateways={gateways}
      />
      <Reasons
        title={t("gateway.refusals")}
        none={t("gateway.refusals.none")}
        reasons={refused}
        gateways={gateways}
      />
    </>
  );
}

interface ReasonsProps {
  title: string;
  none: string;
  reasons: readonly { name: string; reason: string; count: number }[];
  gateways: readonly ProcessSample[];
}

function Reasons({ title, none, reasons, gateways }: ReasonsProps) {
  const most = Math.max(1, ...reasons.map(({ count }) => count));
  return (
    <section class="card">
      <h3>{title}</h3>
      {reasons.length === 0 ? (
        <Empty title={none} />
      ) : (
        <Table
          caption={title}
          heads={[
            { label: t("reason") },
            { label: t("count"), number: true },
            { label: t("figures.rate"), number: true },
            { label: "" },
          ]}
        >
          {reasons.map(({ name, reason, count }) => (
            <tr key={name}>
              <th scope="row" title={reason}>
                {tOr("close.", reason)}
              </th>
              <td class="number">{whole(count)}</td>
              <td class="number">{growth(gateways, name)}</td>
              <td class="bar-cell" aria-hidden="true">
                <meter min={0} max={most} value={count} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
