// What waits for a second member of the staff: more than one may give away alone.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { player } from "../api/calls";
import * as calls from "../api/players";
import { isDangerous } from "../api/roles";
import type { Player } from "../api/types";
import { useKinds } from "../data/kinds";
import { useAsked } from "../data/polled";
import { link } from "../state/route";
import { moment, whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import { Deed } from "../ui/deed";
import { Empty, Shown, wordsFor } from "../ui/problem";
import { Table } from "../ui/table";
import { changesOfGift, GiftFacts, type GiftToOne, lineOf, MailingFacts } from "./gift-facts";

const ASKED_EVERY_MS = 5_000;

interface Chosen {
  gift: calls.PendingGift;
  deed: "approve" | "decline";
}

export function Gifts() {
  const asked = useAsked((signal) => calls.gifts(signal), [], ASKED_EVERY_MS);
  const [decision, setDecision] = useState<Chosen | null>(null);
  const kinds = useKinds();
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
              <List gifts={gifts} kinds={kinds} decide={setDecision} />
            )
          }
        </Shown>
      </section>
      {decision !== null && (
        <Decide decision={decision} kinds={kinds} onDone={asked.reload} onClose={() => setDecision(null)} />
      )}
    </>
  );
}

interface DecideProps {
  decision: Chosen;
  kinds: readonly calls.ItemKind[];
  onDone: () => void;
  onClose: () => void;
}

function Decide(props: DecideProps) {
  const { gift: pending } = props.decision;
  const { gift } = pending;
  return gift.what === "mailing" ? (
    <Decision {...props} about={<MailingFacts pending={pending} gift={gift} kinds={props.kinds} />} player={null} />
  ) : (
    <DecideOnOne {...props} gift={gift} />
  );
}

/** Looks first what the player has: it is agreed to what is shown. */
function DecideOnOne({ gift, ...props }: DecideProps & { gift: GiftToOne }) {
  const { gift: pending, deed } = props.decision;
  const asked = useAsked((signal) => player(pending.account, signal), [pending.id], ASKED_EVERY_MS);
  const why = asked.data === null && asked.error !== null ? wordsFor(asked.error) : null;
  // It is declined, and game is asked again what became of it, whether or not the player can be looked up.
  const isNeeded = deed === "approve" && !pending.tried_by;
  return (
    <Decision
      {...props}
      player={asked.data}
      looking={isNeeded && asked.data === null && why === null}
      missing={isNeeded ? why : null}
      about={<GiftFacts pending={pending} gift={gift} kinds={props.kinds} player={asked.data} />}
    />
  );
}

interface DecisionProps extends DecideProps {
  player: Player | null;
  looking?: boolean;
  missing?: string | null;
  about: ComponentChildren;
}

function Decision({ decision, kinds, player, looking, missing, about, onDone, onClose }: DecisionProps) {
  const { gift: pending, deed } = decision;
  const { account, by, gift } = pending;
  const isMailing = gift.what === "mailing";
  const none = { what: account, before: `${t("gifts.by")} ${by}`, after: "–" };
  return (
    <Deed
      title={t("deed.title", { deed: t(`gifts.${deed}`), who: lineOf(gift, kinds) })}
      verb={t(`gifts.${deed}`)}
      consequence={t(isMailing ? `gifts.${deed}.mailing` : `gifts.${deed}.help`)}
      changes={deed === "approve" ? changesOfGift(gift, player, kinds) : isMailing ? [] : [none]}
      dangerous={isDangerous(`gift.${deed}`)}
      looking={looking ?? false}
      missing={missing ?? null}
      perform={(signed) => calls[deed](pending.id, signed)}
      about={about}
      onDone={onDone}
      onClose={onClose}
    />
  );
}

interface ListProps {
  gifts: readonly calls.PendingGift[];
  kinds: readonly calls.ItemKind[];
  decide: (to: Chosen) => void;
}

function List({ gifts, kinds, decide }: ListProps) {
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
          <td>{lineOf(gift.gift, kinds)}</td>
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
