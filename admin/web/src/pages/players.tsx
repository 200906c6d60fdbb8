// Players: found by id, by how a name begins or by address, or listed in the order of an index, a page at a time.

import { useEffect, useState } from "preact/hooks";
import * as calls from "../api/players";
import { may } from "../api/roles";
import type { Role } from "../api/types";
import { useAsked } from "../data/polled";
import { go, link, route } from "../state/route";
import { useStore } from "../state/store";
import { isForEver, moment, numberOf } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Dot } from "../ui/badge";
import { Choice, Field, Form } from "../ui/field";
import { Empty, Shown } from "../ui/problem";
import { Pager, Table, usePaging } from "../ui/table";

type Order = calls.Sort | "playing";

export function Players({ role }: { role: Role }) {
  const { query } = useStore(route);
  const text = query.get("q") ?? "";
  const order = orderOf(query.get("sort"), role);
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  const paging = usePaging([text, order]);
  const asked = useAsked((signal) => lines(text, order, paging.after, signal), [text, order, paging.after]);
  const search = (sort: Order): void => go(["players"], { q: typed.trim(), sort: sort === "id" ? "" : sort });
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.players")}</h1>
        <Form onSend={() => search(order)}>
          <div class="search-line">
            <Field
              label={t("players.search")}
              type="search"
              value={typed}
              onValue={setTyped}
              required={false}
            />
            <Choice
              label={t("players.sort")}
              value={order}
              onValue={(value) => search(orderOf(value, role))}
              options={[
                { value: "id", label: t("players.sort.id") },
                { value: "name", label: t("players.sort.name") },
                ...(may(role, "sessions") ? [{ value: "playing", label: t("players.sort.playing") }] : []),
              ]}
            />
            <button type="submit" class="primary">
              {t("search")}
            </button>
          </div>
        </Form>
      </header>
      <section class="card">
        <p class="faint">{t("players.sort.hint")}</p>
        {may(role, "players.export") && order !== "playing" && (
          <p class="actions">
            <a class="button" href={calls.exportOf(text, order)} download>
              {t("players.export")}
            </a>
          </p>
        )}
        <Shown asked={asked}>
          {(answer) =>
            answer.players.length === 0 && answer.after === null ? (
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

function orderOf(text: string | null, role: Role): Order {
  return text === "name" || (text === "playing" && may(role, "sessions")) ? text : "id";
}

interface Lines {
  players: calls.FoundLine[];
  after: string | null;
}

async function lines(text: string, order: Order, after: string, signal: AbortSignal): Promise<Lines> {
  if (order !== "playing" || text !== "") {
    return calls.find(text, order === "playing" ? "id" : order, after, signal);
  }
  const page = await calls.sessions("", after, signal);
  const players = page.sessions.map((one) => ({
    id: one.account,
    name: one.name,
    online: true,
    created_ms: null,
    address: one.address,
    since_ms: one.since_ms,
    client: one.client,
  }));
  return { players, after: page.after };
}

function List({ players }: { players: readonly calls.FoundLine[] }) {
  const isOfSessions = players.some((player) => player.address !== undefined);
  const isOfCharacters = players.some((player) => player.character !== undefined && player.character !== null);
  const heads = [
    { label: t("name") },
    { label: t("id") },
    ...(isOfCharacters ? [{ label: t("players.character") }] : []),
    { label: t("state") },
    ...(isOfSessions
      ? [{ label: t("players.address") }, { label: t("players.client") }, { label: t("players.since") }]
      : [{ label: t("created") }]),
  ];
  return (
    <Table caption={t("nav.players")} heads={heads}>
      {players.map((player) => (
        <tr key={`${player.id} ${player.character ?? ""}`}>
          <th scope="row">
            <a href={link(["players", player.id])}>{nameOf(player.name)}</a>
          </th>
          <td class="mono">{player.id}</td>
          {isOfCharacters && <td>{plain(player.character ?? "")}</td>}
          <td>
            <span class="states">
              <Dot tone={player.online ? "good" : "plain"} /> {t(player.online ? "online" : "offline")}
            </span>
          </td>
          {isOfSessions ? (
            <>
              <td class="mono">{player.address}</td>
              <td>{plain(player.client ?? "")}</td>
              <td>{moment(player.since_ms ?? null)}</td>
            </>
          ) : (
            <td>{moment(player.created_ms)}</td>
          )}
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
