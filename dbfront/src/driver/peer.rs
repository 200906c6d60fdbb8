//! One link's bytes: what came and is not read as records yet, what waits to be written, when it was heard.
//! Knows no record's meaning.

use std::{
    io,
    time::{Duration, Instant},
};

use proto::link_io::{LinkBuf, Op, Record};
use tokio::{
    io::Interest,
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
};

/// See the module.
#[derive(Debug)]
pub struct Peer {
    stream: UnixStream,
    /// Records as they come.
    pub input: LinkBuf,
    output: Vec<u8>,
    written: usize,
    heard_at: Instant,
    sent_at: Instant,
}

/// What a read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Bytes, or nothing for now.
    Some,
    /// The end.
    End,
}

impl Peer {
    /// An accepted stream, with what was read of it.
    #[must_use]
    pub fn new(stream: UnixStream, input: LinkBuf, now: Instant) -> Self {
        Self { stream, input, output: Vec::new(), written: 0, heard_at: now, sent_at: now }
    }

    /// Waits until something can be done. `wants_input`: reading is of interest.
    pub async fn ready(&self, wants_input: bool) {
        let interest = match (wants_input, self.has_output()) {
            (true, true) => Interest::READABLE | Interest::WRITABLE,
            (true, false) => Interest::READABLE,
            (false, true) => Interest::WRITABLE,
            (false, false) => return std::future::pending().await,
        };
        // An error shows at the next read or write.
        let _ = self.stream.ready(interest).await;
    }

    /// Reads once.
    ///
    /// # Errors
    /// The socket's.
    pub fn read(&mut self, scratch: &mut [u8], now: Instant) -> io::Result<Heard> {
        match self.stream.try_read(scratch) {
            Ok(0) => Ok(Heard::End),
            Ok(bytes) => {
                self.heard_at = now;
                self.input.push(&scratch[..bytes]);
                Ok(Heard::Some)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Heard::Some),
            Err(error) => Err(error),
        }
    }

    /// Appends a record to what will be written.
    pub fn put(&mut self, op: Op, a: u64, b: u64, payload: &[u8]) {
        Record::new(op, a, b, payload).put(&mut self.output);
    }

    /// Writes as much as the socket takes.
    ///
    /// # Errors
    /// The socket's, and `OutOfMemory` when the other side does not read what it asked for.
    pub fn flush(&mut self, now: Instant) -> io::Result<()> {
        while self.has_output() {
            match self.stream.try_write(&self.output[self.written..]) {
                Ok(bytes) => {
                    self.written += bytes;
                    self.sent_at = now;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if !self.has_output() {
            self.output.clear();
            self.written = 0;
        } else if OUTPUT_BYTES_MAX < self.output.len() - self.written {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        Ok(())
    }

    fn has_output(&self) -> bool {
        self.written < self.output.len()
    }

    /// Nothing was heard for so long.
    #[must_use]
    pub fn silence(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.heard_at)
    }

    /// Nothing was sent for so long.
    #[must_use]
    pub fn idle(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.sent_at)
    }

    /// While input is not read on purpose, the other side is not silent.
    pub fn excuse(&mut self, now: Instant) {
        self.heard_at = now;
    }

    /// Delivers what is still to be written, then closes; gives up after a while.
    pub async fn part(mut self) {
        let rest = self.output.split_off(self.written);
        let farewell = async {
            if self.stream.write_all(&rest).await.is_ok() && self.stream.shutdown().await.is_ok() {
                // A close over unread bytes would take back what was written.
                let mut scratch = [0; 4_096];
                while matches!(self.stream.read(&mut scratch).await, Ok(1..)) {}
            }
        };
        // Whoever does not take its farewell goes without.
        let _ = tokio::time::timeout(PARTING, farewell).await;
    }
}

/// Answers that wait for a game that does not read: it is cut beyond.
const OUTPUT_BYTES_MAX: usize = 32 << 20;
const PARTING: Duration = Duration::from_secs(1);
