// The colors of app.css as a canvas needs them. A probe resolves what depends on the theme.

export type Color = "a" | "b" | "c" | "d" | "e" | "f" | "grid" | "faint" | "mark" | "limit";

export function color(name: Color): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--chart-${name})`;
  probe.hidden = true;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** The same, so much of it. */
export function faded(solid: string, share: number): string {
  return `color-mix(in srgb, ${solid} ${Math.round(share * 100)}%, transparent)`;
}
