// The places of the made-up world: its map with whoever walks there, rooms that are watched, matches that are over. Names
// are hostile here too.

import { look } from "./people.mjs";
import { HOSTILE, STARTED } from "./world.mjs";

const EDGE = 500_000;
const CELL = 50_000;
const COLUMNS = EDGE / CELL;

/** In the very middle, where a test clicks; it stands still. */
export const STILL = { account: "4294967297", x_mm: 250_000, y_mm: 250_000 };

function walkers() {
  const at = Date.now() / 1_000;
  const players = Array.from({ length: 40 }, (_, index) => ({
    avatar: index + 1,
    account: String(4_294_967_297 + index),
    character: String(8_589_934_593 + index),
    name: HOSTILE[index] ?? `player-${index}`,
    level: 1 + (index % 20),
    monster: 0,
    x_mm: Math.round(120_000 + 3_000 * index + 9_000 * Math.sin(at / 7 + index)),
    y_mm: Math.round(140_000 + 2_000 * ((index * 7) % 40) + 9_000 * Math.cos(at / 7 + index)),
    life: index === 5 ? 0 : 100 - index,
    away: index === 6,
  }));
  Object.assign(players[0], STILL);
  const monsters = Array.from({ length: 300 }, (_, index) => ({
    avatar: 1_000 + index,
    account: null,
    character: String(17_179_869_185 + index),
    name: "Rat",
    level: 0,
    monster: 1 + (index % 3),
    x_mm: (index * 48_611) % EDGE,
    y_mm: (index * 31_337) % EDGE,
    life: 100,
    away: false,
  }));
  return [...players, ...monsters];
}

function map(query, state) {
  state.maps = [...(state.maps ?? []), query.toString()];
  const all = state.empty ? [] : walkers();
  const tiles = new Map();
  for (const one of all) {
    const number = Math.floor(one.x_mm / CELL) + Math.floor(one.y_mm / CELL) * COLUMNS;
    const counts = tiles.get(number) ?? [number, 0, 0];
    counts[one.account === null ? 2 : 1] += 1;
    tiles.set(number, counts);
  }
  const edge = (name) => Number(query.get(name));
  const isIn = (one) =>
    edge("west") <= one.x_mm &&
    one.x_mm <= edge("east") &&
    edge("south") <= one.y_mm &&
    one.y_mm <= edge("north");
  const ground = query.get("ground") === "1";
  return {
    map: 1,
    width_mm: EDGE,
    height_mm: EDGE,
    cell_mm: CELL,
    tile_mm: CELL,
    columns: COLUMNS,
    players: all.filter((one) => one.account !== null).length,
    monsters: all.filter((one) => one.account === null).length,
    tiles: [...tiles.values()].sort((a, b) => a[0] - b[0]),
    ones: query.has("west") ? all.filter(isIn) : [],
    more: false,
    walls: ground
      ? [
          [230_000, 269_000, 270_000, 270_000],
          [230_000, 230_000, 231_000, 269_000],
        ]
      : [],
    spawns: ground ? [[100_000, 100_000]] : [],
    shops: ground ? [[110_000, 120_000]] : [],
  };
}

const KINDS = [
  { name: "chess", open: 20, secrets: false },
  { name: "doudizhu", open: 20, secrets: true },
  { name: "lobby", open: 40, secrets: false },
];

function rooms(query, state) {
  state.roomWishes = [...(state.roomWishes ?? []), query.toString()];
  const found = look("/api/rooms", query, state);
  const kind = query.get("kind") ?? "";
  const order = query.get("order");
  const rooms = found.rooms.filter((room) => room.name.startsWith(kind));
  if (order === "newest") {
    rooms.reverse();
  }
  return { ...found, rooms, kinds: query.get("after") ? [] : KINDS };
}

