// Freezing an account's wealth and lifting that, from wherever it is asked: it is said whose it is and whether it is frozen
// before either is offered.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import * as account from "../api/calls";
import { isDangerous } from "../api/roles";
import * as calls from "../api/switches";
import type { Player, Row } from "../api/types";
import { useAsked } from "../data/polled";
import { numberOf, whole } from "../text/format";
import { t } from "../text/language";
import { Deed } from "../ui/deed";
import { Field } from "../ui/field";
import { wordsFor } from "../ui/problem";
import { Facts } from "../ui/table";
import { cell } from "./player/more";
import { nameOf } from "./players";

interface DialogProps {
  onDone: () => void;
  onClose: () => void;
}

/** The row that says that it is frozen, by whom and why; nothing: it is not. */
export function freezeOf(player: Player): Row | null {
  const rows = player["wealth_freeze"];
  return Array.isArray(rows) ? ((rows[0] as Row | undefined) ?? null) : null;
}

function whoIs(name: string, id: string): string {
  return `${nameOf(name)} (${id})`;
}

/** Of the player whose page it is. */
export function Freeze({ player, ...props }: DialogProps & { player: Player }) {
  const title = t("deed.title", { deed: t("deed.freeze"), who: whoIs(player.name, player.id) });
  return <Freezing title={title} player={player} missing={null} {...props} />;
}

export function Unfreeze({ id, name, onDone, onClose }: DialogProps & { id: string; name: string }) {
  return (
    <Deed
      title={t("deed.title", { deed: t("deed.unfreeze"), who: whoIs(name, id) })}
      verb={t("frozen.lift")}
      consequence={t("frozen.lift.help")}
      changes={[{ what: t("frozen.state"), before: t("frozen.yes"), after: t("frozen.no") }]}
      dangerous={isDangerous("unfreeze")}
      perform={(signed) => calls.unfreeze(id, signed)}
      onDone={onDone}
      onClose={onClose}
    />
  );
}

/** So long after the last key it is looked up. */
const PATIENCE_MS = 300;

/** Nobody has such an id. Whatever else keeps it from being looked up keeps nobody from freezing: game needs no database to. */
const NOBODY: readonly string[] = ["no_such_account", "bad_request"];

/** Of whoever has the id that is typed. */
export function FreezeById(props: DialogProps) {
  const [typed, setTyped] = useState("");
  const id = /^[1-9]\d{0,18}$/.test(typed.trim()) ? typed.trim() : "";
  const [settled, setSettled] = useState("");
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(id), id === "" ? 0 : PATIENCE_MS);
    return () => window.clearTimeout(timer);
  }, [id]);
  const asked = useAsked(
    (signal) => (settled === "" ? Promise.resolve(null) : account.player(settled, signal)),
    [settled],
  );
  const found = id !== "" && asked.data?.id === id ? asked.data : null;
  const error = settled === id && !asked.loading ? asked.error : null;
  const isNobody = error !== null && NOBODY.includes(error.code);
  const missing = id === "" ? t("frozen.id.missing") : isNobody ? wordsFor(error) : null;
  return (
    <Freezing
      title={t("frozen.add")}
      player={found}
      looking={found === null && missing === null && error === null}
      unseen={error !== null && !isNobody ? id : null}
      missing={missing}
      {...props}
    >
      <Field
        label={t("frozen.id")}
        value={typed}
        onValue={setTyped}
        inputmode="numeric"
        problem={error === null ? null : wordsFor(error)}
        first
      />
    </Freezing>
  );
}

interface FreezingProps extends DialogProps {
  title: string;
  /** Whose it is; nothing: that is not known yet. */
  player: Player | null;
  looking?: boolean;
  /** The id of somebody who could not be looked up. */
  unseen?: string | null;
  missing: string | null;
  /** By what it is found. */
  children?: ComponentChildren;
}

function Freezing({ title, player, looking, unseen, missing, onDone, onClose, children }: FreezingProps) {
  const row = player === null ? null : freezeOf(player);
  const facts = player === null ? null : <Facts facts={factsOf(player, row)} />;
  const before = t(row === null ? "frozen.no" : "frozen.yes");
  return (
    <Deed
      title={title}
      verb={t("deed.freeze")}
      consequence={t("frozen.on.help")}
      changes={
        player === null && (unseen ?? null) === null
          ? []
          : [{ what: t("frozen.state"), before: player === null ? t("frozen.unseen") : before, after: t("frozen.yes") }]
      }
      dangerous={isDangerous("freeze")}
      looking={looking ?? false}
      missing={missing ?? (row === null ? null : t("frozen.already"))}
      perform={(signed) => calls.freeze(player?.id ?? unseen ?? "", signed)}
      onDone={onDone}
      onClose={onClose}
      {...(children === undefined ? { about: facts } : {})}
    >
      {children !== undefined && (
        <>
          {children}
          {facts}
        </>
      )}
    </Deed>
  );
}

function factsOf(player: Player, row: Row | null): [string, string][] {
  const facts: [string, string][] = [
    [t("name"), nameOf(player.name)],
    [t("id"), player.id],
    [t("state"), player.online ? t("online") : t("offline")],
    [t("gold"), whole(numberOf(player.wallet?.gold) ?? 0)],
  ];
  if (row !== null) {
    const [since, staff] = [cell("since_ms", row["since_ms"]), cell("staff", row["staff"])];
    facts.push([t("frozen.since"), since], [t("bans.by"), staff], [t("reason"), cell("reason", row["reason"])]);
  }
  return facts;
}
