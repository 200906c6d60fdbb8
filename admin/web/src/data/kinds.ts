// Kinds of items as the designers' tables have them: all of them, page by page, so that whoever has a number has a name.

import * as calls from "../api/players";
import type { ItemKind } from "../api/players";
import type { Long } from "../api/types";
import { whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { useAsked } from "./polled";

/** Of 256 kinds each: more than designers' tables may have. */
const PAGES_MAX = 64;

async function all(signal: AbortSignal): Promise<readonly ItemKind[]> {
  const kinds: ItemKind[] = [];
  let after = "";
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await calls.items(after, signal);
    kinds.push(...answer.items);
    if (answer.after === null) {
      break;
    }
    after = answer.after;
  }
  return kinds;
}

/** None while they are not known. */
export function useKinds(): readonly ItemKind[] {
  return useAsked(all, []).data ?? NONE;
}

/** So many of it, by its name. */
export function thingText(kinds: readonly ItemKind[], thing: { kind: number; quantity: Long }): string {
  return `${kindName(kinds, thing.kind)} × ${whole(thing.quantity)}`;
}

const NONE: readonly ItemKind[] = [];

/** Its name; of one that is not known, or not any more, its number. */
export function kindName(kinds: readonly ItemKind[], kind: number): string {
  const known = kinds.find((one) => one.kind === kind);
  return known === undefined ? t("items.kind", { kind }) : plain(known.name);
}
