// Calls of the pages about switches and bans.

import type { Signed } from "./calls";
import { get, post } from "./request";

export interface SwitchState {
  /** 0: off. */
  value: number;
  reason: string;
  by: string;
  since_ms: number | null;
}

export type SwitchName = "wealth_frozen" | "accounts_closed" | "chat_slow" | "staff_only";

export interface SwitchesAnswer {
  switches: Record<SwitchName, SwitchState>;
}

export interface FrozenLine {
  account: string;
  name: string;
  reason: string;
  staff: string;
  since_ms: number | null;
}

export interface FrozenAnswer {
  rows: FrozenLine[];
  after: string | null;
}

/** The deed of staff that restricted somebody, as far back as was looked. */
export interface RestrictingDeed {
  by: string;
  reason: string;
  at_ms: number;
}

export interface BanLine {
  account: string;
  name: string;
  banned: boolean;
  muted: boolean;
  banned_until_ms: number | string | null;
  muted_until_ms: number | string | null;
  ban_reason: string | null;
  ban: RestrictingDeed | null;
  mute: RestrictingDeed | null;
}

export interface BansAnswer {
  rows: BanLine[];
  after: string | null;
  looked: Looked;
}

/** How much of the staff log was looked through for who did it: where only some was, what is not found is older. */
export type Looked = "all" | "some" | "nothing";

export interface BanCount {
  banned: number;
  muted: number;
  /** False: there are more than were counted. */
  all: boolean;
}

export type BanKind = "" | "banned" | "muted";

const list = (path: string, values: Record<string, string>): string => {
  const given = Object.entries(values).filter(([, value]) => value !== "");
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
};

export const switches = (signal?: AbortSignal): Promise<SwitchesAnswer> => get("/api/switches", signal);
export const frozen = (after: string, signal?: AbortSignal): Promise<FrozenAnswer> =>
  get(list("/api/frozen", { after }), signal);
export const switchWealth = (on: boolean, signed: Signed): Promise<unknown> =>
  post("/api/switches/wealth", { ...signed, on });
export const switchAccounts = (on: boolean, signed: Signed): Promise<unknown> =>
  post("/api/switches/accounts", { ...signed, on });
export const switchChat = (seconds: number, signed: Signed): Promise<unknown> =>
  post("/api/switches/chat", { ...signed, seconds });
export const switchStaffOnly = (on: boolean, kick: boolean, signed: Signed): Promise<unknown> =>
  post("/api/switches/staff_only", { ...signed, on, kick });
const onPlayer = (id: string, deed: string, signed: Signed): Promise<unknown> =>
  post(`/api/players/${encodeURIComponent(id)}/${deed}`, signed);
export const freeze = (id: string, signed: Signed): Promise<unknown> => onPlayer(id, "freeze", signed);
export const unfreeze = (id: string, signed: Signed): Promise<unknown> => onPlayer(id, "unfreeze", signed);

export const bans = (kind: BanKind, after: string, signal?: AbortSignal): Promise<BansAnswer> =>
  get(list("/api/bans", { kind, after }), signal);
export const banCount = (signal?: AbortSignal): Promise<BanCount> => get("/api/bans/count", signal);
