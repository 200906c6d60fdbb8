//! One room: the plugin's state, who is in it, its timers, asks, stakes and randomness. The server, recovery, replays,
//! the shadow check and tests of games all drive rooms through this one file. Knows no connection, no wallet and no clock.
//! Its state as it is written, and back, is in `run/saved.rs`.

mod saved;

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use proto::{
    ids::AccountId,
    limits::ROOM_PLAYERS_MAX,
    room::{State, input::What},
    wire,
};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use sha2::{Digest as _, Sha256};

use super::{bank::Bank, counted::counted, gone::Gone, rows::member};
use crate::{
    logic::outputs::Outputs,
    panics,
    registry::Registered,
    room::{
        Answer, AskEnd, AskId, Deal, Effects, Exceeded, Limits, Member, Message, Opening, Outcome, Refusal,
        Room, RoomCtx, RoomKind, Snapshot, Spent, TimerId,
    },
};

/// A room whose kind is not known here.
pub(crate) trait AnyRoom: Room {
    /// Its state.
    fn json(&self) -> serde_json::Result<Vec<u8>>;
}

impl<K: RoomKind> AnyRoom for K {
    fn json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}

/// See the module.
pub(crate) struct RoomRun {
    room: Box<dyn AnyRoom>,
    limits: Limits,
    seed: [u8; 32],
    rng: ChaCha8Rng,
    members: BTreeMap<AccountId, Member>,
    timers: BTreeMap<TimerId, u64>,
    asks: BTreeMap<AskId, Waiting>,
    asked: u64,
    stakes: BTreeMap<AccountId, i64>,
    /// Put out by the room and not left yet.
    kicked: BTreeSet<AccountId>,
    /// Players who left for good: the first [`ROOM_PLAYERS_MAX`] of them.
    left: BTreeSet<AccountId>,
    inputs: u64,
    at_ms: u64,
    outcome: Option<Outcome>,
    /// It needs ticks, as it said last.
    ticks: bool,
}

/// A question that is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) member: AccountId,
    pub(crate) kind: u32,
    pub(crate) body: Vec<u8>,
    pub(crate) until_ms: u64,
}

/// What a call of a room writes into and deals with.
pub(crate) struct Hands<'a> {
    pub(crate) out: &'a mut Outputs,
    pub(crate) effects: &'a mut Effects,
    pub(crate) bank: &'a mut dyn Bank,
    /// The command at hand, 0 for none.
    pub(crate) re: u64,
}

/// Why an input had no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// It said no: nothing has changed.
    Refused(Refusal),
    /// It cannot go on.
    Closed(Broken),
}

/// Why a room was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Stable, docs/ROOMS.md.
    pub(crate) name: &'static str,
    /// For whoever looks for the mistake: at most 16 KiB.
    pub(crate) detail: String,
}

impl Broken {
    fn new(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, detail: detail.into() }
    }
}

impl RoomRun {
    /// A room of this kind, newly opened.
    ///
    /// # Errors
    /// A refusal of its options, or it panicked.
    pub(crate) fn open(kind: &Registered, opening: &Opening<'_>, seed: [u8; 32]) -> Result<Self, Stopped> {
        let opened = guarded(|| (kind.open)(opening)).map_err(Stopped::Closed)?;
        let room = opened.map_err(Stopped::Refused)?;
        let ticks = guarded(|| room.ticks()).map_err(Stopped::Closed)?;
        Ok(Self {
            room,
            limits: kind.limits,
            seed,
            rng: ChaCha8Rng::from_seed(seed),
            members: BTreeMap::new(),
            timers: BTreeMap::new(),
            asks: BTreeMap::new(),
            asked: 0,
            stakes: BTreeMap::new(),
            kicked: BTreeSet::new(),
            left: BTreeSet::new(),
            inputs: 0,
            at_ms: 0,
            outcome: None,
            ticks,
        })
    }

