// The lines of what each gateway times: of several, there is no percentile of all.

import type { Line } from "../chart/chart";
import type { Color } from "../chart/palette";
import { type Column, type Columns, gauge, processesOf } from "../data/columns";

const COLORS: readonly Color[] = ["a", "c", "b", "d", "e", "f"];

/** Half and 99 of 100, by gateway. */
export function perGateway(columns: Columns, name: string): Line[] {
  const names = processesOf(columns, "gateway");
  return names.flatMap((process, index) => {
    const of = (ending: string): Column => gauge(columns, `${process}.${name}_${ending}_us`);
    const label = (ending: string): string => (1 < names.length ? `${process} ${ending}` : ending);
    const color = (place: number): Color => COLORS[(2 * index + place) % COLORS.length] ?? "a";
    return [
      { label: label("p50"), values: of("p50"), color: color(0), fill: false },
      { label: label("p99"), values: of("p99"), color: color(1), fill: false },
    ];
  });
}
