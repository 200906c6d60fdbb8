//! The one definition of every stored row: its columns and their bounds, which game checks before it
//! executes and dbfront turns into SQL (reliability A5). A new table is one entry here, a number in
//! [`Table`], and a migration in dbfront for each dialect; a test there compares the two.
//! What is read as a whole set of one owner has the owner first in its key: a range of keys is that set.

#[macro_use]
mod made;

mod cell;
mod def;
mod reason;
#[cfg(test)]
mod tests;

use bytes::Bytes;

use self::cell::Cell;
pub use self::{
    cell::{Bits, int, text},
    def::{Column, ColumnKind, GoodsColumns, Row, RowError, TableDef},
    reason::{Place, Reason},
};
use crate::{
    limits::{
        BAN_REASON_BYTES_MAX, GOLD_MAX, GRANT_KEY_BYTES_MAX, ITEM_QUANTITY_MAX, MAIL_SUBJECT_BYTES_MAX,
        MAIL_TEXT_BYTES_MAX, MAILING_BYTES_MAX, NAME_BYTES_MAX, OPTIONS_BYTES_MAX, POSITION_MM_MAX,
        RATING_MAX, REPLAY_PLAYERS_BYTES_MAX, REPORT_EVIDENCE_BYTES_MAX, REPORT_REASON_BYTES_MAX,
        ROOM_INPUTS_BYTES_MAX, ROOM_KIND_BYTES_MAX, ROOM_OUTCOME_BYTES_MAX, ROOM_STATE_BYTES_MAX,
        STAFF_BYTES_MAX, STAFF_CHANGE_BYTES_MAX, STAFF_DEED_BYTES_MAX, STAFF_REASON_BYTES_MAX,
        STAFF_TEXT_BYTES_MAX, SWITCH_BYTES_MAX,
    },
    link::Value,
};

const ID: ColumnKind = ColumnKind::Int { min: 0, max: i64::MAX };
const COUNT: ColumnKind = ColumnKind::Int { min: 0, max: i64::MAX };
const NUMBER: ColumnKind = ColumnKind::Int { min: 0, max: u32::MAX as i64 };
const FLAGS: ColumnKind = ColumnKind::Int { min: i64::MIN, max: i64::MAX };
const GOLD: ColumnKind = ColumnKind::Int { min: 0, max: GOLD_MAX };
const FLAG: ColumnKind = ColumnKind::Int { min: 0, max: 1 };
const MM: ColumnKind = ColumnKind::Int { min: -POSITION_MM_MAX, max: POSITION_MM_MAX };
const QUANTITY: ColumnKind = ColumnKind::Int { min: 1, max: ITEM_QUANTITY_MAX as i64 };
const PLACE: ColumnKind = ColumnKind::Int { min: 1, max: 3 };
const NAME: ColumnKind = ColumnKind::Text { max: NAME_BYTES_MAX };
const HASH: ColumnKind = ColumnKind::Blob { max: 32 };
const PHC: ColumnKind = ColumnKind::Text { max: 256 };
const ROOM_KIND: ColumnKind = ColumnKind::Text { max: ROOM_KIND_BYTES_MAX };
const OUTCOME: ColumnKind = ColumnKind::Text { max: ROOM_OUTCOME_BYTES_MAX };
const OPTIONS: ColumnKind = ColumnKind::Blob { max: OPTIONS_BYTES_MAX };
const INPUTS: ColumnKind = ColumnKind::Blob { max: ROOM_INPUTS_BYTES_MAX };

