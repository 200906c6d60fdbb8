//! Which kinds of rooms this server has: a value built in `main` and passed down, never a global.

#[cfg(test)]
mod tests;

use std::time::Duration;

use proto::{
    kinds::{BUILT_IN, Class, KindDef, ROOM_KINDS_FIRST},
    limits::CLIENT_FRAME_BYTES_MAX,
    link::KindRule,
};

use crate::room::{Journal, Room, RoomKind};

/// A kind of room as the world sees it.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) name: &'static str,
    /// None: the world's.
    pub(crate) tick: Option<Duration>,
    pub(crate) members_max: usize,
    pub(crate) kinds: &'static [KindDef],
    pub(crate) open: fn(u32) -> Box<dyn Room>,
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
    /// No members, or ticks closer than 10 ms.
    #[error("room `{0}`: members_max must be at least 1 and the tick at least 10 ms")]
    Bounds(&'static str),
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
        registry
    }

    /// Adds a kind of room.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn register<K: RoomKind>(&mut self) -> Result<(), RegistryError> {
        let Journal::Nothing = K::JOURNAL;
        let room = K::NAME;
        let is_named =
            room.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_named || room.is_empty() || room.len() > 32 {
            return Err(RegistryError::RoomName(room));
        }
        if self.rooms.iter().any(|known| known.name == room) {
            return Err(RegistryError::RoomTwice(room));
        }
        if K::MEMBERS_MAX == 0 || K::TICK.is_some_and(|tick| tick < TICK_MIN) {
            return Err(RegistryError::Bounds(room));
        }
        for (index, def) in K::KINDS.iter().enumerate() {
            self.check_kind(room, def)?;
            if K::KINDS[..index].iter().any(|before| before.kind == def.kind) {
                return Err(RegistryError::KindTwice { room, other: room, kind: def.kind });
            }
        }
        self.check_block(room, K::KINDS)?;
        self.rooms.push(Registered {
            name: room,
            tick: K::TICK,
            members_max: K::MEMBERS_MAX,
            kinds: K::KINDS,
            open: |number| Box::new(K::open(number)),
        });
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

    /// The same, as `LinkWelcome` carries it.
    #[must_use]
    pub fn rules(&self) -> Vec<KindRule> {
        self.kinds().map(KindDef::rule).collect()
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
