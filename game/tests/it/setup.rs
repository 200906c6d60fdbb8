//! A game process of its own for each test.

use std::{
    os::unix::net::UnixStream,
    path::Path,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use game::{Error, Metrics, RawConfig, Ready, Registry, staff::Desk};
use tempfile::TempDir;

use crate::{fake_dbfront::FakeDbfront, fake_gateway::FakeGateway, wire_out::PATIENCE};

/// `game::run` on a thread of its own.
pub struct Game {
    data: TempDir,
    pub metrics: Arc<Metrics>,
    pub desk: Desk,
    readies: mpsc::Receiver<Ready>,
    ends: mpsc::Receiver<Result<(), Error>>,
    stop: Option<UnixStream>,
    _thread: JoinHandle<()>,
}

impl Game {
    /// With hashes that cost next to nothing, and players who may do as much as they like.
    pub fn start(data: TempDir) -> Self {
        Self::start_with(data, |_| ())
    }

    /// `on_ready` is called inside the process when it is ready.
    pub fn start_with(data: TempDir, on_ready: impl FnOnce(Ready) + Send + 'static) -> Self {
        let raw = RawConfig {
            argon2_memory_kib: 64,
            argon2_passes: 1,
            commands_per_s: 1_000_000,
            commands_burst: 1_000_000,
            ..RawConfig::default()
        };
        let config = raw.check(data.path()).unwrap();
        let (stop, stopped) = UnixStream::pair().unwrap();
        let metrics = Arc::new(Metrics::default());
        let (ready_tx, readies) = mpsc::channel();
        let (end_tx, ends) = mpsc::channel();
        let its_metrics = Arc::clone(&metrics);
        let desk = Desk::default();
        let its_desk = desk.clone();
        let thread = thread::spawn(move || {
            let ready = Box::new(move |ready| {
                let _ = ready_tx.send(ready);
                on_ready(ready);
            });
            let end = game::run(Registry::bundled(), config, stopped, its_metrics, &its_desk, ready);
            let _ = end_tx.send(end);
        });
        Self { data, metrics, desk, readies, ends, stop: Some(stop), _thread: thread }
    }

    pub fn data(&self) -> &Path {
        self.data.path()
    }

    pub fn ready(&self) -> Ready {
        self.readies.recv_timeout(PATIENCE).expect("the game becomes ready")
    }

    pub fn ask_to_stop(&mut self) {
        self.stop = None;
    }

    pub fn link_path(&self) -> std::path::PathBuf {
        self.data.path().join("run/game.link")
    }

    pub fn end(&self) -> Result<(), Error> {
        self.ends.recv_timeout(PATIENCE).expect("the game ends")
    }

    /// Whether it has ended already.
    pub fn has_ended(&self) -> bool {
        self.ends.try_recv().is_ok()
    }

    /// Waits for what status shows, while the game runs.
    pub fn until(&self, is_so: impl Fn(&Metrics) -> bool) {
        for _ in 0..PATIENCE.as_millis() {
            if is_so(&self.metrics) {
                return;
            }
            let ended = self.ends.recv_timeout(Duration::from_millis(1));
            assert!(ended.is_err(), "the game has ended: {ended:?}");
        }
        panic!("not so after {PATIENCE:?}: {}", self.metrics.state());
    }

    pub fn end_code(&self) -> &'static str {
        self.end().expect_err("ends with an error").code()
    }

    pub fn figure(&self, name: &str) -> i64 {
        let figures = self.metrics.figures();
        figures.iter().find(|figure| figure.name == name).map(|figure| figure.value).expect("a figure")
    }
}

/// A game that is ready, its dbfront, and one gateway.
pub fn served() -> (Game, FakeDbfront, FakeGateway) {
    let data = tempfile::tempdir().unwrap();
    let dbfront = FakeDbfront::start(data.path());
    let game = Game::start(data);
    game.ready();
    let gateway = FakeGateway::connect(game.data());
    (game, dbfront, gateway)
}
