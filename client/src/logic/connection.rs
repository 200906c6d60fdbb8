//! A session in its transport: bytes of a socket in, bytes for it out. What a driver of any kind needs,
//! and nothing of sockets or a clock.

use std::{sync::Arc, time::Instant};

use proto::deflate::Inflater;
use rustls::ClientConfig;

use crate::logic::{
    session::{Session, Silent},
    transport::{Flow, Transport, TransportError, TransportKind},
    violation::Violation,
};

/// One connection without its socket.
#[derive(Debug)]
pub struct Connection {
    /// The conversation; commands are queued here.
    pub session: Session,
    transport: Transport,
    frames: Vec<u8>,
}

/// How a connection begins.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The way to the server.
    pub kind: TransportKind,
    /// The server's name without port, for certificate and `Host`.
    pub host: String,
    /// Whom to trust; needed for the encrypted kinds.
    pub tls: Option<Arc<ClientConfig>>,
    /// `Hello.client`.
    pub name: String,
}

/// Why a connection ended from this side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Below the frames.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// In the frames.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// Nothing heard.
    #[error(transparent)]
    Silent(#[from] Silent),
}

impl Connection {
    /// A connection whose first bytes are ready to be sent.
    ///
    /// # Errors
    /// What [`Transport::new`] refuses.
    pub fn new(opening: &Opening, now: Instant) -> Result<Self, TransportError> {
        let transport = Transport::new(opening.kind, &opening.host, opening.tls.clone())?;
        Ok(Self { session: Session::new(&opening.name, now), transport, frames: Vec::new() })
    }

    /// Takes bytes of the socket, in any pieces.
    ///
    /// # Errors
    /// See [`Broken`]; events before it stand.
    pub fn receive(&mut self, bytes: &[u8], inflater: &mut Inflater, now: Instant) -> Result<Flow, Broken> {
        self.frames.clear();
        // What came before a break of the transport still counts.
        let flow = self.transport.receive(bytes, &mut self.frames);
        if !self.frames.is_empty() {
            self.session.receive(&self.frames, inflater, now)?;
        }
        Ok(flow?)
    }

    /// Appends to `out` what must go to the socket now.
    ///
    /// # Errors
    /// What the transport refuses.
    pub fn send(&mut self, out: &mut Vec<u8>) -> Result<(), TransportError> {
        self.transport.take_output(out)?;
        if self.transport.is_open() {
            while let Some(frame) = self.session.take_frame() {
                self.transport.send(&frame, out)?;
            }
        }
        Ok(())
    }

    /// Whether frames can be exchanged: the transport's handshakes are done.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.transport.is_open()
    }

    /// When [`Self::on_time`] wants to be called.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.session.deadline()
    }

    /// Sends a ping, or gives up.
    ///
    /// # Errors
    /// [`Silent`].
    pub fn on_time(&mut self, now: Instant) -> Result<(), Silent> {
        self.session.on_time(now)
    }
}
