// Calls about players, beside those that every page knows: finding, watching, dealing, and what waits for a second one.

import type { Signed } from "./calls";
import type { Meant } from "./mailing";
import { get, post } from "./request";
import type { Holders, Long, Page, PlayerLine } from "./types";

/** In what order everybody is listed: only what there is an index for. */
export type Sort = "id" | "name";

export interface FoundLine extends PlayerLine {
  /** The character by whose name it was found, as names are compared. */
  character?: string;
  /** Of a session. */
  address?: string;
  since_ms?: Long;
  client?: string;
}

export interface SessionLine {
  account: string;
  name: string;
  address: string;
  since_ms: Long;
  client: string;
  away: boolean;
  character: string | null;
  place: { map: number; x_mm: Long; y_mm: Long } | null;
  room: string | null;
}

export interface Live {
  online: boolean;
  sessions: SessionLine[];
  said: { at_ms: Long; where: string; name: string; text: string }[];
}

/** One change with the record that caused it. */
export interface HistoryAnswer extends Page {
  changes: HistoryLine[];
  /** Everybody in them; null: nobody knows just now. */
  holders: Holders | null;
}

export interface HistoryLine {
  what: "gold" | "things" | "staff";
  record: string;
  n: number;
  at_ms: Long;
  amount?: Long;
  kind?: number;
  item?: string;
  /** "0": nobody. */
  from?: string;
  to?: string;
  reason_code?: number;
  staff?: string;
  deed?: string;
  reason?: string;
  was?: string;
  became?: string;
}

export interface ItemKind {
  kind: number;
  name: string;
  stack: number;
}

export interface Things {
  kind: number;
  quantity: number;
}

export type Gift =
  | { what: "gold"; amount: Long }
  | { what: "things"; character: Long; things: Things }
  | { what: "letter"; character: Long; subject: string; text: string; gold: Long; things: Things[] }
  | MailingGift;

/** A letter to many, with what is in each. */
export interface MailingGift {
  what: "mailing";
  subject: string;
  text: string;
  gold: number;
  things: Things[];
  whom: Meant;
  /** Who were meant when they were counted. */
  receivers: number;
  /** Sent at most. */
  letters_max: number;
}

export interface PendingGift {
  id: string;
  by: string;
  at_ms: Long;
  account: string;
  reason: string;
  gift: Gift;
  /** Asked for by who reads this: somebody else has to agree. */
  own: boolean;
  /** Who agreed without an answer of game's: it may have been given. */
  tried_by?: string | null;
}

export interface GiftsAnswer {
  gifts: PendingGift[];
  /** What one member gives alone within a day. */
  alone: { gold: string; things: string };
}

/** Where it waits for a second member; else it was given. */
export interface Given {
  pending?: string;
}

const word = encodeURIComponent;
const query = (values: Record<string, string>): string => {
  const given = Object.entries(values).filter(([, value]) => value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
};

export const find = (
  text: string,
  sort: Sort,
  after: string,
  signal?: AbortSignal,
): Promise<Page & { players: FoundLine[] }> => get(`/api/players${query({ query: text, sort, after })}`, signal);
export const exportOf = (text: string, sort: Sort): string => `/api/players/export${query({ query: text, sort })}`;
export const sessions = (
  address: string,
  after: string,
  signal?: AbortSignal,
): Promise<Page & { sessions: SessionLine[] }> => get(`/api/sessions${query({ address, after })}`, signal);
export const live = (id: string, signal?: AbortSignal): Promise<Live> =>
  get(`/api/players/${word(id)}/live`, signal);
export const history = (
  id: string,
  after: string,
  signal?: AbortSignal,
): Promise<HistoryAnswer> => get(`/api/players/${word(id)}/history${query({ after })}`, signal);
export const historyExportOf = (id: string): string => `/api/players/${word(id)}/history/export`;
export const LOG_EXPORT = "/api/log/export";
export const items = (after: string, signal?: AbortSignal): Promise<Page & { items: ItemKind[] }> =>
  get(`/api/items${query({ after })}`, signal);

const on = <T>(id: string, deed: string, body: object): Promise<T> => post(`/api/players/${word(id)}/${deed}`, body);

export const message = (id: string, text: string, signed: Signed): Promise<unknown> =>
  on(id, "message", { ...signed, text });
export const take = (id: string, amount: number, key: string, signed: Signed): Promise<unknown> =>
  on(id, "take", { ...signed, amount, key });
export const give = (
  id: string,
  character: string,
  things: Things,
  key: string,
  signed: Signed,
): Promise<Given> => on(id, "give", { ...signed, character, ...things, key });
export const remove = (
  id: string,
  character: string,
  item: string,
  quantity: number,
  key: string,
  signed: Signed,
): Promise<unknown> => on(id, "remove", { ...signed, character, item, quantity, key });
export interface Letter {
  character: string;
  subject: string;
  text: string;
  gold: number;
  things: Things[];
}
export const mail = (id: string, letter: Letter, key: string, signed: Signed): Promise<Given> =>
  on(id, "mail", { ...signed, ...letter, key });
/** Nowhere in particular: where newcomers begin. */
export const move = (
  id: string,
  character: string,
  to: { x_mm: number; y_mm: number } | null,
  signed: Signed,
): Promise<unknown> => on(id, "move", { ...signed, character, to });
/** No character: the account. */
export const rename = (
  id: string,
  character: string | null,
  name: string,
  signed: Signed,
): Promise<unknown> => on(id, "rename", { ...signed, character, name });
export const note = (id: string, text: string, key: string, signed: Signed): Promise<unknown> =>
  on(id, "note", { ...signed, text, key });
export const unnote = (id: string, kept: string, signed: Signed): Promise<unknown> =>
  on(id, "unnote", { ...signed, note: kept });

export const gifts = (signal?: AbortSignal): Promise<GiftsAnswer> => get("/api/gifts", signal);
export const approve = (gift: string, signed: Signed): Promise<unknown> =>
  post(`/api/gifts/${word(gift)}/approve`, signed);
export const decline = (gift: string, signed: Signed): Promise<unknown> =>
  post(`/api/gifts/${word(gift)}/decline`, signed);
