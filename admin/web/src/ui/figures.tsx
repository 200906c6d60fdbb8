// Groups of figures as tables: now, and how fast counters grow, for each process and for all of them.

import type { ProcessSample } from "../api/types";
import { latest, rateNow, sum } from "../data/columns";
import { type Group, isCounter, leftOver, membersOf, namesOf, total, unitOf } from "../data/figures";
import { recent } from "../data/live";
import { bytes, inUnit, type Unit, whole } from "../text/format";
import { t, tOr } from "../text/language";
import { Table } from "./table";

interface GroupsProps {
  groups: readonly Group[];
  processes: readonly ProcessSample[];
  /** Shown elsewhere. */
  except: RegExp;
}

export function FigureGroups({ groups, processes, except }: GroupsProps) {
  const names = namesOf(processes);
  const shown = groups.map((group) => ({ title: t(group.title), names: membersOf(group, names) }));
  const rest = { title: t("figures.rest"), names: leftOver(groups, names, except) };
  return (
    <div class={processes.length <= 1 ? "masonry" : "masonry many"}>
      {[...shown, rest]
        .filter((group) => 0 < group.names.length)
        .map((group) => (
          <section class="card" key={group.title}>
            <h3>{group.title}</h3>
            <FigureTable title={group.title} names={group.names} processes={processes} />
          </section>
        ))}
    </div>
  );
}

interface FigureTableProps {
  title: string;
  names: readonly string[];
  processes: readonly ProcessSample[];
}

function FigureTable({ title, names, processes }: FigureTableProps) {
  const isOne = processes.length <= 1;
  const hasRates = names.some(isCounter);
  const heads = [
    { label: t("figure") },
    ...(isOne ? [] : processes.map((process) => ({ label: process.name, number: true }))),
    { label: isOne ? t("figures.now") : t("figures.all"), number: true },
    ...(hasRates ? [{ label: t("figures.rate"), number: true }] : []),
  ];
  return (
    <Table caption={title} heads={heads}>
      {names.map((name) => (
        <tr key={name}>
          <th scope="row" title={name}>
            {tOr("figure.", name)}
          </th>
          {!isOne &&
            processes.map((process) => (
              <td key={process.name} class="number">
                {value(name, process.figures[name] ?? null)}
              </td>
            ))}
          <td class="number">{value(name, total(processes, name))}</td>
          {hasRates && <td class="number">{isCounter(name) ? growth(processes, name) : ""}</td>}
        </tr>
      ))}
    </Table>
  );
}

export function value(name: string, number: number | null): string {
  if (number === null) {
    return inUnit(null, "count");
  }
  if (name === "journal_left_s" && number < 0) {
    return t("never");
  }
  if (name.endsWith("_permille")) {
    return inUnit(number / 1_000, "percent");
  }
  if (name.endsWith("_ms")) {
    return inUnit(number * 1_000, "micros");
  }
  const unit = unitOf(name);
  return unit === "count" ? whole(number) : unit === "bytes" ? bytes(number) : inUnit(number, unit);
}

/** How fast it grew over the last seconds, also where charts show a day. */
export function growth(processes: readonly ProcessSample[], name: string): string {
  const columns = recent.get();
  const rates = processes.map((process) => rateNow(columns, `${process.name}.${name}`));
  const unit: Unit = unitOf(name) === "bytes" ? "bytesPerSecond" : "perSecond";
  return inUnit(
    latest(
      sum(
        rates.map((one) => [one]),
        1,
      ),
    ),
    unit,
  );
}
