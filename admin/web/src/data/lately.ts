// What the bill of packets came to of late: the difference of two answers, some seconds apart.

import { useEffect, useRef, useState } from "preact/hooks";
import * as calls from "../api/figures";
import type { BillAnswer, BillLine } from "../api/figures";
import { between } from "./bill";
import { type Asked, useAsked } from "./polled";

/** Answers that are kept to compare with. */
const KEPT = 6;

export interface Lately {
  asked: Asked<BillAnswer>;
  /** What was counted within so many milliseconds; nothing: there is no second answer of the same processes yet. */
  lately: { lines: BillLine[]; ms: number } | null;
}

/** Asked for so often; it is of the last five times that. */
export function useLately(everyMs: number): Lately {
  const asked = useAsked(calls.bill, [], everyMs);
  const kept = useRef<readonly BillAnswer[]>([]);
  const [lately, setLately] = useState<Lately["lately"]>(null);
  useEffect(() => {
    const now = asked.data;
    if (now === null) {
      return;
    }
    const before = kept.current[0];
    const lines = before === undefined ? null : between(before, now);
    if (before !== undefined && lines !== null) {
      setLately({ lines, ms: now.at_ms - before.at_ms });
      kept.current = [...kept.current, now].slice(-KEPT);
    } else {
      kept.current = [now];
      setLately(null);
    }
  }, [asked.data]);
  return { asked, lately };
}
