// Matches that are over: found by kind, player, time and outcome, the newest first.

import { useEffect, useState } from "preact/hooks";
import * as calls from "../../api/replays";
import type { ReplayLine, ReplayWish } from "../../api/replays";
import { useAsked } from "../../data/polled";
import { go, link, route } from "../../state/route";
import { useStore } from "../../state/store";
import { moment, whole } from "../../text/format";
import { t } from "../../text/language";
import { plain } from "../../text/plain";
import { Badge } from "../../ui/badge";
import { Choice, Field, Form } from "../../ui/field";
import { Empty, Shown } from "../../ui/problem";
import { Pager, Table, usePaging } from "../../ui/table";
import { TimeField } from "../../ui/time-field";

const NONE: ReplayWish = { kind: "", player: "", outcome: "", from: "", until: "" };
const SHOWN_MAX = 4;

export function Replays() {
  // Other pages lead here with a player or a kind.
  const { query } = useStore(route);
  const first = { ...NONE, player: query.get("player") ?? "", kind: query.get("kind") ?? "" };
  const [wish, setWish] = useState(first);
  const [typed, setTyped] = useState(first);
  const [kinds, setKinds] = useState<readonly string[]>([]);
  const key = Object.values(wish).join("\n");
  const paging = usePaging([key]);
  const asked = useAsked((signal) => calls.find(wish, paging.after, signal), [key, paging.after]);
  useEffect(() => {
    if (asked.data !== null && 0 < asked.data.kinds.length) {
      setKinds(asked.data.kinds.map((kind) => kind.name));
    }
  }, [asked.data]);
  const change = (part: Partial<ReplayWish>): void => setTyped((before) => ({ ...before, ...part }));
  const isAll = key === Object.values(NONE).join("\n");
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.replays")}</h1>
        <OpenById />
      </header>
      <section class="card">
        <Form onSend={() => setWish(typed)}>
          <div class="filters">
            <Choice
              label={t("rooms.kind")}
              value={typed.kind}
              onValue={(kind) => change({ kind })}
              options={[
                { value: "", label: t("rooms.any-kind") },
                ...kinds.map((kind) => ({ value: kind, label: plain(kind) })),
              ]}
            />
            <Field
              label={t("replays.player")}
              value={typed.player}
              onValue={(player) => change({ player })}
              required={false}
            />
            <Field
              label={t("replays.outcome")}
              value={typed.outcome}
              onValue={(outcome) => change({ outcome })}
              required={false}
            />
            <TimeField label={t("replays.from")} onValue={(from) => change({ from })} />
            <TimeField label={t("replays.until")} onValue={(until) => change({ until })} />
            <button type="submit" class="primary">
              {t("search")}
            </button>
          </div>
        </Form>
      </section>
      <section class="card">
        <Shown asked={asked}>
          {(answer) => (
            <>
              {answer.replays.length === 0 ? (
                <Empty title={isAll ? t("replays.none") : t("replays.none-such")}>
                  {isAll ? t("replays.none.help") : t("replays.none-such.help")}
                </Empty>
              ) : (
                <List replays={answer.replays} />
              )}
              <Pager paging={paging} next={answer.after} />
            </>
          )}
        </Shown>
      </section>
    </>
  );
}

function OpenById() {
  const [id, setId] = useState("");
  return (
    <Form onSend={() => /^[1-9]\d*$/.test(id.trim()) && go(["replays", id.trim()])}>
      <div class="search-line">
        <Field
          label={t("replays.open-id")}
          value={id}
          onValue={setId}
          inputmode="numeric"
          required={false}
          mono
        />
        <button type="submit">{t("replays.open")}</button>
      </div>
    </Form>
  );
}

function List({ replays }: { replays: readonly ReplayLine[] }) {
  const heads = [
    { label: t("replays.match") },
    { label: t("rooms.kind") },
    { label: t("replays.ended") },
    { label: t("room.inputs"), number: true },
    { label: t("replays.players") },
    { label: t("replays.how") },
  ];
  return (
    <Table caption={t("nav.replays")} heads={heads}>
      {replays.map((one) => (
        <tr key={one.id}>
          <th scope="row" class="mono">
            <a href={link(["replays", one.id])}>{one.id}</a>
          </th>
          <td>
            {plain(one.kind)}
            {one.number !== null && <small>#{one.number}</small>}
          </td>
          <td>{moment(one.ended_ms)}</td>
          <td class="number">{whole(one.inputs)}</td>
          <td class="mono">
            <Players line={one} />
          </td>
          <td class="cut-wide">
            {one.broke === true && <Badge tone="bad">{t("replays.broke")}</Badge>} {plain(one.outcome)}
            {one.place !== null && 0 < one.place && (
              <small>
                {" "}
                {t("replays.place")} {one.place}
              </small>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Players({ line }: { line: ReplayLine }) {
  return (
    <>
      {line.players.slice(0, SHOWN_MAX).map((id, index) => (
        <span key={id}>
          {0 < index && ", "}
          <a href={link(["players", id])}>{id}</a>
        </span>
      ))}
      {SHOWN_MAX < line.players.length && ` +${line.players.length - SHOWN_MAX}`}
    </>
  );
}
