//! Named places on the way of a command from its effect in memory to its answer on the wire, where a build for tests
//! can be told to die: the feature `failpoints`, which no default build has. Knows nothing of what happens there.
//!
//! The variable `FAILPOINTS` (of the crate `fail`) says where: `store.write=9*off->return(kill)` ends the process when
//! it writes for the tenth time.

/// A place. `point!("a.name", if it_matters)` counts only if it does, and one with `after work` works before it dies.
/// Nothing at all without the feature.
#[cfg(not(feature = "failpoints"))]
macro_rules! point {
    ($name:literal) => {};
    ($name:literal, after $work:expr) => {};
    ($name:literal, if $matters:expr) => {};
    ($name:literal, if $matters:expr, after $work:expr) => {};
}

#[cfg(feature = "failpoints")]
macro_rules! point {
    ($name:literal) => {
        $crate::failpoint::pass($name, || ())
    };
    ($name:literal, after $work:expr) => {
        $crate::failpoint::pass($name, || $work)
    };
    ($name:literal, if $matters:expr) => {
        if $matters {
            $crate::failpoint::pass($name, || ());
        }
    };
    ($name:literal, if $matters:expr, after $work:expr) => {
        if $matters {
            $crate::failpoint::pass($name, || $work);
        }
    };
}

pub(crate) use point;

#[cfg(feature = "failpoints")]
pub use self::armed::POINTS;
#[cfg(feature = "failpoints")]
pub(crate) use self::armed::{arm, pass};

#[cfg(feature = "failpoints")]
mod armed {
    use std::sync::OnceLock;

    use rustix::process::{Signal, getpid, kill_process};

    /// Every place, in the order in which a command passes them.
    pub const POINTS: &[&str] = &[
        "commit.checked",
        "commit.queued",
        "commit.applied",
        "turn.closed",
        "store.write",
        "store.half",
        "store.written",
        "durable.come",
        "durable.known",
        "reply.write",
        "reply.half",
        "reply.written",
    ];

    static ARMED: OnceLock<()> = OnceLock::new();

    /// Reads once what is asked for.
    ///
    /// # Panics
    /// If the variable makes no sense.
    pub(crate) fn arm() {
        ARMED.get_or_init(|| std::mem::forget(fail::FailScenario::setup()));
    }

    /// Works and dies, if that is asked for here.
    pub(crate) fn pass(name: &str, work: impl FnOnce()) {
        let Some(what) = fail::eval(name, |what| what.unwrap_or_default()) else { return };
        assert_eq!(what, "kill", "FAILPOINTS asks for return({what}): kill");
        work();
        kill_process(getpid(), Signal::KILL).expect("a process may end itself");
        loop {
            std::thread::park();
        }
    }
}
