// What processes tell beyond the figures of each second.

import { get } from "./request";

/** What one kind of packet cost so far. */
export interface BillLine {
  subsystem: string;
  /** Kind of room; empty: none's. */
  room: string;
  kind: string;
  messages: number;
  receivers: number;
  bytes_before: number;
  bytes_after: number;
  writes: number;
  us: number;
}

export interface BillAnswer {
  at_ms: number;
  /** Whose counters these are: of other processes they begin again. */
  of: string[];
  lines: BillLine[];
}

export const bill = (signal?: AbortSignal): Promise<BillAnswer> => get("/api/bill", signal);
