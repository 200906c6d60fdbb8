//! What keeps every table from growing for ever, or why it may: one line a table, with the test of its bound. A table
//! without a line does not pass the tests. Knows no stored row, and prunes nothing itself.
//!
//! Nothing that the audit adds up is ever pruned: the logs of gold and things explain every balance from the
//! first record on.

#[cfg(test)]
mod tests;

use core::fmt;

use crate::{
    limits::{
        BAG_ITEMS_MAX, BLOCKED_MAX, CHARACTERS_KEPT_MAX, MAIL_ITEMS_MAX, MAILBOX_MAX, MAILINGS_KEPT_MAX,
        RATINGS_PER_ACCOUNT_MAX, REPLAYS_PER_ACCOUNT_MAX, REPORTS_KEPT_MAX, ROOM_SAVE_INPUTS_MAX,
        ROOM_STAKES_MAX, STAFF_NOTES_MAX, WORN_ITEMS_MAX,
    },
    tables::Table,
};

/// One table's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Which.
    pub table: Table,
    /// How many rows there can be.
    pub bound: Bound,
    /// The setting with the days after which a row goes, 0 for never; none: rows have no age.
    pub days: Option<&'static str>,
    /// Who sees to it, for people; of a table that is kept for ever: why.
    pub by: &'static str,
    /// The test of its bound, as the documents name tests; of a table that is kept for ever, of its size.
    pub test: &'static str,
}

/// What bounds a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// At most so many for each account.
    PerAccount(usize),
    /// At most so many for each character.
    PerCharacter(usize),
    /// At most so many for each match that is running.
    PerRoom(usize),
    /// At most so many.
    Rows(usize),
    /// Nothing but their age: each row is kept for the days of the setting.
    Aged {
        /// What adds a row.
        each: &'static str,
    },
    /// Nothing: each row is kept.
    Ever {
        /// What adds a row.
        each: &'static str,
        /// On disk with its indexes, at most on average.
        row_bytes: u64,
    },
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PerAccount(rows) => write!(f, "{rows} an account"),
            Self::PerCharacter(rows) => write!(f, "{rows} a character"),
            Self::PerRoom(rows) => write!(f, "{rows} a running match"),
            Self::Rows(rows) => write!(f, "{rows} in all"),
            Self::Aged { each } => write!(f, "for days: one for {each}"),
            Self::Ever { each, row_bytes } => write!(f, "for ever: {row_bytes} bytes for {each}"),
        }
    }
}

