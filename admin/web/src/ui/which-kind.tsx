// One kind of items out of thousands, found by its name or number.

import { useState } from "preact/hooks";
import type { ItemKind } from "../api/players";
import { whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Choice, Field } from "./field";

interface WhichKindProps {
  label: string;
  /** What it is called that none is chosen. */
  none?: string;
  kinds: readonly ItemKind[];
  chosen: string;
  onChoose: (kind: string) => void;
}

/** From so many on there is something to find them by. */
const FEW = 30;
const SHOWN_MAX = 200;

export function WhichKind({ label, none, kinds, chosen, onChoose }: WhichKindProps) {
  const [typed, setTyped] = useState("");
  const part = typed.trim().toLowerCase();
  const fits = (one: ItemKind): boolean => `${one.name} (${one.kind})`.toLowerCase().includes(part);
  const found = kinds.filter((one) => fits(one) || String(one.kind) === chosen);
  const options = found
    .slice(0, SHOWN_MAX)
    .concat(found.slice(SHOWN_MAX).filter((one) => String(one.kind) === chosen))
    .map((one) => ({ value: String(one.kind), label: `${plain(one.name)} (${one.kind})` }));
  const more = found.length - options.length;
  return (
    <>
      {FEW < kinds.length && (
        <Field
          label={t("kinds.find")}
          value={typed}
          onValue={setTyped}
          required={false}
          type="search"
          {...(0 < more ? { hint: t("kinds.more", { n: whole(more) }) } : {})}
        />
      )}
      <Choice
        label={label}
        value={chosen}
        onValue={onChoose}
        options={[{ value: "", label: none ?? "…" }, ...options]}
      />
    </>
  );
}
