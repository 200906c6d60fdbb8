// Something asked of the server for a component: once, or again and again while somebody looks.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/request";
import { isAttended } from "../state/attention";

export interface Asked<T> {
  /** The last answer. It stays while the next one is on its way, or fails. */
  data: T | null;
  error: ApiError | null;
  loading: boolean;
  reload: () => void;
}

/** Asks when what it depends on changes, and then each so many milliseconds; 0: not again. */
export function useAsked<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  dependsOn: readonly unknown[],
  everyMs = 0,
): Asked<T> {
  const [data, setData] = useState<T | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;

  useEffect(() => {
    setData(null);
    setError(null);
  }, dependsOn);

  useEffect(() => {
    const abort = new AbortController();
    let timer: number | undefined;
    const once = async (isFirst: boolean): Promise<void> => {
      try {
        if (isFirst || isAttended()) {
          const answer = await latest.current(abort.signal);
          if (!abort.signal.aborted) {
            setData(answer);
            setError(null);
          }
        }
      } catch (problem) {
        if (!abort.signal.aborted) {
          setError(problem instanceof ApiError ? problem : new ApiError(0, "broken", String(problem)));
        }
      }
      if (!abort.signal.aborted) {
        setLoading(false);
        if (0 < everyMs) {
          timer = window.setTimeout(() => void once(false), everyMs);
        }
      }
    };
    setLoading(true);
    void once(true);
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [...dependsOn, turn, everyMs]);

  const reload = useCallback(() => setTurn((n) => n + 1), []);
  return { data, error, loading, reload };
}
