// The letters in a player's mailboxes.

import type { Character, Letter } from "../../api/types";
import { moment, numberOf, whole } from "../../text/format";
import { t } from "../../text/language";
import { plain } from "../../text/plain";
import { Badge } from "../../ui/badge";
import { Empty } from "../../ui/problem";

export function Mail({ characters }: { characters: readonly Character[] }) {
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
  return (
    <section class="card">
      {letters.map(({ letter, to }) => (
        <details class="letter" key={letter.id}>
          <summary>
            <span class="letter-from">{senderOf(letter)}</span>
            <span class="letter-subject">{plain(letter.subject)}</span>
            {Number(letter.read) === 0 && <Badge tone="info">{t("mail.unread")}</Badge>}
            {0 < (numberOf(letter.gold) ?? 0) && (
              <Badge tone="plain">{t("mail.gold", { n: whole(letter.gold) })}</Badge>
            )}
            <time>{moment(letter.sent_ms)}</time>
          </summary>
          <p class="faint">{t("mail.to", { name: plain(to) })}</p>
          <p class="letter-text">{plain(letter.text)}</p>
        </details>
      ))}
    </section>
  );
}

function senderOf(letter: Letter): string {
  if (String(letter.from_character) === "0") {
    return t("mail.server");
  }
  return letter.from_name === null || letter.from_name === "" ? t("mail.forgotten") : plain(letter.from_name);
}
