// The economy of the made-up world: sums that add up, a trail with a split and a guest, a check that found something.

import { HOSTILE } from "./world.mjs";

const HOUR_MS = 3_600_000;

export function economy(hours, state) {
  const since_ms = (Math.floor(Date.now() / HOUR_MS) + 1 - hours) * HOUR_MS;
  const sums = [];
  for (let index = 0; index < hours; index += 1) {
    const wave = 1 + Math.sin(index / 3);
    const put = (reason, line) =>
      sums.push({ hour_ms: since_ms + index * HOUR_MS, reason, in: 0, out: 0, moved: 0, lines: 40, ...line });
    put(1, { in: 1_000 });
    put(2, { moved: Math.round(700 * wave) });
    put(3, { in: Math.round(5_000 * wave) });
    put(4, { out: Math.round(3_000 * wave) });
    put(5, { in: 900 });
    put(6, { moved: 4_000 });
    put(18, { out: 120 });
  }
  const listed = state.empty ? [] : sums;
  const net = listed.reduce((all, hour) => all + hour.in - hour.out, 0);
  const told = 9_007_199_254_740_993n + BigInt(net);
  const held = state.gold === "off" ? told + 5n : told;
  return {
    lsn: "120345",
    since_ms,
    hours: listed,
    cut: false,
    gold_before: "9007199254740993",
    piles: {
      wallets: { gold: String(held - 62n), holders: 1_000_000 },
      letters: { gold: "50", holders: 3 },
      pots: { gold: "12", holders: 1 },
    },
    held: String(held),
    told: String(told),
    adds_up: state.gold !== "off",
  };
}

export function richest(rows, state) {
  const list = Array.from({ length: state.empty ? 0 : rows }, (_, index) => ({
    account: String(4_294_967_297 + index),
    name: index % 4 === 3 ? "" : (HOSTILE[index] ?? `player-${index}`),
    gold: 900_000_000_000_000 - index * 31_000_000_000,
  }));
  return { lsn: "120345", rows: list };
}

export function trail(query) {
  const step = (parent, depth, lsn, from, to, amount, traced, kept, more = {}) => ({
    parent,
    depth,
    lsn: String(lsn),
    item: query.get("item"),
    kind: 40,
    from,
    to,
    amount,
    traced,
    kept,
    reason: 6,
    wall_ms: Date.now() - 1e6 + lsn,
    cut: false,
    ...more,
  });
  const account = query.get("account");
  if (account === "404") {
    return { lsn: "120345", looked: 9, looked_to: "120345", ended: "whole", steps: [], holders: {} };
  }
  return {
    lsn: "120345",
    looked: 88_123,
    looked_to: "120001",
    ended: account === "500" ? "time" : "whole",
    steps: [
      step(0, 1, 77, account ?? "11", "22", 500, 500, 100),
      step(0, 1, 78, account ?? "11", "33", 20, 20, 20, { cut: true }),
      step(1, 2, 90, "22", "201", 300, 300, 0, { reason: 7 }),
      step(1, 2, 91, "22", null, 100, 100, 0, { reason: 4 }),
      step(3, 3, 95, "201", "44", 300, 300, 300, { reason: 8 }),
    ],
    holders: {
      22: { what: "account", name: HOSTILE[0], account: "22" },
      33: { what: "account", name: "", account: "33" },
      44: { what: "account", name: "Dee", account: "44" },
      201: { what: "letter", name: "", account: null },
    },
  };
}

const CLEAN = { wallet_off: 0, gold_not_conserved: 0, hour_off: 0 };
const COUNTS = { accounts: 5, characters: 3, items: 5, letters: 2, ledger_lines: 24, goods_lines: 17, gold: 9 };

export function check(state) {
  const last = (answer, error = null) => ({
    possible: true,
    running: null,
    last: { began_ms: Date.now() - 60_000, took_ms: 4_200, by: "ada", error, answer },
  });
  switch (state.check) {
    case "clean":
      return last({ lsn: 120_345, rules: CLEAN, says: {}, findings: [], counts: COUNTS });
    case "violated":
      return last({
        lsn: 120_345,
        rules: { ...CLEAN, wallet_off: 2 },
        says: { wallet_off: "an account has what its ledger lines add up to" },
        findings: [
          { rule: "wallet_off", what: "account 7 has 9, its ledger says 4" },
          { rule: "wallet_off", what: `account 8 ${HOSTILE[0]}` },
        ],
        counts: COUNTS,
      });
    case "failed":
      return last(null, "game.db: no such table");
    case "running":
      return { possible: true, running: { began_ms: Date.now() - 1_000, by: "bo" }, last: null };
    default:
      return { possible: state.check !== "none", running: null, last: null };
  }
}
