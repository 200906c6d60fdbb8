//! One conversation, cut at every byte, on every transport: the same events come out.

use std::{sync::Arc, time::Instant};

use client::{
    Event, Login, Outcome, TransportKind, echo,
    logic::connection::{Connection, Opening},
};
use proto::{
    client::{ChatSay, Pay},
    deflate::{Deflater, Inflater},
    frame::{FrameBuf, FrameError},
    kinds,
    limits::CLIENT_FRAME_BYTES_MAX,
    packet::Packets,
    wire::encode,
};
use rustls::ClientConfig;

use crate::fake::{
    pipe::{Identity, ServerPipe},
    rules::{Outs, Rules},
    server::frame,
};

/// How the server's bytes are cut on their way to the client.
#[derive(Clone, Copy)]
enum Cut {
    /// In pieces of so many bytes.
    Every(usize),
    /// Once, after so many bytes of the whole stream.
    At(usize),
}

/// The whole conversation; returns its events and how many bytes the server sent.
fn converse(
    kind: TransportKind,
    identity: &Identity,
    tls: Option<Arc<ClientConfig>>,
    cut: Cut,
) -> (Vec<Event>, usize) {
    let now = tokio::time::Instant::now().into_std();
    let opening = Opening { kind, host: "127.0.0.1".to_owned(), tls, name: "test".to_owned() };
    let mut talk = Talk {
        client: Connection::new(&opening, now).expect("a name and roots"),
        pipe: ServerPipe::new(identity),
        frames: FrameBuf::default(),
        rules: Rules::default(),
        deflater: Deflater::default(),
        inflater: Inflater::default(),
        cut,
        sent: 0,
        now,
        events: Vec::new(),
    };
    talk.settle();
    talk.client.session.login(&Login::Guest).expect("welcomed");
    talk.settle();
    let text = "the same words again and again ".repeat(16);
    let session = &mut talk.client.session;
    for (kind, body) in [
        (kinds::WALLET_READ, Vec::new()),
        (kinds::PAY, encode(&Pay { to: 99, amount: 1 })),
        (kinds::CHAT_SAY, encode(&ChatSay { text: text.clone() })),
        (echo::ECHO, vec![b'x'; 4_000]),
        (echo::ECHO, Vec::new()),
    ] {
        session.command(kind, &body).expect("logged in");
    }
    session.signal(echo::WAVE, b"hi").expect("logged in");
    talk.settle();
    talk.client.session.logout().expect("logged in");
    talk.settle();
    (talk.events, talk.sent)
}

struct Talk {
    client: Connection,
    pipe: ServerPipe,
    frames: FrameBuf,
    rules: Rules,
    deflater: Deflater,
    inflater: Inflater,
    cut: Cut,
    sent: usize,
    now: Instant,
    events: Vec<Event>,
}

impl Talk {
    /// Carries bytes both ways until neither side has any.
    fn settle(&mut self) {
        loop {
            let mut to_server = Vec::new();
            self.client.send(&mut to_server).expect("nothing is refused");
            let plain = self.pipe.receive(&to_server).expect("what our client sends");
            let mut outs = Outs::default();
            self.frames
                .feed(&plain, CLIENT_FRAME_BYTES_MAX, |_, body| {
                    Packets::new(body).for_each(|packet| {
                        self.rules.on_packet(0, packet.expect("a packet"), &mut outs);
                    });
                    Ok::<_, FrameError>(())
                })
                .expect("frames");
            for (_, out) in outs.sends {
                let mut bytes = Vec::new();
                frame(&mut self.deflater, &out, &mut bytes);
                self.pipe.send(&bytes).expect("open");
            }
            let to_client = self.pipe.output().expect("memory");
            if to_server.is_empty() && to_client.is_empty() {
                return;
            }
            for piece in pieces(&to_client, self.cut, self.sent) {
                self.client.receive(piece, &mut self.inflater, self.now).expect("nothing is wrong");
            }
            self.sent += to_client.len();
            self.events.extend(std::iter::from_fn(|| self.client.session.take_event()));
        }
    }
}

fn pieces(bytes: &[u8], cut: Cut, before: usize) -> Vec<&[u8]> {
    match cut {
        Cut::Every(size) => bytes.chunks(size).collect(),
        Cut::At(at) => {
            let (first, second) = bytes.split_at(at.saturating_sub(before).min(bytes.len()));
            [first, second].into_iter().filter(|piece| !piece.is_empty()).collect()
        }
    }
}

fn config(identity: &Identity) -> Arc<ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    let pem = identity.pem.as_bytes();
    let certificate = rustls::pki_types::pem::PemObject::from_pem_slice(pem).expect("our own");
    roots.add(certificate).expect("our own");
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks both");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    // Without tickets the server's bytes are about as many each time.
    config.resumption = rustls::client::Resumption::disabled();
    Arc::new(config)
}

fn check(kind: TransportKind) {
    let identity = Identity::new();
    let tls = kind.is_encrypted().then(|| config(&identity));
    let (expected, bytes) = converse(kind, &identity, tls.clone(), Cut::Every(usize::MAX));
    let answers = expected.iter().filter(|event| matches!(event, Event::Answered { .. })).count();
    assert_eq!((expected.len(), answers), (10, 5), "{expected:?}");
    assert!(
        expected
            .contains(&Event::Answered { cseq: 2, outcome: Outcome::Rejected("no_such_account".to_owned()) })
    );
    for size in [1, 2, 3, 7] {
        let (events, _) = converse(kind, &identity, tls.clone(), Cut::Every(size));
        assert_eq!(events, expected, "{kind} in pieces of {size}");
    }
    for at in 1..bytes {
        let (events, _) = converse(kind, &identity, tls.clone(), Cut::At(at));
        assert_eq!(events, expected, "{kind} cut at {at}");
    }
}

#[test]
fn a_conversation_over_tcp_may_be_cut_anywhere() {
    check(TransportKind::Tcp);
}

#[test]
fn a_conversation_over_tls_may_be_cut_anywhere() {
    check(TransportKind::Tls);
}

#[test]
fn a_conversation_over_websocket_may_be_cut_anywhere() {
    check(TransportKind::Ws);
}

#[test]
fn a_conversation_over_websocket_in_tls_may_be_cut_anywhere() {
    check(TransportKind::Wss);
}
