// What the made-up world says of how players play, of what changed of them, and of what waits for a second member.

import { HOSTILE, STARTED } from "./world.mjs";

const SESSIONS = [1, 2, 3].map((n) => ({
  account: String(4_294_967_296 + n),
  name: HOSTILE[n] ?? `player-${n}`,
  address: `192.0.2.${n}`,
  since_ms: STARTED,
  client: HOSTILE[0],
  away: n === 2,
  character: "8589934593",
  place: { map: 1, x_mm: 120_400, y_mm: 88_100 },
  room: n === 1 ? "4294967304" : null,
}));

const CHANGES = [
  { what: "staff", record: "120", n: 1, at_ms: STARTED, staff: "ada", deed: "give_item", reason: HOSTILE[1], was: "Bread (40): 0", became: "Bread (40): 2" },
  { what: "things", record: "120", n: 0, at_ms: STARTED, amount: 2, kind: 40, item: "99", from: "0", to: "8589934593", reason_code: 10 },
  { what: "gold", record: "77", n: 0, at_ms: STARTED - 5_000, amount: 1_000, from: "0", to: "4294967297", reason_code: 1 },
  { what: "gold", record: "70", n: 0, at_ms: STARTED - 6_000, amount: 25, from: "4294967297", to: "4294967298", reason_code: 6 },
  { what: "things", record: "60", n: 0, at_ms: STARTED - 7_000, amount: 1, kind: 3, item: "98", from: "4294968000", to: "8589934593", reason_code: 8 },
  { what: "gold", record: "50", n: 0, at_ms: STARTED - 8_000, amount: 5, from: "4294967297", to: "4294968001", reason_code: 15 },
  { what: "things", record: "40", n: 0, at_ms: STARTED - 9_000, amount: 1, kind: 3, item: "97", from: "8589934599", to: "8589934593", reason_code: 6 },
];

/** Everybody in them, as the server's look by their ids says. */
const HOLDERS = {
  4294967297: { what: "account", name: "Ana", account: "4294967297" },
  4294967298: { what: "account", name: HOSTILE[1], account: "4294967298" },
  4294968000: { what: "letter", name: "", account: null },
  4294968001: { what: "match", name: "", account: null },
  8589934593: { what: "character", name: "Ida", account: "4294967297" },
  8589934599: { what: "gone", name: "", account: null },
};

export const GIFTS = [
  { id: "3", by: "bo", at_ms: STARTED, account: "4294967297", reason: HOSTILE[0], gift: { what: "gold", amount: 500_000 }, own: false },
  {
    id: "4",
    by: "ada",
    at_ms: STARTED,
    account: "4294967298",
    reason: "event",
    gift: { what: "letter", character: 9, subject: HOSTILE[1], text: "t", gold: 0, things: [{ kind: 40, quantity: 200 }] },
    own: true,
  },
];

/** A letter to many that somebody else asked for. */
export const GIFT_MAILING = {
  id: "5",
  by: "bo",
  at_ms: STARTED,
  account: "0",
  reason: HOSTILE[1],
  gift: {
    what: "mailing",
    subject: HOSTILE[2],
    text: HOSTILE[0],
    gold: 500,
    things: [{ kind: 40, quantity: 3 }],
    whom: { ids: [], online: false, created_from_ms: 0, created_to_ms: 0, level_min: 2, level_max: 0 },
    receivers: 6_000,
    letters_max: 6_300,
  },
  own: false,
};

/** As the server's table has them. */
export const DEALING_RULES = [
  ["POST", "/api/players/{id}/message", "support", false],
  ["POST", "/api/players/{id}/note", "support", false],
  ["POST", "/api/players/{id}/unnote", "operator", false],
  ["POST", "/api/players/{id}/take", "operator", true],
  ["POST", "/api/players/{id}/give", "operator", true],
  ["POST", "/api/players/{id}/remove", "operator", true],
  ["POST", "/api/players/{id}/mail", "operator", true],
  ["POST", "/api/players/{id}/move", "operator", false],
  ["POST", "/api/players/{id}/rename", "operator", true],
  ["GET", "/api/players/{id}/live", "support", false],
  ["GET", "/api/players/export", "support", false],
  ["GET", "/api/sessions", "support", false],
  ["GET", "/api/gifts", "operator", false],
  ["POST", "/api/gifts/{id}/approve", "operator", true],
  ["POST", "/api/gifts/{id}/decline", "operator", true],
];

/** The last one is on a page of its own. */
const KINDS = [
  { kind: 3, name: "Short sword", stack: 1 },
  { kind: 11, name: HOSTILE[1], stack: 100 },
  { kind: 40, name: "Rye bread", stack: 100 },
];

/** What a GET answers; nothing: it is not of these. */
export function lookAtDealings(path, query, state) {
  const [, , what, , more] = path.split("/");
  if (what === "sessions") {
    return { sessions: state.empty ? [] : SESSIONS, after: null };
  }
  if (what === "items") {
    const all = state.kinds ?? KINDS;
    const left = all.filter((one) => Number(query.get("after") ?? "0") < one.kind);
    const page = left.slice(0, Math.min(256, all.length - 1));
    return { items: page, after: page.length < left.length ? String(page.at(-1).kind) : null };
  }
  if (what === "gifts") {
    return { gifts: state.gifts ?? (state.empty ? [] : GIFTS), alone: { gold: "100000", things: "100" } };
  }
  if (what === "players" && more === "live") {
    const said = [{ at_ms: STARTED, where: "world", name: HOSTILE[2], text: HOSTILE[0] }];
    return state.empty ? { online: false, sessions: [], said: [] } : { online: true, sessions: [SESSIONS[0]], said };
  }
  if (what === "players" && more === "history") {
    return { changes: state.empty ? [] : CHANGES, after: null, holders: state.unnamed ? null : HOLDERS };
  }
  return null;
}
