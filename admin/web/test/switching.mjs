// What the made-up world answers about switches and bans.

import { HOSTILE, STARTED } from "./world.mjs";

export const SWITCH_RULES = [
  ["POST", "/api/players/{id}/freeze", "operator", true],
  ["POST", "/api/players/{id}/unfreeze", "operator", true],
  ["POST", "/api/switches/wealth", "operator", true],
  ["POST", "/api/switches/accounts", "operator", true],
  ["POST", "/api/switches/chat", "operator", false],
  ["POST", "/api/switches/staff_only", "operator", true],
];

const OFF = { value: 0, reason: "", by: "", since_ms: null };

function switches() {
  return {
    switches: {
      wealth_frozen: { value: 1, reason: HOSTILE[0], by: "ada (uid 0)", since_ms: STARTED },
      accounts_closed: OFF,
      chat_slow: { value: 30, reason: "raid", by: "ada (uid 0)", since_ms: STARTED },
      staff_only: OFF,
    },
  };
}

function frozen(after) {
  const first = after === null ? 1 : Number(after) + 1;
  const rows = Array.from({ length: 20 }, (_, index) => ({
    account: String(first + index),
    name: HOSTILE[index] ?? `player-${first + index}`,
    reason: HOSTILE[2],
    staff: "ada (uid 0)",
    since_ms: STARTED,
  }));
  return { rows, after: first > 20 ? null : String(first + 19) };
}

function bans(kind, after) {
  const first = after === null ? 1 : Number(after) + 1;
  const deed = { by: "ada (uid 0)", reason: HOSTILE[1], at_ms: STARTED };
  const all = Array.from({ length: 20 }, (_, index) => {
    const id = first + index;
    return {
      account: String(id),
      name: HOSTILE[index] ?? `player-${id}`,
      banned: id % 2 === 0,
      muted: id % 3 === 0 || id % 2 === 1,
      banned_until_ms: id % 4 === 0 ? "for_ever" : Date.now() + id * 3_600_000,
      muted_until_ms: Date.now() + id * 3_600_000,
      ban_reason: HOSTILE[0],
      ban: deed,
      mute: id % 5 === 0 ? null : deed,
    };
  });
  const rows = all.filter((one) => kind === "" || one[kind]);
  return { rows, after: first > 20 ? null : String(first + 19) };
}

/** What a GET answers; nothing where there is no such thing. */
export function switching(path, query, state) {
  const after = query.get("after");
  switch (path) {
    case "/api/switches":
      return switches();
    case "/api/frozen":
      return state.empty ? { rows: [], after: null } : frozen(after);
    case "/api/bans":
      return state.empty ? { rows: [], after: null, looked: "all" } : { ...bans(query.get("kind") ?? "", after), looked: "some" };
    case "/api/bans/count":
      return { banned: 20, muted: 26, all: true };
    default:
      return null;
  }
}
