//! The gateway from outside: real sockets, real threads, a game that the test plays by hand.

mod pauses;
mod world;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use gateway::{
    Error, RawConfig,
    config::{ConfigError, Live},
};
use proto::{
    close::CloseReason,
    kinds::{self, Lane},
    link_io::{Op, Record},
    rpc::Failure,
};

use world::{Client, Gateway, Meeting, PATIENCE, kind_of, noise, packet};

#[test]
fn clients_and_game_hear_each_other_through_the_gateway() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|_| ());
    assert!(gateway.is_silent() && !gateway.metrics.is_ready(), "no game, no service");
    let mut game = meeting.game();
    let address = gateway.address();
    let mut client = Client::login(address);
    let id = game.admit();
    // A command before the client knows that it is in may come before it is.
    game.say(&[Record {
        lane: Lane::Control,
        ..Record::new(Op::Send, id, 0, &packet(kinds::LOGGED_IN, b""))
    }]);
    assert_eq!(client.hear(), Some((Lane::Control, packet(kinds::LOGGED_IN, b""))));
    client.say(kinds::WALLET_READ, &[]);
    let heard = game.hear();
    assert_eq!((heard.op, heard.a, kind_of(&heard.payload)), (Op::Packets, id, kinds::WALLET_READ));
    let answer = packet(kinds::ANSWER, b"gold");
    game.say(&[Record::new(Op::Send, id, 0, &answer)]);
    assert_eq!(client.hear(), Some((Lane::MustArrive, answer)));
    client.say(kinds::PING, b"12345678");
    assert_eq!(client.hear(), Some((Lane::Control, packet(kinds::PONG, b"12345678"))));
    drop(client);
    let gone = game.hear();
    assert_eq!((gone.op, gone.a, gone.b), (Op::Closed, id, CloseReason::Gone as u64));
    assert_eq!(gateway.metrics.state(), "ready");
    gateway.stop().expect("a graceful stop");
}

#[test]
fn a_call_of_game_is_refused_by_name_and_the_link_stays() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|_| ());
    let mut game = meeting.game();
    game.say(&[
        Record::new(Op::Call, 7, 1_000, b"what is this?"),
        Record::new(Op::Cancel, 7, 0, &[]),
        Record::new(Op::Reply, 99, 0, b"to nothing"),
    ]);
    let heard = game.hear();
    assert_eq!((heard.op, heard.a, heard.b), (Op::Reply, 7, Failure::BadRequest as u64));
    let _client = Client::login(gateway.address());
    game.admit();
    gateway.stop().expect("a graceful stop");
}

#[test]
fn whoever_never_reads_loses_latest_wins_gets_a_snapshot_and_disturbs_nobody() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|raw| raw.outbox_grace_ms = 60_000);
    let mut game = meeting.game();
    let address = gateway.address();
    let mut clients: Vec<Client> = (0..3).map(|_| Client::login(address)).collect();
    let ids: Vec<u64> = (0..3).map(|_| game.admit()).collect();
    for &id in &ids {
        game.say(&[Record::new(Op::Subscribe, id, 5, &[])]);
    }
    // Which number belongs to which socket, the first word to each tells.
    for (index, &id) in ids.iter().enumerate() {
        game.say(&[Record::new(Op::Send, id, 0, &packet(kinds::PAID, &[u8::try_from(index).expect("3")]))]);
    }
    let order: Vec<usize> = clients
        .iter_mut()
        .map(|client| usize::from(*client.hear().expect("a word").1.last().expect("its number")))
        .collect();
    // Far more than outbox and socket buffers hold; two read, one does not.
    let wave = packet(kinds::CHAT_HEARD, &noise(60_000));
    for _ in 0..200 {
        game.say(&[Record { lane: Lane::LatestWins, ..Record::new(Op::Publish, 0, 5, &wave) }]);
        for client in &mut clients[..2] {
            assert_eq!(client.hear(), Some((Lane::LatestWins, wave.clone())));
        }
    }
    assert!(
        0 < gateway.figure("frames_dropped"),
        "in the turns before the one that the others have heard of"
    );
    // It reads at last: what was queued, and then game is asked for what it missed.
    let slow = ids[order[2]];
    let mut client = clients.pop().expect("the slow one");
    let reader = std::thread::spawn(move || {
        let mut heard = 0;
        while let Some((_, body)) = client.hear() {
            if body.len() < 100 {
                return heard;
            }
            heard += 1;
        }
        panic!("it was closed");
    });
    let asked = game.hear();
    assert_eq!((asked.op, asked.a, asked.b), (Op::Refresh, slow, 5));
    game.say(&[Record::new(Op::Refreshed, slow, 5, &packet(kinds::CHAT_HEARD, b"now"))]);
    let heard = reader.join().expect("the snapshot came");
    assert!(heard < 200, "some were dropped");
    gateway.stop().expect("a graceful stop");
}

