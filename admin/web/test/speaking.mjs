// What the made-up world answers about chat and letters to many.

import { HOSTILE, STARTED } from "./world.mjs";

export const SPEAKING_RULES = [
  ["POST", "/api/announce", "operator", false],
  ["POST", "/api/mailing/send", "operator", true],
  ["POST", "/api/mailing/stop", "operator", false],
];

function lines(channel, after) {
  const all = Array.from({ length: 40 }, (_, index) => ({
    n: index + 1,
    account: String(4_294_967_296 + index),
    name: HOSTILE[index] ?? `player-${index}`,
    channel: index % 3 === 0 ? "near" : "world",
    text: index % 5 === 0 ? HOSTILE[index % HOSTILE.length] : `line ${index}, nothing special`,
    at_ms: STARTED + index * 7_000,
  }));
  return all.filter((line) => after < line.n && (channel === "" || line.channel === channel));
}

function mailings() {
  const whom = {
    ids: [],
    online: false,
    created_from_ms: 0,
    created_to_ms: 0,
    level_min: 0,
    level_max: 0,
  };
  const letter = {
    subject: HOSTILE[0],
    text: "Hello",
    gold: 500,
    things: [{ kind: 40, quantity: 3 }],
    whom,
  };
  const line = { staff: "ada (uid 0)", reason: HOSTILE[1], ended_ms: STARTED, skipped: "2", letter };
  return [
    { ...line, key: "m3", state: "running", sent: "4096", started_ms: STARTED + 9e6, ended_ms: null },
    { ...line, key: "m2", state: "done", sent: "120000", started_ms: STARTED + 8e6 },
    {
      ...line,
      key: "m1",
      state: "stopped",
      sent: "12",
      started_ms: STARTED,
      letter: { ...letter, whom: { ...whom, level_min: 10, online: true } },
    },
  ];
}

/** In two steps, as where there are many. */
function preview(query) {
  const list = query.get("list") ?? "";
  const to = HOSTILE.map((name, index) => ({ account: String(index + 1), name, level: index + 1 }));
  if (list !== "") {
    const words = list.split(",").map((word) => word.trim());
    const unknown = words.filter((word) => word === "zoe");
    return { meant: words.length - unknown.length, to: to.slice(0, words.length), unknown, after: null };
  }
  if (query.get("level_min") === "99") {
    return { meant: 0, to: [], unknown: [], after: null };
  }
  const isFirst = query.get("after") === null;
  return { meant: isFirst ? 5_000 : 1_234, to: isFirst ? to : [], unknown: [], after: isFirst ? "77" : null };
}

/** What a GET answers; nothing where there is no such thing. */
export function speaking(path, query, state) {
  switch (path) {
    case "/api/chat":
      return {
        lines: state.empty ? [] : lines(query.get("channel") ?? "", Number(query.get("after") ?? 0)),
      };
    case "/api/mailing":
      return { mailings: state.empty ? [] : mailings() };
    case "/api/mailing/preview":
      return preview(query);
    default:
      return null;
  }
}
