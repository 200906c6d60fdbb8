//! How a player of the market comes into the world: with a character that stands at a shop, if luck brings one there.

use std::time::Instant;

use client::Outcome;
use proto::{
    client::{CharCreate, CharEnter, Character, Characters, Entered},
    kinds::{BAG_READ, CHAR_CREATE, CHAR_ENTER, CHAR_LEAVE, CHAR_LIST},
    prescan::Budget,
    wire::{DecodeError, decode, encode},
};

use crate::logic::{
    market::{
        errand::{Errand, Todo},
        merchant::Coming,
        way::Way,
    },
    player::{Ask, Order, Player, What, order},
    world::{Finding, World},
};

impl Player {
    /// What has to be asked before play begins or goes on.
    pub(in crate::logic::player) fn market_question(&mut self, now: Instant, world: &World) -> Option<Order> {
        let market = self.market.as_ref()?;
        if self.asks.map == Ask::Wanted {
            self.asks.map = Ask::Waiting;
            let plain = |kind, body, what| Some(order(kind, body, what, now, now));
            return match market.coming {
                Coming::List => plain(CHAR_LIST, Vec::new(), What::Characters),
                Coming::Create => {
                    let letter = char::from(b'a' + u8::try_from(market.characters.len() % 26).unwrap_or(0));
                    let name = format!("{}{letter}", world.name('m', self.id));
                    plain(CHAR_CREATE, encode(&CharCreate { name }), What::Create)
                }
                Coming::Enter(character) => plain(CHAR_ENTER, encode(&CharEnter { character }), What::Enter),
                Coming::Leave(_) => {
                    let todo = Todo::plain(CHAR_LEAVE, Vec::new(), Errand::Leave, &[]);
                    Some(self.deal(todo, now, now))
                }
            };
        }
        if self.asks.map == Ask::Had && self.asks.bag == Ask::Wanted {
            self.asks.bag = Ask::Waiting;
            return Some(self.deal(Todo::plain(BAG_READ, Vec::new(), Errand::Bag, &[]), now, now));
        }
        if self.asks.map == Ask::Had && self.asks.letters == Ask::Wanted {
            self.asks.letters = Ask::Waiting;
            let todo = market.list(market.listed_before);
            return Some(self.deal(todo, now, now));
        }
        None
    }

    /// An answer on the way in.
    pub(in crate::logic::player) fn on_market_coming(
        &mut self,
        what: &What,
        outcome: Outcome,
        now: Instant,
        world: &mut World,
    ) {
        let Some(result) = self.on_way_in(outcome, now, world) else { return };
        if let Err(error) = self.come_on(what, &result, now) {
            self.asks.map = Ask::Had;
            world.found(self.id, Finding::new("enter_garbled", error.to_string()));
        }
        self.show_stall(world);
    }

    fn come_on(&mut self, what: &What, result: &[u8], now: Instant) -> Result<(), DecodeError> {
        let Some(market) = &mut self.market else { return Ok(()) };
        match what {
            What::Characters => {
                let list: Characters = decode(result, Budget::CLIENT)?;
                let alive = list.characters.into_iter().filter(|one| one.gone_ms == 0);
                market.characters = alive.map(|one| (one.id, one.name)).collect();
                let last = market.characters.last();
                market.coming = last.map_or(Coming::Create, |(character, _)| Coming::Enter(*character));
            }
            What::Create => {
                let made: Character = decode(result, Budget::CLIENT)?;
                market.coming = Coming::Enter(made.id);
                market.characters.push((made.id, made.name));
            }
            _ => {
                let entered: Entered = decode(result, Budget::CLIENT)?;
                let character = entered.character.as_ref().map_or(0, |one| one.id);
                market.is_dead = entered.character.is_some_and(|one| one.dead);
                let way = Way::new(&entered.map.unwrap_or_default(), &market.shops, now);
                if market.entered(character, way) {
                    self.asks.map = Ask::Had;
                }
            }
        }
        Ok(())
    }

    /// Out again, to try another character.
    pub(super) fn on_left(&mut self, outcome: &Outcome, now: Instant, world: &mut World) {
        self.asks.map = Ask::Wanted;
        match outcome {
            Outcome::RetryLater { after_ms, .. } => self.ask_again(*after_ms, now),
            Outcome::Rejected(code) => world.found(self.id, Finding::new("enter_refused", code.clone())),
            Outcome::Ok(_) => {}
        }
        if let (Some(market), Outcome::Ok(_) | Outcome::Rejected(_)) = (&mut self.market, outcome) {
            market.coming = match market.coming {
                Coming::Leave(Some(character)) => Coming::Enter(character),
                _ => Coming::Create,
            };
        }
    }
}
