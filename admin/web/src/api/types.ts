// What the server's API says, as it travels. Ids are texts: JavaScript's numbers cannot hold 64 bits.

export const ROLES = ["viewer", "support", "operator", "owner"] as const;
export type Role = (typeof ROLES)[number];

/** A number that may travel as text because it may be long. */
export type Long = number | string;

export interface Session {
  staff: { name: string; role: Role; totp: boolean } | null;
  /** Nobody is staff yet: the set-up link makes the owner. */
  setup: boolean;
  version: string;
  world: string;
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
}

export interface Marker {
  at_ms: number;
  process: string;
  what: string;
}

export interface HistoryAnswer {
  step_ms: number;
  at_ms: number[];
  series: Record<string, (number | null)[]>;
  markers: Marker[];
}

export interface PlayerLine {
  id: string;
  name: string | null;
  online: boolean;
  created_ms?: Long | null;
  gold?: Long | null;
  characters?: string[];
  banned_until_ms?: Long | null;
  muted_until_ms?: Long | null;
}

export interface Page {
  /** Where the next page begins; none: this is the last. */
  after: string | null;
}

export interface PlayersAnswer extends Page {
  players: PlayerLine[];
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
}

export interface Item {
  holder: string;
  id: string;
  kind: number;
  name?: string | null;
  quantity: Long;
  place: number;
  slot: number;
}

export interface Letter {
  to_character: string;
  id: string;
  from_character: string;
  from_name: string | null;
  subject: string;
  text: string;
  gold: Long;
  sent_ms: Long;
  read: number | boolean;
}

export interface Restriction {
  banned_until_ms: Long | null;
  ban_reason: string | null;
  muted_until_ms: Long | null;
}

export interface PlayerRoom {
  id: string;
  name: string;
  player: boolean;
  stake: Long;
}

export interface Player {
  account: { id: string; name: string | null; created_ms: Long | null; [column: string]: unknown };
  online: boolean;
  wallet: { gold: Long } | null;
  characters: Character[];
  items: Item[];
  mail: Letter[];
  restrictions: Restriction | null;
  rooms: PlayerRoom[];
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

export interface LedgerAnswer extends Page {
  entries: LedgerLine[];
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

export interface RoomsAnswer extends Page {
  rooms: RoomLine[];
}

export interface Seat {
  account: string;
  name?: string | null;
  player: boolean;
  here: boolean;
  stake: Long;
  gone: boolean;
}

export interface Room extends RoomLine {
  seats: Seat[];
  /** JSON, or text where it was cut. */
  state: unknown;
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

/** Groups of figures; what the live stream has stands above them. */
export interface DatabaseAnswer {
  poison?: Poison | null;
  [group: string]: unknown;
}

export interface AuditLine {
  n: Long;
  at: Long;
  by: string;
  address: string;
  role: string;
  action: string;
  target: string | null;
  reason: string | null;
  before: unknown;
  after: unknown;
  outcome: string;
}

export interface AuditAnswer extends Page {
  entries: AuditLine[];
  /** Whether each line holds the hash of the one before it. */
  chain?: { whole: boolean; broken_at?: Long | null } | null;
}

export interface StaffLine {
  name: string;
  role: Role;
  totp: boolean;
  disabled: boolean;
  last_login_ms?: Long | null;
}

export interface StaffAnswer {
  staff: StaffLine[];
}
