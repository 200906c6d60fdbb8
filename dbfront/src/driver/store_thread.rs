//! The thread that applies: one connection, one batch at a time, for ever. It waits out what passes, pauses
//! at what the database refuses, and stops the process for anything else.

#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{
    backlog_cell::BacklogCell,
    backup::{CopyOrder, show},
    clock,
    files::Files,
    messages::Event,
    poison::Poison,
};
use crate::{
    error::Error,
    failpoint::point,
    logic::{
        amend::Amendments,
        applier::{Applier, Standing, Verdict},
        backlog::Taken,
        backoff::ALARM_AFTER,
        decode::decode_frame,
        frame::{Chain, Identity},
        levels::Cause,
        reader::{self, ReadError},
        recovery::{CursorPosition, check_cursor},
        scan::amendments_after,
    },
    looks::Applied,
    metrics::{Applying, Metrics},
    store::{
        ApplyBatch, Cursor, Database, Store, StoreError, TableChanges,
        archive::{self, CopyError},
    },
};
use proto::ids::Lsn;

/// See the module.
pub struct StoreThread {
    /// For new connections.
    pub database: Arc<dyn Database>,
    /// The connection, until it fails.
    pub store: Option<Box<dyn Store>>,
    /// What to apply next.
    pub applier: Applier,
    /// What there is to apply.
    pub backlog: Arc<BacklogCell>,
    /// The journal, for what did not fit the backlog.
    pub disk: Files,
    /// Whose journal.
    pub identity: Identity,
    /// To the link's thread.
    pub events: mpsc::Sender<Event>,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// Where the journal was read last.
    pub place: Option<reader::Reader>,
    /// Replacements of records that are not applied.
    pub amendments: Amendments,
    /// No batch is begun before.
    pub batch_from: Instant,
    /// This connection takes little at once: a new one is made then, which may take more.
    pub widened_at: Option<Instant>,
}

impl StoreThread {
    /// Applies until the end is asked for; says where the database stands then.
    ///
    /// # Errors
    /// What time does not mend.
    pub fn run(mut self) -> Result<Cursor, Error> {
        let mut alarmed = false;
        while !self.is_done() {
            let order = self.backlog.take_order();
            if self.backlog.take_doubt() {
                self.store = None;
            } else if order.is_none() && self.applier.is_hungry() {
                self.backlog.wait_for_batch(self.applier.limits(), self.batch_from);
                if !self.fetch()? {
                    if self.backlog.stopping().is_some() {
                        break;
                    }
                    self.backlog.wait_for_any(self.applier.cursor().lsn);
                    continue;
                }
            }
            if self.widened_at.is_some_and(|at| at <= clock::now()) {
                self.store = None;
            }
            let is_copy = order.is_some();
            let worked = self.connected().and_then(|()| match &order {
                Some(order) => self.copy(order),
                None => {
                    self.batch_from = clock::now() + LINGER;
                    self.apply()
                }
            });
            // An answer that did not come is one, too.
            drop(order);
            let Err(error) = worked else {
                if is_copy {
                    continue;
                }
                if std::mem::take(&mut alarmed) {
                    tracing::info!(event = "store.back", "the database answers again");
                }
                let is_cramped = self.widened_at.is_some();
                self.metrics.set_applying(if is_cramped { Applying::InPieces } else { Applying::Going });
                if self.metrics.poison_lsn.swap(0, Relaxed) != 0 {
                    tracing::info!(event = "store.poison_over", "the record that was refused is applied");
                    self.backlog.no_poison();
                }
                continue;
            };
            let error = match error {
                Failed::Store(error) => error,
                Failed::Final(error) => return Err(error),
            };
            // Whatever it was: this connection is not believed any more (X3).
            self.store = None;
            self.metrics.apply_retries.fetch_add(1, Relaxed);
            let now = clock::now();
            let at = match self.applier.failed(&error, now) {
                Verdict::Stop => return Err(error.into()),
                Verdict::Retry { at } => {
                    let since = self.applier.backoff().failing_since();
                    if since.is_some_and(|since| ALARM_AFTER <= now - since)
                        && !std::mem::replace(&mut alarmed, true)
                    {
                        tracing::error!(event = "store.away", %error, "nothing is applied; the journal goes on");
                    }
                    if let StoreError::Packet { .. } = error {
                        tracing::error!(event = "store.packet", %error, "applying pauses; the journal goes on");
                        self.metrics.set_applying(Applying::PausedPacket);
                    } else if error.passes() {
                        self.metrics.set_applying(Applying::StoreAway);
                    }
                    at
                }
                Verdict::Paused { at } => {
                    tracing::error!(event = "store.poison", %error, "applying pauses; the journal goes on");
                    self.metrics.set_applying(Applying::PausedPoison);
                    if self.backlog.stopping().is_some() || !self.pause(&error, at) {
                        break;
                    }
                    continue;
                }
            };
            if self.backlog.stopping().is_some() {
                break;
            }
            self.batch_from = at;
            self.backlog.wait_until(at);
        }
        if let Some(store) = &mut self.store
            && let Err(error) = store.checkpoint()
        {
            tracing::warn!(event = "store.checkpoint_failed", %error, "the next start does it");
        }
        Ok(*self.applier.cursor())
    }

