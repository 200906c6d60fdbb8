// One open room, watched: seats, stakes and its state; closing it and saying something to it.

import { useState } from "preact/hooks";
import * as calls from "../../api/calls";
import { isDangerous, may } from "../../api/roles";
import { open, watch, type WatchedRoom } from "../../api/rooms";
import type { Role, Room, Seat } from "../../api/types";
import { useAsked } from "../../data/polled";
import { link } from "../../state/route";
import { bytes, numberOf, span, whole } from "../../text/format";
import { t } from "../../text/language";
import { plain } from "../../text/plain";
import { Badge, Dot } from "../../ui/badge";
import { Deed } from "../../ui/deed";
import { Field } from "../../ui/field";
import { Empty, Shown } from "../../ui/problem";
import { Facts, Table } from "../../ui/table";
import { Tree } from "../../ui/tree";
import { DueCard, HeardCard } from "./heard";

const ASKED_EVERY_MS = 1_000;

type RoomDeed = "close" | "say" | "open";

export function RoomPage({ id, role }: { id: string; role: Role }) {
  const asked = useAsked((signal) => watch(id, signal), [id], ASKED_EVERY_MS);
  const [deed, setDeed] = useState<RoomDeed | null>(null);
  const isGone = asked.error?.code === "room_not_open";
  if (isGone && (deed === null || asked.data === null)) {
    return <Gone id={id} room={asked.data} />;
  }
  return (
    <Shown asked={asked}>
      {(room) => (
        <>
          <header class="page-head">
            <div>
              <p class="crumbs">
                <a href={link(["rooms"])}>{t("nav.rooms")}</a> / <span class="mono">{id}</span>
              </p>
              <h1>
                {plain(room.name)} <small>{plain(room.label)}</small>
              </h1>
            </div>
            <div class="actions">
              {may(role, "say") && (
                <button type="button" onClick={() => setDeed("say")}>
                  {t("deed.say")}
                </button>
              )}
              {may(role, "close") && (
                <button type="button" class="danger quiet" onClick={() => setDeed("close")}>
                  {t("deed.close")}
                </button>
              )}
            </div>
          </header>
          <Whole room={room} look={may(role, "room.open") ? () => setDeed("open") : null} />
          {deed === "open" && <Open room={room} onDone={asked.reload} onClose={() => setDeed(null)} />}
          {deed === "say" && <Say room={room} onDone={asked.reload} onClose={() => setDeed(null)} />}
          {deed === "close" && <Close room={room} onDone={asked.reload} onClose={() => setDeed(null)} />}
        </>
      )}
    </Shown>
  );
}

/** It has ended, perhaps while it was looked at: what was seen last stays. */
function Gone({ id, room }: { id: string; room: WatchedRoom | null }) {
  return (
    <>
      <header class="page-head">
        <div>
          <p class="crumbs">
            <a href={link(["rooms"])}>{t("nav.rooms")}</a> / <span class="mono">{id}</span>
          </p>
          <h1>{room === null ? t("room") : plain(room.name)}</h1>
        </div>
      </header>
      <p class="note note-warn">
        <span>{t("room.over")}</span> <a href={link(["replays", id])}>{t("room.to-replay")}</a>
      </p>
      {room !== null && <Whole room={room} look={null} />}
    </>
  );
}

interface WholeProps {
  room: WatchedRoom;
  /** Asks to see its secrets; nothing: not for this role, or not any more. */
  look: (() => void) | null;
}

function Whole({ room, look }: WholeProps) {
  return (
    <>
      <section class="card">
        <Facts
          facts={[
            [t("room.players"), `${whole(room.players)} / ${whole(room.players_max)}`],
            [t("room.members"), whole(room.members)],
            [t("room.age"), span(room.age_ms)],
            [t("room.inputs"), whole(room.inputs)],
            [t("room.pot"), whole(room.pot)],
            [t("room.keeps"), room.keeps ? t("yes") : t("no")],
          ]}
        />
      </section>
      <div class="columns">
        <div class="stack">
          <section class="card">
            <h2>{t("room.seats")}</h2>
            <Seats seats={room.seats} />
          </section>
          <DueCard room={room} />
        </div>
        <section class="card">
          <h2>
            {t("room.state")} <small>{bytes(room.state_bytes)}</small>
            {room.state_is_cut && <Badge tone="warn">{t("room.cut")}</Badge>}
          </h2>
          {room.hidden ? (
            <Hidden look={look} />
          ) : (
            <State room={room} />
          )}
        </section>
      </div>
      <HeardCard room={room} />
    </>
  );
}

