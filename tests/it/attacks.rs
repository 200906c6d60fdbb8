//! Everything hostile that a client port meets: each costs its own connection and nobody else's.

use std::net::SocketAddr;

use proto::{
    client,
    deflate::Deflater,
    frame::put_frame,
    kinds::{self, Lane},
    packet::{Packet, put_field_bytes},
    wire,
};

use crate::support::{
    Tier,
    neighbors::Neighbors,
    raw::Raw,
    stack::{Role, Stack},
};

type Attack = fn(&mut Raw);

/// What is sent, and the name under which the connection must end.
fn attacks() -> Vec<(&'static str, Attack, &'static str)> {
    vec![
        ("reserved bits", |raw| raw.send(&[1, 0, 0, 0x80, 0]), "bad_frame"),
        ("an empty frame", |raw| raw.send(&[0, 0, 0, 0]), "bad_frame"),
        ("a length of 16 MiB", |raw| raw.send(&[0xff, 0xff, 0xff, 0]), "frame_too_large"),
        ("a hello of 5 KiB", |raw| raw.send_packet(kinds::HELLO, 0, &[0; 5000]), "frame_too_large"),
        (
            "a frame of 65 KiB after login",
            |raw| {
                raw.guest();
                raw.send_packets(&[0; 66_000]);
            },
            "frame_too_large",
        ),
        ("not a packet", |raw| raw.send_packets(&[0xff; 40]), "bad_packet"),
        ("a group in the envelope", |raw| raw.send_packets(&[2, 0x0b, 0x0c]), "bad_packet"),
        ("a command before hello", |raw| raw.send_packet(kinds::WALLET_READ, 1, &[]), "out_of_turn"),
        (
            "a command before login",
            |raw| {
                raw.hello();
                raw.send_packet(kinds::WALLET_READ, 1, &[]);
            },
            "out_of_turn",
        ),
        (
            "an unknown kind",
            |raw| {
                raw.guest();
                raw.send_packet(999_999, 1, &[]);
            },
            "unknown_kind",
        ),
        (
            "a kind that only the server sends",
            |raw| {
                raw.guest();
                raw.send_packet(kinds::PAID, 1, &[]);
            },
            "unknown_kind",
        ),
        (
            "a body above its kind's bound",
            |raw| {
                raw.guest();
                raw.send_packet(kinds::PAY, 1, &[0; 33]);
            },
            "body_too_large",
        ),
        (
            "a body that is not its message",
            |raw| {
                raw.guest();
                refused(raw, kinds::PAY, &[0x0a, 0x01, 0x00]);
            },
            "unknown_kind",
        ),
        (
            "a body of nothing but fields",
            |raw| {
                raw.guest();
                refused(raw, kinds::CHAT_SAY, &[0x0a, 0x00].repeat(280));
            },
            "unknown_kind",
        ),
        (
            "a skipped command number",
            |raw| {
                raw.guest();
                raw.send_packet(kinds::WALLET_READ, 2, &[]);
            },
            "bad_sequence",
        ),
        (
            "a repeated command number",
            |raw| {
                raw.guest();
                raw.command(kinds::WALLET_READ, 1, &[]);
                raw.send_packet(kinds::WALLET_READ, 1, &[]);
            },
            "bad_sequence",
        ),
        (
            "a command without a number",
            |raw| {
                raw.guest();
                raw.send_packet(kinds::WALLET_READ, 0, &[]);
            },
            "bad_sequence",
        ),
        (
            "a second hello",
            |raw| {
                raw.guest();
                let hello = wire::encode(&client::Hello { protocol: 1, client: String::new() });
                raw.send_packet(kinds::HELLO, 0, &hello);
            },
            "out_of_turn",
        ),
        (
            "a version of tomorrow",
            |raw| {
                let hello = wire::encode(&client::Hello { protocol: 99, client: String::new() });
                raw.send_packet(kinds::HELLO, 0, &hello);
            },
            "version",
        ),
        (
            "a bomb of 16 MiB",
            |raw| {
                raw.guest();
                let mut bomb = Vec::new();
                assert!(Deflater::default().deflate(&vec![0; 16 << 20], &mut bomb));
                bomb.truncate(60_000);
                let mut frame = Vec::new();
                put_frame(&mut frame, Lane::MustArrive, true, &bomb);
                raw.send(&frame);
            },
            "frame_too_large",
        ),
        (
            "a deflated body that lies",
            |raw| {
                raw.guest();
                let mut body = Vec::new();
                assert!(Deflater::default().deflate(&[7; 4000], &mut body));
                body[..4].copy_from_slice(&5000u32.to_le_bytes());
                let mut frame = Vec::new();
                put_frame(&mut frame, Lane::MustArrive, true, &body);
                raw.send(&frame);
            },
            "bad_deflate",
        ),
        (
            "thirty thousand nested bytes",
            |raw| {
                let mut nested = Vec::new();
                for _ in 0..1000 {
                    let inner = std::mem::take(&mut nested);
                    put_field_bytes(&mut nested, 3, &inner);
                    nested.truncate(3900);
                }
                raw.send_packet(kinds::HELLO, 0, &nested);
            },
            "*",
        ),
    ]
}

