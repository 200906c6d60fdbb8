// Calls about running the processes: what they log, how much of it, and whether the audit log is whole.

import type { Signed } from "./calls";
import { get, post } from "./request";
import type { AuditAnswer, Long } from "./types";

export interface LogLine {
  n: number;
  at_ms: Long;
  process: string;
  level: string;
  event: string;
  fields: Record<string, unknown>;
}

export interface Logging {
  level: string;
  usual: string;
  /** For how long it logs more than usual; 0: it does not. */
  raised_ms: number;
  held_back: number;
}

export interface LogsAnswer {
  /** The oldest first. */
  lines: LogLine[];
  newest: number;
  oldest: number | null;
  processes: Record<string, Logging>;
  levels: string[];
}

export interface LogWish {
  /** Lines that came before this one; empty: the newest. */
  before: string;
  level: string;
  process: string;
  event: string;
  text: string;
}

export interface AuditCheck {
  lines: number;
  broken_at: number | null;
  whole: boolean;
}

/** For ten minutes; the usual level ends that. */
export const logLevel = (process: string, level: string, { reason }: Signed): Promise<unknown> =>
  post("/api/logs/level", { process, level, reason });

export const checkAudit = (): Promise<AuditCheck> => get("/api/audit/check");

export interface AuditWish {
  by: string;
  /** As the server names it; empty: any. */
  action: string;
  target: string;
  outcome: "" | "ok" | "refused";
  /** Milliseconds since 1970: the first that fits, and the first that fits no more. */
  from_ms: string;
  until_ms: string;
}

export const logs = (wish: LogWish, signal?: AbortSignal): Promise<LogsAnswer> =>
  get(`/api/logs?${wished({ ...wish })}`, signal);
const wished = (values: Record<string, string>): string =>
  new URLSearchParams(Object.entries(values).filter(([, value]) => value !== "")).toString();
export const audit = (wish: AuditWish, after: string, signal?: AbortSignal): Promise<AuditAnswer> =>
  get(`/api/audit?${wished({ ...wish, after })}`, signal);
/** Where the same is as a file. */
export const auditFile = (wish: AuditWish): string => `/api/audit/export?${wished({ ...wish })}`;
