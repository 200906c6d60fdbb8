// What the server's API says, as it travels. Ids are texts: JavaScript's numbers cannot hold 64 bits.

export const ROLES = ["viewer", "support", "operator", "owner"] as const;
export type Role = (typeof ROLES)[number];

/** A number that may travel as text because it may be long. */
export type Long = number | string;

/** Who held gold or a thing, as a log has it. */
export interface Holder {
  /** account, character, letter, match, gone */
  what: string;
  /** Empty: it has none, or nobody knows. */
  name: string;
  /** The player behind it. */
  account: string | null;
}

/** Everybody in an answer, by id. */
export type Holders = Readonly<Record<string, Holder>>;

export interface Session {
  staff: { name: string; role: Role; totp: boolean } | null;
  /** Nobody is staff yet: the set-up link makes the owner. */
  setup: boolean;
  version: string;
  /** Told to staff alone. */
  world: string | null;
}

/** Who may ask what. */
export interface Rule {
  method: string;
  path: string;
  /** Nobody in particular: anyone. */
  role: Role | null;
  /** The password is asked for again. */
  dangerous: boolean;
}

export interface ProcessSample {
  name: string;
  role: string;
  reachable: boolean;
  ready: boolean;
  state: string;
  pid: number | null;
  up_ms: number | null;
  version: string | null;
  restarts: number | null;
  rss_bytes: number | null;
  cpu_ms: number | null;
  /** How much room dbfront has, as this process knows it. */
  level: string | null;
  figures: Record<string, number>;
}

export interface Sample {
  at_ms: number;
  processes: ProcessSample[];
  /** What has happened since the sample before. */
  markers: Marker[];
}

export interface Marker {
  at_ms: number;
  process: string;
  what: string;
  /** The level, the state or the figure that is meant. */
  detail: string;
}

export interface HistoryAnswer {
  step_ms: number;
  at_ms: number[];
  series: Record<string, (number | null)[]>;
  markers: Marker[];
}

/** A row of a table as stored; ids are text, moments numbers or `for_ever`. */
export type Row = Record<string, unknown>;

export interface PlayerLine {
  id: string;
  name: string;
  online: boolean;
  created_ms: Long | null;
}

export interface Page {
  /** Where the next page begins; none: this is the last. */
  after: string | null;
}

export interface PlayersAnswer extends Page {
  players: PlayerLine[];
}

export interface Item {
  id: string;
  kind: number;
  quantity: Long;
  place: number;
  slot: number;
}

export interface Letter {
  id: string;
  from_character: string;
  from_name: string | null;
  /** Null: what it says is not for this role. */
  subject: string | null;
  text: string | null;
  gold: Long;
  sent_ms: Long;
  read: number | boolean;
  /** What lies in it; not there: that was not looked at. */
  things?: Item[];
}

/** What another player wants staff to know about one. */
export interface Report {
  by_account: string;
  name: string;
  /** Null: not for this role. */
  reason: string | null;
  evidence: string | null;
  wall_ms: Long;
}

export interface Character {
  id: string;
  name: string;
  level: number;
  xp: Long;
  hp: Long;
  map: Long;
  x_mm: Long;
  y_mm: Long;
  created_ms: Long | null;
  deleted_ms: Long | null;
  dead: number | boolean;
  items: Item[];
  mail: Letter[];
}

export interface Restriction {
  banned_until_ms: Long | null;
  ban_reason: string | null;
  muted_until_ms: Long | null;
}

export interface Player {
  id: string;
  name: string;
  online: boolean;
  account: Row | null;
  wallet: { gold: Long } | null;
  restriction: Restriction | null;
  characters: Character[];
  report: Report[];
  /** What letters and reports say is not for this role. */
  hidden: boolean;
  /** Whatever else is kept: rows by the name of their table. */
  [table: string]: unknown;
}

export interface LedgerLine {
  lsn: string;
  n: number;
  from_account: string;
  to_account: string;
  amount: Long;
  reason: number | string;
  wall_ms: Long;
}

export interface StaffLogLine {
  lsn: string;
  n: number;
  staff: string;
  deed: string;
  until_ms: Long | null;
  reason: string;
  wall_ms: Long;
}

/** Looked for among everybody's: a page may hold less than it could, and nothing, and still not be the last. */
export interface RowsAnswer<T> extends Page {
  rows: T[];
}

export interface RoomLine {
  id: string;
  name: string;
  members: number;
  players: number;
  players_max: number;
  label: string;
  age_ms: Long;
  inputs: Long;
  keeps: boolean;
  pot: Long;
}

export interface Seat {
  account: string;
  player: boolean;
  here: boolean;
  stake: Long;
  gone: boolean;
}

export interface Room extends RoomLine {
  seats: Seat[];
  /** JSON; broken off where it was cut. */
  state: string;
  state_bytes: Long;
  state_is_cut: boolean;
}

export interface Poison {
  lsn: string;
  table: string;
  what: string;
  since_ms: Long;
  tries: Long;
}

export interface DatabaseAnswer {
  at_ms: number;
  process: ProcessSample | null;
  poison: Poison | null;
}

export interface AuditLine {
  n: number;
  at: Long;
  by: string;
  address: string;
  role: string;
  action: string;
  /** Empty: on nobody in particular. */
  target: string;
  reason: string;
  before: unknown;
  after: unknown;
  /** `ok`, or the code of the refusal. */
  outcome: string;
  /** Game has it in its journal, or will be told; missing: it is none that game is told of. */
  noted?: boolean;
}

export interface AuditAnswer {
  deeds: AuditLine[];
  after: number | null;
  /** The first line that does not hold the hash of the one before it. */
  broken_at: number | null;
}

export interface StaffLine {
  name: string;
  role: Role;
  totp: boolean;
  disabled: boolean;
  created_ms: Long;
}

export interface StaffAnswer {
  staff: StaffLine[];
}
