//! Which kinds of rooms this server has: a value built in `main` and passed down, never a global.

#[cfg(test)]
mod tests;

use std::time::Duration;

use proto::{
    kinds::{BUILT_IN, Class, KindDef, ROOM_KINDS_FIRST},
    limits::{
        CLIENT_FRAME_BYTES_MAX, RATINGS_PER_ACCOUNT_MAX, ROOM_KIND_BYTES_MAX, ROOM_MEMBERS_MAX,
        ROOM_PLAYERS_MAX, ROOM_STATE_BYTES_MAX,
    },
    link::KindRule,
};

use crate::{
    logic::rooms::run::AnyRoom,
    room::{Journal, Limits, Opening, Refusal, RoomKind, Tick},
};

/// A kind of room as the world sees it.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) name: &'static str,
    pub(crate) journal: Journal,
    pub(crate) tick: Tick,
    pub(crate) members_max: usize,
    pub(crate) players_max: usize,
    pub(crate) kinds: &'static [KindDef],
    pub(crate) has_matches: bool,
    pub(crate) match_players: MatchPlayers,
    pub(crate) has_secrets: bool,
    pub(crate) limits: Limits,
    pub(crate) open: Open,
    /// From JSON; else why not.
    pub(crate) load: Load,
}

/// Reads a room.
type Load = fn(&[u8]) -> Result<Box<dyn AnyRoom>, String>;

/// How many a quick match with these options has.
type MatchPlayers = fn(&[u8]) -> Option<usize>;

