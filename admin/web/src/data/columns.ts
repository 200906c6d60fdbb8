// Numbers over time, in columns of equal length: what charts are drawn from. Pure: no clock, no network.

import type { HistoryAnswer, Marker, ProcessSample, Sample } from "../api/types";

export type Column = (number | null)[];

export interface Columns {
  /** Milliseconds since 1970, ascending. */
  at: number[];
  /** By process and figure: `game.sessions`. Nothing is known where it is null. */
  series: Map<string, Column>;
  markers: Marker[];
}

export const NO_COLUMNS: Columns = { at: [], series: new Map(), markers: [] };

export function fromHistory(answer: HistoryAnswer): Columns {
  return {
    at: [...answer.at_ms],
    series: new Map(Object.entries(answer.series).map(([name, values]) => [name, [...values]])),
    markers: [...answer.markers],
  };
}

/** Every number of a process under the names that the history has. */
function numbers(process: ProcessSample): [string, number][] {
  if (!process.reachable) {
    return [];
  }
  const found: [string, number][] = Object.entries(process.figures).map(([name, value]) => [
    `${process.name}.${name}`,
    value,
  ]);
  if (process.rss_bytes !== null) {
    found.push([`${process.name}.rss_bytes`, process.rss_bytes]);
  }
  if (process.cpu_ms !== null) {
    found.push([`${process.name}.cpu_ms`, process.cpu_ms]);
  }
  return found;
}

/** The same with one more moment, without what is older than the span. A pause becomes a gap. */
export function withSample(columns: Columns, sample: Sample, spanMs: number, stepMs: number): Columns {
  const last = columns.at.at(-1);
  // A sample that the history had already.
  if (last !== undefined && sample.at_ms - last < stepMs / 2) {
    return columns;
  }
  const added: (Map<string, number> | null)[] = [];
  const at = [...columns.at];
  if (last !== undefined && stepMs * 3 < sample.at_ms - last) {
    at.push(last + stepMs);
    added.push(null);
  }
  at.push(sample.at_ms);
  added.push(new Map(sample.processes.flatMap(numbers)));
  const first = at.findIndex((moment) => sample.at_ms - spanMs <= moment);
  const names = new Set([...columns.series.keys(), ...(added.at(-1)?.keys() ?? [])]);
  const series = new Map<string, Column>();
  for (const name of names) {
    const before = columns.series.get(name) ?? new Array<null>(columns.at.length).fill(null);
    const values = [...before, ...added.map((row) => row?.get(name) ?? null)].slice(first);
    series.set(name, values);
  }
  const markers = columns.markers.filter((marker) => sample.at_ms - spanMs <= marker.at_ms);
  return { at: at.slice(first), series, markers };
}

/** A figure as it is. */
export function gauge(columns: Columns, name: string): Column {
  return columns.series.get(name) ?? columns.at.map(() => null);
}

/** A counter as so many a second. A counter that begins again says nothing about that step. */
export function rate(columns: Columns, name: string): Column {
  return rateOver(columns, name, 1);
}

/** The same over ten steps, for what happens seldom. */
export function slowRate(columns: Columns, name: string): Column {
  return rateOver(columns, name, 10);
}

function rateOver(columns: Columns, name: string, steps: number): Column {
  const values = gauge(columns, name);
  return values.map((value, index) => {
    const before = values[index - steps] ?? null;
    const from = columns.at[index - steps];
    const to = columns.at[index];
    if (value === null || before === null || from === undefined || to === undefined || value < before) {
      return null;
    }
    return ((value - before) * 1_000) / (to - from);
  });
}

/** How fast a counter grows now: over the last ten steps, or as many as are known. */
export function rateNow(columns: Columns, name: string): number | null {
  const values = gauge(columns, name).slice(-11);
  const at = columns.at.slice(-11);
  const first = values.findIndex((value) => value !== null);
  const [from, to] = [values[first] ?? null, values.at(-1) ?? null];
  const took = (at.at(-1) ?? 0) - (at[first] ?? 0);
  return from === null || to === null || took <= 0 || to < from ? null : ((to - from) * 1_000) / took;
}

/** All of a role's processes: a world may have more than one gateway. */
export function processesOf(columns: Columns, role: string): string[] {
  const names = new Set<string>();
  for (const key of columns.series.keys()) {
    const process = key.slice(0, key.indexOf("."));
    if (process === role || process.startsWith(`${role}-`)) {
      names.add(process);
    }
  }
  return [...names].sort();
}

/** Columns added up; nothing where none of them knows. */
export function sum(columns: readonly Column[], length: number): Column {
  return Array.from({ length }, (_, index) => {
    const known = columns.map((column) => column[index] ?? null).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((all, value) => all + value, 0);
  });
}

export function sumOf(columns: Columns, role: string, figure: string, read: typeof gauge): Column {
  const names = processesOf(columns, role);
  return sum(
    names.map((name) => read(columns, `${name}.${figure}`)),
    columns.at.length,
  );
}

export function scaled(column: Column, by: number): Column {
  return column.map((value) => (value === null ? null : value * by));
}

/** One column as a share of another. */
export function ratio(part: Column, whole: Column): Column {
  return part.map((value, index) => {
    const all = whole[index] ?? null;
    return value === null || all === null || all === 0 ? null : value / all;
  });
}

/** The last known number, unless it is long gone. */
export function latest(column: Column): number | null {
  return column.at(-1) ?? column.at(-2) ?? null;
}
