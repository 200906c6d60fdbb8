// Over which span charts show what happened, and the columns of that span.

import { useEffect, useState } from "preact/hooks";
import * as calls from "../api/calls";
import { isAttended } from "../state/attention";
import { Store, useStore } from "../state/store";
import { type Columns, fromHistory, NO_COLUMNS } from "./columns";
import { charted } from "./charted";
import { live, recent } from "./live";

export const SPANS: Readonly<Record<calls.Span, number>> = { "15m": 15 * 60_000, "24h": 24 * 3_600_000 };

const chosen = new Store<calls.Span>("15m");
const DAY_EVERY_MS = 60_000;

export interface SpanState {
  span: calls.Span;
  spanMs: number;
  columns: Columns;
  choose: (span: calls.Span) => void;
}

export function useSpan(): SpanState {
  const span = useStore(chosen);
  const quarter = useStore(recent);
  const [day, setDay] = useState<Columns>(NO_COLUMNS);

  useEffect(() => {
    if (span !== "24h") {
      return undefined;
    }
    const abort = new AbortController();
    const ask = async (): Promise<void> => {
      const { sample } = live.get();
      if (sample === null) {
        return;
      }
      // What was known stays when the console does not answer.
      const answer = await calls.history("24h", charted(sample), abort.signal).catch(() => null);
      if (answer !== null && !abort.signal.aborted) {
        setDay(fromHistory(answer));
      }
    };
    void ask();
    const timer = window.setInterval(() => {
      if (isAttended()) {
        void ask();
      }
    }, DAY_EVERY_MS);
    return () => {
      abort.abort();
      window.clearInterval(timer);
    };
  }, [span]);

  return {
    span,
    spanMs: SPANS[span],
    columns: span === "24h" ? day : quarter,
    choose: (wish) => chosen.set(wish),
  };
}
