// Every call of the API, once: its path, what it takes and what it answers.

import { get, post } from "./request";
import type {
  DatabaseAnswer,
  HistoryAnswer,
  LedgerLine,
  Player,
  PlayersAnswer,
  Role,
  RowsAnswer,
  Rule,
  Session,
  StaffAnswer,
  StaffLogLine,
} from "./types";

export type Span = "15m" | "24h";

/** Why, and with dangerous ones the password of who asks, again. */
export interface Signed {
  reason: string;
  password?: string;
}

const word = encodeURIComponent;
const query = (values: Record<string, string>): string => {
  const given = Object.entries(values).filter(([, value]) => value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
};

export const LIVE = "/api/live";

export const session = (): Promise<Session> => get("/api/session");
export const routes = (): Promise<{ routes: Rule[] }> => get("/api/routes");
export const setup = (token: string, name: string, password: string): Promise<unknown> =>
  post("/api/setup", { token, name, password });
export const login = (name: string, password: string, code: string): Promise<unknown> =>
  post("/api/login", { name, password, code });
export const logout = (): Promise<unknown> => post("/api/logout", {});

export const changePassword = (old: string, fresh: string): Promise<unknown> =>
  post("/api/password", { old, new: fresh });
export const beginTotp = (password: string): Promise<{ secret: string; uri: string }> =>
  post("/api/totp/begin", { password });
export const confirmTotp = (code: string): Promise<unknown> => post("/api/totp/confirm", { code });

export const history = (
  span: Span,
  series: readonly string[],
  signal?: AbortSignal,
): Promise<HistoryAnswer> => get(`/api/history${query({ span, series: series.join(",") })}`, signal);

export const players = (text: string, after: string, signal?: AbortSignal): Promise<PlayersAnswer> =>
  get(`/api/players${query({ query: text, after })}`, signal);
export const player = (id: string, signal?: AbortSignal): Promise<Player> =>
  get(`/api/players/${word(id)}`, signal);
export const ledger = (id: string, after: string, signal?: AbortSignal): Promise<RowsAnswer<LedgerLine>> =>
  get(`/api/players/${word(id)}/ledger${query({ after })}`, signal);
export const staffLog = (
  id: string,
  after: string,
  signal?: AbortSignal,
): Promise<RowsAnswer<StaffLogLine>> => get(`/api/players/${word(id)}/log${query({ after })}`, signal);

const onPlayer = (id: string, deed: string, body: object): Promise<unknown> =>
  post(`/api/players/${word(id)}/${deed}`, body);
export const kick = (id: string, signed: Signed): Promise<unknown> => onPlayer(id, "kick", signed);
/** For so many milliseconds; 0: for ever. */
export const mute = (id: string, forMs: number, signed: Signed): Promise<unknown> =>
  onPlayer(id, "mute", { ...signed, for_ms: forMs });
export const unmute = (id: string, signed: Signed): Promise<unknown> => onPlayer(id, "unmute", signed);
export const ban = (id: string, forMs: number, signed: Signed): Promise<unknown> =>
  onPlayer(id, "ban", { ...signed, for_ms: forMs });
export const unban = (id: string, signed: Signed): Promise<unknown> => onPlayer(id, "unban", signed);
/** Asked again with the same key it is not done again. */
export const grant = (
  id: string,
  amount: number,
  key: string,
  signed: Signed,
): Promise<{ pending?: string }> => post(`/api/players/${word(id)}/grant`, { ...signed, amount, key });

export const closeRoom = (id: string, signed: Signed): Promise<unknown> =>
  post(`/api/rooms/${word(id)}/close`, signed);
export const sayInRoom = (id: string, signal: string, body: string, signed: Signed): Promise<unknown> =>
  post(`/api/rooms/${word(id)}/say`, { ...signed, signal, body });

export const database = (signal?: AbortSignal): Promise<DatabaseAnswer> => get("/api/database", signal);

export const staff = (signal?: AbortSignal): Promise<StaffAnswer> => get("/api/staff", signal);
const onStaff = (name: string, deed: string, body: object): Promise<unknown> =>
  post(`/api/staff/${word(name)}/${deed}`, body);
export const addStaff = (name: string, role: Role, fresh: string, signed: Signed): Promise<unknown> =>
  post("/api/staff/create", { ...signed, name, role, new_password: fresh });
export const setStaffRole = (name: string, role: Role, signed: Signed): Promise<unknown> =>
  onStaff(name, "role", { ...signed, role });
export const disableStaff = (name: string, signed: Signed): Promise<unknown> => onStaff(name, "disable", signed);
export const enableStaff = (name: string, signed: Signed): Promise<unknown> => onStaff(name, "enable", signed);
/** Another password, and no second factor. */
export const resetStaff = (name: string, fresh: string, signed: Signed): Promise<unknown> =>
  onStaff(name, "reset", { ...signed, new_password: fresh });
