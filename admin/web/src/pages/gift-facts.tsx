// What a gift or a letter would be: all of it, as it would be given or sent, for whoever sends it and whoever agrees to it.

import type { ComponentChildren } from "preact";
import * as calls from "../api/mailing";
import type { Letter, Meant, Thing, Whom } from "../api/mailing";
import type { Gift, ItemKind, MailingGift, PendingGift, Things } from "../api/players";
import type { Character, Player } from "../api/types";
import { kindName, thingText } from "../data/kinds";
import { useAsked } from "../data/polled";
import { link } from "../state/route";
import { moment, numberOf, whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import type { Change } from "../ui/deed";
import { wordsFor } from "../ui/problem";
import { Facts } from "../ui/table";
import { nameOf } from "./players";

type Fact = readonly [string, ComponentChildren];
type Kinds = readonly ItemKind[];

/** What lies in a letter, in one line. */
export function inside(letter: { gold: number; things: readonly Thing[] }, kinds: Kinds): string {
  const things = letter.things.map((thing) => thingText(kinds, thing));
  const all = [...(letter.gold === 0 ? [] : [`${t("gold")} ${whole(letter.gold)}`]), ...things];
  return all.length === 0 ? "–" : all.join(", ");
}

export function whomText(whom: Meant): string {
  if (whom.ids.length !== 0) {
    return whom.ids.length === 1 ? (whom.ids[0] ?? "") : `${t("mailing.whom.list")}: ${whole(whom.ids.length)}`;
  }
  const limits = [
    whom.created_from_ms === 0 ? "" : `${t("mailing.created-from")} ${moment(whom.created_from_ms)}`,
    whom.created_to_ms === 0 ? "" : `${t("mailing.created-to")} ${moment(whom.created_to_ms)}`,
    whom.level_min === 0 ? "" : `${t("mailing.level-min")} ${numberOf(whom.level_min)}`,
    whom.level_max === 0 ? "" : `${t("mailing.level-max")} ${numberOf(whom.level_max)}`,
  ].filter((one) => one !== "");
  return [t(whom.online ? "mailing.whom.online" : "mailing.whom.all"), ...limits].join(", ");
}

/** As it was asked for: a list as it was typed. */
function wishText({ list, ...limits }: Whom): string {
  if (list !== undefined) {
    return `${t("mailing.whom.list")}: ${plain(list)}`;
  }
  const any = { ids: [], online: false, created_from_ms: 0, created_to_ms: 0, level_min: 0, level_max: 0 };
  return whomText({ ...any, ...limits });
}

function factsOf(letter: Letter, kinds: Kinds): Fact[] {
  return [
    [t("mailing.subject"), plain(letter.subject)],
    [t("mailing.text"), <span class="as-written">{plain(letter.text)}</span>],
    [t("mailing.inside"), inside(letter, kinds)],
  ];
}

/** A letter that is about to be sent: to whom, and all that they would read. */
export function LetterFacts({ letter, whom, kinds }: { letter: Letter; whom: Whom | null; kinds: Kinds }) {
  const to: Fact[] = whom === null ? [] : [[t("mailing.whom"), wishText(whom)]];
  return <Facts facts={[...to, ...factsOf(letter, kinds)]} />;
}

/** What comes into the world, by what is said for each of the letters' numbers. */
function intoTheWorld(letter: Letter, kinds: Kinds, count: (each: number) => string): Change[] {
  const none = whole(0);
  return [
    { what: t("mailing.letters"), before: none, after: count(1) },
    { what: t("mailing.gold-all"), before: none, after: count(letter.gold) },
    ...letter.things.map(({ kind, quantity }) => ({
      what: t("mailing.things-all", { kind: kindName(kinds, kind) }),
      before: none,
      after: count(quantity),
    })),
  ];
}

/** What is in each letter to those who were counted, altogether; and at most: while it is sent some more may come. */
export function changesOfSending(letter: Letter, whom: Whom, meant: number, kinds: Kinds): Change[] {
  const isGift = letter.gold !== 0 || letter.things.length !== 0;
  // As the server reckons: one in twenty more, and nobody joins a list.
  const most = whom.list === undefined && isGift ? meant + Math.ceil(meant / 20) : meant;
  const count = (each: number): string => {
    const [n, max] = [whole(each * meant), whole(each * most)];
    return n === max ? n : t("mailing.about", { n, most: max });
  };
  return intoTheWorld(letter, kinds, count);
}

/** What comes into the world, at most. */
function changesOfMailing(gift: MailingGift, kinds: Kinds): Change[] {
  return intoTheWorld(gift, kinds, (each) => t("mailing.most", { n: whole(each * gift.letters_max) }));
}

/** A gift in one line. */
export function lineOf(gift: Gift, kinds: Kinds): string {
  switch (gift.what) {
    case "gold":
      return t("gifts.gold", { n: whole(gift.amount) });
    case "things":
      return thingText(kinds, gift.things);
    case "mailing": {
      const words = t("gifts.mailing", { subject: plain(gift.subject), n: whole(gift.receivers) });
      return `${words}, ${inside(gift, kinds)}`;
    }
    case "letter": {
      const gold = numberOf(gift.gold) ?? 0;
      const words = t("gifts.letter", { subject: plain(gift.subject) });
      return gold === 0 && gift.things.length === 0 ? words : `${words}, ${inside({ ...gift, gold }, kinds)}`;
    }
  }
}

function asked(pending: PendingGift): Fact[] {
  const tried = pending.tried_by;
  return [
    [t("gifts.by"), pending.by],
    [t("reason"), plain(pending.reason)],
    ...(tried ? [[t("state"), t("gifts.tried", { name: tried })] as const] : []),
  ];
}

interface FactsProps<G> {
  pending: PendingGift;
  gift: G;
  kinds: Kinds;
}

/** Who asked, why, what they would read, and how many are meant by now. */
export function MailingFacts({ pending, gift, kinds }: FactsProps<MailingGift>) {
  const now = useAsked((signal) => calls.counted(calls.whomOf(gift.whom), () => undefined, signal), [pending.id]);
  const { data, error } = now;
  const meant = data === null ? (error === null ? t("mailing.recount") : wordsFor(error)) : whole(data.meant);
  return (
    <Facts
      facts={[
        ...asked(pending),
        [t("mailing.whom"), whomText(gift.whom)],
        [t("mailing.receivers"), whole(gift.receivers)],
        [t("mailing.receivers-now"), meant],
        ...factsOf(gift, kinds),
      ]}
    />
  );
}

/** The gifts that one player gets. */
export type GiftToOne = Exclude<Gift, MailingGift>;

function characterOf(gift: GiftToOne, player: Player | null): Character | undefined {
  const id = gift.what === "gold" ? "" : String(gift.character);
  return player?.characters.find((one) => one.id === id);
}

/** Who asked, why, who would get it, and what they would read; of whom nothing is known yet, the number. */
export function GiftFacts(props: FactsProps<GiftToOne> & { player: Player | null }) {
  const { pending, gift, kinds, player } = props;
  const { account } = pending;
  const character = characterOf(gift, player);
  const id = gift.what === "gold" ? "" : String(gift.character);
  const who = player === null ? account : `${nameOf(player.name)} (${account})`;
  const letter: Fact[] =
    gift.what === "letter" ? factsOf({ ...gift, gold: numberOf(gift.gold) ?? 0 }, kinds) : [];
  return (
    <Facts
      facts={[
        ...asked(pending),
        [t("gifts.to"), <a href={link(["players", account])}>{who}</a>],
        ...(gift.what === "gold"
          ? []
          : [[t("deed.character"), character === undefined ? id : `${plain(character.name)} (${id})`] as const]),
        ...letter,
      ]}
    />
  );
}

function has(character: Character | undefined, kind: number): number {
  const items = (character?.items ?? []).filter((item) => item.kind === kind);
  return items.reduce((all, item) => all + (numberOf(item.quantity) ?? 0), 0);
}

/** The wallet or the bag before and after it, or what a letter brings; nothing while nobody knows what is there now. */
export function changesOfGift(gift: Gift, player: Player | null, kinds: Kinds): Change[] {
  if (gift.what === "mailing") {
    return changesOfMailing(gift, kinds);
  }
  if (player === null) {
    return [];
  }
  const character = characterOf(gift, player);
  const more = ({ kind, quantity }: Things, now: number): Change => ({
    what: kindName(kinds, kind),
    before: whole(now),
    after: whole(now + quantity),
  });
  switch (gift.what) {
    case "gold": {
      const gold = numberOf(player.wallet?.gold) ?? 0;
      return [{ what: t("gold"), before: whole(gold), after: whole(gold + (numberOf(gift.amount) ?? 0)) }];
    }
    case "things":
      return [more(gift.things, has(character, gift.things.kind))];
    case "letter":
      return [
        { what: t("mailing.letters"), before: whole(0), after: whole(1) },
        { what: t("gifts.gold-inside"), before: whole(0), after: whole(gift.gold) },
        ...gift.things.map((things) => more(things, 0)),
      ];
  }
}
