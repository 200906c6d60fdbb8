//! The thread that reads the database: everything that was asked meanwhile in one snapshot. While the
//! database is away, questions wait until nobody wants their answer any more.

use std::sync::Arc;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use tokio::sync::mpsc;

use super::{backlog_cell::BacklogCell, clock, messages::Event};
use crate::{
    logic::{backoff::Backoff, reads::Ask},
    store::{Database, Query, Reader, Snapshot, StoreError},
};

/// See the module.
pub struct ReaderThread {
    /// For new connections.
    pub database: Arc<dyn Database>,
    /// Questions; its end is the order to end.
    pub asks: Receiver<Ask>,
    /// To the link's thread.
    pub events: mpsc::Sender<Event>,
    /// Told when the database has less than was applied: with nothing to apply nobody else would see it.
    pub backlog: Arc<BacklogCell>,
}

impl ReaderThread {
    /// Reads until no question can come any more.
    pub fn run(self) {
        let mut reader: Option<Box<dyn Reader>> = None;
        let mut waiting: Vec<Ask> = Vec::new();
        let mut backoff = Backoff::new(0x5bd1_e995);
        let mut retry_at = None;
        loop {
            let first = match retry_at {
                None => self.asks.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => self.asks.recv_deadline(at),
            };
            match first {
                Ok(ask) => waiting.push(ask),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            waiting.extend(self.asks.try_iter());
            let now = clock::now();
            for expired in waiting.extract_if(.., |ask| ask.deadline <= now) {
                self.answer(expired.id, None);
            }
            if retry_at.is_some_and(|at| now < at) {
                continue;
            }
            retry_at = None;
            if waiting.is_empty() {
                continue;
            }
            match self.read(&mut reader, &waiting) {
                Ok(snapshot) => {
                    backoff.worked();
                    for (ask, rows) in waiting.drain(..).zip(snapshot.answers) {
                        self.answer(ask.id, Some((snapshot.lsn, rows)));
                    }
                }
                Err(error) => {
                    reader = None;
                    if backoff.tries() == 0 {
                        tracing::warn!(event = "reader.away", %error, "reads wait for the database");
                    }
                    retry_at = Some(backoff.failed(now));
                }
            }
        }
    }

    fn read(&self, reader: &mut Option<Box<dyn Reader>>, waiting: &[Ask]) -> Result<Snapshot, StoreError> {
        let reader = match reader {
            Some(reader) => reader,
            None => reader.insert(self.database.connect_reader()?),
        };
        let queries: Vec<Query> = waiting.iter().map(|ask| ask.query.clone()).collect();
        let snapshot = reader.read(&queries)?;
        if waiting.iter().any(|ask| snapshot.lsn < ask.lsn_min) {
            // The database went back: rows that it has lost may have left the overlay.
            self.backlog.doubt();
            return Err(StoreError::Transient { detail: "it is behind what it once had".to_owned() });
        }
        Ok(snapshot)
    }

    fn answer(&self, id: u64, found: crate::logic::reads::Found) {
        // Without a receiver the process is ending.
        let _ = self.events.blocking_send(Event::Read { id, found });
    }
}
