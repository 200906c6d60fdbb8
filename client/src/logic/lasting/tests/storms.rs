//! A player and the reference of a server, with cuts, losses, deaths and late discoveries in every order that a seed
//! gives: nothing that must arrive is missing or doubled, every fate is true, nothing is executed twice.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use proto::{deflate::Inflater, kinds};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

use super::{server::Server, terms};
use crate::logic::{
    fate::Fate,
    lasting::{CommandId, Cut, Insist, Lasting, News, Next, Step, Told},
    session::Session,
    types::{Login, Outcome, Push},
};

struct Storm {
    seed: u64,
    rng: ChaCha8Rng,
    server: Server,
    lasting: Lasting,
    line: Option<(u64, Session)>,
    inflater: Inflater,
    now: Instant,
    payloads: u64,
    open: BTreeMap<CommandId, (u64, Insist)>,
    joining: Option<CommandId>,
    /// Payloads by what their callers were told.
    done: Vec<u64>,
    not_done: Vec<u64>,
    /// The session as its pushes name it, and how many of them came.
    heard: (u64, u64),
    has_entered: bool,
    resumed: u64,
    began_anew: u64,
}

impl Storm {
    fn new(seed: u64) -> Self {
        let mut server = Server::default();
        server.rise();
        Self {
            seed,
            rng: ChaCha8Rng::seed_from_u64(seed),
            server,
            lasting: Lasting::new(terms(), seed),
            line: None,
            inflater: Inflater::default(),
            now: tokio::time::Instant::now().into_std(),
            payloads: 0,
            open: BTreeMap::new(),
            joining: None,
            done: Vec::new(),
            not_done: Vec::new(),
            heard: (0, 0),
            has_entered: false,
            resumed: 0,
            began_anew: 0,
        }
    }

    fn draw(&mut self, bound: u64) -> u64 {
        self.rng.next_u64() % bound
    }

    fn connect(&mut self) {
        let conn = self.server.connect();
        self.line = Some((conn, Session::new("storm", self.now)));
    }

    /// The player's connection ends.
    fn end(&mut self, cut: &Cut) {
        let Some((conn, session)) = self.line.take() else { return };
        self.server.abandon(conn);
        let next = self.lasting.ended(cut, Some(&session), self.now);
        assert!(matches!(next, Next::Connect { .. }), "seed {}: {cut:?}", self.seed);
        self.take_told();
    }

    /// One frame to the player.
    fn hear(&mut self) -> bool {
        let Some((conn, session)) = &mut self.line else { return false };
        let Some(frame) = self.server.say(*conn) else {
            if self.server.is_closed(*conn) {
                self.end(&Cut::Lost);
                return true;
            }
            return false;
        };
        let heard = session.receive(&frame, &mut self.inflater, self.now);
        assert_eq!(heard, Ok(()), "seed {}", self.seed);
        let mut step = Step::Stay;
        while let Some(event) = session.take_event() {
            if let crate::Event::Welcomed(_) = event {
                if self.has_entered {
                    step = self.lasting.connected(session, self.now);
                } else {
                    self.has_entered = true;
                    self.lasting.login(Login::Guest, session).expect("the first");
                }
            } else {
                step = self.lasting.on_event(event, session, self.now);
            }
        }
        self.on_step(step);
        true
    }

    fn on_step(&mut self, step: Step) {
        match step {
            Step::Stay => {}
            Step::Leave(cut) => self.end(&cut),
            Step::Over { name, .. } => panic!("seed {}: over, {name}", self.seed),
        }
        self.take_told();
    }

    /// What the player wants to send goes on its way.
    fn speak(&mut self) -> bool {
        let Some((conn, session)) = &mut self.line else { return false };
        self.lasting.flush(session, self.now);
        let Some(frame) = session.take_frame() else { return false };
        self.server.hear(*conn, frame);
        true
    }

