//! The loop that waits: for game, for the other threads, for the end. What happened goes to the desk at
//! once; nothing is decided here.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    net::{UnixListener, UnixStream},
    sync::mpsc,
    task::JoinSet,
    time::MissedTickBehavior,
};

use super::{
    backlog_cell::BacklogCell,
    clock,
    desk::{AmendOrder, Desk},
    door::{self, GUESTS_MAX, Guest},
    messages::{Ended, Event},
    saved::Warmth,
    space::Space,
};
use crate::error::Error;

/// What the loop waits for, and how it ends the others.
pub struct Links {
    /// Where game knocks.
    pub listener: UnixListener,
    /// Readable or ended: stop.
    pub stop: UnixStream,
    /// From the other threads.
    pub events: mpsc::Receiver<Event>,
    /// Their ends.
    pub ended: mpsc::Receiver<Ended>,
    /// Ends the store's thread.
    pub backlog: Arc<BacklogCell>,
    /// Of the journal's disk.
    pub space: Space,
    /// Tells the journal's thread not to wait for space.
    pub stopping: Arc<AtomicBool>,
    /// Rows that were saved.
    pub warmths: mpsc::Receiver<Warmth>,
    /// Of people.
    pub orders: mpsc::Receiver<AmendOrder>,
}

/// Why it ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was asked to.
    Stopped,
    /// A record was replaced: everything is to be begun again.
    Amended,
}

enum Step {
    Stop,
    Ended(Ended),
    Event(Event),
    Guest(Box<Guest>),
    Knock(io::Result<UnixStream>),
    Order(Box<AmendOrder>),
    Peer,
    Greeted,
    Tick,
    Warmth(Warmth),
}

impl Links {
    /// Serves until the end is asked for or forced, and then ends everything in order: what was received is
    /// journalled and acknowledged, the journal sealed, applying brought to a boundary.
    ///
    /// # Errors
    /// Of the thread that forced the end, or the first that could not end well.
    pub async fn serve(mut self, desk: &mut Desk) -> Result<Outcome, Error> {
        let (guests_in, mut guests) = mpsc::channel(GUESTS_MAX);
        let mut greeters = JoinSet::new();
        let mut partings = JoinSet::new();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut scratch = vec![0; READ_BYTES];
        let mut is_exhausted = false;
        let ended = loop {
            let wants_input = desk.wants_input();
            let step = tokio::select! {
                biased;
                _ = self.stop.readable() => Step::Stop,
                Some(ended) = self.ended.recv() => Step::Ended(ended),
                Some(event) = self.events.recv() => Step::Event(event),
                Some(guest) = guests.recv() => Step::Guest(Box::new(guest)),
                Some(order) = self.orders.recv() => Step::Order(Box::new(order)),
                () = ready(desk, wants_input) => Step::Peer,
                came = self.listener.accept(), if greeters.len() < GUESTS_MAX && !is_exhausted => {
                    Step::Knock(came.map(|(stream, _)| stream))
                }
                Some(_) = greeters.join_next() => Step::Greeted,
                _ = tick.tick() => Step::Tick,
                Some(warmth) = self.warmths.recv() => Step::Warmth(warmth),
            };
            let now = clock::now();
            match step {
                Step::Stop => break None,
                Step::Ended(ended) => break Some(ended),
                Step::Event(event) => self.events(desk, event),
                Step::Guest(guest) => desk.guest(*guest, now),
                Step::Order(order) => desk.amend(*order),
                Step::Peer => desk.serve(&mut scratch, now),
                Step::Greeted => {}
                Step::Warmth(warmth) => {
                    desk.warm(warmth);
                    if !desk.is_warming() {
                        // Whoever reads them ends, and what it has read goes.
                        self.warmths.close();
                    }
                }
                Step::Knock(Ok(stream)) => drop(greeters.spawn(door::greet(stream, guests_in.clone()))),
                Step::Knock(Err(error)) => {
                    // Whoever knocks still waits, and would wake us at once: until the next tick we do not ask.
                    if !std::mem::replace(&mut is_exhausted, true) {
                        tracing::warn!(event = "accept.exhausted", door = "link", %error);
                    }
                }
                Step::Tick => {
                    is_exhausted = false;
                    self.space.look(now);
                    desk.tick(now);
                }
            }
            if desk.failure().is_some() || desk.is_amended() {
                break None;
            }
            desk.flush(now);
            desk.take_parting().into_iter().for_each(|peer| drop(partings.spawn(peer.part())));
            while partings.try_join_next().is_some() {}
        };
        drop(self.listener);
        let links =
            Ending { events: self.events, ended: self.ended, backlog: self.backlog, stopping: self.stopping };
        let result = links.end(desk, ended).await;
        let result = desk.failure().map_or(result, Err);
        let named = result.as_ref().err().map(|error| (error.code(), error.to_string()));
        desk.close(named.as_ref().map(|(code, text)| (*code, text.as_str())));
        desk.take_parting().into_iter().for_each(|peer| drop(partings.spawn(peer.part())));
        partings.join_all().await;
        result.map(|()| if desk.is_amended() { Outcome::Amended } else { Outcome::Stopped })
    }

    /// This and all that wait: their answers leave in one write.
    fn events(&mut self, desk: &mut Desk, first: Event) {
        desk.event(first);
        while let Ok(event) = self.events.try_recv() {
            desk.event(event);
        }
    }
}

async fn ready(desk: &Desk, wants_input: bool) {
    match desk.peer() {
        Some(peer) => peer.ready(wants_input).await,
        None => std::future::pending().await,
    }
}

struct Ending {
    events: mpsc::Receiver<Event>,
    ended: mpsc::Receiver<Ended>,
    backlog: Arc<BacklogCell>,
    stopping: Arc<AtomicBool>,
}

impl Ending {
    async fn end(mut self, desk: &mut Desk, first: Option<Ended>) -> Result<(), Error> {
        let mut running = THREADS;
        let mut result = Ok(());
        self.stopping.store(true, Relaxed);
        let forced = first.is_some();
        let mut journal_ended = false;
        let mut next = first;
        desk.finish();
        loop {
            if let Some(Ended { thread, result: its }) = next.take() {
                running -= 1;
                result = result.and(its);
                journal_ended |= thread == super::messages::Thread::Journal;
                if journal_ended || result.is_err() {
                    let drain = if forced || result.is_err() { Duration::ZERO } else { DRAIN };
                    self.backlog.stop(clock::now() + drain);
                }
            }
            if running == 0 {
                break;
            }
            tokio::select! {
                biased;
                Some(event) = self.events.recv() => desk.event(event),
                ended = self.ended.recv() => match ended {
                    Some(ended) => next = Some(ended),
                    None => break,
                },
            }
            desk.flush(clock::now());
        }
        while let Ok(event) = self.events.try_recv() {
            desk.event(event);
        }
        result
    }
}

/// The journal's, the store's, the reader's.
const THREADS: usize = 3;
/// How long a stop lets applying go on: what is left is applied by the next start.
const DRAIN: Duration = Duration::from_secs(5);
/// Bytes of one read of the link.
const READ_BYTES: usize = 256 * 1024;
/// Between two looks at silence, deadlines and figures.
const TICK: Duration = Duration::from_millis(100);
