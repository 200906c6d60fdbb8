// What staff says to a player, gives it and takes from it, where it puts it and how it calls it: each in the dialog that
// says what it will change.

import { useMemo, useState } from "preact/hooks";
import * as calls from "../../api/players";
import { isDangerous } from "../../api/roles";
import type { Character, Item, Player } from "../../api/types";
import { kindName, useKinds } from "../../data/kinds";
import { numberOf, whole } from "../../text/format";
import { t } from "../../text/language";
import { plain } from "../../text/plain";
import { type Change, Deed } from "../../ui/deed";
import { Choice, Field } from "../../ui/field";
import { useGiven } from "../../ui/waiting";
import { WhichKind } from "../../ui/which-kind";
import { nameOf } from "../players";
import { isLine, NoteDialog } from "./notes";

export const DEALINGS = ["message", "note", "take", "give", "remove", "mail", "move", "rename"] as const;
export type Dealing = (typeof DEALINGS)[number];

interface DealingProps {
  id: string;
  player: Player;
  deed: Dealing;
  onDone: () => void;
  onClose: () => void;
}

export function DealingDialog(props: DealingProps) {
  switch (props.deed) {
    case "message":
      return <Message {...props} />;
    case "note":
      return <NoteDialog id={props.id} title={titleOf(props)} onDone={props.onDone} onClose={props.onClose} />;
    case "take":
      return <Take {...props} />;
    case "give":
      return <Give {...props} />;
    case "remove":
      return <Remove {...props} />;
    case "mail":
      return <Write {...props} />;
    case "move":
      return <Move {...props} />;
    case "rename":
      return <Rename {...props} />;
  }
}

function titleOf({ deed, player, id }: DealingProps): string {
  return t("deed.title", { deed: t(`deed.${deed}`), who: `${nameOf(player.name)} (${id})` });
}

/** What every dialog of these has. */
function common(props: DealingProps) {
  return {
    title: titleOf(props),
    verb: t(`deed.${props.deed}`),
    dangerous: isDangerous(props.deed),
    onDone: props.onDone,
    onClose: props.onClose,
  };
}

/** One a dialog: sent again after an answer was lost, it is done once. */
function useKey(): string {
  return useMemo(() => `console-${crypto.randomUUID()}`, []);
}

/** A whole number above 0; nothing: it is none. */
function countOf(typed: string): number | null {
  const number = /^\d{1,15}$/.test(typed.trim()) ? Number(typed.trim()) : 0;
  return 0 < number ? number : null;
}

function Message(props: DealingProps) {
  const [text, setText] = useState("");
  const words = text.trim();
  return (
    <Deed
      {...common(props)}
      consequence={t("deed.message.help")}
      changes={[]}
      missing={isLine(words) ? null : t("deed.text.missing")}
      perform={(signed) => calls.message(props.id, words, signed)}
    >
      <Field label={t("deed.message.text")} value={text} onValue={setText} first />
    </Deed>
  );
}

function Take(props: DealingProps) {
  const [typed, setTyped] = useState("");
  const key = useKey();
  const gold = numberOf(props.player.wallet?.gold) ?? 0;
  const amount = countOf(typed);
  const isRight = amount !== null && amount <= gold;
  return (
    <Deed
      {...common(props)}
      consequence={t("deed.take.help")}
      changes={[{ what: t("gold"), before: whole(gold), after: isRight ? whole(gold - amount) : "…" }]}
      missing={isRight ? null : t("deed.take.missing")}
      perform={(signed) => calls.take(props.id, amount ?? 0, key, signed)}
    >
      <Field label={t("deed.take.amount")} value={typed} onValue={setTyped} inputmode="numeric" first />
    </Deed>
  );
}

/** Characters that are there. */
function there(player: Player): readonly Character[] {
  return player.characters.filter((one) => one.deleted_ms === null);
}

function useCharacter(player: Player): [Character | undefined, (id: string) => void] {
  const all = there(player);
  const [id, setId] = useState(all[0]?.id ?? "");
  return [all.find((one) => one.id === id), setId];
}

function WhichCharacter(props: { player: Player; chosen: string; onChoose: (id: string) => void }) {
  return (
    <Choice
      label={t("deed.character")}
      value={props.chosen}
      onValue={props.onChoose}
      options={there(props.player).map((one) => ({ value: one.id, label: `${plain(one.name)} (${one.id})` }))}
    />
  );
}

