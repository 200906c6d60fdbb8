//! Two ends that call each other over two lines that are slow, in a random order of everything that can happen: each
//! call ends exactly once, with what belongs to it, whatever happened on the way.

use std::{collections::VecDeque, time::Duration};

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

use super::*;

/// What travels. A response is the request's double, so that one that belongs to another call is found out.
#[derive(Clone, Copy, Debug)]
enum Record {
    Call { id: CallId, left: Duration, request: u64 },
    Reply { id: CallId, result: Result<u64, Failure> },
    Cancel(CallId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Answered,
    Failed(Failure),
}

/// One end. A call's tag is its place in `calls`.
struct End {
    caller: Caller<usize>,
    responder: Responder<u64>,
    calls: Vec<(CallId, Vec<Ending>)>,
    /// On their way to this end.
    line: VecDeque<Record>,
}

impl End {
    fn new() -> Self {
        let (caller, responder) = (Caller::new(IN_FLIGHT_MAX), Responder::new(IN_FLIGHT_MAX));
        Self { caller, responder, calls: Vec::new(), line: VecDeque::new() }
    }

    fn ends(&mut self, nth: usize, ending: Ending) {
        self.calls[nth].1.push(ending);
    }
}

struct Model {
    ends: [End; 2],
    now: Instant,
    rng: ChaCha8Rng,
    /// So often each thing happened, that the run is not empty.
    seen: [usize; 6],
}

impl Model {
    fn below(&mut self, bound: usize) -> usize {
        self.rng.next_u32() as usize % bound
    }

    fn step(&mut self) {
        let (at, other) = if self.below(2) == 0 { (0, 1) } else { (1, 0) };
        match self.below(100) {
            0..30 => self.call(at, other),
            30..40 => self.cancel(at, other),
            40..75 => self.deliver(at),
            75..92 => self.work(at, other),
            92..99 => self.passes(),
            _ => self.link_is_lost(),
        }
        for end in &self.ends {
            assert!(end.caller.in_flight() <= IN_FLIGHT_MAX && end.responder.in_flight() <= IN_FLIGHT_MAX);
        }
    }

    fn call(&mut self, at: usize, other: usize) {
        let left = Duration::from_millis(self.below(40) as u64);
        let end = &mut self.ends[at];
        let nth = end.calls.len();
        match end.caller.begin(self.now + left, nth) {
            Ok(id) => {
                end.calls.push((id, Vec::new()));
                self.ends[other].line.push_back(Record::Call { id, left, request: nth as u64 });
            }
            Err(same) => {
                assert_eq!((same, end.caller.in_flight()), (nth, IN_FLIGHT_MAX));
                self.seen[0] += 1;
            }
        }
    }

    fn cancel(&mut self, at: usize, other: usize) {
        if self.ends[at].calls.is_empty() {
            return;
        }
        // The young are the likelier ones to be waiting.
        let young = self.below(self.ends[at].calls.len().min(8));
        let nth = self.ends[at].calls.len() - 1 - young;
        let id = self.ends[at].calls[nth].0;
        if let Some(tag) = self.ends[at].caller.cancel(id) {
            assert_eq!(tag, nth);
            self.ends[at].ends(nth, Ending::Failed(Failure::Canceled));
            self.ends[other].line.push_back(Record::Cancel(id));
            self.seen[1] += 1;
        }
    }

    fn deliver(&mut self, at: usize) {
        match self.ends[at].line.pop_front() {
            None => {}
            Some(Record::Call { id, left, request }) => {
                let begun = self.ends[at].responder.begin(id, self.now + left, request);
                // Who ends a call tells it, and lines keep their order: nobody is asked for more than is allowed.
                assert_eq!(begun, Ok(()));
            }
            Some(Record::Cancel(id)) => {
                self.seen[2] += usize::from(self.ends[at].responder.cancel(id).is_some());
            }
            Some(Record::Reply { id, result }) => {
                let Some(nth) = self.ends[at].caller.finish(id) else { return };
                let ending = match result {
                    Ok(response) => {
                        assert_eq!(response, nth as u64 * 2);
                        Ending::Answered
                    }
                    Err(failure) => Ending::Failed(failure),
                };
                self.ends[at].ends(nth, ending);
            }
        }
    }

    /// Some work is done, the oldest or not.
    fn work(&mut self, at: usize, other: usize) {
        let done = self.ends[other].calls.len().min(8);
        if done == 0 {
            return;
        }
        let back = self.below(done);
        let (id, _) = self.ends[other].calls[self.ends[other].calls.len() - 1 - back];
        let request = (self.ends[other].calls.len() - 1 - back) as u64;
        let in_hand = self.ends[at].responder.in_flight();
        if self.ends[at].responder.finish(id, self.now) {
            let result = if back == 7 { Err(Failure::BadRequest) } else { Ok(request * 2) };
            self.ends[other].line.push_back(Record::Reply { id, result });
            assert_eq!(self.ends[at].responder.in_flight() + 1, in_hand);
            self.seen[3] += 1;
        }
    }

    fn passes(&mut self) {
        let passed = Duration::from_millis(self.below(20) as u64);
        self.now += passed;
        for (at, other) in [(0, 1), (1, 0)] {
            for (id, nth) in self.ends[at].caller.expire(self.now) {
                self.ends[at].ends(nth, Ending::Failed(Failure::Deadline));
                self.ends[other].line.push_back(Record::Cancel(id));
                self.seen[4] += 1;
            }
            assert!(self.ends[at].caller.next_deadline().is_none_or(|deadline| self.now < deadline));
            for (id, _) in self.ends[at].responder.expire(self.now) {
                self.ends[other].line.push_back(Record::Reply { id, result: Err(Failure::Deadline) });
            }
        }
    }

    fn link_is_lost(&mut self) {
        for end in &mut self.ends {
            end.line.clear();
            for (_, nth) in end.caller.lose() {
                end.ends(nth, Ending::Failed(Failure::LinkLost));
            }
            end.responder.lose();
            assert_eq!((end.caller.in_flight(), end.responder.in_flight()), (0, 0));
        }
        self.seen[5] += 1;
    }
}

#[test]
fn whatever_happens_to_two_ends_each_call_ends_exactly_once() {
    let mut seen = [0; 6];
    for seed in 0..200 {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let mut model = Model { ends: [End::new(), End::new()], now: start(), rng, seen: [0; 6] };
        for _ in 0..2_000 {
            model.step();
            for end in &model.ends {
                let ended = end.calls.iter().filter(|(_, endings)| !endings.is_empty()).count();
                assert_eq!(ended + end.caller.in_flight(), end.calls.len(), "seed {seed}");
            }
        }
        model.link_is_lost();
        for end in &model.ends {
            assert!(end.calls.iter().all(|(_, endings)| endings.len() == 1), "seed {seed}");
        }
        let all = model.ends.iter().flat_map(|end| &end.calls);
        assert!(all.clone().any(|(_, endings)| endings[0] == Ending::Answered), "seed {seed}");
        seen.iter_mut().zip(model.seen).for_each(|(sum, count)| *sum += count);
    }
    assert!(seen.iter().all(|&count| 100 < count), "what never happens is not tested: {seen:?}");
}

const IN_FLIGHT_MAX: usize = 5;
