// The places of the made-up world: its map with whoever walks there. Names are hostile here too.

import { HOSTILE } from "./world.mjs";

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

/** What a GET answers; nothing where it is of none of these. */
export function lookAtPlaces(path, query, state) {
  switch (path) {
    case "/api/map":
      return map(query, state);
    default:
      return null;
  }
}
