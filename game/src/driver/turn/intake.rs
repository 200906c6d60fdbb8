//! What other threads told us, turned into events of the world, in the order it came.

use proto::{
    ids::{Epoch, LinkId, Lsn},
    level::Level,
    link_io::{Op, Record, take_record},
};

use super::{GatewayLink, Phase, Turns};
use crate::{
    Ready,
    driver::{
        askers::Askers,
        input::{Batch, Input, StoreUp},
        stopping::{Farewell, Stopping},
    },
    error::Error,
    failpoint::point,
    logic::{
        claim::refusal,
        event::{Event, HashResult, Now},
    },
    metrics::State,
};

impl Turns {
    /// What was clear at the end of the last turn, and what ran out since.
    pub(super) fn take_known(&mut self, now: Now) {
        self.calls.expire(now.instant, &mut self.replies);
        for (tag, result) in self.replies.drain(..) {
            self.world.on_event(Event::Rows { tag, result }, now);
        }
        for job in self.hashes_refused.drain(..) {
            self.world.on_event(Event::HashDone { job, result: HashResult::Failed }, now);
        }
    }

    pub(super) fn take_inputs(&mut self, now: Now) -> Result<(), Error> {
        let mut next = self.first.take().or_else(|| self.inbox.inputs.try_recv().ok());
        while let Some(input) = next {
            self.take(input, now)?;
            next = if self.turn_bytes < TURN_BYTES_MAX { self.inbox.inputs.try_recv().ok() } else { None };
        }
        Ok(())
    }

    fn take(&mut self, input: Input, now: Now) -> Result<(), Error> {
        match input {
            Input::Gateway(link, batch) => self.take_gateway(link, batch, now),
            Input::Store(batch) => return self.take_store(batch, now),
            Input::Hash(job, result) => self.world.on_event(Event::HashDone { job, result }, now),
            Input::LinkUp(up) => {
                let (link, thread) = (up.link, up.thread);
                self.gateways.push(GatewayLink { link, outbox: up.outbox, is_full: false, _place: up.place });
                self.world.on_event(Event::LinkUp { link, thread }, now);
            }
            Input::LinkDown(link) => {
                if let Some(index) = self.gateways.iter().position(|gateway| gateway.link == link) {
                    let gateway = self.gateways.swap_remove(index);
                    self.figures.links_cut += u64::from(gateway.outbox.is_cut());
                }
                self.out.links.retain(|(known, _)| *known != link);
                self.world.on_event(Event::LinkDown { link }, now);
            }
            Input::LinkDrained(link) => self.tell_backlog(link, now),
            Input::StoreUp(up) => self.take_store_up(up, now),
            Input::StoreDown => {
                self.calls.down(&mut self.replies);
                self.take_known(now);
                self.world.on_event(Event::StoreDown, now);
            }
            Input::Refused(refusal) => {
                return Err(Error::Refused { code: refusal.code, detail: refusal.detail });
            }
            Input::Staff(call) if matches!(self.phase, Phase::Stopping(_)) => Askers::refuse(*call),
            Input::Staff(call) => {
                let event = self.askers.begin(*call);
                self.world.on_event(event, now);
            }
            Input::Design(design, done) => {
                self.askers.reload(&design, done);
                self.world.on_event(Event::Design(design), now);
            }
            Input::Limits(limits, done) => {
                self.world.on_event(Event::Limits(limits), now);
                // There is room for it; whoever wanted it may have left.
                let _ = done.try_send(());
            }
            Input::Listening(listening) => self.take_listening(listening)?,
            Input::Stop(farewell) => self.stop(farewell, now),
            Input::Ended(part) => return Err(Error::Panicked { part }),
        }
        Ok(())
    }

