// What staff did to a player, as game's own log has it: with the record of its effect.

import * as calls from "../../api/calls";
import { useAsked } from "../../data/polled";
import { moment } from "../../text/format";
import { t, tOr } from "../../text/language";
import { plain } from "../../text/plain";
import { Shown } from "../../ui/problem";
import { Found, Pager, Table, usePaging } from "../../ui/table";

export function StaffLog({ id }: { id: string }) {
  const paging = usePaging([id]);
  const asked = useAsked((signal) => calls.staffLog(id, paging.after, signal), [id, paging.after]);
  const heads = [
    { label: t("time") },
    { label: t("audit.by") },
    { label: t("audit.action") },
    { label: t("until") },
    { label: t("reason") },
    { label: t("record"), number: true },
  ];
  return (
    <section class="card">
      <Shown asked={asked}>
        {(answer) => (
          <>
            <Found count={answer.rows.length} next={answer.after} none={t("log.none")}>
              <Table caption={t("player.log")} heads={heads}>
                {answer.rows.map((line) => (
                  <tr key={`${line.lsn} ${line.n}`}>
                    <td>{moment(line.wall_ms)}</td>
                    <td>{line.staff}</td>
                    <td>{tOr("log.deed.", line.deed)}</td>
                    <td>{moment(line.until_ms)}</td>
                    <td class="cut-wide">{plain(line.reason)}</td>
                    <td class="number mono">{line.lsn}</td>
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