#[test]
fn whoever_cannot_take_what_must_arrive_is_closed_as_too_slow() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|_| ());
    let mut game = meeting.game();
    let client = Client::login(gateway.address());
    let id = game.admit();
    let word = packet(kinds::PAID, &noise(200_000));
    loop {
        game.say(&[Record::new(Op::Send, id, 0, &word)]);
        game.say(&[Record::new(Op::Ping, 0, 0, &[])]);
        let heard = game.hear();
        if heard.op == Op::Closed {
            assert_eq!((heard.a, heard.b), (id, CloseReason::TooSlow as u64));
            break;
        }
        assert_eq!(heard.op, Op::Pong);
    }
    drop(client);
    gateway.stop().expect("a graceful stop");
}

#[test]
fn a_game_that_reads_late_gets_everything_and_the_gateway_keeps_little() {
    const FRAMES: usize = 800;
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|raw| (raw.packets_per_s, raw.packets_burst) = (100_000_000, 100_000_000));
    let mut game = meeting.game();
    let mut client = Client::login(gateway.address());
    let id = game.admit();
    game.say(&[Record::new(Op::Send, id, 0, &packet(kinds::PAID, b""))]);
    assert!(client.hear().is_some());
    let body = packet(kinds::CHAT_SAY, &noise(500)).repeat(100);
    let mut frame = Vec::new();
    proto::frame::put_frame(&mut frame, Lane::MustArrive, false, &body);
    let (tell, told) = std::sync::mpsc::channel();
    let writer = std::thread::spawn(move || {
        for number in 0..FRAMES {
            client.socket.write_all(&frame).expect("an open connection");
            if number == FRAMES / 4 {
                tell.send(()).expect("a listener");
            }
        }
        client
    });
    // More has been sent than the link's bound; from here on game reads.
    told.recv_timeout(PATIENCE).expect("a quarter is written");
    let waiting = gateway.figure("link_bytes_waiting");
    assert!(waiting < 9 << 20, "{waiting} bytes");
    for _ in 0..FRAMES {
        let heard = game.hear();
        assert_eq!((heard.op, heard.a), (Op::Packets, id));
        assert!(heard.payload == body, "a frame arrives whole");
    }
    drop(writer.join().expect("all was written"));
    gateway.stop().expect("a graceful stop");
}

#[test]
fn when_an_old_game_goes_clients_are_told_and_when_it_comes_again_they_may_return() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|_| ());
    let mut game = meeting.game_speaking(1);
    let address = gateway.address();
    let mut client = Client::login(address);
    game.admit();
    drop(game);
    assert_eq!(client.closed_as(), "game_away");
    let mut game = meeting.game_speaking(1);
    let mut client = Client::login(address);
    let id = game.admit();
    let word = packet(kinds::PAID, b"again");
    game.say(&[Record::new(Op::Send, id, 0, &word)]);
    assert_eq!(client.hear(), Some((Lane::MustArrive, word)));
    gateway.stop().expect("a graceful stop");
}

#[test]
fn a_game_that_breaks_the_rules_of_the_link_loses_it() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|_| ());
    let mut game = meeting.game_speaking(1);
    let mut client = Client::login(gateway.address());
    game.admit();
    game.say(&[Record::new(Op::Turn, 1, 1, &[])]);
    assert_eq!(client.closed_as(), "game_away");
    meeting.game();
    gateway.stop().expect("a graceful stop");
}