    fn take_gateway(&mut self, link: LinkId, batch: Batch, now: Now) {
        self.turn_bytes += batch.bytes.len();
        self.figures.bytes_in += batch.bytes.len() as u64;
        // Once we stop, and on a link that is about to be cut, nothing is executed any more.
        let is_open = self.gateways.iter().any(|gateway| gateway.link == link && !gateway.outbox.is_cut());
        if is_open && !matches!(self.phase, Phase::Stopping(_)) {
            each_record(&batch.bytes, |record| {
                // Nothing is asked of gateways.
                if record.op != Op::Reply {
                    self.world.on_event(Event::GatewayRecord { link, record }, now);
                }
            });
        }
        self.inbox.recycle(batch.bytes);
    }

    fn take_store(&mut self, batch: Batch, now: Now) -> Result<(), Error> {
        let mut refused = None;
        each_record(&batch.bytes, |record| match record.op {
            Op::Durable => {
                point!("durable.come");
                self.world.on_event(Event::Durable(Lsn(record.a)), now);
                point!("durable.known");
            }
            Op::Applied => self.world.on_event(Event::Applied(Lsn(record.a)), now),
            Op::Level => {
                let level = Level::from_code(record.a).unwrap_or_default();
                let pace = u32::try_from(record.b).unwrap_or(u32::MAX);
                self.world.on_event(Event::Level { level, pace }, now);
            }
            Op::Reply => {
                if let Some((tag, result)) = self.calls.on_reply(&record, now.instant) {
                    self.world.on_event(Event::Rows { tag, result }, now);
                }
            }
            _ => refused = Some(String::from_utf8_lossy(record.payload).into_owned()),
        });
        self.inbox.recycle(batch.bytes);
        let Some(refused) = refused else { return Ok(()) };
        let (name, detail) = refused.split_once(' ').unwrap_or((&refused, ""));
        match refusal(name, detail) {
            Some(refusal) => Err(Error::Refused { code: refusal.code, detail: refusal.detail }),
            None => {
                tracing::warn!(event = "store.refused", name, detail);
                Ok(())
            }
        }
    }

    fn take_store_up(&mut self, up: StoreUp, now: Now) {
        self.calls.up(up.outbox, up.protocol);
        self.welcome.epoch = up.epoch;
        self.welcome.epoch_mac = up.epoch_mac;
        self.metrics.set_epoch(up.epoch);
        let (epoch, durable, applied) = (Epoch(up.epoch), Lsn(up.durable), Lsn(up.applied));
        self.world.on_event(Event::StoreUp { epoch, durable, applied, line: up.line }, now);
    }

    fn take_listening(&mut self, listening: std::io::Result<()>) -> Result<(), Error> {
        if let Err(source) = listening {
            return Err(Error::Listen { path: self.game_link.clone(), source });
        }
        if let (Phase::Opening, Some(ready)) = (&self.phase, self.ready.take()) {
            let (accounts_loaded, epoch) = (self.world.figures().accounts_loaded, self.welcome.epoch);
            tracing::info!(event = "game.ready", accounts_loaded, epoch);
            self.phase = Phase::Serving;
            self.metrics.set_state(State::Ready);
            ready(Ready { accounts_loaded, epoch });
        }
        Ok(())
    }

    fn stop(&mut self, farewell: Farewell, now: Now) {
        if !matches!(self.phase, Phase::Stopping(_)) {
            let hand_over = farewell == Farewell::HandOver;
            tracing::info!(event = "game.stopping", hand_over);
            // Before the flush, so that it waits for them.
            self.world.keep_all(now);
            self.phase = Phase::Stopping(Stopping::new(farewell, now.instant));
        }
    }
}

/// The records of a batch, without the driver's own.
fn each_record(bytes: &[u8], mut take: impl FnMut(Record<'_>)) {
    let mut rest = bytes;
    while let Ok(Some((record, used))) = take_record(rest) {
        rest = &rest[used..];
        // The link's task has answered these.
        if !matches!(record.op, Op::Ping | Op::Pong | Op::Call | Op::Cancel) {
            take(record);
        }
    }
}

/// What one turn takes in before it ends; the rest waits for the next.
const TURN_BYTES_MAX: usize = 4 * 1024 * 1024;
