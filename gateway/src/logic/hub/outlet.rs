//! The way into a client's outbox: whatever is put there is counted, written in this turn, and watched.

use super::{
    super::{
        ConnKey,
        bill::RowId,
        bucket::Rate,
        deadlines::{Deadlines, NEVER_MS},
        limits::ClientLimits,
        outbox::{Bounds, Offer, Pool, Verdict},
        tally::Tally,
    },
    Client,
};

/// See the module.
#[derive(Debug)]
pub(super) struct Outlet {
    pub(super) limits: ClientLimits,
    pub(super) bounds: Bounds,
    pub(super) pool: Pool,
    pub(super) deadlines: Deadlines,
    /// Clients with something to write, each once.
    pub(super) touched: Vec<ConnKey>,
    /// Clients that cannot take what must arrive, closed once the record that showed it is done.
    pub(super) overwhelmed: Vec<ConnKey>,
}

impl Outlet {
    pub(super) fn new(limits: ClientLimits) -> Self {
        Self {
            bounds: Bounds { soft_bytes: limits.outbox_soft_bytes, hard_bytes: limits.outbox_hard_bytes },
            limits,
            pool: Pool::default(),
            deadlines: Deadlines::default(),
            touched: Vec::new(),
            overwhelmed: Vec::new(),
        }
    }

    /// Says whether the outbox took it.
    pub(super) fn offer(
        &mut self,
        (key, client): (ConnKey, &mut Client),
        offer: Offer<'_>,
        by: RowId,
        now_ms: u64,
        tally: &mut Tally,
    ) -> bool {
        let verdict = client.outbox.offer(offer, now_ms, self.bounds, &mut self.pool, &mut tally.lost);
        match verdict {
            Verdict::Queued => {
                tally.frames_out += 1;
                tally.bytes_queued += offer.frame.len() as u64;
                // Above the soft limit it is looked at when its grace ends, even if it never reads again.
                if client.outbox.soft_since_ms().is_some() {
                    let at_ms = client.grace_ms(&self.limits);
                    self.deadlines.advance(key, &mut client.armed_ms, at_ms);
                }
                self.touch(key, client, by);
            }
            Verdict::Dropped => {}
            Verdict::TooSlow => self.overwhelmed.push(key),
        }
        verdict == Verdict::Queued
    }

    pub(super) fn touch(&mut self, key: ConnKey, client: &mut Client, by: RowId) {
        if !client.is_touched && !client.is_blocked {
            client.is_touched = true;
            client.touched_by = by;
            self.touched.push(key);
        }
    }

    /// Makes sure that this client is looked at when its next deadline comes.
    pub(super) fn arm(&mut self, key: ConnKey, client: &mut Client, rate: Rate) {
        let at_ms = client.deadline_ms(&self.limits, rate);
        if at_ms != NEVER_MS {
            self.deadlines.advance(key, &mut client.armed_ms, at_ms);
        }
    }
}
