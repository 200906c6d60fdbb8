// The record that the database refuses: nothing after it is applied until it is tried with success, or replaced.

import { useState } from "preact/hooks";
import * as calls from "../api/database";
import { ApiError } from "../api/request";
import { isDangerous, may } from "../api/roles";
import type { Poison, Role } from "../api/types";
import { useAsked } from "../data/polled";
import { moment, whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { type Change, Deed } from "../ui/deed";
import { Problem } from "../ui/problem";

const ASKED_EVERY_MS = 10_000;

export function Refused({ poison, role, onDone }: { poison: Poison; role: Role; onDone: () => void }) {
  return (
    <div class="note note-bad refused" role="alert">
      <span>
        <strong>{t("database.poison", { lsn: poison.lsn, table: poison.table })}</strong> {plain(poison.what)}{" "}
        {t("database.poison.help", { when: moment(poison.since_ms), tries: whole(poison.tries) })}
      </span>
      {may(role, "poison.retry") && <Deeds lsn={poison.lsn} role={role} onDone={onDone} />}
    </div>
  );
}

function Deeds({ lsn, role, onDone }: { lsn: string; role: Role; onDone: () => void }) {
  const [deed, setDeed] = useState<"retry" | "amend" | null>(null);
  const asked = useAsked(calls.refused, [lsn], ASKED_EVERY_MS);
  const record = asked.data?.record ?? "";
  const close = (): void => setDeed(null);
  return (
    <>
      <span class="actions">
        <button type="button" onClick={() => setDeed("retry")}>
          {t("poison.retry")}
        </button>
        {may(role, "poison.amend") && record !== "" && (
          <button type="button" class="danger quiet" onClick={() => setDeed("amend")}>
            {t("poison.amend")}
          </button>
        )}
      </span>
      {asked.error !== null && <Problem error={asked.error} retry={asked.reload} />}
      {record !== "" && (
        <details>
          <summary>{t("poison.record")}</summary>
          <pre class="state">{plain(record)}</pre>
        </details>
      )}
      {deed === "retry" && (
        <Deed
          title={t("poison.retry")}
          verb={t("poison.retry")}
          consequence={t("poison.retry.consequence", { lsn })}
          changes={[]}
          dangerous={isDangerous("poison.retry")}
          perform={async (signed) => {
            const { outcome } = await calls.retry(signed);
            if (outcome !== "applied") {
              throw new ApiError(0, outcome === "refused" ? "record_refused" : "record_tried", outcome);
            }
          }}
          onDone={onDone}
          onClose={close}
        />
      )}
      {deed === "amend" && <Amend lsn={lsn} record={record} onDone={onDone} onClose={close} />}
    </>
  );
}

interface AmendProps {
  lsn: string;
  record: string;
  onDone: () => void;
  onClose: () => void;
}

function Amend({ lsn, record, onDone, onClose }: AmendProps) {
  const [edited, setEdited] = useState(record);
  const changes = differences(record, edited);
  const missing =
    changes === null ? t("poison.broken") : changes.length === 0 ? t("poison.unchanged") : null;
  return (
    <Deed
      title={t("poison.amend")}
      verb={t("poison.amend")}
      consequence={t("poison.amend.consequence", { lsn })}
      changes={changes ?? []}
      dangerous={isDangerous("poison.amend")}
      missing={missing}
      perform={(signed) => calls.amend(lsn, edited, signed)}
      onDone={onDone}
      onClose={onClose}
    >
      <label class="field">
        {t("poison.record")}
        <textarea
          class="mono"
          rows={14}
          spellcheck={false}
          value={edited}
          onInput={(event) => setEdited(event.currentTarget.value)}
        />
      </label>
    </Deed>
  );
}

/** Each place where two records differ; null: the second is no JSON. */
export function differences(before: string, after: string): Change[] | null {
  try {
    const found: Change[] = [];
    compare("", JSON.parse(before), JSON.parse(after), found);
    return found;
  } catch {
    return null;
  }
}

function compare(at: string, before: unknown, after: unknown, found: Change[]): void {
  if (isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(at === "" ? name : `${at}.${name}`, before[name], after[name], found);
    }
  } else if (JSON.stringify(before) !== JSON.stringify(after)) {
    const text = (value: unknown): string => plain(JSON.stringify(value) ?? "–");
    found.push({ what: at, before: text(before), after: text(after) });
  }
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