/// Every table, by number.
pub const RETENTION: &[Retention] = &[
    Retention {
        table: Table::Account,
        bound: Bound::Ever { each: "each account ever made", row_bytes: 224 },
        days: None,
        by: "its number is in logs and never given again; guests_per_address_per_hour bounds how fast they come",
        test: SIZES,
    },
    Retention {
        table: Table::Name,
        bound: Bound::PerAccount(1),
        days: None,
        by: "a name that staff gives takes the place of the old one",
        test: "game::logins::binding_a_name_revokes_the_secret_and_opens_the_password",
    },
    Retention { table: Table::Wallet, bound: Bound::PerAccount(1), days: None, by: KEY, test: KEYS },
    Retention {
        table: Table::Ledger,
        bound: Bound::Ever { each: "each movement of gold", row_bytes: 72 },
        days: None,
        by: "the audit adds it up to every balance",
        test: SIZES,
    },
    Retention { table: Table::Restriction, bound: Bound::PerAccount(1), days: None, by: KEY, test: KEYS },
    Retention {
        table: Table::Character,
        bound: Bound::PerAccount(CHARACTERS_KEPT_MAX),
        days: None,
        by: "the command that makes one",
        test: "game::characters::random::names_and_characters_agree_whatever_happens",
    },
    Retention {
        table: Table::CharacterName,
        bound: Bound::PerAccount(CHARACTERS_KEPT_MAX),
        days: None,
        by: "it comes and goes with its character",
        test: "game::characters::random::names_and_characters_agree_whatever_happens",
    },
    Retention {
        table: Table::Item,
        bound: Bound::PerCharacter(BAG_ITEMS_MAX + WORN_ITEMS_MAX + MAILBOX_MAX * MAIL_ITEMS_MAX),
        days: None,
        by: "slots of the bag, parts of the body, places in letters",
        test: "game::bag::random_wishes_never_make_or_lose_a_thing",
    },
    Retention {
        table: Table::GoodsLog,
        bound: Bound::Ever { each: "each change of an item", row_bytes: 96 },
        days: None,
        by: "the audit adds it up to every item",
        test: SIZES,
    },
    Retention {
        table: Table::Mail,
        bound: Bound::PerCharacter(MAILBOX_MAX),
        days: None,
        by: "a full mailbox takes no letter",
        test: "game::mail::a_full_mailbox_takes_no_letter_and_ends_with_its_character",
    },
    Retention {
        table: Table::GrantKey,
        bound: Bound::Ever { each: "each grant", row_bytes: 128 },
        days: None,
        by: "a key that was forgotten would give its gold a second time",
        test: SIZES,
    },
    Retention {
        table: Table::ChatBlock,
        bound: Bound::PerAccount(BLOCKED_MAX),
        days: None,
        by: "the command that blocks",
        test: "game::unheard::one_more_than_a_hundred_is_too_many",
    },
    Retention {
        table: Table::Report,
        bound: Bound::PerAccount(REPORTS_KEPT_MAX),
        days: Some("game.reports_kept_days"),
        by: "the command that reports; game prunes old ones by records",
        test: "game::pruning::reports_go_when_they_are_old_and_the_others_stay",
    },
    Retention {
        table: Table::StaffLog,
        bound: Bound::Ever { each: "each deed of staff", row_bytes: 192 },
        days: None,
        by: "staff answers for what it did, and people make few rows",
        test: SIZES,
    },
    Retention {
        table: Table::Room,
        bound: Bound::PerRoom(1),
        days: None,
        by: "it goes when its match ends, and game runs 10,000 at most",
        test: ROOMS,
    },
    Retention {
        table: Table::RoomEntry,
        bound: Bound::PerRoom(ROOM_SAVE_INPUTS_MAX),
        days: None,
        by: "a match is saved when it has heard so much, and ends",
        test: ROOMS,
    },
    Retention {
        table: Table::RoomStake,
        bound: Bound::PerRoom(ROOM_STAKES_MAX),
        days: None,
        by: "no more accounts may stake; it goes when the pot is settled or given back",
        test: ROOMS,
    },
    Retention {
        table: Table::Replay,
        bound: Bound::Aged { each: "each match that ended" },
        days: Some("game.replays_kept_days"),
        by: "game prunes old ones by records",
        test: REPLAYS,
    },
    Retention {
        table: Table::ReplayChunk,
        bound: Bound::Aged { each: "each save of a match, and its end" },
        days: Some("game.replays_kept_days"),
        by: "it goes with its replay",
        test: REPLAYS,
    },
    Retention {
        table: Table::ReplayPlayer,
        bound: Bound::PerAccount(REPLAYS_PER_ACCOUNT_MAX),
        days: Some("game.replays_kept_days"),
        by: "the oldest goes, and each with its replay",
        test: REPLAYS,
    },
    Retention {
        table: Table::Rating,
        bound: Bound::PerAccount(RATINGS_PER_ACCOUNT_MAX),
        days: None,
        by: "one for each game that is rated",
        test: ROOMS,
    },
    Retention {
        table: Table::RoomClock,
        bound: Bound::Rows(1),
        days: None,
        by: "its id is always 0",
        test: ROOMS,
    },
    Retention {
        table: Table::StaffNote,
        bound: Bound::PerAccount(STAFF_NOTES_MAX),
        days: None,
        by: "one more than these is refused until one goes",
        test: "game::players::so_many_notes_are_kept_and_no_more",
    },
    Retention {
        table: Table::DeedKey,
        bound: Bound::Ever { each: "each deed of staff that would double", row_bytes: 160 },
        days: None,
        by: "a key that was forgotten would let its deed be done a second time",
        test: SIZES,
    },
    Retention {
        table: Table::StaffChange,
        bound: Bound::Ever { each: "each deed of staff", row_bytes: 256 },
        days: None,
        by: "it says what a line of the staff log changed",
        test: SIZES,
    },
    Retention {
        table: Table::Switch,
        bound: Bound::Rows(12),
        days: None,
        by: "what can be switched is a closed list, and of consoles game takes eight",
        test: "game::switching::what_is_switched_holds_after_the_process_died",
    },
    Retention { table: Table::Freeze, bound: Bound::PerAccount(1), days: None, by: KEY, test: KEYS },
    Retention {
        table: Table::Campaign,
        bound: Bound::Rows(MAILINGS_KEPT_MAX),
        days: None,
        by: "one that begins takes the oldest that has ended away",
        test: "game::mailing::letters_to_many_are_remembered_up_to_a_hundred",
    },
];

/// A table's line.
#[must_use]
pub fn of(table: Table) -> Option<&'static Retention> {
    RETENTION.iter().find(|line| line.table == table)
}

const ROOMS: &str = "game::matches::a_finished_match_is_kept_and_counts_for_its_players";
const REPLAYS: &str =
    "game::replays::matches_go_with_all_that_is_of_them_when_they_are_old_and_the_others_stay";
const KEY: &str = "the account is the key";
const KEYS: &str = "proto::retention::where_the_account_is_the_key_it_has_one_row";
const SIZES: &str = "dbfront::store::growth::rows_that_are_kept_for_ever_are_no_larger_than_the_list_says";
