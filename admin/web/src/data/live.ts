// The stream of samples while somebody is logged in, and the quarter of an hour that they add up to.

import * as calls from "../api/calls";
import type { Sample } from "../api/types";
import { Store } from "../state/store";
import { charted } from "./charted";
import { type Columns, fromHistory, NO_COLUMNS, withSample } from "./columns";

export interface Live {
  sample: Sample | null;
  /** Whether samples come. */
  connected: boolean;
}

export const live = new Store<Live>({ sample: null, connected: false });
/** The last 15 minutes, a moment a second. */
export const recent = new Store<Columns>(NO_COLUMNS);

const SPAN_MS = 15 * 60_000;
const STEP_MS = 1_000;
const SILENCE_MS = 5_000;
const RETRY_MS = 2_000;

let source: EventSource | null = null;
let retry: number | undefined;
let silence: number | undefined;
/** Whether what was before this stream is known. */
let isFilled = false;
let whenLost: () => void = () => undefined;

export function startLive(lost: () => void): void {
  whenLost = lost;
  if (source === null && retry === undefined) {
    open();
  }
}

export function stopLive(): void {
  source?.close();
  source = null;
  window.clearTimeout(retry);
  window.clearTimeout(silence);
  retry = undefined;
  live.set({ sample: null, connected: false });
  recent.set(NO_COLUMNS);
}

function open(): void {
  retry = undefined;
  isFilled = false;
  source = new EventSource(calls.LIVE);
  source.addEventListener("sample", (event) => take(event.data as unknown));
  source.addEventListener("error", again);
}

/** The stream broke: perhaps the console went away, perhaps the session ended. */
function again(): void {
  source?.close();
  source = null;
  live.set({ ...live.get(), connected: false });
  window.clearTimeout(silence);
  window.clearTimeout(retry);
  retry = window.setTimeout(open, RETRY_MS);
  whenLost();
}

function take(data: unknown): void {
  if (typeof data !== "string") {
    return;
  }
  const sample = JSON.parse(data) as Sample;
  window.clearTimeout(silence);
  silence = window.setTimeout(again, SILENCE_MS);
  const columns = withSample(recent.get(), sample, SPAN_MS, STEP_MS);
  recent.set({ ...columns, markers: [...columns.markers, ...sample.markers] });
  live.set({ sample, connected: true });
  if (!isFilled) {
    isFilled = true;
    void refill(sample);
  }
}

/** What the console saw before this page did, and while its stream was broken. */
async function refill(first: Sample): Promise<void> {
  try {
    const answer = fromHistory(await calls.history("15m", charted(first)));
    const since = answer.at.at(-1) ?? 0;
    const sample = live.get().sample;
    recent.set(
      sample !== null && since < sample.at_ms ? withSample(answer, sample, SPAN_MS, STEP_MS) : answer,
    );
  } catch {
    // Charts begin with what comes from now on.
  }
}
