// A number that matters, with a word on it; it leads to the page that explains it.

import type { ComponentChildren } from "preact";

interface TileProps {
  label: string;
  value: ComponentChildren;
  note: string;
  href?: string;
}

export function Tile({ label, value, note, href }: TileProps) {
  const inside = (
    <>
      <span class="tile-label">{label}</span>
      <span class="tile-value">{value}</span>
      <span class="tile-note">{note}</span>
    </>
  );
  if (href === undefined) {
    return <div class="tile">{inside}</div>;
  }
  return (
    <a class="tile" href={href}>
      {inside}
    </a>
  );
}
