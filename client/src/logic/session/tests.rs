//! A server's packets as scripts: what a session makes of them, in turn and out of it.

mod coming_back;

use proto::{
    client::{Close, LoggedIn, LoginRefused, Paid, Welcome},
    deflate::Inflater,
    frame::put_frame,
    kinds::{self, Lane},
    packet::Packets,
    wire,
};

use super::*;
use crate::logic::{
    types::{Outcome, Secret},
    violation::Violation,
};

struct Script {
    session: Session,
    inflater: Inflater,
    now: Instant,
}

impl Script {
    fn new() -> Self {
        let now = tokio::time::Instant::now().into_std();
        Self { session: Session::new("test", now), inflater: Inflater::default(), now }
    }

    fn welcomed() -> Self {
        let mut script = Self::new();
        script.tell(Lane::Control, kinds::WELCOME, &wire::encode(&welcome())).expect("in turn");
        script
    }

    fn playing() -> Self {
        let mut script = Self::welcomed();
        script.session.login(&Login::Guest).expect("welcomed");
        let reply = LoggedIn { account: 5, cseq_last: 9, secret: vec![1; 32].into(), ..LoggedIn::default() };
        script.tell(Lane::Control, kinds::LOGGED_IN, &wire::encode(&reply)).expect("in turn");
        script
    }

    fn tell(&mut self, lane: Lane, kind: u32, body: &[u8]) -> Result<(), Violation> {
        self.tell_packet(lane, Packet { kind, body, ..Packet::default() })
    }

    fn answer(&mut self, re: u64) -> Result<(), Violation> {
        self.tell_packet(Lane::MustArrive, Packet { kind: kinds::ANSWER, re, ..Packet::default() })
    }

    fn tell_packet(&mut self, lane: Lane, packet: Packet<'_>) -> Result<(), Violation> {
        let (mut body, mut frame) = (Vec::new(), Vec::new());
        packet.put(&mut body);
        put_frame(&mut frame, lane, false, &body);
        self.session.receive(&frame, &mut self.inflater, self.now)
    }

    /// Kind, number and count of what was sent since the last look.
    fn sent(&mut self) -> Vec<(u32, u64, u64)> {
        let mut sent = Vec::new();
        while let Some(frame) = self.session.take_frame() {
            let packets = Packets::new(&frame[4..]).map(|packet| packet.expect("our own"));
            sent.extend(packets.map(|packet| (packet.kind, packet.cseq, packet.ack)));
        }
        sent
    }

    fn events(&mut self) -> usize {
        std::iter::from_fn(|| self.session.take_event()).count()
    }
}

fn welcome() -> Welcome {
    Welcome { protocol: CLIENT_PROTOCOL, ..Welcome::default() }
}

fn code(result: Result<(), Violation>) -> &'static str {
    result.map_or_else(|violation| violation.code(), |()| "fine")
}

#[test]
fn hello_login_commands_and_counts_go_out_as_the_protocol_says() {
    let mut script = Script::playing();
    let hello_and_login = [(kinds::HELLO, 0, 0), (kinds::LOGIN_GUEST, 0, 0)];
    assert_eq!(script.sent(), hello_and_login);
    assert_eq!(script.session.command(kinds::WALLET_READ, &[]), Ok(10));
    assert_eq!(script.session.command(kinds::WALLET_READ, &[]), Ok(11));
    assert_eq!(script.sent(), [(kinds::WALLET_READ, 10, 0), (kinds::WALLET_READ, 11, 0)]);
    let paid = Paid { from: 1, amount: 2, ..Paid::default() };
    script.tell(Lane::MustArrive, kinds::PAID, &wire::encode(&paid)).expect("in turn");
    script.answer(11).expect("out of order is fine");
    assert_eq!(script.session.command(kinds::WALLET_READ, &[]), Ok(12));
    assert_eq!(script.sent(), [(kinds::WALLET_READ, 12, 2)], "two counted packets came");
}

#[test]
fn a_refused_login_may_be_followed_by_another() {
    let mut script = Script::welcomed();
    let refused =
        wire::encode(&LoginRefused { name: "bad_credentials".to_owned(), ..LoginRefused::default() });
    for _ in 0..2 {
        assert_eq!(script.session.login(&Login::Guest), Ok(()));
        assert!(script.session.login(&Login::Guest).is_err(), "one at a time");
        script.tell(Lane::Control, kinds::LOGIN_REFUSED, &refused).expect("in turn");
    }
    assert!(script.session.command(kinds::WALLET_READ, &[]).is_err());
    assert_eq!(script.events(), 3);
}

