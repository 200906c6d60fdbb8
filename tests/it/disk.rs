//! A disk that syncs nothing, under the whole: tried once more, then a loud end with a name and an exit code (F17, Y1).

use std::process::{Command, Stdio};

use lab::needs::{Need, are_met};

use crate::support::{SEED_VARIABLE, TIER_VARIABLE, stack::Stack, within_bound};

#[test]
fn a_disk_that_syncs_nothing_ends_everything_by_name_after_one_more_try() {
    if !are_met(&[Need::Program("strace", "strace")]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    assert_eq!(Stack::start_in(&data, &[]).stop().status.code(), Some(0));
    let mut traced = Command::new("strace");
    traced.args([
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=fdatasync",
        "-e",
        "inject=fdatasync:error=EIO",
    ]);
    traced.arg(env!("CARGO_BIN_EXE_ding")).args(["up", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
    traced.env_remove(TIER_VARIABLE).env_remove(SEED_VARIABLE).stdin(Stdio::null());
    let ended = within_bound("ding up ends", move || traced.output().expect("it runs"));
    let said = String::from_utf8_lossy(&[&ended.stdout[..], &ended.stderr[..]].concat()).into_owned();
    assert_eq!(ended.status.code(), Some(74), "{said}");
    assert!(said.contains("JOURNAL_FAILED") && said.contains("replace the disk"), "{said}");
    assert_eq!(said.matches("\"child.restart\"").count(), 1, "{said}");
    // On a sound one nothing is missing.
    assert_eq!(Stack::start_in(&data, &[]).stop().status.code(), Some(0));
}
