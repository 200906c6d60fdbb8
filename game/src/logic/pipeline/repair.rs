//! A dbfront whose journal lost records that it had acknowledged: it gets them again piece by piece, whatever
//! happens meanwhile. Beside the pipeline stands a dbfront of a few lines, which checks what the real one checks.

use proto::limits::{INFLIGHT_BYTES_MAX, INFLIGHT_RECORDS_MAX};

use super::{
    tests::{push, turns},
    *,
};

/// Takes turns in order, has some of them durable, and may lose them.
#[derive(Default)]
struct Front {
    /// Durable.
    journal: Vec<Turn>,
    /// Received by this process, and in nobody's journal yet.
    received: Vec<Turn>,
}

impl Front {
    fn durable(&self) -> Lsn {
        self.journal.last().map_or(Lsn(0), |turn| turn.lsn_last)
    }

    fn receive(&mut self, turn: Turn) {
        let known = self.journal.iter().chain(&self.received).find(|known| known.lsn_first == turn.lsn_first);
        if let Some(known) = known {
            assert_eq!(known, &turn, "sent again, changed");
            return;
        }
        let last = self.received.last().map_or(self.durable(), |turn| turn.lsn_last);
        assert_eq!(last.next(), turn.lsn_first, "records before it are missing");
        self.received.push(turn);
    }

    fn sync(&mut self, turns: usize) {
        let turns = turns.min(self.received.len());
        self.journal.extend(self.received.drain(..turns));
    }

    fn die(&mut self, journal_left: usize) {
        self.received.clear();
        self.journal.truncate(journal_left);
    }
}

/// A pipeline, its dbfront, and all turns that were ever made.
struct Pair {
    pipeline: Pipeline,
    front: Front,
    bounds: Bounds,
    made: Vec<Turn>,
    /// Not heard by dbfront before the link is up.
    is_up: bool,
}

impl Pair {
    fn new(bounds: Bounds) -> Self {
        let mut pair = Self {
            pipeline: Pipeline::new(bounds),
            front: Front::default(),
            bounds,
            made: Vec::new(),
            is_up: false,
        };
        pair.up();
        pair
    }

    fn up(&mut self) {
        let durable = self.front.durable();
        let welcome = StoreWelcome { epoch: Epoch(1), durable, applied: Lsn(0) };
        self.pipeline.store_up(welcome).expect("all that is missing is held");
        self.is_up = true;
    }

    fn down(&mut self) {
        self.pipeline.store_down();
        self.is_up = false;
    }

    /// A turn of game, in which it executes a record if it may. What comes out is within the bounds.
    fn turn(&mut self, record: Option<usize>) {
        if let Some(bytes) = record
            && self.pipeline.has_room()
        {
            push(&mut self.pipeline, bytes);
        }
        for turn in turns(&mut self.pipeline) {
            assert!(self.is_up, "nothing is sent without a link");
            if self.made.last().is_none_or(|last| last.lsn_last < turn.lsn_first) {
                self.made.push(turn.clone());
            }
            self.front.receive(turn);
        }
        let under_way = || self.front.received.iter();
        let records: u64 = under_way().map(|turn| turn.lsn_last.0 + 1 - turn.lsn_first.0).sum();
        assert!(usize::try_from(records).unwrap() <= self.bounds.inflight_records_max, "{records} records");
        let bytes: usize = under_way().map(|turn| turn.bytes.len()).sum();
        assert!(bytes <= self.bounds.inflight_bytes_max || self.front.received.len() == 1, "{bytes} bytes");
    }

    /// Dbfront syncs so many turns and says so.
    fn sync(&mut self, turns: usize) {
        self.front.sync(turns);
        self.pipeline.durable_up_to(self.front.durable());
    }

    /// So many turns are made, durable, and not applied.
    fn keep(&mut self, count: usize, bytes: usize) {
        for _ in 0..count {
            self.turn(Some(bytes));
            if !self.pipeline.has_room() {
                self.sync(usize::MAX);
            }
        }
        self.sync(usize::MAX);
        assert_eq!(self.front.journal.len(), count);
    }

    fn is_whole(&self) -> bool {
        self.pipeline.inflight_records() == 0
    }

    fn check_whole(&self) {
        assert!(self.front.journal == self.made, "something is missing, or was changed");
        assert!(!self.pipeline.is_behind() && self.pipeline.inflight_bytes() == 0);
        assert_eq!(self.front.durable(), self.pipeline.made());
    }
}

#[derive(Clone, Copy, Debug)]
enum Break {
    /// The link is cut, dbfront lives.
    Cut,
    /// It is cut, and dbfront makes durable what it had received.
    CutThenSync,
    /// Dbfront dies, and its journal keeps everything that was durable.
    Dies,
    /// Dbfront dies, and its journal is as short as the first time.
    LosesAgain,
    /// It loses even more.
    LosesMore,
}

const BREAKS: [Break; 5] = [Break::Cut, Break::CutThenSync, Break::Dies, Break::LosesAgain, Break::LosesMore];

