// Who may do what, so that the page offers no button that the server would refuse. The server decides.

import { ROLES, type Role } from "./types";

const LEAST = {
  kick: "support",
  mute: "support",
  unmute: "support",
  ban: "operator",
  unban: "operator",
  grant: "operator",
  closeRoom: "operator",
  sayInRoom: "operator",
  audit: "operator",
  staff: "owner",
} as const satisfies Record<string, Role>;

export type Deed = keyof typeof LEAST;

export function may(role: Role, deed: Deed): boolean {
  return ROLES.indexOf(LEAST[deed]) <= ROLES.indexOf(role);
}

export function leastRole(deed: Deed): Role {
  return LEAST[deed];
}
