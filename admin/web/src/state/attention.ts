// Whether somebody is there: a page that nobody looks at asks nothing again, so that its session ends by itself; one
// that somebody uses keeps it, also where only the stream of samples is needed.

const ATTENDED_MS = 5 * 60_000;
const KEEP_EVERY_MS = 60_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

let last = Date.now();

/** Somebody sees this tab and did something with it not long ago. */
export function isAttended(): boolean {
  return !document.hidden && Date.now() - last < ATTENDED_MS;
}

/** Calls once a minute in which somebody did something. */
export function startAttention(keep: () => void): void {
  let kept = last;
  for (const sign of SIGNS) {
    window.addEventListener(
      sign,
      () => {
        last = Date.now();
      },
      { passive: true, capture: true },
    );
  }
  window.setInterval(() => {
    if (kept < last) {
      kept = last;
      keep();
    }
  }, KEEP_EVERY_MS);
}
