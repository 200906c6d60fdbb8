// Open rooms, a page at a time: of one kind or of all, in the order that is asked for.

import { useEffect, useState } from "preact/hooks";
import * as calls from "../api/rooms";
import type { RoomKind, RoomOrder } from "../api/rooms";
import type { RoomLine } from "../api/types";
import { useAsked } from "../data/polled";
import { link } from "../state/route";
import { span, whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Badge } from "../ui/badge";
import { Choice } from "../ui/field";
import { Empty, Shown } from "../ui/problem";
import { Segments } from "../ui/segments";
import { Pager, Table, usePaging } from "../ui/table";

const ASKED_EVERY_MS = 5_000;

export function Rooms() {
  const [kind, setKind] = useState("");
  const [order, setOrder] = useState<RoomOrder>("oldest");
  const [kinds, setKinds] = useState<readonly RoomKind[]>([]);
  const paging = usePaging([kind, order]);
  const asked = useAsked(
    (signal) => calls.find(kind, order, paging.after, signal),
    [kind, order, paging.after],
    ASKED_EVERY_MS,
  );
  useEffect(() => {
    if (asked.data !== null && 0 < asked.data.kinds.length) {
      setKinds(asked.data.kinds);
    }
  }, [asked.data]);
  const options = kinds.map((one) => ({
    value: one.name,
    label: t("rooms.kind-open", { kind: one.name, n: whole(one.open) }),
  }));
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.rooms")}</h1>
        <div class="filters">
          <Choice
            label={t("rooms.kind")}
            value={kind}
            onValue={setKind}
            options={[{ value: "", label: t("rooms.any-kind") }, ...options]}
          />
          <Segments
            label={t("rooms.order")}
            value={order}
            onValue={setOrder}
            options={[
              { value: "oldest", label: t("rooms.oldest") },
              { value: "newest", label: t("rooms.newest") },
              { value: "members", label: t("rooms.members") },
            ]}
          />
        </div>
      </header>
      <section class="card">
        <Shown asked={asked}>
          {(answer) =>
            answer.rooms.length === 0 ? (
              <Empty title={kind === "" ? t("rooms.none") : t("rooms.none-of-kind")}>
                {t("rooms.none.help")}
              </Empty>
            ) : (
              <>
                <List rooms={answer.rooms} />
                <Pager paging={paging} next={answer.after} />
              </>
            )
          }
        </Shown>
      </section>
    </>
  );
}

function List({ rooms }: { rooms: readonly RoomLine[] }) {
  const heads = [
    { label: t("room") },
    { label: t("room.label") },
    { label: t("room.players"), number: true },
    { label: t("room.members"), number: true },
    { label: t("room.age"), number: true },
    { label: t("room.inputs"), number: true },
    { label: t("room.pot"), number: true },
    { label: t("room.keeps") },
  ];
  return (
    <Table caption={t("nav.rooms")} heads={heads}>
      {rooms.map((room) => (
        <tr key={room.id}>
          <th scope="row">
            <a href={link(["rooms", room.id])}>{plain(room.name)}</a>
          </th>
          <td class="cut">{plain(room.label)}</td>
          <td class="number">
            {whole(room.players)} / {whole(room.players_max)}
          </td>
          <td class="number">{whole(room.members)}</td>
          <td class="number">{span(room.age_ms)}</td>
          <td class="number">{whole(room.inputs)}</td>
          <td class="number">{whole(room.pot)}</td>
          <td>
            {room.keeps ? <Badge tone="info">{t("yes")}</Badge> : <span class="faint">{t("no")}</span>}
          </td>
        </tr>
      ))}
    </Table>
  );
}
