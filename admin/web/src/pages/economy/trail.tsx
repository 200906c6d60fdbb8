// Where a sum or an item went, as a tree in a table: each step below the one that brought it.

import { useState } from "preact/hooks";
import * as calls from "../../api/economy";
import type { TrailAnswer, TrailStep, TrailWish } from "../../api/economy";
import { useAsked } from "../../data/polled";
import { go, link, route } from "../../state/route";
import { useStore } from "../../state/store";
import { moment, whole } from "../../text/format";
import { t, tOr } from "../../text/language";
import { Choice, Field, Form } from "../../ui/field";
import { Empty, Shown } from "../../ui/problem";
import { Table } from "../../ui/table";
import { Who } from "../../ui/who";

const isNumber = (text: string): boolean => /^\d{1,19}$/.test(text);

export function Trail() {
  // What is followed is in the address: it can be sent to somebody.
  const { query } = useStore(route);
  const of = (name: string): string => query.get(name) ?? "";
  const wish: TrailWish = { account: of("account"), item: of("item"), since: of("since"), sum: of("sum") };
  const isWish = isNumber(wish.account) !== isNumber(wish.item);
  return (
    <section class="card" id="trail">
      <h2>{t("economy.trail")}</h2>
      <p class="faint">{t("economy.trail.help")}</p>
      <Ask key={JSON.stringify(wish)} wish={wish} />
      {isWish && <Followed wish={wish} />}
    </section>
  );
}

function Ask({ wish }: { wish: TrailWish }) {
  const [what, setWhat] = useState(wish.item === "" ? "gold" : "item");
  const [id, setId] = useState(wish.item === "" ? wish.account : wish.item);
  const [since, setSince] = useState(wish.since);
  const [sum, setSum] = useState(wish.sum);
  const [tried, setTried] = useState(false);
  const isGold = what === "gold";
  const problem = (text: string, mayBeEmpty: boolean): string | null =>
    isNumber(text) || (mayBeEmpty && text === "") ? null : t("economy.trail.number");
  const problems = [problem(id, false), problem(since, true), isGold ? problem(sum, true) : null] as const;
  const send = (): void => {
    setTried(true);
    if (problems.every((one) => one === null)) {
      go(["economy"], isGold ? { account: id, since, sum } : { item: id, since });
    }
  };
  return (
    <Form onSend={send}>
      <div class="field-row">
        <Choice
          label={t("economy.trail.what")}
          value={what}
          onValue={setWhat}
          options={[
            { value: "gold", label: t("economy.trail.gold") },
            { value: "item", label: t("economy.trail.item") },
          ]}
        />
        <Field
          label={t(isGold ? "economy.trail.account" : "economy.trail.item-id")}
          value={id}
          onValue={(text) => setId(text.trim())}
          inputmode="numeric"
          maxLength={19}
          mono
          problem={tried ? problems[0] : null}
        />
        <Field
          label={t("economy.trail.since")}
          value={since}
          onValue={(text) => setSince(text.trim())}
          inputmode="numeric"
          maxLength={19}
          required={false}
          mono
          hint={t("economy.trail.since.hint")}
          problem={tried ? problems[1] : null}
        />
        {isGold && (
          <Field
            label={t("economy.trail.sum")}
            value={sum}
            onValue={(text) => setSum(text.trim())}
            inputmode="numeric"
            maxLength={15}
            required={false}
            mono
            hint={t("economy.trail.sum.hint")}
            problem={tried ? problems[2] : null}
          />
        )}
        <button type="submit" class="primary">
          {t("economy.trail.send")}
        </button>
      </div>
    </Form>
  );
}

function Followed({ wish }: { wish: TrailWish }) {
  const asked = useAsked(
    (signal) => calls.trail(wish, signal),
    [wish.account, wish.item, wish.since, wish.sum],
  );
  return (
    <Shown asked={asked}>
      {(answer) =>
        answer.steps.length === 0 ? (
          <>
            <Ended answer={answer} />
            <Empty title={t("economy.trail.none")}>{t("economy.trail.none.help")}</Empty>
          </>
        ) : (
          <>
            <div class="actions">
              <span>
                {t("economy.trail.about", {
                  steps: whole(answer.steps.length),
                  looked: whole(answer.looked),
                  lsn: whole(answer.lsn),
                })}
              </span>
              <a class="button" href={calls.trailFile(wish)} download>
                {t("economy.csv")}
              </a>
            </div>
            <Ended answer={answer} />
            <Steps answer={answer} />
            <Now answer={answer} />
          </>
        )
      }
    </Shown>
  );
}

