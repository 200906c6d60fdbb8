// How charts look: axes, colors, cursor. Knows uPlot, and nothing of what is drawn.

import uPlot from "uplot";
import type { Marker } from "../api/types";
import { axisTime, inUnit, isLong, type Unit } from "../text/format";
import { marks } from "./marks";
import { type Color, color, faded } from "./palette";

export interface LineLook {
  label: string;
  color: Color;
  /** The area below it is tinted. */
  fill?: boolean;
  dash?: boolean;
}

export interface Look {
  unit: Unit;
  lines: readonly LineLook[];
  /** Charts with the same word share their cursor. */
  sync: string;
  spanMs: () => number;
  markers: () => readonly Marker[];
  moved: (index: number | null) => void;
}

const FONT = "11px system-ui, sans-serif";

export function optionsOf(look: Look, width: number, height: number): uPlot.Options {
  const faint = color("faint");
  const grid = { stroke: color("grid"), width: 1 };
  return {
    width,
    height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: look.sync, setSeries: false },
      drag: { x: false, y: false },
      points: { size: 6 },
      y: false,
    },
    scales: {
      x: { time: true, range: (plot) => timeRange(plot, look.spanMs()) },
      y: { range: (_, low, high) => valueRange(low, high, look.unit) },
    },
    axes: [
      {
        stroke: faint,
        grid,
        ticks: { show: false },
        font: FONT,
        size: 24,
        // A day and an hour want more room than an hour.
        space: () => (isLong(look.spanMs()) ? 88 : 64),
        values: (_, splits) => splits.map((split) => axisTime(split, look.spanMs())),
      },
      {
        stroke: faint,
        grid,
        ticks: { show: false },
        font: FONT,
        size: 62,
        space: 30,
        values: (_, splits) => splits.map((split) => inUnit(split, look.unit)),
      },
    ],
    series: [{}, ...look.lines.map(lineOf)],
    plugins: [marks(look.markers)],
    hooks: { setCursor: [(plot) => look.moved(plot.cursor.idx ?? null)] },
  };
}

function lineOf(line: LineLook): uPlot.Series {
  const stroke = color(line.color);
  return {
    label: line.label,
    stroke,
    width: 1.5,
    spanGaps: false,
    points: { show: false },
    ...(line.fill === true ? { fill: faded(stroke, 0.14) } : {}),
    ...(line.dash === true ? { dash: [5, 4] } : {}),
  };
}

/** The whole span up to now, also while only its end is known. */
function timeRange(plot: uPlot, spanMs: number): uPlot.Range.MinMax {
  const times = plot.data[0];
  const last = times.at(-1) ?? 0;
  return [last - spanMs / 1_000, last];
}

function valueRange(low: number | null, high: number | null, unit: Unit): uPlot.Range.MinMax {
  if (low === null || high === null) {
    return [0, 1];
  }
  if (unit === "percent" && high <= 1) {
    return [0, 1];
  }
  return [Math.min(0, low), high <= 0 ? 1 : high * 1.08];
}