function Hidden({ look }: { look: (() => void) | null }) {
  if (look === null) {
    return <Empty title={t("room.hidden")}>{t("room.hidden.help")}</Empty>;
  }
  return (
    <>
      <Empty title={t("room.secret")}>{t("room.secret.help")}</Empty>
      <div class="actions replay-open">
        <button type="button" class="primary" onClick={look}>
          {t("deed.look")}
        </button>
      </div>
    </>
  );
}

/** As a tree; what was cut is no JSON any more and is shown as it came. */
function State({ room }: { room: Room }) {
  if (!room.state_is_cut && room.state !== "") {
    try {
      return <Tree name={room.name} value={JSON.parse(room.state)} />;
    } catch {
      // A game may tell its state in words of its own.
    }
  }
  return room.state === "" ? (
    <Empty title={t("room.state.none")} />
  ) : (
    <pre class="state">{plain(room.state)}</pre>
  );
}

function Seats({ seats }: { seats: readonly Seat[] }) {
  if (seats.length === 0) {
    return <Empty title={t("room.seats.none")} />;
  }
  const heads = [
    { label: t("player") },
    { label: t("room.seat") },
    { label: t("state") },
    { label: t("room.stake"), number: true },
  ];
  return (
    <Table caption={t("room.seats")} heads={heads}>
      {seats.map((seat) => (
        <tr key={seat.account}>
          <th scope="row" class="mono">
            <a href={link(["players", seat.account])}>{seat.account}</a>
          </th>
          <td>{seat.player ? t("room.plays") : t("room.watches")}</td>
          <td>
            <Dot tone={seat.here ? "good" : "plain"} />{" "}
            {seat.gone ? t("room.gone") : seat.here ? t("room.here") : t("room.away")}
          </td>
          <td class="number">{whole(seat.stake)}</td>
        </tr>
      ))}
    </Table>
  );
}

interface DialogProps {
  room: Room;
  onDone: () => void;
  onClose: () => void;
}

function Open({ room, onDone, onClose }: DialogProps) {
  return (
    <Deed
      title={t("deed.title", { deed: t("deed.look"), who: room.name })}
      verb={t("deed.look")}
      consequence={t("deed.look.help")}
      changes={[]}
      dangerous={isDangerous("room.open")}
      perform={(signed) => open(room.id, signed.reason)}
      onDone={onDone}
      onClose={onClose}
    />
  );
}

function Close({ room, onDone, onClose }: DialogProps) {
  const staked = room.seats.filter((seat) => (numberOf(seat.stake) ?? 0) !== 0);
  return (
    <Deed
      title={t("deed.title", { deed: t("deed.close"), who: room.name })}
      verb={t("deed.close")}
      consequence={t("deed.close.help")}
      changes={[
        { what: t("room"), before: t("room.open"), after: t("room.closed") },
        { what: t("room.members"), before: whole(room.members), after: whole(0) },
        ...(staked.length === 0 ? [] : [{ what: t("room.pot"), before: whole(room.pot), after: whole(0) }]),
        ...staked.map((seat) => ({
          what: t("deed.close.refund", { who: seat.account }),
          before: whole(0),
          after: `+${whole(seat.stake)}`,
        })),
      ]}
      dangerous={isDangerous("close")}
      perform={(signed) => calls.closeRoom(room.id, signed)}
      onDone={onDone}
      onClose={onClose}
    />
  );
}

const SIGNAL_BYTES_MAX = 64;

function Say({ room, onDone, onClose }: DialogProps) {
  const [signal, setSignal] = useState("");
  const [body, setBody] = useState("");
  const length = new TextEncoder().encode(signal).length;
  return (
    <Deed
      title={t("deed.title", { deed: t("deed.say"), who: room.name })}
      verb={t("deed.say")}
      consequence={t("deed.say.help")}
      changes={[]}
      dangerous={isDangerous("say")}
      missing={length === 0 || SIGNAL_BYTES_MAX < length ? t("deed.say.missing") : null}
      perform={(signed) => calls.sayInRoom(room.id, signal, body, signed)}
      onDone={onDone}
      onClose={onClose}
    >
      <Field label={t("deed.say.signal")} value={signal} onValue={setSignal} first mono />
      <Field label={t("deed.say.body")} value={body} onValue={setBody} required={false} mono />
    </Deed>
  );
}
