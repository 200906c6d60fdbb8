// What every process goes by: each setting with its value, where that comes from, and whether it can be changed while the
// process runs. What is written about a setting is the manual's, translated where the page is, and text like everything else.

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import * as calls from "../api/config";
import type { ConfigAnswer, Held, Outcome, Setting } from "../api/config";
import { isDangerous, may } from "../api/roles";
import type { Role } from "../api/types";
import { useAsked } from "../data/polled";
import { t, tSaid } from "../text/language";
import { plain } from "../text/plain";
import { Badge } from "../ui/badge";
import { Deed } from "../ui/deed";
import { Choice, Field } from "../ui/field";
import { Empty, Shown } from "../ui/problem";
import { Table } from "../ui/table";

/** A file may be edited and read again, or another console be used. */
const EVERY_MS = 5_000;
const WHICH = ["all", "changed", "live", "waiting"] as const;
type Which = (typeof WHICH)[number];

interface Wish {
  what: "set" | "unset";
  setting: Setting;
}

export function Config({ role }: { role: Role }) {
  const asked = useAsked((signal) => calls.config(signal), [], EVERY_MS);
  const [text, setText] = useState("");
  const [which, setWhich] = useState<Which>("all");
  const [wish, setWish] = useState<Wish | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const dialog = { onOutcome: setOutcome, onDone: asked.reload, onClose: () => setWish(null) };
  const change = may(role, "config.set") ? setWish : null;
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.config")}</h1>
        <button type="button" onClick={asked.reload}>
          {t("reload")}
        </button>
      </header>
      <section class="card">
        <p class="faint">{t("config.help")}</p>
        <div class="search-line">
          <Field
            label={t("config.search")}
            type="search"
            value={text}
            onValue={setText}
            required={false}
          />
          <Choice
            label={t("config.which")}
            value={which}
            onValue={(value) => setWhich(WHICH.find((one) => one === value) ?? "all")}
            options={WHICH.map((one) => ({ value: one, label: t(`config.which.${one}`) }))}
          />
        </div>
      </section>
      <Shown asked={asked}>
        {(answer) => (
          <>
            {outcome !== null && <Told outcome={outcome} onClose={() => setOutcome(null)} />}
            <Waiting answer={answer} />
            <Sections
              settings={answer.settings.filter((one) => fits(one, text, which))}
              kept={answer.kept}
              change={change}
            />
            <p class="faint">
              {answer.processes.join(", ")}. {t("config.away")}
            </p>
          </>
        )}
      </Shown>
      {wish?.what === "set" && <Change setting={wish.setting} {...dialog} />}
      {wish?.what === "unset" && <TakeBack setting={wish.setting} {...dialog} />}
    </>
  );
}

/** What it is: as whoever has it says, or in the page's language. A process of another version may have further ones. */
function aboutOf({ key, about }: Setting): string {
  return tSaid(`setting.${key}`, plain(about));
}

function fits(setting: Setting, text: string, which: Which): boolean {
  const held = setting.held.map(({ value, place }) => `${value} ${place}`).join(" ");
  const all = `${setting.key} ${setting.about} ${aboutOf(setting)} ${held}`.toLowerCase();
  const isFound = text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
  switch (which) {
    case "all":
      return isFound;
    case "changed":
      return isFound && setting.held.some(({ value }) => value !== setting.default);
    case "live":
      return isFound && setting.live;
    case "waiting":
      return isFound && setting.held.some(({ waiting }) => waiting !== null);
  }
}

/** Not in force everywhere just now. */
function isPartly({ processes }: Outcome): boolean {
  return processes.some(({ state }) => state !== "in_force");
}

