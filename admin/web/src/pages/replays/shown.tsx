// One step of a match: what was heard, what it changed, and the state after it.

import type { Step } from "../../api/replays";
import { t } from "../../text/language";
import { plain } from "../../text/plain";
import { Empty, Loading } from "../../ui/problem";
import { Facts, Table } from "../../ui/table";
import { Tree } from "../../ui/tree";
import { changesOf } from "./diff";

const CHANGES_MAX = 100;
const NEAR = 5;

interface ShownProps {
  known: ReadonlyMap<number, Step>;
  at: number;
  onAt: (at: number) => void;
}

export function Shown({ known, at, onAt }: ShownProps) {
  const step = known.get(at);
  const before = known.get(at - 1);
  if (step === undefined) {
    return <Loading />;
  }
  return (
    <div class="columns">
      <section class="card">
        <h2>{at === 0 ? t("replay.start") : plain(step.what ?? "")}</h2>
        <Facts
          facts={[
            [t("room.at"), t("room.seconds", { n: ((step.at_ms ?? 0) / 1_000).toFixed(3) })],
            [t("replay.hash"), <code key="hash">{step.hash ?? t("replay.breaks")}</code>],
            ...(step.deals === undefined || step.deals.length === 0
              ? []
              : [[t("replay.deals"), step.deals.map(plain).join(", ")] as const]),
          ]}
        />
        {before !== undefined && step.state !== undefined && (
          <Changes before={before.state} after={step.state} />
        )}
        <Near known={known} at={at} onAt={onAt} />
      </section>
      <section class="card">
        <h2>{t("room.state")}</h2>
        {step.state === undefined ? (
          <Empty title={t("replay.breaks")} />
        ) : (
          <Tree name={t("room.state")} value={step.state} />
        )}
      </section>
    </div>
  );
}

function Changes({ before, after }: { before: unknown; after: unknown }) {
  const changes = changesOf(before, after);
  const heads = [
    { label: t("replay.field") },
    { label: t("replay.before") },
    { label: t("replay.after") },
  ];
  return (
    <>
      <h3>{t("replay.changes")}</h3>
      {changes.length === 0 ? (
        <p class="faint">{t("replay.changes.none")}</p>
      ) : (
        <Table caption={t("replay.changes")} heads={heads}>
          {changes.slice(0, CHANGES_MAX).map((change) => (
            <tr key={change.path}>
              <th scope="row" class="mono">
                {plain(change.path)}
              </th>
              <td class="change">
                <del>{change.before === null ? t("replay.nothing") : plain(change.before)}</del>
              </td>
              <td class="change">
                <ins>{change.after === null ? t("replay.nothing") : plain(change.after)}</ins>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {CHANGES_MAX < changes.length && (
        <p class="hint">{t("replay.changes.more", { n: changes.length - CHANGES_MAX })}</p>
      )}
    </>
  );
}

/** The inputs around it, to go to. */
function Near({ known, at, onAt }: ShownProps) {
  const near = Array.from({ length: 2 * NEAR + 1 }, (_, index) => at - NEAR + index);
  const there = near.flatMap((n) => {
    const step = known.get(n);
    return step === undefined ? [] : [step];
  });
  return (
    <>
      <h3>{t("replay.near")}</h3>
      <ol class="replay-near">
        {there.map((step) => (
          <li key={step.n}>
            <button
              type="button"
              class="plain"
              aria-current={step.n === at ? "step" : undefined}
              onClick={() => onAt(step.n)}
            >
              <span class="mono">{step.n}</span> {step.n === 0 ? t("replay.start") : plain(step.what ?? "")}
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}
