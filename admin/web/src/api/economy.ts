// What the server says of all gold together.

import { get, post } from "./request";
import type { Holders, Long } from "./types";

/** Sums of one reason in one hour. */
export interface Hour {
  hour_ms: number;
  reason: number;
  in: number;
  out: number;
  moved: number;
  lines: number;
}

export interface Pile {
  gold: string;
  holders: number;
}

export interface EconomyAnswer {
  lsn: string;
  since_ms: number;
  hours: readonly Hour[];
  cut: boolean;
  gold_before: string;
  piles: Partial<Record<"wallets" | "letters" | "pots", Pile>>;
  held: string;
  told: string;
  /** Null: nobody knows, for the list was cut. */
  adds_up: boolean | null;
}

export interface RichestAnswer {
  lsn: string;
  rows: readonly { account: string; name: string; gold: Long }[];
}

export interface TrailWish {
  account: string;
  item: string;
  since: string;
  sum: string;
}

export interface TrailStep {
  /** The step that brought it, from 1; 0: the begin. */
  parent: number;
  depth: number;
  lsn: string;
  item: string | null;
  kind: number;
  from: string | null;
  to: string | null;
  amount: number;
  traced: number;
  kept: number;
  reason: number;
  wall_ms: number;
  cut: boolean;
}

export interface TrailAnswer {
  lsn: string;
  looked: number;
  looked_to: string;
  ended: string;
  steps: readonly TrailStep[];
  holders: Holders;
}

export interface Finding {
  rule: string;
  what: string;
}

export interface CheckAnswer {
  possible: boolean;
  running: { began_ms: number; by: string } | null;
  last: {
    began_ms: number;
    took_ms: number;
    by: string;
    error: string | null;
    answer: {
      lsn: number;
      rules: Readonly<Record<string, number>>;
      says: Readonly<Record<string, string>>;
      findings: readonly Finding[];
      counts: Readonly<Record<string, number>>;
    } | null;
  } | null;
}

function query(values: Readonly<Record<string, string>>): string {
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value !== "")).toString();
}

export const economy = (hours: number, signal?: AbortSignal): Promise<EconomyAnswer> =>
  get(`/api/economy?hours=${hours}`, signal);
export const hoursFile = (hours: number): string => `/api/economy/export?hours=${hours}`;
export const richest = (rows: number, signal?: AbortSignal): Promise<RichestAnswer> =>
  get(`/api/economy/richest?rows=${rows}`, signal);
export const trail = (wish: TrailWish, signal?: AbortSignal): Promise<TrailAnswer> =>
  get(`/api/economy/trail?${query({ ...wish })}`, signal);
export const trailFile = (wish: TrailWish): string => `/api/economy/trail/export?${query({ ...wish })}`;
export const check = (signal?: AbortSignal): Promise<CheckAnswer> => get("/api/economy/check", signal);
export const beginCheck = (signed: { reason: string }): Promise<unknown> =>
  post("/api/economy/check/begin", { reason: signed.reason });
