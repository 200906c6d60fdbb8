//! What happens when time passes: pings, silence, handshakes that take too long, slow readers, budgets
//! that are back, and closes that were not taken.

use proto::{close::CloseReason, kinds::Lane, kinds::PING, wire};

use super::{
    super::deadlines::{self, NEVER_MS},
    ConnKey, Hub, Life,
};

impl Hub {
    /// Looks at every client whose time has come.
    pub fn run_timers(&mut self, now_ms: u64) {
        while let Some(key) = self.outlet.deadlines.take_due(now_ms) {
            if let Some(client) = self.clients.get_mut(key) {
                client.armed_ms = NEVER_MS;
                self.on_deadline(key, now_ms);
                self.arm(key);
            }
        }
        self.close_overwhelmed(now_ms);
    }

    /// When to call [`Hub::run_timers`] next.
    #[must_use]
    pub fn next_deadline_ms(&self) -> Option<u64> {
        deadlines::Deadlines::next_ms(&self.outlet.deadlines)
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
                super::Stage::TurnedAway(reason) => reason,
                _ => CloseReason::HandshakeTimeout,
            };
            return self.close(key, now_ms, reason);
        }
        if client.grace_ms(&self.outlet.limits) <= now_ms {
            return self.close(key, now_ms, CloseReason::TooSlow);
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
        if client.heard_ms.max(client.pinged_ms) + self.outlet.limits.ping_idle_ms <= now_ms {
            client.pinged_ms = now_ms;
            let mut ping = Vec::new();
            wire::put_plain(&mut ping, PING, &[]);
            self.send(key, now_ms, Lane::Control, &ping);
        }
    }
}
