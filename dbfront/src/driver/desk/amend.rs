//! A reviewed replacement of a record that the database refuses: compared with what came after it, signed, and on its
//! way to the journal once nobody writes any more.

use proto::{ids::Lsn, link::Record, turn::put_entry};

use super::{Cut, Desk};
use crate::{
    driver::{clock, messages::ToJournal, poison::Hold},
    logic::{
        amend::{
            Amendment,
            in_force::InForce,
            review::{Signature, Unfit, review, signed},
        },
        intake::Refusal,
    },
};

/// What somebody wants to be applied instead of a record.
#[derive(Debug)]
pub struct AmendOrder {
    /// The record, which the database refuses.
    pub lsn: Lsn,
    /// What is applied under that number until now.
    pub in_force: InForce,
    /// Instead of it.
    pub replacement: Record,
    /// Who signs for it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Keeps it from being tried meanwhile.
    pub hold: Hold,
    /// Told once: it is durable, or why it is refused. There is room for it.
    pub answer: crossbeam_channel::Sender<Result<(), Refused>>,
}

/// Why a replacement was not journalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It cannot stand for the record.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// Another one, or more turns than the journal's queue takes, are on their way.
    #[error("too much is on its way to the journal: try again")]
    Busy,
    /// There is no space for it, and whoever came meanwhile would have to wait for it.
    #[error("the journal's disk is full: make room, and try again")]
    Full,
}

/// How far a replacement is.
pub(super) enum Amending {
    /// On its way to the journal.
    Sent(Hold, crossbeam_channel::Sender<Result<(), Refused>>),
    /// Durable.
    Done,
}

impl Desk {
    /// Somebody wants a record to be replaced. If it may be, the writer's link ends, for its memory follows from the
    /// record, and nobody writes until everything was read again.
    pub fn amend(&mut self, order: AmendOrder) {
        let refused = match self.check_amendment(&order) {
            Ok(amendment) => {
                let lsn = order.lsn;
                tracing::warn!(event = "poison.amended", %lsn, author = order.author, reason = order.reason);
                self.granting = None;
                self.cut(Cut::Refused { lsn, refusal: Refusal::Amended });
                self.intake.retire();
                match self.to_journal.try_send(ToJournal::Amend(amendment)) {
                    Ok(()) => {
                        self.amending = Some(Amending::Sent(order.hold, order.answer));
                        return;
                    }
                    // Looked at before; then the process is ending.
                    Err(_) => Refused::Busy,
                }
            }
            Err(refused) => refused,
        };
        // Whoever asked may have left.
        let _ = order.answer.try_send(Err(refused));
    }

    fn check_amendment(&self, order: &AmendOrder) -> Result<Amendment, Refused> {
        if self.amending.is_some() || self.to_journal.is_full() {
            return Err(Refused::Busy);
        }
        if self.metrics.is_journal_full() {
            return Err(Refused::Full);
        }
        let AmendOrder { lsn, in_force, author, reason, .. } = order;
        // What memory cannot tell counts as built on.
        review(&in_force.record, &order.replacement, |table, key| {
            self.overlay.changed(table, key) != Some(*lsn)
        })?;
        let by = Signature { author, reason, wall_ms: clock::wall_ms() };
        let payload = signed(*lsn, order.replacement.clone(), by)?;
        let mut entry = Vec::new();
        put_entry(&mut entry, in_force.txn, &payload);
        let (author, reason, entry) = (author.clone(), reason.clone(), entry.into());
        Ok(Amendment { lsn: *lsn, replaces: in_force.replaces, author, reason, entry })
    }

    /// The journal had no space for it: nothing is replaced, and the database refuses the record as before. The writer
    /// that was sent away is told so when it comes again, and the next one is granted an epoch.
    pub(super) fn not_amended(&mut self) {
        if let Some(Amending::Sent(_, answer)) = self.amending.take() {
            let _ = answer.try_send(Err(Refused::Full));
        }
    }

    /// It is durable.
    pub(super) fn amended(&mut self) {
        if let Some(Amending::Sent(hold, answer)) = self.amending.replace(Amending::Done) {
            // The threads of now must not try the record again: those that come apply what replaces it.
            hold.keep();
            let _ = answer.try_send(Ok(()));
        }
    }
}
