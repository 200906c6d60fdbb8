//! What is typed at a terminal: a password is not shown, and whatever ends the question, the terminal shows again.

use std::{
    fs::File,
    io::{Read, Write},
    os::{fd::OwnedFd, unix::process::ExitStatusExt},
    process::{Child, ExitStatus, Stdio},
};

use rustix::{
    fs::{Mode, OFlags, open},
    process::Signal,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, tcgetattr},
};

use crate::support::{
    stack::{ding, signal},
    within_bound,
};

/// A terminal, and whoever sits at it.
struct Terminal {
    keyboard: File,
    end: OwnedFd,
}

impl Terminal {
    fn new() -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&keyboard).and_then(|()| unlockpt(&keyboard)).expect("ours");
        let name = ptsname(&keyboard, Vec::new()).expect("a name");
        let end = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("opens");
        Self { keyboard: keyboard.into(), end }
    }

    fn shows_what_is_typed(&self) -> bool {
        tcgetattr(&self.end).expect("a terminal").local_modes.contains(LocalModes::ECHO)
    }

    /// The command, which asks here.
    fn run(&self) -> Child {
        let end = || Stdio::from(self.end.try_clone().expect("one more"));
        let mut command = ding(&["account", "set-password", "Anabel", "--data", "/nowhere"]);
        command.stdin(end()).stdout(end()).stderr(end()).spawn().expect("it runs")
    }

    /// Reads until this stands there.
    fn wait_for(&mut self, text: &str) -> String {
        let mut seen = String::new();
        let mut byte = [0];
        while !seen.contains(text) {
            self.keyboard.read_exact(&mut byte).expect("more");
            seen.push(char::from(byte[0]));
        }
        seen
    }
}

fn end_of(mut child: Child) -> ExitStatus {
    within_bound("the command ends", move || child.wait().expect("it ran"))
}

#[test]
fn a_signal_at_the_hidden_question_leaves_a_terminal_that_shows_again() {
    for number in [Signal::INT, Signal::TERM] {
        let mut terminal = Terminal::new();
        let child = terminal.run();
        terminal.wait_for("New password: ");
        assert!(!terminal.shows_what_is_typed());
        signal(child.id(), number);
        assert_eq!(end_of(child).signal(), Some(number.as_raw()), "as if nobody had watched");
        assert!(terminal.shows_what_is_typed());
    }
}

#[test]
fn a_password_is_not_shown_while_it_is_typed_and_what_is_typed_afterwards_is() {
    let mut terminal = Terminal::new();
    let child = terminal.run();
    let mut seen = terminal.wait_for("New password: ");
    terminal.keyboard.write_all(b"a wardrobe\n").expect("typed");
    seen += &terminal.wait_for("Again: ");
    terminal.keyboard.write_all(b"a wardrobe\n").expect("typed");
    seen += &terminal.wait_for("game does not run");
    assert!(!seen.contains("wardrobe"), "{seen}");
    assert_eq!(end_of(child).code(), Some(69));
    assert!(terminal.shows_what_is_typed());
}
