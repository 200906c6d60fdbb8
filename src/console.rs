//! The console in this process: beside the children of `ding up` in a thread of its own, or alone as `ding admin`. What it
//! is, is in its crate.

mod door;
mod layer;

use std::{ffi::OsString, os::unix::net::UnixStream, sync::Arc, thread};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

pub use admin::{Config, DEFAULT_TOML, RawConfig};
pub use layer::Layer;

use crate::{
    args::{Source, operate::Admin},
    clock,
    data::{self, DataFolder},
    exit::{Exit, Failure},
    load::{Loaded, load},
    log, roles,
    roles::Seat,
    story,
    up::screen::Screen,
};

/// Where the pages are.
#[derive(Clone, Debug)]
pub struct Pages {
    /// Of the console.
    pub url: String,
    /// By which the first owner is made, while there is no staff.
    pub setup: Option<String>,
}

impl Pages {
    /// For whoever sits at the terminal.
    #[must_use]
    pub fn lines(&self) -> String {
        let setup = self
            .setup
            .as_ref()
            .map(|link| format!("  Set up    {link}   makes the console's owner, once, within the hour\n"));
        format!("  Console   {}\n{}", self.url, setup.unwrap_or_default())
    }
}

/// A console that serves until this is dropped.
#[derive(Debug)]
pub struct Beside {
    pages: Pages,
    stop: Option<UnixStream>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Beside {
    /// Where they are.
    #[must_use]
    pub fn pages(&self) -> Pages {
        self.pages.clone()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.stop = None;
        // It panicked: that was told then.
        let _ = self.thread.take().map(thread::JoinHandle::join);
    }
}

/// A console beside the processes of this folder. Where there can be none, the log says why by name, and the processes go
/// on without.
#[must_use]
pub fn beside(folder: &DataFolder, source: &Source, loaded: &Loaded, layer: Layer) -> Option<Beside> {
    let config = loaded.config.console.clone();
    config.listen?;
    let check = check(source, loaded);
    let begun = open("up", config, folder, check, layer).and_then(|console| {
        let pages = pages(&console);
        let (stop, stopped) = UnixStream::pair().map_err(|error| io(folder, error))?;
        let run = move || {
            if let Err(error) = console.run(stopped) {
                tracing::error!(event = "console.lost", name = error.code(), text = error.to_string());
            }
        };
        let thread = thread::Builder::new().name("console".to_owned()).spawn(run);
        let thread = Some(thread.map_err(|error| io(folder, error))?);
        Ok(Beside { pages, stop: Some(stop), thread })
    });
    begun
        .inspect_err(|error| {
            tracing::warn!(event = "console.none", name = error.code(), text = error.to_string());
        })
        .ok()
}

/// Serves the console alone, until it is asked to stop.
///
/// # Errors
/// Its named stop, or what is wrong with the settings.
pub fn admin(args: &Admin) -> Result<(), Failure> {
    let mut source = args.source.clone();
    source.set.extend(args.listen.map(|listen| format!("console.listen={listen}")));
    let started = clock::now();
    let loaded = load(&source)?;
    data::keep_private();
    let folder = DataFolder::open(&source.data)?;
    log::start(&loaded.config.log, "admin", log::Naming::Word);
    // `ding up` has none where there is no address; this is asked for.
    let mut config = loaded.config.console.clone();
    config.listen.get_or_insert(admin::DEFAULT_LISTEN);
    let check = check(&source, &loaded);
    let layer = Layer::new(&source, &loaded);
    let socket = folder.admin_socket();
    let ended = open("admin", config, &folder, check, layer.clone()).and_then(|console| {
        let opened = door::open(&socket, layer, started);
        let _door = opened.map_err(|error| admin::Error::Io { path: socket.clone(), error })?;
        Screen::new(false).note(&format!("ding admin\n\n{}", pages(&console).lines()));
        let (stop, stopped) = UnixStream::pair().map_err(|error| io(&folder, error))?;
        watch_signals(stop).map_err(|error| io(&folder, error))?;
        // The socket's file stays: another console may have the folder as soon as this one has ended.
        console.run(stopped)
    });
    ended.map_err(|error| Failure::new(Exit::of_stop(error.code()), format!("{}: {error}", error.code())))
}

fn open(
    name: &'static str,
    config: Config,
    folder: &DataFolder,
    check: Vec<OsString>,
    layer: Layer,
) -> Result<admin::Console, admin::Error> {
    let own = std::env::current_exe();
    let again = own.map_err(|error| admin::Error::Io { path: "/proc/self/exe".into(), error })?;
    let seats = Seat::all(Seat::GATEWAYS_MAX).into_iter().map(|seat| admin::Seat {
        name: seat.name(),
        role: seat.role().name(),
        socket: folder.control_socket(seat),
        is_needed: seat.number() == 1,
    });
    let about = admin::About {
        data: folder.path().to_owned(),
        seats: seats.collect(),
        explain: roles::staff_error_text,
        told: story::body,
        again: vec![again.into_os_string(), "replay".into()],
        own: admin::Own { name, tail: log::tail, raise: log::raise },
        check,
        settings: Arc::new(layer),
    };
    admin::Console::open(config, about)
}

/// `ding audit` of this world, by this very program; nothing where its file is not known.
fn check(source: &Source, loaded: &Loaded) -> Vec<OsString> {
    let Ok(program) = std::env::current_exe() else { return Vec::new() };
    let mut command: Vec<OsString> =
        vec![program.into(), "audit".into(), "--json".into(), "--data".into(), (&source.data).into()];
    if let Some(file) = &loaded.file {
        command.extend(["--config".into(), file.into()]);
    }
    command.extend(source.set.iter().flat_map(|set| ["--set".into(), set.into()]));
    command
}

fn pages(console: &admin::Console) -> Pages {
    Pages { url: console.url(), setup: console.setup_link() }
}

/// The first signal ends it, a second one the process as if unhandled.
fn watch_signals(stop: UnixStream) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut stop = Some(stop);
        for signal in signals.forever() {
            if stop.take().is_none() {
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        }
    })?;
    Ok(())
}

fn io(folder: &DataFolder, error: std::io::Error) -> admin::Error {
    admin::Error::Io { path: folder.path().to_owned(), error }
}
