// What is switched on for the whole world, and accounts whose wealth is frozen: each shown with why, by whom and since
// when, and switched in a dialog that says what it will change.

import { useState } from "preact/hooks";
import { isDangerous, may } from "../api/roles";
import * as calls from "../api/switches";
import type { FrozenLine, SwitchesAnswer, SwitchName, SwitchState } from "../api/switches";
import type { Role } from "../api/types";
import { useAsked } from "../data/polled";
import { link } from "../state/route";
import { moment, whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Badge } from "../ui/badge";
import { Deed } from "../ui/deed";
import { Choice, Field } from "../ui/field";
import { Empty, Shown } from "../ui/problem";
import { Pager, Table, usePaging } from "../ui/table";
import { FreezeById, Unfreeze } from "./freezing";
import { nameOf } from "./players";

const NAMES: readonly SwitchName[] = ["wealth_frozen", "accounts_closed", "chat_slow", "staff_only"];
const DEEDS = {
  wealth_frozen: "switch.wealth",
  accounts_closed: "switch.accounts",
  chat_slow: "switch.chat",
  staff_only: "switch.staff_only",
} as const;
/** Somebody else may switch, or another console. */
const EVERY_MS = 5_000;

export function Switches({ role }: { role: Role }) {
  const asked = useAsked((signal) => calls.switches(signal), [], EVERY_MS);
  const [chosen, setChosen] = useState<SwitchName | null>(null);
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.switches")}</h1>
        <button type="button" onClick={asked.reload}>
          {t("reload")}
        </button>
      </header>
      <Shown asked={asked}>
        {(answer) => (
          <>
            <div class="columns">
              {NAMES.map((name) => (
                <OneSwitch
                  key={name}
                  name={name}
                  state={answer.switches[name]}
                  change={may(role, DEEDS[name]) ? () => setChosen(name) : null}
                />
              ))}
            </div>
            {chosen !== null && (
              <SwitchDialog
                name={chosen}
                answer={answer}
                onDone={asked.reload}
                onClose={() => setChosen(null)}
              />
            )}
          </>
        )}
      </Shown>
      <Frozen role={role} />
    </>
  );
}

function shownValue(name: SwitchName, value: number): string {
  if (value === 0) {
    return t("off");
  }
  return name === "chat_slow" ? t("switch.chat_slow.value", { n: whole(value) }) : t("on");
}

interface OneProps {
  name: SwitchName;
  state: SwitchState;
  /** Nothing: this role may not. */
  change: (() => void) | null;
}

function OneSwitch({ name, state, change }: OneProps) {
  const isOn = state.value !== 0;
  return (
    <section class="card switch" data-switch={name}>
      <div class="switch-head">
        <h2>{t(`switch.${name}`)}</h2>
        <Badge tone={isOn ? "bad" : "plain"}>{shownValue(name, state.value)}</Badge>
      </div>
      <p class="faint">{t(`switch.${name}.help`)}</p>
      {isOn && (
        <p>
          {state.since_ms === null
            ? t("switch.unknown-since")
            : t("switch.since", { when: moment(state.since_ms), who: plain(state.by) })}
          {state.reason !== "" && <> · {t("switch.reason", { reason: plain(state.reason) })}</>}
        </p>
      )}
      {change !== null && (
        <div class="actions">
          <button type="button" class={isOn ? undefined : "danger quiet"} onClick={change}>
            {isOn ? t("switch.off") : t("switch.on")}
          </button>
        </div>
      )}
    </section>
  );
}

interface DialogProps {
  name: SwitchName;
  answer: SwitchesAnswer;
  onDone: () => void;
  onClose: () => void;
}