#[test]
fn a_journal_that_lost_records_is_repaired_whole_and_in_order_whatever_breaks_at_any_step() {
    let mut broken = 0;
    for (case, breaks) in BREAKS.iter().flat_map(|first| BREAKS.map(|second| [*first, second])).enumerate() {
        for at in 0.. {
            // Three turns under way by number, or two by bytes.
            let inflight_bytes_max = if case % 2 == 0 { usize::MAX } else { 2 * (20 + ENTRY_HEADER_BYTES) };
            let bounds = Bounds { inflight_records_max: 3, inflight_bytes_max, kept_bytes_max: usize::MAX };
            let mut pair = Pair::new(bounds);
            pair.keep(9, 20);
            pair.down();
            pair.front.die(2);
            pair.up();
            assert!(!pair.pipeline.has_room(), "what is to be sent again takes the room of new records");
            let (mut step, mut next) = (0, 0);
            while !pair.is_whole() {
                // The second break comes in the middle of the repair after the first.
                if next < 2 && step == at + next * 3 {
                    broken += 1;
                    pair.break_by(breaks[next]);
                    next += 1;
                }
                // A turn, then a sync: whatever may come between two of either.
                let record = (step < 40).then_some(20);
                if step % 2 == 0 {
                    pair.turn(record);
                } else {
                    pair.sync(1);
                }
                step += 1;
                assert!(step < 1_000, "no end: {breaks:?} at {at}");
            }
            pair.check_whole();
            assert!(pair.made.len() >= 9);
            if next == 0 {
                break;
            }
        }
    }
    assert!(400 < broken, "{broken} breaks");
}

impl Pair {
    fn break_by(&mut self, how: Break) {
        self.down();
        // Turns of the time without a link, in which game goes on as far as it has room.
        self.turn(Some(20));
        match how {
            Break::Cut => {}
            Break::CutThenSync => self.front.sync(usize::MAX),
            Break::Dies => self.front.die(usize::MAX),
            Break::LosesAgain => self.front.die(2),
            Break::LosesMore => self.front.die(1),
        }
        self.up();
        if matches!(how, Break::Cut) {
            // It was received over the link before, and becomes durable before anything is sent over this one.
            self.sync(1);
        }
    }
}

#[test]
fn more_turns_than_dbfront_queues_are_sent_again_without_filling_its_queue() {
    let bounds = Bounds {
        inflight_records_max: INFLIGHT_RECORDS_MAX,
        inflight_bytes_max: INFLIGHT_BYTES_MAX,
        kept_bytes_max: 512 * 1024 * 1024,
    };
    let mut pair = Pair::new(bounds);
    for _ in 0..20_000 {
        push(&mut pair.pipeline, 0);
        let lsn = pair.pipeline.made();
        pair.made.append(&mut turns(&mut pair.pipeline));
        pair.pipeline.durable_up_to(lsn);
    }
    pair.down();
    pair.up();
    let mut sent = Vec::new();
    let mut pieces = 0;
    while !pair.is_whole() {
        let piece = turns(&mut pair.pipeline);
        assert!((1..=INFLIGHT_RECORDS_MAX).contains(&piece.len()), "{} turns", piece.len());
        pair.pipeline.durable_up_to(piece.last().unwrap().lsn_last);
        sent.extend(piece);
        pieces += 1;
    }
    assert_eq!(pieces, 3);
    assert!(sent == pair.made);
}

#[test]
fn more_bytes_than_may_be_under_way_are_sent_again_within_that_bound() {
    let bounds = Bounds {
        inflight_records_max: INFLIGHT_RECORDS_MAX,
        inflight_bytes_max: INFLIGHT_BYTES_MAX,
        kept_bytes_max: 512 * 1024 * 1024,
    };
    let mut pair = Pair::new(bounds);
    pair.keep(70, RECORD_BYTES_MAX);
    pair.down();
    pair.front.die(0);
    pair.up();
    let mut pieces = 0;
    while !pair.is_whole() {
        pair.turn(None);
        pair.sync(usize::MAX);
        pieces += 1;
    }
    pair.check_whole();
    assert_eq!(pieces, 3);
}

#[test]
fn what_a_journal_lost_is_kept_also_over_the_bound_until_the_journal_has_it_again() {
    let bounds =
        Bounds { inflight_records_max: 3, inflight_bytes_max: usize::MAX, kept_bytes_max: 6 * (20 + 64) };
    let mut pair = Pair::new(bounds);
    pair.keep(5, 20);
    pair.down();
    pair.front.die(0);
    pair.up();
    for _ in 0..20 {
        pair.pipeline.applied_up_to(Lsn(0));
        pair.turn(Some(200));
        pair.sync(1);
    }
    while !pair.is_whole() {
        pair.turn(None);
        pair.sync(1);
    }
    pair.check_whole();
}

#[test]
fn a_question_waits_until_all_records_before_it_have_left() {
    let mut pair =
        Pair::new(Bounds { inflight_records_max: 2, inflight_bytes_max: usize::MAX, kept_bytes_max: 1_000 });
    pair.keep(4, 10);
    pair.down();
    pair.front.die(0);
    assert!(!pair.pipeline.is_behind(), "without a link it is refused instead");
    pair.up();
    pair.turn(None);
    assert!(pair.pipeline.is_behind());
    pair.sync(1);
    pair.turn(None);
    assert!(pair.pipeline.is_behind());
    pair.sync(1);
    pair.turn(None);
    assert!(!pair.pipeline.is_behind());
}
