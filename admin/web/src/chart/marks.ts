// Vertical lines where a process began again, went away or was told another setting, drawn over a chart. Other events have no line.

import type uPlot from "uplot";
import type { Marker } from "../api/types";
import { color } from "./palette";

const DRAWN = new Set(["started", "restarted", "gone", "setting"]);

export function isDrawn(marker: Marker): boolean {
  return DRAWN.has(marker.what);
}

export function marks(markers: () => readonly Marker[]): uPlot.Plugin {
  const draw = (plot: uPlot): void => {
    const { ctx, bbox } = plot;
    const ratio = window.devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.strokeStyle = color("mark");
    ctx.fillStyle = color("mark");
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    for (const marker of markers().filter(isDrawn)) {
      const x = Math.round(plot.valToPos(marker.at_ms / 1_000, "x", true));
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.beginPath();
      ctx.moveTo(x - 4 * ratio, bbox.top);
      ctx.lineTo(x + 4 * ratio, bbox.top);
      ctx.lineTo(x, bbox.top + 6 * ratio);
      ctx.fill();
    }
    ctx.restore();
  };
  return { hooks: { draw } };
}
