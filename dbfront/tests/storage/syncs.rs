//! Syncs that fail once, for ever, or take half a minute (F16, F17, F21).

use std::time::Duration;

use tempfile::tempdir;

use crate::{
    calls::{step, traced},
    child::{Served, Wish},
    ledger::{Payer, compare, live, survives},
    needs::{Need, are_met, tier},
};

const STRACE: &[Need] = &[Need::Program("strace", "strace")];

#[test]
fn a_sync_that_fails_once_is_the_last_one_of_its_file_and_nothing_unproven_was_said() {
    if !are_met(STRACE) {
        return;
    }
    let mut failed = 0;
    for n in (1..=50).step_by(step(6)) {
        let folder = tempdir().expect("a folder");
        let wish = Wish::new(folder.path());
        let at = format!("sync {n}");
        // Each thread counts its own: of journal and database, whichever comes to it first.
        let (told, ended) =
            live(&traced(wish.clone(), &format!("fdatasync:error=EIO:when={n}")), 60, u64::MAX);
        assert_eq!(ended.name.as_deref(), Some("JOURNAL_FAILED"), "{at}: {told:?}, {ended:?}");
        if told.sent > 0 {
            assert_eq!(told.refused.as_deref(), Some("JOURNAL_FAILED"), "{at}: {told:?}");
            assert!(told.durable < 60, "{at}: answered after it failed");
        }
        failed += 1;
        survives(&wish, &told, 60, &at);
    }
    println!("{failed} failed syncs");
}

#[test]
fn syncs_that_fail_for_ever_are_a_loud_stop_at_every_start() {
    if !are_met(STRACE) {
        return;
    }
    let folder = tempdir().expect("a folder");
    let wish = Wish::new(folder.path());
    let (told, ended) = live(&traced(wish.clone(), "fdatasync:error=EIO:when=20+"), 60, u64::MAX);
    assert_eq!(ended.name.as_deref(), Some("JOURNAL_FAILED"), "{told:?}, {ended:?}");
    assert_eq!(told.refused.as_deref(), Some("JOURNAL_FAILED"));
    for start in 0..3 {
        let broken = traced(wish.clone(), "fdatasync:error=EIO:when=1+");
        let ended = Served::start(&broken).map(|_| ()).expect_err("a disk that syncs nothing");
        assert_eq!(ended.name.as_deref(), Some("JOURNAL_FAILED"), "start {start}: {ended:?}");
    }
    survives(&wish, &told, 60, "the disk was replaced");
}

#[test]
fn a_sync_that_takes_half_a_minute_delays_answers_of_value_and_nothing_else() {
    if !are_met(STRACE) {
        return;
    }
    let folder = tempdir().expect("a folder");
    let wish = Wish::new(folder.path());
    let seconds = if tier().as_deref() == Some("full") { 30 } else { 12 };
    // The journal's thread is the first that comes so far.
    let served = Served::start(&traced(wish.clone(), &format!("fdatasync:delay_enter={seconds}s:when=15")));
    let served = served.unwrap_or_else(|ended| panic!("{ended:?}"));
    let mut payer = Payer::begin(&served.link, 7).expect("it greets");
    let mut reads = 0;
    for lsn in 1..=25 {
        payer.pay_next().expect("it listens");
        payer.listen_until(Duration::from_secs(2), |told| told.durable == lsn);
        while payer.told.durable < lsn {
            // Not of value: answered at once, by the same link.
            reads += 1;
            payer.ask().expect("it listens");
            payer.listen_until(Duration::from_secs(2), |told| told.replies == reads || told.durable == lsn);
            assert!(payer.told.replies == reads || payer.told.durable == lsn, "{:?}", payer.told);
            payer.listen_until(Duration::from_millis(300), |told| told.durable == lsn);
        }
    }
    assert!(reads > 2, "nothing had to wait");
    payer.until_applied(25).expect("the link stays");
    let ended = served.stop();
    assert!(ended.status.success(), "{ended:?}");
    compare(&wish, 25, "after a slow sync");
    println!("{reads} reads answered within a sync of {seconds} s");
}
