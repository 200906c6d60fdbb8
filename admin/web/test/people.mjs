// The people of the made-up world and what is theirs: players, rooms, staff, and what staff did.

import { RUNNING_RULES, running } from "./running.mjs";
import { SPEAKING_RULES, speaking } from "./speaking.mjs";
import { CONFIG_RULES, config } from "./configuring.mjs";
import { SWITCH_RULES, switching } from "./switching.mjs";
import { DEALING_RULES } from "./dealings.mjs";
import * as gold from "./gold.mjs";
import { bill, history, HOSTILE, STARTED } from "./world.mjs";

function players(query, after) {
  const first = after === null ? 1 : Number(after) + 1;
  const all = Array.from({ length: 25 }, (_, index) => {
    const id = first + index;
    return {
      id: String(4_294_967_296 + id),
      name: id % 9 === 0 ? "" : (HOSTILE[id - 1] ?? `player-${id}`),
      online: id % 3 !== 0,
      created_ms: query ? null : STARTED - id * 86_400_000,
    };
  });
  const found = all.filter((one) => one.name.startsWith(query ?? "") || one.id === query);
  return { players: found, after: query || first > 60 ? null : String(first + 24) };
}

const LETTERS = [
  {
    to_character: "8589934593",
    id: "77",
    from_character: "8589934999",
    from_name: HOSTILE[1],
    subject: HOSTILE[0],
    text: `line one\n${HOSTILE[1]}\nline three`,
    gold: 12,
    sent_ms: STARTED,
    read: 0,
    things: [{ holder: "77", id: "8589939003", kind: 40, quantity: 7, place: 3, slot: 0 }],
  },
  {
    to_character: "8589934593",
    id: "78",
    from_character: "0",
    from_name: "",
    subject: "Welcome",
    text: "Hello.",
    gold: 0,
    sent_ms: STARTED + 1,
    read: 1,
  },
];

const REPORTS = [
  {
    account: "4294967297",
    by_account: "4294967301",
    name: HOSTILE[0],
    reason: `rude ${HOSTILE[1]}`,
    evidence: `${STARTED} private Anna: between us ${HOSTILE[0]}\n${STARTED + 1} world Anna: hello`,
    wall_ms: STARTED,
  },
];

/** As somebody gets it who may not read what players say to each other. */
const wordless = (rows, words) => rows.map((row) => ({ ...row, ...Object.fromEntries(words.map((word) => [word, null])) }));

function player(id, state) {
  const hidden = state.staff?.role === "viewer";
  return {
    id,
    hidden,
    report: hidden ? wordless(REPORTS, ["reason", "evidence"]) : REPORTS,
    name: HOSTILE[0],
    online: true,
    account: {
      id,
      name: HOSTILE[0],
      session_gen: 17,
      cseq_last: 902,
      cseq_ok: "18446744073709551615",
      created_ms: STARTED - 9e9,
    },
    wallet: { account: id, gold: 48_120 },
    restriction: {
      account: id,
      banned_until_ms: null,
      ban_reason: HOSTILE[4],
      muted_until_ms: id.endsWith("8") ? "for_ever" : Date.now() + 7_200_000,
    },
    characters: [
      {
        account: id,
        id: "8589934593",
        name: HOSTILE[2],
        level: 14,
        xp: 20_411,
        hp: 88,
        map: 1,
        x_mm: 120_400,
        y_mm: 88_100,
        created_ms: STARTED,
        deleted_ms: null,
        dead: 0,
        mail: hidden ? wordless(LETTERS, ["subject", "text"]) : LETTERS,
        items: [
          { holder: "8589934593", id: "8589939001", kind: 3, quantity: 1, place: 2, slot: 0 },
          { holder: "8589934593", id: "8589939002", kind: 11, quantity: 42, place: 1, slot: 4 },
        ],
      },
      {
        account: id,
        id: "8589934594",
        name: "Second",
        level: 2,
        xp: 120,
        hp: 0,
        map: 1,
        x_mm: 1_000,
        y_mm: 2_000,
        created_ms: STARTED,
        deleted_ms: null,
        dead: 1,
        mail: [],
        items: [],
      },
    ],
    wealth_freeze: (state.frozen ?? []).includes(id)
      ? [{ account: id, reason: HOSTILE[2], staff: "ada (uid 0)", since_ms: STARTED }]
      : [],
    staff_note: [{ account: id, id: "5", staff: "ada", text: `staff noted ${HOSTILE[0]}`, wall_ms: STARTED }],
    chat_block: [{ account: id, blocked: "4294967300", name: HOSTILE[3], since_ms: STARTED }],
    rating: [{ account: id, game: 512, rating: 1_620, games: 44 }],
    replay_player: [
      { account: id, replay: "8589950001", kind: "chess", ended_ms: STARTED, outcome: "mate", place: 1 },
    ],
  };
}

