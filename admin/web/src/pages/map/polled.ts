// The map asked once a second while somebody looks, always for the part that is seen now. What was seen stays while the
// next answer is on its way, so that nothing flickers when the view moves.

import { useEffect, useRef, useState } from "preact/hooks";
import { type MapAnswer, map, type Part } from "../../api/map";
import { ApiError } from "../../api/request";
import { isAttended } from "../../state/attention";

const EVERY_MS = 1_000;
/** A view that moves is asked for when it has come to rest, or so often. */
const MOVED_MS = 250;

export interface Polled {
  answer: MapAnswer | null;
  /** Counts answers: what is drawn goes from one to the next. */
  turn: number;
  error: ApiError | null;
  /** Nobody is there: nothing is asked. */
  paused: boolean;
}

export function useMap(part: Part | null): Polled {
  const [polled, setPolled] = useState<Polled>({ answer: null, turn: 0, error: null, paused: false });
  const wish = useRef(part);
  wish.current = part;
  const key = part === null ? "" : Object.values(part).join(" ");
  const soon = useRef<() => void>(() => undefined);

  useEffect(() => {
    const abort = new AbortController();
    let timer: number | undefined;
    let isAsking = false;
    const once = async (): Promise<void> => {
      window.clearTimeout(timer);
      const asked = wish.current;
      const paused = !isAttended();
      isAsking = true;
      if (asked !== null && !paused) {
        try {
          const answer = await map(asked, abort.signal);
          setPolled((before) => ({ answer, turn: before.turn + 1, error: null, paused }));
        } catch (problem) {
          const error = problem instanceof ApiError ? problem : new ApiError(0, "broken", String(problem));
          if (!abort.signal.aborted) {
            setPolled((before) => ({ ...before, error, paused }));
          }
        }
      } else {
        setPolled((before) => (before.paused === paused ? before : { ...before, paused }));
      }
      isAsking = false;
      if (!abort.signal.aborted) {
        timer = window.setTimeout(() => void once(), EVERY_MS);
      }
    };
    soon.current = () => {
      if (!isAsking) {
        window.clearTimeout(timer);
        timer = window.setTimeout(() => void once(), MOVED_MS);
      }
    };
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, []);

  useEffect(() => {
    if (key !== "") {
      soon.current();
    }
  }, [key]);
  return polled;
}
