//! A disk without space, and files without room: full and free again, writes of every length (F18, F19).

use std::{
    fs,
    os::unix::net::UnixStream,
    path::Path,
    process::Command,
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use dbfront::{Metrics, config::Config};
use tempfile::tempdir;

use crate::{
    calls::{step, traced},
    child::{Served, Wish},
    ledger::{Payer, compare, live, survives},
    needs::{Need, are_met, is_met, tier},
    tmpfs::Tmpfs,
};

fn small_disk(place: &Path) -> Option<Tmpfs> {
    match Tmpfs::mount(place, 8) {
        Ok(disk) => Some(disk),
        Err(why) => {
            assert!(!is_met(Some(format!("no rights to mount: {why}")), false));
            None
        }
    }
}

#[test]
fn a_disk_that_is_full_again_and_again_delays_answers_and_loses_none() {
    let folder = tempdir().expect("a folder");
    let place = folder.path().join("disk");
    let Some(disk) = small_disk(&place) else { return };
    // What is applied is not needed: some of the space is the journal's own.
    let wish = Wish { keep_bytes: 4 * crate::child::SEGMENT_BYTES, ..Wish::new(&place) };
    let served = Served::start(&wish).unwrap_or_else(|ended| panic!("{ended:?}"));
    let mut payer = Payer::begin(&served.link, 7).expect("it greets");
    payer.play(20, u64::MAX).expect("space");
    let mut waited = 0;
    // While nothing is applied, no more files of the journal are settled and become room.
    let applier_out = rusqlite::Connection::open(place.join("game.db")).expect("opens");
    applier_out.busy_timeout(Duration::from_secs(30)).expect("set");
    for round in 0..20 {
        payer.until_applied(payer.told.sent).unwrap_or_else(|error| panic!("round {round}: {error}"));
        applier_out.execute_batch("BEGIN IMMEDIATE").expect("locked");
        disk.fill().expect("nothing left");
        // Until this segment, the next one and those of before, which are settled, hold no more.
        for _ in 0..100 {
            for _ in 0..20 {
                payer.pay_next().expect("it listens");
            }
            let to = payer.told.sent;
            payer.listen_until(Duration::from_millis(300), |told| to <= told.durable);
            if payer.told.durable < to {
                waited += 1;
                break;
            }
        }
        let to = payer.told.sent;
        disk.free().expect("some left");
        applier_out.execute_batch("ROLLBACK").expect("unlocked");
        payer.until_durable(to).unwrap_or_else(|error| panic!("round {round}: {error}"));
    }
    assert!(waited == 20, "only {waited} rounds without an answer");
    let all = payer.told.sent;
    payer.until_applied(all).expect("space");
    let ended = served.stop();
    assert!(ended.status.success(), "{ended:?}");
    compare(&wish, all, "after twenty rounds");
    println!("full 20 times, {waited} times without an answer until there was space");
}

/// A dbfront in this process, to look at.
struct Here {
    metrics: Arc<Metrics>,
    ready: mpsc::Receiver<()>,
    stop: UnixStream,
    thread: JoinHandle<Result<(), dbfront::Error>>,
}

fn start_here(config: &Config) -> Here {
    let metrics = Arc::new(Metrics::default());
    let (stop, theirs) = UnixStream::pair().expect("a pair");
    let (ready_in, ready) = mpsc::channel();
    let thread = std::thread::spawn({
        let (config, metrics) = (config.clone(), metrics.clone());
        let ready = Box::new(move |_| ready_in.send(()).expect("the test waits"));
        move || dbfront::run(config, theirs, metrics, ready)
    });
    Here { metrics, ready, stop, thread }
}

#[test]
fn a_start_on_a_full_disk_waits_for_space() {
    let folder = tempdir().expect("a folder");
    let place = folder.path().join("disk");
    let Some(disk) = small_disk(&place) else { return };
    // The database has space: it would be waited for, too.
    let wish = Wish::new(folder.path());
    let config = Config { journal_folder: place.join("journal"), ..wish.config() };
    let patience = Duration::from_secs(30);
    for to in [30, 60] {
        // More than the one that lay ready leaves when it goes.
        let config = Config { segment_bytes: to * 1_024, ..config.clone() };
        let here = start_here(&config);
        if to > 30 {
            while here.metrics.state() != "journal_full" {
                assert!(!here.thread.is_finished(), "it ended: {:?}", here.thread.join());
                assert!(here.ready.try_recv().is_err(), "it serves without a segment to write to");
                std::thread::yield_now();
            }
            disk.free().expect("some left");
        }
        here.ready.recv_timeout(patience).expect("it serves");
        let mut payer = Payer::begin(&config.link_path, 7 + to).expect("it greets");
        payer.play(to, u64::MAX).and_then(|()| payer.until_applied(to)).expect("space");
        drop(here.stop);
        here.thread.join().expect("no panic").expect("a good end");
        disk.fill().expect("nothing left");
    }
    compare(&wish, 60, "after a start that waited");
}

/// End of what is written to the segment that is written to.
fn end_of_newest(wish: &Wish) -> u64 {
    let files = fs::read_dir(wish.config().journal_folder).expect("a folder");
    let segments = files.filter_map(|file| fs::read(file.expect("a file").path()).ok());
    // Number, as in its header.
    let newest = segments.filter(|bytes| bytes.starts_with(b"DINGJRNL")).max_by_key(|bytes| bytes[48]);
    let newest = newest.expect("a segment");
    newest.iter().rposition(|&byte| byte != 0).expect("a header") as u64 + 1
}

#[test]
fn a_write_that_stops_after_any_number_of_bytes_is_a_named_stop_and_its_turn_is_there_whole_or_not() {
    let is_ok = are_met(&[Need::Program("prlimit", "util-linux")]);
    if !is_ok {
        return;
    }
    let (mut whole, mut not) = (0, 0);
    // A frame of one payment has less, and zeros follow it.
    for length in (1..=420).step_by(if tier().as_deref() == Some("full") { 1 } else { 31 }) {
        let folder = tempdir().expect("a folder");
        let wish = Wish::new(folder.path());
        // The next segment is there by then, so that only turns are written.
        let ignoring = wish.clone().under(&["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
        let served = Served::start(&ignoring).unwrap_or_else(|ended| panic!("{ended:?}"));
        let mut payer = Payer::begin(&served.link, 7).expect("it greets");
        payer.play(9, 9).expect("space");
        payer.listen(Duration::from_millis(150));
        let end = end_of_newest(&wish);
        let pid = served.pid.expect("it runs").as_raw_nonzero().to_string();
        let limit = format!("--fsize={}", end + length);
        assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().expect("runs").success());
        payer.pay_next().expect("it listens");
        while payer.hear().is_ok() {}
        let at = format!("{length} bytes of a write from {end}");
        assert_eq!(payer.told.refused.as_deref(), Some("JOURNAL_FAILED"), "{at}: {:?}", payer.told);
        assert_eq!(payer.told.durable, 9, "{at}");
        assert_eq!(served.end().name.as_deref(), Some("JOURNAL_FAILED"), "{at}");
        let (told, ended) = live(&wish, 0, 1);
        assert!(ended.status.success(), "{at}: {ended:?}");
        match told.durable {
            9 => not += 1,
            10 => whole += 1,
            other => panic!("{at}: {other} records"),
        }
        survives(&wish, &told, 30, &at);
    }
    assert!(whole > 0 && not > 0, "{whole} whole, {not} not");
    println!("{whole} turns were there whole, {not} not at all");
}

#[test]
fn writes_that_are_interrupted_are_tried_again() {
    if !are_met(&[Need::Program("strace", "strace")]) {
        return;
    }
    for n in (1..6).step_by(step(2)) {
        let folder = tempdir().expect("a folder");
        let wish = Wish::new(folder.path());
        let often = traced(wish.clone(), &format!("pwrite64:error=EINTR:when={n}+3"));
        let (told, ended) = live(&often, 40, 5);
        assert!(ended.status.success() && told.durable == 40, "{n}: {told:?}, {ended:?}");
        compare(&wish, 40, "interrupted writes");
    }
}
