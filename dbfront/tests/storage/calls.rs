//! Killed at each n-th call of the system, whichever it is (F02).

use tempfile::tempdir;

use crate::{
    child::Wish,
    ledger::{compare, live, survives},
    needs::{Need, are_met, tier},
};

const STRACE: &[Need] = &[Need::Program("strace", "strace")];
/// Records of the script: three segments and more.
const ALL: u64 = 40;

/// dbfront as strace's child, which counts calls by thread.
pub fn traced(wish: Wish, what: &str) -> Wish {
    let inject = format!("inject={what}");
    let calls = format!("trace={}", what.split(':').next().expect("calls"));
    wish.under(&["strace", "-f", "-qq", "-o", "/dev/null", "-e", &calls, "-e", &inject])
}

/// Kills at each n-th call until the script completes; how many lives ended so.
fn killed_at_each(call: &str, step: usize) -> u64 {
    let mut deaths = 0;
    for n in (1..).step_by(step) {
        let folder = tempdir().expect("a folder");
        let wish = Wish { keep_bytes: 0, ..Wish::new(folder.path()) };
        let at = format!("{call} number {n}");
        let (told, ended) = live(&traced(wish.clone(), &format!("{call}:signal=KILL:when={n}")), ALL, 4);
        if !ended.was_killed() {
            assert!(ended.status.success() && told.durable == ALL, "{at}: {told:?}, {ended:?}");
            compare(&wish, ALL, &at);
            println!("{call}: killed {deaths} times");
            return deaths;
        }
        deaths += 1;
        survives(&wish, &told, ALL, &at);
    }
    deaths
}

/// In a short run not at each of the many.
pub fn step(ci: usize) -> usize {
    if tier().as_deref() == Some("full") { 1 } else { ci }
}

#[test]
fn a_dbfront_killed_at_each_sync_loses_nothing_and_doubles_nothing() {
    if are_met(STRACE) {
        assert!(killed_at_each("fdatasync", step(5)) > 5);
        assert!(killed_at_each("fsync", step(5)) > 2);
    }
}

#[test]
fn a_dbfront_killed_at_each_write_loses_nothing_and_doubles_nothing() {
    if are_met(STRACE) {
        assert!(killed_at_each("pwrite64", step(13)) > 5);
        assert!(killed_at_each("write", step(7)) > 2);
    }
}

#[test]
fn a_dbfront_killed_at_each_open_unlink_rename_and_send_loses_nothing_and_doubles_nothing() {
    if are_met(STRACE) {
        assert!(killed_at_each("openat", step(5)) > 3);
        assert!(killed_at_each("unlink,unlinkat", step(3)) > 1);
        assert!(killed_at_each("rename,renameat,renameat2", 1) > 0);
        assert!(killed_at_each("sendto,sendmsg,writev", step(7)) > 0);
    }
}
