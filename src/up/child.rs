//! One role as a child process: its lifeline, its words, its log lines.

use std::{
    ffi::OsString,
    io::{self, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::SyncSender,
    thread,
};

use serde_json::Value;

use super::{
    lines::for_each_line,
    screen::Screen,
    stack::{Event, Life},
    word::{Order, Word},
};
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

    /// Its file, as it was found at the start.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Port 0 chose an address; players must find the gateway there after its restart too, and further ones there.
    pub fn keep_address(&mut self, about: &Value) {
        if let Some(listen) = about["listen"].as_str() {
            self.listen = Some(format!("gateway.listen={listen}"));
        }
    }

    /// Starts a process in a process group of its own, so that the terminal's Ctrl-C reaches only the parent.
    ///
    /// # Errors
    /// The process or its threads cannot be made.
    pub fn spawn(
        &self,
        life: Life,
        manner: Manner,
        events: &SyncSender<Event>,
        screen: &Screen,
    ) -> io::Result<Child> {
        let seat = life.seat;
        let mut command = Command::new(&self.program);
        command.arg(seat.role().name()).args(&self.arguments);
        if manner.stands_by {
            command.arg("--standby");
        }
        if let (Role::Gateway, Some(listen)) = (seat.role(), &self.listen) {
            command.args(["--set", listen]);
            // Before the first one serves, whoever else is there is a stranger.
            if manner.is_shared {
                command.arg("--shared");
            }
        }
        if 1 < seat.number() {
            command.args(["--number", &seat.number().to_string()]);
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
        let name = seat.name();
        let screen = *screen;
        let log = thread::Builder::new()
            .name(format!("{name}-log"))
            .spawn(move || for_each_line(err, |line| screen.child_line(seat, line)))?;
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

/// How a process is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// It waits for its turn.
    pub stands_by: bool,
    /// Others of ours listen where it does.
    pub is_shared: bool,
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

    /// Says a word to it.
    pub fn tell(&mut self, order: Order) {
        if let Some(lifeline) = &mut self.lifeline {
            // One that has ended does not hear it.
            let _ = writeln!(lifeline, "{}", order.line());
        }
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
