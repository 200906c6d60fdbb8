//! A dbfront in a folder of its own, started and stopped like a process.

use std::{
    os::unix::net::UnixStream,
    path::Path,
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use dbfront::{
    Error, Metrics, Orders, RawConfig, RawStore, Ready,
    config::Config,
    store::{Database, place::Place, sqlite::Sqlite},
};

/// A running dbfront.
pub struct Server {
    pub config: Config,
    pub metrics: Arc<Metrics>,
    pub ready: Ready,
    pub orders: Orders,
    stop: UnixStream,
    thread: JoinHandle<Result<(), Error>>,
}

pub fn config(data: &Path) -> Config {
    RawConfig { segment_bytes: 4 << 20, ..RawConfig::default() }
        .check(RawStore::default(), data)
        .expect("sound")
}

/// The database's file.
pub fn file(config: &Config) -> &Path {
    match &config.store {
        Place::Sqlite(path) => path,
        Place::Mysql(address) => panic!("{address} is no file"),
    }
}

impl Server {
    pub fn start(data: &Path) -> Self {
        Self::start_with(config(data)).expect("starts")
    }

    /// What it says instead, if it does not come up.
    pub fn start_with(config: Config) -> Result<Self, Error> {
        let database = Sqlite::new(file(&config).to_owned());
        Self::start_over(database, config)
    }

    /// The same over any database.
    pub fn start_over(database: impl Database + 'static, config: Config) -> Result<Self, Error> {
        let (stop, theirs) = UnixStream::pair().expect("a pair");
        let metrics = Arc::new(Metrics::default());
        let orders = Orders::default();
        let (ready_in, ready) = mpsc::channel();
        let thread = std::thread::spawn({
            let (config, metrics, orders) = (config.clone(), metrics.clone(), orders.clone());
            move || {
                let ready = Box::new(move |ready| ready_in.send(ready).expect("the test waits"));
                dbfront::run_over_with(Arc::new(database), config, theirs, metrics, &orders, ready)
            }
        });
        match ready.recv_timeout(Duration::from_secs(30)) {
            Ok(ready) => Ok(Self { config, metrics, ready, orders, stop, thread }),
            Err(_) => Err(thread.join().expect("no panic").expect_err("ended without serving")),
        }
    }

    /// Ends it gracefully.
    pub fn stop(self) {
        drop(self.stop);
        self.thread.join().expect("no panic").expect("a good end");
    }

    /// Looks until something is so, at most for `bound`; says whether it was.
    #[expect(clippy::disallowed_methods, reason = "a bound for looking at figures, which send no event")]
    pub fn until(&self, bound: Duration, mut is_so: impl FnMut(&Self) -> bool) -> bool {
        let end = std::time::Instant::now() + bound;
        while !is_so(self) {
            if end <= std::time::Instant::now() {
                return false;
            }
            std::thread::yield_now();
        }
        true
    }

    /// Waits until it ends by itself.
    pub fn end(self) -> Result<(), Error> {
        self.thread.join().expect("no panic")
    }

    pub fn figure(&self, name: &str) -> i64 {
        let figures = self.metrics.figures();
        figures.iter().find(|figure| figure.name == name).expect("a figure").value
    }
}
