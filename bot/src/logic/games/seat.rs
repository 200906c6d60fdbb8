//! One player between matches and in them: it looks for one, sits down, plays, counts its gold, and looks for the next.
//! One command at a time, so that what came of the last is known before the next.

use std::time::{Duration, Instant};

use client::{Outcome, Push};
use proto::{
    client::{RoomCreate, RoomJoin, RoomJoined, RoomLeft, RoomMatch},
    kinds::{Lane, ROOM_CREATE, ROOM_JOIN, ROOM_LEAVE, ROOM_MATCH, ROOM_MATCH_CANCEL, WALLET_READ},
    prescan::Budget,
    wire::{decode, encode},
};
use rand_chacha::ChaCha8Rng;
use rand_core::Rng as _;

use crate::logic::{
    games::{Choices, Game, GameKind, Mood, Parlor},
    world::Finding,
};

/// A command, and what its answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todo {
    /// Its kind.
    pub kind: u32,
    /// Its body.
    pub body: Vec<u8>,
    /// None: a signal of the game.
    pub errand: Option<Errand>,
}

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// A quick match.
    Match,
    /// None any more.
    Cancel,
    /// A room of its own.
    Create,
    /// Somebody else's.
    Join,
    /// Out.
    Leave,
    /// How much gold there is.
    Count,
    /// A move in the game, of this kind.
    Act(u32),
}

/// A player of games.
#[derive(Debug)]
pub struct Seat {
    kind: GameKind,
    choices: Choices,
    account: u64,
    place: Place,
    /// A command is on its way.
    has_errand: bool,
    /// Not before this moment, after an answer that said so.
    after: Option<Instant>,
    gold: Gold,
    /// As it was asked last.
    mood: Mood,
}

/// Where it is.
#[derive(Debug)]
enum Place {
    /// In no room, and its gold is counted.
    Free,
    /// It waits for a quick match.
    Waiting,
    /// In a room, and in a match or before it.
    Inside { room: u64, game: Box<dyn Game> },
    /// The login told of a seat in this room; what it is follows.
    Coming { room: u64 },
    /// Out of a room: its gold is to be counted.
    Leaving(Expected),
}

/// What has to have become of the gold.
#[derive(Debug)]
enum Expected {
    /// This much more.
    Change(i64),
    /// What the game may bring.
    Any(Box<dyn Game>),
    /// Nobody can tell.
    Unknown,
}

/// What is known of its gold.
#[derive(Clone, Copy, Debug, Default)]
struct Gold {
    start: Option<i64>,
    now: i64,
    /// It may have changed since.
    is_stale: bool,
}

impl Seat {
    /// In no room. Its account is told with [`Self::logged_in`].
    #[must_use]
    pub fn new(kind: GameKind, choices: Choices) -> Self {
        let place = Place::Leaving(Expected::Unknown);
        let gold = Gold::default();
        Self { kind, choices, account: 0, place, has_errand: false, after: None, gold, mood: Mood::Play }
    }

    /// Gold when it was counted first and last; nothing before that.
    #[must_use]
    pub fn gold(&self) -> Option<(i64, i64)> {
        self.gold.start.map(|start| (start, self.gold.now))
    }

    /// Whether it is in no room, wants none, and knows its gold.
    #[must_use]
    pub fn is_free(&self) -> bool {
        matches!(self.place, Place::Free) && !self.has_errand
    }

    /// Whether it was asked to come to an end.
    #[must_use]
    pub fn mood(&self) -> Mood {
        self.mood
    }

