// A player's characters and what they carry.

import type { ItemKind } from "../../api/players";
import type { Character, Item } from "../../api/types";
import { kindName, useKinds } from "../../data/kinds";
import { moment, NOTHING, numberOf, whole } from "../../text/format";
import { t, tOr } from "../../text/language";
import { plain } from "../../text/plain";
import { Badge } from "../../ui/badge";
import { Empty } from "../../ui/problem";
import { Facts, Table } from "../../ui/table";

export function Characters({ characters }: { characters: readonly Character[] }) {
  const kinds = useKinds();
  if (characters.length === 0) {
    return (
      <section class="card">
        <Empty title={t("characters.none")}>{t("characters.none.help")}</Empty>
      </section>
    );
  }
  return (
    <>
      {characters.map((character) => (
        <section class="card" key={character.id}>
          <h2>
            {plain(character.name)} <small class="mono">{character.id}</small>
            {character.deleted_ms !== null && <Badge tone="bad">{t("characters.deleted")}</Badge>}
            {Number(character.dead) === 1 && <Badge tone="warn">{t("characters.dead")}</Badge>}
          </h2>
          <Facts
            facts={[
              [t("characters.level"), whole(character.level)],
              [t("characters.xp"), whole(character.xp)],
              [t("characters.hp"), whole(character.hp)],
              [t("characters.place"), placeOf(character)],
              [t("created"), moment(character.created_ms)],
              ...(character.deleted_ms === null
                ? []
                : [[t("characters.deleted"), moment(character.deleted_ms)] as const]),
            ]}
          />
          <Items items={character.items} kinds={kinds} />
        </section>
      ))}
    </>
  );
}

function placeOf(character: Character): string {
  const meters = (mm: number | string): string => {
    const number = numberOf(mm);
    return number === null ? NOTHING : whole(Math.round(number / 1_000));
  };
  return t("characters.at", {
    map: String(character.map),
    x: meters(character.x_mm),
    y: meters(character.y_mm),
  });
}

function Items({ items, kinds }: { items: readonly Item[]; kinds: readonly ItemKind[] }) {
  if (items.length === 0) {
    return <p class="faint">{t("items.none")}</p>;
  }
  const heads = [
    { label: t("item") },
    { label: t("quantity"), number: true },
    { label: t("items.place") },
    { label: t("items.slot"), number: true },
    { label: t("id"), number: true },
  ];
  return (
    <Table caption={t("items")} heads={heads}>
      {items.map((item) => (
        <tr key={item.id}>
          <th scope="row">{kindName(kinds, item.kind)}</th>
          <td class="number">{whole(item.quantity)}</td>
          <td>{tOr("items.place.", String(item.place))}</td>
          <td class="number">{whole(item.slot)}</td>
          <td class="number mono">{item.id}</td>
        </tr>
      ))}
    </Table>
  );
}
