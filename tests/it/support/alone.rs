//! A role of its own, without `ding up`.

use std::process::{Child, Stdio};

use rustix::process::Signal;

use super::{
    lines::Lines,
    stack::{ding, signal},
};

/// A role of its own beside a stack, with its log.
pub struct Alone {
    child: Child,
    /// What it logs.
    pub log: Lines,
}

impl Alone {
    /// With these words on its command line.
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = ding(arguments);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let log = Lines::of(child.stderr.take().expect("piped"));
        Self { child, log }
    }

    /// Ctrl-C, which must go well.
    pub fn stop(mut self) {
        signal(self.child.id(), Signal::TERM);
        let log = self.log.whole();
        assert!(self.child.wait().expect("it ends").success(), "{log}");
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // Fails only when it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