function room(path, query, state) {
  if (state.gone) {
    return { refused: "room_not_open" };
  }
  const opened = state.done.some((deed) => deed.path === `${path}/open`);
  const hidden = path.endsWith("2") && !opened;
  const now = Math.floor(Date.now() / 1_000) % 1_000;
  const heard = Array.from({ length: 30 }, (_, index) => ({
    number: String(now + 400 - index),
    at_ms: 1_000 * (now + 400 - index),
    what: ["message", "join", "tick", "timer", "answered", "staff"][(now - index + 600) % 6],
    account: (now - index + 600) % 6 < 2 ? "4294967297" : null,
    name: (now - index + 600) % 6 === 0 ? "chess_move" : "",
    of: "3",
    body: hidden || (now - index + 600) % 6 !== 0 ? "" : HOSTILE[index % HOSTILE.length],
    body_bytes: (now - index + 600) % 6 === 0 ? 40 : 0,
    times: 20,
    outcomes: index === 4 ? ["wallet_full"] : [],
  }));
  return {
    ...look(path, query, state),
    kind: "chess",
    secrets: path.endsWith("2"),
    hidden,
    state: hidden ? "" : look(path, query, state).state,
    timers: [{ id: 7, left_ms: 30_000 - (Date.now() % 30_000) }],
    asks: [{ id: "2", account: "4294967298", name: HOSTILE[0], left_ms: 4_200 }],
    heard,
  };
}

/** A match of so many inputs: a counter that each of them changes. */
export const MATCH = { id: "4294967400", inputs: 700 };
export const SECRET_MATCH = "4294967401";

function replays(query, state) {
  state.replayWishes = [...(state.replayWishes ?? []), query.toString()];
  const first = query.get("after") ? Number(query.get("after")) - 4_294_967_296 : 141;
  const all = Array.from({ length: 32 }, (_, index) => first - 1 - index).filter((n) => 60 < n);
  const list = all.map((n) => ({
    id: String(4_294_967_296 + n),
    kind: n % 2 === 0 ? "chess" : "doudizhu",
    number: n,
    opened_ms: STARTED + 60_000 * n,
    ended_ms: STARTED + 60_000 * n + 50_000,
    inputs: 700,
    outcome: HOSTILE[n % HOSTILE.length],
    broke: n % 9 === 0,
    place: null,
    players: ["4294967297", "4294967298", "4294967299"],
  }));
  const found = list.filter((one) => one.kind.startsWith(query.get("kind") ?? ""));
  const last = all.at(-1) ?? 61;
  return {
    replays: state.empty ? [] : found,
    after: state.empty || last <= 61 ? null : String(4_294_967_296 + last),
    kinds: query.get("after") ? [] : KINDS,
  };
}

function steps(id, query, state) {
  const from = Number(query.get("from"));
  state.stepWishes = [...(state.stepWishes ?? []), from];
  const { inputs } = MATCH;
  const count = Math.min(256, inputs - from + 1);
  const list = Array.from({ length: count }, (_, index) => {
    const n = from + index;
    const step = { n, at_ms: n * 400, hash: (n * 2_654_435_761).toString(16).padStart(16, "0") };
    const state = {
      members: [{ account: "4294967297", player: true, here: n % 7 !== 0, rating: 1_500 }],
      timers: [{ id: 1, at_ms: n * 400 + 5_000 }],
      asks: [],
      stakes: [{ account: "4294967297", gold: 100 }],
      room: { turn: n % 2 === 0 ? "white" : "black", moves: n, last: HOSTILE[n % HOSTILE.length] },
    };
    return n === 0
      ? { ...step, state }
      : { ...step, what: `4294967297 chess_move "${HOSTILE[n % HOSTILE.length]}"`, deals: [], state };
  });
  const isEnd = from + count > inputs;
  return {
    head: {
      match: id,
      kind: "chess",
      number: 7,
      opened_ms: STARTED,
      options: "",
      inputs,
      outcome: HOSTILE[0],
      secrets: id === SECRET_MATCH,
    },
    steps: list,
    ...(isEnd ? { end: { verdict: "same", hash: "00ff", detail: "", outcome: "white wins" } } : { more: true }),
  };
}

/** What a GET answers; nothing where it is of none of these. */
export function lookAtPlaces(path, query, state) {
  const [, , what, id, more] = path.split("/");
  switch (what) {
    case "map":
      return map(query, state);
    case "rooms":
      return id === undefined ? rooms(query, state) : room(path, query, state);
    case "replays":
      if (id === undefined) {
        return replays(query, state);
      }
      if (more === "steps" && id === SECRET_MATCH) {
        return { refused: "replay_is_secret" };
      }
      return steps(id, query, state);
    default:
      return null;
  }
}
