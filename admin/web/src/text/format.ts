// Numbers, times and sizes for people, in their language.

import type { Long } from "../api/types";
import { language, locale, t } from "./language";

/** In what a number counts. */
export type Unit = "count" | "perSecond" | "bytes" | "bytesPerSecond" | "micros" | "percent" | "seconds" | "gold" | "goldPerHour";

export const NOTHING = "–";

const cache = new Map<string, Intl.NumberFormat>();

function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale() + JSON.stringify(options);
  let format = cache.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale(), options);
    cache.set(key, format);
  }
  return format;
}

/** A number that may have travelled as text. */
export function numberOf(value: Long | boolean | null | undefined): number | null {
  if (value === null || value === undefined || value === "") {
    return null;
  }
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

export function whole(value: Long | null | undefined): string {
  if (typeof value === "string" && /^-?\d+$/.test(value)) {
    return numberFormat({}).format(BigInt(value));
  }
  const number = numberOf(value);
  return number === null ? NOTHING : numberFormat({ maximumFractionDigits: 0 }).format(number);
}

/** With three digits that count. */
function short(value: number): string {
  return Math.abs(value) < 1_000
    ? numberFormat({ maximumSignificantDigits: 3 }).format(value)
    : numberFormat({ maximumFractionDigits: 0 }).format(value);
}

/** What is nearly nothing is not nothing. */
function percent(share: number): string {
  const value = share * 100;
  if (0 < value && value < 0.01) {
    return `<${numberFormat({}).format(0.01)}`;
  }
  return numberFormat({ maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 }).format(value);
}

function scaled(value: number, units: readonly string[], step = 1_000): string {
  let rest = value;
  let index = 0;
  while (step <= Math.abs(rest) && index < units.length - 1) {
    rest /= step;
    index += 1;
  }
  return `${short(rest)} ${units[index] ?? ""}`.trim();
}

const BYTES = ["B", "kB", "MB", "GB", "TB"] as const;

export function bytes(value: Long | null | undefined): string {
  const number = numberOf(value);
  return number === null ? NOTHING : scaled(number, BYTES);
}

export function inUnit(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) {
    return NOTHING;
  }
  switch (unit) {
    case "count":
      return short(value);
    case "perSecond":
      return `${short(value)}/s`;
    case "bytes":
      return scaled(value, BYTES);
    case "bytesPerSecond":
      return `${scaled(value, BYTES)}/s`;
    case "micros":
      return value < 1_000_000 ? scaled(value, ["µs", "ms"]) : `${short(value / 1_000_000)} s`;
    case "percent":
      return `${percent(value)} %`;
    case "seconds":
      return span(value * 1_000);
    case "gold":
      return compact(value);
    case "goldPerHour":
      return `${compact(value)}/h`;
  }
}

/** As a word of the language where it is long: 1.2M, 1.2亿. */
function compact(value: number): string {
  return numberFormat({ notation: "compact", maximumSignificantDigits: 3 }).format(value);
}

/** How long, in the two largest units. */
export function span(value: Long | null | undefined): string {
  const ms = numberOf(value);
  if (ms === null) {
    return NOTHING;
  }
  const seconds = Math.floor(ms / 1_000);
  const part = (count: number, unit: "day" | "hour" | "minute" | "second"): string =>
    numberFormat({ style: "unit", unit, unitDisplay: "narrow" }).format(count);
  const pair = (large: string, rest: number, small: string): string =>
    rest === 0 ? large : `${large} ${small}`;
  if (seconds < 60) {
    return part(seconds, "second");
  }
  if (seconds < 3_600) {
    return pair(part(Math.floor(seconds / 60), "minute"), seconds % 60, part(seconds % 60, "second"));
  }
  const minutes = Math.floor(seconds / 60) % 60;
  if (seconds < 86_400) {
    return pair(part(Math.floor(seconds / 3_600), "hour"), minutes, part(minutes, "minute"));
  }
  const hours = Math.floor(seconds / 3_600) % 24;
  return pair(part(Math.floor(seconds / 86_400), "day"), hours, part(hours, "hour"));
}

const LAST_DATE_MS = 8.64e15;

/** Whether a moment never comes. */
export function isForEver(value: Long | null | undefined): boolean {
  const ms = numberOf(value);
  return value === "for_ever" || (ms !== null && LAST_DATE_MS <= ms);
}

/** A moment, also where it travelled as text. */
export function moment(value: Long | null | undefined): string {
  const date = dateOf(value);
  if (date === null) {
    return isForEver(value) ? t("for-ever") : NOTHING;
  }
  return dateFormat({ dateStyle: "medium", timeStyle: "medium" }).format(date);
}

export function clockTime(value: Long | null | undefined): string {
  const date = dateOf(value);
  return date === null ? NOTHING : dateFormat({ timeStyle: "medium" }).format(date);
}

/** On a chart. One whose span is longer than a day says the day too: the same hour is there more than once. */
export function axisTime(seconds: number, spanMs: number, withSeconds = false): string {
  const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (isLong(spanMs)) {
    return dateFormat({ ...options, day: "numeric", month: "short" }).format(seconds * 1_000);
  }
  return dateFormat(withSeconds ? { ...options, second: "2-digit" } : options).format(seconds * 1_000);
}

const DAY_MS = 86_400_000;

/** Longer than the clock tells apart. */
export function isLong(spanMs: number): boolean {
  return DAY_MS < spanMs;
}

function dateOf(value: Long | null | undefined): Date | null {
  if (value === null || value === undefined || value === "") {
    return null;
  }
  const number = numberOf(value);
  const date = new Date(number ?? value);
  return Number.isNaN(date.getTime()) ? null : date;
}

const dates = new Map<string, Intl.DateTimeFormat>();

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language.get() + JSON.stringify(options);
  let format = dates.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale(), { hourCycle: "h23", ...options });
    dates.set(key, format);
  }
  return format;
}

/** When something that is so old began. */
export function since(upMs: number | null, nowMs: number): string {
  return upMs === null ? NOTHING : moment(Math.round((nowMs - upMs) / 1_000) * 1_000);
}
