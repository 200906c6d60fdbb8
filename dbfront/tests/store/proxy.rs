//! Stands between us and a server, and does something to a commit on its way.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    thread,
};

/// What becomes of the next `COMMIT`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AtCommit {
    /// It arrives.
    Pass,
    /// The connection breaks before it arrives.
    CutBefore,
    /// The connection breaks, and it arrives all the same.
    CutAfter,
    /// The connection breaks; it arrives when the test says so.
    CutAndHold,
    /// It arrives when the test says so.
    Hold,
}

/// See the module.
pub struct Proxy {
    pub port: u16,
    at_commit: Arc<Mutex<AtCommit>>,
    held: mpsc::Receiver<(TcpStream, Vec<u8>)>,
}

impl Proxy {
    pub fn new(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let at_commit = Arc::new(Mutex::new(AtCommit::Pass));
        let (hold, held) = mpsc::channel();
        let mode = at_commit.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let (mode, hold) = (mode.clone(), hold.clone());
                let (from, to) =
                    (server.try_clone().expect("a socket"), client.try_clone().expect("a socket"));
                thread::spawn(move || copy(from, to));
                thread::spawn(move || serve(client, server, &mode, &hold));
            }
        });
        Self { port, at_commit, held }
    }

    pub fn at_commit(&self, what: AtCommit) {
        *self.at_commit.lock().expect("no panic") = what;
    }

    /// Waits for a commit that is held.
    pub fn caught(&self) -> Held {
        Held(self.held.recv_timeout(std::time::Duration::from_secs(30)).expect("a commit"))
    }
}

/// A commit and its connection to the server.
pub struct Held((TcpStream, Vec<u8>));

impl Held {
    pub fn let_go(self) {
        let (mut server, packet) = self.0;
        // The server may have closed it by now.
        let _ = server.write_all(&packet);
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

fn serve(
    mut client: TcpStream,
    mut server: TcpStream,
    mode: &Mutex<AtCommit>,
    hold: &mpsc::Sender<(TcpStream, Vec<u8>)>,
) {
    while let Some(packet) = packet(&mut client) {
        let what = if packet[4..] == *b"\x03COMMIT" {
            std::mem::replace(&mut *mode.lock().expect("no panic"), AtCommit::Pass)
        } else {
            AtCommit::Pass
        };
        if matches!(what, AtCommit::CutBefore | AtCommit::CutAfter | AtCommit::CutAndHold) {
            let _ = client.shutdown(Shutdown::Both);
        }
        match what {
            AtCommit::CutBefore => break,
            AtCommit::CutAndHold => {
                // The other direction has a socket of its own, which must not end with this one.
                let _ = hold.send((server, packet));
                return;
            }
            AtCommit::Hold => {
                let _ = hold.send((server.try_clone().expect("a socket"), packet));
            }
            AtCommit::Pass | AtCommit::CutAfter => {
                if server.write_all(&packet).is_err() {
                    break;
                }
            }
        }
    }
    let _ = server.shutdown(Shutdown::Write);
}

/// With its header; nothing at the end.
fn packet(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut packet = vec![0; 4];
    client.read_exact(&mut packet).ok()?;
    let length = u32::from_le_bytes([packet[0], packet[1], packet[2], 0]);
    packet.resize(4 + usize::try_from(length).ok()?, 0);
    client.read_exact(&mut packet[4..]).ok()?;
    Some(packet)
}
