//! Calls over a Unix socket as drivers make them, beside a bare ping-pong of the same bytes, as many on their way:
//! each side of either has a thread of its own. And a call that goes alone, beside a bare round trip.

use std::{
    collections::VecDeque,
    os::unix::net::UnixStream,
    sync::mpsc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use calls::{Answer, Early, Limits, Nothing, Peer, open};
use hdrhistogram::Histogram;
use proto::link_io::RECORD_HEADER_BYTES;
use tokio::runtime::{Builder, Runtime};

use super::{Row, Setting, rounds};
use crate::{bare::pingpong::PingPong, clock, error::Error};

pub(super) fn run(setting: &mut Setting<'_>) -> Result<(), Error> {
    if !setting.wants(NAME) && !setting.wants(LONE) {
        return Ok(());
    }
    let mut bench = Bench::start()?;
    let mut bare = PingPong::start(RECORD_HEADER_BYTES + REQUEST.len())?;
    if setting.wants(NAME) {
        let pace = setting.pace;
        let measured = rounds::in_turns(
            pace.rounds,
            || rate(pace.warm, pace.window, |end| bench.run(DEPTH, end)),
            || rate(pace.warm, pace.window, |end| bare.run(DEPTH, end)),
        )?;
        setting.row(Row::ratio(NAME, "calls/s", measured, TARGET));
    }
    if setting.wants(LONE) {
        let measured = rounds::in_turns(
            setting.pace.rounds,
            || median_micros(|record| bench.alone(LONE_COUNT, record)),
            || median_micros(|record| bare.alone(LONE_COUNT, record)),
        )?;
        setting.row(Row::times(LONE, "µs", measured, LONE_TARGET));
    }
    Ok(())
}

/// A second, without what came before `warm`.
fn rate(
    warm: Duration,
    window: Duration,
    mut run: impl FnMut(Instant) -> Result<u64, Error>,
) -> Result<f64, Error> {
    run(clock::now() + warm)?;
    let began = clock::now();
    #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³")]
    let done = run(began + window)? as f64;
    Ok(done / began.elapsed().as_secs_f64())
}

fn median_micros(run: impl FnOnce(&mut dyn FnMut(Duration)) -> Result<(), Error>) -> Result<f64, Error> {
    let mut times = Histogram::<u64>::new_with_bounds(1, HIGHEST_NS, 3)
        .map_err(|error| Error::Usage(error.to_string()))?;
    run(&mut |time| times.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)))?;
    Ok(Duration::from_nanos(times.value_at_quantile(0.5)).as_secs_f64() * 1e6)
}

/// Both ends of a link; the one that answers is in a thread of its own until this is dropped.
pub(super) struct Bench {
    runtime: Runtime,
    peer: Peer,
    far: Option<JoinHandle<()>>,
}

impl Bench {
    pub(super) fn start() -> Result<Self, Error> {
        let (near, far) = UnixStream::pair().map_err(Error::io("making a pair of sockets"))?;
        let far = thread::spawn(move || drop(serve(far)));
        let runtime = runtime()?;
        let (tell, told) = mpsc::channel();
        runtime.block_on(async {
            let (peer, link) = open(on_tokio(near)?, Early::default(), Limits::default(), Nothing);
            tokio::spawn(link);
            let _ = tell.send(peer);
            Ok::<(), Error>(())
        })?;
        let peer = told.recv().map_err(|error| Error::Usage(error.to_string()))?;
        Ok(Self { runtime, peer, far: Some(far) })
    }

    /// Calls with `depth` on their way until `end`; all are answered.
    pub(super) fn run(&mut self, depth: usize, end: Instant) -> Result<u64, Error> {
        let peer = &self.peer;
        self.runtime.block_on(async {
            let deadline = end + PATIENCE;
            let mut calls: VecDeque<_> = (0..depth).map(|_| peer.call(&REQUEST, deadline)).collect();
            let mut done = 0;
            let mut goes_on = true;
            while let Some(call) = calls.pop_front() {
                let response = call.await.map_err(failed)?;
                debug_assert_eq!(response, REQUEST.as_slice());
                done += 1;
                if done % 64 == 0 {
                    goes_on = clock::now() < end;
                }
                if goes_on {
                    calls.push_back(peer.call(&REQUEST, deadline));
                }
            }
            Ok(done)
        })
    }

    /// How long each of so many takes that go alone.
    pub(super) fn alone(&mut self, count: usize, mut record: impl FnMut(Duration)) -> Result<(), Error> {
        let peer = &self.peer;
        self.runtime.block_on(async {
            for _ in 0..count {
                let began = clock::now();
                peer.call(&REQUEST, began + PATIENCE).await.map_err(failed)?;
                record(began.elapsed());
            }
            Ok(())
        })
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.peer.close();
        // The link's task sees it, and the other end then sees the end of the stream.
        self.runtime.block_on(async { while self.peer.call(&[], clock::now() + PATIENCE).await.is_ok() {} });
        if let Some(far) = self.far.take() {
            let _ = far.join();
        }
    }
}

fn serve(stream: UnixStream) -> Result<(), Error> {
    runtime()?.block_on(async {
        let echo = |request: &[u8], response: &mut Vec<u8>| {
            response.extend_from_slice(request);
            Answer::Now(Ok(()))
        };
        let (_peer, link) = open(on_tokio(stream)?, Early::default(), Limits::default(), echo);
        let _end = link.await;
        Ok(())
    })
}

fn runtime() -> Result<Runtime, Error> {
    Builder::new_current_thread().enable_all().build().map_err(Error::io("starting a runtime"))
}

fn on_tokio(stream: UnixStream) -> Result<tokio::net::UnixStream, Error> {
    stream.set_nonblocking(true).map_err(Error::io("setting a socket"))?;
    tokio::net::UnixStream::from_std(stream).map_err(Error::io("registering a socket"))
}

fn failed(failure: proto::rpc::Failure) -> Error {
    Error::Usage(format!("a call failed: {failure}"))
}

const NAME: &str = "rpc_64b_1000";
const LONE: &str = "rpc_lone";
const REQUEST: [u8; 64] = [7; 64];
pub(super) const DEPTH: usize = 1_000;
/// Of the bare rate, at least.
const TARGET: f64 = 0.5;
/// Of the bare time, at most.
const LONE_TARGET: f64 = 3.0;
const LONE_COUNT: usize = 20_000;
const HIGHEST_NS: u64 = 60_000_000_000;
const PATIENCE: Duration = Duration::from_secs(60);