/** What of the last change is not in force yet, and what else is since. */
function Told({ outcome, onClose }: { outcome: Outcome; onClose: () => void }) {
  const { processes, others } = outcome;
  if (!isPartly(outcome) && others.length === 0) {
    return null;
  }
  const { key } = outcome.setting;
  return (
    <div class="note note-warn" role="status" data-outcome>
      <div>
        {isPartly(outcome) && <strong>{t("config.partly", { key })}</strong>}
        <ul>
          {processes.map(({ name, state }) => (
            <li key={name}>{t(`config.reached.${state}`, { name })}</li>
          ))}
          {others.map((one) => (
            <li key={`${one.process} ${one.key}`}>
              {t("config.others.one", {
                key: one.key,
                process: one.process,
                before: plain(one.before ?? "?"),
                after: plain(one.after),
              })}
            </li>
          ))}
        </ul>
        <button type="button" onClick={onClose}>
          {t("config.outcome.close")}
        </button>
      </div>
    </div>
  );
}

/** What is in a file by now, and not in force. */
function Waiting({ answer }: { answer: ConfigAnswer }) {
  const waiting = answer.settings.flatMap(({ key, held }) =>
    held.flatMap((one) => (one.waiting === null ? [] : [{ key, held: one, next: one.waiting }])),
  );
  if (waiting.length === 0) {
    return null;
  }
  return (
    <div class="note note-warn" data-waiting>
      <div>
        <strong>{t("config.waits")}</strong>
        <ul>
          {waiting.map(({ key, held, next }) => (
            <li key={`${key} ${held.processes.join(" ")}`}>
              {t("config.waits.one", {
                key,
                processes: held.processes.join(", "),
                before: plain(held.value),
                after: plain(next.value),
                place: plain(placeOf(next)),
              })}
            </li>
          ))}
        </ul>
        {t("config.waits.help")}
      </div>
    </div>
  );
}

function placeOf({ origin, place }: calls.Said): string {
  return place === "" ? t(`config.origin.${origin}`) : place;
}

type OnWish = ((wish: Wish) => void) | null;

interface SectionsProps {
  settings: readonly Setting[];
  /** The keys that the console has set. */
  kept: readonly string[];
  change: OnWish;
}

function Sections({ settings, kept, change }: SectionsProps) {
  if (settings.length === 0) {
    return <Empty title={t("config.none")}>{t("config.none.help")}</Empty>;
  }
  const sectionOf = ({ key }: Setting): string => key.split(".", 1)[0] ?? "";
  const sections = [...new Set(settings.map(sectionOf))];
  const heads = ["config.setting", "config.value", "config.default", "config.origin", "config.takes"] as const;
  const words = heads.map((head) => ({ label: t(head) }));
  return (
    <>
      {sections.map((section) => (
        <section class="card" key={section}>
          <h2 class="mono">[{section}]</h2>
          <Table caption={section} heads={change === null ? words : [...words, { label: "" }]}>
            {settings
              .filter((setting) => sectionOf(setting) === section)
              .map((setting) => (
                <Line key={setting.key} setting={setting} isKept={kept.includes(setting.key)} change={change} />
              ))}
          </Table>
        </section>
      ))}
    </>
  );
}

function Line({ setting, isKept, change }: { setting: Setting; isKept: boolean; change: OnWish }) {
  const { key, held } = setting;
  const [, name] = key.split(/\.(.*)/s, 2);
  const isChanged = held.some(({ value }) => value !== setting.default);
  return (
    <tr data-setting={key}>
      <th scope="row" class="setting">
        <span class="mono">{name}</span>
        <p class="faint">{aboutOf(setting)}</p>
      </th>
      <td class={isChanged ? "change changed" : "change"}>
        <Each held={held} show={(one) => plain(one.value)} />
      </td>
      <td class="change">{plain(setting.default)}</td>
      <td>
        <Each
          held={held}
          show={(one) => (
            <>
              {t(`config.origin.${one.origin}`)}
              {one.place !== "" && <small class="faint mono"> {plain(one.place)}</small>}
            </>
          )}
        />
      </td>
      <td>
        <Badge tone={setting.live ? "good" : "plain"}>
          {t(setting.live ? "config.live" : "config.restart")}
        </Badge>
      </td>
      {change !== null && (
        <td>
          <Buttons setting={setting} isKept={isKept} change={change} />
        </td>
      )}
    </tr>
  );
}

