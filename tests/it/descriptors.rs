//! Open files that are used up, on a real server: who knocks waits, nobody spins, and all are served afterwards.

use std::{os::unix::net::UnixStream, sync::mpsc, time::Duration};

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use crate::support::{
    read,
    stack::{Role, Stack},
};

/// Allows a process that this test started so many open files; nothing: as many as it may have.
pub fn allow(pid: u32, files: Option<u64>) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
    let maximum = getrlimit(Resource::Nofile).maximum;
    prlimit(Some(pid), Resource::Nofile, Rlimit { current: files.or(maximum), maximum }).expect("ours");
}

/// Processor time of a process so far, in hundredths of a second.
pub fn processor(pid: u32) -> u64 {
    let stat = read(std::path::Path::new(&format!("/proc/{pid}/stat")));
    let (_, rest) = stat.rsplit_once(") ").expect("a name in brackets");
    rest.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
}

#[test]
fn a_process_without_open_files_does_not_spin_and_serves_later_who_knocked_meanwhile() {
    let stack = Stack::start(&[]);
    let run = stack.data().join("run");
    let pid = stack.pid(Role::Dbfront);
    // What is open stays open: only new ones are refused.
    allow(pid, Some(3));
    let _knocking =
        ["dbfront.sock", "dbfront.link"].map(|socket| UnixStream::connect(run.join(socket)).expect("queued"));
    for door in ["control", "link"] {
        stack.log.wait_for(0, &["accept.exhausted", &format!("\"door\":\"{door}\"")]);
    }
    let (began, used) = (ding::clock::now(), processor(pid));
    let (_never, nothing) = mpsc::channel::<()>();
    // A measurement over a while, not a wait for something.
    let _ = nothing.recv_timeout(Duration::from_millis(500));
    let used = processor(pid) - used;
    let passed = ding::clock::now().saturating_duration_since(began);
    assert!(
        u128::from(used) * 10 * 2 < passed.as_millis(),
        "{used} hundredths of a second of work in {passed:?}"
    );
    allow(pid, None);
    assert_eq!(stack.role(Role::Dbfront)["ready"], true);
    let told = stack.stop().log.matches("accept.exhausted").count();
    assert!(told < 20, "{told} lines about it");
}
