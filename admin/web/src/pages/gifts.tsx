// What waits for a second member of the staff: more than one may give away alone.

import { useState } from "preact/hooks";
import * as calls from "../api/players";
import { isDangerous } from "../api/roles";
import { thingText, useKinds } from "../data/kinds";
import { useAsked } from "../data/polled";
import { link } from "../state/route";
import { moment, whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Deed } from "../ui/deed";
import { Empty, Shown } from "../ui/problem";
import { Table } from "../ui/table";
import { changesOf, lineOf, MailingFacts } from "./gift-mailing";

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
        <Decide decision={decision} onDone={asked.reload} onClose={() => setDecision(null)} />
      )}
    </>
  );
}

function Decide(props: { decision: Decision; onDone: () => void; onClose: () => void }) {
  const { gift: pending, deed } = props.decision;
  const kinds = useKinds();
  const { account, by, gift } = pending;
  const isMailing = gift.what === "mailing";
  const none = { what: account, before: t("gifts.by") + " " + by, after: "–" };
  const approved = isMailing ? changesOf(gift, kinds) : [{ ...none, after: giftOf(gift, kinds) }];
  return (
    <Deed
      title={t("deed.title", { deed: t(`gifts.${deed}`), who: giftOf(gift, kinds) })}
      verb={t(`gifts.${deed}`)}
      consequence={t(isMailing ? `gifts.${deed}.mailing` : `gifts.${deed}.help`)}
      changes={deed === "approve" ? approved : isMailing ? [] : [none]}
      dangerous={isDangerous(`gift.${deed}`)}
      perform={(signed) => calls[deed](pending.id, signed)}
      about={isMailing ? <MailingFacts pending={pending} gift={gift} /> : null}
      onDone={props.onDone}
      onClose={props.onClose}
    />
  );
}

function List({ gifts, decide }: { gifts: readonly calls.PendingGift[]; decide: (to: Decision) => void }) {
  const kinds = useKinds();
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
            {gift.gift.what === "mailing" ? (
              t("gifts.many")
            ) : (
              <a href={link(["players", gift.account])}>{gift.account}</a>
            )}
          </td>
          <td>{giftOf(gift.gift, kinds)}</td>
          <td class="cut-wide">{plain(gift.reason)}</td>
          <td>
            <div class="actions">
              {gift.tried_by && <span class="faint">{t("gifts.tried", { name: gift.tried_by })}</span>}
              {gift.own ? (
                <span class="faint">{t("gifts.own")}</span>
              ) : (
                <button type="button" onClick={() => decide({ gift, deed: "approve" })}>
                  {t("gifts.approve")}
                </button>
              )}
              {!gift.tried_by && (
                <button type="button" class="danger quiet" onClick={() => decide({ gift, deed: "decline" })}>
                  {t("gifts.decline")}
                </button>
              )}
            </div>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function giftOf(gift: calls.Gift, kinds: readonly calls.ItemKind[]): string {
  const things = (all: readonly calls.Things[]): string[] =>
    all.map((thing) => thingText(kinds, thing));
  switch (gift.what) {
    case "gold":
      return t("gifts.gold", { n: whole(gift.amount) });
    case "things":
      return things([gift.things]).join(", ");
    case "mailing":
      return lineOf(gift, kinds);
    case "letter": {
      const gold = Number(gift.gold) === 0 ? [] : [t("gifts.gold", { n: whole(gift.gold) })];
      return [t("gifts.letter", { subject: plain(gift.subject) }), ...gold, ...things(gift.things)].join(", ");
    }
  }
}
