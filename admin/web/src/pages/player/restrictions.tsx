// What a player may not do, and in which rooms it sits.

import type { PlayerRoom, Restriction } from "../../api/types";
import { link } from "../../state/route";
import { moment, whole } from "../../text/format";
import { t } from "../../text/language";
import { Badge } from "../../ui/badge";
import { Empty } from "../../ui/problem";
import { Facts, Table } from "../../ui/table";
import { isNow } from "../players";

export function Restrictions({ restriction }: { restriction: Restriction | null }) {
  const until = (value: number | string | null | undefined): string => (isNow(value) ? moment(value) : t("not-restricted"));
  return (
    <section class="card">
      <Facts
        facts={[
          [
            t("banned-until"),
            <>
              {isNow(restriction?.banned_until_ms) && <Badge tone="bad">{t("banned")}</Badge>} {until(restriction?.banned_until_ms)}
            </>,
          ],
          [t("restrictions.ban-reason"), restriction?.ban_reason ?? "–"],
          [
            t("muted-until"),
            <>
              {isNow(restriction?.muted_until_ms) && <Badge tone="warn">{t("muted")}</Badge>} {until(restriction?.muted_until_ms)}
            </>,
          ],
        ]}
      />
    </section>
  );
}

export function Rooms({ rooms }: { rooms: readonly PlayerRoom[] }) {
  if (rooms.length === 0) {
    return (
      <section class="card">
        <Empty title={t("player.rooms.none")} />
      </section>
    );
  }
  return (
    <section class="card">
      <Table caption={t("nav.rooms")} heads={[{ label: t("room") }, { label: t("room.seat") }, { label: t("room.stake"), number: true }]}>
        {rooms.map((room) => (
          <tr key={room.id}>
            <th scope="row">
              <a href={link(["rooms", room.id])}>{room.name}</a>
            </th>
            <td>{room.player ? t("room.plays") : t("room.watches")}</td>
            <td class="number">{whole(room.stake)}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
