// What the made-up world answers about settings.

import { HOSTILE } from "./world.mjs";

export const CONFIG_RULES = [
  ["GET", "/api/config", "operator", false],
  ["POST", "/api/config/set", "owner", true],
  ["POST", "/api/config/unset", "owner", true],
];

const ABOUT = "Lines of chat of a session, a second; three times that at once.";

function setting(key, value, more = {}) {
  const { about = "What it is.", live = false, origin = "default", place = "", waiting = null, ...rest } = more;
  const held = [{ processes: rest.processes ?? ["game"], value, origin, place, waiting }];
  return { key, default: rest.default ?? value, live, about, held: rest.held ?? held };
}

export function config() {
  return {
    processes: ["dbfront", "game", "gateway", "gateway-2", "up"],
    kept: ["game.players_max", "gateway.max_connections", "log.level"],
    settings: [
      setting("gateway.listen", '"127.0.0.1:7000"', { processes: ["gateway", "gateway-2"] }),
      setting("gateway.max_connections", "500", {
        default: "20000",
        live: true,
        origin: "argument",
        place: "--set",
        processes: ["gateway", "gateway-2"],
      }),
      setting("game.tick_ms", "66", { waiting: { value: "50", origin: "file", place: "/srv/ding/ding.toml:7" } }),
      setting("game.chat_per_s", "5", { about: ABOUT, live: true }),
      setting("game.new_here", "1", { about: "What only a later version has." }),
      setting("game.players_max", "100", {
        default: "20000",
        live: true,
        origin: "console",
        place: "/srv/ding/live.toml",
      }),
      setting("dbfront.world", JSON.stringify(HOSTILE[0]), {
        default: '"main"',
        about: HOSTILE[1],
        origin: "file",
        place: "/srv/ding/ding.toml:3",
        processes: ["dbfront"],
      }),
      setting("store.url", '"mysql://***"', { default: '"sqlite:game.db"', origin: "file", processes: ["dbfront"] }),
      setting("log.level", "", {
        default: '"info"',
        live: true,
        held: [
          { processes: ["dbfront", "game"], value: '"info"', origin: "default", place: "", waiting: null },
          { processes: ["up"], value: '"debug"', origin: "console", place: "live.toml", waiting: null },
        ],
      }),
    ],
  };
}

/** After a change that everybody goes by. */
export function configured({ key, value = "" }) {
  return { setting: { key, value }, processes: [{ name: "game", state: "in_force" }], others: [] };
}
