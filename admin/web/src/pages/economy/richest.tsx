// Who has most gold.

import { useState } from "preact/hooks";
import * as calls from "../../api/economy";
import { useAsked } from "../../data/polled";
import { link } from "../../state/route";
import { inUnit, numberOf, whole } from "../../text/format";
import { t } from "../../text/language";
import { plain } from "../../text/plain";
import { Empty, Shown } from "../../ui/problem";
import { Segments } from "../../ui/segments";
import { Table } from "../../ui/table";

const ASKED_EVERY_MS = 60_000;

export function Richest({ total }: { total: string | null }) {
  const [rows, setRows] = useState("10");
  const asked = useAsked((signal) => calls.richest(Number(rows), signal), [rows], ASKED_EVERY_MS);
  const all = numberOf(total);
  const heads = [
    { label: t("economy.rank"), number: true },
    { label: t("name") },
    { label: t("gold"), number: true },
    { label: t("economy.share"), number: true },
  ];
  return (
    <section class="card">
      <header class="page-head">
        <h2>{t("economy.richest")}</h2>
        <Segments
          label={t("economy.richest.rows")}
          value={rows}
          onValue={setRows}
          options={["10", "50", "100"].map((value) => ({ value, label: value }))}
        />
      </header>
      <Shown asked={asked}>
        {(answer) =>
          answer.rows.length === 0 ? (
            <Empty title={t("economy.richest.none")} />
          ) : (
            <>
              <Table caption={t("economy.richest")} heads={heads}>
                {answer.rows.map((row, index) => (
                  <tr key={row.account}>
                    <td class="number">{whole(index + 1)}</td>
                    <th scope="row">
                      <a href={link(["players", row.account, "wallet"])}>
                        {row.name === "" ? `${t("economy.holder.guest")} ${row.account}` : plain(row.name)}
                      </a>
                    </th>
                    <td class="number">{whole(row.gold)}</td>
                    <td class="number">
                      {inUnit(all === null || all === 0 ? null : (numberOf(row.gold) ?? 0) / all, "percent")}
                    </td>
                  </tr>
                ))}
              </Table>
              <p class="faint">{t("economy.as-of", { lsn: whole(answer.lsn) })}</p>
            </>
          )
        }
      </Shown>
    </section>
  );
}
