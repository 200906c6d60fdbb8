// What waits for a second member of the staff: more than one may give away alone.

import { useState } from "preact/hooks";
import * as calls from "../api/players";
import { isDangerous } from "../api/roles";
import { useAsked } from "../data/polled";
import { link } from "../state/route";
import { moment, whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Deed } from "../ui/deed";
import { Empty, Shown } from "../ui/problem";
import { Table } from "../ui/table";

const ASKED_EVERY_MS = 5_000;

interface Decision {
  gift: calls.PendingGift;
  deed: "approve" | "decline";
}

export function Gifts() {
  const asked = useAsked((signal) => calls.gifts(signal), [], ASKED_EVERY_MS);
  const [decision, setDecision] = useState<Decision | null>(null);
  return (
    <>
      <header class="page-head">
        <h1>{t("nav.gifts")}</h1>
      </header>
      <section class="card">
        <Shown asked={asked}>
          {({ gifts, alone }) =>
            gifts.length === 0 ? (
              <Empty title={t("gifts.none")}>
                {t("gifts.none.help", { gold: whole(alone.gold), things: whole(alone.things) })}
              </Empty>
            ) : (
              <List gifts={gifts} decide={setDecision} />
            )
          }
        </Shown>
      </section>
      {decision !== null && (
        <Deed
          title={t("deed.title", { deed: t(`gifts.${decision.deed}`), who: giftOf(decision.gift.gift) })}
          verb={t(`gifts.${decision.deed}`)}
          consequence={t(`gifts.${decision.deed}.help`)}
          changes={[
            {
              what: decision.gift.account,
              before: t("gifts.by") + " " + decision.gift.by,
              after: decision.deed === "approve" ? giftOf(decision.gift.gift) : "–",
            },
          ]}
          dangerous={isDangerous(`gift.${decision.deed}`)}
          perform={(signed) => calls[decision.deed](decision.gift.id, signed)}
          onDone={asked.reload}
          onClose={() => setDecision(null)}
        />
      )}
    </>
  );
}

function List({ gifts, decide }: { gifts: readonly calls.PendingGift[]; decide: (to: Decision) => void }) {
  const heads = [
    { label: t("time") },
    { label: t("gifts.by") },
    { label: t("id") },
    { label: t("gifts.what") },
    { label: t("reason") },
    { label: "" },
  ];
  return (
    <Table caption={t("nav.gifts")} heads={heads}>
      {gifts.map((gift) => (
        <tr key={gift.id}>
          <td>{moment(gift.at_ms)}</td>
          <td>{gift.by}</td>
          <td class="mono">
            <a href={link(["players", gift.account])}>{gift.account}</a>
          </td>
          <td>{giftOf(gift.gift)}</td>
          <td class="cut-wide">{plain(gift.reason)}</td>
          <td>
            <div class="actions">
              {gift.own ? (
                <span class="faint">{t("gifts.own")}</span>
              ) : (
                <button type="button" onClick={() => decide({ gift, deed: "approve" })}>
                  {t("gifts.approve")}
                </button>
              )}
              <button type="button" class="danger quiet" onClick={() => decide({ gift, deed: "decline" })}>
                {t("gifts.decline")}
              </button>
            </div>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function giftOf(gift: calls.Gift): string {
  const things = (all: readonly calls.Things[]): string[] =>
    all.map(({ kind, quantity }) => t("gifts.things", { n: whole(quantity), kind: String(kind) }));
  switch (gift.what) {
    case "gold":
      return t("gifts.gold", { n: whole(gift.amount) });
    case "things":
      return things([gift.things]).join(", ");
    case "letter": {
      const gold = Number(gift.gold) === 0 ? [] : [t("gifts.gold", { n: whole(gift.gold) })];
      return [t("gifts.letter", { subject: plain(gift.subject) }), ...gold, ...things(gift.things)].join(", ");
    }
  }
}
