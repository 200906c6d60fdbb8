//! The lines of a script, and of the transcript, that are about letters. A letter is `@1` if it was the first one
//! that anybody saw.

use proto::{
    client::{
        Letter, MailCame, MailDelete, MailList, MailSend, MailSent, MailTake, MailTaken, MailThing, Mails,
    },
    kinds,
    packet::Packet,
    wire,
};

use super::{
    Play,
    people::{People, read},
};

impl Play {
    /// A player's line.
    pub(super) fn mail_does(&mut self, name: &str, does: &[&str]) {
        let (kind, body) = match *does {
            ["writes", to, gold, ref rest @ ..] => {
                let said = rest.iter().position(|word| *word == "saying").unwrap_or(rest.len());
                let things = rest[..said].iter().map(|thing| {
                    let (quantity, item) = thing.split_once(':').unwrap();
                    MailThing { item: self.item(item), quantity: quantity.parse().unwrap() }
                });
                let body = MailSend {
                    to: to.to_owned(),
                    gold: gold.parse().unwrap(),
                    things: things.collect(),
                    text: rest.get(said + 1..).unwrap_or_default().join(" "),
                    subject: String::new(),
                };
                (kinds::MAIL_SEND, wire::encode(&body))
            }
            ["reads", "mail"] => (kinds::MAIL_LIST, vec![]),
            ["reads", "mail", "before", letter] => {
                (kinds::MAIL_LIST, wire::encode(&MailList { before: self.letter(letter) }))
            }
            ["empties", letter] => (kinds::MAIL_TAKE, wire::encode(&MailTake { mail: self.letter(letter) })),
            ["burns", letter] => {
                (kinds::MAIL_DELETE, wire::encode(&MailDelete { mail: self.letter(letter) }))
            }
            _ => return self.chat_does(name, does),
        };
        self.command(name, kind, &body);
    }

    fn letter(&self, name: &str) -> u64 {
        let Some(index) = name.strip_prefix('@') else { return name.parse().unwrap() };
        self.people.letters[index.parse::<usize>().unwrap() - 1]
    }
}

impl People {
    /// How an OK is shown.
    pub(super) fn mail_answer(&mut self, kind: u32, result: &[u8]) -> String {
        let gold = |wallet: Option<proto::client::Wallet>| {
            wallet.map_or(String::new(), |wallet| format!(", {} gold", wallet.gold))
        };
        match kind {
            kinds::MAIL_SEND => {
                let sent: MailSent = read(result);
                format!("ok, {}{}", self.letter_name(sent.mail), gold(sent.wallet))
            }
            kinds::MAIL_LIST => {
                let mails: Mails = read(result);
                let letters: Vec<String> = mails.letters.iter().map(|one| self.letter(one)).collect();
                format!("ok, [{}]{}", letters.join("; "), if mails.more { " and more" } else { "" })
            }
            kinds::MAIL_TAKE => format!("ok{}", gold(read::<MailTaken>(result).wallet)),
            _ => "ok".to_owned(),
        }
    }

    pub(super) fn mail_news(&mut self, name: &str, packet: Packet<'_>) -> String {
        let came: MailCame = read(packet.body);
        format!("{name} gets {} from {}", self.letter_name(came.mail), came.from_name)
    }

    fn letter(&mut self, letter: &Letter) -> String {
        let Letter { id, from_name, text, gold, items, read, .. } = letter;
        let new = if *read { "" } else { "new " };
        let mut shown = format!("{new}{} from {from_name}: {text}", self.letter_name(*id));
        if *gold != 0 {
            shown.push_str(&format!(", {gold} gold"));
        }
        for item in items {
            shown.push_str(&format!(", {}", self.item(item)));
        }
        shown
    }

    fn letter_name(&mut self, id: u64) -> String {
        if !self.letters.contains(&id) {
            self.letters.push(id);
        }
        let at = self.letters.iter().position(|known| *known == id).unwrap();
        format!("@{}", at + 1)
    }
}