    /// Waits at a record that the database refuses; says whether to try it again.
    fn pause(&self, error: &StoreError, at: Instant) -> bool {
        let StoreError::Poison { lsn, table, detail } = error else { return true };
        self.metrics.poison_lsn.store(lsn.0, Relaxed);
        let detail = detail.clone();
        let refused = Poison { lsn: *lsn, table, detail, since_ms: clock::wall_ms(), tries: 0 };
        self.backlog.pause(refused, at)
    }

    fn is_done(&self) -> bool {
        self.backlog.stopping().is_some_and(|by| by <= clock::now())
    }

    /// Gets frames to apply, from the backlog or the journal; says whether there were any.
    fn fetch(&mut self) -> Result<bool, Error> {
        let limits = self.applier.limits();
        match self.backlog.take(limits) {
            Taken::Nothing => Ok(false),
            Taken::Frames(frames) => {
                self.applier.feed(frames);
                Ok(true)
            }
            Taken::Journal { from } => {
                let (durable, _) = self.backlog.figures();
                let after = Lsn(from.0 - 1);
                let mut place = match self.place.take() {
                    Some(place) if place.tail().last_lsn == after => place,
                    _ => reader::Reader::open(&mut self.disk, self.identity, after)?,
                };
                let read = place.read(&mut self.disk, durable, limits.bytes_max)?;
                self.place = Some(place);
                let mut frames = Vec::with_capacity(read.len());
                for frame in read {
                    let first = frame.first_lsn;
                    let frame =
                        decode_frame(first, frame.epoch, frame.chain.0, &frame.body, &self.amendments)
                            .map_err(|_| Error::Record { lsn: first.0 })?;
                    frames.push(frame);
                }
                if let Some(last) = frames.last() {
                    self.backlog.read_up_to(last.last);
                }
                self.applier.feed(frames);
                Ok(!self.applier.is_hungry())
            }
        }
    }

    /// Makes sure that there is a connection, whose cursor was read.
    fn connected(&mut self) -> Result<(), Failed> {
        if self.store.is_some() {
            return Ok(());
        }
        let mut store = self.database.connect_again()?;
        let found = store.cursor()?;
        let cramped = store.cramped();
        if let Some(bytes) = cramped.filter(|_| self.widened_at.is_none()) {
            tracing::warn!(
                event = "store.cramped",
                bytes,
                "batches go in pieces: {}",
                Cause::Packet.advice()
            );
        }
        self.widened_at = cramped.map(|_| clock::now() + WIDENED);
        let standing = self.applier.connected(found)?;
        self.store = Some(store);
        match standing {
            Standing::Same => {}
            Standing::Applied { lsn } => self.applied(lsn),
            Standing::WentBack { lsn } => {
                tracing::error!(event = "store.regressed", %lsn, "DB_REGRESSED: applying again from the journal");
                // Retention first: it must not take what is about to be looked for.
                self.metrics.lsn_applied.store(lsn.0, Relaxed);
                let (durable, _) = self.backlog.figures();
                let cursor = CursorPosition { lsn, chain: Chain(found.chain) };
                let place = check_cursor(&mut self.disk, self.identity, durable, cursor);
                self.place = Some(place.map_err(|error| Failed::Final(error.into()))?);
                let behind = amendments_after(&mut self.disk, lsn);
                self.amendments = behind.map_err(|source| Failed::Final(ReadError::Disk(source).into()))?;
                self.backlog.rewind(lsn.next());
                self.applied(lsn);
            }
        }
        Ok(())
    }

