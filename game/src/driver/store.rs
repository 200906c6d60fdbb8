//! The link to dbfront: found, opened, and found again when it is lost. Knows what a welcome and a refusal
//! are; turns and rows pass through as bytes.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use proto::{
    ids::Lsn,
    limits::INFLIGHT_BYTES_MAX,
    link::LinkWelcome,
    link_io::{self, Op, Record},
    prescan::Budget,
    wire,
};
use tokio::{net::UnixStream, time::timeout};

use super::{
    gateways::second_handle,
    input::{Batch, Input, Inputs, StoreUp},
    outbox::Outbox,
    pump::{self, LinkEnd},
};
use crate::logic::claim::{Claim, Refusal, refusal};

/// How this process comes to dbfront.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// Random, of this process life.
    pub(super) instance: u64,
    /// Whoever writes now is to end.
    pub(super) takeover: bool,
    /// The first record that could be sent again, 0 for none; the logic thread says so.
    pub(super) held_from: Arc<AtomicU64>,
}

/// Keeps the link for as long as dbfront will have us.
pub(super) async fn keep(path: &Path, arrival: Arrival, inputs: Inputs) {
    let mut claim = Claim::new(arrival.instance, arrival.takeover);
    let durable_seen = Arc::default();
    loop {
        let opened = open(path, &mut claim, &arrival.held_from, &durable_seen, &inputs).await;
        claim.durable(Lsn(durable_seen.load(Relaxed)));
        match opened {
            Ok(end) => tracing::warn!(event = "store.lost", reason = %end),
            Err(OpenError::Link(end)) => {
                if claim.failed() {
                    tracing::warn!(event = "store.away", path = %path.display(), reason = %end);
                }
            }
            Err(OpenError::Refused(refusal)) if claim.waits(&refusal) => {
                claim.failed();
            }
            Err(OpenError::Refused(refusal)) => {
                inputs.send(Input::Refused(refusal));
                // The logic thread ends the process.
                return std::future::pending().await;
            }
        }
        let _elapsed = timeout(claim.pause(random()), std::future::pending::<()>()).await;
    }
}

enum OpenError {
    Link(LinkEnd),
    Refused(Refusal),
}

impl From<LinkEnd> for OpenError {
    fn from(end: LinkEnd) -> Self {
        Self::Link(end)
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Link(error.into())
    }
}

/// One connection from its hello to its end.
async fn open(
    path: &Path,
    claim: &mut Claim,
    held_from: &AtomicU64,
    durable_seen: &Arc<AtomicU64>,
    inputs: &Inputs,
) -> Result<LinkEnd, OpenError> {
    let (socket, stream) = second_handle(UnixStream::connect(path).await?)?;
    let (mut read, write) = stream.into_split();
    let outbox = Arc::new(Outbox::new(socket, STORE_BYTES_MAX));
    let held_from = Some(Lsn(held_from.load(Relaxed))).filter(|lsn| lsn.0 != 0);
    let hello = claim.hello(held_from);
    let mut bytes = Vec::new();
    Record::new(Op::Hello, 0, 0, &wire::encode(&hello)).put(&mut bytes);
    outbox.push(&mut bytes);

    let (op, payload, early) = pump::read_handshake(&mut read).await?;
    let welcome: LinkWelcome = match (op, wire::decode(&payload, Budget::LINK)) {
        (Op::Welcome, Ok(welcome)) => welcome,
        _ => return Err(LinkEnd::OutOfPlace(op).into()),
    };
    if !welcome.refused.is_empty() {
        return Err(match refusal(&welcome.refused, &welcome.detail) {
            Some(refusal) => OpenError::Refused(refusal),
            None => LinkEnd::Closed.into(),
        });
    }
    let Ok(line) = u8::try_from(welcome.line) else {
        return Err(LinkEnd::OutOfPlace(Op::Welcome).into());
    };
    claim.welcomed(&welcome);
    tracing::info!(
        event = "store.up",
        epoch = welcome.epoch,
        durable = welcome.durable,
        applied = welcome.applied
    );

    let (epoch, durable, applied) = (welcome.epoch, welcome.durable, welcome.applied);
    let epoch_mac = welcome.epoch_mac;
    inputs.send(Input::StoreUp(StoreUp {
        protocol: welcome.protocol,
        epoch,
        epoch_mac,
        durable,
        applied,
        line,
        outbox: Arc::clone(&outbox),
    }));
    let _down = DownGuard { inputs: inputs.clone() };
    let sink = StoreSink { inputs: inputs.clone(), durable_seen: Arc::clone(durable_seen) };
    Ok(pump::run(read, write, early, &outbox, inputs, sink).await)
}

/// The link went, however its future ended.
struct DownGuard {
    inputs: Inputs,
}

impl Drop for DownGuard {
    fn drop(&mut self) {
        self.inputs.send(Input::StoreDown);
    }
}

#[derive(Clone)]
struct StoreSink {
    inputs: Inputs,
    /// The highest position that was told to be durable on any link.
    durable_seen: Arc<AtomicU64>,
}

impl pump::Sink for StoreSink {
    fn takes(&mut self, record: &link_io::Record<'_>) -> bool {
        if record.op == Op::Durable {
            self.durable_seen.fetch_max(record.a, Relaxed);
        }
        matches!(record.op, Op::Reply | Op::Durable | Op::Applied | Op::Level | Op::Refused)
    }

    fn deliver(&mut self, batch: Batch) {
        self.inputs.send(Input::Store(batch));
    }

    fn drained(&self) {}
}

fn random() -> u32 {
    getrandom::u32().unwrap_or_default()
}

/// Turns under way, also when they are sent again, and room for calls while dbfront does not read.
const STORE_BYTES_MAX: usize = 4 * INFLIGHT_BYTES_MAX;
