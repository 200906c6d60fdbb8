//! The client's side of each transport, without sockets: what a test's client puts on the wire, and what
//! it reads from it.

use std::{
    io::{Read, Write},
    sync::Arc,
};

use proto::{
    frame::{FrameBuf, FrameError},
    kinds::Lane,
    limits::SERVER_FRAME_BYTES_MAX,
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
};

use crate::logic::transport::TransportKind;

/// A certificate, and both sides' configuration with it.
pub(super) struct Pair {
    pub(super) server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl Pair {
    pub(super) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let certificate: CertificateDer<'static> = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(ring::default_provider());
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .expect("a pair");
        server.send_tls13_tickets = 0;
        let mut roots = RootCertStore::empty();
        roots.add(certificate).expect("a root");
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { server: Arc::new(server), client: Arc::new(client) }
    }
}

/// A client of some transport.
pub(super) struct Peer {
    kind: TransportKind,
    tls: Option<Box<ClientConnection>>,
    plain_in: Vec<u8>,
    is_upgraded: bool,
    frames: FrameBuf,
    /// What it heard: lane and body of each frame.
    pub(super) heard: Vec<(Lane, Vec<u8>)>,
    /// The server has said that no more comes.
    pub(super) is_ended: bool,
}

impl Peer {
    pub(super) fn new(kind: TransportKind, pair: &Pair) -> Self {
        let tls = match kind {
            TransportKind::Raw | TransportKind::Ws => None,
            TransportKind::Tls | TransportKind::Wss => {
                let name = ServerName::try_from("localhost").expect("a name");
                let session = ClientConnection::new(Arc::clone(&pair.client), name).expect("a session");
                Some(Box::new(session))
            }
        };
        Self {
            kind,
            tls,
            plain_in: Vec::new(),
            is_upgraded: false,
            frames: FrameBuf::default(),
            heard: Vec::new(),
            is_ended: false,
        }
    }

    /// The plaintext of a whole conversation.
    pub(super) fn conversation(&self, frames: &[Vec<u8>]) -> Vec<u8> {
        match self.kind {
            TransportKind::Raw | TransportKind::Tls => frames.concat(),
            TransportKind::Ws | TransportKind::Wss => {
                let mut out = REQUEST.as_bytes().to_vec();
                for frame in frames {
                    message(&mut out, 2, frame);
                }
                out
            }
        }
    }

    /// What this plaintext is on the wire, with whatever TLS has to say first.
    pub(super) fn wire(&mut self, plain: &[u8]) -> Vec<u8> {
        let Some(tls) = &mut self.tls else {
            return plain.to_vec();
        };
        tls.writer().write_all(plain).expect("room");
        let mut wire = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut wire).expect("memory");
        }
        wire
    }

    /// TLS still shakes hands.
    pub(super) fn is_shaking_hands(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.is_handshaking())
    }

    /// Takes what the server sent.
    pub(super) fn hear(&mut self, mut wire: &[u8]) {
        match &mut self.tls {
            None => self.plain_in.extend_from_slice(wire),
            Some(tls) => {
                while !wire.is_empty() {
                    tls.read_tls(&mut wire).expect("room");
                    let state = tls.process_new_packets().expect("the server speaks TLS");
                    self.is_ended |= state.peer_has_closed();
                    let mut plain = vec![0; state.plaintext_bytes_to_read()];
                    tls.reader().read_exact(&mut plain).expect("as much as it says");
                    self.plain_in.extend_from_slice(&plain);
                }
            }
        }
        let plain = std::mem::take(&mut self.plain_in);
        self.plain_in = match self.kind {
            TransportKind::Raw | TransportKind::Tls => {
                self.hear_frames(&plain);
                Vec::new()
            }
            TransportKind::Ws | TransportKind::Wss => self.hear_messages(&plain).to_vec(),
        };
    }

    fn hear_frames(&mut self, plain: &[u8]) {
        let heard = &mut self.heard;
        let result = self.frames.feed(plain, SERVER_FRAME_BYTES_MAX, |header, body| {
            heard.push((header.lane, body.to_vec()));
            Ok::<_, FrameError>(())
        });
        result.expect("the server sends frames");
    }

    fn hear_messages<'a>(&mut self, mut plain: &'a [u8]) -> &'a [u8] {
        if !self.is_upgraded {
            let Some(end) = plain.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
                return plain;
            };
            assert!(plain.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(plain));
            self.is_upgraded = true;
            plain = &plain[end + 4..];
        }
        while let [opcode, length, rest @ ..] = plain {
            let (length, rest) = match (length, rest) {
                (126, [high, low, rest @ ..]) => (usize::from(*high) << 8 | usize::from(*low), rest),
                (126, _) => return plain,
                (length, rest) => (usize::from(*length), rest),
            };
            let Some((message, rest)) = rest.split_at_checked(length) else {
                return plain;
            };
            match opcode & 0xf {
                2 => self.hear_frames(message),
                8 => self.is_ended = true,
                10 => self.heard.push((Lane::Control, b"websocket pong".to_vec())),
                other => panic!("opcode {other}"),
            }
            plain = rest;
        }
        plain
    }
}

/// A masked message; the mask is zero, which is one too.
pub(super) fn message(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(0x80 | opcode);
    match u8::try_from(payload.len()) {
        Ok(length) if length < 126 => out.push(0x80 | length),
        _ => {
            out.push(0x80 | 126);
            let length = u16::try_from(payload.len()).expect("a short message");
            out.extend_from_slice(&length.to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

pub(super) const REQUEST: &str = "GET / HTTP/1.1\r\nHost: localhost:7000\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nOrigin: http://localhost:7000\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