    fn apply(&mut self) -> Result<(), Failed> {
        let Some(mut store) = self.store.take() else { return Ok(()) };
        let applied = self.apply_through(&mut |batch| store.apply(batch));
        self.store = Some(store);
        applied
    }

    fn apply_through(&mut self, apply: archive::Applying<'_>) -> Result<(), Failed> {
        let Some(batch) = self.applier.batch()? else { return Ok(()) };
        let began = clock::now();
        apply(&batch)?;
        let took = clock::now().saturating_duration_since(began);
        self.metrics.apply_batch.observe(took);
        self.metrics.apply_batches.fetch_add(1, Relaxed);
        self.metrics.apply_rows.fetch_add(rows(&batch), Relaxed);
        let tables = rows_by_table(&batch);
        let lsn = self.applier.worked();
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.metrics.looks.applied(Applied { at_ms: clock::wall_ms(), took_us, lsn, tables });
        point!("apply.say");
        self.applied(lsn);
        Ok(())
    }

    /// Copies the world through this connection, and applies meanwhile.
    fn copy(&mut self, order: &CopyOrder) -> Result<(), Failed> {
        // Given up before anybody came to it: whoever asked has gone.
        if order.course.is_over() {
            return Ok(());
        }
        let Some(mut store) = self.store.take() else { return Ok(()) };
        let mut failed = None;
        let copied = store.copy_to(&order.file, &mut |apply, copied| {
            show(&self.metrics, copied);
            let goes_on = order.course.beat() && self.metrics.backups.is_open();
            failed = self.meanwhile(apply).err();
            // The end does not wait for a copy.
            failed.is_none() && goes_on && self.backlog.stopping().is_none()
        });
        self.store = Some(store);
        // Without a receiver nobody wants it any more.
        let _ = order.answer.send(match &failed {
            Some(Failed::Store(error)) => Some(Err(CopyError::Store(error.clone()))),
            Some(Failed::Final(_)) | None => copied,
        });
        failed.map_or(Ok(()), Err)
    }

    /// Between two steps of a copy: a batch, if it is time for one.
    fn meanwhile(&mut self, apply: archive::Applying<'_>) -> Result<(), Failed> {
        if clock::now() < self.batch_from || self.applier.paused().is_some() {
            return Ok(());
        }
        if self.applier.is_hungry() && !self.fetch().map_err(Failed::Final)? {
            return Ok(());
        }
        self.batch_from = clock::now() + LINGER;
        self.apply_through(apply)
    }

    fn applied(&self, lsn: Lsn) {
        self.metrics.lsn_applied.store(lsn.0, Relaxed);
        let (_, bytes) = self.backlog.figures();
        self.metrics.backlog_bytes.store(crate::metrics::gauge(bytes), Relaxed);
        // Without a receiver the process is ending.
        let _ = self.events.blocking_send(Event::Applied(lsn));
    }
}

enum Failed {
    Store(StoreError),
    Final(Error),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn rows(batch: &ApplyBatch) -> u64 {
    batch.tables.iter().map(rows_of).sum()
}

fn rows_of(table: &TableChanges) -> u64 {
    (table.inserts.len() + table.updates.len() + table.deletes.len() + table.appends.len()) as u64
}

/// Most rows first.
fn rows_by_table(batch: &ApplyBatch) -> Vec<(&'static str, u64)> {
    let mut tables: Vec<_> =
        batch.tables.iter().map(|changed| (changed.table.def().name, rows_of(changed))).collect();
    tables.retain(|(_, rows)| 0 < *rows);
    tables.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    tables
}

/// Between two looks whether the database takes more at once again.
const WIDENED: Duration = Duration::from_secs(5);
/// From one batch to the next at least, unless a full one waits: each costs syncs that the journal's wait behind,
/// and what gathers meanwhile coalesces.
const LINGER: Duration = Duration::from_millis(20);
