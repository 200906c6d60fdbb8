//! Bytes that must not come: each closes its own connection by the right name, in bounded memory, and
//! nobody else notices.

use proto::{
    deflate::Deflater,
    frame::put_frame,
    kinds::{self, Lane},
    limits::CLIENT_FRAME_BYTES_MAX,
    packet::Packet,
};

use super::{
    peer::{REQUEST, message},
    world::{World, check_with, packets},
};
use crate::logic::limits::{ClientLimits, PARTING_BYTES_MAX};

/// What a client sends, and the name under which it is closed for it.
struct Attack {
    title: &'static str,
    /// Before this it said hello.
    is_greeted: bool,
    bytes: Vec<u8>,
    closed: &'static str,
}

fn frame(lane: Lane, deflated: bool, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_frame(&mut out, lane, deflated, body);
    out
}

fn plain(body: &[u8]) -> Vec<u8> {
    frame(Lane::MustArrive, false, body)
}

fn packet(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Packet { kind, body, ..Packet::default() }.put(&mut out);
    out
}

/// A body that says it is `declared` bytes, and inflates to `zeros`.
fn bomb(declared: u32, zeros: usize) -> Vec<u8> {
    let mut body = Vec::new();
    assert!(Deflater::default().deflate(&vec![0; zeros], &mut body));
    body[..4].copy_from_slice(&declared.to_le_bytes());
    body
}

fn deflated(packets: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    assert!(Deflater::default().deflate(packets, &mut body));
    body
}

fn attacks() -> Vec<Attack> {
    let attack = |title, is_greeted, bytes, closed| Attack { title, is_greeted, bytes, closed };
    let mut trailing = deflated(&packets("chat_say*0").repeat(200));
    trailing.push(0);
    let truncated = {
        let body = deflated(&packets("login_guest").repeat(300));
        body[..body.len() - 2].to_vec()
    };
    vec![
        attack("garbage", false, b"POST / HTTP/1.1\r\n\r\n".to_vec(), "bad_frame"),
        attack("an empty frame", true, vec![0, 0, 0, 0], "bad_frame"),
        attack("a huge length", true, vec![0xff, 0xff, 0xff, 0], "frame_too_large"),
        attack("reserved bits", true, vec![1, 0, 0, 0x80], "bad_frame"),
        attack("a hello above 4 KiB", false, vec![1, 0x10, 0, 0], "frame_too_large"),
        attack(
            "a first frame of 64 KiB",
            false,
            plain(&packet(kinds::HELLO, &vec![0; CLIENT_FRAME_BYTES_MAX - 10])),
            "frame_too_large",
        ),
        attack(
            "a hello that inflates above 4 KiB",
            false,
            frame(Lane::MustArrive, true, &deflated(&packet(kinds::HELLO, &[0; 4100]))),
            "frame_too_large",
        ),
        attack("a lane of the server", true, frame(Lane::LatestWins, false, &packets("ping")), "bad_frame"),
        attack("a packet longer than its frame", true, plain(&[200, 1, 8, 3]), "bad_packet"),
        attack("an endless varint", true, plain(&[0xff; 12]), "bad_packet"),
        attack("a group of groups", true, plain(&[[40].as_slice(), &[0x33; 40]].concat()), "bad_packet"),
        attack("a kind nobody knows", true, plain(&packet(999, &[])), "unknown_kind"),
        attack("a kind of the server", true, plain(&packets("welcome")), "unknown_kind"),
        attack("a body above its bound", true, plain(&packets("ping*9")), "body_too_large"),
        attack("a command first", false, plain(&packets("wallet_read")), "out_of_turn"),
        attack("a ping first", false, plain(&packets("ping")), "out_of_turn"),
        attack("a command before login", true, plain(&packets("wallet_read")), "out_of_turn"),
        attack("hello twice", true, plain(&packets("hello")), "out_of_turn"),
        attack("hello twice in one frame", false, plain(&packets("hello, hello")), "out_of_turn"),
        attack(
            "a bad packet after good ones",
            true,
            plain(&packets("ping, login_guest, welcome")),
            "unknown_kind",
        ),
        attack(
            "a bomb that says so",
            true,
            frame(Lane::MustArrive, true, &bomb(64 << 20, 64_000)),
            "frame_too_large",
        ),
        attack("a bomb that lies", true, frame(Lane::MustArrive, true, &bomb(100, 4_000_000)), "bad_deflate"),
        attack(
            "a deflated frame with bytes after it",
            true,
            frame(Lane::MustArrive, true, &trailing),
            "bad_deflate",
        ),
        attack("a truncated deflate stream", true, frame(Lane::MustArrive, true, &truncated), "bad_deflate"),
        attack(
            "a deflated frame of three bytes",
            true,
            frame(Lane::MustArrive, true, &[1, 0, 0]),
            "bad_deflate",
        ),
        attack("plain TLS without a certificate here", false, vec![0x16, 3, 1, 2, 0], "bad_transport"),
    ]
}