tables! {
    /// An account: who may log in as it, and which of its commands happened.
    AccountRow, Account = 1, "account", key 1, append false, gold None, goods None, {
        /// Its id.
        id: u64 = ID, not_null;
        /// As shown; none for a guest.
        name: Option<String> = NAME, null;
        /// SHA-256 of a guest's secret; none once a name is bound.
        secret_hash: Option<Bytes> = HASH, null;
        /// Argon2id in PHC form; none for a guest.
        password: Option<String> = PHC, null;
        /// Each login makes it the next odd number; from the second on, the first word of its client adds one.
        session_gen: u32 = NUMBER, not_null;
        /// The last command used up.
        cseq_last: u64 = COUNT, not_null;
        /// Bit i: command `cseq_last - i` was answered OK.
        cseq_ok: Bits = FLAGS, not_null;
        /// Milliseconds since 1970.
        created_ms: u64 = COUNT, not_null;
    }

    /// Which account has a name: the key is the canonical form, unique as bytes (reliability V9).
    NameRow, Name = 2, "account_name", key 1, append false, gold None, goods None, {
        /// The canonical form.
        name_key: String = NAME, not_null;
        /// Its account.
        account: u64 = ID, not_null;
    }

    /// An account's gold.
    WalletRow, Wallet = 3, "wallet", key 1, append false, gold Some(1), goods None, {
        /// Whose.
        account: u64 = ID, not_null;
        /// How much.
        gold: i64 = GOLD, not_null;
    }

    /// Why gold moved: one row for each movement, never changed.
    LedgerRow, Ledger = 4, "ledger", key 2, append true, gold None, goods None, {
        /// The record that moved it.
        lsn: u64 = COUNT, not_null;
        /// Position within that record, from 0.
        n: u32 = NUMBER, not_null;
        /// The holder that it left, an account, a mail or a room; 0: a faucet.
        from_account: u64 = ID, not_null;
        /// The holder that has it now; 0: a sink.
        to_account: u64 = ID, not_null;
        /// How much.
        amount: i64 = GOLD, not_null;
        /// A [`Reason`].
        reason: u32 = NUMBER, not_null;
        /// The command that did it, 0 for none: of `from_account`, or of whose account the mail is; to and from
        /// a room: what the room heard then, of anybody in it.
        cseq: u64 = COUNT, not_null;
        /// Milliseconds since 1970.
        wall_ms: u64 = COUNT, not_null;
    }

    /// What an account may not do. No row: nothing is forbidden.
    RestrictionRow, Restriction = 5, "restriction", key 1, append false, gold None, goods None, {
        /// Whose.
        account: u64 = ID, not_null;
        /// It may not log in before this, milliseconds since 1970; none: not banned; the highest: for ever.
        banned_until_ms: Option<u64> = COUNT, null;
        /// Why, for people.
        ban_reason: Option<String> = ColumnKind::Text { max: BAN_REASON_BYTES_MAX }, null;
        /// It may not chat before this, milliseconds since 1970; none: not muted; the highest: for ever.
        muted_until_ms: Option<u64> = COUNT, null;
    }

    /// A character of an account. Gold is the account's.
    CharacterRow, Character = 6, "character", key 2, append false, gold None, goods None, {
        /// Whose.
        account: u64 = ID, not_null;
        /// Its id.
        id: u64 = ID, not_null;
        /// As shown.
        name: String = NAME, not_null;
        /// From 1.
        level: u32 = NUMBER, not_null;
        /// Experience.
        xp: u64 = COUNT, not_null;
        /// Health; 0: dead.
        hp: u32 = NUMBER, not_null;
        /// The map that it is on.
        map: u32 = NUMBER, not_null;
        /// Where, millimetres.
        x_mm: i64 = MM, not_null;
        /// Where, millimetres.
        y_mm: i64 = MM, not_null;
        /// Milliseconds since 1970.
        created_ms: u64 = COUNT, not_null;
        /// Deleted then, milliseconds since 1970; none: it is there.
        deleted_ms: Option<u64> = COUNT, null;
        /// Waits to come back to life.
        dead: bool = FLAG, not_null;
    }

    /// Which character has a name: the key is canonical as in [`NameRow`].
    CharacterNameRow, CharacterName = 7, "character_name", key 1, append false, gold None, goods None, {
        /// The canonical form.
        name_key: String = NAME, not_null;
        /// Its account.
        account: u64 = ID, not_null;
        /// It.
        character: u64 = ID, not_null;
    }

    /// A thing, or many of one kind. To move it to another holder is to delete it there and make it here.
    ItemRow, Item = 8, "item", key 2, append false, gold None,
    goods Some(GoodsColumns { item: 1, kind: 2, quantity: 3 }), {
        /// The character or the mail that has it.
        holder: u64 = ID, not_null;
        /// Its id, which it keeps.
        id: u64 = ID, not_null;
        /// What it is.
        kind: u32 = NUMBER, not_null;
        /// How many.
        quantity: u32 = QUANTITY, not_null;
        /// A [`Place`].
        place: u32 = PLACE, not_null;
        /// Where in that place.
        slot: u32 = NUMBER, not_null;
    }

    /// Why things moved: one row for each change of an item, never changed.
    GoodsLogRow, GoodsLog = 9, "goods_log", key 2, append true, gold None, goods None, {
        /// The record that did it.
        lsn: u64 = COUNT, not_null;
        /// Position within that record, from 0.
        n: u32 = NUMBER, not_null;
        /// The item.
        item: u64 = ID, not_null;
        /// What it is.
        kind: u32 = NUMBER, not_null;
        /// How many of them moved, came or went.
        quantity: u32 = QUANTITY, not_null;
        /// The character or mail that had it; 0: it came into the world.
        from_holder: u64 = ID, not_null;
        /// The character or mail that has it now; 0: it left the world.
        to_holder: u64 = ID, not_null;
        /// A [`Reason`].
        reason: u32 = NUMBER, not_null;
        /// Whose command did it, 0 for none.
        account: u64 = ID, not_null;
        /// Which command, 0 for none.
        cseq: u64 = COUNT, not_null;
        /// Milliseconds since 1970.
        wall_ms: u64 = COUNT, not_null;
    }

    /// A letter in a character's mailbox. Things in it are items whose holder is its id.
    MailRow, Mail = 10, "mail", key 2, append false, gold Some(6), goods None, {
        /// Whose mailbox.
        to_character: u64 = ID, not_null;
        /// Its id.
        id: u64 = ID, not_null;
        /// 0: the server.
        from_character: u64 = ID, not_null;
        /// As shown.
        from_name: String = NAME, not_null;
        /// As shown.
        subject: String = ColumnKind::Text { max: MAIL_SUBJECT_BYTES_MAX }, not_null;
        /// As shown.
        text: String = ColumnKind::Text { max: MAIL_TEXT_BYTES_MAX }, not_null;
        /// In it.
        gold: i64 = GOLD, not_null;
        /// Milliseconds since 1970.
        sent_ms: u64 = COUNT, not_null;
        /// Was opened.
        read: bool = FLAG, not_null;
    }

    /// A grant that another server asked for: its key makes asking again harmless.
    GrantKeyRow, GrantKey = 11, "grant_key", key 1, append false, gold None, goods None, {
        /// Given by who asked.
        key: String = ColumnKind::Text { max: GRANT_KEY_BYTES_MAX }, not_null;
        /// To whom.
        account: u64 = ID, not_null;
        /// How much gold.
        amount: i64 = GOLD, not_null;
        /// The record that did it.
        lsn: u64 = COUNT, not_null;
        /// Milliseconds since 1970.
        wall_ms: u64 = COUNT, not_null;
    }

    /// Whom an account does not want to hear. By account: whoever makes another character is still not heard.
    ChatBlockRow, ChatBlock = 12, "chat_block", key 2, append false, gold None, goods None, {
        /// Who does not want to hear.
        account: u64 = ID, not_null;
        /// Whom.
        blocked: u64 = ID, not_null;
        /// Under which it was blocked; empty: a guest.
        name: String = NAME, not_null;
        /// Milliseconds since 1970.
        since_ms: u64 = COUNT, not_null;
    }

    /// What players want staff to know about an account: of each the last word.
    ReportRow, Report = 13, "report", key 2, append false, gold None, goods None, {
        /// About whom.
        account: u64 = ID, not_null;
        /// Who says so.
        by_account: u64 = ID, not_null;
        /// Under which it was reported; empty: a guest.
        name: String = NAME, not_null;
        /// In the words of who says so.
        reason: String = ColumnKind::Text { max: REPORT_REASON_BYTES_MAX }, not_null;
        /// What the account said last, in public or to the other alone, a line each, oldest first: when (milliseconds
        /// since 1970), where, as whom, what.
        evidence: String = ColumnKind::Text { max: REPORT_EVIDENCE_BYTES_MAX }, not_null;
        /// Milliseconds since 1970.
        wall_ms: u64 = COUNT, not_null;
    }

    /// What staff did: one row for each deed, in the record of its effect, never changed.
    StaffLogRow, StaffLog = 14, "staff_log", key 2, append true, gold None, goods None, {
        /// The record that did it; a grant's gold is in the ledger under the same number.
        lsn: u64 = COUNT, not_null;
        /// Position within that record, from 0.
        n: u32 = NUMBER, not_null;
        /// Who did it, as the process that was asked knows it.
        staff: String = ColumnKind::Text { max: STAFF_BYTES_MAX }, not_null;
        /// The deed's stable name.
        deed: String = ColumnKind::Text { max: STAFF_DEED_BYTES_MAX }, not_null;
        /// On whom; 0: on nobody in particular.
        account: u64 = ID, not_null;
        /// Of a ban or mute: until when, milliseconds since 1970; the highest: for ever.
        until_ms: Option<u64> = COUNT, null;
        /// Why, in the words of who did it; empty: nobody said.
        reason: String = ColumnKind::Text { max: STAFF_REASON_BYTES_MAX }, not_null;
        /// Milliseconds since 1970.
        wall_ms: u64 = COUNT, not_null;
    }

    /// A match that is running and survives its process: how it opened, and its state when it was saved last. What it
    /// heard since is in [`RoomEntryRow`].
    RoomRow, Room = 15, "room", key 1, append false, gold None, goods None, {
        /// Its id.
        id: u64 = ID, not_null;
        /// What it is, as it was registered.
        kind: String = ROOM_KIND, not_null;
        /// Under which its players found it.
        number: u32 = NUMBER, not_null;
        /// With which it was opened.
        options: Bytes = OPTIONS, not_null;
        /// What its randomness is drawn from.
        seed: Bytes = HASH, not_null;
        /// When it opened, milliseconds since 1970.
        opened_ms: u64 = COUNT, not_null;
        /// When it opened, milliseconds of the rooms' clock ([`RoomClockRow`]).
        opened_at: u64 = COUNT, not_null;
        /// Heard when it was saved.
        inputs: u64 = COUNT, not_null;
        /// Rows of [`ReplayChunkRow`] so far.
        chunks: u32 = NUMBER, not_null;
        /// When it was saved: `room::State`, deflated.
        state: Bytes = ColumnKind::Blob { max: ROOM_STATE_BYTES_MAX }, not_null;
    }

    /// What a running match heard in one turn, until its next save.
    RoomEntryRow, RoomEntry = 16, "room_entry", key 2, append false, gold None, goods None, {
        /// Which match.
        room: u64 = ID, not_null;
        /// Number of the first of its inputs, from 1.
        first: u64 = COUNT, not_null;
        /// `room::Entry`.
        inputs: Bytes = INPUTS, not_null;
    }

    /// An account's gold in the pot of a running match.
    RoomStakeRow, RoomStake = 17, "room_stake", key 2, append false, gold Some(2), goods None, {
        /// Which match.
        room: u64 = ID, not_null;
        /// Whose it was.
        account: u64 = ID, not_null;
        /// How much.
        gold: i64 = GOLD, not_null;
    }

    /// A match that is over: with its chunks it can be played again.
    ReplayRow, Replay = 18, "replay", key 1, append false, gold None, goods None, {
        /// The match's id.
        id: u64 = ID, not_null;
        /// What it was, as it was registered.
        kind: String = ROOM_KIND, not_null;
        /// Under which its players found it.
        number: u32 = NUMBER, not_null;
        /// With which it was opened.
        options: Bytes = OPTIONS, not_null;
        /// What its randomness was drawn from.
        seed: Bytes = HASH, not_null;
        /// When it opened, milliseconds since 1970.
        opened_ms: u64 = COUNT, not_null;
        /// When it ended, milliseconds since 1970.
        ended_ms: u64 = COUNT, not_null;
        /// Heard in all.
        inputs: u64 = COUNT, not_null;
        /// Its rows of [`ReplayChunkRow`].
        chunks: u32 = NUMBER, not_null;
        /// Of its state at the end; 0: it broke.
        hash: Bits = FLAGS, not_null;
        /// How it ended, or the name under which it was closed.
        outcome: String = OUTCOME, not_null;
        /// Accounts that played, a JSON list of numbers.
        players: String = ColumnKind::Text { max: REPLAY_PLAYERS_BYTES_MAX }, not_null;
    }

    /// A part of what a match heard, of one that is running or over.
    ReplayChunkRow, ReplayChunk = 19, "replay_chunk", key 2, append false, gold None, goods None, {
        /// The match's id.
        replay: u64 = ID, not_null;
        /// Which part, from 0.
        n: u32 = NUMBER, not_null;
        /// `room::Entry`, deflated.
        inputs: Bytes = INPUTS, not_null;
    }

    /// Which matches an account has played: the newest of them.
    ReplayPlayerRow, ReplayPlayer = 20, "replay_player", key 2, append false, gold None, goods None, {
        /// Who.
        account: u64 = ID, not_null;
        /// The match's id.
        replay: u64 = ID, not_null;
        /// What it was, as it was registered.
        kind: String = ROOM_KIND, not_null;
        /// When it ended, milliseconds since 1970.
        ended_ms: u64 = COUNT, not_null;
        /// How it ended, or the name under which it was closed.
        outcome: String = OUTCOME, not_null;
        /// Of this player, from 1; 0: none.
        place: u32 = NUMBER, not_null;
    }

    /// How well an account plays a game. No row: [`RATING_START`](crate::limits::RATING_START), and no game yet.
    RatingRow, Rating = 21, "rating", key 2, append false, gold None, goods None, {
        /// Who.
        account: u64 = ID, not_null;
        /// Which game: the lowest packet kind of its room.
        game: u64 = ID, not_null;
        /// 0 to 10,000.
        rating: u32 = ColumnKind::Int { min: 0, max: RATING_MAX as i64 }, not_null;
        /// Played so far.
        games: u64 = COUNT, not_null;
    }

    /// The clock of all rooms that survive their process: one row, which is written each second while it goes.
    RoomClockRow, RoomClock = 22, "room_clock", key 1, append false, gold None, goods None, {
        /// Always 0.
        id: u64 = ID, not_null;
        /// What it showed, milliseconds.
        at_ms: u64 = COUNT, not_null;
        /// Then, milliseconds since 1970.
        wall_ms: u64 = COUNT, not_null;
    }

    /// What staff keeps in mind about an account.
    StaffNoteRow, StaffNote = 23, "staff_note", key 2, append false, gold None, goods None, {
        /// About whom.
        account: u64 = ID, not_null;
        /// Its id.
        id: u64 = ID, not_null;
        /// Who noted it, as the process that was asked knows it.
        staff: String = ColumnKind::Text { max: STAFF_BYTES_MAX }, not_null;
        /// In the words of who did.
        text: String = ColumnKind::Text { max: STAFF_TEXT_BYTES_MAX }, not_null;
        /// Milliseconds since 1970.
        wall_ms: u64 = COUNT, not_null;
    }

    /// A deed of staff that would double: its key makes asking again harmless.
    DeedKeyRow, DeedKey = 24, "deed_key", key 1, append false, gold None, goods None, {
        /// Given by who asked.
        key: String = ColumnKind::Text { max: GRANT_KEY_BYTES_MAX }, not_null;
        /// On whom.
        account: u64 = ID, not_null;
        /// SHA-256 of what was asked.
        asked: Bytes = HASH, not_null;
        /// The record that did it.
        lsn: u64 = COUNT, not_null;
        /// Milliseconds since 1970.
        wall_ms: u64 = COUNT, not_null;
    }

    /// What a deed of staff changed, beside its [`StaffLogRow`], never changed.
    StaffChangeRow, StaffChange = 25, "staff_change", key 2, append true, gold None, goods None, {
        /// The record that did it.
        lsn: u64 = COUNT, not_null;
        /// Of the deed's row in the staff log.
        n: u32 = NUMBER, not_null;
        /// On whom; 0: on nobody in particular.
        account: u64 = ID, not_null;
        /// What was there, for people.
        was: String = ColumnKind::Text { max: STAFF_CHANGE_BYTES_MAX }, not_null;
        /// What is there since.
        became: String = ColumnKind::Text { max: STAFF_CHANGE_BYTES_MAX }, not_null;
    }

    /// What is switched on for the whole world. No row: it is off.
    SwitchRow, Switch = 30, "world_switch", key 1, append false, gold None, goods None, {
        /// Which; stable.
        name: String = ColumnKind::Text { max: SWITCH_BYTES_MAX }, not_null;
        /// 1, or a number that the switch has.
        value: u64 = COUNT, not_null;
        /// Why, in the words of who did it.
        reason: String = ColumnKind::Text { max: STAFF_REASON_BYTES_MAX }, not_null;
        /// Who did it, as the process that was asked knows it.
        staff: String = ColumnKind::Text { max: STAFF_BYTES_MAX }, not_null;
        /// Milliseconds since 1970.
        since_ms: u64 = COUNT, not_null;
    }

    /// An account that may neither give nor take anything. No row: it may.
    FreezeRow, Freeze = 31, "wealth_freeze", key 1, append false, gold None, goods None, {
        /// Which.
        account: u64 = ID, not_null;
        /// Why, in the words of who did it.
        reason: String = ColumnKind::Text { max: STAFF_REASON_BYTES_MAX }, not_null;
        /// Who did it, as the process that was asked knows it.
        staff: String = ColumnKind::Text { max: STAFF_BYTES_MAX }, not_null;
        /// Milliseconds since 1970.
        since_ms: u64 = COUNT, not_null;
    }

    /// A letter to many, and how far it has come: written with each few of the letters.
    CampaignRow, Campaign = 32, "campaign", key 1, append false, gold None, goods None, {
        /// Given by who sent it.
        key: String = ColumnKind::Text { max: GRANT_KEY_BYTES_MAX }, not_null;
        /// `link::StaffMailing`: what is sent, and to whom.
        wish: Bytes = ColumnKind::Blob { max: MAILING_BYTES_MAX }, not_null;
        /// 1: it goes on, 2: all have it, 3: staff ended it.
        state: u32 = NUMBER, not_null;
        /// The last account that was dealt with.
        reached: u64 = ID, not_null;
        /// Letters so far.
        sent: u64 = COUNT, not_null;
        /// Who was meant and could not get one: the mailbox was full.
        skipped: u64 = COUNT, not_null;
        /// Who sent it, as the process that was asked knows it.
        staff: String = ColumnKind::Text { max: STAFF_BYTES_MAX }, not_null;
        /// Why, in the words of who did it.
        reason: String = ColumnKind::Text { max: STAFF_REASON_BYTES_MAX }, not_null;
        /// Milliseconds since 1970: accounts that are younger are not meant.
        started_ms: u64 = COUNT, not_null;
        /// Milliseconds since 1970; none: it goes on.
        ended_ms: Option<u64> = COUNT, null;
    }
}
