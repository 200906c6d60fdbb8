//! Ends, waits, ways and steps back, one by one.

mod entering;
mod pauses;
mod refusals;
mod seats;

use proto::{
    client::{
        BindName, LoggedIn, LoginQueued, LoginRefused, Reconnect, ResumeRefused, Resumed, Status, Welcome,
    },
    close::CloseReason,
    deflate::Inflater,
    frame::put_frame,
    kinds::{self, Lane},
    limits::CLIENT_PROTOCOL,
    packet::{Packet, Packets},
    wire::{self, encode},
};

use super::*;
use crate::logic::types::{Closed, Secret};

/// A player, and a server that says what the test wants.
struct Play {
    lasting: Lasting,
    session: Session,
    inflater: Inflater,
    now: Instant,
    last: Step,
}

impl Play {
    fn outside(terms: Terms) -> Self {
        let now = tokio::time::Instant::now().into_std();
        let mut play = Self {
            lasting: Lasting::new(terms, 1),
            session: Session::new("test", now),
            inflater: Inflater::default(),
            now,
            last: Step::Stay,
        };
        play.welcome();
        play
    }

    /// In, with a guest's account whose last command was the 9th.
    fn inside(terms: Terms) -> Self {
        let mut play = Self::outside(terms);
        play.lasting.login(Login::Guest, &mut play.session).expect("outside");
        play.tell(kinds::LOGGED_IN, &encode(&logged_in(9)));
        assert!(matches!(play.told().as_slice(), [Told::LoggedIn(_)]));
        play.sent();
        play
    }

    fn welcome(&mut self) {
        let welcome = Welcome { protocol: CLIENT_PROTOCOL, ..Welcome::default() };
        self.tell(kinds::WELCOME, &encode(&welcome));
        self.last = self.lasting.connected(&mut self.session, self.now);
    }

    /// The connection ends so; `None`: that was all. Otherwise there is another one.
    fn end(&mut self, cut: &Cut) -> Option<Duration> {
        let Next::Connect { after } = self.lasting.ended(cut, Some(&self.session), self.now) else {
            return None;
        };
        self.session = Session::new("test", self.now);
        self.welcome();
        Some(after)
    }

    fn close(&mut self, reason: CloseReason, retry_after_ms: u32) -> Option<Duration> {
        self.end(&Cut::Closed(Closed {
            reason: Some(reason),
            name: reason.name().to_owned(),
            retry_after_ms,
        }))
    }

    fn tell(&mut self, kind: u32, body: &[u8]) {
        self.tell_packet(Lane::Control, Packet { kind, body, ..Packet::default() });
    }

    fn answer(&mut self, re: u64, status: Status) {
        let mut packets = Vec::new();
        match status {
            Status::Ok => wire::put_answer_ok(&mut packets, re, &[]),
            no => wire::put_answer_no(&mut packets, re, no, "why", 80),
        }
        let packet = Packets::new(&packets).next().expect("one").expect("ours");
        self.tell_packet(Lane::MustArrive, packet);
    }

    fn tell_packet(&mut self, lane: Lane, packet: Packet<'_>) {
        let (mut body, mut frame) = (Vec::new(), Vec::new());
        packet.put(&mut body);
        put_frame(&mut frame, lane, false, &body);
        self.session.receive(&frame, &mut self.inflater, self.now).expect("nothing is wrong");
        while let Some(event) = self.session.take_event() {
            self.last = self.lasting.on_event(event, &mut self.session, self.now);
        }
    }

    fn ask(&mut self, kind: u32, body: &[u8], insist: Insist) -> CommandId {
        let id = self.lasting.command(kind, body.to_vec(), insist).expect("room");
        self.lasting.flush(&mut self.session, self.now);
        id
    }

    /// Kinds and numbers that left, without the hello.
    fn sent(&mut self) -> Vec<(u32, u64)> {
        let mut sent = Vec::new();
        while let Some(frame) = self.session.take_frame() {
            let packets = Packets::new(&frame[4..]).map(|packet| packet.expect("ours"));
            sent.extend(packets.map(|packet| (packet.kind, packet.cseq)));
        }
        sent.retain(|(kind, _)| *kind != kinds::HELLO);
        sent
    }

    fn told(&mut self) -> Vec<Told> {
        std::iter::from_fn(|| self.lasting.take_told()).collect()
    }

    fn refuse(&mut self, name: &str) {
        self.refuse_for(name, 0);
    }