function staffLog(id) {
  const rows = [
    {
      lsn: "900100",
      n: 1,
      staff: "ada",
      deed: "mute",
      account: id,
      until_ms: Date.now() + 7_200_000,
      reason: HOSTILE[1],
      wall_ms: STARTED,
    },
    {
      lsn: "812000",
      n: 0,
      staff: "bo",
      deed: "kick",
      account: id,
      until_ms: null,
      reason: "afk",
      wall_ms: STARTED - 1e8,
    },
  ];
  return { rows, after: "700000.0" };
}

function ledger(id, after) {
  const first = after === null ? 0 : Number(after);
  const entries = Array.from({ length: 20 }, (_, index) => {
    const n = first + index;
    const isIn = n % 3 !== 0;
    const other = n % 2 === 0 ? "0" : "4294967400";
    return {
      lsn: String(900_000 - n),
      n: 0,
      from_account: isIn ? other : id,
      to_account: isIn ? id : other,
      amount: 17 * (n + 1),
      reason: (n % 18) + 1,
      wall_ms: Date.now() - n * 60_000,
    };
  });
  return { rows: entries, after: first < 60 ? String(first + 20) : null };
}

function rooms(after) {
  const first = after === null ? 1 : Number(after) - 4_294_967_300 + 1;
  const list = Array.from({ length: 20 }, (_, index) => room(String(4_294_967_300 + first + index)));
  return { rooms: list, after: first < 60 ? String(4_294_967_300 + first + 19) : null };
}

function room(id) {
  const n = Number(id) - 4_294_967_300;
  const kind = ["chess", "lobby", "doudizhu", "arena"][n % 4];
  return {
    id,
    name: `${kind}#${n}`,
    members: 3,
    players: 2,
    players_max: 4,
    label: HOSTILE[n % HOSTILE.length],
    age_ms: 61_000 * n,
    inputs: 40 * n + (Math.floor(Date.now() / 2_000) % 100),
    keeps: n % 4 !== 1,
    pot: n % 4 === 0 ? 200 : 0,
  };
}

function wholeRoom(id) {
  return {
    ...room(id),
    pot: 200,
    seats: [
      { account: "4294967297", player: true, here: true, stake: 100, gone: false },
      { account: "4294967298", player: true, here: false, stake: 100, gone: true },
      { account: "4294967299", player: false, here: true, stake: 0, gone: false },
    ],
    state: JSON.stringify({
      turn: "white",
      move: Math.floor(Date.now() / 2_000) % 100,
      clocks_ms: { white: 181_200, black: 177_010 },
      board: ["rnbqkbnr", "pppppppp", "        ", "        ", "    P   ", "        ", "PPPP PPP", "RNBQKBNR"],
      history: [{ by: HOSTILE[0], from: "e2", to: "e4" }],
      result: null,
      rated: true,
      empty: {},
    }),
    state_bytes: 1_902,
    state_is_cut: false,
  };
}

/** Deed 58 to deed 1; game has been told of those up to 40. */
function audit(query) {
  const all = Array.from({ length: 58 }, (_, index) => {
    const n = 58 - index;
    const kind = n % 4;
    return {
      n,
      at: Date.now() - (60 - n) * 400_000,
      by: n % 5 === 0 ? "bo" : "ada",
      address: "127.0.0.1",
      role: "owner",
      action: ["player.grant", "login", "player.kick", "staff.role"][kind],
      target: ["player 4294967297", "", "player 4294967301", "bo"][kind],
      reason: kind === 1 ? "" : HOSTILE[n % HOSTILE.length],
      before: kind === 0 ? { gold: 10 } : kind === 3 ? { role: "viewer" } : null,
      after: kind === 0 ? { gold: 510 } : kind === 3 ? { role: "support" } : null,
      outcome: n % 7 === 0 ? "forbidden" : "ok",
    };
  });
  const holds = (deed, word) => deed[word].includes(query.get(word) ?? "");
  const fitting = all
    .map((deed) => (deed.outcome === "ok" && deed.n % 2 === 1 ? { ...deed, noted: deed.n <= 40 } : deed))
    .filter((deed) => ["by", "action", "target"].every((word) => holds(deed, word)))
    .filter((deed) => !query.get("outcome") || (deed.outcome === "ok") === (query.get("outcome") === "ok"))
    .filter((deed) => Number(query.get("from_ms") ?? 0) <= deed.at)
    .filter((deed) => deed.at < Number(query.get("until_ms") ?? Number.MAX_SAFE_INTEGER))
    .filter((deed) => deed.n < Number(query.get("after") ?? Number.MAX_SAFE_INTEGER));
  const deeds = fitting.slice(0, 20);
  return { deeds, after: deeds.length < fitting.length ? deeds.at(-1).n : null, broken_at: null, noted: 40 };
}

const STAFF = [
  { name: "ada", role: "owner", totp: true, disabled: false, created_ms: STARTED - 9e9 },
  { name: "bo", role: "viewer", totp: false, disabled: true, created_ms: STARTED - 8e9 },
  { name: "cy", role: "support", totp: false, disabled: false, created_ms: STARTED - 7e9 },
];