function Ended({ answer }: { answer: TrailAnswer }) {
  if (answer.ended === "whole") {
    return null;
  }
  const key = answer.ended === "time" ? "economy.trail.time" : "economy.trail.rows";
  return <p class="note note-warn">{t(key, { lsn: whole(answer.looked_to) })}</p>;
}

/** Numbers of steps as they are read: each below the one that brought it, in the order of the log. */
export function inTree(steps: readonly TrailStep[]): number[] {
  const children = new Map<number, number[]>();
  steps.forEach((step, index) => {
    const siblings = children.get(step.parent) ?? [];
    siblings.push(index + 1);
    children.set(step.parent, siblings);
  });
  const order: number[] = [];
  const open = [...(children.get(0) ?? [])].reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    order.push(next);
    open.push(...[...(children.get(next) ?? [])].reverse());
  }
  return order;
}

function Steps({ answer }: { answer: TrailAnswer }) {
  const heads = [
    { label: t("economy.trail.step") },
    { label: t("economy.trail.when") },
    { label: t("record"), number: true },
    { label: t("economy.trail.why") },
    { label: t("economy.trail.from") },
    { label: t("economy.trail.to") },
    { label: t("amount"), number: true },
    { label: t("economy.trail.traced"), number: true },
    { label: t("economy.trail.kept"), number: true },
  ];
  return (
    <Table caption={t("economy.trail")} heads={heads}>
      {inTree(answer.steps).map((number) => {
        const step = answer.steps[number - 1];
        return step === undefined ? null : (
          <tr key={number}>
            <th scope="row" class="tree">
              <span aria-hidden="true">{"│ ".repeat(Math.min(step.depth - 1, 12))}└ </span>
              {number}
              {step.parent !== 0 && (
                <span class="unseen"> {t("economy.trail.after", { n: step.parent })}</span>
              )}
            </th>
            <td>{moment(step.wall_ms)}</td>
            <td class="number">{whole(step.lsn)}</td>
            <td>
              {tOr("ledger.reason.", String(step.reason))}
              {step.item !== null && <small class="faint"> {step.item}</small>}
            </td>
            <td>
              <Who id={step.from} holders={answer.holders} />
            </td>
            <td>
              <Who id={step.to} holders={answer.holders} />
              {step.cut && <small class="faint"> {t("economy.trail.cut")}</small>}
            </td>
            <td class="number">{whole(step.amount)}</td>
            <td class="number">{whole(step.traced)}</td>
            <td class="number">{step.kept === 0 ? "" : whole(step.kept)}</td>
          </tr>
        );
      })}
    </Table>
  );
}

/** Who has how much of it still. */
function Now({ answer }: { answer: TrailAnswer }) {
  const kept = new Map<string, { sum: number; since: string }>();
  for (const step of answer.steps) {
    if (step.to !== null && 0 < step.kept) {
      const before = kept.get(step.to);
      kept.set(step.to, { sum: (before?.sum ?? 0) + step.kept, since: before?.since ?? step.lsn });
    }
  }
  const rows = [...kept].sort(([, a], [, b]) => b.sum - a.sum);
  if (rows.length === 0) {
    return null;
  }
  const heads = [{ label: t("name") }, { label: t("amount"), number: true }, { label: t("state") }];
  return (
    <>
      <h3>{t("economy.trail.now")}</h3>
      <Table caption={t("economy.trail.now")} heads={heads}>
        {rows.map(([id, { sum, since }]) => (
          <tr key={id}>
            <th scope="row">
              <Who id={id} holders={answer.holders} />
            </th>
            <td class="number">{whole(sum)}</td>
            <td>
              {answer.steps[0]?.item === null && (
                <a href={link(["economy"], { account: id, since, sum: String(sum) })}>
                  {t("economy.trail.further")}
                </a>
              )}
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}
