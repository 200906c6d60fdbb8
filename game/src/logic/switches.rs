//! What staff has switched for the whole world or for one account's wealth, as rows that are all in memory: whoever asks
//! waits for nothing. Each holds until staff switches it again, whatever dies meanwhile. Knows no connection and no deed.

use std::time::Duration;

use proto::{
    limits::SWITCH_BYTES_MAX,
    tables::{FreezeRow, Reason, SwitchRow},
};

use super::{
    cache::Cached as _,
    held::{Cache, UnitKey},
    tx::{Barred, Halt},
    work::{BookLine, Work},
};

/// One of those that are of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Gold and things go from no player to another.
    WealthFrozen,
    /// Nobody gets a new account.
    AccountsClosed,
    /// Each player says one public line in so many seconds.
    ChatSlow,
}

impl Switch {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WealthFrozen, Self::AccountsClosed, Self::ChatSlow];

    /// Stable, stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WealthFrozen => WEALTH_FROZEN,
            Self::AccountsClosed => ACCOUNTS_CLOSED,
            Self::ChatSlow => CHAT_SLOW,
        }
    }

    /// By its name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|switch| switch.name() == name)
    }

    /// The highest value that it has; 0 is off.
    #[must_use]
    pub fn value_max(self) -> u64 {
        match self {
            Self::WealthFrozen | Self::AccountsClosed => 1,
            Self::ChatSlow => CHAT_SLOW_S_MAX,
        }
    }
}

/// Its row, where it is on.
pub(super) fn row<'a>(cache: &'a Cache, name: &str) -> Option<&'a SwitchRow> {
    SwitchRow::table(cache).find(&name.to_owned()).map(|held| &held.row)
}

/// Whether anything may go from a player to another.
pub(super) fn is_wealth_frozen(cache: &Cache) -> bool {
    row(cache, WEALTH_FROZEN).is_some()
}

/// Whether an account's wealth is.
pub(super) fn is_frozen(cache: &Cache, account: u64) -> bool {
    FreezeRow::table(cache).find(&account).is_some()
}

/// Whether wealth may go between these. What only comes from the world, or only goes to it, does not ask.
pub(super) fn may_move_wealth(cache: &Cache, accounts: &[u64]) -> Result<(), Halt> {
    let is_held = is_wealth_frozen(cache) || accounts.iter().any(|account| is_frozen(cache, *account));
    if is_held { Err(Halt::Reject(WEALTH_FROZEN)) } else { Ok(()) }
}

/// Each deal asks before it begins. What somebody forgot to let ask gets no further than its record.
pub(super) fn may_be_written(cache: &Cache, work: &Work) -> Result<(), Halt> {
    let is_world = is_wealth_frozen(cache);
    if !is_world && FreezeRow::table(cache).rows() == 0 {
        return Ok(());
    }
    let is_refused =
        |line: BookLine| is_transfer(line.reason) && (is_world || is_of_frozen(cache, work, line));
    if work.lines().any(is_refused) { Err(Halt::Reject(WEALTH_FROZEN)) } else { Ok(()) }
}

/// Whether a line is between holders of whom one is of a frozen account. A letter and a character do not say whose they are:
/// who deals in them has read a row of the account's. A match may pay out to one account in the record in which it takes a
/// stake of another, so a stake is only whose line it is.
fn is_of_frozen(cache: &Cache, work: &Work, line: BookLine) -> bool {
    let is_party = |key: &UnitKey| match key {
        UnitKey::Wallet(account) | UnitKey::Account(account) | UnitKey::Character(account) => {
            is_frozen(cache, *account)
        }
        _ => false,
    };
    let is_stake = line.reason == Reason::RoomStake as u32;
    [line.from, line.to].iter().any(|holder| is_frozen(cache, *holder))
        || (!is_stake && work.touched.iter().any(is_party))
}

/// Whether a line of the books is of wealth that goes from one player towards another. What lies in a pot already is not:
/// a match ends as it is played, whatever is switched.
fn is_transfer(reason: u32) -> bool {
    TRANSFERS.iter().any(|transfer| *transfer as u32 == reason)
}

/// What somebody is told who would have a new account.
pub(super) fn may_be_new(cache: &Cache) -> Result<(), Halt> {
    match row(cache, ACCOUNTS_CLOSED) {
        Some(row) => Err(Halt::Barred(Barred {
            error: ACCOUNTS_CLOSED,
            detail: row.reason.clone(),
            until_ms: 0,
            retry_after_ms: 0,
        })),
        None => Ok(()),
    }
}

/// The time between two public lines of one player; none: chat is as fast as ever.
pub(super) fn chat_slow(cache: &Cache) -> Option<Duration> {
    row(cache, CHAT_SLOW).map(|row| Duration::from_secs(row.value))
}

const TRANSFERS: &[Reason] =
    &[Reason::Pay, Reason::Trade, Reason::MailSend, Reason::MailTake, Reason::RoomStake];

/// Of the switch, and of what is refused because of it.
pub(crate) const WEALTH_FROZEN: &str = "wealth_frozen";
const ACCOUNTS_CLOSED: &str = "accounts_closed";
pub(super) const CHAT_SLOW: &str = "chat_slow";
/// Told of beside the others: maintenance is kept outside the world, which is to come up with it.
pub(super) const STAFF_ONLY: &str = "staff_only";
/// An hour between two lines.
const CHAT_SLOW_S_MAX: u64 = 3_600;
const _: () = assert!(ACCOUNTS_CLOSED.len() <= SWITCH_BYTES_MAX);
