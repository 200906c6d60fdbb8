// Players: found by name or id, a page at a time.

import { useEffect, useState } from "preact/hooks";
import * as calls from "../api/calls";
import type { PlayerLine } from "../api/types";
import { useAsked } from "../data/polled";
import { go, link, route } from "../state/route";
import { useStore } from "../state/store";
import { isForEver, moment, numberOf } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Dot } from "../ui/badge";
import { Field, Form } from "../ui/field";
import { Empty, Shown } from "../ui/problem";
import { Pager, Table, usePaging } from "../ui/table";

export function Players() {
  const text = useStore(route).query.get("q") ?? "";
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  const paging = usePaging([text]);
  const asked = useAsked((signal) => calls.players(text, paging.after, signal), [text, paging.after]);
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.players")}</h1>
        <Form onSend={() => go(["players"], { q: typed.trim() })}>
          <div class="search-line">
            <Field
              label={t("players.search")}
              type="search"
              value={typed}
              onValue={setTyped}
              required={false}
            />
            <button type="submit" class="primary">
              {t("search")}
            </button>
          </div>
        </Form>
      </header>
      <section class="card">
        <Shown asked={asked}>
          {(answer) =>
            answer.players.length === 0 ? (
              <Empty title={text === "" ? t("players.none") : t("players.not-found", { text })}>
                {text === "" ? t("players.none.help") : t("players.not-found.help")}
              </Empty>
            ) : (
              <>
                <List players={answer.players} />
                <Pager paging={paging} next={answer.after} />
              </>
            )
          }
        </Shown>
      </section>
    </>
  );
}

function List({ players }: { players: readonly PlayerLine[] }) {
  const heads = [{ label: t("name") }, { label: t("id") }, { label: t("state") }, { label: t("created") }];
  return (
    <Table caption={t("nav.players")} heads={heads}>
      {players.map((player) => (
        <tr key={player.id}>
          <th scope="row">
            <a href={link(["players", player.id])}>{nameOf(player.name)}</a>
          </th>
          <td class="mono">{player.id}</td>
          <td>
            <span class="states">
              {player.online ? (
                <>
                  <Dot tone="good" /> {t("online")}
                </>
              ) : (
                <>
                  <Dot tone="plain" /> {t("offline")}
                </>
              )}
            </span>
          </td>
          <td>{moment(player.created_ms)}</td>
        </tr>
      ))}
    </Table>
  );
}

export function nameOf(name: string): string {
  return name === "" ? t("guest") : plain(name);
}

/** Whether something that ends then holds now. */
export function isNow(until: number | string | null | undefined): boolean {
  return isForEver(until) || Date.now() < (numberOf(until) ?? 0);
}