function sumOf(items: readonly Item[], kind: number): number {
  return items.filter((item) => item.kind === kind).reduce((all, item) => all + (numberOf(item.quantity) ?? 0), 0);
}

function Give(props: DealingProps) {
  const [character, choose] = useCharacter(props.player);
  const [kind, setKind] = useState("");
  const [typed, setTyped] = useState("1");
  const kinds = useKinds();
  const key = useKey();
  const quantity = countOf(typed);
  const chosen = kinds.find((one) => String(one.kind) === kind);
  const changes: Change[] = [];
  if (character !== undefined && chosen !== undefined && quantity !== null) {
    const has = sumOf(character.items, chosen.kind);
    changes.push({ what: plain(chosen.name), before: whole(has), after: whole(has + quantity) });
  }
  const missing = character === undefined ? t("deed.character.missing") : t("deed.quantity.missing");
  const { keep, words } = useGiven(titleOf(props));
  return (
    <Deed
      {...common(props)}
      consequence={t("deed.give.help")}
      changes={changes}
      missing={changes.length === 0 ? missing : null}
      perform={(signed) =>
        calls
          .give(props.id, character?.id ?? "", { kind: chosen?.kind ?? 0, quantity: quantity ?? 0 }, key, signed)
          .then(keep)
      }
      doneWords={words}
    >
      <WhichCharacter player={props.player} chosen={character?.id ?? ""} onChoose={choose} />
      <WhichKind label={t("deed.kind")} kinds={kinds} chosen={kind} onChoose={setKind} />
      <Field label={t("deed.quantity")} value={typed} onValue={setTyped} inputmode="numeric" />
    </Deed>
  );
}

function Remove(props: DealingProps) {
  const [character, choose] = useCharacter(props.player);
  const [id, setId] = useState("");
  const [typed, setTyped] = useState("1");
  const kinds = useKinds();
  const key = useKey();
  const items = character?.items ?? [];
  const item = items.find((one) => one.id === id);
  const quantity = countOf(typed);
  const has = numberOf(item?.quantity) ?? 0;
  const isRight = item !== undefined && quantity !== null && quantity <= has;
  const nameOfKind = (kind: number): string => kindName(kinds, kind);
  return (
    <Deed
      {...common(props)}
      consequence={t("deed.remove.help")}
      changes={
        isRight ? [{ what: nameOfKind(item.kind), before: whole(has), after: whole(has - quantity) }] : []
      }
      missing={isRight ? null : t("deed.quantity.missing")}
      perform={(signed) => calls.remove(props.id, character?.id ?? "", id, quantity ?? 0, key, signed)}
    >
      <WhichCharacter player={props.player} chosen={character?.id ?? ""} onChoose={choose} />
      <Choice
        label={t("deed.item")}
        value={id}
        onValue={setId}
        options={[
          { value: "", label: "…" },
          ...items.map((one) => ({ value: one.id, label: `${nameOfKind(one.kind)} × ${whole(one.quantity)}` })),
        ]}
      />
      <Field label={t("deed.quantity")} value={typed} onValue={setTyped} inputmode="numeric" />
    </Deed>
  );
}

function Write(props: DealingProps) {
  const [character, choose] = useCharacter(props.player);
  const [subject, setSubject] = useState("");
  const [text, setText] = useState("");
  const [gold, setGold] = useState("0");
  const [kind, setKind] = useState("");
  const [typed, setTyped] = useState("1");
  const kinds = useKinds();
  const key = useKey();
  const inIt = /^\d{1,15}$/.test(gold.trim()) ? Number(gold.trim()) : null;
  const quantity = countOf(typed);
  const chosen = kinds.find((one) => String(one.kind) === kind);
  const hasWords = subject.trim() !== "" || text.trim() !== "";
  const isRight = hasWords && inIt !== null && (chosen === undefined || quantity !== null);
  const things = chosen === undefined || quantity === null ? [] : [{ kind: chosen.kind, quantity }];
  const parts = [
    subject.trim() === "" ? "…" : subject.trim(),
    ...(inIt === null || inIt === 0 ? [] : [t("gifts.gold", { n: whole(inIt) })]),
    ...(chosen === undefined || quantity === null ? [] : [`${plain(chosen.name)} × ${whole(quantity)}`]),
  ];
  const { keep, words } = useGiven(titleOf(props));
  return (
    <Deed
      {...common(props)}
      consequence={t("deed.mail.help")}
      changes={[{ what: t("deed.mail.letter"), before: "", after: parts.join(", ") }]}
      missing={character === undefined ? t("deed.character.missing") : isRight ? null : t("deed.mail.missing")}
      perform={(signed) =>
        calls
          .mail(
            props.id,
            { character: character?.id ?? "", subject: subject.trim(), text: text.trim(), gold: inIt ?? 0, things },
            key,
            signed,
          )
          .then(keep)
      }
      doneWords={words}
    >
      <WhichCharacter player={props.player} chosen={character?.id ?? ""} onChoose={choose} />
      <Field label={t("deed.mail.subject")} value={subject} onValue={setSubject} maxLength={64} first />
      <Field label={t("deed.mail.text")} value={text} onValue={setText} required={false} />
      <Field label={t("deed.mail.gold")} value={gold} onValue={setGold} inputmode="numeric" />
      <WhichKind
        label={t("deed.mail.item")}
        none={t("deed.mail.no-item")}
        kinds={kinds}
        chosen={kind}
        onChoose={setKind}
      />
      {chosen !== undefined && (
        <Field label={t("deed.quantity")} value={typed} onValue={setTyped} inputmode="numeric" />
      )}
    </Deed>
  );
}

