// For how many connections how much waits: those that read as fast as they are told have nothing waiting.

import type { ProcessSample } from "../api/types";
import { total } from "../data/figures";
import { whole } from "../text/format";
import { t, tOr } from "../text/language";
import { Table } from "../ui/table";

const UP_TO = ["empty", "4_kib", "16_kib", "64_kib", "256_kib", "1_mib", "more"] as const;

export function Outboxes({ gateways }: { gateways: readonly ProcessSample[] }) {
  const counts = UP_TO.map((name) => ({ name, count: total(gateways, `outbox.${name}`) ?? 0 }));
  const all = Math.max(
    1,
    counts.reduce((sum, { count }) => sum + count, 0),
  );
  return (
    <section class="card">
      <h3>{t("outboxes.title")}</h3>
      <p class="help">{t("outboxes.help")}</p>
      <Table
        caption={t("outboxes.title")}
        heads={[{ label: t("outboxes.waits") }, { label: t("chart.connections"), number: true }, { label: "" }]}
      >
        {counts.map(({ name, count }) => (
          <tr key={name}>
            <th scope="row">{tOr("outboxes.", name)}</th>
            <td class="number">{whole(count)}</td>
            <td class="bar-cell" aria-hidden="true">
              <meter min={0} max={all} value={count} />
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
