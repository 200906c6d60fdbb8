//! One deal as the player who made it knows it: what a checker compares with the tables of the server. Knows no
//! files.
//!
//! A deal log has one JSON object a line, a [`Deal`], written once, when its outcome is known, in no particular
//! order of players; the lines of one player stand in the order in which it learned the outcomes. Ids of accounts,
//! characters, items and letters are strings, since they may be larger than a JSON number holds. A field that is
//! empty or 0 is left out.
//!
//! | `deed` | is | `gold_out`, `gold_in` | `gives`, `gets` |
//! | --- | --- | --- | --- |
//! | `shop_buy` | a command | price paid, 0 | –, one thing without an id: kind and quantity |
//! | `shop_sell` | a command | 0, gold got | one thing: the item, and how many of it; – |
//! | `mail_send` | a command | gold put in, 0 | items, and how many of each; – |
//! | `mail_take` | a command | 0, gold taken out | –, items, whole, as the letter showed them |
//! | `mail_delete` | a command, which throws the empty letter `mail` away | – | – |
//! | `pay` | a command, here only ever one that must be refused | gold, 0 | –, – |
//! | `trade_accept` | a command, the first or the second accept | what changes hands if it is made: both directions | the same, items whole |
//! | `trade_done` | not a command: `cseq` is 0 | what changed hands | what changed hands |
//! | `held` | not a command: at the end of the run | 0, the account's gold | –, the character's bag |
//!
//! `outcome` of a command is that of [`PaymentOutcome`]:
//!
//! - `ok`: answered. `lsn` names the record (not of a `trade_accept`: its `trade_done` has it). `mail` is the letter.
//! - `rejected`, `retry_later`: nothing has changed; `code` is the answer's name. Fields say what was asked for,
//!   which may be senseless: some are sent to be refused.
//! - `happened`, `did_not`: no answer came, and `cseq_ok` of the next login or reset said so. Of a `mail_send` that
//!   happened `mail` is not known (0): its rows are found by account and `cseq`.
//! - `unknown`: nobody can tell.
//!
//! So for everything but trades and letters without gold and things: `ok` and `happened` have exactly one record with
//! rows of (`account`, `cseq`) and these amounts; the others have none. Of a letter there is at least its own row until
//! its `mail_delete`. A number is given out once in a life of a session: `session_gen` grows with each login, and a
//! session that outlives its game process is reset by the next one and lives anew in that one's `epoch`. A number that
//! was not executed may be given out again in a later life, so a row is matched with the one line of its (`account`,
//! `cseq`) that says done.
//!
//! Of a trade, the second accept makes the record, under its account and `cseq`; the first makes none. Which of the
//! two one's own accept was is not always known to its player, and a `trade_accept` that `happened` may have been the
//! first; one that was the first, and which a crash took out of `cseq_ok`, is `did_not` although the trade may have
//! been made by the other side. Therefore: a record of a trade has a `trade_accept` of its (`account`, `cseq`) that is
//! `ok`, `happened` or `unknown`, and its rows are that line's; and what became of the trade for this player stands in
//! a `trade_done` line: `ok` with the `lsn` when the server told, `happened` or `did_not` without one when the
//! connection died before the end and the player found its bag and wallet so when it came back, `unknown` when it
//! never came back. A trade that was told to be canceled has no `trade_done`. `trade` counts from 1 again when the game
//! process starts anew, so it names a trade only together with the characters, `revision` and things.
//!
//! `held` closes a player's lines, if it was checked to the end: everything the account and the character have then,
//! beside what lies in letters that were not taken.

use serde::{Deserialize, Serialize};

use crate::logic::payment::{PaymentOutcome, id};

/// A line of the deal log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deal {
    /// Which player of this run.
    pub player: u32,
    /// Its account.
    #[serde(with = "id")]
    pub account: u64,
    /// The character with which it dealt.
    #[serde(with = "id")]
    pub character: u64,
    /// The session of the account in which the command was sent; where there is none, in which this was learned.
    pub session_gen: u32,
    /// The game process, by its epoch, in which that session began, or was reset last; 0: a log from before this was
    /// written down.
    #[serde(default)]
    pub epoch: u32,
    /// The command's number; 0: not a command.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cseq: u64,
    /// What it is.
    pub deed: DealKind,
    /// What became of it.
    pub outcome: PaymentOutcome,
    /// The stable code with which it was refused.
    #[serde(default, skip_serializing_if = "is_default")]
    pub code: String,
    /// The record's place in the journal, if the server told it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lsn: u64,
    /// The shop.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shop: u32,
    /// The letter, if it is known.
    #[serde(default, with = "id", skip_serializing_if = "is_default")]
    pub mail: u64,
    /// The character on the other side: a letter's receiver, or with whom it trades.
    #[serde(default, with = "id", skip_serializing_if = "is_default")]
    pub with: u64,
    /// The trade.
    #[serde(default, skip_serializing_if = "is_default")]
    pub trade: u64,
    /// Of the trade's table.
    #[serde(default, skip_serializing_if = "is_default")]
    pub revision: u32,
    /// Gold that leaves the own account.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gold_out: i64,
    /// Gold that comes to it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gold_in: i64,
    /// Things that leave the own bag.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gives: Vec<Thing>,
    /// Things that come into it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gets: Vec<Thing>,
    /// When the command was sent, microseconds since [`crate::Options::clock_zero`]; 0 without one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sent_us: u64,
    /// When the outcome was learned, likewise.
    #[serde(default, skip_serializing_if = "is_default")]
    pub learned_us: u64,
}

/// An item or a part of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Thing {
    /// Its id; 0 where the server chooses one, or nobody has it.
    #[serde(default, with = "id", skip_serializing_if = "is_default")]
    pub item: u64,
    /// A number of the designers' table; 0 where only the id was asked for.
    pub kind: u32,
    /// How many.
    pub quantity: u32,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DealKind {
    /// Bought from a shop.
    ShopBuy,
    /// Sold to one.
    ShopSell,
    /// A letter sent.
    MailSend,
    /// A letter emptied.
    MailTake,
    /// An empty letter thrown away.
    MailDelete,
    /// Gold straight to another account.
    Pay,
    /// One side of a trade wants it exactly so.
    TradeAccept,
    /// A trade was made, or may have been.
    TradeDone,
    /// What a player has at last.
    Held,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_there_is_to_say_and_is_read_back() {
        let deal = Deal {
            player: 3,
            account: 1 << 62,
            character: 9,
            session_gen: 2,
            epoch: 6,
            cseq: 17,
            deed: DealKind::MailSend,
            outcome: PaymentOutcome::Ok,
            code: String::new(),
            lsn: 991,
            shop: 0,
            mail: 12,
            with: 8,
            trade: 0,
            revision: 0,
            gold_out: 5,
            gold_in: 0,
            gives: vec![Thing { item: 77, kind: 40, quantity: 3 }],
            gets: Vec::new(),
            sent_us: 0,
            learned_us: 0,
        };
        let text = serde_json::to_string(&deal).expect("only strings for keys");
        assert_eq!(
            text,
            "{\"player\":3,\"account\":\"4611686018427387904\",\"character\":\"9\",\"session_gen\":2,\"epoch\":6,\
             \"cseq\":17,\"deed\":\"mail_send\",\"outcome\":\"ok\",\"lsn\":991,\"mail\":\"12\",\"with\":\"8\",\"gold_out\":5,\
             \"gives\":[{\"item\":\"77\",\"kind\":40,\"quantity\":3}]}"
        );
        assert_eq!(serde_json::from_str::<Deal>(&text).expect("what was written is read"), deal);
    }
}
