//! Four threads and what connects them: this one serves game, the others write the journal, apply it, and
//! read the database.

use std::{
    io,
    os::unix::net::UnixStream,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
};

use tokio::sync::mpsc;

use super::{
    backlog_cell::BacklogCell,
    backup::{BackupThread, read_mark},
    desk::{Desk, DeskParts},
    door,
    journal_thread::JournalThread,
    links::{Links, Outcome},
    messages::{EVENTS_MAX, Ended, TO_JOURNAL_MAX, TO_READER_MAX, Thread},
    orders::{ORDERS_MAX, Orders, Way},
    reader_thread::ReaderThread,
    saved::{self, WARMTHS_MAX},
    space::Space,
    start::{Started, random},
    store_thread::StoreThread,
    watch::Watch,
};
use crate::{
    Ready,
    config::Config,
    error::Error,
    logic::{
        applier::{Applier, BatchLimits},
        backlog::Backlog,
        intake::Intake,
        levels::Bounds,
    },
    metrics::{Metrics, Phase},
    store::Database,
};

/// Serves until the end; all threads are gone when it returns.
///
/// # Errors
/// Of whichever thread could not go on.
pub fn run(
    config: &Config,
    database: Arc<dyn Database>,
    stop: UnixStream,
    metrics: &Arc<Metrics>,
    started: Started,
    orders: &Orders,
    ready: Box<dyn FnOnce(Ready) + Send>,
) -> Result<Outcome, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|source| Error::Io { what: "starting the link's loop", source })?;
    let entered = runtime.enter();
    // Here, where no thread runs that a failure would have to end.
    let stop = stop
        .set_nonblocking(true)
        .and_then(|()| tokio::net::UnixStream::from_std(stop))
        .map_err(|source| Error::Io { what: "waiting for the stop", source })?;
    let listener = door::listen(&config.link_path)
        .map_err(|source| Error::Listen { path: config.link_path.clone(), source })?;
    drop(entered);
    let (to_journal, turns) = crossbeam_channel::bounded(TO_JOURNAL_MAX);
    let (to_reader, asks) = crossbeam_channel::bounded(TO_READER_MAX);
    let (events_in, events) = mpsc::channel(EVENTS_MAX);
    let (ended_in, ended) = mpsc::channel(3);
    let (warmths_in, warmths) = mpsc::channel(WARMTHS_MAX);
    let (stood_in, stood) = crossbeam_channel::bounded(1);
    let (orders_in, orders_out) = mpsc::channel(ORDERS_MAX);
    let stopping = Arc::new(AtomicBool::new(false));
    let (applied, durable) = (started.cursor.lsn, started.position.durable);
    let backlog = Arc::new(BacklogCell::new(Backlog::new(BACKLOG_BYTES_MAX, applied, durable)));
    let instance = u64::from_le_bytes(random()?);
    let limits = BatchLimits { records_max: config.apply_records, bytes_max: config.apply_bytes };

    let journal_thread = JournalThread {
        journal: started.journal,
        turns,
        backlog: backlog.clone(),
        events: events_in.clone(),
        metrics: metrics.clone(),
        stopping: stopping.clone(),
    };
    let store_thread = StoreThread {
        database: database.clone(),
        store: Some(started.store),
        applier: Applier::new(started.cursor, limits, instance),
        backlog: backlog.clone(),
        disk: started.disk,
        identity: started.identity,
        events: events_in.clone(),
        metrics: metrics.clone(),
        place: Some(started.place),
        amendments: started.amendments,
        batch_from: super::clock::now(),
        widened_at: None,
    };
    let store = database.describe();
    let reader_thread =
        ReaderThread { database: database.clone(), asks, events: events_in, backlog: backlog.clone() };
    let bounds = Bounds {
        budget_bytes: config.journal_budget_bytes,
        segment_bytes: config.segment_bytes,
        keep_bytes: config.keep_bytes,
        spill_bytes: config.spill_bytes,
    };
    let mut desk = Desk::new(DeskParts {
        watch: Watch::new(bounds, started.meter, super::clock::now()),
        intake: Intake::new(started.position),
        overlay: started.overlay,
        applied,
        to_journal,
        to_reader,
        metrics: metrics.clone(),
        link_key: config.link_key.clone(),
        instance,
    });
    // Before the journal's thread looks what it may delete.
    let mark = read_mark(config);
    metrics.backup_lsn.store(mark.map_or(0, |mark| mark.lsn), Relaxed);
    metrics.backups.open(mark);
    let threads = [
        spawn(Thread::Journal, &ended_in, move || journal_thread.run()),
        spawn(Thread::Store, &ended_in, move || {
            let cursor = store_thread.run()?;
            // There is room for one.
            let _ = stood_in.try_send(cursor);
            Ok(())
        }),
        spawn(Thread::Reader, &ended_in, move || {
            reader_thread.run();
            Ok(())
        }),
    ];
    drop(ended_in);
    let threads: Vec<JoinHandle<()>> = match threads.into_iter().collect::<io::Result<_>>() {
        Ok(threads) => threads,
        Err(source) => {
            // Those that did start end with their channels and the backlog.
            backlog.stop(super::clock::now());
            metrics.backups.close();
            return Err(Error::Io { what: "starting a thread", source });
        }
    };
    let backup_thread = BackupThread::new(config.clone(), backlog.clone(), metrics.clone());
    // Without it the world is served all the same, and who asks for a backup hears that nobody makes one.
    let backup_thread = thread::Builder::new().name("backup".to_owned()).spawn(move || backup_thread.run());
    if let Err(error) = &backup_thread {
        tracing::error!(event = "backup.impossible", %error);
        metrics.backups.close();
    }
    let warm_thread = started.saved.and_then(|saved| {
        desk.begin_warming(super::clock::now());
        // Without it the database is read.
        thread::Builder::new().name("warm".to_owned()).spawn(move || saved.run(&warmths_in)).ok()
    });
    orders.open(Way {
        backlog: backlog.clone(),
        desk: orders_in,
        journal_folder: config.journal_folder.clone(),
        database,
        asking: Arc::default(),
    });
    metrics.set_phase(Phase::Ready);
    ready(Ready { journal_lsn: durable.0, store });
    let space = Space::new(config.journal_folder.clone(), metrics.clone());
    let (stopping_too, orders_in) = (stopping.clone(), orders_out);
    let links = Links {
        listener,
        stop,
        events,
        ended,
        backlog,
        space,
        stopping: stopping_too,
        warmths,
        orders: orders_in,
    };
    let result = runtime.block_on(links.serve(&mut desk));
    orders.close();
    stopping.store(true, Relaxed);
    metrics.backups.close();
    for thread in threads.into_iter().chain(backup_thread).chain(warm_thread) {
        // A panic was caught inside and is in the result already.
        let _ = thread.join();
    }
    // A socket that nobody serves would let game wait for nothing.
    let _ = std::fs::remove_file(&config.link_path);
    // Everything is joined: nobody writes into the database any more.
    if matches!(result, Ok(Outcome::Stopped))
        && let Ok(cursor) = stood.try_recv()
    {
        saved::save(config, desk.into_overlay(), cursor);
    }
    result
}

/// A thread whose end, however it comes, is told.
fn spawn(
    which: Thread,
    ended: &mpsc::Sender<Ended>,
    work: impl FnOnce() -> Result<(), Error> + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let ended = ended.clone();
    thread::Builder::new().name(which.name().to_owned()).spawn(move || {
        let result =
            catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Error::Panicked { thread: which.name() }));
        // Room for all three; without a receiver the process is ending.
        let _ = ended.blocking_send(Ended { thread: which, result });
    })
}

/// Durable turns that wait in memory to be applied, by their size in the journal: decoded they take several times
/// as much. Beyond, they are read from the journal.
const BACKLOG_BYTES_MAX: usize = 16 << 20;
