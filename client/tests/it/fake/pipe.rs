//! The server's half of any of the four transports, told apart by their first bytes, over memory.

use std::{
    io::{self, Read, Write},
    sync::Arc,
};

use rustls::{
    ServerConfig, ServerConnection,
    crypto::ring::default_provider,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tungstenite::{Message, WebSocket};

/// A certificate for loopback, and the server's configuration with its key.
#[derive(Clone)]
pub struct Identity {
    pub pem: String,
    pub config: Arc<ServerConfig>,
}

impl Identity {
    pub fn new() -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("two plain names");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key)
            })
            .expect("a fresh key and its certificate");
        Self { pem: made.cert.pem(), config: Arc::new(config) }
    }
}

/// One connection's transport at the server.
pub struct ServerPipe {
    identity: Identity,
    has_begun: bool,
    tls: Option<ServerConnection>,
    /// The first bytes inside TLS or without it, until there are enough to tell.
    head: Option<Vec<u8>>,
    ws: Option<Ws>,
    out: Vec<u8>,
}

enum Ws {
    /// The request so far.
    Request(Vec<u8>),
    Open(Box<WebSocket<Memory>>),
}

#[derive(Default)]
struct Memory {
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
}

impl ServerPipe {
    pub fn new(identity: &Identity) -> Self {
        let identity = identity.clone();
        Self { identity, has_begun: false, tls: None, head: Some(Vec::new()), ws: None, out: Vec::new() }
    }

    /// Bytes of the socket in; bytes of frames out.
    pub fn receive(&mut self, mut input: &[u8]) -> io::Result<Vec<u8>> {
        if !std::mem::replace(&mut self.has_begun, true) && input.first() == Some(&TLS_HANDSHAKE) {
            let tls = ServerConnection::new(self.identity.config.clone());
            self.tls = Some(tls.map_err(io::Error::other)?);
        }
        let mut plain = Vec::new();
        match &mut self.tls {
            None => plain.extend_from_slice(input),
            Some(tls) => {
                while !input.is_empty() {
                    tls.read_tls(&mut input)?;
                    let state = tls.process_new_packets().map_err(io::Error::other)?;
                    let start = plain.len();
                    plain.resize(start + state.plaintext_bytes_to_read(), 0);
                    tls.reader().read_exact(&mut plain[start..])?;
                }
            }
        }
        if let Some(head) = &mut self.head {
            head.append(&mut plain);
            if head.len() < 4 {
                return Ok(Vec::new());
            }
            plain = self.head.take().unwrap_or_default();
            self.ws = plain.starts_with(b"GET ").then(|| Ws::Request(Vec::new()));
        }
        let Some(ws) = &mut self.ws else { return Ok(plain) };
        if let Ws::Request(request) = ws {
            request.append(&mut plain);
            if !request.ends_with(b"\r\n\r\n") {
                return Ok(Vec::new());
            }
            let memory = Memory { incoming: std::mem::take(request), outgoing: Vec::new() };
            let socket = tungstenite::accept(memory).map_err(|error| io::Error::other(error.to_string()))?;
            *ws = Ws::Open(Box::new(socket));
            return Ok(Vec::new());
        }
        let Ws::Open(socket) = ws else { return Ok(Vec::new()) };
        socket.get_mut().incoming.append(&mut plain);
        let mut frames = Vec::new();
        loop {
            match socket.read() {
                Ok(message) => frames.extend_from_slice(&message.into_data()),
                Err(tungstenite::Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(frames);
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }

    /// A frame out.
    pub fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        match (&mut self.ws, &mut self.tls) {
            (Some(Ws::Open(socket)), _) => {
                socket.send(Message::binary(frame.to_vec())).map_err(io::Error::other)
            }
            (Some(Ws::Request(_)), _) => Err(io::Error::other("a frame before the handshake")),
            (None, Some(tls)) => tls.writer().write_all(frame),
            (None, None) => self.out.write_all(frame),
        }
    }

    /// Bytes for the socket.
    pub fn output(&mut self) -> io::Result<Vec<u8>> {
        let mut out = std::mem::take(&mut self.out);
        if let Some(Ws::Open(socket)) = &mut self.ws {
            out.append(&mut socket.get_mut().outgoing);
        }
        if let Some(tls) = &mut self.tls {
            tls.writer().write_all(&out)?;
            out.clear();
            while tls.wants_write() {
                tls.write_tls(&mut out)?;
            }
        }
        Ok(out)
    }
}

const TLS_HANDSHAKE: u8 = 0x16;

impl Read for Memory {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.incoming.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = self.incoming.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.incoming[..count]);
        self.incoming.drain(..count);
        Ok(count)
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
