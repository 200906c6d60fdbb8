//! What an account's `session_gen` says: which login was the last one, and whether its client has been heard since. Each
//! login makes it the next odd number, which its client is told; the first word of that client adds one. So it is as
//! durable as the login itself that its answer arrived. Knows no seal of a ticket.

#[cfg(test)]
mod tests;

use proto::{ids::AccountId, tables::AccountRow, turn::TxnId};

use super::{cache::Cached, event::Now, world::World};

/// As it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation(pub(crate) u32);

impl Generation {
    /// An account's first login: no ticket is older, so nothing has to be noted when its client is heard.
    pub(crate) const FIRST: Self = Self(1);

    /// After one more login.
    pub(crate) fn login(self) -> Self {
        Self(self.0.saturating_add(1) | 1)
    }

    /// After a word of the last login's client.
    pub(crate) fn heard(self) -> Self {
        let is_noted = self == Self::FIRST || self.0.is_multiple_of(2);
        Self(self.0.saturating_add(u32::from(!is_noted)))
    }

    /// After something that ends all that logins gave: as if there had been one more, and its client heard.
    pub(crate) fn cut(self) -> Self {
        self.login().heard()
    }

    /// Whether the last login is the one whose client was told this number.
    pub(crate) fn is_of(self, told: u32) -> bool {
        self == Self(told) || self == Self(told).heard()
    }

    /// Whether a ticket of the login with this number is good: of the last one, or of the one before it while nothing
    /// shows that the last one's answer arrived.
    pub(crate) fn takes_ticket_of(self, told: u32) -> bool {
        self.is_of(told) || self == Self(told).login()
    }
}

impl World {
    /// The client of an account's session has said something that only the answer to its login let it say. In memory
    /// that holds at once; without room for a record the next one of the account carries it.
    pub(super) fn client_heard(&mut self, account: AccountId, now: Now) {
        let accounts = AccountRow::table_mut(&mut self.cache);
        let Some(before) = accounts.find(&account.0).map(|held| held.row.session_gen) else { return };
        let heard = Generation(before).heard().0;
        if heard == before {
            return;
        }
        let Some(row) = accounts.row_mut(&account.0) else { return };
        row.session_gen = heard;
        let row = row.clone();
        self.work.clear();
        self.work.put(row);
        self.work.is_progress = true;
        let _full = self.commit(TxnId { account, cseq: 0 }, now);
        self.work.clear();
    }
}