    fn refuse_for(&mut self, name: &str, retry_after_ms: u32) {
        let refused = LoginRefused { name: name.to_owned(), retry_after_ms, ..LoginRefused::default() };
        self.tell(kinds::LOGIN_REFUSED, &encode(&refused));
    }
}

fn logged_in(cseq_last: u64) -> LoggedIn {
    LoggedIn {
        account: 5,
        cseq_last,
        secret: vec![1; 32].into(),
        session: vec![2; 16].into(),
        token: vec![3; 32].into(),
        ticket: vec![4; 40].into(),
        grace_ms: 120_000,
        ..LoggedIn::default()
    }
}

fn refused_for(ms: u64) -> Cut {
    Cut::Refused { after: Duration::from_millis(ms) }
}

fn resume_refused(name: &str) -> Vec<u8> {
    encode(&ResumeRefused { name: name.to_owned() })
}

#[test]
fn an_end_that_somebody_meant_is_an_end_and_every_other_is_not() {
    use CloseReason as Reason;
    for reason in Reason::ALL {
        let is_final = matches!(
            reason,
            Reason::Superseded
                | Reason::Kicked
                | Reason::Banned
                | Reason::LoggedOut
                | Reason::Version
                | Reason::ClientTooOld
        );
        let after = Play::inside(terms()).close(*reason, 0);
        assert_eq!(after.is_none(), is_final, "{}", reason.name());
    }
    for cut in [Cut::Lost, Cut::Broken, refused_for(0), Cut::Moved] {
        assert!(Play::inside(terms()).end(&cut).is_some(), "{cut:?}");
        let stays_away = Terms { reconnect: false, ..terms() };
        assert_eq!(Play::inside(stays_away).end(&cut), None, "{cut:?}");
    }
    assert_eq!(Play::outside(terms()).end(&Cut::Lost), None, "nobody to come back as");
    assert!(Play::outside(terms()).end(&Cut::Moved).is_some(), "but to another door it goes");
}

#[test]
fn it_waits_as_long_as_the_server_asks_and_up_to_half_a_second() {
    let mut play = Play::inside(terms());
    let after = play.close(CloseReason::GameAway, 3_000).expect("not final");
    assert!((3_000..=3_500).contains(&after.as_millis()), "{after:?}");
    assert_eq!(
        play.told(),
        [Told::News(News::Away {
            closed: Some(Closed {
                reason: Some(CloseReason::GameAway),
                name: "game_away".to_owned(),
                retry_after_ms: 3_000
            })
        })]
    );
    let since = play.now;
    for bound_ms in [1_000, 2_000, 4_000] {
        play.now += Duration::from_secs(10);
        let after = play.lasting.ended(&Cut::Lost, None, play.now);
        assert!(matches!(after, Next::Connect { after } if after <= Duration::from_millis(bound_ms)));
    }
    play.now = since + Duration::from_hours(1);
    assert_eq!(play.lasting.ended(&Cut::Lost, None, play.now), Next::Over, "it tried long enough");
}

#[test]
fn ways_in_are_the_session_then_the_ticket_then_the_secret() {
    let mut play = Play::inside(terms());
    for (reason, way) in [
        ("gap", kinds::LOGIN_TICKET),
        ("expired", kinds::LOGIN_TICKET),
        ("restarted", kinds::LOGIN_TICKET),
        ("bad", kinds::LOGIN_TICKET),
    ] {
        play.end(&Cut::Lost).expect("not final");
        assert_eq!(play.sent(), [(kinds::RESUME, 0)]);
        play.tell(kinds::RESUME_REFUSED, &resume_refused(reason));
        assert_eq!(play.sent(), [(way, 0)], "{reason}: on the same connection");
        play.refuse("restarted");
        assert_eq!(play.sent(), [(kinds::LOGIN_TICKET, 0)], "that was not about the ticket");
        play.refuse("bad_credentials");
        assert_eq!(play.sent(), [(kinds::LOGIN_SECRET, 0)]);
        play.tell(kinds::LOGGED_IN, &encode(&logged_in(9)));
        assert!(matches!(play.told().last(), Some(Told::News(News::LoggedInAgain(_)))));
    }
    play.end(&Cut::Lost).expect("not final");
    play.now += Duration::from_mins(2);
    play.end(&Cut::Lost).expect("not final");
    assert_eq!(play.sent(), [(kinds::LOGIN_TICKET, 0)], "nobody waits for it any more");
    play.refuse("slow_down");
    assert_eq!(play.last, Step::Leave(refused_for(0)), "another time");
    play.end(&refused_for(0)).expect("not final");
    play.refuse("bad_credentials");
    assert_eq!(play.last, Step::Stay);
    play.refuse("bad_credentials");
    let over = Step::Over { name: "bad_credentials".to_owned(), detail: String::new() };
    assert_eq!(play.last, over, "nothing is left");
}

