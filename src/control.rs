//! The control link of one role: a Unix socket over which `ding status` and `ding stop` ask. Records of
//! `proto::link_io`, calls of `proto::rpc`, requests from one closed list. Knows no role's inside.

pub mod client;
pub mod server;
#[cfg(test)]
mod tests;

use std::{
    io::{self, Read},
    os::unix::net::UnixStream,
};

use proto::{
    limits::RECORD_BYTES_MAX,
    link_io::{LinkBuf, Op, Record},
};

/// A record that owns its payload: control is rare, and a copy spares borrowing from the buffer.
#[derive(Clone, Debug)]
struct OwnedRecord {
    op: Op,
    a: u64,
    b: u64,
    payload: Vec<u8>,
}

/// Reads the next record, keeping what came after it.
///
/// # Errors
/// The socket's, `InvalidData` for bytes that are no record or more than fits a control message,
/// `UnexpectedEof` at the end.
fn read_record(socket: &mut UnixStream, buffer: &mut LinkBuf) -> io::Result<OwnedRecord> {
    let mut scratch = [0; 4096];
    loop {
        match buffer.next() {
            Ok(Some(record)) => {
                let Record { op, a, b, payload, .. } = record;
                return Ok(OwnedRecord { op, a, b, payload: payload.to_owned() });
            }
            Ok(None) => (),
            Err(_) => return Err(io::ErrorKind::InvalidData.into()),
        }
        if buffer.waiting_bytes() > MESSAGE_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        match socket.read(&mut scratch)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            bytes => buffer.push(&scratch[..bytes]),
        }
    }
}

/// A whole record with its header: figures of a role are some kilobytes, a replacement of a record as long as one.
const MESSAGE_BYTES_MAX: usize = RECORD_BYTES_MAX + 64 * 1024;
