//! The console from its start to its end: address, folder, link of the first owner, and the runtime that all of it runs
//! on. Decides nothing.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    os::unix::net::UnixStream,
    path::Path,
    sync::Arc,
    time::Duration,
};

use proto::handshake::BUILD;
use tokio::{io::AsyncReadExt as _, runtime::Builder, sync::watch, time::timeout};

use super::{
    audit_file::AuditFile,
    certificate::Certificate,
    checker::Checker,
    clock,
    desk::{ACTING_MAX, Desk, Parts, State, random_token},
    economy::Economy,
    game::Game,
    guard::Front,
    hasher::Hasher,
    noting,
    played::Player,
    processes, server,
    store::{Running, Store},
    table,
};
use crate::{
    About, Config, Error,
    config::DEFAULT_LISTEN,
    logic::{gifts::Gifts, sessions::Token, setup::Setup, staff::Roster},
};

/// See [`crate::Console`].
#[derive(Debug)]
pub(crate) struct Served {
    listener: TcpListener,
    address: SocketAddr,
    certificate: Option<Certificate>,
    hosts: Vec<String>,
    store: Store,
    audit: AuditFile,
    roster: Roster,
    gifts: Gifts,
    token: Option<String>,
    about: About,
    patience: Duration,
}

impl Served {
    pub(crate) fn open(config: Config, about: About) -> Result<Self, Error> {
        let listen = config.listen.unwrap_or(DEFAULT_LISTEN);
        let certificate = config.tls.map(Certificate::load).transpose()?;
        let hosts = config.hosts;
        let store = Store::open(&about.data)?;
        let (roster, gifts) = (store.staff()?, store.gifts()?);
        let path = store.audit();
        let audit = AuditFile::open(&path).map_err(|error| of_file(&path, error))?;
        if let Some(n) = audit.broken_at() {
            tracing::error!(
                event = "console.audit_broken",
                n,
                text = "the audit log was changed from outside before this line",
            );
        }
        let listener = TcpListener::bind(listen).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => Error::AddressInUse(listen),
            _ => Error::Listen { address: listen, error },
        })?;
        let named = |error| Error::Listen { address: listen, error };
        listener.set_nonblocking(true).map_err(named)?;
        let address = listener.local_addr().map_err(named)?;
        let running = Running {
            pid: std::process::id(),
            inside: about.own.name.to_owned(),
            url: Front::new(address, &hosts, certificate.is_some()).url(),
            version: BUILD.to_owned(),
            since_ms: clock::wall_ms(),
        };
        store.tell(&running).map_err(|error| of_file(&path, error))?;
        let token = if roster.is_empty() {
            let random =
                random_token().map_err(|refusal| of_file(&path, io::Error::other(refusal.code())))?;
            Some(Token::text(&random))
        } else {
            None
        };
        let patience = server::PATIENCE;
        Ok(Self {
            listener,
            address,
            certificate,
            hosts,
            store,
            audit,
            roster,
            gifts,
            token,
            about,
            patience,
        })
    }

    pub(crate) fn url(&self) -> String {
        self.front().url()
    }

    pub(crate) fn setup_link(&self) -> Option<String> {
        self.token.as_ref().map(|token| format!("{}/setup#{token}", self.url()))
    }

    fn front(&self) -> Front {
        Front::new(self.address, &self.hosts, self.certificate.is_some())
    }

    #[cfg(test)]
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// With less patience than is good for people.
    #[cfg(test)]
    pub(super) fn impatient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub(crate) fn run(self, stop: UnixStream) -> Result<(), Error> {
        let data = self.about.data.clone();
        let failed = |error| of_file(&data, error);
        let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(BLOCKING_MAX).build();
        runtime.map_err(failed)?.block_on(self.serve(stop)).map_err(failed)
    }

    async fn serve(self, stop: UnixStream) -> io::Result<()> {
        let front = self.front();
        let Self {
            listener, address, certificate, store, audit, roster, gifts, token, about, patience, ..
        } = self;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        stop.set_nonblocking(true)?;
        let mut stop = tokio::net::UnixStream::from_std(stop)?;
        let setup = token.map_or_else(Setup::default, |token| Setup::new(&token, clock::now()));
        let socket = |role: &str| {
            let seat = about.seats.iter().find(|seat| seat.role == role);
            seat.map(|seat| seat.socket.clone()).unwrap_or_default()
        };
        let gateways = about.seats.iter().filter(|seat| seat.role == "gateway");
        let (samples, latest) = watch::channel(Arc::default());
        let world = about.data.file_name().map(|name| name.to_string_lossy().into_owned());
        let desk = Arc::new(Desk::new(Parts {
            state: State { roster, setup, ..State::default() },
            hasher: Hasher::start()?,
            game: Game::new(socket("game"), about.explain),
            data: about.data.clone(),
            dbfront: socket("dbfront"),
            gateways: gateways.map(|seat| (seat.name, seat.socket.clone())).collect(),
            economy: Economy::new(Checker::new(about.check)),
            latest,
            seats: about.seats.clone(),
            own: about.own,
            world: world.unwrap_or_default(),
            told: about.told,
            player: Player::new(about.again, about.data),
            store,
            audit,
            gifts,
            settings: about.settings,
        }));
        let router = table::router(&desk, front);
        tokio::spawn(noting::tell(Arc::clone(&desk)));
        tokio::spawn(processes::watch(about.seats, Arc::clone(&desk), samples));
        let tls = certificate.is_some();
        tracing::info!(event = "console.ready", listen = %address, tls);
        let mut byte = [0; 1];
        tokio::select! {
            () = server::accept(listener, certificate, router, patience) => (),
            // Whoever started it is done with it, or gone.
            _ended = stop.read(&mut byte) => (),
        }
        // What was begun is done and written down.
        let all = desk.acting.acquire_many(ACTING_MAX);
        let _ = timeout(LAST_DEEDS, all).await;
        Ok(())
    }
}

fn of_file(path: &Path, error: io::Error) -> Error {
    Error::Io { path: path.to_owned(), error }
}

/// One for the list of staff, one for the audit log.
const BLOCKING_MAX: usize = 2;
/// As long as a deed may wait for game and its database.
const LAST_DEEDS: Duration = Duration::from_secs(20);
