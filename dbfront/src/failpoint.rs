//! Named places between two durable steps, where a build for tests can be told to die, wait or fail: the feature
//! `failpoints`, which no default build has. Knows nothing of what happens there.
//!
//! What happens is asked for by the variable `FAILPOINTS` (of the crate `fail`): `journal.sync=return(kill)`,
//! `disk.sync=3*off->1*return(eio)`, `apply.commit=panic`. A `return` says `kill`, `eio`, `enospc` or `erofs`. That is
//! asked for once, before the process begins; while it runs, a file that the variable [`SYNC_CALL`] names asks for one
//! failing sync of the journal.

/// Names a file. When it is there the journal's next sync takes it away and fails.
pub const SYNC_CALL: &str = "FAILPOINT_SYNC_CALL";

/// A place. `point!("a.name")` can only die or wait there, `point!("a.name", fails)` returns the error that was
/// asked for, and `point!("a.name", after work)` does some work first if anything is asked for. Nothing at all
/// without the feature.
#[cfg(not(feature = "failpoints"))]
macro_rules! point {
    ($name:literal) => {};
    ($name:literal, fails) => {};
    ($name:literal, after $work:expr) => {};
}

#[cfg(feature = "failpoints")]
macro_rules! point {
    ($name:literal) => {
        $crate::failpoint::pass($name)
    };
    ($name:literal, fails) => {
        $crate::failpoint::reach($name)?
    };
    ($name:literal, after $work:expr) => {
        if let Some(what) = $crate::failpoint::asked($name) {
            $work;
            $crate::failpoint::certain($name, &$crate::failpoint::act(&what));
        }
    };
}

pub(crate) use point;

#[cfg(feature = "failpoints")]
pub use self::armed::{POINTS, arm};
#[cfg(feature = "failpoints")]
pub(crate) use self::armed::{act, asked, certain, pass, reach};

#[cfg(feature = "failpoints")]
mod armed {
    use std::{cell::Cell, env, fs, io, path::PathBuf, sync::OnceLock};

    use rustix::process::{Signal, getpid, kill_process};

    /// Every place, in the order of a world's life.
    pub const POINTS: &[&str] = &[
        "found.prepared",
        "found.created",
        "found.header",
        "found.journal",
        "found.sealed",
        "found.published",
        "recovery.listed",
        "recovery.examined",
        "recovery.unlinked",
        "recovery.aside",
        "recovery.created",
        "recovery.copied",
        "recovery.copy_synced",
        "recovery.header",
        "recovery.header_synced",
        "recovery.cut",
        "recovery.done",
        "recovery.term",
        "recovery.loaded",
        "journal.epoch",
        "journal.append",
        "journal.write",
        "journal.half",
        "journal.written",
        "journal.sync",
        "journal.synced",
        "journal.ack",
        "journal.mark",
        "journal.seal",
        "rotate.begin",
        "rotate.begun",
        "spare.create",
        "spare.created",
        "spare.zeroed",
        "spare.synced",
        "spare.ready",
        "recycle.blank",
        "recycle.blanked",
        "recycle.synced",
        "recycle.renamed",
        "recycle.ready",
        "retention.unlink",
        "retention.unlinked",
        "retention.synced",
        "migrate.begun",
        "migrate.statement",
        "migrate.versioned",
        "migrate.finished",
        "apply.begin",
        "apply.cursor",
        "apply.statement",
        "apply.commit",
        "apply.committed",
        "apply.say",
        "disk.create",
        "disk.write",
        "disk.sync",
        "disk.sync_dir",
        "disk.truncate",
        "disk.unlink",
        "disk.rename",
    ];

    static ARMED: OnceLock<()> = OnceLock::new();
    /// See [`super::SYNC_CALL`].
    static CALL: OnceLock<PathBuf> = OnceLock::new();

    thread_local! {
        /// The next sync of this thread fails.
        static SYNC_FAILS: Cell<bool> = const { Cell::new(false) };
    }

    /// Reads once what is asked for.
    ///
    /// # Panics
    /// If the variable makes no sense.
    pub fn arm() {
        ARMED.get_or_init(|| {
            if let Some(file) = env::var_os(super::SYNC_CALL) {
                CALL.get_or_init(|| file.into());
            }
            std::mem::forget(fail::FailScenario::setup());
        });
    }

    /// At a place that can fail.
    pub(crate) fn reach(name: &str) -> io::Result<()> {
        asked(name).map_or(Ok(()), |what| act(&what))
    }

    /// At a place that cannot.
    pub(crate) fn pass(name: &str) {
        certain(name, &reach(name));
    }

    pub(crate) fn certain(name: &str, result: &io::Result<()>) {
        assert!(result.is_ok(), "{name} is no place for an error");
    }

    /// Waits or panics if that is asked for, and says what else is.
    pub(crate) fn asked(name: &str) -> Option<String> {
        if name == "journal.sync" && CALL.get().is_some_and(|file| fs::remove_file(file).is_ok()) {
            SYNC_FAILS.set(true);
        }
        if name == "disk.sync" && SYNC_FAILS.take() {
            return Some("eio".to_owned());
        }
        fail::eval(name, |what| what.unwrap_or_default())
    }

    pub(crate) fn act(what: &str) -> io::Result<()> {
        let kind = match what {
            "kill" => {
                kill_process(getpid(), Signal::KILL).expect("a process may end itself");
                loop {
                    std::thread::park();
                }
            }
            "eio" => return Err(io::Error::from_raw_os_error(rustix::io::Errno::IO.raw_os_error())),
            "enospc" => io::ErrorKind::StorageFull,
            "erofs" => io::ErrorKind::ReadOnlyFilesystem,
            other => panic!("FAILPOINTS asks for return({other}): kill, eio, enospc or erofs"),
        };
        Err(kind.into())
    }
}
