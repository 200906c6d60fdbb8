//! What the registry refuses.

use proto::{kinds::Lane, limits::RATINGS_PER_ACCOUNT_MAX};

use super::*;
use crate::room::{Message, Room, RoomCtx};

const fn command(kind: u32) -> KindDef {
    KindDef {
        kind,
        name: "test",
        class: Class::Command,
        body_max: 16,
        cost: 1,
        lane: Lane::MustArrive,
        secret: false,
        before_login: false,
    }
}

macro_rules! room {
    ($type:ident, $name:literal, $members:literal, $kinds:expr) => {
        #[derive(serde::Serialize, serde::Deserialize)]
        struct $type;

        impl Room for $type {
            fn message(&mut self, _: &mut RoomCtx<'_>, _: Message<'_>) -> Result<(), Refusal> {
                Ok(())
            }
        }

        impl RoomKind for $type {
            const NAME: &'static str = $name;
            const JOURNAL: Journal = Journal::Nothing;
            const TICK: Tick = Tick::Every(Duration::from_millis(50));
            const MEMBERS_MAX: usize = $members;
            const KINDS: &'static [KindDef] = $kinds;

            fn open(_: &Opening<'_>) -> Result<Self, Refusal> {
                Ok(Self)
            }
        }
    };
}

room!(Draughts, "draughts", 2, &[command(2_000), command(2_010)]);
room!(Inside, "inside", 2, &[command(2_005)]);
room!(Beside, "beside", 2, &[command(2_011)]);
room!(Low, "low", 2, &[command(1_023)]);
room!(Twins, "twins", 2, &[command(3_000), command(3_000)]);
room!(Loud, "LOUD", 2, &[]);
room!(Nobody, "nobody", 0, &[]);

#[test]
fn rooms_that_do_not_collide_are_registered() {
    let mut registry = Registry::bundled();
    assert_eq!(registry.register::<Draughts>(), Ok(()));
    assert_eq!(registry.register::<Beside>(), Ok(()));
    assert!(registry.rules().iter().any(|rule| rule.kind == 2_011));
    assert!(registry.rules().len() > BUILT_IN.len());
}

#[test]
fn a_room_cannot_be_registered_twice() {
    let mut registry = Registry::new();
    assert_eq!(registry.register::<Draughts>(), Ok(()));
    assert_eq!(registry.register::<Draughts>(), Err(RegistryError::RoomTwice("draughts")));
}

#[test]
fn blocks_of_kinds_must_not_overlap() {
    let mut registry = Registry::new();
    assert_eq!(registry.register::<Draughts>(), Ok(()));
    let expected = RegistryError::KindTwice { room: "inside", other: "draughts", kind: 2_005 };
    assert_eq!(registry.register::<Inside>(), Err(expected));
    let expected = RegistryError::KindTwice { room: "twins", other: "twins", kind: 3_000 };
    assert_eq!(registry.register::<Twins>(), Err(expected));
}

#[test]
fn what_a_room_cannot_be_is_refused_by_name() {
    let mut registry = Registry::new();
    let expected = RegistryError::KindReserved { room: "low", kind: 1_023 };
    assert_eq!(registry.register::<Low>(), Err(expected));
    assert_eq!(registry.register::<Loud>(), Err(RegistryError::RoomName("LOUD")));
    assert_eq!(registry.register::<Nobody>(), Err(RegistryError::Bounds("nobody")));
}

/// A durable room that may have this many members and players, and a state of this many bytes.
#[derive(serde::Serialize, serde::Deserialize)]
struct Large<const MEMBERS: usize, const PLAYERS: usize, const STATE: usize>;

impl<const MEMBERS: usize, const PLAYERS: usize, const STATE: usize> Room for Large<MEMBERS, PLAYERS, STATE> {
    fn message(&mut self, _: &mut RoomCtx<'_>, _: Message<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}

impl<const MEMBERS: usize, const PLAYERS: usize, const STATE: usize> RoomKind
    for Large<MEMBERS, PLAYERS, STATE>
{
    const NAME: &'static str = "large";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = MEMBERS;
    const PLAYERS_MAX: usize = PLAYERS;
    const KINDS: &'static [KindDef] = &[command(2_000)];
    const LIMITS: Limits = Limits { state_bytes: STATE, ..Limits::DEFAULT };

    fn open(_: &Opening<'_>) -> Result<Self, Refusal> {
        Ok(Self)
    }
}

#[test]
fn a_durable_room_may_not_have_more_than_its_rows_take() {
    let too_much = |what, has, most| Err(RegistryError::TooMuch { room: "large", what, has, most });
    assert_eq!(Registry::new().register::<Large<1_024, 100, 262_144>>(), Ok(()));
    let players = Registry::new().register::<Large<101, 101, 1_000>>();
    assert_eq!(players, too_much("PLAYERS_MAX", 101, 100));
    let members = Registry::new().register::<Large<1_025, 2, 1_000>>();
    assert_eq!(members, too_much("MEMBERS_MAX", 1_025, 1_024));
    let state = Registry::new().register::<Large<2, 2, 262_145>>();
    assert_eq!(state, too_much("LIMITS.state_bytes", 262_145, 262_144));
}

#[test]
fn no_more_durable_kinds_are_registered_than_an_account_may_have_ratings() {
    type Rated = Large<2, 2, 1_000>;
    let mut registry = Registry::new();
    // Others, under names and packets of their own.
    let other = || Registered { name: "other", kinds: &[], ..Registered::of::<Rated>() };
    registry.rooms.extend((1..RATINGS_PER_ACCOUNT_MAX).map(|_| other()));
    registry.register::<Beside>().expect("it counts for nobody's rating");
    assert_eq!(registry.register::<Rated>(), Ok(()));
    registry.rooms.retain(|room| room.name != "large");
    registry.rooms.push(other());
    let refused = registry.register::<Rated>().expect_err("an account has no room for its rating");
    assert!(refused.to_string().contains("64 durable kinds"), "{refused}");
}
