//! Who may write, and what of it is journalled: greetings, epochs, the dense order of records, and the
//! check of each record against what is known of the rows it changes. Knows no socket and no disk.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use proto::{
    handshake::{self, HandshakeError, Role},
    ids::{Epoch, Lsn},
    limits::{RECORD_SCHEMA, TURN_BYTES_MAX},
    link::LinkHello,
    turn,
};

use super::{
    decode::{BadTurn, decode_entry},
    overlay::{Mismatch, Overlay, Undo},
    row::Change,
};

/// See the module.
#[derive(Debug)]
pub struct Intake {
    epoch: Epoch,
    /// The game that was granted it.
    instance: u64,
    /// The highest epoch that the database has seen.
    stored_epoch: Epoch,
    received: Lsn,
    durable: Lsn,
    /// Checksums of the last records received, up to `received`.
    sums: VecDeque<u32>,
}

/// Where journal and database stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The journal's last epoch.
    pub epoch: Epoch,
    /// Who was granted it; 0 for nobody.
    pub instance: u64,
    /// The cursor's.
    pub stored_epoch: Epoch,
    /// The journal's last record.
    pub durable: Lsn,
}

/// How it stands with the link that writes at present, if one is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresentWriter {
    /// Its game.
    pub instance: u64,
    /// Nothing was heard for longer than the lease.
    pub is_silent: bool,
}

/// What to answer a greeting with.
#[derive(Debug, PartialEq, Eq)]
pub enum Greeting {
    /// Its epoch goes on; a link of the same game that is still open is dead and is cut.
    Continue,
    /// It becomes the writer once this epoch is durable; a link that is still open is cut.
    Grant {
        /// The new epoch.
        epoch: Epoch,
    },
}

/// Why a link, or what came over it, is refused. The name travels to game, which stops or tries again by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not game, or another link version.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// Game was told of more durable records than there are (D2).
    #[error("game saw {seen} durable, the journal ends at {durable}")]
    Regression {
        /// Game's.
        seen: Lsn,
        /// The journal's.
        durable: Lsn,
    },
    /// Game writes a record format of a later build.
    #[error("game writes record schema {got}, this build knows {RECORD_SCHEMA}")]
    SchemaTooNew {
        /// Game's.
        got: u32,
    },
    /// Game writes a record format of an earlier build.
    #[error("game writes record schema {got}, this build knows {RECORD_SCHEMA}")]
    SchemaTooOld {
        /// Game's.
        got: u32,
    },
    /// Another game writes and is alive.
    #[error("another game is connected and alive")]
    WriterExists,
    /// Its epoch is over.
    #[error("epoch {got} is over, the writer's is {current}")]
    Fenced {
        /// Of the record or greeting.
        got: Epoch,
        /// The writer's.
        current: Epoch,
    },
    /// It comes by another link: what it hears by this one says nothing of its epoch.
    #[error("the same game has come by another link")]
    LinkReplaced,
    /// A gap in the order, or other bytes under a number that is taken.
    #[error("record {lsn}: {what}")]
    Divergence {
        /// Where.
        lsn: Lsn,
        /// What is wrong.
        what: &'static str,
    },
    /// A record that breaks a rule by itself.
    #[error(transparent)]
    Broken(#[from] BadTurn),
    /// More than a journal frame takes.
    #[error("a turn of {bytes} bytes")]
    TooLarge {
        /// Of its records.
        bytes: usize,
    },
    /// A record that does not fit the rows it changes.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// A record that its rows followed from was replaced.
    #[error("a record was replaced: what you hold in memory followed from it; start again")]
    Amended,
    /// More in flight than game may have.
    #[error("more records in flight than the pipeline takes")]
    PipelineFull,
}

impl Refusal {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Handshake(error) => error.code(),
            Self::Regression { .. } => "JOURNAL_REGRESSION",
            Self::SchemaTooNew { .. } => "SCHEMA_TOO_NEW",
            Self::SchemaTooOld { .. } => "SCHEMA_TOO_OLD",
            Self::WriterExists => "WRITER_EXISTS",
            Self::Fenced { .. } => "FENCED",
            Self::LinkReplaced => "LINK_REPLACED",
            Self::Divergence { .. } => "DIVERGENCE",
            Self::Broken(BadTurn::Turn(_)) | Self::TooLarge { .. } => "TURN_BROKEN",
            Self::Broken(BadTurn::Record { .. } | BadTurn::Entry { .. } | BadTurn::Foreign { .. })
            | Self::Mismatch(_) => "NACK_INVARIANT",
            Self::Amended => "AMENDED",
            Self::PipelineFull => "PIPELINE_FULL",
        }
    }
}

/// A turn to journal.
#[derive(Debug, PartialEq)]
pub struct Accepted {
    /// Its first record.
    pub first: Lsn,
    /// Records in it.
    pub count: u32,
    /// Its changes, which the overlay shows already.
    pub changes: Vec<Change>,
}

impl Intake {
    /// After recovery.
    #[must_use]
    pub fn new(at: Position) -> Self {
        Self {
            epoch: at.epoch,
            instance: at.instance,
            stored_epoch: at.stored_epoch,
            received: at.durable,
            durable: at.durable,
            sums: VecDeque::new(),
        }
    }

    /// Why the link of the writer before is closed, whose epoch this was, `by` the instance that comes: of two links of
    /// one game the older may be greeted later.
    #[must_use]
    pub fn replaces(&self, its: Epoch, by: u64) -> Refusal {
        if its == self.epoch && by == self.instance {
            return Refusal::LinkReplaced;
        }
        Refusal::Fenced { got: its, current: self.epoch }
    }

