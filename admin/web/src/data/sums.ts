// Sums of the ledger by hour and reason, as columns to draw and rows to read. Pure.

import type { EconomyAnswer, Hour } from "../api/economy";
import type { Column } from "./columns";

export const HOUR_MS = 3_600_000;

export type Side = "in" | "out" | "moved";

export interface Series {
  /** A reason's number; null: all others together. */
  reason: number | null;
  values: Column;
}

/** The begins of all hours of a span, the one that goes on too. */
export function hoursOf(sinceMs: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => sinceMs + index * HOUR_MS);
}

/** One column a reason, the largest first; what has no color of its own is one column together. */
export function bySide(hours: readonly Hour[], at: readonly number[], side: Side, most: number): Series[] {
  const place = new Map(at.map((ms, index) => [ms, index]));
  const columns = new Map<number, number[]>();
  for (const hour of hours) {
    const index = place.get(hour.hour_ms);
    if (index === undefined || hour[side] === 0) {
      continue;
    }
    const column = columns.get(hour.reason) ?? new Array<number>(at.length).fill(0);
    column[index] = (column[index] ?? 0) + hour[side];
    columns.set(hour.reason, column);
  }
  const whole = (column: readonly number[]): number => column.reduce((all, one) => all + one, 0);
  const sorted = [...columns].sort(([, a], [, b]) => whole(b) - whole(a));
  const own = sorted.length <= most ? sorted : sorted.slice(0, most - 1);
  const rest = sorted.slice(own.length).map(([, column]) => column);
  const series: Series[] = own.map(([reason, values]) => ({ reason, values }));
  if (0 < rest.length) {
    const values = at.map((_, index) => rest.reduce((all, column) => all + (column[index] ?? 0), 0));
    series.push({ reason: null, values });
  }
  return series;
}

/** All gold at the end of each hour. Sums are exact; a point of the chart is as near as a pixel. */
export function totals(answer: EconomyAnswer, at: readonly number[]): Column {
  const net = new Map<number, bigint>();
  for (const hour of answer.hours) {
    net.set(hour.hour_ms, (net.get(hour.hour_ms) ?? 0n) + BigInt(hour.in) - BigInt(hour.out));
  }
  let gold = BigInt(answer.gold_before);
  return at.map((ms) => {
    gold += net.get(ms) ?? 0n;
    return Number(gold);
  });
}

export interface ReasonLine {
  reason: number;
  in: bigint;
  out: bigint;
  moved: bigint;
  lines: number;
}

/** What each reason came to over all hours, the most gold first. */
export function byReason(hours: readonly Hour[]): ReasonLine[] {
  const lines = new Map<number, ReasonLine>();
  for (const hour of hours) {
    const line = lines.get(hour.reason) ?? { reason: hour.reason, in: 0n, out: 0n, moved: 0n, lines: 0 };
    line.in += BigInt(hour.in);
    line.out += BigInt(hour.out);
    line.moved += BigInt(hour.moved);
    line.lines += hour.lines;
    lines.set(hour.reason, line);
  }
  const size = (line: ReasonLine): bigint => line.in + line.out + line.moved;
  return [...lines.values()].sort((a, b) => (size(b) < size(a) ? -1 : size(a) < size(b) ? 1 : a.reason - b.reason));
}