#[test]
fn a_stop_tells_everyone_and_ends() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|raw| raw.threads = 2);
    let mut games = [meeting.game(), meeting.game()];
    let address = gateway.address();
    let mut clients: Vec<Client> = (0..20).map(|_| Client::login(address)).collect();
    // Each thread took its share; wait until each client was heard.
    let told: Vec<_> = clients
        .iter_mut()
        .map(|client| {
            client.say(kinds::PING, b"here");
            client.hear().expect("a pong")
        })
        .collect();
    assert_eq!(told.len(), 20);
    gateway.until("opened", 20);
    let metrics = Arc::clone(&gateway.metrics);
    let closing = std::thread::spawn(move || {
        for client in &mut clients {
            assert_eq!(client.closed_as(), "stopping");
        }
    });
    gateway.stop().expect("a graceful stop");
    closing.join().expect("all were told");
    assert_eq!(metrics.state(), "stopping");
    let connections = metrics.figures().iter().find(|figure| figure.name == "connections").map(|f| f.value);
    assert_eq!(connections, Some(0));
    for game in &mut games {
        game.say(&[]);
    }
}

#[test]
fn a_client_that_drips_bytes_is_closed_at_the_handshake_deadline() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|raw| raw.handshake_ms = 3_000);
    let _game = meeting.game();
    let mut client = Client::connect(gateway.address());
    client.socket.write_all(&[9, 0]).expect("an open connection");
    assert_eq!(client.closed_as(), "handshake_timeout");
    gateway.stop().expect("a graceful stop");
}

#[test]
fn an_address_and_the_server_have_only_so_much_room() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|raw| {
        raw.limit_loopback = true;
        raw.max_per_address = 2;
    });
    let mut game = meeting.game();
    let address = gateway.address();
    let first = Client::login(address);
    game.admit();
    let _second = Client::login(address);
    let second_id = game.admit();
    assert_eq!(Client::login(address).closed_as(), "address_full");
    drop(first);
    assert_eq!(game.hear().op, Op::Closed);
    let _third = Client::login(address);
    assert_ne!(game.admit(), second_id);

    // Limits that change while it runs hold for who comes next, and nobody goes for them.
    let live = Live {
        max_connections: 100,
        max_per_address: 3,
        max_new_per_address_per_s: 1_000,
        packets_per_s: 200,
        packets_burst: 400,
    };
    gateway.orders.limit(live);
    let _fourth = Client::login(address);
    game.admit();
    gateway.orders.limit(Live { max_per_address: 1, ..live });
    assert_eq!(Client::login(address).closed_as(), "address_full");
    gateway.orders.limit(Live { max_connections: 3, max_per_address: 100, ..live });
    assert_eq!(Client::login(address).closed_as(), "server_full");
    gateway.until("connections", 3);
    gateway.stop().expect("a graceful stop");
}

#[test]
fn the_oldest_without_credentials_makes_room_for_a_newcomer() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|raw| {
        raw.threads = 1;
        raw.max_half_done = 3;
    });
    let mut game = meeting.game();
    let address = gateway.address();
    let greet = |game: &mut world::Game| {
        let mut client = Client::connect(address);
        client.say(kinds::HELLO, &[]);
        assert_eq!((game.hear().op, game.hear().op), (Op::Opened, Op::Packets));
        client
    };
    let mut first = greet(&mut game);
    first.say(kinds::LOGIN_PASSWORD, &[]);
    let tries = game.hear();
    assert_eq!(tries.op, Op::Packets);
    let mut second = greet(&mut game);
    let mut third = greet(&mut game);
    let _newcomer = Client::login(address);
    assert_eq!(second.closed_as(), "crowded_out");
    for op in [Op::Closed, Op::Opened, Op::Packets, Op::Packets] {
        assert_eq!(game.hear().op, op);
    }
    // Now all have sent credentials, and the oldest of them goes.
    third.say(kinds::LOGIN_GUEST, &[]);
    assert_eq!(game.hear().op, Op::Packets);
    let _fourth = Client::login(address);
    assert_eq!(first.closed_as(), "crowded_out");
    gateway.until("closed.crowded_out", 2);
    gateway.stop().expect("a graceful stop");
}

#[test]
fn bytes_after_the_last_words_do_not_swallow_them() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|_| ());
    let _game = meeting.game();
    let mut client = Client::connect(gateway.address());
    let mut garbage = vec![0xff; 4];
    garbage.extend_from_slice(&[7; 300_000]);
    // The gateway may stop reading at any point; what matters is what it says.
    drop(client.socket.write_all(&garbage));
    assert_eq!(client.closed_as(), "bad_frame");
    gateway.stop().expect("a graceful stop");
}

