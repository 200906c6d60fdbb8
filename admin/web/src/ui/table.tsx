// Tables that say so when they are empty, and turning their pages.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../text/language";
import { Empty } from "./problem";

export interface ColumnHead {
  label: string;
  number?: boolean;
}

interface TableProps {
  caption: string;
  heads: readonly ColumnHead[];
  children: ComponentChildren;
}

export function Table({ caption, heads, children }: TableProps) {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th scope="col" key={head.label} class={head.number === true ? "number" : undefined}>
                {head.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** Pages of a list that only knows where the next one begins. */
export interface Paging {
  after: string;
  number: number;
  forward: (after: string) => void;
  back: () => void;
}

export function usePaging(resetBy: readonly unknown[]): Paging {
  const [starts, setStarts] = useState<readonly string[]>([""]);
  useEffect(() => setStarts([""]), resetBy);
  return {
    after: starts.at(-1) ?? "",
    number: starts.length,
    forward: (after) => setStarts([...starts, after]),
    back: () => setStarts(1 < starts.length ? starts.slice(0, -1) : starts),
  };
}

export function Pager({ paging, next }: { paging: Paging; next: string | null }) {
  if (paging.number === 1 && next === null) {
    return null;
  }
  return (
    <nav class="pager" aria-label={t("pager")}>
      <button type="button" disabled={paging.number === 1} onClick={paging.back}>
        {t("pager.back")}
      </button>
      <span>{t("pager.page", { n: paging.number })}</span>
      <button type="button" disabled={next === null} onClick={() => next !== null && paging.forward(next)}>
        {t("pager.next")}
      </button>
    </nav>
  );
}

interface FoundProps {
  count: number;
  next: string | null;
  none: string;
  children: ComponentChildren;
}

/** Rows that are looked for among everybody's: a page without any may not be the last. */
export function Found({ count, next, none, children }: FoundProps) {
  if (0 < count) {
    return <>{children}</>;
  }
  return next === null ? (
    <Empty title={none} />
  ) : (
    <Empty title={t("found.none")}>{t("found.none.help")}</Empty>
  );
}

/** Names and what they are, in a list. */
export function Facts({ facts }: { facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
