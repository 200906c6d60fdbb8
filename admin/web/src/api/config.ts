// Calls of the page about settings.

import type { Signed } from "./calls";
import { get, post } from "./request";

/** Where a value comes from, the weakest first. */
export type Origin = "default" | "file" | "console" | "environment" | "argument";

export interface Said {
  /** As TOML. */
  value: string;
  origin: Origin;
  /** File and line, or the variable; empty: nowhere. */
  place: string;
}

export interface Held extends Said {
  /** Those that agree. */
  processes: string[];
  /** What holds from the next start on, if that is another value. */
  waiting: Said | null;
}

export interface Setting {
  /** `section.key` */
  key: string;
  default: string;
  /** It can be changed while the process runs. */
  live: boolean;
  about: string;
  held: Held[];
}

export interface ConfigAnswer {
  settings: Setting[];
  /** Those that answered. */
  processes: string[];
  /** The keys for which the console keeps a value of its own. */
  kept: string[];
}

/** How far a process is with what was set; `away`: it reads it as soon as it is back. */
export type Reached = "in_force" | "waiting" | "late" | "away";

export interface Outcome {
  setting: { key: string; value: string };
  processes: { name: string; state: Reached }[];
  /** What else came into force with the same reading, since a file was edited. */
  others: { process: string; key: string; before: string | null; after: string }[];
}

export const config = (signal?: AbortSignal): Promise<ConfigAnswer> => get("/api/config", signal);

export const setSetting = (key: string, value: string, signed: Signed): Promise<Outcome> =>
  post("/api/config/set", { ...signed, key, value });

/** What the settings file says, or the default, again. */
export const unsetSetting = (key: string, signed: Signed): Promise<Outcome> =>
  post("/api/config/unset", { ...signed, key });
