// A player's gold and every movement of it, the last one first.

import * as calls from "../../api/calls";
import type { LedgerLine, Long } from "../../api/types";
import { useAsked } from "../../data/polled";
import { link } from "../../state/route";
import { moment, whole } from "../../text/format";
import { t, tOr } from "../../text/language";
import { Shown } from "../../ui/problem";
import { Found, Pager, Table, usePaging } from "../../ui/table";

export function Wallet({ id, gold }: { id: string; gold: Long | null }) {
  const paging = usePaging([id]);
  const asked = useAsked((signal) => calls.ledger(id, paging.after, signal), [id, paging.after, gold]);
  return (
    <section class="card">
      <p class="big-number">
        {whole(gold)} <small>{t("gold")}</small>
      </p>
      <h2>{t("ledger")}</h2>
      <Shown asked={asked}>
        {(answer) => (
          <>
            <Found count={answer.rows.length} next={answer.after} none={t("ledger.none")}>
              <Lines id={id} entries={answer.rows} />
            </Found>
            <Pager paging={paging} next={answer.after} />
          </>
        )}
      </Shown>
    </section>
  );
}

function Lines({ id, entries }: { id: string; entries: readonly LedgerLine[] }) {
  const heads = [
    { label: t("time") },
    { label: t("amount"), number: true },
    { label: t("reason") },
    { label: t("ledger.other") },
    { label: t("record"), number: true },
  ];
  return (
    <Table caption={t("ledger")} heads={heads}>
      {entries.map((line) => {
        const isIn = String(line.to_account) === id;
        return (
          <tr key={`${line.lsn} ${line.n}`}>
            <td>{moment(line.wall_ms)}</td>
            <td class={`number ${isIn ? "gain" : "loss"}`}>
              {isIn ? "+" : "−"}
              {whole(line.amount)}
            </td>
            <td>{tOr("ledger.reason.", String(line.reason))}</td>
            <td>
              <Holder id={String(isIn ? line.from_account : line.to_account)} isFrom={isIn} />
            </td>
            <td class="number mono">{line.lsn}</td>
          </tr>
        );
      })}
    </Table>
  );
}

/** Whom gold came from or went to: an account, a letter, a match or the world. */
function Holder({ id, isFrom }: { id: string; isFrom: boolean }) {
  if (id === "0") {
    return <span class="faint">{isFrom ? t("ledger.faucet") : t("ledger.sink")}</span>;
  }
  return (
    <a class="mono" href={link(["players"], { q: id })}>
      {id}
    </a>
  );
}
