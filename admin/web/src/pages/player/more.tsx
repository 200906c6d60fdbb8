// Whatever else is kept of a player: matches, ratings, blocks, and tables that this page has no words for.

import type { Player, Row } from "../../api/types";
import { link } from "../../state/route";
import { moment, NOTHING, whole } from "../../text/format";
import { t, tOr } from "../../text/language";
import { plain } from "../../text/plain";
import { Empty } from "../../ui/problem";
import { Table } from "../../ui/table";
import { Reports } from "./reports";

/** Shown in tabs of their own. */
const ELSEWHERE = new Set(["staff_note", "characters", "account", "wallet", "restriction", "report"]);

export function More({ player }: { player: Player }) {
  const tables = Object.entries(player).filter(([name, rows]) => !ELSEWHERE.has(name) && Array.isArray(rows));
  return (
    <>
      <Reports reports={player.report} hidden={player.hidden} />
      {tables.map(([name, rows]) => (
        <section class="card" key={name}>
          <h2>{tOr("table.", name)}</h2>
          <Rows name={name} rows={rows as readonly Row[]} />
        </section>
      ))}
      {tables.length === 0 && (
        <section class="card">
          <Empty title={t("more.none")} />
        </section>
      )}
    </>
  );
}

function Rows({ name, rows }: { name: string; rows: readonly Row[] }) {
  const first = rows[0];
  if (first === undefined) {
    return <p class="faint">{t("more.none")}</p>;
  }
  // Whose they are is said above.
  const columns = Object.keys(first).filter((column) => column !== "account");
  return (
    <Table caption={tOr("table.", name)} heads={columns.map((column) => ({ label: tOr("column.", column) }))}>
      {rows.map((row, index) => (
        <tr key={index}>
          {columns.map((column) => (
            <td key={column}>
              {column === "blocked" ? (
                <a href={link(["players", String(row[column])])}>{String(row[column])}</a>
              ) : (
                cell(column, row[column])
              )}
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}

/** A column of a row as text. */
export function cell(column: string, value: unknown): string {
  if (value === null || value === undefined || value === "") {
    return NOTHING;
  }
  if (column.endsWith("_ms") && (typeof value === "number" || typeof value === "string")) {
    return moment(value);
  }
  if (typeof value === "number") {
    return whole(value);
  }
  return typeof value === "string" ? plain(value) : JSON.stringify(value);
}
