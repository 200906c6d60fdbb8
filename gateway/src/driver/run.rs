//! Starts the I/O threads, and ends them together.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    io,
    net::SocketAddr,
    os::unix::net::UnixStream,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use super::{
    certificate::Certificate,
    clock::{self, Clock},
    link::Link,
    listener::Bound,
    orders::Orders,
    worker::{LINK, Shared, Watched, Worker},
};
use crate::{
    config::Config,
    error::Error,
    logic::{admission::Admission, epochs::Epochs, hub::Hub, stopwatch::Stopwatch, transport::Setup},
    metrics::Metrics,
};

/// What the gateway tells once it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Where clients connect.
    pub listen: SocketAddr,
}

/// Serves until `stop` becomes readable or ends. `ready` is called once, when all threads listen.
///
/// # Errors
/// See [`Error`]. A client or a link that fails is none.
pub fn run(
    config: Config,
    stop: UnixStream,
    metrics: Arc<Metrics>,
    ready: Box<dyn FnOnce(Ready) + Send>,
) -> Result<(), Error> {
    run_with(config, stop, metrics, &Orders::default(), ready)
}

/// The same, with an ear for orders of people.
///
/// # Errors
/// As [`run`].
pub fn run_with(
    config: Config,
    stop: UnixStream,
    metrics: Arc<Metrics>,
    orders: &Orders,
    ready: Box<dyn FnOnce(Ready) + Send>,
) -> Result<(), Error> {
    let threads = threads(config.threads, config.processes);
    let certificate = config.tls.map(Certificate::load).transpose()?;
    let (listen, bounds) = bind(config.listen, config.is_shared, threads)
        .map_err(|source| Error::Listen { address: config.listen, source })?;
    // Every thread watches the command line's end and one of our own, which closes when a thread fails.
    let (halt, halted) = UnixStream::pair().map_err(|source| Error::Io { what: "cannot start", source })?;
    let leave = orders.open().map_err(|source| Error::Io { what: "cannot start", source })?;
    metrics.set_threads(threads);
    let setup = Setup {
        tls: certificate.as_ref().map(Certificate::current),
        allowed_origins: config.allowed_origins,
    };
    let shared = Arc::new(Shared {
        clock: Clock::start(),
        admission: Mutex::new(Admission::new(config.admission)),
        certificate,
        metrics,
        orders: orders.clone(),
        on_listening: when_all(threads, move || ready(Ready { listen })),
    });
    let epochs = Arc::new(Epochs::new(config.link_key.clone()));
    let instance = RandomState::new().build_hasher().finish();
    let mut workers = Vec::new();
    for (thread, bound) in (0u32..).zip(bounds) {
        let watched = Watched { stops: [watch(&stop)?, watch(&halted)?], leave: watch(&leave)? };
        let link = Link::new(config.link.clone(), LINK, thread, instance, Arc::clone(&epochs));
        let mut hub = Hub::new(config.client.clone(), setup.clone());
        hub.set_seed(RandomState::new().build_hasher().finish());
        hub.set_watch(Stopwatch::new(clock::nanoseconds));
        workers.push(Worker::new(Arc::clone(&shared), bound, hub, link, watched)?);
    }
    drop(stop);
    supervise(workers, halt)
}

/// Runs each worker on a thread of its own; the first failure stops the others.
fn supervise(workers: Vec<Worker>, halt: UnixStream) -> Result<(), Error> {
    let mut halt = Some(halt);
    let mut outcome = Ok(());
    let mut running = 0;
    let (done, results) = mpsc::channel();
    for (index, worker) in workers.into_iter().enumerate() {
        let done = done.clone();
        let spawned = thread::Builder::new().name(format!("gateway-{index}")).spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| worker.run()));
            // Whoever started us has ended: nobody to tell.
            drop(done.send(result.unwrap_or(Err(Error::Panic))));
        });
        match spawned {
            Ok(_) => running += 1,
            Err(source) => {
                outcome = Err(Error::Io { what: "cannot start a thread", source });
                halt = None;
            }
        }
    }
    drop(done);
    for _ in 0..running {
        let result = results.recv().unwrap_or(Err(Error::Panic));
        if result.is_err() {
            halt = None;
        }
        outcome = outcome.and(result);
    }
    drop(halt);
    outcome
}

/// One port, taken once for each thread, and beside others of ours where it is shared.
fn bind(address: SocketAddr, is_shared: bool, threads: usize) -> io::Result<(SocketAddr, Vec<Bound>)> {
    if !is_shared {
        Bound::probe(address)?;
    }
    let first = Bound::bind(address)?;
    let address = first.address()?;
    let mut bounds = vec![first];
    for _ in 1..threads {
        bounds.push(Bound::bind(address)?);
    }
    Ok((address, bounds))
}

/// Another handle of the same end.
fn watch(end: &UnixStream) -> Result<UnixStream, Error> {
    let cloned = end.try_clone().and_then(|end| end.set_nonblocking(true).map(|()| end));
    cloned.map_err(|source| Error::Io { what: "cannot watch for a stop", source })
}

/// A function that does `act` when it has been called `times` times.
fn when_all(times: usize, act: impl FnOnce() + Send + 'static) -> Box<dyn Fn() + Send + Sync> {
    let left = AtomicUsize::new(times);
    let act = Mutex::new(Some(act));
    Box::new(move || {
        if left.fetch_sub(1, Ordering::AcqRel) == 1 {
            let act = act.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(act) = act {
                act();
            }
        }
    })
}

fn threads(configured: usize, processes: u8) -> usize {
    match configured {
        0 => (thread::available_parallelism().map_or(1, usize::from) / (2 * usize::from(processes))).max(1),
        threads => threads,
    }
}
