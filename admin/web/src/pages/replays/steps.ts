// The steps of a match as far as they were asked for: one is wanted with the one before it, and some after it are asked for
// in time. Knows no page.

import { useEffect, useRef, useState } from "preact/hooks";
import { type Step, type Steps, steps } from "../../api/replays";
import { ApiError } from "../../api/request";

/** So many ahead of what is shown are there before they are wanted. */
const AHEAD = 60;
/** Whoever steps back wants some before that, too. */
const BACK = 200;
/** Steps that stay in memory. */
const KEPT_MAX = 4_000;

export interface Story {
  known: ReadonlyMap<number, Step>;
  head: Steps["head"] | null;
  end: Steps["end"] | null;
  differs: Steps["differs"] | null;
  error: ApiError | null;
  retry: () => void;
}

interface Known extends Omit<Story, "retry"> {
  known: Map<number, Step>;
}

const NOTHING: Known = { known: new Map(), head: null, end: null, differs: null, error: null };

export function useStory(id: string, secret: boolean, at: number): Story {
  const [story, setStory] = useState<Known>(NOTHING);
  const [turn, setTurn] = useState(0);
  const asking = useRef(false);
  /** What was asked for and did not bring the step that was missing. */
  const tried = useRef(new Set<string>());
  const all = story.head?.inputs ?? null;
  const from = story.error === null ? missing(story, at, all) : null;

  useEffect(() => {
    tried.current.clear();
    setStory(NOTHING);
  }, [id, secret]);

  useEffect(() => {
    if (from === null || asking.current) {
      return undefined;
    }
    const wide = !story.known.has(from) && story.known.has(from + 1) ? Math.max(0, from - BACK) : from;
    const first = tried.current.has(String(wide)) ? from : wide;
    if (tried.current.has(String(first)) && first === from) {
      return undefined;
    }
    tried.current.add(String(first));
    asking.current = true;
    let isHere = true;
    const ask = async (): Promise<void> => {
      try {
        const answer = await steps(id, first, secret);
        if (isHere) {
          setStory((before) => taken(before, answer, at));
        }
      } catch (problem) {
        const error = problem instanceof ApiError ? problem : new ApiError(0, "broken", String(problem));
        if (isHere) {
          setStory((before) => ({ ...before, error }));
        }
      } finally {
        asking.current = false;
        if (isHere) {
          setTurn((n) => n + 1);
        }
      }
    };
    void ask();
    return undefined;
  }, [id, secret, from, turn, story.known]);

  const retry = (): void => {
    tried.current.clear();
    setStory((before) => ({ ...before, error: null }));
  };
  return { ...story, retry };
}

/** The first step that is wanted and not there; null: all are. */
function missing({ known, end, differs }: Known, at: number, all: number | null): number | null {
  const last = all === null ? at : Math.min(all, at + AHEAD);
  for (let n = Math.max(0, at - 1); n <= last; n += 1) {
    if (!known.has(n)) {
      // Behind where it goes another way there is nothing.
      return (end !== null || differs !== null) && highest(known) < n ? null : n;
    }
  }
  return null;
}

function highest(known: ReadonlyMap<number, Step>): number {
  let most = -1;
  for (const n of known.keys()) {
    most = Math.max(most, n);
  }
  return most;
}

function taken(before: Known, answer: Steps, at: number): Known {
  const known = new Map(before.known);
  for (const step of answer.steps) {
    known.set(step.n, step);
  }
  if (KEPT_MAX < known.size) {
    for (const n of [...known.keys()]) {
      if (KEPT_MAX / 4 < Math.abs(n - at)) {
        known.delete(n);
      }
    }
  }
  return {
    known,
    head: answer.head ?? before.head,
    end: answer.end ?? before.end,
    differs: answer.differs ?? before.differs,
    error: null,
  };
}
