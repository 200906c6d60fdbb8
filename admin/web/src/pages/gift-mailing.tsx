// A letter to many that waits for a second member of the staff: all of it, as it would be sent.

import * as calls from "../api/mailing";
import type { ItemKind, MailingGift, PendingGift } from "../api/players";
import { kindName, useKinds } from "../data/kinds";
import { useAsked } from "../data/polled";
import { whole } from "../text/format";
import { t } from "../text/language";
import { plain } from "../text/plain";
import type { Change } from "../ui/deed";
import { wordsFor } from "../ui/problem";
import { Facts } from "../ui/table";
import { inside, whomText } from "./mailing";

/** What comes into the world, at most. */
export function changesOf({ gold, things, letters_max }: MailingGift, kinds: readonly ItemKind[]): Change[] {
  const none = whole(0);
  return [
    { what: t("mailing.letters"), before: none, after: t("mailing.most", { n: whole(letters_max) }) },
    { what: t("mailing.gold-all"), before: none, after: t("mailing.most", { n: whole(gold * letters_max) }) },
    ...things.map(({ kind, quantity }) => ({
      what: t("mailing.things-all", { kind: kindName(kinds, kind) }),
      before: none,
      after: t("mailing.most", { n: whole(quantity * letters_max) }),
    })),
  ];
}

/** In one line. */
export function lineOf(gift: MailingGift, kinds: readonly ItemKind[]): string {
  const { subject, receivers } = gift;
  return `${t("gifts.mailing", { subject: plain(subject), n: whole(receivers) })}, ${inside(gift, kinds)}`;
}

/** Who asked, why, what they would read, and how many are meant by now. */
export function MailingFacts({ pending, gift }: { pending: PendingGift; gift: MailingGift }) {
  const kinds = useKinds();
  const now = useAsked((signal) => calls.counted(calls.whomOf(gift.whom), () => undefined, signal), [pending.id]);
  const { data, error } = now;
  const meant = data === null ? (error === null ? t("mailing.recount") : wordsFor(error)) : whole(data.meant);
  return (
    <Facts
      facts={[
        [t("gifts.by"), pending.by],
        [t("reason"), plain(pending.reason)],
        [t("mailing.whom"), whomText(gift.whom)],
        [t("mailing.receivers"), whole(gift.receivers)],
        [t("mailing.receivers-now"), meant],
        [t("mailing.inside"), inside(gift, kinds)],
        [t("mailing.subject"), plain(gift.subject)],
        [t("mailing.text"), plain(gift.text)],
      ]}
    />
  );
}
