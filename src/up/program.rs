//! Whether the program on the disk runs: asked for its version, in a thread of its own, with a bound.

use std::{
    io::Read,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc::{SyncSender, sync_channel},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use super::stack::Event;

/// Asks it; the answer comes as [`Event::Checked`].
pub fn check(program: PathBuf, events: &SyncSender<Event>) {
    let asking = events.clone();
    let asked = thread::Builder::new().name("program".to_owned()).spawn(move || {
        let _ = asking.send(Event::Checked(version_of(&program, PATIENCE)));
    });
    if let Err(error) = asked {
        let _ = events.try_send(Event::Checked(Err(format!("no thread to ask the program: {error}"))));
    }
}

fn version_of(program: &Path, patience: Duration) -> Result<String, String> {
    let name = program.display();
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0);
    let mut process = command.spawn().map_err(|error| format!("{name} cannot be started: {error}"))?;
    let pid = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
    let (done, said) = sync_channel(1);
    thread::spawn(move || {
        let mut text = Vec::new();
        let read = process.stdout.take().map(|out| out.take(VERSION_BYTES_MAX).read_to_end(&mut text));
        let status = process.wait();
        let _ = done.send((String::from_utf8_lossy(&text).trim().to_owned(), read.is_some(), status.ok()));
    });
    let Ok((text, _, status)) = said.recv_timeout(patience) else {
        if let Some(pid) = pid {
            // Its thread waits for it, so the number is still its own.
            let _ = kill_process(pid, Signal::KILL);
        }
        return Err(format!("{name} --version says nothing"));
    };
    match status {
        Some(status) if status.success() && text.starts_with("ding ") => Ok(text),
        Some(status) if status.success() => Err(format!("{name} is not ding")),
        status => {
            let how = status.map_or("is lost".to_owned(), |status: ExitStatus| status.to_string());
            Err(format!("{name} --version: {how}"))
        }
    }
}

/// A program that has to be read from a slow disk.
const PATIENCE: Duration = Duration::from_secs(10);
const VERSION_BYTES_MAX: u64 = 1024;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// What a script says that stands where the program should.
    fn of(script: &str, patience: Duration) -> Result<String, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("ding");
        std::fs::write(&program, script).expect("written");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).expect("set");
        version_of(&program, patience)
    }

    #[test]
    fn a_program_that_tells_its_version_runs_and_any_other_does_not() {
        assert_eq!(of("#!/bin/sh\necho ding 9.9.9\n", PATIENCE), Ok("ding 9.9.9".to_owned()));
        assert!(of("#!/bin/sh\necho dong\n", PATIENCE).is_err_and(|why| why.contains("is not ding")));
        assert!(of("#!/bin/sh\nexit 3\n", PATIENCE).is_err_and(|why| why.contains("exit status: 3")));
        assert!(of("no program", PATIENCE).is_err_and(|why| why.contains("cannot be started")));
        assert!(version_of(Path::new("/nowhere/ding"), PATIENCE).is_err());
        // It never ends by itself.
        let silent = of("#!/bin/sh\nread line < /dev/zero\n", Duration::from_millis(50));
        assert!(silent.is_err_and(|why| why.contains("says nothing")));
    }
}
