// What a letter to many is made of: its fields, and what is still wrong with them.

import { useId } from "preact/hooks";
import type { Letter, Thing, Whom } from "../api/mailing";
import { t } from "../text/language";
import { Field } from "../ui/field";
import { Segments } from "../ui/segments";

export type Kind = "all" | "online" | "list";

/** As it is typed. */
export interface Draft {
  subject: string;
  text: string;
  gold: string;
  things: string;
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
  things: "",
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

/** Nothing where one is not understood. */
function thingsOf(text: string): Thing[] | null {
  const parts = text.split(",").map((part) => part.trim());
  const things: Thing[] = [];
  for (const part of parts.filter((one) => one !== "")) {
    const found = /^(\d{1,9})\s*[×x*]\s*(\d{1,9})$/.exec(part);
    if (found === null) {
      return null;
    }
    things.push({ kind: Number(found[1]), quantity: Number(found[2]) });
  }
  return THINGS_MAX < things.length ? null : things;
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
  const set = (name: keyof Draft) => (value: string) => onDraft({ ...draft, [name]: value });
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
        <Field
          label={t("mailing.things")}
          value={draft.things}
          onValue={set("things")}
          required={false}
          hint={t("mailing.things.hint")}
        />
      </div>
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
