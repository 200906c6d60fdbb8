// Matches that are over: found, and stepped through. What is asked and how it travels.

import { get, post } from "./request";
import type { Page } from "./types";

export interface ReplayLine {
  id: string;
  kind: string;
  /** Null where the list of a player does not say. */
  number: number | null;
  opened_ms: number | null;
  ended_ms: number;
  inputs: number | null;
  outcome: string;
  broke: boolean | null;
  /** Of the player that was asked for, from 1; 0: none. */
  place: number | null;
  players: string[];
}

export interface FoundReplays extends Page {
  replays: ReplayLine[];
  kinds: { name: string; secrets: boolean }[];
}

export interface ReplayWish {
  kind: string;
  player: string;
  outcome: string;
  /** Milliseconds since 1970, as text; empty: any. */
  from: string;
  until: string;
}

/** What was heard, and the room after it. */
export interface Step {
  n: number;
  at_ms?: number;
  what?: string;
  deals?: string[];
  /** Null: the room broke at it. */
  hash?: string | null;
  state?: unknown;
}

export interface Steps {
  head?: {
    match: string;
    kind: string;
    number: number;
    opened_ms: number;
    options: string;
    inputs: number;
    outcome: string;
    secrets: boolean;
  };
  steps: Step[];
  end?: { verdict: "same" | "broke" | "ended"; hash: string | null; detail: string; outcome: string };
  differs?: { code: string; text: string };
  more?: boolean;
}

const word = encodeURIComponent;

export const find = (wish: ReplayWish, after: string, signal?: AbortSignal): Promise<FoundReplays> => {
  const given = Object.entries({ ...wish, after }).filter(([, value]) => value !== "");
  return get(`/api/replays?${new URLSearchParams(given)}`, signal);
};
/** Some hundreds, from this one on. */
export const steps = (id: string, from: number, secret: boolean, signal?: AbortSignal): Promise<Steps> =>
  get(`/api/replays/${word(id)}/${secret ? "secret" : "steps"}?from=${from}`, signal);
/** To see one whose players have secrets of each other. */
export const open = (id: string, reason: string): Promise<unknown> =>
  post(`/api/replays/${word(id)}/open`, { reason });
