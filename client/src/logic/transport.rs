//! How frames become the bytes of a socket: plain, in TLS, as WebSocket messages, or both. Bytes in and
//! out; knows no sockets and no packets.

use std::{
    fmt,
    io::{Read, Write},
    str::FromStr,
    sync::Arc,
};

use rustls::{ClientConfig, ClientConnection, pki_types::ServerName};

use crate::logic::websocket::WsClient;

/// The four ways to a server, all on one port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TransportKind {
    /// Frames as they are.
    #[default]
    Tcp,
    /// Frames in TLS.
    Tls,
    /// A frame a WebSocket message.
    Ws,
    /// The same in TLS.
    Wss,
}

impl TransportKind {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Tcp, Self::Tls, Self::Ws, Self::Wss];

    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    /// Whether the server must show a certificate.
    #[must_use]
    pub fn is_encrypted(self) -> bool {
        match self {
            Self::Tls | Self::Wss => true,
            Self::Tcp | Self::Ws => false,
        }
    }

    fn is_websocket(self) -> bool {
        match self {
            Self::Ws | Self::Wss => true,
            Self::Tcp | Self::Tls => false,
        }
    }
}

impl fmt::Display for TransportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is none of the four.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no transport: tcp, tls, ws, wss")]
pub struct UnknownTransport(pub String);

impl FromStr for TransportKind {
    type Err = UnknownTransport;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownTransport(name.to_owned()))
    }
}

/// Why a transport ends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// Neither a host name nor an address.
    #[error("{name:?} cannot be the name of a server")]
    ServerName {
        /// As given.
        name: String,
    },
    /// Encrypted, and nobody said whom to trust.
    #[error("tls and wss need to know which certificates to trust")]
    NoTrust,
    /// A certificate that is not trusted, or bytes that are not TLS.
    #[error("tls: {0}")]
    Tls(String),
    /// A refused handshake, or bytes that are not WebSocket.
    #[error("websocket: {0}")]
    WebSocket(String),
    /// The response to the handshake does not end.
    #[error("websocket: response longer than 16 KiB")]
    ResponseTooLong,
    /// A text message.
    #[error("websocket: a text message")]
    WsText,
    /// A binary message that is not exactly one frame.
    #[error("websocket: a message of {bytes} bytes that is not one frame")]
    WsNotOneFrame {
        /// Of the message.
        bytes: usize,
    },
    /// Sent before the handshake was done: the caller's mistake.
    #[error("the handshake is not done")]
    NotOpen,
}

impl TransportError {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ServerName { .. } => "transport.server_name",
            Self::NoTrust => "transport.no_trust",
            Self::Tls(_) => "transport.tls",
            Self::WebSocket(_) => "transport.websocket",
            Self::ResponseTooLong => "transport.response_too_long",
            Self::WsText => "transport.text",
            Self::WsNotOneFrame { .. } => "transport.not_one_frame",
            Self::NotOpen => "transport.not_open",
        }
    }
}

/// Whether the server may still send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It may.
    More,
    /// It said goodbye on the level of the transport.
    End,
}

/// The layers between frames and a socket; either, both or none.
#[derive(Debug)]
pub struct Transport {
    tls: Option<Box<ClientConnection>>,
    ws: Option<WsClient>,
    /// For the layer between, when there are two.
    scratch: Vec<u8>,
}

impl Transport {
    /// Towards a server of this name (without port). `tls` is needed for the encrypted kinds.
    ///
    /// # Errors
    /// [`TransportError::ServerName`], [`TransportError::NoTrust`], [`TransportError::Tls`].
    pub fn new(
        kind: TransportKind,
        host: &str,
        tls: Option<Arc<ClientConfig>>,
    ) -> Result<Self, TransportError> {
        let tls = if kind.is_encrypted() {
            let config = tls.ok_or(TransportError::NoTrust)?;
            let name = ServerName::try_from(host.to_owned())
                .map_err(|_| TransportError::ServerName { name: host.to_owned() })?;
            let connection = ClientConnection::new(config, name).map_err(tls_error)?;
            Some(Box::new(connection))
        } else {
            None
        };
        let ws = if kind.is_websocket() { Some(WsClient::new(host)?) } else { None };
        Ok(Self { tls, ws, scratch: Vec::new() })
    }

