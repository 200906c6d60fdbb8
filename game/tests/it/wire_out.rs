//! Link records over a blocking socket, as both fakes speak them.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    time::Duration,
};

use proto::{
    kinds::Lane,
    link_io::{LinkBuf, Op, Record},
};

/// Longer than anything takes.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A record that owns its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    pub op: Op,
    pub lane: Lane,
    pub a: u64,
    pub b: u64,
    pub payload: Vec<u8>,
}

/// One end of a link.
pub struct End {
    pub stream: UnixStream,
    buf: LinkBuf,
}

impl End {
    pub fn new(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream, buf: LinkBuf::default() }
    }

    pub fn send(&mut self, op: Op, a: u64, b: u64, payload: &[u8]) {
        send(&mut self.stream, op, a, b, payload);
    }

    /// The next record that is not a ping; none once the link has ended.
    pub fn next(&mut self) -> Option<Got> {
        loop {
            while let Some(record) = self.buf.next().unwrap() {
                let Record { op, lane, a, b, payload, .. } = record;
                match op {
                    Op::Ping | Op::Pong => (),
                    _ => return Some(Got { op, lane, a, b, payload: payload.to_vec() }),
                }
            }
            let mut bytes = [0; 64 * 1024];
            match self.stream.read(&mut bytes) {
                Ok(0) => return None,
                Ok(count) => self.buf.push(&bytes[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("waited for a record: {error}"),
            }
        }
    }

    /// Passes over what is still on its way.
    pub fn until_it_ends(&mut self) {
        while self.next().is_some() {}
    }
}

pub fn send(stream: &mut UnixStream, op: Op, a: u64, b: u64, payload: &[u8]) {
    let mut bytes = Vec::new();
    Record::new(op, a, b, payload).put(&mut bytes);
    // A peer that has gone is seen by whoever reads.
    let _ = stream.write_all(&bytes);
}
