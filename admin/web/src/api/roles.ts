// Who may do what, as the server says, so that the page offers no button that the server would refuse, and asks for
// the password where the server will. The server decides.

import { Store } from "../state/store";
import { ROLES, type Role, type Rule } from "./types";

const PATHS = {
  kick: "/api/players/{id}/kick",
  mute: "/api/players/{id}/mute",
  unmute: "/api/players/{id}/unmute",
  ban: "/api/players/{id}/ban",
  unban: "/api/players/{id}/unban",
  grant: "/api/players/{id}/grant",
  announce: "/api/announce",
  "mailing.send": "/api/mailing/send",
  "mailing.stop": "/api/mailing/stop",
  freeze: "/api/players/{id}/freeze",
  unfreeze: "/api/players/{id}/unfreeze",
  "switch.wealth": "/api/switches/wealth",
  "switch.accounts": "/api/switches/accounts",
  "switch.chat": "/api/switches/chat",
  "switch.staff_only": "/api/switches/staff_only",
  message: "/api/players/{id}/message",
  note: "/api/players/{id}/note",
  unnote: "/api/players/{id}/unnote",
  take: "/api/players/{id}/take",
  give: "/api/players/{id}/give",
  remove: "/api/players/{id}/remove",
  mail: "/api/players/{id}/mail",
  move: "/api/players/{id}/move",
  rename: "/api/players/{id}/rename",
  "players.live": "/api/players/{id}/live",
  "players.export": "/api/players/export",
  sessions: "/api/sessions",
  gifts: "/api/gifts",
  "gift.approve": "/api/gifts/{id}/approve",
  "gift.decline": "/api/gifts/{id}/decline",
  "room.open": "/api/rooms/{id}/open",
  close: "/api/rooms/{id}/close",
  say: "/api/rooms/{id}/say",
  "replay.open": "/api/replays/{id}/open",
  backup: "/api/database/backup",
  "poison.retry": "/api/database/poison/retry",
  "poison.amend": "/api/database/poison/amend",
  "economy.trail": "/api/economy/trail",
  "economy.check": "/api/economy/check/begin",
  audit: "/api/audit",
  logs: "/api/logs",
  "log.level": "/api/logs/level",
  config: "/api/config",
  "config.set": "/api/config/set",
  "config.unset": "/api/config/unset",
  staff: "/api/staff",
  "staff.create": "/api/staff/create",
  "staff.role": "/api/staff/{name}/role",
  "staff.disable": "/api/staff/{name}/disable",
  "staff.enable": "/api/staff/{name}/enable",
  "staff.reset": "/api/staff/{name}/reset",
} as const satisfies Record<string, string>;

export type Deed = keyof typeof PATHS;

/** All of them, from the time on at which somebody is logged in. */
export const rules = new Store<readonly Rule[]>([]);

function ruleOf(deed: Deed): Rule | undefined {
  return rules.get().find((rule) => rule.path === PATHS[deed]);
}

export function may(role: Role, deed: Deed): boolean {
  const rule = ruleOf(deed);
  return rule !== undefined && (rule.role === null || ROLES.indexOf(rule.role) <= ROLES.indexOf(role));
}

export function leastRole(deed: Deed): Role {
  return ruleOf(deed)?.role ?? "owner";
}

export function isDangerous(deed: Deed): boolean {
  return ruleOf(deed)?.dangerous ?? true;
}