    /// When there may be something to do, if nothing is heard before.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        if let Some(after) = self.after {
            return Some(after);
        }
        match &self.place {
            Place::Inside { game, .. } if !self.has_errand => game.wake_at(),
            Place::Inside { .. } => None,
            Place::Free | Place::Waiting | Place::Coming { .. } | Place::Leaving(_) => None,
        }
    }

    /// What to send now. `mood`: whether to play on or to come to an end.
    pub fn next(
        &mut self,
        mood: Mood,
        now: Instant,
        rng: &mut ChaCha8Rng,
        parlor: &mut Parlor,
    ) -> Option<Todo> {
        self.mood = mood;
        if self.after.is_some_and(|after| now < after) {
            return None;
        }
        self.after = None;
        if let Place::Inside { game, .. } = &mut self.place
            && !self.has_errand
            && let Some(act) = game.next(mood, now, rng)
        {
            let errand = (!act.is_signal).then_some(Errand::Act(act.kind));
            self.has_errand = errand.is_some();
            return Some(Todo { kind: act.kind, body: act.body, errand });
        }
        if self.has_errand {
            return None;
        }
        let todo = |kind, body, errand| Some(Todo { kind, body, errand: Some(errand) });
        let found = match (&self.place, mood) {
            (Place::Leaving(_), _) => todo(WALLET_READ, Vec::new(), Errand::Count),
            (Place::Free, Mood::Play) => self.look_for_one(rng, parlor),
            (Place::Waiting, Mood::Hurry) => todo(ROOM_MATCH_CANCEL, Vec::new(), Errand::Cancel),
            // Whatever the game wanted is done: what is left is to go.
            (Place::Inside { game, .. }, Mood::Hurry) if game.wake_at().is_none() && game.end().is_none() => {
                todo(ROOM_LEAVE, Vec::new(), Errand::Leave)
            }
            (Place::Free, Mood::Hurry) | (Place::Waiting, Mood::Play) => None,
            (Place::Inside { .. } | Place::Coming { .. }, _) => None,
        };
        self.has_errand = found.is_some();
        found
    }

    fn look_for_one(&self, rng: &mut ChaCha8Rng, parlor: &mut Parlor) -> Option<Todo> {
        let kind = self.kind.name().to_owned();
        let options = |seats| self.kind.options(self.choices, seats).into();
        if let Some(room) = parlor.take(self.kind) {
            let body = encode(&RoomJoin { room, spectate: false });
            return Some(Todo { kind: ROOM_JOIN, body, errand: Some(Errand::Join) });
        }
        if rng.next_u32().is_multiple_of(CREATE_ONE_IN) {
            let options = options(self.kind.seats());
            let body = encode(&RoomCreate { kind, options, spectate: false });
            return Some(Todo { kind: ROOM_CREATE, body, errand: Some(Errand::Create) });
        }
        let options = options(parlor.seats_wished(self.kind, self.account));
        let body = encode(&RoomMatch { kind, options });
        Some(Todo { kind: ROOM_MATCH, body, errand: Some(Errand::Match) })
    }

    /// The answer to its command.
    ///
    /// # Errors
    /// What must not be.
    pub fn answered(
        &mut self,
        errand: Errand,
        outcome: &Outcome,
        now: Instant,
        parlor: &mut Parlor,
    ) -> Result<(), Finding> {
        self.has_errand = false;
        if let Outcome::RetryLater { after_ms, .. } = outcome {
            self.after =
                Some(now + Duration::from_millis(u64::from(*after_ms).clamp(RETRY_MS_MIN, RETRY_MS_MAX)));
        }
        match (errand, outcome) {
            (Errand::Act(kind), _) => self.acted(kind, outcome, parlor),
            (_, Outcome::RetryLater { .. }) => Ok(()),
            (Errand::Match, Outcome::Ok(_)) => {
                // The match itself may have been told before.
                if matches!(self.place, Place::Free) {
                    self.place = Place::Waiting;
                }
                Ok(())
            }
            (Errand::Cancel, _) => {
                if matches!(self.place, Place::Waiting) {
                    self.place = Place::Free;
                }
                Ok(())
            }
            (Errand::Create | Errand::Join, Outcome::Ok(result)) => {
                let joined: RoomJoined = decode(result, Budget::CLIENT)
                    .map_err(|error| Finding::new("room_garbled", error.to_string()))?;
                // What the room shows comes behind the answer.
                self.sit_down(joined.room, parlor);
                if errand == Errand::Create {
                    for _ in 1..self.kind.seats() {
                        parlor.offer(self.kind, joined.name.clone());
                    }
                }
                Ok(())
            }
            // Who waited there is gone, or somebody was faster.
            (Errand::Join, Outcome::Rejected(_)) => Ok(()),
            (Errand::Leave, Outcome::Ok(_)) => {
                self.leave();
                Ok(())
            }
            // It was over before: the word of that waits until it is durable.
            (Errand::Leave, Outcome::Rejected(code)) if code == NOT_IN_ROOM => {
                self.after = Some(now + WORD_WAIT);
                Ok(())
            }
            (Errand::Count, Outcome::Ok(result)) => self.counted(result),
            (Errand::Match | Errand::Create, Outcome::Rejected(code)) if code == NOT_ENOUGH_GOLD => {
                self.after = Some(now + POOR_WAIT);
                Ok(())
            }
            (_, Outcome::Rejected(code)) => Err(Finding::new("room_refused", format!("{errand:?}: {code}"))),
        }
    }

    fn acted(&mut self, kind: u32, outcome: &Outcome, parlor: &mut Parlor) -> Result<(), Finding> {
        match outcome {
            Outcome::Ok(_) => parlor.figures.acts += 1,
            Outcome::Rejected(_) | Outcome::RetryLater { .. } => parlor.figures.refused += 1,
        }
        match &mut self.place {
            Place::Inside { game, .. } => game.answered(kind, outcome),
            // The match ended meanwhile.
            Place::Free | Place::Waiting | Place::Coming { .. } | Place::Leaving(_) => Ok(()),
        }
    }

    /// Something that nobody asked for.
    ///
    /// # Errors
    /// What must not be.
    pub fn hear(&mut self, push: &Push, now: Instant, parlor: &mut Parlor) -> Result<(), Finding> {
        match push {
            Push::RoomMatched(matched) => {
                if !matches!(self.place, Place::Free | Place::Waiting) || matched.kind != self.kind.name() {
                    return Err(Finding::new(
                        "match_stray",
                        format!("{} while {:?}", matched.name, self.place),
                    ));
                }
                self.sit_down(matched.room, parlor);
                Ok(())
            }
            Push::RoomBack(back) => match &mut self.place {
                Place::Inside { room, .. } if *room == back.room => Ok(()),
                Place::Coming { room } if *room == back.room && back.kind == self.kind.name() => {
                    self.sit_down(back.room, parlor);
                    Ok(())
                }
                place => Err(Finding::new("seat_stray", format!("{} while {place:?}", back.name))),
            },
            Push::RoomLeft(left) => self.put_out(left, parlor),
            Push::Room { kind, body, lane } => match &mut self.place {
                Place::Inside { room, game } => {
                    let was_over = game.end().is_some();
                    game.hear(*kind, body, now)?;
                    match game.end().filter(|_| !was_over) {
                        Some(end) => parlor.ended(*room, &end),
                        None => Ok(()),
                    }
                }
                // What must arrive waits until it is durable, and this does not wait for it.
                _ if *lane == Lane::LatestWins => Ok(()),
                place => Err(Finding::new("room_stray", format!("kind {kind} while {place:?}"))),
            },
            _ => Ok(()),
        }
    }

    fn put_out(&mut self, left: &RoomLeft, parlor: &mut Parlor) -> Result<(), Finding> {
        let Place::Inside { room, game } = &self.place else {
            match self.place {
                Place::Coming { .. } => self.place = Place::Leaving(Expected::Unknown),
                // Of a match that it waits for no more.
                Place::Waiting if left.room == 0 => self.place = Place::Free,
                Place::Free | Place::Waiting | Place::Inside { .. } | Place::Leaving(_) => {}
            }
            // Else it has left itself, and the room was over in the same moment.
            return Ok(());
        };
        if *room != left.room {
            return Err(Finding::new("room_stray", format!("{} left while in {room}", left.room)));
        }
        let end = game.end();
        let (expected, told) = match (end, left.reason.as_str()) {
            (Some(end), FINISHED) => (Expected::Change(end.gold), Ok(())),
            (None, FINISHED) => (
                Expected::Unknown,
                Err(Finding::new("match_unexplained", format!("room {room} is finished"))),
            ),
            // Stakes are given back.
            (_, reason) => {
                parlor.closed(reason);
                (Expected::Change(0), Ok(()))
            }
        };
        self.place = Place::Leaving(expected);
        told
    }

    fn sit_down(&mut self, room: u64, parlor: &mut Parlor) {
        parlor.figures.seats += 1;
        self.place = Place::Inside { room, game: self.kind.begin(self.account, self.choices) };
    }

    /// Out, by its own wish.
    fn leave(&mut self) {
        if let Place::Inside { game, .. } = std::mem::replace(&mut self.place, Place::Free) {
            let expected = game.end().map(|end| Expected::Change(end.gold));
            self.place = Place::Leaving(expected.unwrap_or(Expected::Any(game)));
        }
    }

    fn counted(&mut self, result: &[u8]) -> Result<(), Finding> {
        let wallet: proto::client::Wallet = decode(result, Budget::CLIENT)
            .map_err(|error| Finding::new("wallet_garbled", error.to_string()))?;
        let Place::Leaving(expected) = std::mem::replace(&mut self.place, Place::Free) else { return Ok(()) };
        let before = self.gold.now;
        let is_new = self.gold.start.is_none() || std::mem::take(&mut self.gold.is_stale);
        self.gold.start.get_or_insert(wallet.gold);
        self.gold.now = wallet.gold;
        let change = wallet.gold - before;
        let fits = match &expected {
            Expected::Change(gold) => change == *gold,
            Expected::Any(game) => game.may_bring(change),
            Expected::Unknown => true,
        };
        if is_new || fits {
            return Ok(());
        }
        let detail = format!("{before} before the match, {} after it, {expected:?}", wallet.gold);
        Err(Finding::new("match_gold", detail))
    }

    /// Its session does not go on: what was asked may have happened or not.
    pub fn interrupted(&mut self) {
        self.has_errand = false;
        match &mut self.place {
            // A match may have been made, played and over while nobody heard of it.
            Place::Waiting | Place::Free => self.place = Place::Leaving(Expected::Unknown),
            Place::Inside { game, .. } => game.interrupted(),
            Place::Coming { .. } | Place::Leaving(_) => {}
        }
    }

    /// It is in, as this account, and still has its seat in this room; 0: in none.
    pub fn logged_in(&mut self, account: u64, room: u64, parlor: &mut Parlor) {
        self.account = account;
        let before = match &self.place {
            Place::Inside { room, .. } | Place::Coming { room } => Some(*room),
            Place::Free | Place::Waiting | Place::Leaving(_) => None,
        };
        match before {
            Some(before) if before == room => parlor.figures.seats_kept += 1,
            Some(_) => {
                parlor.figures.ends_unheard += 1;
                if let Place::Coming { .. } = self.place {
                    self.place = Place::Leaving(Expected::Unknown);
                }
                self.leave();
            }
            None => {}
        }
        if room != 0 && before != Some(room) {
            // It was seated while nobody heard of it. What the match before brought is not known any more.
            self.gold.is_stale |= before.is_some();
            self.place = Place::Coming { room };
        }
    }
}

/// One in so many looks for a match by opening a room, the others by a quick match.
const CREATE_ONE_IN: u32 = 4;
const NOT_ENOUGH_GOLD: &str = "not_enough_gold";
/// Until somebody who plays on has lost something to it again.
const POOR_WAIT: Duration = Duration::from_secs(1);
/// Until whoever is in no room any more, and has not heard why, asks again.
const WORD_WAIT: Duration = Duration::from_millis(200);
const NOT_IN_ROOM: &str = "not_in_room";
const FINISHED: &str = "finished";
const RETRY_MS_MIN: u64 = 50;
const RETRY_MS_MAX: u64 = 5_000;
