//! Being brought together with others of about the own rating, and that rating. Knows no room from inside; rooms that
//! are made and listed are in `hosting/listing.rs`.

pub(in crate::logic) mod matching;
pub(in crate::logic) mod rating;

use std::time::Instant;

use proto::{
    client::{Rating, RatingRead, RoomMatch, RoomMatching},
    ids::AccountId,
    limits::{OPTIONS_BYTES_MAX, RATING_START},
    tables::RatingRow,
    wire,
};

use self::matching::{Entered, Full, Match, Matching, Player, Wish};
use super::{
    delivery::ConnKey,
    event::Now,
    hosting::Unmatched,
    running::session,
    tx::{Call, Halt, decode},
    world::World,
};

/// Who waits for a quick match.
#[derive(Debug, Default)]
pub(crate) struct Lobby {
    matching: Matching,
}

impl Lobby {
    /// When the next match may be made.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.matching.next_deadline()
    }

    /// Somebody waits no more: it is in a room, or gone.
    pub(super) fn leave(&mut self, account: AccountId) {
        self.matching.leave(account);
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.matching.len()
    }
}

impl World {
    /// The command `room_match`.
    pub(super) fn room_match(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let RoomMatch { kind, options } = decode(call.body)?;
        if OPTIONS_BYTES_MAX < options.len() {
            return Err(Halt::Reject("bad_body"));
        }
        let kind = self.room_kind(&kind)?;
        if !self.registry.rooms()[kind].has_matches {
            return Err(Halt::Reject("no_quick_match"));
        }
        if session(&mut self.conns, key).is_none_or(|session| session.room.is_some()) {
            return Err(Halt::Reject("already_in_room"));
        }
        if self.lobby.matching.is_waiting(call.account) {
            return Err(Halt::Reject(Full::Already.code()));
        }
        let rating = self.may_enter(key, call.account, kind, now)?;
        let wish = Wish { kind, options: options.to_vec() };
        let players = match self.lobby.matching.players_of(&wish) {
            Some(players) => players,
            None => self.try_options(kind, &wish.options)?,
        };
        let player = Player { account: call.account, rating };
        let Entered { waiting, put_out } =
            self.lobby.matching.enter(player, wish, players, now.instant).map_err(|full| match full {
                Full::Already => Halt::Reject(full.code()),
                Full::Queue | Full::Pools => Halt::Later { error: full.code(), retry_after_ms: FULL_MS },
            })?;
        if let Some(account) = put_out {
            self.unmatched(account, CROWDED_OUT);
        }
        let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
        self.answer_with(key, call, &wire::encode(&RoomMatching { rating, waiting }), now)
    }

    /// The command `room_match_cancel`.
    pub(super) fn room_match_cancel(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        if !self.lobby.matching.leave(call.account) {
            return Err(Halt::Reject("not_waiting"));
        }
        self.answer_with(key, call, &[], now)
    }

    /// The command `rating_read`. What counts for nobody has no rows.
    pub(super) fn rating_read(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let RatingRead { kind } = decode(call.body)?;
        let registered = &self.registry.rooms()[self.room_kind(&kind)?];
        let game = registered.is_durable().then(|| registered.game());
        self.in_tx(key, None, now, |tx| {
            let row = match game {
                Some(game) => tx.row::<RatingRow>(&(call.account.0, game))?,
                None => None,
            };
            let (rating, games) = row.map_or((RATING_START, 0), |row| (row.rating, row.games));
            let rating = i32::try_from(rating).unwrap_or(i32::MAX);
            tx.answer(call, &wire::encode(&Rating { rating, games }));
            Ok(())
        })?;
        self.commit_command(key, call, now)
    }

    /// Matches that can be made now get their rooms.
    pub(super) fn matches_due(&mut self, now: Now) {
        for made in self.lobby.matching.step(now.instant) {
            match self.open_match(&made, now) {
                Ok(()) => {}
                Err(Unmatched::Later) => self.lobby.matching.put_back(made, now.instant),
                Err(Unmatched::Without(account, reason)) => {
                    self.unmatched(account, reason);
                    self.lobby.matching.put_back(made.without(account), now.instant);
                }
                Err(Unmatched::Never(reason)) => self.never_matched(&made, reason),
            }
        }
    }

    fn never_matched(&mut self, made: &Match, reason: &'static str) {
        for player in &made.players {
            self.unmatched(player.account, reason);
        }
    }

    fn unmatched(&mut self, account: AccountId, reason: &'static str) {
        if let Some(key) = self.online.get(&account).copied() {
            self.tell_unmatched(key, reason);
        }
    }

    pub(super) fn answer_with(
        &mut self,
        key: ConnKey,
        call: &Call<'_>,
        result: &[u8],
        now: Now,
    ) -> Result<(), Halt> {
        self.in_tx(key, None, now, |tx| {
            tx.answer(call, result);
            Ok(())
        })?;
        self.commit_command(key, call, now)
    }
}

/// Nobody else wished for the same, and others had other wishes.
const CROWDED_OUT: &str = "wish_crowded_out";
/// Whoever finds the queue full comes again after this.
const FULL_MS: u32 = 5_000;
