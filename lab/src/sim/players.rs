//! Players as scripts that do not know what they will do next: they come and go, deal, speak, lose their connections,
//! come again and find out what happened of what they had asked for (reliability §3, S8).

mod coming;
mod deeds;
mod hearing;
mod learning;
mod saying;
mod session;

use std::collections::BTreeMap;

use proto::{ids::Lsn, kinds, packet::Packet};

use self::{
    coming::Wish,
    deeds::{Deed, Known, Other},
    saying::Saying,
    session::Held,
};
use super::{
    around::Around,
    fault::FaultKind,
    game::Game,
    gates::{Gates, Place},
    truth::Wrong,
};

/// All of them.
#[derive(Debug)]
pub(super) struct Players {
    all: Vec<Player>,
    /// Answers OK to things of value.
    pub(super) deals: u64,
    /// Sessions that went on.
    pub(super) resumes: u64,
    /// New accounts that were asked for.
    guests: u64,
    /// The highest position of which anybody has been answered.
    answered: Lsn,
    saying: Saying,
    /// What somebody has just heard not to have happened.
    undone: Vec<(usize, Asked)>,
}

/// See the module.
#[derive(Debug, Default)]
struct Player {
    name: String,
    place: Option<Place>,
    stage: Stage,
    account: u64,
    secret: Vec<u8>,
    cseq: u64,
    known: Known,
    held: Option<Held>,
    asked: BTreeMap<u64, Asked>,
    /// Commands answered OK in the last sessions, with a record each.
    done: BTreeMap<u64, Lsn>,
    idle_until_ms: u64,
    /// Its login was refused.
    gives_up: bool,
    /// Connections that it left before their login or resume was answered: they may still be heard.
    strays: u32,
}

#[derive(Clone, Debug, Default)]
enum Stage {
    #[default]
    Out,
    /// Waits for `welcome`.
    Greeting,
    /// Waits for what comes of it.
    Asking(Wish),
    In,
}

/// A command without an answer.
#[derive(Clone, Debug)]
struct Asked {
    deed: Deed,
    /// What anybody had been answered before it was sent.
    after: Lsn,
}

impl Players {
    pub(super) fn new(count: usize) -> Self {
        let named = |name: &&str| Player { name: (*name).to_owned(), ..Player::default() };
        let all = NAMES.iter().take(count).map(named).collect();
        Self {
            all,
            deals: 0,
            resumes: 0,
            guests: 0,
            answered: Lsn(0),
            saying: Saying::default(),
            undone: Vec::new(),
        }
    }

    /// Accounts that there may be: of some nobody ever learned.
    pub(super) fn accounts_max(&self) -> u64 {
        self.guests
    }

    /// Who waits, for people.
    pub(super) fn waiting(&self) -> String {
        let waits = |player: &&Player| !matches!(player.stage, Stage::In) || !player.asked.is_empty();
        let tell = |player: &Player| {
            let Player { name, place, stage, asked, .. } = player;
            format!("{name} at {place:?} is {stage:?} and waits for {:?}", asked.keys())
        };
        self.all.iter().filter(waits).map(tell).collect::<Vec<_>>().join(", ")
    }

    /// One of them does something. `may_begin`: also something new.
    pub(super) fn step(
        &mut self,
        gates: &mut Gates,
        game: &mut Game,
        around: &mut Around,
        may_begin: bool,
    ) -> Result<bool, Wrong> {
        let at = around.dice.index(self.all.len());
        if self.all[at].place.is_some() {
            let is_gone = around.faults.strikes(FaultKind::PlayerGone);
            let is_half_open = !is_gone && around.faults.strikes(FaultKind::PlayerHalfOpen);
            if is_gone || is_half_open {
                self.drop_conn(at, is_half_open, gates, around)?;
                return Ok(true);
            }
        }
        if self.hear(at, gates, around)? {
            return Ok(true);
        }
        if std::mem::take(&mut self.all[at].gives_up) {
            self.drop_conn(at, false, gates, around)?;
            return Ok(true);
        }
        let now_ms = around.clock.ms();
        let player = &mut self.all[at];
        if player.place.is_none() {
            if now_ms < player.idle_until_ms {
                return Ok(false);
            }
            return Ok(self.connect(at, gates, game, around));
        }
        if !matches!(player.stage, Stage::In) {
            return Ok(false);
        }
        if player.held.as_ref().is_some_and(|held| held.has_to_ack(around)) {
            player.packet(kinds::PING, 0, &[], gates, now_ms);
            return Ok(true);
        }
        if UNANSWERED <= player.asked.len() || !may_begin {
            return Ok(false);
        }
        let others = self.all.iter().enumerate().filter(|(other, _)| *other != at);
        let others: Vec<Other> = others
            .map(|(_, Player { account, known, name, .. })| {
                let (account, character, name) = (*account, known.character, name.clone());
                Other { account, character, name }
            })
            .collect();
        let player = &self.all[at];
        let deed = if around.dice.below(5) == 0 {
            self.saying.line(&player.name)
        } else {
            Deed::draw(&player.name, &player.known, &others, &mut around.dice)
        };
        self.ask(at, deed, gates, now_ms);
        Ok(true)
    }

