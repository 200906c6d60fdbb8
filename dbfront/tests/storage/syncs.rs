//! Syncs that fail once, for ever, or take half a minute (F16, F17, F21).

use tempfile::tempdir;

use crate::{
    calls::{step, traced},
    child::{Served, Wish},
    ledger::{live, survives},
    needs::{Need, are_met},
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
