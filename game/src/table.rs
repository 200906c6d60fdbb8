//! A room without a server, for scripted tests of games: people come and say things, time passes, and what each
//! heard is there to look at. No sockets, no clock: a week takes no time.
//!
//! All that happens is done twice: by the room, and by another one that is made from its saved state before each
//! step. If they differ afterwards the test ends, with the name of the field: such a room would not survive a crash.

mod wallets;

use std::{collections::BTreeMap, time::Duration};

use proto::{
    ids::AccountId,
    packet::Packets,
    room::{self, Input, Replay, input::What},
    wire,
};

use self::wallets::Wallets;
use crate::{
    logic::{
        outputs::{Audience, Outputs},
        rooms::{
            bank::Remembered,
            differ::first_difference,
            run::{Broken, Hands, RoomRun, Stopped, Waiting, hash},
        },
    },
    registry::Registered,
    replay::FORMAT,
    room::{AskId, Effects, Opening, Outcome, Refusal, RoomKind, Tick},
};

/// See the module. Its methods panic where a room breaks its contract: that is a test's failure.
pub struct Table<K: RoomKind> {
    kind: Registered,
    run: RoomRun,
    now_ms: u64,
    tick_at_ms: Option<u64>,
    wallets: Wallets,
    heard: BTreeMap<AccountId, Vec<(u32, Vec<u8>)>>,
    inputs: Vec<Input>,
    options: Vec<u8>,
    closed: Option<Broken>,
    /// That at which it was closed.
    last: Option<Input>,
    out: Outputs,
    effects: Effects,
    _kind: std::marker::PhantomData<fn() -> K>,
}

impl<K: RoomKind> Table<K> {
    /// A new room with these options, and a seed of its own for each test: the same one always draws the same.
    ///
    /// # Errors
    /// The room refuses the options.
    pub fn open(options: &[u8], seed: u64) -> Result<Self, Refusal> {
        let kind = Registered::of::<K>();
        let run = match RoomRun::open(&kind, &Opening { number: 1, options }, seed_of(seed)) {
            Ok(run) => run,
            Err(Stopped::Refused(refusal)) => return Err(refusal),
            Err(Stopped::Closed(broken)) => panic!("{}: {}", broken.name, broken.detail),
        };
        let mut table = Self {
            kind,
            run,
            now_ms: 0,
            tick_at_ms: None,
            wallets: Wallets::default(),
            heard: BTreeMap::new(),
            inputs: Vec::new(),
            options: options.to_vec(),
            closed: None,
            last: None,
            out: Outputs::default(),
            effects: Effects::default(),
            _kind: std::marker::PhantomData,
        };
        table.arrange_tick();
        Ok(table)
    }

    /// What an account has outside the room; 1,000 to begin with.
    #[must_use]
    pub fn gold(&self, account: u64) -> i64 {
        self.wallets.of(AccountId(account))
    }

    /// Gives it another amount, at most [`proto::limits::GOLD_MAX`], of which a wallet is full: `wallet_full`.
    pub fn set_gold(&mut self, account: u64, gold: i64) {
        self.wallets.gold.insert(AccountId(account), gold);
    }

    /// Staff freezes what an account has: it can stake nothing (`wealth_frozen`). What lies in the pot already goes where
    /// the room says, to it too.
    pub fn freeze(&mut self, account: u64) {
        self.wallets.frozen.insert(AccountId(account));
    }

    /// Somebody comes to play, with a rating of 1,500.
    ///
    /// # Errors
    /// The room's refusal, or `room_full`.
    pub fn join(&mut self, account: u64) -> Result<(), Refusal> {
        self.come(account, 1_500, true)
    }

    /// Somebody comes to look on.
    ///
    /// # Errors
    /// As of [`Self::join`].
    pub fn spectate(&mut self, account: u64) -> Result<(), Refusal> {
        self.come(account, 1_500, false)
    }

    /// Somebody comes, as said.
    ///
    /// # Errors
    /// As of [`Self::join`].
    pub fn come(&mut self, account: u64, rating: i32, is_player: bool) -> Result<(), Refusal> {
        self.seat(account, rating, is_player)?;
        self.show(account);
        Ok(())
    }

