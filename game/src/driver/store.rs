//! The link to dbfront: found, opened, and found again when it is lost. Knows what a welcome and a refusal
//! are; turns and rows pass through as bytes.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use proto::{
    handshake::{self, Role},
    limits::{INFLIGHT_BYTES_MAX, RECORD_SCHEMA},
    link::{LinkHello, LinkWelcome},
    link_io::{self, Op, Record},
    prescan::Budget,
    wire,
};
use tokio::{net::UnixStream, time::timeout};

use super::{
    gateways::second_handle,
    input::{Batch, Input, Inputs, Refusal, StoreUp},
    outbox::Outbox,
    pump::{self, LinkEnd},
};

/// What this process says of itself to dbfront. Lives as long as the process.
struct Claim {
    instance: u64,
    epoch: u64,
    /// Highest DURABLE that was told on any link.
    durable_seen: Arc<AtomicU64>,
    /// The first record that could be sent again, 0 for none.
    held_from: Arc<AtomicU64>,
    /// Whoever writes now is to end.
    takeover: bool,
}

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
    let Arrival { instance, takeover, held_from } = arrival;
    let mut claim = Claim { instance, epoch: 0, durable_seen: Arc::default(), held_from, takeover };
    let mut failures = 0;
    loop {
        match open(path, &mut claim, &inputs).await {
            Ok(end) => {
                tracing::warn!(event = "store.lost", reason = %end);
                failures = 0;
            }
            Err(OpenError::Link(end)) => {
                if failures == 0 {
                    tracing::warn!(event = "store.away", path = %path.display(), reason = %end);
                }
                failures += 1;
            }
            // The writer before us may be on its way out: its end is seen at dbfront a moment later.
            Err(OpenError::Refused(refusal))
                if refusal.code == "WRITER_EXISTS" && failures < WRITER_LEAVES =>
            {
                failures += 1;
            }
            Err(OpenError::Refused(refusal)) => {
                inputs.send(Input::Refused(refusal));
                // The logic thread ends the process.
                return std::future::pending().await;
            }
        }
        let _elapsed = timeout(pause(failures, random()), std::future::pending::<()>()).await;
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
async fn open(path: &Path, claim: &mut Claim, inputs: &Inputs) -> Result<LinkEnd, OpenError> {
    let (socket, stream) = second_handle(UnixStream::connect(path).await?)?;
    let (mut read, write) = stream.into_split();
    let outbox = Arc::new(Outbox::new(socket, STORE_BYTES_MAX));
    let hello = LinkHello {
        epoch: claim.epoch,
        durable_seen: claim.durable_seen.load(Relaxed),
        held_from: claim.held_from.load(Relaxed),
        // Once: whoever comes after us may take over from us.
        takeover: claim.takeover && claim.epoch == 0,
        schema: RECORD_SCHEMA,
        ..handshake::hello(Role::Game, claim.instance)
    };
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
    claim.epoch = welcome.epoch;
    claim.durable_seen.fetch_max(welcome.durable, Relaxed);
    tracing::info!(
        event = "store.up",
        epoch = welcome.epoch,
        durable = welcome.durable,
        applied = welcome.applied
    );

    let (epoch, durable, applied) = (welcome.epoch, welcome.durable, welcome.applied);
    let epoch_mac = welcome.epoch_mac;
    inputs.send(Input::StoreUp(StoreUp {
        epoch,
        epoch_mac,
        durable,
        applied,
        line,
        outbox: Arc::clone(&outbox),
    }));
    let _down = DownGuard { inputs: inputs.clone() };
    let sink = StoreSink { inputs: inputs.clone(), durable_seen: Arc::clone(&claim.durable_seen) };
    Ok(pump::run(read, write, early, &outbox, inputs, sink).await)
}

/// The refusal with this name; nothing if dbfront has a trouble of its own and we may come back.
pub(super) fn refusal(name: &str, detail: &str) -> Option<Refusal> {
    let &code = STOPS.iter().find(|&&stop| stop == name)?;
    Some(Refusal { code, detail: detail.to_owned() })
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

/// Between two tries: doubling from 20 ms to 1 s, and somewhere in the upper half of that.
fn pause(failures: u32, random: u32) -> Duration {
    let whole = PAUSE_MS_FIRST.saturating_mul(1 << failures.min(16)).min(PAUSE_MS_MAX);
    Duration::from_millis((whole / 2 + u64::from(random) % (whole / 2 + 1)).max(1))
}

fn random() -> u32 {
    getrandom::u32().unwrap_or_default()
}

const PAUSE_MS_FIRST: u64 = 20;
const PAUSE_MS_MAX: u64 = 1_000;
/// Tries that a writer before us has to leave: about three seconds.
const WRITER_LEAVES: u32 = 8;
/// Turns under way, also when they are sent again, and room for calls while dbfront does not read.
const STORE_BYTES_MAX: usize = 4 * INFLIGHT_BYTES_MAX;
/// Refusals that end this process; all others are dbfront's own trouble.
const STOPS: [&str; 10] = [
    "AMENDED",
    "FENCED",
    "WRITER_EXISTS",
    "JOURNAL_REGRESSION",
    "DIVERGENCE",
    "NACK_INVARIANT",
    "SCHEMA_TOO_OLD",
    "SCHEMA_TOO_NEW",
    "WRONG_ROLE",
    "LINK_VERSION",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_a_second_and_never_leave_their_half() {
        for (failures, whole_ms) in [(0, 20), (1, 40), (3, 160), (6, 1_000), (40, 1_000)] {
            for random in [0, 1, 7_919, u32::MAX] {
                let pause = pause(failures, random).as_millis();
                assert!(whole_ms / 2 <= pause && pause <= whole_ms, "{failures} failures: {pause} ms");
            }
        }
    }

    #[test]
    fn only_refusals_that_concern_us_end_us() {
        assert_eq!(refusal("FENCED", "epoch 7").map(|refusal| refusal.code), Some("FENCED"));
        assert_eq!(refusal("JOURNAL_FAILED", "disk"), None);
    }
}
