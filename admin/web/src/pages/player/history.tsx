// Every change of a player's gold and things, between whom, and every deed of staff on it, with the record that caused it.

import * as calls from "../../api/players";
import { may } from "../../api/roles";
import type { Holders, Role } from "../../api/types";
import { thingText, useKinds } from "../../data/kinds";
import { useAsked } from "../../data/polled";
import { moment, whole } from "../../text/format";
import { t, tOr } from "../../text/language";
import { plain } from "../../text/plain";
import { Shown } from "../../ui/problem";
import { Found, Pager, Table, usePaging } from "../../ui/table";
import { Who } from "../../ui/who";

export function History({ id, role }: { id: string; role: Role }) {
  const paging = usePaging([id]);
  const kinds = useKinds();
  const asked = useAsked((signal) => calls.history(id, paging.after, signal), [id, paging.after]);
  const heads = [
    { label: t("time") },
    { label: t("history.what") },
    { label: t("history.change") },
    { label: t("reason") },
    { label: t("audit.by") },
    { label: t("record"), number: true },
  ];
  return (
    <section class="card">
      {may(role, "players.export") && (
        <p class="actions">
          <a class="button" href={calls.historyExportOf(id)} download>
            {t("players.export")}
          </a>
        </p>
      )}
      <Shown asked={asked}>
        {(answer) => (
          <>
            {answer.holders === null && <p class="note note-warn">{t("history.unnamed")}</p>}
            <Found count={answer.changes.length} next={answer.after} none={t("history.none")}>
              <Table caption={t("player.history")} heads={heads}>
                {answer.changes.map((line) => (
                  <tr key={`${line.record} ${line.what} ${line.n}`}>
                    <td>{moment(line.at_ms)}</td>
                    <td>{t(`history.${line.what}`)}</td>
                    <td class="cut-wide">
                      {line.what === "staff" ? changeOf(line) : <Moved line={line} holders={answer.holders} kinds={kinds} />}
                    </td>
                    <td class="cut-wide">{whyOf(line)}</td>
                    <td>{line.staff ?? ""}</td>
                    <td class="number mono">{line.record}</td>
                  </tr>
                ))}
              </Table>
            </Found>
            <Pager paging={paging} next={answer.after} />
          </>
        )}
      </Shown>
    </section>
  );
}

/** What staff did. */
function changeOf(line: calls.HistoryLine): string {
  const deed = tOr("log.deed.", line.deed ?? "");
  const was = plain(line.was ?? "");
  const became = plain(line.became ?? "");
  return was === "" && became === "" ? deed : `${deed}: ${was} → ${became}`;
}

interface MovedProps {
  line: calls.HistoryLine;
  holders: Holders | null;
  kinds: readonly calls.ItemKind[];
}

/** What went from whom to whom. */
function Moved({ line, holders, kinds }: MovedProps) {
  const what = line.what === "gold" ? t("gifts.gold", { n: whole(line.amount) }) : thingsOf(line, kinds);
  const id = (text: string | undefined): string | null => (text === undefined || text === "0" ? null : text);
  return (
    <>
      {what}: <Who id={id(line.from)} holders={holders} /> → <Who id={id(line.to)} holders={holders} />
    </>
  );
}

function thingsOf(line: calls.HistoryLine, kinds: readonly calls.ItemKind[]): string {
  return thingText(kinds, { kind: line.kind ?? 0, quantity: line.amount ?? 0 });
}

function whyOf(line: calls.HistoryLine): string {
  return line.what === "staff" ? plain(line.reason ?? "") : tOr("ledger.reason.", String(line.reason_code ?? ""));
}
