// What a player may not do.

import type { Restriction } from "../../api/types";
import { moment } from "../../text/format";
import { t } from "../../text/language";
import { plain } from "../../text/plain";
import { Badge } from "../../ui/badge";
import { Facts } from "../../ui/table";
import { isNow } from "../players";

export function Restrictions({ restriction }: { restriction: Restriction | null }) {
  const until = (value: number | string | null | undefined): string =>
    isNow(value) ? moment(value) : t("not-restricted");
  return (
    <section class="card">
      <Facts
        facts={[
          [
            t("banned-until"),
            <>
              {isNow(restriction?.banned_until_ms) && <Badge tone="bad">{t("banned")}</Badge>}{" "}
              {until(restriction?.banned_until_ms)}
            </>,
          ],
          [t("restrictions.ban-reason"), plain(restriction?.ban_reason ?? "–")],
          [
            t("muted-until"),
            <>
              {isNow(restriction?.muted_until_ms) && <Badge tone="warn">{t("muted")}</Badge>}{" "}
              {until(restriction?.muted_until_ms)}
            </>,
          ],
        ]}
      />
    </section>
  );
}
