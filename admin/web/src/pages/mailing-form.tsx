// What a letter to many is made of: its fields, and what is still wrong with them.

import { useId } from "preact/hooks";
import type { Letter, Thing, Whom } from "../api/mailing";
import { useKinds } from "../data/kinds";
import { whole } from "../text/format";
import { t } from "../text/language";
import { Field } from "../ui/field";
import { Segments } from "../ui/segments";
import { WhichKind } from "../ui/which-kind";

export type Kind = "all" | "online" | "list";

/** An item that is chosen, and how many of it. */
export interface ThingDraft {
  kind: string;
  quantity: string;
}

/** As it is typed. */
export interface Draft {
  subject: string;
  text: string;
  gold: string;
  things: readonly ThingDraft[];
  kind: Kind;
  list: string;
  createdFrom: string;
  createdTo: string;
  levelMin: string;
  levelMax: string;
}

export const EMPTY: Draft = {
  subject: "",
  text: "",
  gold: "",
  things: [],
  kind: "all",
  list: "",
  createdFrom: "",
  createdTo: "",
  levelMin: "",
  levelMax: "",
};

const GOLD_MAX = 1_000_000;
const THINGS_MAX = 4;
const bytes = (text: string): number => new TextEncoder().encode(text.trim()).length;
const count = (text: string): number => (/^\d{1,9}$/.test(text.trim()) ? Number(text.trim()) : 0);

/** Nothing where it is not said how many. */
function thingsOf(drafts: readonly ThingDraft[]): Thing[] | null {
  const things = drafts
    .filter((one) => one.kind !== "")
    .map((one) => ({ kind: Number(one.kind), quantity: count(one.quantity) }));
  return things.every((one) => 0 < one.quantity) ? things : null;
}

export function letterOf(draft: Draft): Letter {
  return {
    subject: draft.subject.trim(),
    text: draft.text.trim(),
    gold: count(draft.gold),
    things: thingsOf(draft.things) ?? [],
  };
}

export function whomOf(draft: Draft): Whom {
  if (draft.kind === "list") {
    return { list: draft.list.trim() };
  }
  const day = (text: string): number => (text === "" ? 0 : new Date(`${text}T00:00`).getTime() || 0);
  return {
    online: draft.kind === "online",
    created_from_ms: day(draft.createdFrom),
    created_to_ms: day(draft.createdTo),
    level_min: count(draft.levelMin),
    level_max: count(draft.levelMax),
  };
}

/** What has to be mended before it can be sent. */
export function problemOf(draft: Draft): string | null {
  if (bytes(draft.subject) === 0 || 64 < bytes(draft.subject) || 1_024 < bytes(draft.text)) {
    return t("mailing.letter.missing");
  }
  if (draft.gold.trim() !== "" && (!/^\d+$/.test(draft.gold.trim()) || GOLD_MAX < Number(draft.gold))) {
    return t("mailing.gold.missing");
  }
  if (thingsOf(draft.things) === null) {
    return t("mailing.things.missing");
  }
  return draft.kind === "list" && draft.list.trim() === "" ? t("mailing.list.hint") : null;
}

export function MailingForm({ draft, onDraft }: { draft: Draft; onDraft: (draft: Draft) => void }) {
  const id = useId();
  const set = (name: Exclude<keyof Draft, "things">) => (value: string) => onDraft({ ...draft, [name]: value });
  return (
    <>
      <Field label={t("mailing.subject")} value={draft.subject} onValue={set("subject")} />
      <div class="field">
        <label for={id}>{t("mailing.text")}</label>
        <textarea
          id={id}
          rows={4}
          value={draft.text}
          onInput={(event) => set("text")(event.currentTarget.value)}
        />
      </div>
      <div class="columns">
        <Field
          label={t("mailing.gold")}
          value={draft.gold}
          onValue={set("gold")}
          inputmode="numeric"
          required={false}
          hint={t("mailing.gold.hint")}
        />
      </div>
      <Things things={draft.things} onThings={(things) => onDraft({ ...draft, things })} />
      <Segments
        label={t("mailing.whom")}
        value={draft.kind}
        onValue={(kind) => onDraft({ ...draft, kind })}
        options={[
          { value: "all", label: t("mailing.whom.all") },
          { value: "online", label: t("mailing.whom.online") },
          { value: "list", label: t("mailing.whom.list") },
        ]}
      />
      {draft.kind === "list" ? (
        <Field
          label={t("mailing.list")}
          value={draft.list}
          onValue={set("list")}
          hint={t("mailing.list.hint")}
        />
      ) : (
        <div class="limits">
          <DayField label={t("mailing.created-from")} value={draft.createdFrom} onValue={set("createdFrom")} />
          <DayField label={t("mailing.created-to")} value={draft.createdTo} onValue={set("createdTo")} />
          <Field
            label={t("mailing.level-min")}
            value={draft.levelMin}
            onValue={set("levelMin")}
            inputmode="numeric"
            required={false}
            hint={t("mailing.any")}
          />
          <Field
            label={t("mailing.level-max")}
            value={draft.levelMax}
            onValue={set("levelMax")}
            inputmode="numeric"
            required={false}
            hint={t("mailing.any")}
          />
        </div>
      )}
    </>
  );
}

interface ThingsProps {
  things: readonly ThingDraft[];
  onThings: (things: readonly ThingDraft[]) => void;
}

/** Those that are chosen, and a place for one more. */
function Things({ things, onThings }: ThingsProps) {
  const kinds = useKinds();
  const rows = THINGS_MAX <= things.length ? things : [...things, { kind: "", quantity: "1" }];
  const set = (at: number, next: ThingDraft): void =>
    onThings(rows.map((row, index) => (index === at ? next : row)).filter((row) => row.kind !== ""));
  return (
    <>
      {rows.map((row, index) => (
        <div class="field-row" key={index}>
          <WhichKind
            label={t("mailing.thing", { n: whole(index + 1) })}
            none={t("mailing.thing.none")}
            kinds={kinds}
            chosen={row.kind}
            onChoose={(kind) => set(index, { ...row, kind })}
          />
          {row.kind !== "" && (
            <Field
              label={t("mailing.thing.quantity", { n: whole(index + 1) })}
              value={row.quantity}
              onValue={(quantity) => set(index, { ...row, quantity })}
              inputmode="numeric"
            />
          )}
        </div>
      ))}
    </>
  );
}

function DayField(props: { label: string; value: string; onValue: (value: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="date"
        value={props.value}
        onInput={(event) => props.onValue(event.currentTarget.value)}
      />
      <p class="hint">{t("mailing.any")}</p>
    </div>
  );
}