/// A command whose body is not its message is rejected by name, once; then the connection is ended.
fn refused(raw: &mut Raw, kind: u32, body: &[u8]) {
    let answer = raw.command(kind, 1, body);
    assert_eq!((answer.status(), answer.error.as_str()), (client::Status::Rejected, "bad_body"));
    raw.send_packet(999_999, 2, &[]);
}

#[test]
fn each_attack_ends_by_its_name_while_a_hundred_neighbors_notice_nothing() {
    let stack = Stack::start(&["--set", "gateway.handshake_ms=1000", "--set", "gateway.packets_per_s=2000"]);
    let server = stack.listen;
    let neighbors = Neighbors::start(server, 100);
    let resident = || Role::STOP_ORDER.map(|role| (role, stack.resident_kib(role)));
    let before = resident();
    let rounds = Tier::current().pick(3, 30);
    for round in 0..rounds {
        for (what, attack, name) in attacks() {
            let mut raw = Raw::connect(server);
            attack(&mut raw);
            let ended = raw.close_name();
            assert!(name == "*" || ended == name, "{what}, round {round}: ended as {ended}, not {name}");
        }
        garbage(server, round);
        half_frames(server);
    }
    for ((role, after), (_, before)) in resident().into_iter().zip(before) {
        let grown = after.saturating_sub(before);
        assert!(grown < 48 * 1024, "{} grew by {grown} KiB under attack", role.name());
    }
    neighbors.check();
    assert!(stack.stop().status.success());
}

/// Bytes of every kind, from one connection each: whatever happens, it is this connection's end.
fn garbage(server: SocketAddr, round: u32) {
    for seed in 0..40u32 {
        let mut raw = Raw::connect(server);
        let mut state = seed * 7919 + round + 1;
        let bytes: Vec<u8> = (0..2000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_le_bytes()[3]
            })
            .collect();
        raw.send(&bytes);
        raw.close_name();
    }
}

/// Connections that never finish what they began are closed by the handshake's deadline; by name, once
/// their first bytes have told which transport to say it in.
fn half_frames(server: SocketAddr) {
    let mut frame = Vec::new();
    put_frame(&mut frame, Lane::MustArrive, false, &[1; 64]);
    let mut slow: Vec<(usize, Raw)> = (0..15)
        .map(|kept| {
            let mut raw = Raw::connect(server);
            raw.send(&frame[..kept]);
            (kept, raw)
        })
        .collect();
    for (kept, raw) in &mut slow {
        let name = raw.close_name();
        assert!(name == "handshake_timeout" || *kept < 3 && name == "eof", "{kept} bytes: ended as {name}");
    }
}

#[test]
fn a_thousand_wrong_passwords_are_refused_by_name_and_the_owner_still_plays() {
    let stack = Stack::start(&["--set", "game.argon2_memory_kib=64", "--set", "game.argon2_passes=1"]);
    let server = stack.listen;
    let credentials = |password: &str| {
        wire::encode(&client::LoginPassword { name: "Ana".into(), password: password.into() })
    };
    let mut owner = Raw::connect(server);
    owner.hello();
    owner.send_packet(kinds::REGISTER, 0, &credentials("correct horse battery"));
    owner.wait_for(kinds::LOGGED_IN).expect("registered");
    let neighbors = Neighbors::start(server, 100);
    let (mut refused, mut compared) = (0, 0);
    while refused < 1000 {
        let mut raw = Raw::connect(server);
        raw.hello();
        let mut closed = false;
        while !closed {
            raw.send_packet(kinds::LOGIN_PASSWORD, 0, &credentials("wrong horse"));
            loop {
                match raw.next() {
                    Some((kinds::LOGIN_QUEUED, ..)) => {}
                    Some((kinds::LOGIN_REFUSED, _, body)) => {
                        let said =
                            wire::decode::<client::LoginRefused>(&body, proto::prescan::Budget::CLIENT);
                        match said.expect("a refusal").name.as_str() {
                            "bad_credentials" => compared += 1,
                            "slow_down" => {}
                            other => panic!("refused as {other}"),
                        }
                        refused += 1;
                        break;
                    }
                    Some((kinds::CLOSE, _, body)) => {
                        let said = wire::decode::<client::Close>(&body, proto::prescan::Budget::CLIENT);
                        assert_eq!(said.expect("a close").name, "too_many_logins");
                        closed = true;
                        break;
                    }
                    Some((kind, ..)) => panic!("kind {kind} for a wrong password"),
                    None => {
                        closed = true;
                        break;
                    }
                }
            }
        }
    }
    // Five are free, and the delay doubles: even an hour of this test would compare few more.
    assert!((5..100).contains(&compared), "{compared} of {refused} wrong passwords were compared");
    assert!(matches!(owner.command(kinds::WALLET_READ, 1, &[]).status(), client::Status::Ok));
    neighbors.check();
    assert!(stack.stop().status.success());
}

#[test]
fn two_packets_of_a_frame_are_two_commands() {
    let stack = Stack::start(&[]);
    let mut raw = Raw::connect(stack.listen);
    raw.guest();
    let mut packets = Vec::new();
    for cseq in 1..=3 {
        Packet { kind: kinds::WALLET_READ, cseq, ..Packet::default() }.put(&mut packets);
    }
    raw.send_packets(&packets);
    let order: Vec<u64> = (0..3).map(|_| raw.wait_for(kinds::ANSWER).expect("an answer").0).collect();
    assert_eq!(order, [1, 2, 3]);
    assert!(stack.stop().status.success());
}