    /// Whether all handshakes are done and frames may be sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.tls.as_ref().is_none_or(|tls| !tls.is_handshaking())
            && self.ws.as_ref().is_none_or(WsClient::is_open)
    }

    /// Takes bytes of the socket; appends bytes of frames to `frames`.
    ///
    /// # Errors
    /// What the layers refuse; the connection is then over.
    pub fn receive(&mut self, input: &[u8], frames: &mut Vec<u8>) -> Result<Flow, TransportError> {
        let Self { tls, ws, scratch } = self;
        match (tls, ws) {
            (None, None) => {
                frames.extend_from_slice(input);
                Ok(Flow::More)
            }
            (Some(tls), None) => decrypt(tls, input, frames),
            (None, Some(ws)) => ws.receive(input, frames),
            (Some(tls), Some(ws)) => {
                scratch.clear();
                let outer = decrypt(tls, input, scratch)?;
                let inner = if scratch.is_empty() { Flow::More } else { ws.receive(scratch, frames)? };
                Ok(if inner == Flow::End { inner } else { outer })
            }
        }
    }

    /// Wraps one frame, header included.
    ///
    /// # Errors
    /// [`TransportError::NotOpen`] before [`Self::is_open`].
    pub fn send(&mut self, frame: &[u8], out: &mut Vec<u8>) -> Result<(), TransportError> {
        if !self.is_open() {
            return Err(TransportError::NotOpen);
        }
        match (&mut self.tls, &mut self.ws) {
            (None, None) => out.extend_from_slice(frame),
            (Some(tls), None) => encrypt(tls, frame)?,
            (_, Some(ws)) => ws.send(frame)?,
        }
        self.take_output(out)
    }

    /// Moves what must go to the socket, handshakes and control messages too, to the end of `out`.
    ///
    /// # Errors
    /// [`TransportError::Tls`].
    pub fn take_output(&mut self, out: &mut Vec<u8>) -> Result<(), TransportError> {
        let Self { tls, ws, scratch } = self;
        match (tls, ws) {
            (None, None) => {}
            (None, Some(ws)) => ws.take_output(out),
            (Some(tls), ws) => {
                // Until TLS is done the request waits in the WebSocket layer.
                if let Some(ws) = ws
                    && !tls.is_handshaking()
                {
                    scratch.clear();
                    ws.take_output(scratch);
                    encrypt(tls, scratch)?;
                }
                while tls.wants_write() {
                    tls.write_tls(out).map_err(|error| TransportError::Tls(error.to_string()))?;
                }
            }
        }
        Ok(())
    }
}

fn encrypt(tls: &mut ClientConnection, plain: &[u8]) -> Result<(), TransportError> {
    let mut rest = plain;
    while !rest.is_empty() {
        // Never 0 for ever: the handshake is done, and the limit of its buffer is lifted.
        let taken = tls.writer().write(rest).map_err(|error| TransportError::Tls(error.to_string()))?;
        if taken == 0 {
            tls.set_buffer_limit(None);
        }
        rest = &rest[taken..];
    }
    Ok(())
}

fn decrypt(
    tls: &mut ClientConnection,
    mut input: &[u8],
    plain: &mut Vec<u8>,
) -> Result<Flow, TransportError> {
    let mut flow = Flow::More;
    while !input.is_empty() && flow == Flow::More {
        tls.read_tls(&mut input).map_err(|error| TransportError::Tls(error.to_string()))?;
        let state = tls.process_new_packets().map_err(tls_error)?;
        let start = plain.len();
        plain.resize(start + state.plaintext_bytes_to_read(), 0);
        tls.reader()
            .read_exact(&mut plain[start..])
            .map_err(|error| TransportError::Tls(error.to_string()))?;
        if state.peer_has_closed() {
            flow = Flow::End;
        }
    }
    Ok(flow)
}

#[expect(clippy::needless_pass_by_value, reason = "used as `map_err(tls_error)`")]
fn tls_error(error: rustls::Error) -> TransportError {
    TransportError::Tls(error.to_string())
}