    /// A quick match brings these together, each with a rating of 1,500: all are seated in one step, and then each sees
    /// all. If the room finishes before, those behind are not seated.
    ///
    /// # Errors
    /// The first whom the room refuses, and why: nobody is seated then, and whoever was has left and heard nothing.
    pub fn matched(&mut self, accounts: &[u64]) -> Result<(), (u64, Refusal)> {
        let heard = self.heard.clone();
        for (at, account) in accounts.iter().enumerate() {
            if let Err(refusal) = self.seat(*account, 1_500, true) {
                for seated in &accounts[..at] {
                    // Who left before it may have ended the room, or the room may have put it out.
                    if self.is_open() {
                        let _ = self.leave(*seated);
                    }
                }
                self.heard = heard;
                return Err((*account, refusal));
            }
            if !self.is_open() {
                return Ok(());
            }
        }
        accounts.iter().for_each(|account| self.show(*account));
        Ok(())
    }

    /// A member leaves for good.
    ///
    /// # Errors
    /// `not_in_room`.
    pub fn leave(&mut self, account: u64) -> Result<(), Refusal> {
        self.tell(What::Leave(account)).map(drop)
    }

    /// A member's connection goes.
    ///
    /// # Errors
    /// `not_in_room`.
    pub fn away(&mut self, account: u64) -> Result<(), Refusal> {
        self.tell(What::Away(account)).map(drop)
    }

    /// It comes back, and sees all anew.
    ///
    /// # Errors
    /// `not_in_room`.
    pub fn back(&mut self, account: u64) -> Result<(), Refusal> {
        self.tell(What::Back(account))?;
        self.show(account);
        Ok(())
    }

    /// A member's command or signal; the result of its answer.
    ///
    /// # Errors
    /// The room's refusal, or `not_in_room`.
    pub fn say(&mut self, account: u64, kind: u32, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        self.tell(What::Message(room::Message { account, kind, body: body.to_vec().into() }))
    }

    /// A member answers what it was asked; none: it refuses to.
    ///
    /// # Errors
    /// `not_in_room`: nothing of this number is asked.
    pub fn answer(&mut self, ask: u64, body: Option<&[u8]>) -> Result<(), Refusal> {
        let body_bytes = body.unwrap_or_default().to_vec().into();
        self.tell(What::Answered(room::Answered { ask, given: body.is_some(), body: body_bytes })).map(drop)
    }

    /// What is asked and not answered: number, of whom, kind, body.
    #[must_use]
    pub fn asked(&self) -> Vec<(u64, u64, u32, Vec<u8>)> {
        let asks = self.run.asks().iter();
        asks.map(|(id, ask)| (id.0, ask.member.0, ask.kind, ask.body.clone())).collect()
    }

    /// Staff says something.
    ///
    /// # Errors
    /// The room's refusal.
    pub fn staff(&mut self, signal: &str, body: &[u8]) -> Result<(), Refusal> {
        self.tell(What::Staff(room::Signal { name: signal.to_owned(), body: body.to_vec().into() })).map(drop)
    }

    /// Whether it needs ticks now.
    #[must_use]
    pub fn ticks(&self) -> bool {
        self.tick_at_ms.is_some()
    }

