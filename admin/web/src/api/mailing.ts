// Calls of the pages about chat, announcements and letters to many.

import type { Signed } from "./calls";
import type { Given } from "./players";
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
  state: "running" | "done" | "stopped" | "full";
  sent: string;
  skipped: string;
  staff: string;
  reason: string;
  started_ms: number;
  ended_ms: number | null;
  letter: Letter & { whom: Meant };
}

/** Who is meant, as it is kept. */
export interface Meant {
  ids: string[];
  online: boolean;
  created_from_ms: number;
  created_to_ms: number;
  level_min: number;
  level_max: number;
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
/** All of them, page by page; what was counted so far is told. */
export async function counted(
  whom: Whom,
  tell: (answer: PreviewAnswer) => void,
  signal?: AbortSignal,
): Promise<PreviewAnswer> {
  let all: PreviewAnswer | null = null;
  do {
    const page: PreviewAnswer = await preview(whom, all?.after ?? "", signal);
    all = all === null ? page : { ...page, meant: all.meant + page.meant, to: [...all.to, ...page.to].slice(0, 20) };
    tell(all);
  } while (all.after !== null);
  return all;
}

/** As it is asked for. */
export function whomOf({ ids, ...limits }: Meant): Whom {
  return ids.length === 0 ? limits : { list: ids.join(",") };
}

/** To so many as were counted. Asked again with the same key it is not sent again; more than one may give waits. */
export const send = (
  key: string,
  whom: Whom,
  receivers: number,
  letter: Letter,
  signed: Signed,
): Promise<Given> => post("/api/mailing/send", { ...signed, key, whom, receivers, ...letter });
export const stop = (key: string, signed: Signed): Promise<unknown> =>
  post("/api/mailing/stop", { ...signed, key });