/** As the server's table has them: path, least role, whether the password is asked for again. */
const applied = (n) => ({
  at_ms: Date.now() - n * 900,
  took_us: 1_200 + ((n * 7_919) % 31) * 900,
  lsn: String(23_000_000 - n * 40),
  tables: [
    { table: "wallet", rows: 31 },
    { table: "ledger", rows: 12 },
  ],
});
const newest = Array.from({ length: 16 }, (_, n) => applied(n));
const LOOK = {
  newest,
  slowest: [...newest].sort((one, other) => other.took_us - one.took_us),
  segments: Array.from({ length: 6 }, (_, n) => ({
    number: String(48 - n),
    first_lsn: String(23_000_000 - n * 400_000),
    created_ms: STARTED - n * 3_600_000,
    bytes: 67_108_864,
  })),
  segments_all: 41,
  backups: [
    { folder: "/srv/world/backups/now", began_ms: Date.now() - 4_000, ended_ms: 0, made: false, cursor: "0", last: "0", bytes: 0, wrong: "" },
    { folder: "/srv/world/backups/monday", began_ms: STARTED, ended_ms: STARTED + 61_000, made: true, cursor: "812000", last: "812400", bytes: 4.1e9, wrong: "" },
    { folder: "/srv/world/backups/full", began_ms: STARTED, ended_ms: STARTED + 900, made: false, cursor: "0", last: "0", bytes: 0, wrong: "BACKUP_DISK_FULL: no room" },
  ],
};
const RECORD = JSON.stringify({ lsn: "812", flows: [], mutations: [{ table: "item", row: [HOSTILE[0], 7] }] }, null, 2);

const RULES = [
  ...CONFIG_RULES,
  ...SWITCH_RULES,
  ...SPEAKING_RULES,
  ...RUNNING_RULES,
  ["POST", "/api/players/{id}/kick", "support", false],
  ["POST", "/api/players/{id}/mute", "support", false],
  ["POST", "/api/players/{id}/unmute", "support", false],
  ["POST", "/api/players/{id}/ban", "operator", true],
  ["POST", "/api/players/{id}/unban", "operator", true],
  ["POST", "/api/players/{id}/grant", "operator", true],
  ...DEALING_RULES,
  ["POST", "/api/rooms/{id}/open", "operator", false],
  ["POST", "/api/rooms/{id}/close", "operator", true],
  ["POST", "/api/rooms/{id}/say", "operator", false],
  ["POST", "/api/replays/{id}/open", "operator", false],
  ["POST", "/api/database/backup", "operator", false],
  ["POST", "/api/database/poison/retry", "operator", false],
  ["POST", "/api/database/poison/amend", "owner", true],
  ["GET", "/api/economy/trail", "support", false],
  ["POST", "/api/economy/check/begin", "operator", false],
  ["GET", "/api/audit", "operator", false],
  ["GET", "/api/staff", "owner", false],
  ["POST", "/api/staff/create", "owner", true],
  ["POST", "/api/staff/{name}/role", "owner", true],
  ["POST", "/api/staff/{name}/disable", "owner", true],
  ["POST", "/api/staff/{name}/enable", "owner", true],
  ["POST", "/api/staff/{name}/reset", "owner", true],
].map(([method, path, role, dangerous]) => ({ method, path, role, dangerous }));

/** What a GET answers; nothing where there is no such thing. */
export function look(path, query, state) {
  const [, , what, id, more] = path.split("/").map(decodeURIComponent);
  const after = query.get("after");
  switch (what) {
    case "routes":
      return { routes: RULES };
    case "config":
      return config();
    case "history":
      return history(query.get("span"), (query.get("series") ?? "").split(","), state.gateways);
    case "players":
      if (id === undefined) {
        return state.empty ? { players: [], after: null } : players(query.get("query"), after);
      }
      if (id === "0") {
        return null;
      }
      if (id === "404") {
        return { refused: "no_such_account" };
      }
      return more === "ledger" ? ledger(id, after) : more === "log" ? staffLog(id) : player(id, state);
    case "rooms":
      if (id === undefined) {
        return state.empty ? { rooms: [], after: null } : rooms(after);
      }
      return wholeRoom(id);
    case "economy":
      switch (id) {
        case undefined:
          return gold.economy(Number(query.get("hours")), state);
        case "richest":
          return gold.richest(Number(query.get("rows")), state);
        case "trail":
          return gold.trail(query);
        default:
          return gold.check(state);
      }
    case "database":
      if (id === "look") {
        return state.empty ? { ...LOOK, newest: [], slowest: [], backups: [] } : LOOK;
      }
      if (id === "poison") {
        return { ...state.poison, record: RECORD };
      }
      return { at_ms: Date.now(), process: null, poison: state.poison };
    case "bill":
      return state.empty ? { at_ms: Date.now(), of: [], lines: [] } : (state.bill ?? bill)(Date.now());
    case "audit":
      return state.empty ? { deeds: [], after: null, broken_at: null, noted: null } : audit(query);
    case "staff":
      return { staff: STAFF };
    default:
      return switching(path, query, state) ?? speaking(path, query, state) ?? running(path, query, state);
  }
}