    /// Time passes: ticks, timers and asks that are due come in their order.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now_ms + u64::try_from(time.as_millis()).expect("a time that a test can wait for");
        while let Some((at_ms, due)) = self.next_due().filter(|(at_ms, _)| *at_ms <= until)
            && self.is_open()
        {
            self.now_ms = at_ms.max(self.now_ms);
            if matches!(due, What::Tick(_)) {
                self.tick_at_ms = None;
            }
            self.tell(due).expect("what is due is not refused");
        }
        self.now_ms = until;
    }

    /// What a member has heard since this was last asked, in order: kind and body, latest-wins packets too.
    pub fn heard(&mut self, account: u64) -> Vec<(u32, Vec<u8>)> {
        self.heard.remove(&AccountId(account)).unwrap_or_default()
    }

    /// The match is not over, and nothing is broken.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.outcome().is_none() && self.closed.is_none()
    }

    /// How it ended; none: it has not.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.run.outcome()
    }

    /// Under which name the server would have closed it; none: it would not.
    #[must_use]
    pub fn closed(&self) -> Option<&'static str> {
        self.closed.as_ref().map(|broken| broken.name)
    }

    /// What an account has in the pot.
    #[must_use]
    pub fn staked(&self, account: u64) -> i64 {
        self.run.stakes().get(&AccountId(account)).copied().unwrap_or(0)
    }

    /// All gold, in wallets that were named and in the pot.
    #[must_use]
    pub fn gold_in_all(&self) -> i64 {
        self.wallets.gold.values().sum::<i64>() + self.run.stakes().values().sum::<i64>()
    }

    /// Members now, by account.
    #[must_use]
    pub fn members(&self) -> Vec<u64> {
        self.run.members().keys().map(|account| account.0).collect()
    }

    /// The list's words.
    #[must_use]
    pub fn label(&self) -> String {
        self.run.label().unwrap_or_else(|broken| fail(&broken))
    }

    /// A copy of the room as it is.
    #[must_use]
    pub fn room(&self) -> K {
        let state = self.run.state().unwrap_or_else(|broken| fail(&broken));
        serde_json::from_slice(&state.room).expect("a room reads what it has written")
    }

    /// The server dies, and what was journalled is heard again by a room that was just opened, which goes on. The one
    /// from before and this one must be the same.
    pub fn crash(&mut self) {
        let opening = Opening { number: 1, options: &self.options };
        let seed = self.run.state().unwrap_or_else(|broken| fail(&broken)).seed;
        let seed = <[u8; 32]>::try_from(&*seed).expect("a seed is 32 bytes");
        let Ok(mut again) = RoomRun::open(&self.kind, &opening, seed) else { panic!("it opened before") };
        for input in &self.inputs {
            repeat(&mut again, input);
        }
        self.compare(&again);
        self.run = again;
    }

    /// All of it so far, as it would be kept: for [`crate::replay`], and for `replay FILE`.
    #[must_use]
    pub fn replay(&self) -> Replay {
        let state = self.run.state().unwrap_or_else(|broken| fail(&broken));
        let (hash, outcome) = match (&self.closed, self.outcome()) {
            (Some(broken), _) => (0, broken.name.to_owned()),
            (None, outcome) => (hash(&state), outcome.map(|one| one.text.clone()).unwrap_or_default()),
        };
        Replay {
            format: FORMAT,
            room: 1,
            kind: self.kind.name.to_owned(),
            number: 1,
            options: self.options.clone().into(),
            seed: state.seed,
            opened_wall_ms: 0,
            inputs: self.inputs.iter().chain(&self.last).cloned().collect(),
            hash,
            outcome,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            backtrace: self.closed.as_ref().map(|broken| broken.detail.clone()).unwrap_or_default(),
            state: Vec::new().into(),
        }
    }

    fn seat(&mut self, account: u64, rating: i32, is_player: bool) -> Result<(), Refusal> {
        let players_are_full = is_player && self.kind.players_max <= self.run.players();
        if players_are_full || self.kind.members_max <= self.run.members().len() {
            return Err(Refusal("room_full"));
        }
        self.tell(What::Join(room::Member { account, rating, player: is_player, here: true })).map(drop)
    }

    /// All that a member has to see.
    fn show(&mut self, account: u64) {
        let mut seen = Vec::new();
        self.run.view(AccountId(account), &mut seen).unwrap_or_else(|broken| fail(&broken));
        self.hear(AccountId(account), &seen);
    }

    fn tell(&mut self, what: What) -> Result<Vec<u8>, Refusal> {
        if !self.is_open() {
            return Err(Refusal("room_finished"));
        }
        let before = self.run.state().unwrap_or_else(|broken| fail(&broken));
        let wallets = self.wallets.clone();
        self.out.clear();
        let Self { run, out, effects, wallets: bank, .. } = self;
        match run.apply(&what, self.now_ms, &mut Hands { out, effects, bank, re: RE }) {
            Err(Stopped::Refused(refusal)) => {
                self.wallets = wallets;
                let after = self.run.state().unwrap_or_else(|broken| fail(&broken));
                let found = first_difference(&before, &after);
                assert!(found.is_none(), "refused with {}, and yet changed: {found:?}", refusal.0);
                Err(refusal)
            }
            Err(Stopped::Closed(broken)) => {
                self.wallets = wallets;
                let outcomes = self.effects.outcomes.iter().map(|code| (*code).to_owned()).collect();
                self.last = Some(Input { at_ms: self.now_ms, outcomes, what: Some(what) });
                self.closed = Some(broken);
                Err(Refusal("room_failed"))
            }
            Ok(()) => {
                let outcomes = self.effects.outcomes.iter().map(|code| (*code).to_owned()).collect();
                let input = Input { at_ms: self.now_ms, outcomes, what: Some(what) };
                let mut shadow = RoomRun::load(&self.kind, &before).unwrap_or_else(|broken| fail(&broken));
                repeat(&mut shadow, &input);
                self.compare(&shadow);
                self.inputs.push(input);
                self.arrange_tick();
                let answer = self.deliver();
                self.put_out();
                Ok(answer)
            }
        }
    }

    /// Its next tick, while it needs any.
    fn arrange_tick(&mut self) {
        let next = || self.tick_ms().map(|every| self.now_ms + every);
        self.tick_at_ms = if self.run.ticks() { self.tick_at_ms.or_else(next) } else { None };
    }

    fn compare(&self, other: &RoomRun) {
        let [ours, theirs] = [&self.run, other].map(|run| run.state().unwrap_or_else(|broken| fail(&broken)));
        let found = first_difference(&ours, &theirs);
        assert!(found.is_none(), "input {}, heard again, leads elsewhere: {found:?}", self.run.inputs());
        assert_eq!(self.run.ticks(), other.ticks(), "whether it ticks depends on more than its state");
    }

    /// Gives everybody what they hear; the answer's result.
    fn deliver(&mut self) -> Vec<u8> {
        let mut answer = Vec::new();
        let packets: Vec<_> = self.out.iter().map(|(item, bytes)| (item.to, bytes.to_vec())).collect();
        let everybody: Vec<AccountId> = self.run.members().keys().copied().collect();
        for (to, bytes) in packets {
            match to {
                Audience::Account(account) => self.hear(account, &bytes),
                Audience::Room | Audience::RoomLatest => {
                    everybody.iter().for_each(|account| self.hear(*account, &bytes));
                }
                Audience::Caller => answer = result(&bytes),
                Audience::Nobody | Audience::Everyone => {}
            }
        }
        answer
    }

    fn hear(&mut self, account: AccountId, bytes: &[u8]) {
        let heard = self.heard.entry(account).or_default();
        for packet in Packets::new(bytes) {
            let packet = packet.expect("a room's packets are packets");
            heard.push((packet.kind, packet.body.to_vec()));
        }
    }

    /// Those whom the room has kicked leave, and questions to those who have left end.
    fn put_out(&mut self) {
        while self.is_open() {
            let Some(account) = self.run.kicked().next() else { break };
            self.tell(What::Leave(account.0)).expect("a member can leave");
        }
        let gone = |run: &RoomRun| {
            run.asks().iter().find(|(_, ask)| !run.members().contains_key(&ask.member)).map(|(id, _)| id.0)
        };
        while self.is_open()
            && let Some(ask) = gone(&self.run)
        {
            self.answer(ask, None).expect("it was asked");
        }
    }

    fn tick_ms(&self) -> Option<u64> {
        let tick = match self.kind.tick {
            Tick::Never => return None,
            Tick::World => WORLD_TICK,
            Tick::Every(time) => time,
        };
        Some(u64::try_from(tick.as_millis()).unwrap_or(u64::MAX))
    }

    fn next_due(&self) -> Option<(u64, What)> {
        let tick = self.tick_at_ms.map(|at_ms| (at_ms, What::Tick(true)));
        let timer = self.run.timers().min().map(|(at_ms, id)| (at_ms, What::Timer(id.0)));
        let over = |(id, ask): (&AskId, &Waiting)| {
            (ask.until_ms, What::Answered(room::Answered { ask: id.0, ..Default::default() }))
        };
        let ask = self.run.asks().iter().map(over).min_by_key(|(at_ms, _)| *at_ms);
        [timer, ask, tick].into_iter().flatten().min_by_key(|(at_ms, _)| *at_ms)
    }
}

/// Lets a room hear what was heard before, with what came of its deals then.
fn repeat(run: &mut RoomRun, input: &Input) {
    let mut bank = Remembered::new(&input.outcomes);
    let (mut out, mut effects) = (Outputs::default(), Effects::default());
    let mut hands = Hands { out: &mut out, effects: &mut effects, bank: &mut bank, re: 0 };
    let what = input.what.as_ref().expect("an input is something");
    let told = run.apply(what, input.at_ms, &mut hands);
    assert_eq!(told, Ok(()), "heard again, it is refused: {what:?}");
    assert!(!bank.is_short && bank.left() == 0, "heard again, it deals otherwise: {what:?}");
}

fn result(answer: &[u8]) -> Vec<u8> {
    let packet = Packets::new(answer).next().and_then(Result::ok).expect("an answer is a packet");
    let answer = wire::AnswerRef::decode(packet.body).expect("it is an answer");
    answer.result.to_vec()
}

fn fail(broken: &Broken) -> ! {
    panic!("{}: {}", broken.name, broken.detail)
}

fn seed_of(seed: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes
}

/// The number of each command: an answer is one to it.
const RE: u64 = 1;
const WORLD_TICK: Duration = Duration::from_millis(66);
