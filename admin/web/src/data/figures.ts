// Figures of processes by subject: which belong together, and in what they count. Names are those of the processes;
// one that nobody put into a group is shown with the rest, so that nothing is hidden.

import type { ProcessSample, Sample } from "../api/types";
import type { Unit } from "../text/format";
import type { Key } from "../text/language";

export interface Group {
  title: Key;
  /** Of figures, in order of the list. */
  members: readonly RegExp[];
}

export const GATEWAY_GROUPS: readonly Group[] = [
  {
    title: "gateway.connections",
    members: [/^connections($|[._])/, /^opened($|[._])/, /^parked$/, /^groups$/, /^reseats$/],
  },
  {
    title: "gateway.traffic",
    members: [/^frames_(in|out)$/, /^bytes_/, /^writes$/, /^publishes$/, /^throttled$/],
  },
  { title: "gateway.outboxes", members: [/^outbox_/, /^link_bytes_waiting$/] },
  { title: "gateway.drops", members: [/^frames_dropped/, /^dropped/, /^refreshes$/, /^records_stale$/] },
  { title: "gateway.compression", members: [/^deflate_/] },
  { title: "gateway.times", members: [/^round_trip_/, /^turn_/, /^pause_/] },
];

export const DATABASE_GROUPS: readonly Group[] = [
  { title: "database.positions", members: [/^lsn_/, /^epoch$/, /^writers$/, /^poison_lsn$/] },
  {
    title: "database.journal",
    members: [/^journal_/, /^unsaved_/, /_lag_ms$/, /^pace$/, /^commits$/, /^backlog_bytes$/],
  },
  { title: "database.applying", members: [/^apply_/] },
  {
    title: "database.cache",
    members: [
      /^hits_/,
      /^misses$/,
      /^cache_/,
      /^overlay_/,
      /^spilled_/,
      /^rooms_bytes$/,
      /^warmed_rows$/,
      /^held_lost$/,
    ],
  },
  { title: "database.reads", members: [/^reads/, /^refusals$/] },
  { title: "database.backup", members: [/^backup/] },
];

/** Figures that only grow: a change over time says more than their sum. */
const COUNTERS =
  /^(opened|closed|frames_|bytes_(in|out|queued|lost)$|writes|publishes|deflate_(?!ratio|us)|dropped|refreshes|records_stale|throttled|reseats|commits|journal_bytes|apply_(batches|rows|retries)$|warmed_rows|hits_|misses|held_lost|reads|refusals|backups|backup_chains_broken)/;

export function isCounter(name: string): boolean {
  return COUNTERS.test(name);
}

export function unitOf(name: string): Unit {
  if (/_us($|_)/.test(name)) {
    return "micros";
  }
  if (/bytes/.test(name)) {
    return "bytes";
  }
  return /_s$/.test(name) && !/_per_s$/.test(name) ? "seconds" : "count";
}

/** A figure has its place: what this list does not name follows in a group of its own. */
export function membersOf(group: Group, names: readonly string[]): string[] {
  return group.members.flatMap((member) => names.filter((name) => member.test(name)).sort());
}

export function leftOver(groups: readonly Group[], names: readonly string[], except: RegExp): string[] {
  return names.filter(
    (name) =>
      !except.test(name) && !groups.some((group) => group.members.some((member) => member.test(name))),
  );
}

export function ofRole(sample: Sample | null, role: string): ProcessSample[] {
  return (sample?.processes ?? []).filter((process) => process.role === role);
}

/** Every figure that one of them has. */
export function namesOf(processes: readonly ProcessSample[]): string[] {
  return [...new Set(processes.flatMap((process) => Object.keys(process.figures)))].sort();
}

/** A figure of all of them together; nothing where none has it. Of percentiles there is no sum: the worst is told. */
export function total(processes: readonly ProcessSample[], name: string): number | null {
  if (/_p\d\d_us$/.test(name)) {
    return worst(processes, name);
  }
  const known = processes.map((process) => process.figures[name]).filter((value) => value !== undefined);
  return known.length === 0 ? null : known.reduce((all, value) => all + value, 0);
}

/** The greatest of a figure: of percentiles there is no sum. */
export function worst(processes: readonly ProcessSample[], name: string): number | null {
  const known = processes.map((process) => process.figures[name]).filter((value) => value !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}

/** One figure of the first process of a role. */
export function figure(sample: Sample | null, role: string, name: string): number | null {
  return ofRole(sample, role)[0]?.figures[name] ?? null;
}

export const LEVELS = ["green", "yellow", "orange", "red", "black"] as const;

export function levelName(code: number | null): string | null {
  return code === null ? null : (LEVELS[code] ?? null);
}
