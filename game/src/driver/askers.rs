//! Who of staff waits for which answer, and what staff did, in the log. Knows no rule.

use crossbeam_channel::Sender;
use proto::link::StaffResponse;
use rustc_hash::FxHashMap;

use crate::{
    logic::{
        design::Design,
        event::Event,
        staff::{Signed, StaffError, StaffId},
    },
    staff::{StaffCall, Waiting},
};

/// See the module. As many as the desk lets in.
#[derive(Debug, Default)]
pub(super) struct Askers {
    made: u64,
    /// Who brought new tables in this turn.
    reloading: Vec<Sender<()>>,
    waiting: FxHashMap<StaffId, Asker>,
}

#[derive(Debug)]
struct Asker {
    waiting: Waiting,
    what: &'static str,
    is_change: bool,
    signed: Signed,
}

impl Askers {
    /// A request comes in: the event that it is.
    pub(super) fn begin(&mut self, call: StaffCall) -> Event<'static> {
        self.made += 1;
        let id = StaffId(self.made);
        let StaffCall { ask, deadline, waiting } = call;
        let (what, is_change, signed) = (ask.request.name(), ask.request.is_change(), ask.signed.clone());
        self.waiting.insert(id, Asker { waiting, what, is_change, signed });
        Event::Staff { id, ask, deadline }
    }

    /// The answer to one.
    pub(super) fn answer(&mut self, id: StaffId, response: StaffResponse) {
        let Some(Asker { waiting, what, is_change, signed }) = self.waiting.remove(&id) else { return };
        let Signed { by, reason } = signed;
        if is_change && response.error.is_empty() {
            let StaffResponse { account, lsn, .. } = response;
            tracing::info!(event = "staff.did", what, account, lsn, by, reason);
        } else if is_change {
            tracing::info!(event = "staff.refused", what, error = response.error, by);
        }
        waiting.answer(response);
    }

    /// New tables came in; they are in force when this turn is over.
    pub(super) fn reload(&mut self, design: &Design, done: Sender<()>) {
        let (items, monsters, shops) = (design.items().len(), design.monsters().len(), design.shops().len());
        tracing::info!(event = "design.reloaded", items, monsters, shops);
        self.reloading.push(done);
    }

    /// The turn is over.
    pub(super) fn reloaded(&mut self) {
        for done in self.reloading.drain(..) {
            // There is room for it; the asker may have left.
            let _ = done.try_send(());
        }
    }

    /// We stop: nothing more is begun.
    pub(super) fn refuse(call: StaffCall) {
        let error = StaffError::Starting.code().to_owned();
        call.waiting.answer(StaffResponse { error, ..StaffResponse::default() });
    }
}
