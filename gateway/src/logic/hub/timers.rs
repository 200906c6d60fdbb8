//! What happens when time passes: pings, silence, handshakes that take too long, slow readers, budgets
//! that are back, and closes that were not taken.

use proto::{close::CloseReason, kinds::Lane, kinds::PING, wire};

use super::{
    super::{
        deadlines::{self, NEVER_MS},
        session::Stage,
    },
    ConnKey, Hub, Life,
    leaving::Leaving,
};

impl Hub {
    /// Looks at every client whose time has come.
    pub fn run_timers(&mut self, now_ms: u64) {
        self.tell_leavers(now_ms);
        while let Some(key) = self.outlet.deadlines.take_due(now_ms) {
            if let Some(client) = self.clients.get_mut(key) {
                client.armed_ms = NEVER_MS;
                self.on_deadline(key, now_ms);
                self.arm(key);
            }
        }
        self.close_overwhelmed(now_ms);
    }

    /// This thread was away for so long: what clients said meanwhile is still to be read, and what waits for them to be
    /// written. Every time that they are held to goes on, or begins, from now.
    pub fn slept(&mut self, now_ms: u64, away_ms: u64) {
        for client in self.clients.values_mut().filter(|client| client.life == Life::Open) {
            client.heard_ms = now_ms;
            client.outbox.forgive(away_ms);
            if let Stage::Parked { since_ms, .. } = &mut client.session.stage {
                *since_ms += away_ms;
            }
            if !client.session.stage.is_logged_in() {
                client.opened_ms += away_ms;
                client.queued_ms += if client.queued_ms == 0 { 0 } else { away_ms };
            }
        }
    }

    /// When to call [`Hub::run_timers`] next.
    #[must_use]
    pub fn next_deadline_ms(&self) -> Option<u64> {
        let leavers_ms = self.leaving.as_ref().and_then(Leaving::next_ms);
        let client_ms = deadlines::Deadlines::next_ms(&self.outlet.deadlines);
        leavers_ms.into_iter().chain(client_ms).min()
    }

    fn on_deadline(&mut self, key: ConnKey, now_ms: u64) {
        let is_full = self.desk.batch.is_full();
        let Some(client) = self.clients.get_mut(key) else { return };
        match client.life {
            Life::Ended => return,
            Life::Closing { until_ms } | Life::Parting { until_ms, .. } => {
                if until_ms <= now_ms {
                    self.end(key);
                }
                return;
            }
            Life::Open => {}
        }
        if client.handshake_ms(&self.outlet.limits) <= now_ms {
            let reason = match client.session.stage {
                Stage::TurnedAway(reason) => reason,
                Stage::Parked { .. } => CloseReason::GameAway,
                Stage::ExpectHello | Stage::BeforeLogin(_) | Stage::Admitted | Stage::Reseated { .. } => {
                    CloseReason::HandshakeTimeout
                }
            };
            return self.close(key, now_ms, reason);
        }
        if client.grace_ms(&self.outlet.limits) <= now_ms {
            return self.close(key, now_ms, CloseReason::TooSlow);
        }
        if client.session.stage.is_parked() {
            return self.ping_if_idle(key, now_ms);
        }
        if client.is_over_rate {
            client.session.bucket.fill(self.rate, now_ms);
            if !client.session.bucket.is_in_debt() {
                client.is_over_rate = false;
                client.heard_ms = now_ms;
                self.resumed.push(key);
            }
            return;
        }
        if is_full {
            client.heard_ms = now_ms;
            return;
        }
        if client.heard_ms + self.outlet.limits.silence_ms <= now_ms {
            return self.close(key, now_ms, CloseReason::Silent);
        }
        self.ping_if_idle(key, now_ms);
    }

    fn ping_if_idle(&mut self, key: ConnKey, now_ms: u64) {
        let Some(client) = self.clients.get_mut(key) else { return };
        if client.ping_ms(&self.outlet.limits) <= now_ms {
            client.pinged_ms = now_ms;
            let mut ping = Vec::new();
            wire::put_plain(&mut ping, PING, &[]);
            self.send(key, now_ms, Lane::Control, &ping);
        }
    }
}
