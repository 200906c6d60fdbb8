//! The room at a table: whole games, clocks, draws, gold, and everything that must be refused.

mod clocks;
mod draws;
mod games;
mod places;
mod positions;
mod random;
mod size;
mod stakes;

use std::time::Duration;

use proto::{
    client::{ChessMove, ChessMoved, ChessOffer, ChessOptions, ChessOver, ChessState},
    prescan::Budget,
    wire,
};

use super::*;
use crate::table::Table;

/// A message that the room has sent.
macro_rules! read {
    ($body:expr) => {
        wire::decode($body, Budget::CLIENT).expect("the room's packets are what they say")
    };
}
pub(crate) use read;

/// White, where nothing is said.
const ANA: u64 = 1;
/// Black.
const BEN: u64 = 2;
/// Looks on.
const EVA: u64 = 3;

/// Whoever comes first plays white.
fn usual() -> ChessOptions {
    ChessOptions { opener: 1, ..ChessOptions::default() }
}

fn open(options: &ChessOptions) -> Table<Chess> {
    let mut table = Table::open(&wire::encode(options), 1).expect("options as they should be");
    for account in [ANA, BEN, EVA] {
        table.set_gold(account, 1_000);
    }
    table
}

/// Ana and Ben sit at the board.
fn begun(options: &ChessOptions) -> Table<Chess> {
    let mut table = open(options);
    table.join(ANA).expect("a place");
    table.join(BEN).expect("a place");
    table
}

fn say_move(table: &mut Table<Chess>, account: u64, uci: &str) -> Result<(), Refusal> {
    table.say(account, MOVE, &wire::encode(&ChessMove { uci: uci.to_owned() })).map(drop)
}

/// Plays these from the position on the board, white first if the count so far is even.
fn play(table: &mut Table<Chess>, from_ply: usize, moves: &str) {
    for (at, uci) in moves.split(' ').enumerate() {
        let account = if (from_ply + at).is_multiple_of(2) { ANA } else { BEN };
        say_move(table, account, uci).unwrap_or_else(|refusal| panic!("{at}: {uci}: {refusal}"));
    }
}

/// The last packet of this kind that a member has heard.
fn last(table: &mut Table<Chess>, account: u64, kind: u32) -> Vec<u8> {
    let heard = table.heard(account);
    heard.into_iter().rfind(|(heard, _)| *heard == kind).expect("they heard it").1
}

fn state(table: &mut Table<Chess>, account: u64) -> ChessState {
    read!(&last(table, account, STATE))
}

/// Result, reason and winner, as a member was told.
fn ended(table: &mut Table<Chess>, account: u64) -> (String, String, u64) {
    let over: ChessOver = read!(&last(table, account, OVER));
    (over.result, over.reason, over.winner)
}

fn end(result: &str, reason: &str, winner: u64) -> (String, String, u64) {
    (result.to_owned(), reason.to_owned(), winner)
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
