// What staff can do about a player, each in the dialog that says what it will change.

import { useMemo, useState } from "preact/hooks";
import * as calls from "../../api/calls";
import { isDangerous } from "../../api/roles";
import type { Player } from "../../api/types";
import { moment, numberOf, whole } from "../../text/format";
import { t } from "../../text/language";
import { type Change, Deed } from "../../ui/deed";
import { Choice, Field } from "../../ui/field";
import { useGiven } from "../../ui/waiting";
import { Freeze, Unfreeze } from "../freezing";
import { isNow, nameOf } from "../players";

export type PlayerDeed = "kick" | "mute" | "unmute" | "ban" | "unban" | "grant" | "freeze" | "unfreeze";

interface DeedProps {
  id: string;
  player: Player;
  deed: PlayerDeed;
  onDone: () => void;
  onClose: () => void;
}

const HOUR_MS = 3_600_000;
const DURATIONS_MS = [
  HOUR_MS,
  6 * HOUR_MS,
  24 * HOUR_MS,
  3 * 24 * HOUR_MS,
  7 * 24 * HOUR_MS,
  30 * 24 * HOUR_MS,
  0,
];

export function PlayerDeedDialog(props: DeedProps) {
  switch (props.deed) {
    case "kick":
      return <Kick {...props} />;
    case "mute":
    case "ban":
      return <Restrict {...props} deed={props.deed} />;
    case "unmute":
    case "unban":
      return <Lift {...props} deed={props.deed} />;
    case "grant":
      return <Grant {...props} />;
    case "freeze":
      return <Freeze player={props.player} onDone={props.onDone} onClose={props.onClose} />;
    case "unfreeze":
      return (
        <Unfreeze id={props.id} name={props.player.name} onDone={props.onDone} onClose={props.onClose} />
      );
  }
}

function titleOf({ deed, player, id }: DeedProps): string {
  return t("deed.title", { deed: t(`deed.${deed}`), who: `${nameOf(player.name)} (${id})` });
}

function Kick(props: DeedProps) {
  return (
    <Deed
      title={titleOf(props)}
      verb={t("deed.kick")}
      consequence={t("deed.kick.help")}
      changes={[{ what: t("state"), before: t("online"), after: t("offline") }]}
      dangerous={isDangerous("kick")}
      perform={(signed) => calls.kick(props.id, signed)}
      onDone={props.onDone}
      onClose={props.onClose}
    />
  );
}

function until(value: number | string | null | undefined): string {
  return isNow(value) ? moment(value) : t("not-restricted");
}

function Restrict(props: DeedProps & { deed: "mute" | "ban" }) {
  const isBan = props.deed === "ban";
  const [forMs, setForMs] = useState(String(24 * HOUR_MS));
  const before = isBan ? props.player.restriction?.banned_until_ms : props.player.restriction?.muted_until_ms;
  const ms = Number(forMs);
  const changes: Change[] = [
    {
      what: isBan ? t("banned-until") : t("muted-until"),
      before: until(before),
      after: ms === 0 ? t("for-ever") : moment(Date.now() + ms),
    },
  ];
  if (isBan && props.player.online) {
    changes.push({ what: t("state"), before: t("online"), after: t("offline") });
  }
  return (
    <Deed
      title={titleOf(props)}
      verb={t(`deed.${props.deed}`)}
      consequence={t(isBan ? "deed.ban.help" : "deed.mute.help")}
      changes={changes}
      dangerous={isDangerous(props.deed)}
      {...(isBan ? { reasonHint: t("deed.ban.reason-hint") } : {})}
      perform={(signed) => (isBan ? calls.ban(props.id, ms, signed) : calls.mute(props.id, ms, signed))}
      onDone={props.onDone}
      onClose={props.onClose}
    >
      <Choice
        label={t("duration")}
        value={forMs}
        onValue={setForMs}
        options={DURATIONS_MS.map((one) => ({ value: String(one), label: durationName(one) }))}
      />
    </Deed>
  );
}

function durationName(ms: number): string {
  if (ms === 0) {
    return t("for-ever");
  }
  const hours = ms / HOUR_MS;
  return hours < 24 || hours % 24 !== 0 ? t("hours", { n: hours }) : t("days", { n: hours / 24 });
}

function Lift(props: DeedProps & { deed: "unmute" | "unban" }) {
  const isBan = props.deed === "unban";
  const restriction = props.player.restriction;
  return (
    <Deed
      title={titleOf(props)}
      verb={t(`deed.${props.deed}`)}
      consequence={t(isBan ? "deed.unban.help" : "deed.unmute.help")}
      changes={[
        {
          what: isBan ? t("banned-until") : t("muted-until"),
          before: until(isBan ? restriction?.banned_until_ms : restriction?.muted_until_ms),
          after: t("not-restricted"),
        },
      ]}
      dangerous={isDangerous(props.deed)}
      perform={(signed) => (isBan ? calls.unban(props.id, signed) : calls.unmute(props.id, signed))}
      onDone={props.onDone}
      onClose={props.onClose}
    />
  );
}

const GOLD_MAX = 1_000_000_000_000_000;

function Grant(props: DeedProps) {
  const [typed, setTyped] = useState("");
  // One key a dialog: sent again after an answer was lost, the gold is given once.
  const key = useMemo(() => `console-${crypto.randomUUID()}`, []);
  const gold = numberOf(props.player.wallet?.gold) ?? 0;
  const amount = /^\d+$/.test(typed.trim()) ? Number(typed.trim()) : null;
  const after = amount === null ? null : gold + amount;
  const isWrong = amount === null || amount === 0 || after === null || GOLD_MAX < after;
  const title = titleOf(props);
  const { keep, words } = useGiven(title);
  return (
    <Deed
      title={title}
      verb={t("deed.grant")}
      consequence={t("deed.grant.help")}
      changes={[{ what: t("gold"), before: whole(gold), after: after === null ? "…" : whole(after) }]}
      dangerous={isDangerous("grant")}
      missing={isWrong ? t("deed.grant.missing") : null}
      perform={(signed) => calls.grant(props.id, amount ?? 0, key, signed).then(keep)}
      doneWords={words}
      onDone={props.onDone}
      onClose={props.onClose}
    >
      <Field
        label={t("deed.grant.amount")}
        value={typed}
        onValue={setTyped}
        inputmode="numeric"
        hint={t("deed.grant.hint")}
        first
      />
    </Deed>
  );
}
