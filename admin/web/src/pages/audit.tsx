// What staff did, the last first: who, from where, on whom, why, what it was and what it became.

import { useState } from "preact/hooks";
import { type AuditCheck, type AuditWish, audit, auditFile, checkAudit } from "../api/ops";
import { ApiError } from "../api/request";
import type { AuditLine } from "../api/types";
import { useAsked } from "../data/polled";
import { DICTIONARY } from "../text/dictionary";
import { link } from "../state/route";
import { moment } from "../text/format";
import { isKey, locale, t, tOr } from "../text/language";
import { plain } from "../text/plain";
import { Badge } from "../ui/badge";
import { Choice, Field } from "../ui/field";
import { Empty, Problem, Shown } from "../ui/problem";
import { Pager, Table, usePaging } from "../ui/table";
import { TimeField } from "../ui/time-field";

export function Audit() {
  const [wish, setWish] = useState(ANY);
  const change = (some: Partial<AuditWish>): void => setWish((now) => ({ ...now, ...some }));
  const wished = Object.values(wish);
  const paging = usePaging(wished);
  const asked = useAsked((signal) => audit(wish, paging.after, signal), [...wished, paging.after]);
  const [found, setFound] = useState<AuditCheck | null>(null);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const check = async (): Promise<void> => {
    try {
      setFound(await checkAudit());
      setFailed(null);
    } catch (error) {
      setFound(null);
      setFailed(error instanceof ApiError ? error : new ApiError(0, "broken", String(error)));
    }
  };
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.audit")}</h1>
        <div class="actions">
          {asked.data !== null && <Chain brokenAt={asked.data.broken_at} />}
          <a class="button" href={auditFile(wish)} download>
            {t("audit.save")}
          </a>
          <button type="button" onClick={() => void check()}>
            {t("audit.check")}
          </button>
          <button type="button" onClick={asked.reload}>
            {t("reload")}
          </button>
        </div>
      </header>
      <div class="search-line many">
        <Field label={t("audit.by")} value={wish.by} onValue={(by) => change({ by })} required={false} />
        <Choice
          label={t("audit.action")}
          value={wish.action}
          onValue={(action) => change({ action })}
          options={actions()}
        />
        <Field
          label={t("audit.target")}
          value={wish.target}
          onValue={(target) => change({ target })}
          required={false}
        />
        <Choice
          label={t("audit.outcome")}
          value={wish.outcome}
          onValue={(value) => change({ outcome: OUTCOMES.find((known) => known === value) ?? "" })}
          options={OUTCOMES.map((value) => ({ value, label: t(`audit.ended.${value}`) }))}
        />
        <TimeField label={t("audit.from")} onValue={(from_ms) => change({ from_ms })} />
        <TimeField label={t("audit.until")} onValue={(until_ms) => change({ until_ms })} />
      </div>
      {found !== null && (
        <p class={found.whole ? "note" : "note note-bad"} role="status">
          {found.whole ? t("audit.check.whole", { n: found.lines }) : t("audit.check.broken")}
        </p>
      )}
      {failed !== null && <Problem error={failed} />}
      <section class="card">
        <Shown asked={asked}>
          {(answer) =>
            answer.deeds.length === 0 ? (
              <Empty title={t("audit.none")}>{t("audit.none.help")}</Empty>
            ) : (
              <>
                <Lines deeds={answer.deeds} />
                <Pager paging={paging} next={answer.after === null ? null : String(answer.after)} />
              </>
            )
          }
        </Shown>
      </section>
    </>
  );
}

const ANY: AuditWish = { by: "", action: "", target: "", outcome: "", from_ms: "", until_ms: "" };
const OUTCOMES = ["", "ok", "refused"] as const;
const ACTION = "audit.action.";

/** Every deed by the name under which it is shown. */
function actions(): { value: string; label: string }[] {
  const known = Object.keys(DICTIONARY)
    .filter((key) => key.startsWith(ACTION))
    .map((key) => ({ value: key.slice(ACTION.length), label: tOr("", key) }));
  known.sort((one, other) => one.label.localeCompare(other.label, locale()));
  return [{ value: "", label: t("audit.any") }, ...known];
}

/** Whether nobody changed a line that was written. */
function Chain({ brokenAt }: { brokenAt: number | null }) {
  return brokenAt === null ? (
    <Badge tone="good">{t("audit.whole")}</Badge>
  ) : (
    <Badge tone="bad">{t("audit.broken", { n: brokenAt })}</Badge>
  );
}

function Lines({ deeds }: { deeds: readonly AuditLine[] }) {
  const heads = [
    { label: "#", number: true },
    { label: t("time") },
    { label: t("audit.by") },
    { label: t("audit.action") },
    { label: t("audit.target") },
    { label: t("reason") },
    { label: t("audit.change") },
    { label: t("audit.outcome") },
    { label: t("audit.noted") },
  ];
  return (
    <Table caption={t("nav.audit")} heads={heads}>
      {deeds.map((line) => (
        <tr key={line.n}>
          <td class="number mono">{line.n}</td>
          <td>{moment(line.at)}</td>
          <td>
            {line.by}{" "}
            <small class="faint">
              {tOr("role.", line.role)} · {line.address}
            </small>
          </td>
          <td>{tOr("audit.action.", line.action)}</td>
          <td>
            <Target target={line.target} />
          </td>
          <td class="cut-wide">{line.reason === "" ? "–" : plain(line.reason)}</td>
          <td>
            <Change before={line.before} after={line.after} />
          </td>
          <td>
            <span title={why(line.outcome)}>
              <Badge tone={line.outcome === "ok" ? "good" : "warn"}>
                {tOr("audit.outcome.", line.outcome)}
              </Badge>
            </span>
          </td>
          <td>
            <Noted noted={line.noted} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** In words, where a code says why something was refused. */
function why(outcome: string): string | undefined {
  const key = `error.${outcome}`;
  return isKey(key) ? t(key, { text: "" }).replace(/[\s:：]+$/, "") : undefined;
}

/** Whether game has the line in its journal. What is done through game is there with its effect. */
function Noted({ noted }: { noted: boolean | undefined }) {
  if (noted === undefined) {
    return <span class="faint">–</span>;
  }
  const [tone, key] = noted ? (["good", "audit.noted.yes"] as const) : (["info", "audit.noted.not-yet"] as const);
  return <Badge tone={tone}>{t(key)}</Badge>;
}

/** A player or a room leads to its page. */
function Target({ target }: { target: string }) {
  const [, kind, id] = /^(player|room) (\d+)$/.exec(target) ?? [];
  if (kind === undefined || id === undefined) {
    return <>{target === "" ? "–" : plain(target)}</>;
  }
  return <a href={link([kind === "player" ? "players" : "rooms", id])}>{target}</a>;
}

function Change({ before, after }: { before: unknown; after: unknown }) {
  if (isNothing(before) && isNothing(after)) {
    return <span class="faint">–</span>;
  }
  return (
    <span class="change">
      <del>{shown(before)}</del> → <ins>{shown(after)}</ins>
    </span>
  );
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || JSON.stringify(value) === "{}";
}

function shown(value: unknown): string {
  if (isNothing(value)) {
    return "–";
  }
  return plain(typeof value === "string" ? value : JSON.stringify(value));
}
