// The broadcast bill: what each kind of packet to clients costs, now or since the start.

import { useState } from "preact/hooks";
import type { BillLine } from "../api/figures";
import { type By, costs, type Cost, sumOfAll } from "../data/bill";
import { useLately } from "../data/lately";
import { bytes, inUnit, whole } from "../text/format";
import { t, tOr } from "../text/language";
import { Empty, Loading, Problem } from "../ui/problem";
import { Segments } from "../ui/segments";
import { Table } from "../ui/table";

/** "Now" is the last ten seconds. */
const EVERY_MS = 2_000;

export function Bill() {
  const [by, setBy] = useState<By>("kind");
  const [over, setOver] = useState<"now" | "start">("now");
  const { asked, lately } = useLately(EVERY_MS);
  return (
    <section class="card">
      <header class="card-head">
        <h2>{t("bill.title")}</h2>
        <Segments
          label={t("bill.by")}
          value={by}
          onValue={setBy}
          options={[
            { value: "kind", label: t("bill.kind") },
            { value: "room", label: t("bill.room") },
            { value: "subsystem", label: t("bill.subsystem") },
          ]}
        />
        <Segments
          label={t("bill.over")}
          value={over}
          onValue={setOver}
          options={[
            { value: "now", label: t("bill.now") },
            { value: "start", label: t("bill.start") },
          ]}
        />
      </header>
      <p class="help">{t("bill.help")}</p>
      {asked.error !== null && <Problem error={asked.error} retry={asked.reload} />}
      {asked.data !== null &&
        (over === "start" ? (
          <Lines by={by} lines={asked.data.lines} ms={null} />
        ) : lately === null ? (
          <Loading />
        ) : (
          <Lines by={by} lines={lately.lines} ms={lately.ms} />
        ))}
    </section>
  );
}

function Lines({ by, lines, ms }: { by: By; lines: readonly BillLine[]; ms: number | null }) {
  const all = costs(lines, by);
  if (all.length === 0) {
    return <Empty title={t("bill.none")}>{t("bill.none.help")}</Empty>;
  }
  const sum = sumOfAll(all);
  const heads = [
    { label: t(`bill.${by}`) },
    ...(by === "kind" ? [{ label: t("bill.of") }] : []),
    { label: t("bill.messages"), number: true },
    { label: t("bill.receivers"), number: true },
    { label: t("bill.before"), number: true },
    { label: t("bill.after"), number: true },
    { label: t("bill.saved"), number: true },
    { label: t("bill.writes"), number: true },
    { label: t("bill.share"), number: true },
    { label: t("bill.cpu"), number: true },
  ];
  return (
    <Table caption={t("bill.title")} heads={heads}>
      {all.map((one) => (
        <Line key={`${one.of} ${one.name}`} cost={one} sum={sum} by={by} ms={ms} />
      ))}
      <Line cost={sum} sum={sum} by={by} ms={ms} isSum />
    </Table>
  );
}

interface LineProps {
  cost: Cost;
  sum: Cost;
  by: By;
  /** Over which time; null: since the start. */
  ms: number | null;
  isSum?: boolean;
}

function Line({ cost, sum, by, ms, isSum = false }: LineProps) {
  const count = (value: number): string =>
    ms === null ? whole(value) : inUnit((value * 1_000) / ms, "perSecond");
  const size = (value: number): string =>
    ms === null ? bytes(value) : inUnit((value * 1_000) / ms, "bytesPerSecond");
  const saved = cost.before === 0 ? null : 1 - cost.after / cost.before;
  return (
    <tr class={isSum ? "sum" : undefined}>
      <th scope="row">{isSum ? t("bill.sum") : nameOf(cost, by)}</th>
      {by === "kind" && <td>{isSum ? "" : tOr("bill.part.", cost.of)}</td>}
      <td class="number">{count(cost.messages)}</td>
      <td class="number">{count(cost.receivers)}</td>
      <td class="number">{size(cost.before)}</td>
      <td class="number">{size(cost.after)}</td>
      <td class="number">{inUnit(saved, "percent")}</td>
      <td class="number">{count(cost.writes)}</td>
      <td class="number">{inUnit(sum.us === 0 ? null : cost.us / sum.us, "percent")}</td>
      <td class="number">
        {ms === null ? inUnit(cost.us, "micros") : inUnit(cost.us / 1_000 / ms, "percent")}
      </td>
    </tr>
  );
}

function nameOf(cost: Cost, by: By): string {
  if (by === "subsystem") {
    return tOr("bill.part.", cost.name);
  }
  if (by === "room" && cost.name === "") {
    return t("bill.no-room");
  }
  return cost.name;
}