#[test]
fn a_session_that_the_server_broke_is_not_gone_on_with() {
    let mut play = Play::inside(terms());
    play.end(&Cut::Broken).expect("not final");
    assert_eq!(play.sent(), [(kinds::LOGIN_TICKET, 0)]);
}

#[test]
fn a_guest_with_a_new_name_comes_back_by_its_password() {
    let mut play = Play::inside(terms());
    let bind = BindName { name: "ana".to_owned(), password: "right words".to_owned() };
    play.ask(kinds::BIND_NAME, &encode(&bind), Insist::No);
    play.answer(10, Status::Ok);
    play.end(&Cut::Broken).expect("not final");
    let _ = play.sent();
    play.refuse("bad_credentials");
    assert_eq!(play.sent(), [(kinds::LOGIN_PASSWORD, 0)]);
}

#[test]
fn the_place_in_the_queue_is_kept_for_three_minutes() {
    for (pause, expected) in [
        (Duration::from_secs(170), &[(kinds::QUEUE_PLACE, 0), (kinds::LOGIN_GUEST, 0)][..]),
        (Duration::from_secs(181), &[(kinds::LOGIN_GUEST, 0)]),
    ] {
        let mut play = Play::outside(terms());
        play.lasting.login(Login::Guest, &mut play.session).expect("outside");
        let queued = LoginQueued { position: 4, wait_ms: 2_000, place: vec![7; 20].into() };
        play.tell(kinds::LOGIN_QUEUED, &encode(&queued));
        assert_eq!(play.told(), [Told::News(News::LoginQueued { position: 4, wait_ms: 2_000 })]);
        play.now += pause;
        play.end(&Cut::Lost).expect("the login goes on");
        assert_eq!(play.sent(), expected);
    }
}

#[test]
fn a_registration_whose_reply_was_lost_is_a_login() {
    let mut play = Play::outside(terms());
    let register = Login::Register { name: "ana".to_owned(), password: Secret(b"right words".to_vec()) };
    play.lasting.login(register.clone(), &mut play.session).expect("outside");
    play.end(&Cut::Lost).expect("it is asked again");
    let _ = play.sent();
    play.refuse("name_taken");
    assert_eq!(play.sent(), [(kinds::LOGIN_PASSWORD, 0)]);
    let mut first = Play::outside(terms());
    first.lasting.login(register, &mut first.session).expect("outside");
    first.refuse("name_taken");
    assert!(matches!(first.told().as_slice(), [Told::LoginRefused { .. }]), "somebody else's");
}

#[test]
fn after_a_resume_what_never_arrived_leaves_first_with_its_numbers_and_then_what_was_asked_meanwhile() {
    let mut play = Play::inside(terms());
    let ids: Vec<_> = (0..4).map(|_| play.ask(kinds::WALLET_READ, &[], Insist::No)).collect();
    play.answer(10, Status::Ok);
    let _ = (play.sent(), play.told());
    play.end(&Cut::Lost).expect("not final");
    let later = play.ask(kinds::CHAR_LIST, &[], Insist::No);
    assert_eq!(play.sent(), [(kinds::RESUME, 0)]);
    play.tell(
        kinds::RESUMED,
        &encode(&Resumed { token: vec![5; 32].into(), cseq_last: 11, missed: 1, ..Resumed::default() }),
    );
    let expected = [(kinds::WALLET_READ, 12), (kinds::WALLET_READ, 13), (kinds::CHAR_LIST, 14)];
    assert_eq!(play.sent(), expected);
    for cseq in 11..=14 {
        play.answer(cseq, Status::Ok);
    }
    let told: Vec<_> = play
        .told()
        .into_iter()
        .filter_map(|told| match told {
            Told::Answered { id, .. } => Some(id),
            _ => None,
        })
        .collect();
    assert_eq!(told, [ids[1], ids[2], ids[3], later]);
}

