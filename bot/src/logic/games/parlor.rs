//! What the players of a run tell each other about their matches: rooms that wait for somebody, and how matches ended,
//! which all who sat in one must have been told alike.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::logic::{
    games::{End, GameKind},
    stats::{bounded, count},
    world::Finding,
};

/// Matches of all players together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GameFigures {
    /// Seats that were taken.
    pub seats: u64,
    /// Matches that a player was told the end of, once for each player.
    pub ends: u64,
    /// The same by the first word of how.
    pub results: BTreeMap<String, u64>,
    /// Moves, bids and the like that were done.
    pub acts: u64,
    /// Those that came too late, by a name that the rules explain.
    pub refused: u64,
    /// Seats that were still the player's after a gap.
    pub seats_kept: u64,
    /// Matches whose end a player did not hear.
    pub ends_unheard: u64,
    /// Rooms that were closed before the end, by the server's name for why.
    pub closed: BTreeMap<String, u64>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Parlor {
    /// Rooms in which somebody waits, by name.
    tables: VecDeque<(GameKind, String)>,
    /// How matches ended, by room, as the first of its players was told it.
    ends: BTreeMap<u64, String>,
    wishes: BTreeMap<GameKind, Wishes>,
    /// Shown in the report.
    pub figures: GameFigures,
}

/// Quick matches of a kind that were wished for.
#[derive(Debug, Default)]
struct Wishes {
    /// By whom; only as many as make it sure that enough are there.
    by: BTreeSet<u64>,
    /// Place in the round.
    nth: usize,
}

impl Parlor {
    /// Of how many this player wishes a quick match. As a rule the fewest; now and then as many after each other wish for one
    /// of more as such a match has, so that it is made.
    pub fn seats_wished(&mut self, kind: GameKind, account: u64) -> usize {
        let wishes = self.wishes.entry(kind).or_default();
        if wishes.by.len() < MANY {
            wishes.by.insert(account);
            return kind.seats();
        }
        let nth = wishes.nth;
        wishes.nth += 1;
        let mut round = FEW_IN_A_ROUND;
        for seats in kind.seats() + 1..=kind.seats_most() {
            if (round..round + seats).contains(&nth) {
                return seats;
            }
            round += seats;
        }
        if round <= nth {
            wishes.nth = 1;
        }
        kind.seats()
    }

    /// Somebody has opened a room and waits there.
    pub fn offer(&mut self, kind: GameKind, name: String) {
        if self.tables.len() < TABLES_MAX {
            self.tables.push_back((kind, name));
        }
    }

    /// A room to go to, which is offered to nobody else.
    pub fn take(&mut self, kind: GameKind) -> Option<String> {
        let at = self.tables.iter().position(|(of, _)| *of == kind)?;
        self.tables.remove(at).map(|(_, name)| name)
    }

    /// A player was told the end of the match in this room.
    ///
    /// # Errors
    /// Another was told another one.
    pub fn ended(&mut self, room: u64, end: &End) -> Result<(), Finding> {
        self.figures.ends += 1;
        let word = end.told.split(' ').next().unwrap_or_default();
        count(&mut self.figures.results, word.chars().take(16).collect());
        match self.ends.get(&room) {
            Some(told) if *told != end.told => {
                let detail = format!("room {room}: {:?} to one, {:?} to another", told, end.told);
                return Err(Finding::new("match_differs", detail));
            }
            Some(_) => {}
            None => {
                if ENDS_MAX <= self.ends.len() {
                    self.ends.pop_first();
                }
                self.ends.insert(room, end.told.clone());
            }
        }
        Ok(())
    }

    /// A room was closed before its end.
    pub fn closed(&mut self, reason: &str) {
        count(&mut self.figures.closed, bounded(reason));
    }
}

/// Players of a kind, from whom on matches of more than the fewest are sure to be filled.
const MANY: usize = 12;
/// Wishes for the fewest before those for more.
const FEW_IN_A_ROUND: usize = 8;
const TABLES_MAX: usize = 10_000;
/// The oldest is forgotten first.
const ENDS_MAX: usize = 100_000;
