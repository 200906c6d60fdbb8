// One player: what it has, in tabs, and what staff can do about it.

import { useState } from "preact/hooks";
import * as calls from "../../api/calls";
import { may } from "../../api/roles";
import type { Player, Role } from "../../api/types";
import { useAsked } from "../../data/polled";
import { link } from "../../state/route";
import { moment, whole } from "../../text/format";
import { type Key, t, tOr } from "../../text/language";
import { Badge, Dot } from "../../ui/badge";
import { Shown } from "../../ui/problem";
import { Facts } from "../../ui/table";
import { freezeOf } from "../freezing";
import { isNow, nameOf } from "../players";
import { type PlayerDeed, PlayerDeedDialog } from "./deeds";
import { Characters } from "./characters";
import { DEALINGS, type Dealing, DealingDialog } from "./dealing";
import { History } from "./history";
import { Live } from "./live";
import { Mail } from "./mail";
import { cell, More } from "./more";
import { Notes } from "./notes";
import { Restrictions } from "./restrictions";
import { StaffLog } from "./staff-log";
import { Wallet } from "./wallet";

const TABS = [
  "account",
  "live",
  "wallet",
  "characters",
  "mail",
  "restrictions",
  "notes",
  "history",
  "log",
  "more",
] as const;
type Tab = (typeof TABS)[number];

const ASKED_EVERY_MS = 10_000;

interface PlayerPageProps {
  id: string;
  tab: string;
  role: Role;
}

export function PlayerPage({ id, tab, role }: PlayerPageProps) {
  const asked = useAsked((signal) => calls.player(id, signal), [id], ASKED_EVERY_MS);
  return (
    <Shown asked={asked}>
      {(player) => <Whole id={id} player={player} tab={tab} role={role} onChange={asked.reload} />}
    </Shown>
  );
}

interface WholeProps extends PlayerPageProps {
  player: Player;
  onChange: () => void;
}

function Whole({ id, player, tab, role, onChange }: WholeProps) {
  const [deed, setDeed] = useState<PlayerDeed | Dealing | null>(null);
  const isBanned = isNow(player.restriction?.banned_until_ms);
  const isMuted = isNow(player.restriction?.muted_until_ms);
  const isFrozen = freezeOf(player) !== null;
  const chosen: Tab = TABS.find((name) => name === tab) ?? "account";
  return (
    <>
      <header class="page-head">
        <div>
          <p class="crumbs">
            <a href={link(["players"])}>{t("nav.players")}</a> / <span class="mono">{id}</span>
          </p>
          <h1>
            {nameOf(player.name)} <Dot tone={player.online ? "good" : "plain"} />
            <small>{player.online ? t("online") : t("offline")}</small>
            {isBanned && <Badge tone="bad">{t("banned")}</Badge>}
            {isMuted && <Badge tone="warn">{t("muted")}</Badge>}
            {isFrozen && <Badge tone="warn">{t("frozen.yes")}</Badge>}
          </h1>
        </div>
        <DeedButtons
          role={role}
          player={player}
          isBanned={isBanned}
          isMuted={isMuted}
          isFrozen={isFrozen}
          choose={setDeed}
        />
      </header>
      <nav class="tabs" aria-label={t("player.tabs")}>
        {TABS.filter((name) => name !== "live" || may(role, "players.live")).map((name) => (
          <a
            key={name}
            href={link(["players", id, name])}
            aria-current={name === chosen ? "page" : undefined}
          >
            {t(`player.${name}`)}
            <Count player={player} tab={name} />
          </a>
        ))}
      </nav>
      <TabBody id={id} tab={chosen} player={player} role={role} onChange={onChange} />
      {isDealing(deed) && (
        <DealingDialog
          id={id}
          player={player}
          deed={deed}
          onDone={onChange}
          onClose={() => setDeed(null)}
        />
      )}
      {deed !== null && !isDealing(deed) && (
        <PlayerDeedDialog
          id={id}
          player={player}
          deed={deed}
          onDone={onChange}
          onClose={() => setDeed(null)}
        />
      )}
    </>
  );
}

function isDealing(deed: PlayerDeed | Dealing | null): deed is Dealing {
  return DEALINGS.some((one) => one === deed);
}

interface DeedButtonsProps {
  role: Role;
  player: Player;
  isBanned: boolean;
  isMuted: boolean;
  isFrozen: boolean;
  choose: (deed: PlayerDeed | Dealing) => void;
}

function DeedButtons({ role, player, isBanned, isMuted, isFrozen, choose }: DeedButtonsProps) {
  const deeds: readonly (PlayerDeed | Dealing)[] = [
    ...(player.online ? (["message", "kick"] as const) : []),
    "note",
    isMuted ? "unmute" : "mute",
    "grant",
    "take",
    ...(player.characters.length === 0 ? [] : (["give", "remove", "mail", "move"] as const)),
    "rename",
    isFrozen ? "unfreeze" : "freeze",
    isBanned ? "unban" : "ban",
  ];
  return (
    <div class="actions">
      {deeds
        .filter((deed) => may(role, deed))
        .map((deed) => (
          <button
            key={deed}
            type="button"
            class={deed === "ban" || deed === "freeze" ? "danger quiet" : undefined}
            onClick={() => choose(deed)}
          >
            {t(`deed.${deed}`)}
          </button>
        ))}
    </div>
  );
}

function Count({ player, tab }: { player: Player; tab: Tab }) {
  const counts: Partial<Record<Tab, number>> = {
    characters: player.characters.length,
    mail: player.characters.reduce((all, one) => all + one.mail.length, 0),
    more: player.report.length,
    notes: Array.isArray(player["staff_note"]) ? player["staff_note"].length : 0,
  };
  const count = counts[tab];
  return count === undefined || count === 0 ? null : <span class="count">{count}</span>;
}

interface TabBodyProps {
  id: string;
  tab: Tab;
  player: Player;
  role: Role;
  onChange: () => void;
}

function TabBody({ id, tab, player, role, onChange }: TabBodyProps) {
  switch (tab) {
    case "account":
      return <Account player={player} />;
    case "wallet":
      return <Wallet id={id} gold={player.wallet?.gold ?? null} />;
    case "characters":
      return <Characters characters={player.characters} />;
    case "mail":
      return <Mail characters={player.characters} hidden={player.hidden} />;
    case "restrictions":
      return <Restrictions restriction={player.restriction} />;
    case "live":
      return <Live id={id} />;
    case "notes":
      return <Notes id={id} player={player} role={role} onChange={onChange} />;
    case "history":
      return <History id={id} role={role} />;
    case "log":
      return <StaffLog id={id} />;
    case "more":
      return <More player={player} />;
  }
}

/** Columns that have words of their own above. */
const SHOWN_ABOVE = new Set(["id", "name", "created_ms"]);

function Account({ player }: { player: Player }) {
  const account = player.account ?? {};
  const created = account["created_ms"];
  const others = Object.entries(account).filter(([name]) => !SHOWN_ABOVE.has(name));
  const words: readonly (readonly [Key, string])[] = [
    ["id", player.id],
    ["name", nameOf(player.name)],
    ["created", moment(typeof created === "number" || typeof created === "string" ? created : null)],
    ["gold", whole(player.wallet?.gold)],
    ["state", player.online ? t("online") : t("offline")],
  ];
  return (
    <section class="card">
      <Facts
        facts={[
          ...words.map(([key, value]) => [t(key), value] as const),
          ...others.map(([name, value]) => [tOr("column.", name), cell(name, value)] as const),
        ]}
      />
    </section>
  );
}