#[test]
fn after_a_reset_fates_are_told_and_only_what_is_insisted_on_is_sent_again() {
    let mut play = Play::inside(terms());
    let done = play.ask(kinds::WALLET_READ, &[], Insist::Yes);
    let lost = play.ask(kinds::WALLET_READ, &[], Insist::No);
    play.ask(kinds::CHAR_LIST, &[], Insist::Yes);
    play.tell(kinds::PAUSED, &[]);
    play.ask(kinds::MAIL_LIST, &[], Insist::No);
    let _ = (play.sent(), play.told());
    play.tell(kinds::RESET, &encode(&LoggedIn { cseq_ok: 1, ..logged_in(10) }));
    let expected = [(kinds::RESET_TAKEN, 0), (kinds::CHAR_LIST, 11), (kinds::MAIL_LIST, 12)];
    assert_eq!(play.sent(), expected, "what was asked during the pause was never sent");
    let told = play.told();
    assert_eq!(
        told[..2],
        [
            Told::Fate { id: done, cseq: 10, fate: Fate::Happened },
            Told::Fate { id: lost, cseq: 11, fate: Fate::DidNot }
        ]
    );
    assert!(matches!(told[2..], [Told::News(News::Reset(_))]));
}

#[test]
fn what_was_to_leave_once_more_when_the_numbers_began_anew_did_not_happen() {
    let mut play = Play::inside(terms());
    let told_of = play.ask(kinds::WALLET_READ, &[], Insist::No);
    play.ask(kinds::CHAR_LIST, &[], Insist::Yes);
    assert_eq!((play.lasting.number(told_of), play.lasting.number(CommandId(9))), (Some(10), None));
    play.end(&Cut::Lost).expect("not final");
    let _ = (play.sent(), play.told());
    // Game dies before the client has taken in that its session goes on.
    let resumed = Resumed { token: vec![5; 32].into(), cseq_last: 9, missed: 0, ..Resumed::default() };
    let mut frame = Vec::new();
    for (kind, body) in [(kinds::RESUMED, encode(&resumed)), (kinds::PAUSED, Vec::new())] {
        let mut packet = Vec::new();
        Packet { kind, body: &body, ..Packet::default() }.put(&mut packet);
        put_frame(&mut frame, Lane::Control, false, &packet);
    }
    play.session.receive(&frame, &mut play.inflater, play.now).expect("nothing is wrong");
    while let Some(event) = play.session.take_event() {
        play.lasting.on_event(event, &mut play.session, play.now);
    }
    assert_eq!(play.sent(), [], "nobody would hear it");
    play.tell(kinds::RESET, &encode(&logged_in(9)));
    assert_eq!(play.sent(), [(kinds::RESET_TAKEN, 0), (kinds::CHAR_LIST, 10)]);
    let fates: Vec<_> = play.told().into_iter().filter(|told| matches!(told, Told::Fate { .. })).collect();
    assert_eq!(fates, [Told::Fate { id: told_of, cseq: 10, fate: Fate::DidNot }]);
}

#[test]
fn the_way_back_is_the_character_then_the_room_then_everything_else() {
    let mut play = Play::inside(terms());
    play.ask(kinds::ROOM_JOIN, b"room", Insist::No);
    play.ask(kinds::CHAR_ENTER, b"ana", Insist::No);
    play.answer(10, Status::Ok);
    play.answer(11, Status::Ok);
    let _ = (play.sent(), play.told());
    play.tell(kinds::RESET, &encode(&logged_in(11)));
    let id = play.ask(kinds::WALLET_READ, &[], Insist::No);
    assert_eq!(play.sent(), [(kinds::RESET_TAKEN, 0), (kinds::CHAR_ENTER, 12)]);
    play.answer(12, Status::RetryLater);
    assert_eq!(play.sent(), []);
    assert_eq!(play.lasting.deadline(&play.session), Some(play.now + Duration::from_millis(80)));
    play.now += Duration::from_millis(80);
    assert_eq!(play.lasting.on_time(&mut play.session, play.now), Step::Stay);
    assert_eq!(play.sent(), [(kinds::CHAR_ENTER, 13)]);
    play.answer(13, Status::Ok);
    assert_eq!(play.sent(), [(kinds::ROOM_JOIN, 14)]);
    // It dies on the way: what of the way never arrived is sent again, too.
    play.end(&Cut::Lost).expect("not final");
    play.tell(
        kinds::RESUMED,
        &encode(&Resumed { token: vec![5; 32].into(), cseq_last: 13, missed: 0, ..Resumed::default() }),
    );
    assert_eq!(play.sent(), [(kinds::RESUME, 0), (kinds::ROOM_JOIN, 14)]);
    play.answer(14, Status::Rejected);
    assert_eq!(play.sent(), [(kinds::WALLET_READ, 15)]);
    let went: Vec<_> = play
        .told()
        .into_iter()
        .filter_map(|told| match told {
            Told::News(News::WentBack { kind, outcome }) => Some((kind, matches!(outcome, Outcome::Ok(_)))),
            _ => None,
        })
        .collect();
    assert_eq!(went, [(kinds::CHAR_ENTER, true), (kinds::ROOM_JOIN, false)]);
    play.answer(15, Status::Ok);
    assert_eq!(play.told(), [Told::Answered { id, cseq: 15, outcome: Outcome::Ok(bytes::Bytes::new()) }]);
    play.tell(kinds::RESET, &encode(&logged_in(15)));
    assert_eq!(play.sent(), [(kinds::RESET_TAKEN, 0), (kinds::CHAR_ENTER, 16)]);
    play.answer(16, Status::Ok);
    assert_eq!(play.sent(), [], "that room is none any more");
}