/// Makes a room.
type Open = fn(&Opening<'_>) -> Result<Box<dyn AnyRoom>, Refusal>;

impl Registered {
    pub(crate) fn of<K: RoomKind>() -> Self {
        Self {
            name: K::NAME,
            journal: K::JOURNAL,
            tick: K::TICK,
            members_max: K::MEMBERS_MAX,
            players_max: K::PLAYERS_MAX,
            kinds: K::KINDS,
            has_matches: K::MATCH_PLAYERS.is_some(),
            match_players: K::match_players,
            has_secrets: K::HAS_SECRETS,
            limits: match K::JOURNAL {
                Journal::Inputs => K::LIMITS,
                // What it hears is kept nowhere, so a hall that stays open for months need not end of it.
                Journal::Nothing => Limits { inputs: u64::MAX, ..K::LIMITS },
            },
            open: |opening| Ok(Box::new(K::open(opening)?)),
            load: |json| match serde_json::from_slice::<K>(json) {
                Ok(room) => Ok(Box::new(room)),
                Err(why) => Err(why.to_string()),
            },
        }
    }

    /// Its number in what is stored: the lowest of its packet kinds.
    pub(crate) fn game(&self) -> u64 {
        self.kinds.iter().map(|def| def.kind).min().unwrap_or(0).into()
    }

    pub(crate) fn is_durable(&self) -> bool {
        self.journal == Journal::Inputs
    }
}

/// The kinds of rooms of a server.
#[derive(Debug, Default)]
pub struct Registry {
    rooms: Vec<Registered>,
}

/// Why a kind of room was not registered: a mistake in the game's `main`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Two rooms of one name.
    #[error("room `{0}` is registered twice")]
    RoomTwice(&'static str),
    /// A name that `RoomJoin.room` cannot carry.
    #[error("room name `{0}`: 1 to 32 characters of a–z, 0–9 and _")]
    RoomName(&'static str),
    /// A kind below the rooms' range.
    #[error("room `{room}`: packet kind {kind} is below {ROOM_KINDS_FIRST}")]
    KindReserved {
        /// Whose.
        room: &'static str,
        /// Which.
        kind: u32,
    },
    /// Two rooms, or one room twice, with one kind.
    #[error("packet kind {kind} of room `{room}` lies in the block of room `{other}`")]
    KindTwice {
        /// Registered later.
        room: &'static str,
        /// Registered first.
        other: &'static str,
        /// Which.
        kind: u32,
    },
    /// A room's packets are commands, signals, or the server's, within a client frame.
    #[error("room `{room}`: packet kind {kind} has a class or a bound that a room cannot have")]
    KindRule {
        /// Whose.
        room: &'static str,
        /// Which.
        kind: u32,
    },
    /// No members, more players than members, a match of another number of players, or ticks closer than 10 ms.
    #[error(
        "room `{0}`: at least 1 player, no more players than members, no match of more players than it has or of one, \
         and ticks at least 10 ms apart"
    )]
    Bounds(&'static str),
    /// A durable room that may have more of something than its rows take.
    #[error("room `{room}`: {what} is {has}, and a durable room has {most} at most")]
    TooMuch {
        /// Whose.
        room: &'static str,
        /// The constant, or the field of its limits.
        what: &'static str,
        /// As it is declared.
        has: usize,
        /// As it may be.
        most: usize,
    },
    /// More durable kinds than an account can have ratings: each match of one may count.
    #[error(
        "room `{0}`: there are {RATINGS_PER_ACCOUNT_MAX} durable kinds, and an account has no more ratings"
    )]
    Ratings(&'static str),
    /// A durable room without kinds: the first of them is its number in what is stored.
    #[error("room `{0}`: a durable room needs packet kinds of its own")]
    Kinds(&'static str),
}

impl Registry {
    /// Without rooms.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The rooms that come with Ding.
    ///
    /// # Panics
    /// Never: a test registers the same.
    #[must_use]
    pub fn bundled() -> Self {
        let mut registry = Self::new();
        registry.register::<crate::rooms::echo::Echo>().expect("the bundled rooms do not collide");
        registry.register::<crate::rooms::arena::Arena>().expect("the bundled rooms do not collide");
        registry.register::<crate::rooms::chess::Chess>().expect("the bundled rooms do not collide");
        registry.register::<crate::rooms::doudizhu::Doudizhu>().expect("the bundled rooms do not collide");
        registry
    }

    /// Adds a kind of room.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn register<K: RoomKind>(&mut self) -> Result<(), RegistryError> {
        let room = K::NAME;
        let is_named =
            room.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_named || room.is_empty() || room.len() > ROOM_KIND_BYTES_MAX {
            return Err(RegistryError::RoomName(room));
        }
        if self.rooms.iter().any(|known| known.name == room) {
            return Err(RegistryError::RoomTwice(room));
        }
        let is_tick = !matches!(K::TICK, Tick::Every(time) if time < TICK_MIN);
        let is_match = K::MATCH_PLAYERS.is_none_or(|players| (2..=K::PLAYERS_MAX).contains(&players));
        if !(1..=K::MEMBERS_MAX).contains(&K::PLAYERS_MAX) || !is_tick || !is_match {
            return Err(RegistryError::Bounds(room));
        }
        if K::JOURNAL == Journal::Inputs && K::KINDS.is_empty() {
            return Err(RegistryError::Kinds(room));
        }
        let bounds = [
            ("PLAYERS_MAX", K::PLAYERS_MAX, ROOM_PLAYERS_MAX),
            ("MEMBERS_MAX", K::MEMBERS_MAX, ROOM_MEMBERS_MAX),
            ("LIMITS.state_bytes", K::LIMITS.state_bytes, ROOM_STATE_BYTES_MAX),
        ];
        let mut beyond =
            bounds.into_iter().filter(|(_, has, most)| K::JOURNAL == Journal::Inputs && most < has);
        if let Some((what, has, most)) = beyond.next() {
            return Err(RegistryError::TooMuch { room, what, has, most });
        }
        let durable = self.rooms.iter().filter(|known| known.is_durable()).count();
        if K::JOURNAL == Journal::Inputs && RATINGS_PER_ACCOUNT_MAX <= durable {
            return Err(RegistryError::Ratings(room));
        }
        for (index, def) in K::KINDS.iter().enumerate() {
            self.check_kind(room, def)?;
            if K::KINDS[..index].iter().any(|before| before.kind == def.kind) {
                return Err(RegistryError::KindTwice { room, other: room, kind: def.kind });
            }
        }
        self.check_block(room, K::KINDS)?;
        self.rooms.push(Registered::of::<K>());
        Ok(())
    }

    fn check_kind(&self, room: &'static str, def: &KindDef) -> Result<(), RegistryError> {
        let kind = def.kind;
        if kind < ROOM_KINDS_FIRST {
            return Err(RegistryError::KindReserved { room, kind });
        }
        if def.before_login || def.class == Class::Control || CLIENT_FRAME_BYTES_MAX <= def.body_max {
            return Err(RegistryError::KindRule { room, kind });
        }
        Ok(())
    }

    /// A block reaches from a room's lowest kind to its highest: nobody else's may lie between.
    fn check_block(&self, room: &'static str, kinds: &[KindDef]) -> Result<(), RegistryError> {
        let Some((first, last)) = block(kinds) else { return Ok(()) };
        for other in &self.rooms {
            let Some((other_first, other_last)) = block(other.kinds) else { continue };
            if first <= other_last && other_first <= last {
                let kind = first.max(other_first);
                return Err(RegistryError::KindTwice { room, other: other.name, kind });
            }
        }
        Ok(())
    }

    /// The whole table of kinds, Ding's first.
    pub fn kinds(&self) -> impl Iterator<Item = &KindDef> {
        BUILT_IN.iter().chain(self.rooms.iter().flat_map(|room| room.kinds))
    }

    /// The same, as `LinkWelcome` carries it: each block with the name of its kind of room.
    #[must_use]
    pub fn rules(&self) -> Vec<KindRule> {
        let of_rooms = self.rooms.iter().flat_map(|room| {
            room.kinds.iter().map(|def| KindRule { room: room.name.to_owned(), ..def.rule() })
        });
        BUILT_IN.iter().map(KindDef::rule).chain(of_rooms).collect()
    }

    pub(crate) fn rooms(&self) -> &[Registered] {
        &self.rooms
    }
}

fn block(kinds: &[KindDef]) -> Option<(u32, u32)> {
    let first = kinds.iter().map(|def| def.kind).min()?;
    let last = kinds.iter().map(|def| def.kind).max()?;
    Some((first, last))
}

const TICK_MIN: Duration = Duration::from_millis(10);
