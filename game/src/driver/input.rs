//! What other threads tell the logic thread: one bounded channel, whole batches of bytes at a time.
//!
//! Nobody ever waits to send: each sender holds a permit for what it may have under way, and the channel
//! has room for all permits together. A link without a permit is not read, which is the back pressure.

use std::{io, sync::Arc};

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender};
use proto::ids::LinkId;
use tokio::sync::OwnedSemaphorePermit;

use super::{hasher::HASHES_WAITING_MAX, outbox::Outbox, stopping::Farewell};
use crate::{
    logic::{
        claim::Refusal,
        design::Design,
        event::{HashJobId, HashResult},
        limits::Limits,
    },
    staff::{STAFF_CALLS_MAX, StaffCall},
};

/// Something that happened on another thread.
#[derive(Debug)]
pub(super) enum Input {
    /// A gateway thread's link passed its handshake.
    LinkUp(LinkUp),
    /// It is gone.
    LinkDown(LinkId),
    /// Its backlog fell so far that latest-wins output may go on.
    LinkDrained(LinkId),
    /// What it sent.
    Gateway(LinkId, Batch),
    /// Dbfront welcomed us.
    StoreUp(StoreUp),
    /// The link to dbfront is gone.
    StoreDown,
    /// What dbfront sent.
    Store(Batch),
    /// Dbfront will not have us.
    Refused(Refusal),
    /// A password's hash.
    Hash(HashJobId, HashResult),
    /// Staff asks.
    Staff(Box<StaffCall>),
    /// Designers' tables to go by from now on, and whom to tell when that is so.
    Design(Arc<Design>, Sender<()>),
    /// Limits to go by from now on, and whom to tell when that is so.
    Limits(Limits, Sender<()>),
    /// Gateways may connect, or why not.
    Listening(io::Result<()>),
    /// We are asked to stop, in this way.
    Stop(Farewell),
    /// A thread or task ended that never does.
    Ended(&'static str),
}

/// See [`Input::LinkUp`].
#[derive(Debug)]
pub(super) struct LinkUp {
    pub(super) link: LinkId,
    /// The gateway's thread.
    pub(super) thread: u32,
    pub(super) outbox: Arc<Outbox>,
    /// Held as long as the logic thread knows the link: bounds their number.
    pub(super) place: OwnedSemaphorePermit,
}

/// See [`Input::StoreUp`].
#[derive(Debug)]
pub(super) struct StoreUp {
    /// The version that the link speaks.
    pub(super) protocol: u32,
    pub(super) epoch: u64,
    /// Its proof, for gateways.
    pub(super) epoch_mac: Bytes,
    pub(super) durable: u64,
    pub(super) applied: u64,
    pub(super) line: u8,
    pub(super) outbox: Arc<Outbox>,
}

/// Whole link records as they were read. Dropping it lets the link be read further.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) bytes: Vec<u8>,
    /// One of the link's few.
    pub(super) _permit: OwnedSemaphorePermit,
}

/// A sender's end, with the way back for emptied buffers.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    inputs: Sender<Input>,
    spares: Receiver<Vec<u8>>,
}

impl Inputs {
    /// Hands it to the logic thread. There is room unless that thread has ended.
    pub(super) fn send(&self, input: Input) {
        // Full would be a permit counted wrongly: the input is lost, but nobody hangs.
        let sent = self.inputs.try_send(input);
        debug_assert!(!matches!(sent, Err(crossbeam_channel::TrySendError::Full(_))), "inputs are counted");
    }

    /// Hands a request of staff to the logic thread. False: that thread has ended, or has not looked at those
    /// before it for longer than anybody waits.
    pub(crate) fn staff(&self, call: StaffCall) -> bool {
        self.inputs.try_send(Input::Staff(Box::new(call))).is_ok()
    }

    /// Hands new tables to the logic thread. False: as of [`Self::staff`].
    pub(crate) fn design(&self, design: Arc<Design>, done: Sender<()>) -> bool {
        self.inputs.try_send(Input::Design(design, done)).is_ok()
    }

    /// Hands other limits to the logic thread. False: as of [`Self::staff`].
    pub(crate) fn limits(&self, limits: Limits, done: Sender<()>) -> bool {
        self.inputs.try_send(Input::Limits(limits, done)).is_ok()
    }

    /// A buffer to read into.
    pub(super) fn spare(&self) -> Vec<u8> {
        self.spares.try_recv().unwrap_or_default()
    }
}

/// The logic thread's end.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) inputs: Receiver<Input>,
    spares: Sender<Vec<u8>>,
}

impl Inbox {
    /// Gives an emptied buffer back to whoever reads next.
    pub(super) fn recycle(&self, mut bytes: Vec<u8>) {
        bytes.clear();
        if bytes.capacity() <= SPARE_BYTES_MAX {
            // With enough of them around, this one is freed.
            let _ = self.spares.try_send(bytes);
        }
    }
}

/// Both ends.
pub(super) fn channel() -> (Inputs, Inbox) {
    let (inputs, receiver) = crossbeam_channel::bounded(INPUTS_MAX);
    let (spares, spare_buffers) = crossbeam_channel::bounded(SPARES_MAX);
    (Inputs { inputs, spares: spare_buffers }, Inbox { inputs: receiver, spares })
}

/// Says that a part ended, however it does: by return or by panic.
#[derive(Debug)]
pub(super) struct Sentinel {
    pub(super) inputs: Inputs,
    pub(super) part: &'static str,
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        self.inputs.send(Input::Ended(self.part));
    }
}

/// Gateway threads connected at a time.
pub(super) const LINKS_MAX: usize = 64;
/// Batches of one link on the way to the logic thread.
pub(super) const BATCHES_MAX: usize = 4;
/// A buffer that grew beyond this for one large record is not kept.
const SPARE_BYTES_MAX: usize = 1024 * 1024;
const SPARES_MAX: usize = 32;
/// Up, down, drained (a few), and batches of each link and of the store; hashes; staff; what comes once.
const INPUTS_MAX: usize = (LINKS_MAX + 1) * (BATCHES_MAX + 8) + HASHES_WAITING_MAX + STAFF_CALLS_MAX + 64;
