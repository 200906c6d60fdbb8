//! Games that come and go at random moments, and players whose bytes are cut anywhere and read as an edge-triggered
//! socket is: in the end everyone is heard, and what was said before a reset never is.

use proto::{frame::put_frame, kinds, kinds::Lane, packet::Packet};

use super::super::world::{Random, World};
use crate::logic::{hub::Reading, limits::ClientLimits};

const NAMES: [&str; 4] = ["ana", "bo", "cy", "dee"];

/// One player as the model sees it.
#[derive(Default)]
struct Model {
    /// Bytes written and not yet with the gateway.
    outgoing: Vec<u8>,
    /// Resets that it has heard and not yet taken: each is to be, also one of a game that is gone again.
    resets: usize,
    /// The number of its last command.
    said: u64,
    /// Commands from this one on were said after the last reset that it took.
    counts_from: u64,
}

struct Run {
    world: World,
    random: Random,
    models: [Model; NAMES.len()],
    is_up: bool,
    /// Who waits for a seat.
    waiting: Vec<usize>,
    /// Numbers that game heard since its link is up, by player.
    heard: [Vec<u64>; NAMES.len()],
}

fn command(number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    Packet { kind: kinds::WALLET_READ, cseq: number, ..Packet::default() }.put(&mut out);
    out
}

fn taken() -> Vec<u8> {
    let mut out = Vec::new();
    Packet { kind: kinds::RESET_TAKEN, ..Packet::default() }.put(&mut out);
    out
}

impl Run {
    fn new(seed: u64) -> Self {
        let limits =
            ClientLimits { packets_per_s: 1_000_000, packets_burst: 1_000_000, ..ClientLimits::default() };
        let mut world = World::new(limits);
        for name in NAMES {
            world.step(&format!("{name} plays"));
        }
        world.heard.clear();
        Self {
            world,
            random: Random(seed),
            models: std::array::from_fn(|_| Model { counts_from: 1, ..Model::default() }),
            is_up: true,
            waiting: Vec::new(),
            heard: Default::default(),
        }
    }

    /// A frame: perhaps the answer to a reset, with commands before and after it.
    fn speak(&mut self, who: usize) {
        let mut body = Vec::new();
        let model = &mut self.models[who];
        let say = |model: &mut Model, count: usize, body: &mut Vec<u8>| {
            for _ in 0..count {
                model.said += 1;
                body.extend(command(model.said));
            }
        };
        say(model, self.random.below(3), &mut body);
        if 0 < model.resets && self.random.below(2) == 0 {
            body.extend(taken());
            model.resets -= 1;
            model.counts_from = model.said + 1;
        }
        say(model, 1 + self.random.below(2), &mut body);
        put_frame(&mut model.outgoing, Lane::MustArrive, false, &body);
    }

    /// Some of what it wrote arrives, and its socket says so once.
    fn arrive(&mut self, who: usize) {
        let outgoing = &mut self.models[who].outgoing;
        let count = 1 + self.random.below(outgoing.len().max(1));
        let bytes: Vec<u8> = outgoing.drain(..count.min(outgoing.len())).collect();
        self.world.receive(NAMES[who], &bytes);
    }

    fn step(&mut self) {
        let who = self.random.below(NAMES.len());
        match self.random.below(12) {
            0..4 => self.speak(who),
            4..8 => self.arrive(who),
            8 if self.is_up => {
                self.world.step("the link is lost");
                self.is_up = false;
            }
            8 | 9 if !self.is_up => self.come_up(),
            _ if self.is_up && !self.waiting.is_empty() => self.reseat(),
            _ => self.world.now_ms += 1,
        }
        self.listen();
    }

    fn come_up(&mut self) {
        self.is_up = true;
        self.heard = Default::default();
        self.world.step("the link is up");
        self.waiting = (0..NAMES.len()).filter(|&who| self.is_parked(who)).collect();
    }

    fn reseat(&mut self) {
        let index = self.random.below(self.waiting.len());
        let who = self.waiting.swap_remove(index);
        self.world.step(&format!("game reseats {}", NAMES[who]));
    }

    fn is_parked(&self, who: usize) -> bool {
        let key = self.world.players[NAMES[who]].key;
        self.world.hub.client(key).expect("here").session.stage.is_parked()
    }

    /// What was heard: each reset is one that its player has to take, and each command one that game took.
    fn listen(&mut self) {
        self.world.read_resumed();
        self.world.settle();
        for line in std::mem::take(&mut self.world.heard) {
            let who =
                NAMES.iter().position(|name| line.split(' ').any(|word| word == *name)).expect("a player");
            let model = &mut self.models[who];
            if line.ends_with("control: reset") {
                model.resets += 1;
            } else {
                assert!(!line.contains("close"), "{line}");
            }
        }
        for (name, number) in std::mem::take(&mut self.world.numbers) {
            let who = NAMES.iter().position(|other| **other == name).expect("a player");
            self.heard[who].push(number);
        }
    }

    /// A last game that stays: everybody gets a seat, says a last word, and is heard.
    fn finish(mut self) {
        if !self.is_up {
            self.come_up();
        }
        while !self.waiting.is_empty() {
            self.reseat();
        }
        self.listen();
        for (who, name) in NAMES.into_iter().enumerate() {
            let model = &mut self.models[who];
            if 0 < model.resets {
                let frame = taken().repeat(std::mem::take(&mut model.resets));
                model.counts_from = model.said + 1;
                put_frame(&mut model.outgoing, Lane::MustArrive, false, &frame);
            }
            model.said += 1;
            put_frame(&mut model.outgoing, Lane::MustArrive, false, &command(model.said));
            let rest = std::mem::take(&mut self.models[who].outgoing);
            self.world.receive(name, &rest);
            self.listen();
            let key = self.world.players[name].key;
            assert_eq!(self.world.hub.reading(key, self.world.now_ms), Reading::Now, "{} is read", name);
            let model = &self.models[who];
            let expected: Vec<u64> = (model.counts_from..=model.said).collect();
            assert_eq!(self.heard[who], expected, "what {} said after its last reset", name);
        }
    }
}

#[test]
fn whenever_games_come_and_go_everyone_is_heard_in_the_end() {
    for seed in 1..=150 {
        let mut run = Run::new(seed * 0x1234_5678_9abc);
        for _ in 0..150 {
            run.step();
        }
        run.finish();
    }
}
