//! The lines of a script, and of the transcript, that are about chat of characters, and about whom one does not want
//! to hear. An account is `:ana`, anything else the name of a character.

use proto::{
    client::{Blocks, ChatBlock, ChatLines, ChatNear, ChatPrivate, ChatReport},
    kinds, wire,
};

use super::{
    Play,
    people::{People, read},
};

impl Play {
    /// A player's line.
    pub(super) fn chat_does(&mut self, name: &str, does: &[&str]) {
        let (kind, body) = match *does {
            ["mutters", ref text @ ..] => {
                (kinds::CHAT_NEAR, wire::encode(&ChatNear { text: text.join(" ") }))
            }
            ["whispers", to, ref text @ ..] => {
                let body = ChatPrivate { to: to.to_owned(), text: text.join(" ") };
                (kinds::CHAT_PRIVATE, wire::encode(&body))
            }
            ["reads", "chat"] => (kinds::CHAT_HISTORY, vec![]),
            ["lists", "blocks"] => (kinds::CHAT_BLOCK, vec![]),
            [verb @ ("blocks" | "unblocks"), whom] => {
                let (character, account) = self.whom(whom);
                let body = ChatBlock { character, account, lift: verb == "unblocks" };
                (kinds::CHAT_BLOCK, wire::encode(&body))
            }
            ["reports", whom, ref reason @ ..] => {
                let (character, account) = self.whom(whom);
                let body = ChatReport { character, account, reason: reason.join(" ") };
                (kinds::CHAT_REPORT, wire::encode(&body))
            }
            _ => return self.trade_does(name, does),
        };
        self.command(name, kind, &body);
    }

    fn whom(&mut self, whom: &str) -> (String, u64) {
        match whom.strip_prefix(':') {
            None => (whom.to_owned(), 0),
            Some(account) => {
                (String::new(), account.parse().unwrap_or_else(|_| self.people.person(account).account))
            }
        }
    }
}

impl People {
    /// How an OK is shown.
    pub(super) fn chat_answer(&self, kind: u32, result: &[u8]) -> String {
        if kind == kinds::CHAT_HISTORY {
            let lines = read::<ChatLines>(result).lines;
            let lines = lines.iter().map(|line| format!("{}: {}", self.name_of(line.from), line.text));
            return format!("ok, [{}]", lines.collect::<Vec<_>>().join("; "));
        }
        let blocked = read::<Blocks>(result).blocked;
        let blocked = blocked.iter().map(|one| format!("{} as {:?}", self.name_of(one.account), one.name));
        format!("ok, [{}]", blocked.collect::<Vec<_>>().join("; "))
    }
}
