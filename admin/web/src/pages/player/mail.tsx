// The letters in a player's mailboxes, the newest first, with what lies in them.

import type { Character, Letter } from "../../api/types";
import type { ItemKind } from "../../api/players";
import { thingText, useKinds } from "../../data/kinds";
import { moment, numberOf, whole } from "../../text/format";
import { t } from "../../text/language";
import { plain } from "../../text/plain";
import { Badge } from "../../ui/badge";
import { Empty } from "../../ui/problem";

interface MailProps {
  characters: readonly Character[];
  /** What letters say is not for this role. */
  hidden: boolean;
}

export function Mail({ characters, hidden }: MailProps) {
  const kinds = useKinds();
  const letters = characters.flatMap((character) =>
    character.mail.map((letter) => ({ letter, to: character.name })),
  );
  if (letters.length === 0) {
    return (
      <section class="card">
        <Empty title={t("mail.none")} />
      </section>
    );
  }
  letters.sort((a, b) => (numberOf(b.letter.sent_ms) ?? 0) - (numberOf(a.letter.sent_ms) ?? 0));
  return (
    <section class="card">
      {letters.map(({ letter, to }) => (
        <details class="letter" key={letter.id}>
          <summary>
            <span class="letter-from">{senderOf(letter)}</span>
            <span class="letter-subject">
              {hidden ? <span class="faint">{t("mail.hidden")}</span> : plain(letter.subject ?? "")}
            </span>
            {Number(letter.read) === 0 && <Badge tone="info">{t("mail.unread")}</Badge>}
            {0 < (numberOf(letter.gold) ?? 0) && (
              <Badge tone="plain">{t("mail.gold", { n: whole(letter.gold) })}</Badge>
            )}
            <Things letter={letter} kinds={kinds} />
            <time>{moment(letter.sent_ms)}</time>
          </summary>
          <p class="faint">{t("mail.to", { name: plain(to) })}</p>
          {!hidden && <p class="letter-text">{plain(letter.text ?? "")}</p>}
        </details>
      ))}
    </section>
  );
}

function Things({ letter, kinds }: { letter: Letter; kinds: readonly ItemKind[] }) {
  if (letter.things === undefined) {
    return <small class="faint">{t("mail.unopened")}</small>;
  }
  return (
    <>
      {letter.things.map((item) => (
        <Badge key={item.id} tone="plain">
          {thingText(kinds, item)}
        </Badge>
      ))}
    </>
  );
}

function senderOf(letter: Letter): string {
  if (String(letter.from_character) === "0") {
    return t("mail.server");
  }
  return letter.from_name === null || letter.from_name === "" ? t("mail.forgotten") : plain(letter.from_name);
}
