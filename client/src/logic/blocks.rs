//! Whom the player does not want to hear. The server keeps the list and stops what is said to the player alone; what
//! everybody hears is one message for all, so it is passed over here. Knows no connection.

use proto::client::{Blocked, Blocks, ChatLines};

use crate::logic::types::Push;

/// The player's list, as the server told it last. Empty until it has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockList {
    /// In order of accounts.
    blocked: Vec<Blocked>,
}

impl BlockList {
    /// What `chat_block` was answered with.
    #[must_use]
    pub fn new(answer: Blocks) -> Self {
        let Blocks { mut blocked } = answer;
        blocked.sort_by_key(|one| one.account);
        Self { blocked }
    }

    /// All of it, to be shown.
    #[must_use]
    pub fn entries(&self) -> &[Blocked] {
        &self.blocked
    }

    /// Whether an account is not to be heard.
    #[must_use]
    pub fn has(&self, account: u64) -> bool {
        self.blocked.binary_search_by_key(&account, |one| one.account).is_ok()
    }

    /// Whether a push is a line that is not to be shown: of world chat or near.
    #[must_use]
    pub fn hides(&self, push: &Push) -> bool {
        match push {
            Push::Chat(line) => self.has(line.from),
            Push::ChatNear(line) => self.has(line.account),
            _ => false,
        }
    }

    /// Takes out of world chat's history what is not to be shown.
    #[must_use]
    pub fn without_hidden(&self, mut history: ChatLines) -> ChatLines {
        history.lines.retain(|line| !self.has(line.from));
        history
    }
}

#[cfg(test)]
mod tests {
    use proto::client::{ChatHeard, ChatLine, ChatNearHeard, ChatPrivateHeard};

    use super::*;

    fn list(accounts: &[u64]) -> BlockList {
        let blocked = accounts.iter().map(|&account| Blocked { account, ..Blocked::default() });
        BlockList::new(Blocks { blocked: blocked.collect() })
    }

    #[test]
    fn lines_of_who_is_blocked_are_passed_over_whichever_character_says_them() {
        let list = list(&[9, 3]);
        let world = |from| Push::Chat(ChatHeard { from, ..ChatHeard::default() });
        let near = |account| Push::ChatNear(ChatNearHeard { from: 3, account, ..ChatNearHeard::default() });
        assert!(list.hides(&world(3)) && list.hides(&world(9)) && !list.hides(&world(4)));
        assert!(list.hides(&near(9)) && !list.hides(&near(4)), "by account, not by character");
        // The server has let it through: it was sent before the block.
        let alone = Push::ChatPrivate(ChatPrivateHeard { from: 3, ..ChatPrivateHeard::default() });
        assert!(!list.hides(&alone));
        assert_eq!(list.entries().iter().map(|one| one.account).collect::<Vec<_>>(), [3, 9]);
        assert!(!BlockList::default().hides(&world(3)));
    }

    #[test]
    fn they_are_not_in_what_was_said_before_either() {
        let line = |from| ChatLine { from, ..ChatLine::default() };
        let history = ChatLines { lines: [1, 3, 2, 3].map(line).into() };
        assert_eq!(list(&[3]).without_hidden(history), ChatLines { lines: [1, 2].map(line).into() });
    }
}
