// A closer look at the database, and what is done there.

import type { Signed } from "./calls";
import { get, post } from "./request";
import type { Long, Poison } from "./types";

export interface Applied {
  at_ms: number;
  took_us: number;
  lsn: string;
  tables: { table: string; rows: number }[];
}

export interface Segment {
  number: string;
  first_lsn: string;
  created_ms: Long;
  bytes: number;
}

export interface Backup {
  folder: string;
  began_ms: Long;
  /** 0: not yet. */
  ended_ms: number;
  made: boolean;
  cursor: string;
  last: string;
  bytes: number;
  wrong: string;
}

export interface Look {
  newest: Applied[];
  slowest: Applied[];
  segments: Segment[];
  segments_all: number;
  backups: Backup[];
}

/** The refused record; lsn "0": there is none. */
export interface Refused extends Poison {
  /** JSON; empty: too long to be shown. */
  record: string;
}

export const look = (signal?: AbortSignal): Promise<Look> => get("/api/database/look", signal);
export const refused = (signal?: AbortSignal): Promise<Refused> => get("/api/database/poison", signal);
export const retry = (signed: Signed): Promise<{ outcome: string; what: string }> =>
  post("/api/database/poison/retry", signed);
export const amend = (lsn: string, record: string, signed: Signed): Promise<unknown> =>
  post("/api/database/poison/amend", { ...signed, lsn, record });
export const backup = (name: string, signed: Signed): Promise<unknown> =>
  post("/api/database/backup", { ...signed, name });