function SwitchDialog({ name, answer, onDone, onClose }: DialogProps) {
  const { value } = answer.switches[name];
  const on = value === 0;
  const [seconds, setSeconds] = useState("30");
  const [kick, setKick] = useState("no");
  const wanted = /^\d{1,4}$/.test(seconds.trim()) ? Number(seconds.trim()) : 0;
  const isWrong = name === "chat_slow" && on && (wanted < 1 || 3_600 < wanted);
  const after = !on ? 0 : name === "chat_slow" ? wanted : 1;
  const shows = name === "staff_only" || name === "accounts_closed";
  const verb = t(on ? "switch.on" : "switch.off");
  const help = (): string => {
    if (name === "chat_slow") {
      return t(on ? "switch.chat_slow.help" : "switch.chat_slow.off");
    }
    return t(on ? `switch.${name}.on` : `switch.${name}.off`);
  };
  return (
    <Deed
      title={t("switch.title", { verb, name: t(`switch.${name}`) })}
      verb={verb}
      consequence={help()}
      changes={[
        {
          what: t(`switch.${name}`),
          before: shownValue(name, value),
          after: isWrong ? "…" : shownValue(name, after),
        },
        ...(name === "staff_only" && on && kick === "yes"
          ? [{ what: t("switch.kick"), before: t("switch.kick.no"), after: t("switch.kick.yes") }]
          : []),
      ]}
      dangerous={isDangerous(DEEDS[name])}
      missing={isWrong ? t("switch.chat_slow.missing") : null}
      {...(shows && on ? { reasonHint: t("switch.reason-shown") } : {})}
      perform={(signed) => {
        switch (name) {
          case "wealth_frozen":
            return calls.switchWealth(on, signed);
          case "accounts_closed":
            return calls.switchAccounts(on, signed);
          case "chat_slow":
            return calls.switchChat(after, signed);
          case "staff_only":
            return calls.switchStaffOnly(on, on && kick === "yes", signed);
        }
      }}
      onDone={onDone}
      onClose={onClose}
    >
      {name === "chat_slow" && on ? (
        <Field
          label={t("switch.chat_slow.seconds")}
          value={seconds}
          onValue={setSeconds}
          inputmode="numeric"
          hint={t("switch.chat_slow.hint")}
          first
        />
      ) : name === "staff_only" && on ? (
        <Choice
          label={t("switch.kick")}
          value={kick}
          onValue={setKick}
          options={[
            { value: "no", label: t("switch.kick.no") },
            { value: "yes", label: t("switch.kick.yes") },
          ]}
        />
      ) : undefined}
    </Deed>
  );
}

function Frozen({ role }: { role: Role }) {
  const paging = usePaging([]);
  const asked = useAsked((signal) => calls.frozen(paging.after, signal), [paging.after]);
  const [adding, setAdding] = useState(false);
  const [lifting, setLifting] = useState<FrozenLine | null>(null);
  return (
    <section class="card">
      <div class="switch-head">
        <h2>{t("frozen.head")}</h2>
        {may(role, "freeze") && (
          <button type="button" class="danger quiet" onClick={() => setAdding(true)}>
            {t("frozen.add")}
          </button>
        )}
      </div>
      <p class="faint">{t("frozen.help")}</p>
      <Shown asked={asked}>
        {(answer) =>
          answer.rows.length === 0 ? (
            <Empty title={t("frozen.none")}>{t("frozen.none.help")}</Empty>
          ) : (
            <>
              <FrozenTable rows={answer.rows} lift={may(role, "unfreeze") ? setLifting : null} />
              <Pager paging={paging} next={answer.after} />
            </>
          )
        }
      </Shown>
      {adding && <FreezeById onDone={asked.reload} onClose={() => setAdding(false)} />}
      {lifting !== null && (
        <Unfreeze
          id={lifting.account}
          name={lifting.name}
          onDone={asked.reload}
          onClose={() => setLifting(null)}
        />
      )}
    </section>
  );
}

interface FrozenTableProps {
  rows: readonly FrozenLine[];
  lift: ((line: FrozenLine) => void) | null;
}

function FrozenTable({ rows, lift }: FrozenTableProps) {
  const heads = ["name", "id", "created", "bans.by", "reason"] as const;
  const words = heads.map((head) => ({ label: head === "created" ? t("time") : t(head) }));
  return (
    <Table caption={t("frozen.head")} heads={lift === null ? words : [...words, { label: "" }]}>
      {rows.map((line) => (
        <tr key={line.account}>
          <th scope="row">
            <a href={link(["players", line.account])}>{nameOf(line.name)}</a>
          </th>
          <td class="mono">{line.account}</td>
          <td>{moment(line.since_ms)}</td>
          <td>{plain(line.staff)}</td>
          <td class="cut-wide">{plain(line.reason)}</td>
          {lift !== null && (
            <td>
              <div class="actions">
                <button type="button" onClick={() => lift(line)}>
                  {t("frozen.lift")}
                </button>
              </div>
            </td>
          )}
        </tr>
      ))}
    </Table>
  );
}
