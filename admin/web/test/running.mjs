// What the made-up world answers about running it: what the processes log, and how much of it.

import { HOSTILE, STARTED } from "./world.mjs";

export const RUNNING_RULES = [
  ["GET", "/api/logs", "operator", false],
  ["POST", "/api/logs/level", "operator", false],
];

const LEVELS = ["error", "warn", "info", "debug", "trace"];
const PROCESSES = ["dbfront", "game", "gateway"];
/** Of a page; the server has 300. */
const PAGE_LINES = 40;

/** As many as two pages and a half; whoever tests may have some more come. */
function lines(state) {
  return Array.from({ length: 100 + (state.logged ?? 0) }, (_, index) => {
    const n = index + 1;
    return {
      n,
      at_ms: STARTED + n * 1_000,
      process: PROCESSES[n % PROCESSES.length],
      level: n % 50 === 0 ? "error" : n % 9 === 0 ? "warn" : "info",
      event: n % 50 === 0 ? "turn.broke" : "session.begun",
      fields: { number: n, text: n % 11 === 0 ? HOSTILE[n % HOSTILE.length] : "nothing special" },
    };
  });
}

function page(query, state) {
  const before = Number(query.get("before") || Number.MAX_SAFE_INTEGER);
  const holds = (text, word) => text.toLowerCase().includes((query.get(word) ?? "").toLowerCase());
  const fitting = lines(state).filter(
    (line) =>
      line.n < before &&
      LEVELS.indexOf(line.level) <= LEVELS.indexOf(query.get("level") || "trace") &&
      ["", null, line.process].includes(query.get("process")) &&
      holds(line.event, "event") &&
      holds(JSON.stringify(line.fields), "text"),
  );
  const shown = state.empty ? [] : fitting.slice(-PAGE_LINES);
  const standing = { level: "info", usual: "info", raised_ms: 0, held_back: 0 };
  return {
    lines: shown,
    newest: 100,
    oldest: shown.length < fitting.length ? (shown[0]?.n ?? null) : null,
    processes: {
      dbfront: standing,
      game: { ...standing, level: "debug", raised_ms: 59_200, held_back: 12 },
      gateway: standing,
    },
    levels: LEVELS,
  };
}

/** What a GET answers; nothing where it is none of these. */
export function running(path, query, state) {
  return path === "/api/logs" ? page(query, state) : null;
}
