// A word with a color that means something; the word alone says it too.

import type { ComponentChildren } from "preact";

export type Tone = "good" | "warn" | "bad" | "plain" | "info";

export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge badge-${tone}`}>{children}</span>;
}

export function Dot({ tone }: { tone: Tone }) {
  return <i class={`dot dot-${tone}`} aria-hidden="true" />;
}
