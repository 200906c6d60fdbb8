//! One client's socket: its share of a turn, and what is known of it beside what the hub knows.

use std::{
    io::{self, ErrorKind, Read},
    net::{IpAddr, SocketAddr},
};

use mio::net::TcpStream;
use proto::close::CloseReason;
use slotmap::SecondaryMap;

use crate::logic::{
    ConnKey,
    admission::Address,
    hub::{Hub, Reading},
};

/// See the module.
pub(super) struct Socket {
    pub(super) stream: TcpStream,
    pub(super) address: Address,
    /// It holds a place in the admission counts.
    pub(super) is_counted: bool,
    /// It is among the readable.
    pub(super) is_queued: bool,
    /// The client has ended its side: only a read of nothing is the end.
    pub(super) is_hung_up: bool,
}

/// Whether a socket is to be read in the next turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Bytes,
    Nothing,
}

/// Reads until a short read, the turn's share, or a pause; says whether bytes may be left to read in the
/// next turn. Edge-triggered: whoever stops earlier without saying so is never told again.
pub(super) fn read_client(
    key: ConnKey,
    socket: &mut Socket,
    now_ms: u64,
    scratch: &mut [u8],
    hub: &mut Hub,
) -> Left {
    let mut budget = READ_BYTES_PER_TURN;
    loop {
        let reading = hub.reading(key, now_ms);
        match reading {
            Reading::Now | Reading::Discard => {}
            Reading::LinkFull => return Left::Bytes,
            Reading::Parked => {
                if socket.is_hung_up {
                    hub.hung_up(key, CloseReason::Gone);
                }
                return Left::Nothing;
            }
            // It will be among the resumed.
            Reading::OverRate | Reading::Never => return Left::Nothing,
        }
        if budget == 0 {
            return Left::Bytes;
        }
        let room = scratch.len().min(CLIENT_READ_BYTES);
        match socket.stream.read(&mut scratch[..room]) {
            Ok(0) => {
                hub.hung_up(key, CloseReason::Gone);
                return Left::Nothing;
            }
            Ok(bytes) => {
                if reading == Reading::Now {
                    hub.receive(key, now_ms, &scratch[..bytes]);
                } else {
                    hub.discard(key, bytes);
                }
                budget = budget.saturating_sub(bytes);
                if bytes < room && !socket.is_hung_up && !hub.is_held(key) {
                    return Left::Nothing;
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Left::Nothing,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                hub.hung_up(key, reason(&error));
                return Left::Nothing;
            }
        }
    }
}

fn reason(error: &io::Error) -> CloseReason {
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => CloseReason::Gone,
        _ => CloseReason::Io,
    }
}

/// Makes it one of the readable.
pub(super) fn queue(sockets: &mut SecondaryMap<ConnKey, Socket>, readable: &mut Vec<ConnKey>, key: ConnKey) {
    if let Some(socket) = sockets.get_mut(key)
        && !socket.is_queued
    {
        socket.is_queued = true;
        readable.push(key);
    }
}

/// As the logic knows it.
pub(super) fn mapped(from: SocketAddr) -> Address {
    match from.ip() {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// One read of a client.
const CLIENT_READ_BYTES: usize = 64 * 1024;
/// What one client may bring in one turn.
const READ_BYTES_PER_TURN: usize = 256 * 1024;