    fn ask(&mut self) {
        if self.joining.is_some() || !self.lasting.has_room() {
            return;
        }
        let insist = if self.draw(2) == 0 { Insist::No } else { Insist::Yes };
        self.payloads += 1;
        let body = self.payloads.to_le_bytes().to_vec();
        if let Ok(id) = self.lasting.command(kinds::CHAT_SAY, body, insist) {
            self.open.insert(id, (self.payloads, insist));
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        let Some((_, session)) = &mut self.line else { return };
        if session.on_time(self.now).is_err() {
            return self.end(&Cut::Lost);
        }
        if self.lasting.deadline(session).is_some_and(|at| at <= self.now) {
            let step = self.lasting.on_time(session, self.now);
            self.on_step(step);
        }
    }

    fn take_told(&mut self) {
        while let Some(told) = self.lasting.take_told() {
            self.on_told(told);
        }
    }

    fn on_told(&mut self, told: Told) {
        let seed = self.seed;
        match told {
            Told::LoggedIn(logged_in) => self.begin(&logged_in),
            Told::Answered { id, outcome, .. } if self.joining == Some(id) => {
                assert_eq!(outcome, Outcome::Ok(bytes::Bytes::new()), "seed {seed}");
                self.joining = None;
            }
            Told::Answered { id, outcome, .. } => {
                let (payload, _) = self.open.remove(&id).expect("answered once");
                match outcome {
                    Outcome::Ok(result) => {
                        assert_eq!(result, payload.to_le_bytes().to_vec(), "seed {seed}");
                        assert!(self.server.durable.log.contains(&payload), "seed {seed}: {payload}");
                        self.done.push(payload);
                    }
                    Outcome::Rejected(_) | Outcome::RetryLater { .. } => self.not_done.push(payload),
                }
            }
            Told::Fate { id, fate, .. } if self.joining == Some(id) => {
                assert_ne!(fate, Fate::Happened, "joins leave no record");
                self.joining = None;
            }
            Told::Fate { id, fate, .. } => {
                let (payload, insist) = self.open.remove(&id).expect("one end each");
                match fate {
                    Fate::Happened => self.done.push(payload),
                    Fate::DidNot => {
                        assert_eq!(insist, Insist::No, "seed {seed}");
                        self.not_done.push(payload);
                    }
                    Fate::Unknown => panic!("seed {seed}: 64 bits are enough"),
                }
            }
            Told::News(News::Push(Push::Paid(paid))) => {
                let (session, count) = self.heard;
                assert_eq!((paid.from, paid.amount), (session, count.cast_signed() + 1), "seed {seed}");
                self.heard.1 += 1;
            }
            Told::News(News::Reset(logged_in) | News::LoggedInAgain(logged_in)) => {
                self.began_anew += 1;
                self.begin(&logged_in);
            }
            Told::News(News::Resumed { .. }) => self.resumed += 1,
            Told::News(News::WentBack { outcome, .. }) => assert!(matches!(outcome, Outcome::Ok(_))),
            Told::News(News::Paused | News::Away { .. }) => {}
            other => panic!("seed {seed}: {other:?}"),
        }
    }

    fn begin(&mut self, logged_in: &proto::client::LoggedIn) {
        let number = logged_in.session[..8].try_into().map(u64::from_le_bytes);
        self.heard = (number.expect("eight bytes"), 0);
    }

    fn step(&mut self) {
        match self.draw(100) {
            0..25 => self.ask(),
            25..45 => _ = self.speak(),
            45..65 => {
                let conns = self.server.conns();
                if !conns.is_empty() {
                    let index = usize::try_from(self.draw(conns.len() as u64)).expect("small");
                    self.server.read(conns[index]);
                }
            }
            65..82 => _ = self.hear(),
            82..87 => self.server.push(),
            87..90 => self.server.settle(),
            90..92 => self.end(&Cut::Lost),
            92 => self.server.notice(),
            93 => self.server.die(),
            94 => self.server.rise(),
            95 => match self.draw(6) {
                0 => self.server.cut_all(),
                1 => self.server.ask_to_move(),
                2 => self.server.expire(),
                _ => {}
            },
            _ => self.pass(Duration::from_millis(30)),
        }
        if self.line.is_none() && self.draw(4) == 0 {
            self.connect();
        }
    }

    /// No more faults: everything gets where it belongs.
    fn heal(&mut self) {
        for _ in 0..5_000 {
            self.server.rise();
            if self.line.is_none() {
                self.connect();
            }
            let mut is_quiet = true;
            for conn in self.server.conns() {
                is_quiet &= !self.server.read(conn);
            }
            is_quiet &= !self.speak() && !self.hear();
            self.server.settle();
            self.pass(Duration::from_millis(30));
            let has_all = self.server.pushes() == self.heard.1;
            if is_quiet && self.open.is_empty() && self.joining.is_none() && has_all {
                return;
            }
        }
        panic!("seed {}: {:?} open, {:?}", self.seed, self.open, self.lasting);
    }

    fn judge(&mut self) {
        let (seed, log) = (self.seed, &self.server.durable.log);
        assert!(log.is_sorted_by(|one, next| one < next), "seed {seed}: twice, or out of order: {log:?}");
        let mut done = self.done.clone();
        done.sort_unstable();
        assert_eq!(*log, done, "seed {seed}: what happened is what was told to have happened");
        assert!(self.not_done.iter().all(|payload| !log.contains(payload)), "seed {seed}");
        assert_eq!(self.done.len() + self.not_done.len(), usize::try_from(self.payloads).expect("small"));
        assert!(self.server.is_in_room(), "seed {seed}");
    }
}

#[test]
fn nothing_is_missing_doubled_or_executed_twice_whatever_dies_when() {
    let (mut resumes, mut refusals, mut resets) = (0, 0, 0);
    for seed in 0..SEEDS {
        let mut storm = Storm::new(seed);
        storm.connect();
        while storm.joining.is_none() {
            let _ = (storm.speak(), storm.hear());
            storm.server.conns().into_iter().for_each(|conn| _ = storm.server.read(conn));
            storm.joining = storm.lasting.command(kinds::ROOM_JOIN, Vec::new(), Insist::No).ok();
        }
        storm.heal();
        for _ in 0..STEPS {
            storm.step();
        }
        storm.heal();
        storm.judge();
        resumes += storm.server.resumes;
        refusals += storm.server.refusals;
        resets += storm.server.resets;
        assert!(storm.resumed <= storm.server.resumes && storm.began_anew > 0 || storm.server.resets < 2);
    }
    println!("{resumes} resumes, {refusals} refused, {resets} resets");
    assert!(resumes > SEEDS && refusals > SEEDS / 2 && resets > SEEDS, "{resumes} {refusals} {resets}");
}

const SEEDS: u64 = 600;
const STEPS: u32 = 600;
