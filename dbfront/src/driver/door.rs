//! The socket on which game comes in, and the first record of whoever does. Few at a time, each with a
//! deadline; who may stay is decided elsewhere.

use std::{fs, io, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use proto::{
    link::LinkHello,
    link_io::{LinkBuf, Op},
    prescan::Budget,
    wire,
};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::mpsc,
};

use super::{clock, peer::Peer};

/// Somebody at the door.
#[derive(Debug)]
pub struct Guest {
    /// Its link.
    pub peer: Peer,
    /// How it greeted.
    pub hello: LinkHello,
}

/// Listens, after removing what an earlier process left there.
///
/// # Errors
/// The system's.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Reads a greeting and passes its sender on. Anything else is closed without a word.
pub async fn greet(stream: UnixStream, guests: mpsc::Sender<Guest>) {
    let greeting = tokio::time::timeout(GREETING, read_hello(&stream)).await;
    if let Ok(Some((hello, input))) = greeting {
        let guest = Guest { peer: Peer::new(stream, input, clock::now()), hello };
        // Without a receiver the process is ending.
        let _ = guests.send(guest).await;
    }
}

async fn read_hello(stream: &UnixStream) -> Option<(LinkHello, LinkBuf)> {
    let mut input = LinkBuf::default();
    let mut scratch = [0; 4_096];
    loop {
        if let Some(record) = input.next().ok()? {
            if record.op != Op::Hello || HELLO_BYTES_MAX < record.payload.len() {
                return None;
            }
            let hello = wire::decode(record.payload, Budget::LINK).ok()?;
            return Some((hello, input));
        }
        if HELLO_BYTES_MAX < input.waiting_bytes() {
            return None;
        }
        stream.readable().await.ok()?;
        match stream.try_read(&mut scratch) {
            Ok(0) => return None,
            Ok(bytes) => input.push(&scratch[..bytes]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return None,
        }
    }
}

/// At the door at a time.
pub const GUESTS_MAX: usize = 8;
const GREETING: Duration = Duration::from_secs(5);
/// Nobody sends more before its welcome.
const HELLO_BYTES_MAX: usize = proto::limits::HELLO_BYTES_MAX;