#[test]
fn a_port_that_is_taken_and_a_certificate_that_is_none_end_it_by_name() {
    let meeting = Meeting::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = taken.local_addr().expect("its address");
    let gateway = Gateway::start(RawConfig { listen, ..RawConfig::default() }, meeting.folder.path());
    assert_eq!(gateway.stop().map_err(|error| error.code()), Err("ADDRESS_IN_USE"));
    // Another gateway's port, which the system would let us share.
    let neighbour = Meeting::new();
    let first = neighbour.gateway(|_| ());
    let _its_game = neighbour.game();
    let listen = first.address();
    let gateway = Gateway::start(RawConfig { listen, ..RawConfig::default() }, meeting.folder.path());
    assert_eq!(gateway.stop().map_err(|error| error.code()), Err("ADDRESS_IN_USE"));
    first.stop().expect("a graceful stop");
    let file = meeting.folder.path().join("no.pem");
    std::fs::write(&file, "no certificate").expect("a file");
    let file = file.to_str().expect("a path").to_owned();
    let gateway = meeting.gateway(|raw| (raw.tls_certificate, raw.tls_key) = (file.clone(), file));
    assert_eq!(gateway.stop().map_err(|error| error.code()), Err("BAD_CERTIFICATE"));
    let open = RawConfig { listen: SocketAddr::from(([0, 0, 0, 0], 0)), ..RawConfig::default() };
    let error = Error::from(open.check(meeting.folder.path()).expect_err("refused"));
    assert!(matches!(error, Error::Config(ConfigError::Insecure(_))) && error.code() == "CONFIG");
}

#[test]
fn a_new_certificate_serves_new_connections_without_a_restart() {
    let meeting = Meeting::new();
    let [chain, key] = ["chain.pem", "key.pem"].map(|name| meeting.folder.path().join(name));
    let renew = |name: &str| {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
        std::fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
        std::fs::write(&chain, made.cert.pem()).expect("a file");
        made.cert.der().clone()
    };
    let first = renew("first.example");
    let gateway = meeting.gateway(|raw| {
        raw.tls_certificate = chain.to_str().expect("a path").to_owned();
        raw.tls_key = key.to_str().expect("a path").to_owned();
    });
    let mut game = meeting.game();
    let address = gateway.address();
    let mut old = tls(address, "first.example", &first).expect("the first certificate");
    let second = renew("second.example");
    // The files are looked at each second; each attempt waits for the server's answer.
    let bound = 100_000;
    let mut new = (0..bound)
        .find_map(|_| tls(address, "second.example", &second))
        .expect("the second certificate is served at last");
    for session in [&mut old, &mut new] {
        let hello = [packet(kinds::HELLO, &[])].map(|body| {
            let mut frame = Vec::new();
            proto::frame::put_frame(&mut frame, Lane::MustArrive, false, &body);
            frame
        });
        session.write_all(&hello[0]).expect("an open connection");
        let opened = game.hear();
        assert_eq!((opened.op, opened.b & 0xff), (Op::Opened, 1), "TLS");
        assert_eq!(game.hear().op, Op::Packets);
    }
    gateway.stop().expect("a graceful stop");
}

type Session = rustls::StreamOwned<rustls::ClientConnection, TcpStream>;

/// A TLS connection to a server that proves itself with this certificate.
fn tls(
    address: SocketAddr,
    name: &str,
    certificate: &rustls::pki_types::CertificateDer<'static>,
) -> Option<Session> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.clone()).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from(name.to_owned()).expect("a name");
    let mut session = rustls::ClientConnection::new(Arc::new(config), name).expect("a session");
    let mut socket = TcpStream::connect(address).expect("a listener");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    while session.is_handshaking() {
        session.complete_io(&mut socket).ok()?;
    }
    Some(rustls::StreamOwned::new(session, socket))
}

#[test]
fn a_tls_client_is_told_why_it_is_closed() {
    let meeting = Meeting::new();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let [chain, key] = ["chain.pem", "key.pem"].map(|name| meeting.folder.path().join(name));
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    std::fs::write(&chain, made.cert.pem()).expect("a file");
    let gateway = meeting.gateway(|raw| {
        raw.tls_certificate = chain.to_str().expect("a path").to_owned();
        raw.tls_key = key.to_str().expect("a path").to_owned();
    });
    let _game = meeting.game();
    let mut session = tls(gateway.address(), "localhost", made.cert.der()).expect("a session");
    session.write_all(&[0xff; 8]).expect("an open connection");
    let mut heard = Vec::new();
    session.read_to_end(&mut heard).expect("a clean end");
    assert!(heard.windows(9).any(|bytes| bytes == b"bad_frame"));
    gateway.stop().expect("a graceful stop");
}