    /// Somebody wants to write.
    ///
    /// # Errors
    /// The refusal that the link is closed with.
    pub fn greet(&self, hello: &LinkHello, present: Option<PresentWriter>) -> Result<Greeting, Refusal> {
        handshake::negotiate(hello, Role::Game)?;
        if RECORD_SCHEMA < hello.schema {
            return Err(Refusal::SchemaTooNew { got: hello.schema });
        }
        if hello.schema < RECORD_SCHEMA {
            return Err(Refusal::SchemaTooOld { got: hello.schema });
        }
        let got = Epoch(hello.epoch);
        let holds = hello.epoch != 0;
        // Only a replacement takes an epoch's writer away before another one comes.
        if holds && got == self.epoch && self.instance == 0 {
            return Err(Refusal::Amended);
        }
        // It was durable when it was granted: the journal is from before that.
        if holds && self.epoch < got {
            return Err(Refusal::Regression { seen: Lsn(hello.durable_seen), durable: self.durable });
        }
        if holds && (got != self.epoch || hello.instance != self.instance) {
            return Err(Refusal::Fenced { got, current: self.epoch });
        }
        let seen = Lsn(hello.durable_seen);
        // Where game still has what is missing here, it sends it again (reliability §2.12, step 8).
        let is_held = (1..=self.durable.next().0).contains(&hello.held_from);
        if holds && self.durable < seen && !is_held {
            return Err(Refusal::Regression { seen, durable: self.durable });
        }
        let other = present.filter(|writer| writer.instance != hello.instance && !writer.is_silent);
        if other.is_some() && !hello.takeover {
            return Err(Refusal::WriterExists);
        }
        if holds {
            return Ok(Greeting::Continue);
        }
        Ok(Greeting::Grant { epoch: Epoch(self.epoch.max(self.stored_epoch).0 + 1) })
    }

    /// The writer's epoch is over: nobody goes on with it.
    pub fn retire(&mut self) {
        self.instance = 0;
    }

    /// A granted epoch is in the queue to the journal: from now on only its records are taken.
    pub fn granted(&mut self, epoch: Epoch, instance: u64) {
        self.epoch = epoch;
        self.instance = instance;
    }

    /// A turn came. `None`: it is known already, byte for byte, and was or will be acknowledged.
    ///
    /// # Errors
    /// The refusal that the link is closed with. Then nothing of the turn was taken.
    pub fn turn(
        &mut self,
        overlay: &mut Overlay,
        first: Lsn,
        epoch: Epoch,
        payload: &[u8],
    ) -> Result<Option<Accepted>, Refusal> {
        if epoch != self.epoch {
            return Err(Refusal::Fenced { got: epoch, current: self.epoch });
        }
        if TURN_BYTES_MAX < payload.len() {
            return Err(Refusal::TooLarge { bytes: payload.len() });
        }
        let entries = turn::entries(payload).map_err(BadTurn::Turn)?;
        if first <= self.received {
            return self.known(first, &entries).map(|()| None);
        }
        if first != self.received.next() {
            return Err(Refusal::Divergence { lsn: first, what: "records before it are missing" });
        }
        let mut checked = Vec::with_capacity(entries.len() * 4);
        let mut last = self.received;
        for entry in &entries {
            last = last.next();
            decode_entry(last, entry, &mut checked)?;
        }
        let mut undo = Undo::default();
        for change in &checked {
            if let Err(mismatch) = overlay.write(change, &mut undo) {
                overlay.take_back(undo);
                return Err(mismatch.into());
            }
        }
        self.received = last;
        self.sums.extend(entries.iter().map(|entry| entry.crc));
        let surplus = self.sums.len().saturating_sub(SUMS_MAX);
        self.sums.drain(..surplus);
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let changes = checked.into_iter().map(|checked| checked.change).collect();
        Ok(Some(Accepted { first, count, changes }))
    }

    /// A turn that begins with a record received before must be one that was received before.
    fn known(&self, first: Lsn, entries: &[turn::Entry<'_>]) -> Result<(), Refusal> {
        let oldest = self.received.0 + 1 - self.sums.len() as u64;
        for (lsn, entry) in (first.0..).zip(entries) {
            let diverges = |what| Refusal::Divergence { lsn: Lsn(lsn), what };
            let age = lsn.checked_sub(oldest).ok_or(diverges("sent again long after it was acknowledged"))?;
            let sum = usize::try_from(age).ok().and_then(|age| self.sums.get(age));
            match sum {
                Some(sum) if *sum == entry.crc => {}
                Some(_) => return Err(diverges(OTHER_BYTES)),
                None => return Err(diverges("sent again together with records that are new")),
            }
        }
        Ok(())
    }

    /// The journal has everything up to here.
    pub fn durable(&mut self, lsn: Lsn) {
        self.durable = self.durable.max(lsn);
    }

    /// The last record received.
    #[must_use]
    pub fn received_lsn(&self) -> Lsn {
        self.received
    }

    /// The last durable record.
    #[must_use]
    pub fn durable_lsn(&self) -> Lsn {
        self.durable
    }

    /// The writer's epoch.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }
}

/// A record that contradicts one of the same number: neither process can know which is true (reliability D5).
pub const OTHER_BYTES: &str = "its number was given to other bytes";
/// Checksums kept of records received: more than game may have without an acknowledgement.
const SUMS_MAX: usize = 4 * proto::limits::INFLIGHT_RECORDS_MAX;
