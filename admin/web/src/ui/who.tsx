// Who held gold or a thing, as a log has it: by its name where there is one, and a link to the player behind it.

import type { Holders } from "../api/types";
import { link } from "../state/route";
import { t, tOr } from "../text/language";
import { plain } from "../text/plain";

interface WhoProps {
  /** Null: nobody; it came into the world, or left it. */
  id: string | null;
  /** Null: nobody knows just now. */
  holders: Holders | null;
}

export function Who({ id, holders }: WhoProps) {
  if (id === null) {
    return <span class="faint">{t("economy.trail.world")}</span>;
  }
  if (holders === null) {
    return <span>{id}</span>;
  }
  const holder = holders[id];
  const what = tOr("economy.holder.", holder?.what ?? "gone");
  const name = holder === undefined || holder.name === "" ? `${what} ${id}` : plain(holder.name);
  const account = holder?.account ?? null;
  return account === null ? (
    <span title={id}>{name}</span>
  ) : (
    <a href={link(["players", account, "wallet"])} title={`${what} ${id}`}>
      {name}
    </a>
  );
}
