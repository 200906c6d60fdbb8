// A chart of lines over time: title, hover values, restarts as markers, gaps as gaps, and its last values as a
// table for those who cannot see it. Knows no figure.

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { Marker } from "../api/types";
import type { Column } from "../data/columns";
import { palette } from "../state/theme";
import { useStore } from "../state/store";
import { axisTime, inUnit, type Unit } from "../text/format";
import { language, t } from "../text/language";
import { isDrawn } from "./marks";
import { type LineLook, optionsOf } from "./options";

export interface Line extends LineLook {
  values: Column;
}

export interface ChartProps {
  title: string;
  /** A sentence on what it shows. */
  help: string;
  unit: Unit;
  at: readonly number[];
  lines: readonly Line[];
  markers: readonly Marker[];
  spanMs: number;
  sync?: string;
}

const HEIGHT = 168;
const TABLE_ROWS = 10;

export function Chart(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const plot = useRef<uPlot | null>(null);
  const current = useRef(props);
  current.current = props;
  const colors = useStore(palette);
  const words = useStore(language);
  const look = props.lines.map((line) => `${line.label} ${line.color}`).join("\n");

  useEffect(() => {
    const host = box.current;
    if (host === null) {
      return undefined;
    }
    const options = optionsOf(
      {
        unit: props.unit,
        lines: props.lines,
        sync: props.sync ?? "page",
        spanMs: () => current.current.spanMs,
        markers: () => current.current.markers,
        moved: (index) => showValues(legend.current, current.current, index),
      },
      Math.max(host.clientWidth, 120),
      HEIGHT,
    );
    const made = new uPlot(options, dataOf(current.current), host);
    plot.current = made;
    const watch = new ResizeObserver(() =>
      made.setSize({ width: Math.max(host.clientWidth, 120), height: HEIGHT }),
    );
    watch.observe(host);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [look, colors, words, props.unit, props.sync]);

  useEffect(() => {
    plot.current?.setData(dataOf(props));
    showValues(legend.current, props, plot.current?.cursor.idx ?? null);
  });

  const isEmpty = props.lines.every((line) => line.values.every((value) => value === null));
  return (
    <figure class="card chart" aria-label={`${props.title}. ${props.help}`}>
      <figcaption>
        <h3 title={props.help}>{props.title}</h3>
        <time class="chart-at" aria-hidden="true" />
      </figcaption>
      <ul class="legend" ref={legend} aria-hidden="true">
        {props.lines.map((line) => (
          <li key={line.label}>
            <i class={`swatch swatch-${line.color}${line.dash === true ? " dashed" : ""}`} />
            {line.label} <output />
          </li>
        ))}
      </ul>
      <div class="plot" ref={box} aria-hidden="true" />
      {isEmpty && <p class="plot-empty">{t("chart.empty")}</p>}
      <Values {...props} />
    </figure>
  );
}

function dataOf(props: ChartProps): uPlot.AlignedData {
  return [props.at.map((ms) => ms / 1_000), ...props.lines.map((line) => line.values)];
}

/** The values under the cursor, or the last ones. Not by rendering: cursors of all charts move together. */
function showValues(legend: HTMLUListElement | null, props: ChartProps, index: number | null): void {
  if (legend === null) {
    return;
  }
  const outputs = legend.querySelectorAll("output");
  props.lines.forEach((line, position) => {
    const value = index === null ? lastKnown(line.values) : (line.values[index] ?? null);
    const output = outputs[position];
    if (output !== undefined) {
      output.textContent = inUnit(value, props.unit);
    }
  });
  const time = legend.parentElement?.querySelector(".chart-at");
  const at = index === null ? undefined : props.at[index];
  if (time !== null && time !== undefined) {
    const marker =
      at === undefined
        ? undefined
        : props.markers.find((one) => isDrawn(one) && Math.abs(one.at_ms - at) < props.spanMs / 200);
    const said = marker?.what === "setting" ? marker.detail : t("chart.mark");
    const what = marker === undefined ? "" : ` · ${marker.process} ${said}`;
    time.textContent = at === undefined ? "" : axisTime(at / 1_000, props.spanMs, true) + what;
  }
}

function lastKnown(values: Column): number | null {
  return values.at(-1) ?? values.at(-2) ?? null;
}

/** The last values of a chart, behind a word that can be opened. */
function Values(props: ChartProps) {
  const [open, setOpen] = useState(false);
  return (
    <details class="chart-values" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {t("chart.values")}
        <span class="unseen"> {props.title}</span>
      </summary>
      {open && <ValueTable {...props} />}
    </details>
  );
}

function ValueTable({ title, unit, at, lines, spanMs }: ChartProps) {
  const step = Math.max(1, Math.floor(at.length / TABLE_ROWS));
  const rows = at
    .map((ms, index) => ({ ms, index }))
    .filter(({ index }) => (at.length - 1 - index) % step === 0);
  return (
    <table>
      <caption class="unseen">{title}</caption>
      <thead>
        <tr>
          <th scope="col">{t("time")}</th>
          {lines.map((line) => (
            <th scope="col" key={line.label} class="number">
              {line.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows
          .slice(-TABLE_ROWS)
          .reverse()
          .map(({ ms, index }) => (
            <tr key={ms}>
              <th scope="row">{axisTime(ms / 1_000, spanMs, true)}</th>
              {lines.map((line) => (
                <td key={line.label} class="number">
                  {inUnit(line.values[index], unit)}
                </td>
              ))}
            </tr>
          ))}
      </tbody>
    </table>
  );
}
