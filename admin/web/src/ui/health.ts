// What color a process and a level have, and their words.

import type { ProcessSample } from "../api/types";
import { t, tOr } from "../text/language";
import type { Tone } from "./badge";

export function toneOf(process: ProcessSample): Tone {
  if (!process.reachable) {
    return "bad";
  }
  return process.ready && process.state === "ready" ? "good" : "warn";
}

/** It took the place of one that died a moment ago: a start may be over before the next sample could show it gone. */
export function isBackAgain(process: ProcessSample): boolean {
  return 0 < (process.restarts ?? 0) && process.up_ms !== null && process.up_ms < BACK_AGAIN_MS;
}

const BACK_AGAIN_MS = 15_000;

/** `gateway-2` is the second gateway. */
export function processName(name: string): string {
  const [, role = name, number] = /^([a-z]+)-(\d+)$/.exec(name) ?? [];
  return number === undefined ? tOr("process.", role) : `${tOr("process.", role)} ${number}`;
}

export function stateOf(process: ProcessSample): string {
  return process.reachable ? tOr("state.", process.state) : t("state.unreachable");
}

export function toneOfLevel(level: string | null): Tone {
  switch (level) {
    case "green":
      return "good";
    case "yellow":
    case "orange":
      return "warn";
    case "red":
    case "black":
      return "bad";
    default:
      return "plain";
  }
}