#[test]
fn a_notice_may_overtake_the_answer_to_a_login() {
    let mut script = Script::welcomed();
    assert_eq!(script.session.login(&Login::Guest), Ok(()));
    script.tell(Lane::Control, kinds::NOTICE, &[]).expect("in turn");
    assert_eq!(code(Script::welcomed().tell(Lane::Control, kinds::NOTICE, &[])), "violation.out_of_turn");
}

#[test]
fn what_comes_out_of_turn_is_named() {
    let logged_in = wire::encode(&LoggedIn { account: 1, ..LoggedIn::default() });
    let out_of_turn = "violation.out_of_turn";
    assert_eq!(code(Script::new().tell(Lane::Control, kinds::LOGGED_IN, &logged_in)), out_of_turn);
    assert_eq!(code(Script::new().answer(1)), out_of_turn);
    assert_eq!(code(Script::welcomed().tell(Lane::Control, kinds::LOGGED_IN, &logged_in)), out_of_turn);
    assert_eq!(code(Script::welcomed().tell(Lane::MustArrive, kinds::PAID, &[])), out_of_turn);
    let again = wire::encode(&welcome());
    assert_eq!(code(Script::playing().tell(Lane::Control, kinds::WELCOME, &again)), out_of_turn);
    let mut script = Script::playing();
    let close = wire::encode(&Close { code: 34, name: "stopping".to_owned(), retry_after_ms: 0 });
    assert_eq!(code(script.tell(Lane::Control, kinds::CLOSE, &close)), "fine");
    assert_eq!(code(script.tell(Lane::MustArrive, kinds::PAID, &[])), "violation.after_close");
}

#[test]
fn what_no_server_may_send_is_named() {
    let mut guest = Script::welcomed();
    guest.session.login(&Login::Guest).expect("welcomed");
    let bare = wire::encode(&LoggedIn { account: 1, ..LoggedIn::default() });
    assert_eq!(code(guest.tell(Lane::Control, kinds::LOGGED_IN, &bare)), "violation.login_incomplete");
    let newer = wire::encode(&Welcome { protocol: CLIENT_PROTOCOL + 1, ..welcome() });
    assert_eq!(code(Script::new().tell(Lane::Control, kinds::WELCOME, &newer)), "violation.protocol");
    for (lane, packet, expected) in [
        (Lane::MustArrive, Packet { kind: 2_000, ..Packet::default() }, "violation.unknown_kind"),
        (Lane::MustArrive, Packet { kind: kinds::PAY, ..Packet::default() }, "violation.not_from_server"),
        (Lane::Expiring, Packet { kind: kinds::PAID, ..Packet::default() }, "violation.wrong_lane"),
        (
            Lane::MustArrive,
            Packet { kind: kinds::PAID, re: 1, ..Packet::default() },
            "violation.stray_envelope",
        ),
        (
            Lane::MustArrive,
            Packet { kind: kinds::PAID, cseq: 1, ..Packet::default() },
            "violation.stray_envelope",
        ),
        (
            Lane::MustArrive,
            Packet { kind: kinds::PAID, body: &[0x0b], ..Packet::default() },
            "violation.body",
        ),
        (Lane::MustArrive, Packet { kind: kinds::ANSWER, ..Packet::default() }, "violation.stray_envelope"),
        (
            Lane::MustArrive,
            Packet { kind: kinds::ANSWER, re: 9, ..Packet::default() },
            "violation.answer_out_of_range",
        ),
        (
            Lane::MustArrive,
            Packet { kind: kinds::ANSWER, re: 11, ..Packet::default() },
            "violation.answer_out_of_range",
        ),
        (
            Lane::MustArrive,
            Packet { kind: kinds::ANSWER, re: 10, body: &[8, 3], ..Packet::default() },
            "violation.answer_status",
        ),
        (
            Lane::MustArrive,
            Packet { kind: kinds::ANSWER, re: 10, body: &[1], ..Packet::default() },
            "violation.body",
        ),
        (Lane::Control, Packet { kind: kinds::PONG, ..Packet::default() }, "violation.pong_unasked"),
    ] {
        let mut script = Script::playing();
        script.session.command(kinds::WALLET_READ, &[]).expect("logged in");
        assert_eq!(code(script.tell_packet(lane, packet)), expected, "{packet:?}");
    }
    for (bytes, expected) in [
        (&[1, 0, 0, 0x08, 0][..], "violation.frame"),
        (&[0, 0, 0, 0], "violation.frame"),
        (&[0xff, 0xff, 0xff, 0], "violation.frame"),
        (&[4, 0, 0, 1, 0xff, 0xff, 0xff, 0xff], "violation.deflate"),
        (&[1, 0, 0, 0, 9], "violation.packet"),
    ] {
        let mut script = Script::playing();
        let result = script.session.receive(bytes, &mut script.inflater, script.now);
        assert_eq!(code(result), expected, "{bytes:?}");
    }
}

