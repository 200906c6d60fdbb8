//! One role as a child process: its lifeline, its words, its log lines.

use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::SyncSender,
    thread,
};

use serde_json::Value;

use super::{Event, Life, screen::Screen, word::Word};
use crate::{
    args::Source,
    exit::{Exit, Failure},
    roles::Role,
};

/// How children are started.
#[derive(Clone, Debug)]
pub struct Launch {
    program: PathBuf,
    arguments: Vec<OsString>,
    listen: Option<String>,
}

impl Launch {
    /// This very program, with the settings of this command line.
    ///
    /// # Errors
    /// The program's own file is not known.
    pub fn new(source: &Source, file: Option<&Path>, json: bool) -> Result<Self, Failure> {
        let program = std::env::current_exe()
            .map_err(|error| Failure::new(Exit::Internal, format!("cannot find my own program: {error}")))?;
        let mut arguments: Vec<OsString> =
            vec!["--supervised".into(), "--data".into(), (&source.data).into()];
        if let Some(file) = file {
            arguments.extend(["--config".into(), file.into()]);
        }
        // The children's log goes through a pipe, so what the terminal decided is handed down.
        let format = if json { "log.format=json" } else { "log.format=text" };
        for set in source.set.iter().map(String::as_str).chain([format]) {
            arguments.extend(["--set".into(), set.into()]);
        }
        Ok(Self { program, arguments, listen: None })
    }

    /// Port 0 chose an address; players must find the gateway there after its restart too.
    pub fn keep_address(&mut self, about: &Value) {
        if let Some(listen) = about["listen"].as_str() {
            self.listen = Some(format!("gateway.listen={listen}"));
        }
    }

    /// Starts a role in a process group of its own, so that the terminal's Ctrl-C reaches only the parent.
    ///
    /// # Errors
    /// The process or its threads cannot be made.
    pub fn spawn(&self, life: Life, events: &SyncSender<Event>, screen: &Screen) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.arg(life.role.name()).args(&self.arguments);
        if let (Role::Gateway, Some(listen)) = (life.role, &self.listen) {
            command.args(["--set", listen]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut process = command.spawn()?;
        let (Some(lifeline), Some(out), Some(err)) =
            (process.stdin.take(), process.stdout.take(), process.stderr.take())
        else {
            return Err(io::Error::other("a pipe is missing"));
        };
        let child = Child { process, lifeline: Some(lifeline) };
        let events = events.clone();
        let name = life.role.name();
        let screen = *screen;
        let log = thread::Builder::new()
            .name(format!("{name}-log"))
            .spawn(move || for_each_line(err, |line| screen.child_line(life.role, line)))?;
        thread::Builder::new().name(format!("{name}-words")).spawn(move || {
            for_each_line(out, |line| {
                if let Some(word) = Word::parse(line) {
                    let _ = events.send(Event::Said(life, word));
                }
            });
            // Its last lines are the ones that say why.
            let _ = log.join();
            let _ = events.send(Event::Gone(life));
        })?;
        Ok(child)
    }
}

/// A running process. Dropping it ends its lifeline, so no path leaves a child without a parent.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    lifeline: Option<ChildStdin>,
}

impl Child {
    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to stop.
    pub fn end_lifeline(&mut self) {
        self.lifeline = None;
    }

    /// Ends it.
    pub fn kill(&mut self) {
        // Fails only when it has ended already.
        let _ = self.process.kill();
    }

    /// Its exit status; returns at once if its standard output has ended.
    ///
    /// # Errors
    /// The system's.
    pub fn wait(mut self) -> io::Result<ExitStatus> {
        self.lifeline = None;
        self.process.wait()
    }
}

/// Hands out lines until the end; a longer line comes in pieces.
fn for_each_line(source: impl Read, mut each: impl FnMut(&str)) {
    let mut reader = BufReader::new(source);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes) {
            Ok(0) => return,
            Ok(_) => each(String::from_utf8_lossy(&bytes).trim_end()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(_) => return,
        }
    }
}

const LINE_BYTES_MAX: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_end_comes_in_bounded_pieces() {
        let endless = "x".repeat(100_000);
        let mut lengths = Vec::new();
        for_each_line(format!("a\n{endless}\nb").as_bytes(), |line| lengths.push(line.len()));
        assert_eq!(lengths, [1, 65_536, 100_000 - 65_536, 1]);
    }
}
