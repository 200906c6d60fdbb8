// What other players reported of this one: who, why, and what was said before, as game kept it.

import type { Report } from "../../api/types";
import { link } from "../../state/route";
import { moment, numberOf } from "../../text/format";
import { t } from "../../text/language";
import { plain } from "../../text/plain";
import { nameOf } from "../players";

interface ReportsProps {
  reports: readonly Report[];
  /** What was said is not for this role. */
  hidden: boolean;
}

export function Reports({ reports, hidden }: ReportsProps) {
  const newest = [...reports].sort((a, b) => (numberOf(b.wall_ms) ?? 0) - (numberOf(a.wall_ms) ?? 0));
  return (
    <section class="card">
      <h2>{t("table.report")}</h2>
      {newest.length === 0 && <p class="faint">{t("reports.none")}</p>}
      {newest.length !== 0 && hidden && <p class="faint">{t("reports.hidden")}</p>}
      {newest.map((report) => (
        <details class="letter" key={report.by_account}>
          <summary>
            <span class="letter-from">
              {t("reports.by")} <a href={link(["players", report.by_account])}>{report.by_account}</a>
            </span>
            <span class="letter-subject">{plain(report.reason ?? "")}</span>
            <time>{moment(report.wall_ms)}</time>
          </summary>
          <p class="faint">{t("reports.as", { name: nameOf(report.name) })}</p>
          <p class="letter-text">{saidIn(report.evidence ?? "")}</p>
        </details>
      ))}
    </section>
  );
}

/** Lines with their moments as people read them. */
function saidIn(evidence: string): string {
  const lines = evidence.split("\n").map((line) => {
    const timed = /^(\d{1,15}) (.*)$/.exec(line);
    return timed === null ? plain(line) : `${moment(Number(timed[1]))} ${plain(timed[2] ?? "")}`;
  });
  return lines.join("\n");
}
