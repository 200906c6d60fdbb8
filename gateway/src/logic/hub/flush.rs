//! From outboxes to sockets: each touched client at most once a turn, as few writes as its transport allows.

use std::io::{self, ErrorKind, Write};

use proto::{close::CloseReason, link_io::Op};

use super::{
    super::{
        bill::Timing,
        limits::{CLOSING_MS, PARTING_BYTES_MAX},
        outbox::Flushed,
    },
    ConnKey, Hub, Life,
};

/// What the driver does with the socket after a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// Nothing.
    Done,
    /// All has been said: shut the write side, and read until the client hangs up.
    ShutWrite,
}

impl Hub {
    /// Clients to flush, each once, at most so many; whoever waits the longest comes first.
    pub fn take_touched(&mut self, max: usize, into: &mut Vec<ConnKey>) {
        let touched = &mut self.outlet.touched;
        into.extend(touched.drain(..touched.len().min(max)));
    }

    /// Some client waits for its flush.
    #[must_use]
    pub fn has_touched(&self) -> bool {
        !self.outlet.touched.is_empty()
    }

    /// The socket takes bytes again.
    pub fn writable(&mut self, key: ConnKey) {
        if let Some(client) = self.clients.get_mut(key)
            && client.is_blocked
        {
            client.is_blocked = false;
            let by = client.touched_by;
            self.outlet.touch(key, client, by);
        }
    }

    /// Writes what waits for one client.
    pub fn flush(&mut self, key: ConnKey, now_ms: u64, out: &mut impl Write) -> Flush {
        let Some(client) = self.clients.get_mut(key) else {
            return Flush::Done;
        };
        client.is_touched = false;
        if client.life == Life::Ended {
            return Flush::Done;
        }
        let timing = self.desk.bill.begin(false);
        match self.write_waiting(key, now_ms, timing, out) {
            Ok(()) => self.after_flush(key, now_ms, out),
            Err(_) => {
                self.hung_up(key, CloseReason::Io);
                Flush::Done
            }
        }
    }

    fn after_flush(&mut self, key: ConnKey, now_ms: u64, out: &mut impl Write) -> Flush {
        let client = &mut self.clients[key];
        match client.life {
            Life::Open => {
                if client.outbox.waiting_bytes() == 0 {
                    let (batch, tally) = (&mut self.desk.batch, &mut self.desk.tally);
                    client.outbox.take_refreshes(|group| {
                        batch.put(Op::Refresh, key.id(), group, &[]);
                        tally.refreshes += 1;
                    });
                }
                Flush::Done
            }
            Life::Closing { .. } if client.outbox.waiting_bytes() == 0 => {
                client.life = Life::Parting { until_ms: now_ms + CLOSING_MS, left_bytes: PARTING_BYTES_MAX };
                // The transport's goodbye is a courtesy: whoever does not take it at once does without.
                let timing = self.desk.bill.begin(false);
                if client.transport.finish().is_ok() && self.write_waiting(key, now_ms, timing, out).is_err()
                {
                    self.end(key);
                }
                self.arm(key);
                Flush::ShutWrite
            }
            Life::Closing { .. } | Life::Parting { .. } | Life::Ended => Flush::Done,
        }
    }

    fn write_waiting(
        &mut self,
        key: ConnKey,
        now_ms: u64,
        timing: Timing,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let client = &mut self.clients[key];
        let lost = &mut self.desk.tally.lost;
        let (outbox, transport) = (&mut client.outbox, &mut client.transport);
        let flushed = if transport.is_plain() {
            outbox.flush(out, now_ms, self.outlet.bounds, &mut self.outlet.pool, lost)?
        } else {
            let mut total = Flushed::default();
            loop {
                if !transport.has_wire() && transport.can_send() {
                    outbox
                        .drain_frames(STAGED_BYTES, now_ms, &mut self.outlet.pool, lost, |frame| {
                            transport.send(frame)
                        })
                        .map_err(|_| ErrorKind::BrokenPipe)?;
                }
                outbox.set_staged(transport.wire().waiting().len(), self.outlet.bounds);
                if !transport.has_wire() || total.is_blocked {
                    break total;
                }
                total.writes += 1;
                match out.write(transport.wire().waiting()) {
                    Ok(0) => return Err(ErrorKind::WriteZero.into()),
                    Ok(taken) => {
                        total.is_blocked = taken < transport.wire().waiting().len();
                        total.bytes += taken;
                        transport.wire().consume(taken);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => total.is_blocked = true,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        };
        client.is_blocked = flushed.is_blocked;
        let tally = &mut self.desk.tally;
        tally.bytes_out += flushed.bytes as u64;
        tally.writes += u64::from(flushed.writes);
        self.desk.bill.wrote(client.touched_by, flushed.writes, timing);
        Ok(())
    }
}

/// Bytes of frames that are wrapped at once. What is wrapped can no longer be dropped.
const STAGED_BYTES: usize = 16 * 1024;
