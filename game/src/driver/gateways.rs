//! The socket to which gateway threads connect: who may come in, and each link from its handshake to its
//! end. Knows no client.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::Path,
    sync::Arc,
    time::Duration,
};

use proto::{
    handshake::{self, Role},
    ids::LinkId,
    limits::LINK_DOWN_BYTES_MAX,
    link::{LinkHello, LinkWelcome},
    link_io::{self, Op, Record},
    prescan::Budget,
    wire,
};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::Semaphore,
    time::timeout,
};

use super::{
    input::{Batch, Input, Inputs, LINKS_MAX, LinkUp},
    outbox::Outbox,
    pump::{self, LinkEnd},
};

/// Opens the socket; its folder is made if it is absent, and what a dead process left there removed.
pub(super) fn listen(path: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => (),
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Where gateways knock. Goes with the listener: a socket that nobody serves would let them wait for nothing.
pub(super) struct Place<'a> {
    path: &'a Path,
    /// Device and inode: another game that took over has a socket of its own there.
    own: Option<(u64, u64)>,
}

impl<'a> Place<'a> {
    /// Of a socket that listens here now.
    pub(super) fn of(path: &'a Path) -> Self {
        Self { path, own: identity(path) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if identity(self.path) == self.own {
            // Without the right to it, the next start removes it or says so.
            let _ = fs::remove_file(self.path);
        }
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// Accepts gateway threads for ever, a task each.
pub(super) async fn serve(listener: UnixListener, welcome: LinkWelcome, inputs: Inputs) {
    let places = Arc::new(Semaphore::new(LINKS_MAX));
    let welcome = Arc::new(welcome);
    let mut links_made = 0;
    loop {
        match listener.accept().await {
            Ok((stream, _address)) => {
                links_made += 1;
                let gate = Gate {
                    link: LinkId(links_made),
                    welcome: Arc::clone(&welcome),
                    places: Arc::clone(&places),
                    inputs: inputs.clone(),
                };
                tokio::spawn(async move {
                    let link = gate.link;
                    match gate.run(stream).await {
                        LinkEnd::Closed => tracing::info!(event = "link.closed", %link),
                        end => tracing::warn!(event = "link.lost", %link, reason = %end),
                    }
                });
            }
            Err(error) => {
                // Out of descriptors, most likely: wait for some to come back.
                tracing::warn!(event = "link.accept_failed", %error);
                let _elapsed = timeout(ACCEPT_PAUSE, std::future::pending::<()>()).await;
            }
        }
    }
}

/// What one incoming link is judged by.
struct Gate {
    link: LinkId,
    welcome: Arc<LinkWelcome>,
    places: Arc<Semaphore>,
    inputs: Inputs,
}

impl Gate {
    async fn run(self, stream: UnixStream) -> LinkEnd {
        self.open(stream).await.unwrap_or_else(|end| end)
    }

    async fn open(self, stream: UnixStream) -> Result<LinkEnd, LinkEnd> {
        let Self { link, welcome, places, inputs } = self;
        let (socket, stream) = second_handle(stream)?;
        let (mut read, write) = stream.into_split();
        let outbox = Arc::new(Outbox::new(socket, LINK_DOWN_BYTES_MAX));

        let (op, payload, early) = pump::read_handshake(&mut read).await?;
        if op != Op::Hello {
            return Err(LinkEnd::OutOfPlace(op));
        }
        let hello: LinkHello =
            wire::decode(&payload, Budget::LINK).map_err(|_| LinkEnd::OutOfPlace(Op::Hello))?;
        let place = match (handshake::negotiate(&hello, Role::Gateway), places.try_acquire_owned()) {
            (Ok(protocol), Ok(place)) => {
                send_welcome(&outbox, &LinkWelcome { protocol, ..(*welcome).clone() });
                place
            }
            (Err(error), _) => return Ok(refuse(&outbox, link, error.code(), &error.to_string())),
            (_, Err(_)) => {
                return Ok(refuse(&outbox, link, "LINKS_FULL", "as many links as allowed are open"));
            }
        };
        tracing::info!(event = "link.up", %link, thread = hello.thread, build = hello.build);

        let thread = hello.thread;
        inputs.send(Input::LinkUp(LinkUp { link, thread, outbox: Arc::clone(&outbox), place }));
        let _down = DownGuard { link, inputs: inputs.clone() };
        let sink = GatewaySink { link, inputs: inputs.clone() };
        let end = pump::run(read, write, early, &outbox, &inputs, sink).await;
        if !matches!(end, LinkEnd::Closed | LinkEnd::Io(_)) {
            // Not the gateway's own end: the logic thread counts it.
            outbox.cut();
        }
        Ok(end)
    }
}

/// The same socket twice: one for tokio, one for whoever writes from another thread.
pub(super) fn second_handle(stream: UnixStream) -> io::Result<(std::os::unix::net::UnixStream, UnixStream)> {
    let first = stream.into_std()?;
    let second = first.try_clone()?;
    Ok((second, UnixStream::from_std(first)?))
}

fn refuse(outbox: &Outbox, link: LinkId, code: &str, detail: &str) -> LinkEnd {
    tracing::warn!(event = "link.refused", %link, code, detail);
    let refused =
        LinkWelcome { refused: code.to_owned(), detail: detail.to_owned(), ..LinkWelcome::default() };
    send_welcome(outbox, &refused);
    LinkEnd::Cut
}

fn send_welcome(outbox: &Outbox, welcome: &LinkWelcome) {
    let mut bytes = Vec::new();
    Record::new(Op::Welcome, 0, 0, &wire::encode(welcome)).put(&mut bytes);
    outbox.push(&mut bytes);
}

/// However a link's task ends, the logic thread hears of it.
struct DownGuard {
    link: LinkId,
    inputs: Inputs,
}

impl Drop for DownGuard {
    fn drop(&mut self) {
        self.inputs.send(Input::LinkDown(self.link));
    }
}

#[derive(Clone)]
struct GatewaySink {
    link: LinkId,
    inputs: Inputs,
}

impl pump::Sink for GatewaySink {
    fn takes(&mut self, record: &link_io::Record<'_>) -> bool {
        matches!(record.op, Op::Opened | Op::Packets | Op::Closed | Op::Refresh | Op::Seated | Op::Greeted)
    }

    fn deliver(&mut self, batch: Batch) {
        self.inputs.send(Input::Gateway(self.link, batch));
    }

    fn drained(&self) {
        self.inputs.send(Input::LinkDrained(self.link));
    }
}

const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
