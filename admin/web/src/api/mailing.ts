// Calls of the pages about chat, announcements and letters to many.

import type { Signed } from "./calls";
import { get, post } from "./request";

export interface ChatLine {
  n: number;
  account: string;
  name: string;
  channel: string;
  text: string;
  at_ms: number;
}

export type Channel = "" | "world" | "near";

/** Who is meant. With a list nothing else counts. */
export interface Whom {
  list?: string;
  online?: boolean;
  created_from_ms?: number;
  created_to_ms?: number;
  level_min?: number;
  level_max?: number;
}

export interface Thing {
  kind: number;
  quantity: number;
}

export interface Letter {
  subject: string;
  text: string;
  gold: number;
  things: Thing[];
}

export interface Reader {
  account: string;
  name: string;
  level: number | null;
}

export interface PreviewAnswer {
  meant: number;
  to: Reader[];
  unknown: string[];
  /** Where to go on; null: all were looked at. */
  after: string | null;
}

export interface MailingLine {
  key: string;
  state: "running" | "done" | "stopped";
  sent: string;
  skipped: string;
  staff: string;
  reason: string;
  started_ms: number;
  ended_ms: number | null;
  letter: Letter & {
    whom: {
      ids: string[];
      online: boolean;
      created_from_ms: number;
      created_to_ms: number;
      level_min: number;
      level_max: number;
    };
  };
}

const query = (values: Record<string, string | number | boolean | undefined>): string => {
  const given = Object.entries(values).filter(
    ([, value]) => value !== undefined && value !== "" && value !== 0 && value !== false,
  );
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
};

export const chat = (channel: Channel, after: number, signal?: AbortSignal): Promise<{ lines: ChatLine[] }> =>
  get(`/api/chat?${query({ channel, after })}`, signal);
export const announce = (text: string, signed: Signed): Promise<unknown> =>
  post("/api/announce", { ...signed, text });

export const mailings = (signal?: AbortSignal): Promise<{ mailings: MailingLine[] }> =>
  get("/api/mailing", signal);
export const preview = (whom: Whom, after: string, signal?: AbortSignal): Promise<PreviewAnswer> =>
  get(`/api/mailing/preview?${query({ ...whom, after })}`, signal);
/** Asked again with the same key it is not sent again. */
export const send = (key: string, whom: Whom, letter: Letter, signed: Signed): Promise<unknown> =>
  post("/api/mailing/send", { ...signed, key, whom, ...letter });
export const stop = (key: string, signed: Signed): Promise<unknown> =>
  post("/api/mailing/stop", { ...signed, key });