    /// Lets it hear one thing, at this time of its own. What it asked for is in `hands`: timers, asks and stakes are
    /// true already, the rest is the caller's to make true. Refused: nothing has changed, and it was not heard.
    ///
    /// # Errors
    /// See [`Stopped`].
    pub(crate) fn apply(&mut self, what: &What, at_ms: u64, hands: &mut Hands<'_>) -> Result<(), Stopped> {
        hands.effects.clear();
        if self.limits.inputs <= self.inputs {
            return Err(Stopped::Closed(Broken::new("ROOM_INPUTS", format!("{} inputs", self.inputs))));
        }
        let before = Before { word: self.rng.get_word_pos(), stakes: self.stakes.clone(), at_ms: self.at_ms };
        self.at_ms = at_ms.max(self.at_ms);
        let heard = self.enter(what).and_then(|()| self.call(what, hands));
        match heard {
            Ok(()) => {
                self.leave_behind(what);
                self.inputs += 1;
                self.take(hands).map_err(Stopped::Closed)
            }
            Err(stopped) => {
                if let What::Join(joined) = what
                    && !matches!(stopped, Stopped::Refused(ALREADY))
                {
                    self.members.remove(&AccountId(joined.account));
                }
                if self.rng.get_word_pos() != before.word {
                    self.rng.set_word_pos(before.word);
                }
                self.stakes = before.stakes;
                self.at_ms = before.at_ms;
                Err(stopped)
            }
        }
    }

    /// What is true before the room hears of it.
    fn enter(&mut self, what: &What) -> Result<(), Stopped> {
        let is_member = |account: u64| self.members.contains_key(&AccountId(account));
        let is_known = match what {
            What::Join(joined) => {
                if is_member(joined.account) {
                    return Err(Stopped::Refused(ALREADY));
                }
                self.members.insert(AccountId(joined.account), member(joined));
                true
            }
            What::Leave(account) | What::Away(account) | What::Back(account) => is_member(*account),
            What::Message(message) => is_member(message.account),
            What::Timer(id) => self.timers.contains_key(&TimerId(*id)),
            What::Answered(answered) => self.asks.contains_key(&AskId(answered.ask)),
            What::Tick(_) | What::Staff(_) => true,
        };
        if is_known { Ok(()) } else { Err(Stopped::Refused(Refusal("not_in_room"))) }
    }

    fn call(&mut self, what: &What, hands: &mut Hands<'_>) -> Result<(), Stopped> {
        match what {
            What::Leave(account) => self.leave(AccountId(*account)),
            What::Away(account) => self.be_here(*account, false),
            What::Back(account) => self.be_here(*account, true),
            What::Timer(id) => drop(self.timers.remove(&TimerId(*id))),
            _ => {}
        }
        let asked = match what {
            What::Answered(answered) => self.asks.remove(&AskId(answered.ask)),
            _ => None,
        };
        let end = asked.as_ref().map_or(AskEnd::Left, |waiting| self.ended(waiting));
        let room = self.room.as_mut();
        let mut ctx = RoomCtx {
            out: hands.out,
            effects: hands.effects,
            rng: &mut self.rng,
            members: &self.members,
            stakes: &mut self.stakes,
            bank: hands.bank,
            limits: &self.limits,
            time: Duration::from_millis(self.at_ms),
            ask_next: self.asked + 1,
            re: hands.re,
        };
        let called = guarded(|| match what {
            What::Join(joined) => room.join(&mut ctx, AccountId(joined.account)),
            What::Leave(account) => {
                room.leave(&mut ctx, AccountId(*account));
                Ok(())
            }
            What::Away(account) => {
                room.away(&mut ctx, AccountId(*account));
                Ok(())
            }
            What::Back(account) => {
                room.back(&mut ctx, AccountId(*account));
                Ok(())
            }
            What::Message(message) => {
                let from = AccountId(message.account);
                room.message(&mut ctx, Message { from, kind: message.kind, body: &message.body })
            }
            What::Timer(id) => {
                room.timer(&mut ctx, TimerId(*id));
                Ok(())
            }
            What::Tick(_) => {
                room.tick(&mut ctx);
                Ok(())
            }
            What::Answered(answered) => {
                if let Some(waiting) = &asked {
                    let body = if answered.given { Ok(&*answered.body) } else { Err(end) };
                    let (ask, from) = (AskId(answered.ask), waiting.member);
                    room.answered(&mut ctx, Answer { ask, from, body });
                }
                Ok(())
            }
            What::Staff(signal) => room.staff(&mut ctx, &signal.name, &signal.body),
        });
        let exceeded = hands.effects.spent.exceeded.map(|name| Broken::new(name, "in one call"));
        match (called, exceeded) {
            (_, Some(broken)) | (Err(broken), None) => Err(Stopped::Closed(broken)),
            (Ok(said), None) => said.map_err(Stopped::Refused),
        }
    }

