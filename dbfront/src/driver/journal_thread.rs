//! The thread that writes the journal: everything that gathered while the last sync ran becomes one write
//! and one sync, and only then anybody hears of it. A disk that fails ends the process.

#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use proto::ids::Lsn;
use tokio::sync::mpsc;

use super::{
    backlog_cell::BacklogCell,
    clock,
    messages::{Event, ToJournal},
};
use crate::{
    error::Error,
    failpoint::point,
    logic::{
        decode::Frame,
        disk::Disk,
        journal::{Journal, JournalError, Keep, TurnFrame},
    },
    metrics::{Metrics, Phase},
};

/// See the module.
pub struct JournalThread<D: Disk> {
    /// The writing end.
    pub journal: Journal<D>,
    /// What to write; its end is the order to finish.
    pub turns: Receiver<ToJournal>,
    /// Where durable frames go.
    pub backlog: Arc<BacklogCell>,
    /// To the link's thread.
    pub events: mpsc::Sender<Event>,
    /// Figures; the applied record among them says which segments are settled.
    pub metrics: Arc<Metrics>,
    /// The end was asked for: do not wait for space any more.
    pub stopping: Arc<AtomicBool>,
}

impl<D: Disk> JournalThread<D> {
    /// Writes until no turn can come any more, then seals.
    ///
    /// # Errors
    /// `JOURNAL_FAILED`, and `JOURNAL_FULL` at a stop that cannot wait for space.
    pub fn run(mut self) -> Result<(), Error> {
        let mut frames = Vec::new();
        // At once: one that is started again and again must not keep everything for ever.
        let mut sweep_at = clock::now();
        self.show();
        loop {
            let wait = if self.journal.wants_mark() { MARK_AFTER } else { IDLE };
            match self.turns.recv_timeout(wait) {
                Ok(message) => self.gather(message, &mut frames)?,
                Err(RecvTimeoutError::Timeout) => self.quiet()?,
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if sweep_at <= clock::now() {
                sweep_at = clock::now() + SWEEP;
                self.sweep()?;
            }
        }
        self.journal.seal(clock::wall_ms())?;
        Ok(())
    }

    /// One group: this and everything that waits behind it, up to a bound.
    fn gather(&mut self, first: ToJournal, frames: &mut Vec<Frame>) -> Result<(), Error> {
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                ToJournal::Turn { first, count, epoch, body, changes } => {
                    let turn =
                        TurnFrame { first_lsn: first, count, epoch, wall_ms: clock::wall_ms(), body: &body };
                    let at = match self.journal.append(&turn) {
                        // Those before it have their place.
                        Err(JournalError::Full { .. }) => {
                            self.commit(frames)?;
                            self.patiently(|journal| journal.append(&turn))?
                        }
                        other => other?,
                    };
                    bytes += body.len();
                    frames.push(Frame {
                        first,
                        last: at.last_lsn,
                        epoch,
                        chain: at.chain.0,
                        bytes: body.len(),
                        changes: changes.into(),
                    });
                }
                ToJournal::Amend(amendment) => {
                    self.commit(frames)?;
                    // Whoever wants it can ask again. Waiting for space would keep the next writer waiting, too.
                    match self.journal.amend(&amendment, clock::wall_ms()) {
                        Err(JournalError::Full { .. }) => self.say(Event::NotAmended),
                        other => {
                            other?;
                            self.patiently(Journal::commit)?;
                            self.say(Event::Amended);
                        }
                    }
                }
                ToJournal::Epoch { epoch, instance } => {
                    self.commit(frames)?;
                    let wall_ms = clock::wall_ms();
                    self.patiently(|journal| journal.begin_epoch(epoch, instance, wall_ms))?;
                    self.say(Event::EpochBegun(epoch));
                }
            }
            next = if bytes < GROUP_BYTES_MAX { self.turns.try_recv().ok() } else { None };
        }
        self.metrics.journal_bytes.fetch_add(bytes as u64, Relaxed);
        self.commit(frames)?;
        // The answers have left: now there is time for what the next commits need.
        let prepared = self.journal.prepare(self.keep());
        self.show();
        match prepared {
            Ok(_) | Err(JournalError::Full { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn commit(&mut self, frames: &mut Vec<Frame>) -> Result<(), Error> {
        if frames.is_empty() {
            return Ok(());
        }
        let metrics = self.metrics.clone();
        let durable = self.patiently(|journal| {
            let began = clock::now();
            let durable = journal.commit()?;
            metrics.journal_sync.observe(clock::now().saturating_duration_since(began));
            Ok(durable)
        })?;
        let durable = durable.lsn();
        self.metrics.commits.fetch_add(1, Relaxed);
        self.metrics.lsn_durable.store(durable.0, Relaxed);
        point!("journal.ack");
        self.say(Event::Durable(durable));
        self.backlog.offer(frames.drain(..));
        Ok(())
    }

    fn quiet(&mut self) -> Result<(), Error> {
        match self.journal.mark(clock::wall_ms()) {
            Ok(_) | Err(JournalError::Full { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn sweep(&mut self) -> Result<(), Error> {
        let gone = match self.journal.unlink_settled(self.keep()) {
            Ok(gone) => gone,
            // The next look tries again.
            Err(JournalError::Full { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if gone.segments != 0 {
            tracing::info!(event = "journal.unlinked", segments = gone.segments, bytes = gone.bytes);
        }
        self.show();
        Ok(())
    }

    fn show(&self) {
        self.metrics.journal_kept_bytes.store(self.journal.bytes(), Relaxed);
        let (all, newest) = self.journal.kept();
        self.metrics.looks.segments(all, newest);
    }

    /// Does it as soon as there is space. Nothing is acknowledged meanwhile, and nothing is lost.
    fn patiently<T>(
        &mut self,
        mut step: impl FnMut(&mut Journal<D>) -> Result<T, JournalError>,
    ) -> Result<T, Error> {
        let mut said = false;
        loop {
            match step(&mut self.journal) {
                Err(error @ JournalError::Full { .. }) => {
                    if self.stopping.load(Relaxed) {
                        return Err(error.into());
                    }
                    if !std::mem::replace(&mut said, true) {
                        tracing::error!(event = "journal.full", %error);
                        self.metrics.change_phase(Phase::Ready, Phase::JournalFull);
                    }
                    // What was applied meanwhile may be all that takes the space.
                    self.sweep()?;
                    // Nothing comes on this channel but its time.
                    let _ = crossbeam_channel::after(SPACE_AGAIN).recv();
                }
                other => {
                    if said {
                        tracing::info!(event = "journal.space_again");
                        self.metrics.change_phase(Phase::JournalFull, Phase::Ready);
                    }
                    return other.map_err(Error::from);
                }
            }
        }
    }

    fn keep(&self) -> Keep {
        let applied = Lsn(self.metrics.lsn_applied.load(Relaxed));
        let now_ms = clock::wall_ms();
        Keep { applied, pinned_from: self.metrics.backups.pinned_from(now_ms), now_ms }
    }

    fn say(&self, event: Event) {
        // Without a receiver the process is ending.
        let _ = self.events.blocking_send(event);
    }
}

/// Quiet after records before a MARK is written.
const MARK_AFTER: Duration = Duration::from_millis(50);
/// Between two looks at what else there is to do.
const IDLE: Duration = Duration::from_secs(1);
/// Between two looks at settled segments.
const SWEEP: Duration = Duration::from_secs(30);
/// Between two tries of a full disk.
const SPACE_AGAIN: Duration = Duration::from_millis(200);
/// Bytes of one group: more wait for the next sync, so that the first ones do not wait for the last.
const GROUP_BYTES_MAX: usize = 4 << 20;