#[test]
fn every_attack_closes_its_own_connection_by_name_and_no_other() {
    for Attack { title, is_greeted, bytes, closed } in attacks() {
        for piece_bytes in [1, 3, usize::MAX] {
            let mut world = World::new(ClientLimits::default());
            world.connect("bo", None);
            world.send("bo", &packets("hello"));
            world.connect("eve", None);
            if is_greeted {
                world.send("eve", &packets("hello"));
            }
            world.settle();
            world.heard.clear();
            for piece in bytes.chunks(piece_bytes.min(bytes.len())) {
                world.receive("eve", piece);
            }
            world.settle();
            let told = format!("eve hears control: close {closed}");
            let known = format!("game hears eve closed {closed}");
            if closed != "bad_transport" {
                assert!(world.heard.contains(&told), "{title}: {:?}", world.heard);
            }
            assert_eq!(world.heard.contains(&known), is_greeted, "{title}: {:?}", world.heard);
            let others = world.heard.iter().filter(|line| !line.contains("eve")).count();
            assert_eq!(others, 0, "{title}: {:?}", world.heard);
            // Nothing of a frame that was refused goes on, the good packets before the bad one neither.
            let relayed = world.heard.iter().filter(|line| line.starts_with("game hears eve login")).count();
            assert_eq!(relayed, 0, "{title}: {:?}", world.heard);
            world.heard.clear();
            world.send("bo", &packets("ping"));
            world.settle();
            assert_eq!(world.heard, ["bo hears control: pong"], "{title}");
        }
    }
}

#[test]
fn frames_that_inflate_well_are_paid_for_before_more_is_read() {
    let mut world = World::new(ClientLimits::default());
    world.connect("eve", None);
    world.send("eve", &packets("hello"));
    world.settle();
    let zeros = packets("ping").repeat(CLIENT_FRAME_BYTES_MAX / 3);
    let small = frame(Lane::MustArrive, true, &deflated(&zeros));
    assert!(small.len() < 1_000, "{} bytes", small.len());
    world.receive("eve", &small.repeat(100));
    world.settle();
    let pongs = world.heard.iter().filter(|line| line.contains("pongs")).count();
    assert_eq!(pongs, 1, "one frame was taken, then its price is paid first");
}

#[test]
fn a_full_link_stops_the_reading_of_clients_and_an_empty_one_resumes_it() {
    let mut world = World::new(ClientLimits { packets_burst: 1_000_000, ..ClientLimits::default() });
    world.connect("ana", None);
    world.send("ana", &packets("hello"));
    let (key, now_ms) = (world.players["ana"].key, world.now_ms);
    // Below the largest frame, above what a login may hold: sent as rubbish that only game reads.
    let body = packet(kinds::LOGIN_PASSWORD, &[1; 500]).repeat(120);
    let big = plain(&body);
    let mut taken = 0;
    while world.hub.reading(key, now_ms) == super::super::Reading::Now {
        world.hub.receive(key, now_ms, &big);
        taken += big.len();
    }
    assert!(world.hub.batch().is_full());
    assert!(taken < 9 << 20, "{taken} bytes");
    assert_eq!(world.hub.reading(key, now_ms), super::super::Reading::LinkFull);
    let waiting = world.hub.batch().waiting().len();
    world.hub.batch().consume(waiting);
    assert_eq!(world.hub.reading(key, now_ms), super::super::Reading::Now);
}

