// Open rooms, found and watched: what is asked and how it travels.

import { get, post } from "./request";
import type { Long, Page, Room, RoomLine } from "./types";

export type RoomOrder = "oldest" | "newest" | "members";

export interface RoomKind {
  name: string;
  open: number;
  /** Its players have secrets of each other. */
  secrets: boolean;
}

export interface FoundRooms extends Page {
  rooms: RoomLine[];
  /** With the first page. */
  kinds: RoomKind[];
}

/** One input, or some ticks on end. */
export interface Heard {
  number: string;
  /** By the room's own time. */
  at_ms: number;
  what: string;
  account: string | null;
  /** Of a packet or a signal. */
  name: string;
  /** Which timer or question. */
  of: string;
  /** In words, at most a line. */
  body: string;
  body_bytes: number;
  times: number;
  /** Of deals in gold; empty: done. */
  outcomes: string[];
}

export interface WatchedRoom extends Room {
  kind: string;
  secrets: boolean;
  /** State and words are not for this role, or nobody said yet in this session why it is looked at. */
  hidden: boolean;
  timers: { id: number; left_ms: Long }[];
  asks: { id: string; account: string; name: string; left_ms: Long }[];
  /** The newest first. */
  heard: Heard[];
}

export const find = (
  kind: string,
  order: RoomOrder,
  after: string,
  signal?: AbortSignal,
): Promise<FoundRooms> => {
  const given = Object.entries({ kind, order, after }).filter(([, value]) => value !== "");
  return get(`/api/rooms?${new URLSearchParams(given)}`, signal);
};
export const watch = (id: string, signal?: AbortSignal): Promise<WatchedRoom> =>
  get(`/api/rooms/${encodeURIComponent(id)}?watch=1`, signal);
/** To see one whose players have secrets of each other. */
export const open = (id: string, reason: string): Promise<unknown> =>
  post(`/api/rooms/${encodeURIComponent(id)}/open`, { reason });
