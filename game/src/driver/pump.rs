//! One open link, both ways, as a single task: reads whole records in large batches, writes what the
//! outbox keeps, pings when idle, refuses calls, ends on silence. The same for gateways and dbfront. Knows which
//! ops may come, not what they mean.

use std::{io, sync::Arc, time::Duration};

use proto::{
    link_io::{LinkError, Op, RECORD_HEADER_BYTES, Record, take_record},
    rpc::Failure,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::unix::{OwnedReadHalf, OwnedWriteHalf},
    sync::Semaphore,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{
    input::{BATCHES_MAX, Batch, Inputs},
    outbox::{BACKLOG_BYTES_LOW, Outbox},
};

/// Why a link ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkEnd {
    /// The other side closed it.
    #[error("closed by the other side")]
    Closed,
    /// The socket failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Nothing came for 15 s.
    #[error("silent")]
    Silent,
    /// Not link records.
    #[error("{0}")]
    Garbage(#[from] LinkError),
    /// A record that this side never sends.
    #[error("a record {0:?} that does not belong here")]
    OutOfPlace(Op),
    /// Full, or cut by the logic thread.
    #[error("cut")]
    Cut,
}

/// What a link does with what it reads.
pub(super) trait Sink {
    /// Whether the other side may send such a record; pings and calls aside. Called for each, in order.
    fn takes(&mut self, record: &Record<'_>) -> bool;

    /// Takes whole records.
    fn deliver(&mut self, batch: Batch);

    /// The backlog has fallen so far that latest-wins output may go on.
    fn drained(&self);
}

/// Runs a link after its handshake until it ends. `early` came behind the handshake's record.
pub(super) async fn run(
    mut read: OwnedReadHalf,
    mut write: OwnedWriteHalf,
    early: Vec<u8>,
    outbox: &Outbox,
    inputs: &Inputs,
    mut sink: impl Sink + Clone,
) -> LinkEnd {
    let writer_sink = sink.clone();
    tokio::select! {
        end = read_all(&mut read, early, outbox, inputs, &mut sink) => end,
        end = write_all(&mut write, outbox, &writer_sink) => end,
        () = ping_when_idle(outbox) => LinkEnd::Cut,
        () = outbox.until_cut() => LinkEnd::Cut,
    }
}

async fn read_all(
    read: &mut OwnedReadHalf,
    early: Vec<u8>,
    outbox: &Outbox,
    inputs: &Inputs,
    sink: &mut impl Sink,
) -> LinkEnd {
    let permits = Arc::new(Semaphore::new(BATCHES_MAX));
    let mut tail = early;
    let mut first = true;
    loop {
        // While the logic thread has its share of batches, nothing is read: the sender's buffer fills up.
        let permit = Arc::clone(&permits).acquire_owned().await.expect("this semaphore is never closed");
        let mut bytes = inputs.spare();
        bytes.append(&mut tail);
        let mut whole = if std::mem::take(&mut first) { whole_records(&bytes, outbox, sink) } else { Ok(0) };
        while matches!(whole, Ok(0)) {
            if let Err(end) = read_some(read, &mut bytes).await {
                return end;
            }
            whole = whole_records(&bytes, outbox, sink);
        }
        match whole {
            Ok(whole) => {
                tail.extend_from_slice(&bytes[whole..]);
                bytes.truncate(whole);
                sink.deliver(Batch { bytes, _permit: permit });
            }
            Err(end) => return end,
        }
    }
}

async fn read_some(read: &mut OwnedReadHalf, bytes: &mut Vec<u8>) -> Result<(), LinkEnd> {
    if bytes.capacity() - bytes.len() < READ_BYTES_MIN {
        bytes.reserve(READ_BYTES);
    }
    // A process that was stopped sees that its time is over before it sees what came meanwhile: so it loses one step at
    // most, and has read before it judges.
    for _ in 0..SILENCE_STEPS {
        match timeout(SILENCE / SILENCE_STEPS, read.read_buf(bytes)).await {
            Err(_elapsed) => {}
            Ok(Ok(0)) => return Err(LinkEnd::Closed),
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => return Err(error.into()),
        }
    }
    Err(LinkEnd::Silent)
}

/// Bytes of the whole records at the front. Answers pings on the way.
fn whole_records(bytes: &[u8], outbox: &Outbox, sink: &mut impl Sink) -> Result<usize, LinkEnd> {
    let mut whole = 0;
    while let Some((record, used)) = take_record(&bytes[whole..])? {
        match record.op {
            Op::Ping => outbox.push_record(Op::Pong, record.a, 0),
            Op::Pong => (),
            _ if sink.takes(&record) => (),
            // Nothing is served here yet; the next build of the other side may ask all the same.
            Op::Call => outbox.push_record(Op::Reply, record.a, Failure::BadRequest as u64),
            // Of a call that nobody waits for, or that was answered when it came.
            Op::Reply | Op::Cancel => (),
            op => return Err(LinkEnd::OutOfPlace(op)),
        }
        whole += used;
    }
    Ok(whole)
}

async fn write_all(write: &mut OwnedWriteHalf, outbox: &Outbox, sink: &impl Sink) -> LinkEnd {
    let mut writing = Vec::new();
    loop {
        outbox.filled().await;
        loop {
            let backlog_before = outbox.backlog();
            let more = outbox.take(&mut writing);
            if BACKLOG_BYTES_LOW < backlog_before && outbox.backlog() <= BACKLOG_BYTES_LOW {
                sink.drained();
            }
            if !more {
                break;
            }
            if let Err(error) = write.write_all(&writing).await {
                return error.into();
            }
        }
    }
}

async fn ping_when_idle(outbox: &Outbox) {
    let mut every = interval(PING_IDLE);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if !outbox.wrote() {
            outbox.push_record(Op::Ping, 0, 0);
            // A ping of ours is not a sign of life of the turn.
            outbox.wrote();
        }
    }
}

/// Reads the handshake's one record: its op and payload, and what came behind it.
pub(super) async fn read_handshake(read: &mut OwnedReadHalf) -> Result<(Op, Vec<u8>, Vec<u8>), LinkEnd> {
    let mut bytes = Vec::with_capacity(HANDSHAKE_BYTES_MAX);
    loop {
        if let Some((record, used)) = take_record(&bytes)? {
            return Ok((record.op, record.payload.to_vec(), bytes[used..].to_vec()));
        }
        if HANDSHAKE_BYTES_MAX <= bytes.len() {
            return Err(LinkEnd::Garbage(LinkError::TooLarge(u32::MAX)));
        }
        match timeout(HANDSHAKE_DEADLINE, read.read_buf(&mut bytes)).await {
            Err(_elapsed) => return Err(LinkEnd::Silent),
            Ok(Ok(0)) => return Err(LinkEnd::Closed),
            Ok(Ok(_)) => (),
            Ok(Err(error)) => return Err(error.into()),
        }
    }
}

const READ_BYTES: usize = 256 * 1024;
const READ_BYTES_MIN: usize = 64 * 1024;
const HANDSHAKE_BYTES_MAX: usize = 64 * 1024;
const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(5);
/// Nothing of ours for so long: a ping.
const PING_IDLE: Duration = Duration::from_secs(5);
/// Nothing of theirs for so long: the link is dead.
const SILENCE: Duration = Duration::from_secs(15);
const SILENCE_STEPS: u32 = 3;

const _: () = {
    assert!(RECORD_HEADER_BYTES < READ_BYTES_MIN);
    // Two pings may go missing.
    assert!(PING_IDLE.as_secs() * 2 < SILENCE.as_secs());
};