    /// Nobody waits for anything.
    pub(super) fn are_settled(&self) -> bool {
        let is_settled = |player: &Player| matches!(player.stage, Stage::In) && player.asked.is_empty();
        self.all.iter().all(is_settled)
    }

    /// Where all has come to rest, everybody has heard what it had to.
    pub(super) fn have_heard_all(&self, around: &Around) -> Result<(), Wrong> {
        for player in &self.all {
            if let Some(held) = &player.held {
                self.saying.is_whole(&player.name, player.account, held, &around.truth)?;
            }
        }
        Ok(())
    }

    /// What was left on other connections has come to its end for whom nothing is under way.
    pub(super) fn settle_strays(&mut self, gates: &mut Gates, game: &Game) {
        if !game.has_heard_all() {
            return;
        }
        for (at, player) in self.all.iter_mut().enumerate() {
            let is_in = matches!(player.stage, Stage::In);
            if is_in && player.place.is_some_and(|place| gates.is_alone(at, place)) {
                player.strays = 0;
                gates.reseated.remove(&at);
            }
        }
    }

    /// A gateway is gone, and with it all connections of it.
    pub(super) fn gate_gone(
        &mut self,
        gate: usize,
        gates: &mut Gates,
        around: &mut Around,
    ) -> Result<(), Wrong> {
        for at in 0..self.all.len() {
            let Some(place) = self.all[at].place.filter(|place| place.0 == gate) else { continue };
            gates.cut_down(place, around);
            while self.hear(at, gates, around)? {}
            self.all[at].lose();
            self.all[at].idle_until_ms = around.clock.ms() + around.dice.below(500);
        }
        Ok(())
    }

    fn drop_conn(
        &mut self,
        at: usize,
        is_half_open: bool,
        gates: &mut Gates,
        around: &mut Around,
    ) -> Result<(), Wrong> {
        let Some(place) = self.all[at].place else { return Ok(()) };
        // It sees a beginning of what was on its way.
        gates.cut_down(place, around);
        while self.hear(at, gates, around)? {}
        let player = &mut self.all[at];
        if let Some(place) = player.place {
            let how = if is_half_open { ", which nobody notices" } else { "" };
            around.tell("player", format_args!("{} loses {place:?}{how}", player.name));
            player.strays += u32::from(matches!(player.stage, Stage::Asking(_)));
            gates.leave(place, is_half_open, around);
            player.lose();
        }
        player.idle_until_ms = around.clock.ms() + around.dice.below(500);
        Ok(())
    }

    fn ask(&mut self, at: usize, deed: Deed, gates: &mut Gates, now_ms: u64) {
        let after = self.answered;
        let player = &mut self.all[at];
        player.cseq += 1;
        let cseq = player.cseq;
        player.packet(deed.kind, cseq, &deed.body, gates, now_ms);
        self.saying.asked((player.account, cseq), &deed);
        player.asked.insert(cseq, Asked { deed, after });
    }
}

impl Player {
    /// Its connection is gone; its session waits.
    fn lose(&mut self) {
        self.place = None;
        self.stage = Stage::Out;
    }

    fn packet(&mut self, kind: u32, cseq: u64, body: &[u8], gates: &mut Gates, now_ms: u64) {
        let Some(place) = self.place else { return };
        let is_ping = kind == kinds::PING;
        let is_in = matches!(self.stage, Stage::In);
        let ack = self.held.as_mut().filter(|_| is_in).map_or(0, |held| held.ack(is_ping, now_ms));
        let mut bytes = Vec::new();
        Packet { kind, cseq, ack, body, ..Packet::default() }.put(&mut bytes);
        gates.send(place, bytes);
    }
}

const UNANSWERED: usize = 6;
/// Of their characters, too.
const NAMES: [&str; 5] = ["Anna", "Berta", "Clara", "Dora", "Emilia"];