#[test]
fn a_bug_that_one_client_meets_ends_its_connection_and_no_other() {
    let mut world = World::new(ClientLimits::default());
    for name in ["bo", "eve"] {
        world.connect(name, None);
        world.send(name, &packets("hello"));
    }
    world.settle();
    world.heard.clear();
    let body = packets("ping, login_guest");
    world.hub.desk.breaks_at = Some(body.len());
    world.receive("eve", &[plain(&packets("login_guest")), plain(&body)].concat());
    world.settle();
    assert_eq!(world.heard, ["game hears eve closed internal", "eve is gone"]);
    world.heard.clear();
    world.send("bo", &packets("ping"));
    world.settle();
    assert_eq!(world.heard, ["bo hears control: pong"]);
}

#[test]
fn an_empty_ping_brings_its_count_to_game_and_a_plain_one_does_not() {
    let mut world = World::new(ClientLimits::default());
    world.connect("ana", None);
    world.send("ana", &packets("hello"));
    world.settle();
    world.heard.clear();
    let mut counted = Vec::new();
    Packet { kind: kinds::PING, ack: 3, ..Packet::default() }.put(&mut counted);
    world.send("ana", &packets("ping"));
    world.send("ana", &counted);
    world.send("ana", &[packets("ping"), counted].concat());
    world.settle();
    let pings = world.heard.iter().filter(|line| *line == "game hears ana ping").count();
    assert_eq!(pings, 2, "{:?}", world.heard);
}

#[test]
fn a_websocket_pays_for_its_own_pings_and_for_crumbs() {
    let mut crumb = Vec::new();
    message(&mut crumb, 0, &[]);
    crumb[0] = 0;
    for (title, first, flood) in [
        ("pings", vec![], {
            let mut ping = Vec::new();
            message(&mut ping, 9, &[]);
            ping
        }),
        ("crumbs", vec![0x02, 0x81, 0, 0, 0, 0, 7], crumb),
    ] {
        let mut world = World::new(ClientLimits::default());
        world.connect("eve", None);
        world.receive("eve", REQUEST.as_bytes());
        world.receive("eve", &first);
        let key = world.players["eve"].key;
        let flood = flood.repeat(1_000);
        let mut taken = 0;
        while world.hub.reading(key, world.now_ms) == super::super::Reading::Now && taken < 10 << 20 {
            world.hub.receive(key, world.now_ms, &flood);
            taken += flood.len();
        }
        assert!(taken < 256 << 10, "{title}: {taken} bytes at once");
    }
}

#[test]
fn wrong_credentials_do_not_hold_a_place_for_ever() {
    check_with(
        ClientLimits { ping_idle_ms: 400_000, silence_ms: 500_000, ..ClientLimits::default() },
        "eve connects
         eve sends hello
         eve sends login_guest
         124999 ms pass
         eve sends login_guest
         1 ms pass",
        "game hears eve opened
         game hears eve hello
         game hears eve login_guest
         game hears eve login_guest
         eve hears control: close handshake_timeout
         eve is told no more
         game hears eve closed handshake_timeout",
    );
}

#[test]
fn a_closed_client_that_goes_on_sending_is_not_read_for_long() {
    let mut world = World::new(ClientLimits::default());
    world.connect("eve", None);
    world.receive("eve", &[0, 0, 0, 0]);
    world.settle();
    world.heard.clear();
    world.receive("eve", &[0; PARTING_BYTES_MAX - 1]);
    world.settle();
    assert!(world.heard.is_empty(), "{:?}", world.heard);
    world.receive("eve", &[0]);
    world.settle();
    assert_eq!(world.heard, ["eve is gone"]);
}
