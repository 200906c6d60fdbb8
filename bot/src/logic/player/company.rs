//! A player among others: what it says to those near and to one alone, whom it fights, and how it dies and begins again.

use std::time::{Duration, Instant};

use client::Outcome;
use proto::{
    client::{
        Attack, Attacked, ChatNear, ChatNearHeard, ChatPrivate, ChatPrivateHeard, Died, Looted, Respawned,
    },
    kinds::{ATTACK, CHAT_NEAR, CHAT_PRIVATE, RESPAWN},
    prescan::Budget,
    wire::{decode, encode},
};
use rand_core::Rng as _;

use crate::logic::{
    atlas::Point,
    chat::Line,
    player::{Order, Player, What, order},
    walk::Prey,
    world::{Finding, World},
};

impl Player {
    /// A line for whoever is near; nothing while it is not on the map.
    pub(super) fn say_near(&mut self, due: Instant, now: Instant, world: &World) -> Option<Order> {
        world.talk.person(self.id)?;
        let text = self.next_line(world).text();
        Some(order(CHAT_NEAR, encode(&ChatNear { text }), What::Near, due, now))
    }

    /// A line for somebody alone.
    pub(super) fn whisper(&mut self, due: Instant, now: Instant, world: &mut World) -> Option<Order> {
        let wish = self.rng.next_u32() % world.census.players().max(1);
        let (to, name) = world.talk.anybody(wish, self.id).map(|(to, person)| (to, person.name.clone()))?;
        let line = self.next_line(world);
        world.talk.whisper(self.id, line.number, to);
        let body = encode(&ChatPrivate { to: name, text: line.text() });
        Some(order(CHAT_PRIVATE, body, What::Private { number: line.number, to }, due, now))
    }

    fn next_line(&mut self, world: &World) -> Line {
        self.lines += 1;
        Line { run: world.run, player: self.id, number: LINES_FROM + self.lines }
    }

    /// A blow at a monster that is near enough; one that is not yet is gone for.
    pub(super) fn strike(&mut self, due: Instant, now: Instant) -> Option<Order> {
        match self.walk.prey()? {
            Prey::Near(avatar) => Some(order(ATTACK, encode(&Attack { avatar }), What::Attack, due, now)),
            Prey::Ahead => None,
        }
    }

    /// The own character begins again, if it is dead and its time has come.
    pub(super) fn respawn(&mut self, now: Instant) -> Option<Order> {
        self.respawn_at.take_if(|at| *at <= now)?;
        Some(order(RESPAWN, Vec::new(), What::Respawn, now, now))
    }

    /// What its commands were answered.
    pub(super) fn on_company(&mut self, what: &What, outcome: Outcome, now: Instant, world: &mut World) {
        match (what, outcome) {
            (What::Near, Outcome::Rejected(code)) => {
                world.found(self.id, Finding::new("near_refused", code));
            }
            (What::Private { number, to }, outcome) => {
                let is_said = matches!(outcome, Outcome::Ok(_));
                let told = world.talk.answered(self.id, *number, is_said);
                world.check(self.id, told);
                if let Outcome::Rejected(code) = outcome
                    && world.talk.is_here(*to)
                {
                    world.found(self.id, Finding::new("private_refused", code));
                }
            }
            (What::Attack, Outcome::Ok(result)) => match decode::<Attacked>(&result, Budget::CLIENT) {
                Ok(Attacked { damage: 1.., life: 0..=100, .. }) => world.fights.blows += 1,
                Ok(other) => world.found(self.id, Finding::new("attack_odd", format!("{other:?}"))),
                Err(error) => world.found(self.id, Finding::new("attack_garbled", error.to_string())),
            },
            (What::Attack, Outcome::Rejected(code)) if !MISSED.contains(&code.as_str()) => {
                world.found(self.id, Finding::new("attack_refused", code));
            }
            (What::Respawn, Outcome::Ok(result)) => match decode::<Respawned>(&result, Budget::CLIENT) {
                Ok(Respawned { x_mm, y_mm, .. }) => self.walk.rise(Point { x_mm, y_mm }),
                Err(error) => world.found(self.id, Finding::new("respawn_garbled", error.to_string())),
            },
            (What::Respawn, Outcome::Rejected(code)) => {
                world.found(self.id, Finding::new("respawn_refused", code));
            }
            (What::Respawn, Outcome::RetryLater { after_ms, .. }) => {
                self.respawn_at = Some(now + Duration::from_millis(after_ms.into()));
            }
            _ => {}
        }
    }

    /// Somebody near said something.
    pub(super) fn on_near(&mut self, heard: &ChatNearHeard, world: &mut World) {
        let Some(line) = Line::parse(&heard.text).filter(|line| line.run == world.run) else { return };
        world.talk.near_heard += 1;
        let told = world.talk.is_genuine(line, heard.from, &heard.text);
        world.check(self.id, told);
        let speaker = world.talk.person(line.player).and_then(|person| world.atlas.at(person.avatar));
        if let Some(at) = speaker
            && !self.walk.may_hear(at)
        {
            let detail = format!("player {} at {at:?}", line.player);
            world.found(self.id, Finding::new("near_too_far", detail));
        }
    }

    /// Somebody said something to this one alone.
    pub(super) fn on_private(&mut self, heard: &ChatPrivateHeard, world: &mut World) {
        let Some(line) = Line::parse(&heard.text).filter(|line| line.run == world.run) else { return };
        let told = world.talk.heard(self.id, line, heard.from, &heard.text);
        world.check(self.id, told);
    }

    /// A character died.
    pub(super) fn on_died(&mut self, died: &Died, now: Instant, world: &mut World) {
        if Some(died.character) == self.character {
            world.fights.deaths += 1;
            self.walk.die();
            if let Some(avatar) = self.walk.avatar() {
                world.atlas.blur(avatar);
            }
            self.respawn_at = Some(now + Duration::from_millis(died.respawn_ms.into()) + RESPAWN_SLACK);
        }
    }

    /// A monster left something.
    pub(super) fn on_looted(&mut self, looted: &Looted, world: &mut World) {
        world.fights.slain += 1;
        world.fair.gold_issued += looted.gold;
        self.looted += looted.gold;
        let wallet = self.wallet.dealt(looted.wallet, looted.gold, looted.lsn);
        world.check(self.id, wallet);
    }
}

/// The target went, died, or was never as near as it looked; the own character fell meanwhile.
const MISSED: [&str; 4] = ["no_such_target", "target_too_far", "target_behind_wall", "character_dead"];
/// Lines of world chat are numbered below.
const LINES_FROM: u32 = 1_000_000_000;
const RESPAWN_SLACK: Duration = Duration::from_millis(200);
