//! Looks at every packet that anybody hears: only known kinds, only known fields, and no card that its
//! listener must not know.

use std::collections::BTreeSet;

use proto::{
    client::{
        DoudizhuBade, DoudizhuDealt, DoudizhuDelayed, DoudizhuHints, DoudizhuLandlord, DoudizhuOver,
        DoudizhuPlayed, DoudizhuSeated, DoudizhuTable, DoudizhuTurn,
    },
    ids::AccountId,
    prescan::Budget,
    wire,
};

use crate::rooms::doudizhu::{
    BADE, DEALT, DELAYED, Doudizhu, LANDLORD, OVER, PLAYED, SEATED, TABLE, TURN, cards,
    hand::{SEATS, Stage},
};

/// What is true of the cards, as a room has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Truth {
    hands: [BTreeSet<u8>; SEATS],
    /// The three, before they are shown too.
    bottom: BTreeSet<u8>,
    public: BTreeSet<u8>,
    is_dealt: bool,
}

impl Truth {
    pub(super) fn of(room: &Doudizhu) -> Self {
        let Some(game) = &room.game else { return Self::default() };
        let set = |cards: &[cards::Card]| cards::numbers(cards).into_iter().collect::<BTreeSet<u8>>();
        let json = serde_json::to_value(&game.hand).expect("a hand can be written");
        let bottom = serde_json::from_value::<BTreeSet<u8>>(json["bottom"].clone()).expect("three cards");
        let public = match game.hand.stage() {
            Stage::Bidding { .. } => BTreeSet::new(),
            Stage::Playing(playing) => &set(&playing.played) | &bottom,
        };
        Self { hands: [0, 1, 2].map(|seat| set(game.hand.cards_of(seat))), bottom, public, is_dealt: true }
    }
}

/// Looks through what one member heard during one step of the room.
///
/// # Errors
/// What they must not have heard.
pub(super) fn look(
    member: u64,
    before: &Doudizhu,
    after: &Doudizhu,
    heard: &[(u32, Vec<u8>)],
) -> Result<(), String> {
    let (mut truth, now) = (Truth::of(before), Truth::of(after));
    let own = after.own_seat(AccountId(member));
    for (kind, body) in heard {
        let name = format!("{member} heard {kind}");
        match *kind {
            TABLE => {
                let table: DoudizhuTable = exactly(&name, body)?;
                let is_own = own.is_some_and(|seat| set(&table.hand) == now.hands[seat]);
                must(&name, "a hand", table.hand.is_empty() || is_own)?;
                let is_public = |cards: &[u8]| set(cards).is_subset(&now.public);
                let shown = [&table.bottom, &table.lead_cards, &table.played];
                must(&name, "cards", shown.into_iter().all(|cards| is_public(cards)))?;
            }
            DEALT => {
                let dealt: DoudizhuDealt = exactly(&name, body)?;
                // If the hand is over too, nobody sat there any more.
                let is_own = now.is_dealt && own.is_some_and(|seat| set(&dealt.hand) == now.hands[seat]);
                must(&name, "a hand", dealt.hand.is_empty() || is_own)?;
                truth = now.clone();
            }
            LANDLORD => {
                let landlord: DoudizhuLandlord = exactly(&name, body)?;
                let bottom = set(&landlord.bottom);
                must(&name, "other cards", !truth.is_dealt || bottom == truth.bottom)?;
                truth.hands[index(landlord.seat)].extend(&bottom);
            }
            PLAYED => {
                let played: DoudizhuPlayed = exactly(&name, body)?;
                let hand = &mut truth.hands[index(played.seat)];
                let cards = set(&played.cards);
                must(&name, "cards of somebody else", !truth.is_dealt || cards.is_subset(hand))?;
                hand.retain(|card| !cards.contains(card));
                must(&name, "another number", !truth.is_dealt || hand.len() == played.cards_left as usize)?;
            }
            SEATED => drop(exactly::<DoudizhuSeated>(&name, body)?),
            TURN => drop(exactly::<DoudizhuTurn>(&name, body)?),
            BADE => drop(exactly::<DoudizhuBade>(&name, body)?),
            OVER => drop(exactly::<DoudizhuOver>(&name, body)?),
            DELAYED => drop(exactly::<DoudizhuDelayed>(&name, body)?),
            _ => return Err(format!("{name}, which is not on the list")),
        }
    }
    // What was played is gone from its hand, and nothing else: no packet had more in it.
    let has_heard_all = heard.iter().any(|(kind, _)| matches!(*kind, PLAYED | LANDLORD));
    must("after all", "hands that differ", !has_heard_all || !now.is_dealt || truth.hands == now.hands)
}

/// What may be played is one's own.
pub(super) fn look_at_hint(member: u64, room: &Doudizhu, result: &[u8]) -> Vec<Vec<u8>> {
    let hint: DoudizhuHints = exactly("a hint", result).expect("it is one");
    let truth = Truth::of(room);
    let own = &truth.hands[room.own_seat(AccountId(member)).expect("they play")];
    assert!(hint.plays.iter().all(|play| set(play).is_subset(own)), "{hint:?}");
    hint.plays.iter().map(|play| play.to_vec()).collect()
}

/// The message, and nothing but it.
fn exactly<M: Whole>(name: &str, body: &[u8]) -> Result<M, String> {
    M::whole(body).ok_or_else(|| format!("{name}, with something more in it"))
}

/// Messages of which no byte is left over.
pub(super) trait Whole: Sized {
    fn whole(body: &[u8]) -> Option<Self>;
}

macro_rules! whole {
    ($($message:ty)*) => {$(
        impl Whole for $message {
            fn whole(body: &[u8]) -> Option<Self> {
                let message = wire::decode::<Self>(body, Budget::LINK).ok()?;
                (wire::encode(&message) == body).then_some(message)
            }
        }
    )*};
}

whole! {
    DoudizhuBade DoudizhuDealt DoudizhuDelayed DoudizhuHints DoudizhuLandlord DoudizhuOver DoudizhuPlayed
    DoudizhuSeated
    DoudizhuTable DoudizhuTurn
}

fn must(name: &str, what: &str, is: bool) -> Result<(), String> {
    if is { Ok(()) } else { Err(format!("{name}: {what}")) }
}

fn set(cards: &[u8]) -> BTreeSet<u8> {
    cards.iter().copied().collect()
}

fn index(seat: u32) -> usize {
    seat as usize - 1
}
