// Open rooms, a page at a time.

import * as calls from "../api/calls";
import { useAsked } from "../data/polled";
import { link } from "../state/route";
import { span, whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Badge } from "../ui/badge";
import { Empty, Shown } from "../ui/problem";
import { Pager, Table, usePaging } from "../ui/table";

const ASKED_EVERY_MS = 5_000;

export function Rooms() {
  const paging = usePaging([]);
  const asked = useAsked((signal) => calls.rooms(paging.after, signal), [paging.after], ASKED_EVERY_MS);
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
    <>
      <header class="page-head">
        <h1>{t("nav.rooms")}</h1>
      </header>
      <section class="card">
        <Shown asked={asked}>
          {(answer) =>
            answer.rooms.length === 0 ? (
              <Empty title={t("rooms.none")}>{t("rooms.none.help")}</Empty>
            ) : (
              <>
                <Table caption={t("nav.rooms")} heads={heads}>
                  {answer.rooms.map((room) => (
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
                        {room.keeps ? (
                          <Badge tone="info">{t("yes")}</Badge>
                        ) : (
                          <span class="faint">{t("no")}</span>
                        )}
                      </td>
                    </tr>
                  ))}
                </Table>
                <Pager paging={paging} next={answer.after} />
              </>
            )
          }
        </Shown>
      </section>
    </>
  );
}
