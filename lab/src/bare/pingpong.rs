//! The least that calls over a Unix socket must do: frames that come back as they went, so many on their way, each
//! that came back followed by the next. No ids, no deadlines, no waiting for one among many; blocking reads, and one
//! write for what a read brought.

use std::{
    io::{ErrorKind, Read, Write},
    os::unix::net::UnixStream,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::wire::{Cut, put};
use crate::{clock, error::Error};

/// Both ends; the one that answers is in a thread of its own until this is dropped.
pub struct PingPong {
    near: UnixStream,
    far: Option<JoinHandle<()>>,
    cut: Cut,
    out: Vec<u8>,
    input: Vec<u8>,
    message: Vec<u8>,
}

impl PingPong {
    /// Of messages which with their length make frames of so many bytes.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn start(frame_bytes: usize) -> Result<Self, Error> {
        let (near, far) = UnixStream::pair().map_err(Error::io("making a pair of sockets"))?;
        let far = thread::spawn(move || echo(far));
        Ok(Self {
            near,
            far: Some(far),
            cut: Cut::default(),
            out: Vec::new(),
            input: vec![0; READ_BYTES],
            message: vec![7; frame_bytes - size_of::<u32>()],
        })
    }

    /// Round trips with `depth` on their way, until `end`; all that were sent come back.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn run(&mut self, depth: usize, end: Instant) -> Result<u64, Error> {
        let mut waiting = 0;
        let mut done = 0;
        for _ in 0..depth {
            put(&mut self.out, &self.message);
            waiting += 1;
        }
        while 0 < waiting {
            self.near.write_all(&self.out).map_err(Error::io("writing to a pair of sockets"))?;
            self.out.clear();
            let count =
                self.near.read(&mut self.input).map_err(Error::io("reading from a pair of sockets"))?;
            let goes_on = clock::now() < end;
            let (out, message) = (&mut self.out, &self.message);
            let sense = self.cut.feed(&self.input[..count], |_| {
                done += 1;
                if goes_on {
                    put(out, message);
                } else {
                    waiting -= 1;
                }
                true
            });
            sense.map_err(|what| Error::Usage(format!("the other end sent {what}")))?;
        }
        Ok(done)
    }

    /// How long each of so many takes that go alone.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn alone(&mut self, count: usize, mut record: impl FnMut(Duration)) -> Result<(), Error> {
        for _ in 0..count {
            let began = clock::now();
            // Over at once, so that it is one.
            self.run(1, began)?;
            record(began.elapsed());
        }
        Ok(())
    }
}

impl Drop for PingPong {
    fn drop(&mut self) {
        // The other end ends when it can read no more.
        let _ = self.near.shutdown(std::net::Shutdown::Both);
        if let Some(far) = self.far.take() {
            let _ = far.join();
        }
    }
}

fn echo(mut stream: UnixStream) {
    let (mut cut, mut out, mut input) = (Cut::default(), Vec::new(), vec![0; READ_BYTES]);
    loop {
        let count = match stream.read(&mut input) {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        let fed = cut.feed(&input[..count], |message| {
            put(&mut out, message);
            true
        });
        if fed.is_err() || stream.write_all(&out).is_err() {
            return;
        }
        out.clear();
    }
}

/// Of one read: as much as `calls` reads at once. It is faster so than with 64 KiB, for then the two ends take turns.
const READ_BYTES: usize = 32 * 1024;