#[test]
fn who_has_left_or_does_not_want_back_is_not_brought_back() {
    let mut play = Play::inside(terms());
    for (kind, cseq) in [(kinds::CHAR_ENTER, 10), (kinds::CHAR_LEAVE, 11), (kinds::ROOM_JOIN, 12)] {
        play.ask(kind, b"", Insist::No);
        play.answer(cseq, Status::Ok);
    }
    play.tell_packet(Lane::MustArrive, Packet { kind: kinds::ROOM_LEFT, ..Packet::default() });
    let _ = play.sent();
    play.tell(kinds::RESET, &encode(&logged_in(12)));
    assert_eq!(play.sent(), [(kinds::RESET_TAKEN, 0)]);
    let mut play = Play::inside(Terms { go_back: false, ..terms() });
    play.ask(kinds::CHAR_ENTER, b"", Insist::No);
    play.answer(10, Status::Ok);
    let _ = play.sent();
    play.tell(kinds::RESET, &encode(&logged_in(10)));
    assert_eq!(play.sent(), [(kinds::RESET_TAKEN, 0)]);
}

#[test]
fn a_leaving_server_is_left_within_the_time_it_gives() {
    let mut play = Play::inside(terms());
    play.tell(kinds::RECONNECT, &encode(&Reconnect { within_ms: 4_000 }));
    let at = play.lasting.deadline(&play.session).expect("soon");
    assert!(at <= play.now + Duration::from_secs(4));
    assert_eq!(play.ask(kinds::WALLET_READ, &[], Insist::No), CommandId(1), "until then it plays on");
    assert_eq!(play.sent(), [(kinds::WALLET_READ, 10)]);
    assert_eq!(play.lasting.on_time(&mut play.session, at), Step::Leave(Cut::Moved));
    assert_eq!(play.end(&Cut::Moved), Some(Duration::ZERO), "it has waited already");
    assert_eq!(play.sent(), [(kinds::RESUME, 0)]);
}

#[test]
fn a_goodbye_waits_until_it_can_be_said() {
    let mut play = Play::inside(terms());
    play.end(&Cut::Lost).expect("not final");
    play.lasting.logout(Some(&mut play.session)).expect("it has a session");
    assert_eq!(play.sent(), [(kinds::RESUME, 0)]);
    play.tell(
        kinds::RESUMED,
        &encode(&Resumed { token: vec![5; 32].into(), cseq_last: 9, missed: 0, ..Resumed::default() }),
    );
    assert_eq!(play.sent(), [(kinds::LOGOUT, 0)]);
    assert_eq!(play.end(&Cut::Lost), None, "it was said");
}

#[test]
fn sixty_four_commands_may_wait_and_all_are_told_at_the_end() {
    let mut play = Play::inside(terms());
    play.ask(kinds::WALLET_READ, &[], Insist::No);
    play.end(&Cut::Lost).expect("not final");
    for _ in 1..64 {
        play.ask(kinds::WALLET_READ, &[], Insist::No);
    }
    assert!(!play.lasting.has_room());
    assert_eq!(play.lasting.command(kinds::WALLET_READ, vec![], Insist::No), Err(CommandError::WindowFull));
    let left = play.lasting.end();
    assert_eq!(left.len(), 64);
    assert_eq!((left[0], left[1]), ((Some(10), CommandId(1)), (None, CommandId(2))));
}
