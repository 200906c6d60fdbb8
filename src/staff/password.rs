//! A password from whoever types the command: from the terminal without showing it, else the first line of
//! standard input. Never an argument: those are seen by others and kept by shells.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    thread,
};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

use crate::exit::{Exit, Failure};

/// Asks for a new password; on a terminal twice.
///
/// # Errors
/// There is none, it is too long, or the two differ.
pub fn ask() -> Result<String, Failure> {
    let failed = |error: io::Error| Failure::new(Exit::Io, format!("standard input: {error}"));
    if !io::stdin().is_terminal() {
        return checked(line().map_err(failed)?);
    }
    watch_signals().map_err(failed)?;
    let first = hidden("New password: ").map_err(failed)?;
    let second = hidden("Again: ").map_err(failed)?;
    if first != second {
        return Err(Failure::new(Exit::Usage, "the two passwords differ"));
    }
    checked(first)
}

fn checked(password: String) -> Result<String, Failure> {
    if (1..=PASSWORD_BYTES_MAX).contains(&password.len()) {
        return Ok(password);
    }
    Err(Failure::new(
        Exit::Usage,
        "a password has 8 characters to 256 bytes: type it, or give it on standard input",
    ))
}

fn line() -> io::Result<String> {
    let mut text = String::new();
    let mut limited = io::Read::take(io::stdin().lock(), LINE_BYTES_MAX);
    limited.read_line(&mut text)?;
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    Ok(text)
}

fn hidden(prompt: &str) -> io::Result<String> {
    let _unseen = Unseen::begin()?;
    // Not locked while it waits: a signal may have to say something too.
    write!(io::stderr(), "{prompt}").and_then(|()| io::stderr().flush())?;
    let text = line();
    writeln!(io::stderr())?;
    text
}

/// Whatever signal ends this process leaves a terminal that shows what is typed. Until the process ends: a signal that
/// was watched once would be ignored afterwards.
fn watch_signals() -> io::Result<()> {
    let before = tcgetattr(io::stdin())?;
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
    thread::Builder::new().name("terminal".to_owned()).spawn(move || {
        for signal in signals.forever() {
            show(&before);
            // What comes next on the terminal is not behind our question.
            let _ = writeln!(io::stderr());
            // Ends the process, as if nobody had watched.
            let _ = emulate_default_handler(signal);
        }
    })?;
    Ok(())
}

/// The terminal does not show what is typed as long as this lives.
struct Unseen(Termios);

impl Unseen {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut unseen = before.clone();
        unseen.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &unseen)?;
        Ok(Self(before))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        show(&self.0);
    }
}

fn show(before: &Termios) {
    // A terminal that is gone shows nothing either.
    let _ = tcsetattr(io::stdin(), OptionalActions::Flush, before);
}

const PASSWORD_BYTES_MAX: usize = proto::limits::PASSWORD_BYTES_MAX;
const LINE_BYTES_MAX: u64 = 4_096;