function Move(props: DealingProps) {
  const [character, choose] = useCharacter(props.player);
  const [how, setHow] = useState("safe");
  const [x, setX] = useState("");
  const [y, setY] = useState("");
  const meters = (typed: string): number | null =>
    /^-?\d{1,9}(\.\d{1,3})?$/.test(typed.trim()) ? Math.round(Number(typed.trim()) * 1_000) : null;
  const [xMm, yMm] = [meters(x), meters(y)];
  const to = how === "safe" || xMm === null || yMm === null ? null : { x_mm: xMm, y_mm: yMm };
  const isRight = how === "safe" || to !== null;
  const after = how === "safe" ? t("deed.move.safe") : to === null ? "…" : `${x.trim()} m, ${y.trim()} m`;
  const metersOf = (mm: number | string): string => whole(Math.round((numberOf(mm) ?? 0) / 1_000));
  const before =
    character === undefined
      ? "…"
      : t("characters.at", {
          map: String(character.map),
          x: metersOf(character.x_mm),
          y: metersOf(character.y_mm),
        });
  return (
    <Deed
      {...common(props)}
      consequence={t("deed.move.help")}
      changes={[{ what: t("live.place"), before, after }]}
      missing={character === undefined ? t("deed.character.missing") : isRight ? null : t("deed.move.missing")}
      perform={(signed) => calls.move(props.id, character?.id ?? "", to, signed)}
    >
      <WhichCharacter player={props.player} chosen={character?.id ?? ""} onChoose={choose} />
      <Choice
        label={t("deed.move.to")}
        value={how}
        onValue={setHow}
        options={[
          { value: "safe", label: t("deed.move.safe") },
          { value: "there", label: t("deed.move.there") },
        ]}
      />
      {how === "there" && (
        <>
          <Field label={t("deed.move.x")} value={x} onValue={setX} inputmode="numeric" />
          <Field label={t("deed.move.y")} value={y} onValue={setY} inputmode="numeric" />
        </>
      )}
    </Deed>
  );
}

function Rename(props: DealingProps) {
  const hasName = props.player.name !== "";
  const all = there(props.player);
  const [whom, setWhom] = useState(hasName ? "" : (all[0]?.id ?? ""));
  const [name, setName] = useState("");
  const character = all.find((one) => one.id === whom);
  const before = character === undefined ? nameOf(props.player.name) : plain(character.name);
  const words = name.trim();
  return (
    <Deed
      {...common(props)}
      consequence={t("deed.rename.help")}
      changes={[{ what: t("name"), before, after: words === "" ? "…" : words }]}
      missing={words === "" ? t("deed.rename.missing") : null}
      perform={(signed) => calls.rename(props.id, character?.id ?? null, words, signed)}
    >
      <Choice
        label={t("deed.rename.whom")}
        value={whom}
        onValue={setWhom}
        options={[
          ...(hasName ? [{ value: "", label: t("deed.rename.account") }] : []),
          ...all.map((one) => ({ value: one.id, label: plain(one.name) })),
        ]}
      />
      <Field label={t("deed.rename.name")} value={name} onValue={setName} maxLength={64} first />
    </Deed>
  );
}