/** Said once where all agree, else of each. */
function Each({ held, show }: { held: readonly Held[]; show: (one: Held) => ComponentChildren }) {
  return (
    <>
      {held.map((one) => (
        <div key={one.processes.join(" ")}>
          {show(one)}
          {1 < held.length && <small class="faint"> {t("config.of", { processes: one.processes.join(", ") })}</small>}
        </div>
      ))}
    </>
  );
}

interface ButtonsProps {
  setting: Setting;
  isKept: boolean;
  change: (wish: Wish) => void;
}

function Buttons({ setting, isKept, change }: ButtonsProps) {
  const isStronger = setting.held.some(({ origin }) => origin === "environment" || origin === "argument");
  return (
    <div class="actions">
      {setting.live && isStronger && <small class="faint">{t("config.stronger")}</small>}
      {setting.live && !isStronger && (
        <button
          type="button"
          aria-label={`${t("config.change")} ${setting.key}`}
          onClick={() => change({ what: "set", setting })}
        >
          {t("config.change")}
        </button>
      )}
      {isKept && (
        <button
          type="button"
          aria-label={`${t("config.unset")} ${setting.key}`}
          onClick={() => change({ what: "unset", setting })}
        >
          {t("config.unset")}
        </button>
      )}
    </div>
  );
}

interface DialogProps {
  setting: Setting;
  onOutcome: (outcome: Outcome) => void;
  onDone: () => void;
  onClose: () => void;
}

/** As people write it: text without its quotes. */
function written(value: string): string {
  const inside = /^"([^"\\]*)"$/.exec(value);
  return inside?.[1] ?? value;
}

/** Hands on what has become of it; “done” is said where it is. */
function useOutcome(key: string, onOutcome: (outcome: Outcome) => void) {
  const last = useRef<Outcome | null>(null);
  const keep = (outcome: Outcome): void => {
    last.current = outcome;
    onOutcome(outcome);
  };
  const words = (): string =>
    t(last.current !== null && isPartly(last.current) ? "config.partly" : "config.done", { key });
  return { keep, words };
}

function Change({ setting, onOutcome, onDone, onClose }: DialogProps) {
  const { key, held } = setting;
  const { keep, words } = useOutcome(key, onOutcome);
  const now = written(held[0]?.value ?? "");
  const [value, setValue] = useState(now);
  const isSame = value.trim() === "" || held.every((one) => written(one.value) === value.trim());
  return (
    <Deed
      title={t("deed.title", { deed: t("config.change"), who: key })}
      verb={t("config.change")}
      consequence={t("config.change.help")}
      changes={held.map((one) => ({
        what: held.length === 1 ? key : `${key} · ${one.processes.join(", ")}`,
        before: plain(written(one.value)),
        after: isSame ? "…" : value.trim(),
      }))}
      dangerous={isDangerous("config.set")}
      missing={isSame ? t("config.new-value.missing") : null}
      perform={(signed) => calls.setSetting(key, value.trim(), signed).then(keep)}
      doneWords={words}
      onDone={onDone}
      onClose={onClose}
    >
      <Field label={t("config.new-value")} value={value} onValue={setValue} hint={aboutOf(setting)} mono first />
    </Deed>
  );
}

function TakeBack({ setting, onOutcome, onDone, onClose }: DialogProps) {
  const { key, held } = setting;
  const { keep, words } = useOutcome(key, onOutcome);
  return (
    <Deed
      title={t("deed.title", { deed: t("config.unset"), who: key })}
      verb={t("config.unset")}
      consequence={t("config.unset.help")}
      changes={held.map((one) => ({
        what: held.length === 1 ? key : `${key} · ${one.processes.join(", ")}`,
        before: plain(one.value),
        after: t("config.unset.after", { value: plain(setting.default) }),
      }))}
      dangerous={isDangerous("config.unset")}
      perform={(signed) => calls.unsetSetting(key, signed).then(keep)}
      doneWords={words}
      onDone={onDone}
      onClose={onClose}
    />
  );
}