    /// Why nobody has answered. Nothing of that is journalled: it follows from when the room hears it, and who is in it.
    fn ended(&self, waiting: &Waiting) -> AskEnd {
        if !self.members.contains_key(&waiting.member) {
            AskEnd::Left
        } else if waiting.until_ms <= self.at_ms {
            AskEnd::Late
        } else {
            AskEnd::Refused
        }
    }

    /// What is true once it has heard.
    fn leave_behind(&mut self, what: &What) {
        if let What::Leave(account) = what {
            self.kicked.remove(&AccountId(*account));
        }
    }

    fn take(&mut self, hands: &mut Hands<'_>) -> Result<(), Broken> {
        for (timer, after) in &hands.effects.timers {
            match after {
                Some(after) => drop(self.timers.insert(*timer, self.at_ms + whole_ms(*after))),
                None => drop(self.timers.remove(timer)),
            }
        }
        let shown = self.asked;
        for asked in &hands.effects.asks {
            let until_ms = self.at_ms + whole_ms(asked.wait);
            let waiting =
                Waiting { member: asked.member, kind: asked.kind, body: asked.body.clone(), until_ms };
            self.asked = asked.id.0;
            self.asks.insert(asked.id, waiting);
        }
        for ask in &hands.effects.canceled {
            if let Some(waiting) = self.asks.remove(ask)
                && ask.0 <= shown
            {
                hands.effects.asks_over.push((*ask, waiting.member));
            }
        }
        let members = &self.members;
        self.kicked.extend(hands.effects.kicks.iter().filter(|member| members.contains_key(member)));
        if let Some(outcome) = &hands.effects.outcome {
            self.outcome = Some(counted(outcome, &self.members, &self.left));
            // All are out.
            self.kicked.clear();
            self.give_back(hands);
        }
        if TIMERS_MAX < self.timers.len() {
            return Err(Broken::new("ROOM_TIMERS", format!("{} timers", self.timers.len())));
        }
        if ASKS_MAX < self.asks.len() {
            return Err(Broken::new("ROOM_ASKS", format!("{} asks", self.asks.len())));
        }
        self.ticks = guarded(|| self.room.ticks())?;
        Ok(())
    }

    /// Stakes that are left when it is over. One that its owner's wallet has no room for stays, and goes with the room.
    fn give_back(&mut self, hands: &mut Hands<'_>) {
        for (member, gold) in self.stakes.clone() {
            let said = hands.bank.deal(&Deal::Refund { member, gold }, &self.stakes);
            hands.effects.outcomes.push(said.err().map_or("", |Refusal(code)| code));
            if said.is_ok() {
                self.stakes.remove(&member);
            }
        }
    }

    fn leave(&mut self, account: AccountId) {
        let was_player = self.members.remove(&account).is_some_and(|member| member.is_player);
        if was_player && self.left.len() < ROOM_PLAYERS_MAX {
            self.left.insert(account);
        }
    }

    fn be_here(&mut self, account: u64, is_here: bool) {
        if let Some(member) = self.members.get_mut(&AccountId(account)) {
            member.is_here = is_here;
        }
    }

    /// All that a member has to see.
    ///
    /// # Errors
    /// It panicked, or showed more than it may.
    pub(crate) fn view(&self, member: AccountId, bytes: &mut Vec<u8>) -> Result<(), Broken> {
        self.look(bytes, |snapshot| self.room.view(member, snapshot))
    }

