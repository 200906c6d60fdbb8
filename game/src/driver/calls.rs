//! The logic thread's side of the link to dbfront: turns out, reads as calls with deadlines. Knows no rows.

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc, time::Instant};

use proto::{
    limits::LINK_PROTOCOL_CALLS,
    link::{ReadRequest, ReadResponse},
    link_io::{Op, Record},
    prescan::Budget,
    rpc::{CallId, Caller, Failure},
    wire,
};

use super::outbox::Outbox;
use crate::{
    failpoint::point,
    logic::event::{Read, ReadTag, Turn},
};

/// What came of a read.
pub(super) type Reply = (ReadTag, Result<ReadResponse, Failure>);

/// See the module. Without a link, turns are dropped: the world sends again what is not durable.
#[derive(Debug, Default)]
pub(super) struct Calls {
    outbox: Option<Arc<Outbox>>,
    /// The other side knows `Cancel`.
    cancels: bool,
    caller: Caller<Option<ReadTag>>,
    /// Nobody waits for these: they wait for room.
    releases: VecDeque<ReadRequest>,
    bytes: Vec<u8>,
}

impl Calls {
    /// The link opened, and speaks this version.
    pub(super) fn up(&mut self, outbox: Arc<Outbox>, protocol: u32) {
        self.outbox = Some(outbox);
        self.cancels = LINK_PROTOCOL_CALLS <= protocol;
    }

    /// It is gone, and with it every call.
    pub(super) fn down(&mut self, replies: &mut Vec<Reply>) {
        self.outbox = None;
        // The next link is another reader: what it pins is told to it anew.
        self.releases.clear();
        replies.extend(failed(self.caller.lose(), Failure::LinkLost));
    }

    /// Whether it is open.
    pub(super) fn is_up(&self) -> bool {
        self.outbox.is_some()
    }

    /// Sends a turn's share, in one write: records first, so that their sync begins.
    pub(super) fn send(
        &mut self,
        turns: &[Turn],
        reads: &mut Vec<Read>,
        now: Instant,
        replies: &mut Vec<Reply>,
    ) {
        let Some(outbox) = &self.outbox else {
            replies.extend(reads.drain(..).filter_map(|read| Some((read.tag?, Err(Failure::LinkLost)))));
            return;
        };
        for turn in turns {
            Record::new(Op::Turn, turn.lsn_first.0, turn.epoch.0, &turn.bytes).put(&mut self.bytes);
        }
        for read in reads.drain(..) {
            match (self.caller.begin(read.deadline, read.tag), read.tag) {
                (Ok(id), _) => put_call(&mut self.bytes, id, &read.request, read.deadline, now),
                (Err(_full), Some(tag)) => replies.push((tag, Err(Failure::Busy))),
                (Err(_full), None) if self.releases.len() < RELEASES_MAX => {
                    self.releases.push_back(read.request);
                }
                // Those rows stay pinned until the next epoch.
                (Err(_full), None) => tracing::warn!(event = "store.release_dropped"),
            }
        }
        point!("store.write", if !turns.is_empty());
        point!("store.half", if !turns.is_empty(), after outbox.push(&mut self.bytes[..self.bytes.len() / 2].to_vec()));
        outbox.push(&mut self.bytes);
        point!("store.written", if !turns.is_empty());
    }

    /// A `Reply` came: what it says, if somebody still waits for it.
    pub(super) fn on_reply(&mut self, record: &Record<'_>, now: Instant) -> Option<Reply> {
        let tag = self.caller.finish(CallId(record.a));
        self.send_releases(now);
        let result = match Failure::from_code(record.b) {
            Some(failure) => Err(failure),
            None => wire::decode(record.payload, Budget::LINK).map_err(|_| Failure::BadRequest),
        };
        Some((tag??, result))
    }

    fn send_releases(&mut self, now: Instant) {
        let Some(outbox) = &self.outbox else { return };
        while let Some(request) = self.releases.pop_front() {
            let deadline = now + RELEASE_DEADLINE;
            let Ok(id) = self.caller.begin(deadline, None) else {
                self.releases.push_front(request);
                break;
            };
            put_call(&mut self.bytes, id, &request, deadline, now);
        }
        outbox.push(&mut self.bytes);
    }

    /// When [`Self::expire`] has something to say.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.caller.next_deadline()
    }

    /// Ends the calls whose time is over, and says that nobody waits for them any more.
    pub(super) fn expire(&mut self, now: Instant, replies: &mut Vec<Reply>) {
        let ended = self.caller.expire(now);
        if ended.is_empty() {
            return;
        }
        if self.cancels {
            for (id, _) in &ended {
                Record::new(Op::Cancel, id.0, 0, &[]).put(&mut self.bytes);
            }
        }
        replies.extend(failed(ended, Failure::Deadline));
        self.send_releases(now);
    }

    /// Calls without an answer.
    pub(super) fn in_flight(&self) -> usize {
        self.caller.in_flight()
    }
}

fn failed(ended: Vec<(CallId, Option<ReadTag>)>, failure: Failure) -> impl Iterator<Item = Reply> {
    ended.into_iter().filter_map(move |(_, tag)| Some((tag?, Err(failure))))
}

fn put_call(out: &mut Vec<u8>, id: CallId, request: &ReadRequest, deadline: Instant, now: Instant) {
    let left_ms = u64::try_from(deadline.saturating_duration_since(now).as_millis()).unwrap_or(u64::MAX);
    Record::new(Op::Call, id.0, left_ms, &wire::encode(request)).put(out);
}

const RELEASES_MAX: usize = 4_096;
const RELEASE_DEADLINE: std::time::Duration = std::time::Duration::from_secs(10);
