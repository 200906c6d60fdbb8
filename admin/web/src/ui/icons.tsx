// Small pictures, drawn in the color of the text around them.

import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      width="18"
      height="18"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path d="M16 7a6 6 0 0 0-6 6v5l-2 3h16l-2-3v-5a6 6 0 0 0-6-6z" fill="#fff" />
      <circle cx="16" cy="24" r="2.2" fill="#fff" />
    </svg>
  );
}

const PATHS = {
  overview: ["M4 19V9", "M10 19V5", "M16 19v-7", "M21 19H3"],
  gateway: ["M5 12h14", "M13 6l6 6-6 6", "M5 6v12"],
  players: [
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
    "M2.5 20c.6-3.6 3.3-5.5 6.5-5.5s5.9 1.9 6.5 5.5",
    "M16 4.500a3.5 3.5 0 0 1 0 6.5",
    "M18.5 15c1.8.9 2.7 2.6 3 5",
  ],
  gifts: ["M4 10h16v11H4z", "M3 6h18v4H3z", "M12 6v15", "M12 6c-4 0-5-4-2.500-4S12 6 12 6s-.500-4 2-4S16 6 12 6"],
  map: ["M9 4L3 6.500v13L9 17l6 3 6-2.500v-13L15 7z", "M9 4v13", "M15 7v13"],
  rooms: ["M4 4h7v7H4z", "M13 4h7v7h-7z", "M4 13h7v7H4z", "M13 13h7v7h-7z"],
  replays: ["M4 12a8 8 0 1 0 2.5-5.800", "M4 4v4.500h4.500", "M10.5 9v6l5-3z"],
  database: [
    "M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3z",
    "M4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6",
    "M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3",
  ],
  chat: ["M4 5h16v11H10l-5 4v-4H4z", "M8 9h8", "M8 12h5"],
  mailing: ["M3 6h14v11H3z", "M3 7l7 5 7-5", "M20 9v11H7"],
  bans: ["M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z", "M5.6 5.600l12.8 12.8"],
  switches: ["M8 5h8a4 4 0 0 1 0 8H8a4 4 0 0 1 0-8z", "M16 9h.01", "M8 17h8", "M8 21h5"],
  economy: ["M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z", "M15 9c-.6-1-1.700-1.500-3-1.500-1.700 0-3 .8-3 2.200 0 3 6 1.600 6 4.600 0 1.400-1.300 2.200-3 2.200-1.400 0-2.500-.6-3-1.500", "M12 6v12"],
  logs: ["M4 6h16", "M4 10h11", "M4 14h14", "M4 18h8"],
  config: ["M4 7h9", "M17 7h3", "M15 5v4", "M4 17h3", "M11 17h9", "M9 15v4", "M4 12h12", "M20 12h.01", "M18 10v4"],
  audit: ["M6 3h9l4 4v14H6z", "M9 11h7", "M9 15h7", "M9 7h3"],
  staff: ["M12 3l8 3v6c0 4.5-3.3 7.7-8 9-4.7-1.3-8-4.5-8-9V6z", "M9 12l2 2 4-4"],
  security: ["M6 11h12v9H6z", "M8.5 11V8a3.5 3.5 0 0 1 7 0v3"],
  search: ["M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z", "M20 20l-4-4"],
  out: ["M10 4H5v16h5", "M14 8l4 4-4 4", "M18 12H9"],
  dark: ["M20 14.500A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.500z"],
  light: [
    "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
    "M12 3v2",
    "M12 19v2",
    "M3 12h2",
    "M19 12h2",
    "M5.6 5.600L7 7",
    "M17 17l1.4 1.4",
    "M5.6 18.400L7 17",
    "M17 7l1.4-1.4",
  ],
  auto: ["M4 5h16v11H4z", "M9 20h6"],
} as const satisfies Record<string, readonly string[]>;

export type IconName = keyof typeof PATHS;

export function Picture({ name }: { name: IconName }) {
  return (
    <Icon>
      {PATHS[name].map((path) => (
        <path key={path} d={path} />
      ))}
    </Icon>
  );
}
