// Whether everything about gold and things adds up: begun by somebody, its answer for everybody.

import { useState } from "preact/hooks";
import * as calls from "../../api/economy";
import type { CheckAnswer } from "../../api/economy";
import { may } from "../../api/roles";
import type { Role } from "../../api/types";
import { useAsked } from "../../data/polled";
import { moment, span, whole } from "../../text/format";
import { t, tSaid } from "../../text/language";
import { plain } from "../../text/plain";
import { Badge } from "../../ui/badge";
import { Deed } from "../../ui/deed";
import { Shown } from "../../ui/problem";
import { Table } from "../../ui/table";

const ASKED_EVERY_MS = 2_000;

export function Check({ role }: { role: Role }) {
  const asked = useAsked(calls.check, [], ASKED_EVERY_MS);
  const [asking, setAsking] = useState(false);
  const isFree = asked.data !== null && asked.data.possible && asked.data.running === null;
  return (
    <section class="card">
      <header class="page-head">
        <h2>{t("economy.check")}</h2>
        {may(role, "economy.check") && (
          <button type="button" class="primary" disabled={!isFree} onClick={() => setAsking(true)}>
            {t("economy.check.begin")}
          </button>
        )}
      </header>
      <p class="faint">{t("economy.check.help")}</p>
      <Shown asked={asked}>{(answer) => <Told answer={answer} />}</Shown>
      {asking && (
        <Deed
          title={t("economy.check.begin")}
          verb={t("economy.check.begin")}
          consequence={t("economy.check.consequence")}
          changes={[]}
          dangerous={false}
          perform={calls.beginCheck}
          onDone={asked.reload}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}

function Told({ answer }: { answer: CheckAnswer }) {
  const { running, last } = answer;
  return (
    <div aria-live="polite">
      {!answer.possible && <p class="note note-warn">{t("economy.check.impossible")}</p>}
      {running !== null && (
        <p class="note note-info" role="status">
          {t("economy.check.running", { when: moment(running.began_ms), who: running.by })}
        </p>
      )}
      {last === null ? answer.possible && running === null && <p>{t("economy.check.never")}</p> : <Last last={last} />}
    </div>
  );
}

function Last({ last }: { last: NonNullable<CheckAnswer["last"]> }) {
  const { answer } = last;
  if (answer === null) {
    return <p class="note note-bad">{t("economy.check.failed", { why: plain(last.error ?? "") })}</p>;
  }
  const broken = Object.entries(answer.rules).filter(([, count]) => 0 < count);
  const violations = broken.reduce((all, [, count]) => all + count, 0);
  const rows = ["accounts", "characters", "items", "letters", "ledger_lines", "goods_lines"];
  const compared = rows.reduce((all, name) => all + (answer.counts[name] ?? 0), 0);
  return (
    <>
      <p>
        <Badge tone={violations === 0 ? "good" : "bad"}>
          {violations === 0
            ? t("economy.check.clean")
            : t("economy.check.violated", { n: whole(violations) })}
        </Badge>{" "}
        {t("economy.check.about", {
          rules: whole(Object.keys(answer.rules).length),
          rows: whole(compared),
          lsn: whole(answer.lsn),
          who: last.by,
          when: moment(last.began_ms),
          took: span(last.took_ms),
        })}
      </p>
      {0 < broken.length && (
        <Table
          caption={t("economy.check")}
          heads={[
            { label: t("economy.check.rule") },
            { label: t("economy.check.times"), number: true },
            { label: t("economy.check.where") },
          ]}
        >
          {broken.map(([rule, count]) => (
            <tr key={rule}>
              <th scope="row">
                <code>{rule}</code>
                <br />
                <span class="faint">{tSaid(`rule.${rule}`, plain(answer.says[rule] ?? ""))}</span>
              </th>
              <td class="number">{whole(count)}</td>
              <td>
                <ul class="plain-list">
                  {answer.findings
                    .filter((finding) => finding.rule === rule)
                    .map((finding, index) => (
                      <li key={index}>{plain(finding.what)}</li>
                    ))}
                </ul>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}