    /// What replaces latest-wins output.
    ///
    /// # Errors
    /// It panicked, or showed more than it may.
    pub(crate) fn snapshot(&self, bytes: &mut Vec<u8>) -> Result<(), Broken> {
        self.look(bytes, |snapshot| self.room.snapshot(snapshot))
    }

    fn look(&self, bytes: &mut Vec<u8>, show: impl FnOnce(&mut Snapshot<'_>)) -> Result<(), Broken> {
        let mut spent = Spent::default();
        let shown = guarded(|| show(&mut Snapshot { bytes, spent: &mut spent, limits: &self.limits }));
        spent.exceeded.map_or(shown, |name| Err(Broken::new(name, "in one call")))
    }

    /// For the list of rooms, at most 64 bytes.
    ///
    /// # Errors
    /// It panicked.
    pub(crate) fn label(&self) -> Result<String, Broken> {
        let mut label = guarded(|| self.room.label())?;
        let end = (0..=LABEL_BYTES_MAX.min(label.len())).rev().find(|at| label.is_char_boundary(*at));
        label.truncate(end.unwrap_or(0));
        Ok(label)
    }

    /// Everybody in it.
    pub(crate) fn members(&self) -> &BTreeMap<AccountId, Member> {
        &self.members
    }

    /// How many of them play.
    pub(crate) fn players(&self) -> usize {
        self.members.values().filter(|member| member.is_player).count()
    }

    /// When which timer is due, by its own time.
    pub(crate) fn timers(&self) -> impl Iterator<Item = (u64, TimerId)> {
        self.timers.iter().map(|(id, at_ms)| (*at_ms, *id))
    }

    /// What was asked and not answered.
    pub(crate) fn asks(&self) -> &BTreeMap<AskId, Waiting> {
        &self.asks
    }

    /// What each account has in the pot.
    pub(crate) fn stakes(&self) -> &BTreeMap<AccountId, i64> {
        &self.stakes
    }

    /// Members that the room has put out, and that have not left yet.
    pub(crate) fn kicked(&self) -> impl Iterator<Item = AccountId> {
        self.kicked.iter().copied()
    }

    /// Things heard so far.
    pub(crate) fn inputs(&self) -> u64 {
        self.inputs
    }

    /// Its time at the last of them, milliseconds since it opened.
    pub(crate) fn at_ms(&self) -> u64 {
        self.at_ms
    }

    /// Whether it needs ticks now, if its kind has any.
    pub(crate) fn ticks(&self) -> bool {
        self.ticks
    }

    /// How it ended, once it has.
    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }
}

/// How many a quick match with these options has, which rooms of this kind accept; none: there is none.
///
/// # Errors
/// It panicked.
pub(crate) fn match_players(kind: &Registered, options: &[u8]) -> Result<Option<usize>, Broken> {
    let players = guarded(|| (kind.match_players)(options))?;
    Ok(players.filter(|players| (2..=kind.players_max).contains(players)))
}

impl Drop for RoomRun {
    fn drop(&mut self) {
        let room = std::mem::replace(&mut self.room, Box::new(Gone));
        // A panic while it goes is the room's, and nobody needs it any more.
        let _gone = guarded(move || drop(room));
    }
}

/// The first eight bytes of SHA-256 of a state as it is written.
pub(crate) fn hash(state: &State) -> u64 {
    let digest = Sha256::digest(wire::encode(state));
    digest.first_chunk().copied().map_or(0, u64::from_le_bytes)
}

/// Runs a room's code. A panic in it is a value.
fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, Broken> {
    panics::begin();
    let called = catch_unwind(AssertUnwindSafe(call));
    let detail = panics::end();
    called.map_err(|payload| {
        let detail = if payload.is::<Exceeded>() { String::new() } else { detail.unwrap_or_default() };
        Broken::new("room_failed", detail)
    })
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What a refusal takes back.
struct Before {
    word: u128,
    stakes: BTreeMap<AccountId, i64>,
    at_ms: u64,
}

const ALREADY: Refusal = Refusal("already_in_room");
/// Timers of one room at a time.
const TIMERS_MAX: usize = 64;
/// Asks of one room at a time.
const ASKS_MAX: usize = 64;
const LABEL_BYTES_MAX: usize = 64;
