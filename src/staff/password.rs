//! A password from whoever types the command: from the terminal without showing it, else the first line of
//! standard input. Never an argument: those are seen by others and kept by shells.

use std::io::{self, BufRead, IsTerminal, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

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
    let mut out = io::stderr().lock();
    write!(out, "{prompt}").and_then(|()| out.flush())?;
    let text = line();
    writeln!(out)?;
    text
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
        // A terminal that is gone shows nothing either.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

const PASSWORD_BYTES_MAX: usize = proto::limits::PASSWORD_BYTES_MAX;
const LINE_BYTES_MAX: u64 = 4_096;