#[test]
fn a_doubled_answer_is_named_and_the_first_one_stands() {
    let mut script = Script::playing();
    script.session.command(kinds::WALLET_READ, &[]).expect("logged in");
    let _ = script.events();
    assert_eq!(code(script.answer(10)), "fine");
    assert_eq!(code(script.answer(10)), "violation.answer_doubled");
    let event = script.session.take_event();
    assert_eq!(event, Some(Event::Answered { cseq: 10, outcome: Outcome::Ok(bytes::Bytes::new()) }));
    assert_eq!(script.events(), 0);
}

#[test]
fn the_sixty_fifth_command_waits_for_the_oldest_answer() {
    let mut script = Script::playing();
    for cseq in 10..74 {
        assert_eq!(script.session.command(kinds::WALLET_READ, &[]), Ok(cseq));
    }
    assert_eq!(script.session.command(kinds::WALLET_READ, &[]), Err(CommandError::WindowFull));
    assert!(!script.session.has_room());
    script.answer(10).expect("in turn");
    assert_eq!(script.session.command(kinds::WALLET_READ, &[]), Ok(74));
    assert_eq!(script.session.window().map(Window::unanswered_count), Some(64));
}

#[test]
fn an_idle_server_is_pinged_after_15_s_and_given_up_after_45() {
    let mut script = Script::playing();
    let _ = script.sent();
    let start = script.now;
    assert_eq!(script.session.deadline(), start + Duration::from_secs(15));
    assert_eq!(script.session.on_time(start + Duration::from_secs(14)), Ok(()));
    assert_eq!(script.sent(), []);
    assert_eq!(script.session.on_time(start + Duration::from_secs(15)), Ok(()));
    assert_eq!(script.session.on_time(start + Duration::from_secs(16)), Ok(()));
    assert_eq!(script.sent(), [(kinds::PING, 0, 0)], "once");
    assert_eq!(script.session.deadline(), start + Duration::from_secs(45));
    script.now = start + Duration::from_secs(20);
    assert_eq!(code(script.tell(Lane::Control, kinds::PONG, &1u64.to_le_bytes())), "fine");
    assert_eq!(script.session.deadline(), start + Duration::from_secs(35));
    assert_eq!(script.session.on_time(start + Duration::from_secs(65)), Err(Silent));
}

#[test]
fn a_servers_ping_is_answered_with_what_it_held() {
    let mut script = Script::playing();
    let _ = script.sent();
    script.tell(Lane::Control, kinds::PING, b"tick").expect("at any time");
    let frame = script.session.take_frame().expect("a pong");
    let packet = Packets::new(&frame[4..]).next().expect("one").expect("our own");
    assert_eq!((packet.kind, packet.body), (kinds::PONG, &b"tick"[..]));
}

#[test]
fn signals_are_refused_while_too_many_wait_and_large_queues_leave_as_several_frames() {
    let info = |kind, class: Class| proto::client::KindInfo {
        kind,
        body_max: 60_000,
        class: class as u32,
        ..proto::client::KindInfo::default()
    };
    let kinds = vec![info(1_027, Class::Signal), info(1_024, Class::Command)];
    let mut script = {
        let mut script = Script::new();
        let welcome = Welcome { kinds, ..welcome() };
        script.tell(Lane::Control, kinds::WELCOME, &wire::encode(&welcome)).expect("in turn");
        script.session.login(&Login::Guest).expect("welcomed");
        let reply = LoggedIn { account: 5, secret: vec![1; 32].into(), ..LoggedIn::default() };
        script.tell(Lane::Control, kinds::LOGGED_IN, &wire::encode(&reply)).expect("in turn");
        script
    };
    let body = vec![0; 60_000];
    assert_eq!(script.session.signal(1_027, &body), Ok(()));
    assert_eq!(script.session.signal(1_027, &body), Ok(()));
    assert_eq!(script.session.signal(1_027, &body), Err(CommandError::SignalsFull));
    assert_eq!(script.session.command(1_024, &body), Ok(1), "commands have a window instead");
    let frames = std::iter::from_fn(|| script.session.take_frame());
    let sizes: Vec<usize> = frames.map(|frame| frame.len()).collect();
    assert!(sizes.len() >= 4 && sizes.iter().all(|size| *size <= 64 * 1024 + 4), "{sizes:?}");
}
