//! The TLS layer: ciphertext in, plaintext out, and back. Plaintext that its user does not want yet stays
//! in the session, and so does ciphertext after it.

use std::{
    io::{ErrorKind, Read, Write},
    sync::Arc,
};

use proto::close::CloseReason;
use rustls::{ServerConfig, ServerConnection};

/// One connection's TLS session.
#[derive(Debug)]
pub(super) struct Tls {
    session: ServerConnection,
    /// Ciphertext that came before a pause.
    held: Vec<u8>,
}

impl Tls {
    pub(super) fn new(config: &Arc<ServerConfig>) -> Result<Self, CloseReason> {
        let mut session = ServerConnection::new(Arc::clone(config)).map_err(|_| CloseReason::BadTransport)?;
        // The outbox bounds what waits; a second bound in here could only lose a frame.
        session.set_buffer_limit(None);
        Ok(Self { session, held: Vec::new() })
    }

    /// Takes ciphertext, and whatever a pause held back. `on_plain` gets each piece of plaintext and says
    /// whether to pause; it is asked once without any, first.
    pub(super) fn receive(
        &mut self,
        input: &[u8],
        mut on_plain: impl FnMut(Option<&[u8]>, &mut bool) -> Result<(), CloseReason>,
    ) -> Result<(), CloseReason> {
        let mut held = std::mem::take(&mut self.held);
        let mut rest = input;
        if !held.is_empty() {
            held.extend_from_slice(input);
            rest = &held;
        }
        let mut is_paused = false;
        on_plain(None, &mut is_paused)?;
        let mut chunk = [0; CHUNK_BYTES];
        loop {
            while !is_paused {
                match self.session.reader().read(&mut chunk) {
                    Ok(0) => return Err(CloseReason::Gone),
                    Ok(bytes) => on_plain(Some(&chunk[..bytes]), &mut is_paused)?,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(_) => return Err(CloseReason::BadTransport),
                }
            }
            if is_paused || rest.is_empty() {
                break;
            }
            self.session.read_tls(&mut rest).map_err(|_| CloseReason::BadTransport)?;
            self.session.process_new_packets().map_err(|_| CloseReason::BadTransport)?;
        }
        self.held = rest.to_vec();
        Ok(())
    }

    /// Encrypts, and appends to `wire` that and whatever the session has to say itself.
    pub(super) fn send(&mut self, plain: &[u8], wire: &mut Vec<u8>) -> Result<(), CloseReason> {
        self.session.writer().write_all(plain).map_err(|_| CloseReason::BadTransport)?;
        while self.session.wants_write() {
            self.session.write_tls(wire).map_err(|_| CloseReason::BadTransport)?;
        }
        Ok(())
    }

    /// Says that no more comes.
    pub(super) fn close(&mut self, wire: &mut Vec<u8>) -> Result<(), CloseReason> {
        self.session.send_close_notify();
        self.send(&[], wire)
    }
}

const CHUNK_BYTES: usize = 4 * 1024;
