//! Acks, pauses, resets and resumes as scripts.

use proto::client::{LoginQueued, Reconnect, ResumeRefused, Resumed};

use super::*;

/// A login of account 5, which has sent 9 commands before.
fn logged_in() -> LoggedIn {
    LoggedIn {
        account: 5,
        cseq_last: 9,
        secret: vec![1; 32].into(),
        session: vec![2; 16].into(),
        token: vec![3; 32].into(),
        ticket: vec![4; 40].into(),
        grace_ms: 120_000,
        ..LoggedIn::default()
    }
}

fn playing() -> Script {
    let mut script = Script::welcomed();
    script.session.login(&Login::Guest).expect("welcomed");
    script.tell(Lane::Control, kinds::LOGGED_IN, &wire::encode(&logged_in())).expect("in turn");
    script.drain();
    script
}

fn resumed(cseq_last: u64, missed: u32) -> Vec<u8> {
    wire::encode(&Resumed { token: vec![5; 32].into(), cseq_last, missed, ..Resumed::default() })
}

/// A connection that asks to go on with what `before` left.
fn resuming(before: &Script) -> Script {
    let mut script = Script::welcomed();
    script.session.resume(before.session.carry().expect("a session")).expect("welcomed");
    script.drain();
    script
}

impl Script {
    fn drain(&mut self) {
        let _ = (self.sent(), self.events());
    }

    fn paid(&mut self, count: usize) {
        for _ in 0..count {
            self.tell(Lane::MustArrive, kinds::PAID, &[]).expect("in turn");
        }
    }

    fn pay(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.session.command(kinds::WALLET_READ, &[]).expect("room")).collect()
    }
}

#[test]
fn thirty_two_packets_are_told_of_at_once_and_fewer_after_two_seconds() {
    let mut script = playing();
    script.paid(31);
    assert!(!script.session.has_output());
    script.paid(1);
    assert!(script.session.has_output());
    assert_eq!(script.sent(), [(kinds::PING, 0, 32)]);
    let start = script.now;
    script.now += Duration::from_secs(1);
    script.paid(1);
    script.now += Duration::from_millis(500);
    script.paid(1);
    assert_eq!(script.session.deadline(), start + Duration::from_secs(3), "2 s after the first of them");
    assert_eq!(script.session.on_time(start + Duration::from_millis(2_999)), Ok(()));
    assert_eq!(script.sent(), []);
    assert_eq!(script.session.on_time(start + Duration::from_secs(3)), Ok(()));
    assert_eq!(script.sent(), [(kinds::PING, 0, 34)]);
    for number in 1..=2u64 {
        assert_eq!(code(script.tell(Lane::Control, kinds::PONG, &number.to_le_bytes())), "fine");
    }
    assert_eq!(code(script.tell(Lane::Control, kinds::PONG, &2u64.to_le_bytes())), "violation.pong_unasked");
}

#[test]
fn whatever_leaves_tells_the_count_and_spares_the_ping() {
    let mut script = playing();
    script.paid(31);
    script.pay(1);
    script.paid(1);
    assert_eq!(script.sent(), [(kinds::WALLET_READ, 10, 31)]);
    script.tell(Lane::Control, kinds::PING, b"tick").expect("at any time");
    assert_eq!(script.sent(), [(kinds::PONG, 0, 32)]);
    assert_eq!(script.session.deadline(), script.now + Duration::from_secs(15), "nothing is left to tell");
}

#[test]
fn while_the_server_is_paused_commands_get_numbers_and_nothing_leaves() {
    let mut script = playing();
    script.paid(40);
    script.tell(Lane::Control, kinds::PAUSED, &[]).expect("at any time");
    assert!(script.session.is_paused());
    assert_eq!(script.pay(2), [10, 11]);
    assert_eq!(script.session.signal(kinds::MOVE, &[]), Ok(()), "dropped");
    assert!(script.session.logout().is_err());
    assert_eq!(script.sent(), []);
    assert_eq!(script.session.on_time(script.now + Duration::from_secs(3)), Ok(()));
    assert_eq!(script.sent(), [], "not even a ping that tells the count");
    script.tell(Lane::Control, kinds::PING, b"tick").expect("the gateway lives");
    assert_eq!(script.sent().len(), 1);
}

#[test]
fn a_reset_is_taken_first_of_all_and_everything_begins_anew() {
    let mut script = playing();
    script.paid(3);
    assert_eq!(script.pay(3), [10, 11, 12]);
    script.answer(10).expect("in turn");
    script.tell(Lane::Control, kinds::PAUSED, &[]).expect("at any time");
    let _ = script.pay(1);
    script.drain();
    // Queued before the reset and never sent: nobody would hear it.
    let reset = LoggedIn { cseq_last: 10, session: vec![7; 16].into(), secret: vec![].into(), ..logged_in() };
    script.tell(Lane::Control, kinds::RESET, &wire::encode(&reset)).expect("in turn");
    let refused = Err(CommandError::OutOfTurn { stage: "coming_back" });
    assert_eq!(script.session.command(kinds::WALLET_READ, &[]), refused, "the event was not taken");
    assert!(!script.session.has_room());
    assert_eq!(script.session.take_event(), Some(Event::Reset(reset)));
    assert_eq!(script.pay(1), [11]);
    script.paid(1);
    assert_eq!(script.pay(1), [12]);
    let expected = [(kinds::RESET_TAKEN, 0, 0), (kinds::WALLET_READ, 11, 0), (kinds::WALLET_READ, 12, 1)];
    assert_eq!(script.sent(), expected);
    assert_eq!(code(script.answer(10)), "violation.answer_out_of_range", "of the session before");
}

#[test]
fn each_reset_is_taken_also_where_the_server_died_again_before_the_first_could_be_answered() {
    let mut script = playing();
    let reset = wire::encode(&logged_in());
    for _ in 0..3 {
        script.tell(Lane::Control, kinds::PAUSED, &[]).expect("at any time");
        script.tell(Lane::Control, kinds::RESET, &reset).expect("in turn");
        while script.session.take_event().is_some() {}
        let _ = script.pay(1);
    }
    let taken = (kinds::RESET_TAKEN, 0, 0);
    assert_eq!(
        script.sent(),
        [taken, taken, taken, (kinds::WALLET_READ, 10, 0)],
        "what was said between is forgotten"
    );
    script.tell(Lane::Control, kinds::RESET, &reset).expect("in turn");
    assert_eq!(script.sent(), [taken]);
}

#[test]
fn a_reset_comes_without_a_pause_too_and_pings_before_it_may_have_pongs_or_not() {
    let mut script = playing();
    script.session.on_time(script.now + Duration::from_secs(15)).expect("not yet");
    let _ = script.pay(1);
    script.tell(Lane::Control, kinds::RESET, &wire::encode(&logged_in())).expect("in turn");
    assert_eq!(script.sent(), [(kinds::RESET_TAKEN, 0, 0)], "what was queued is forgotten");
    assert_eq!(script.session.deadline(), script.now + Duration::from_secs(15), "no pong is owed");
    let later = script.now + Duration::from_secs(15);
    script.session.on_time(later).expect("not yet");
    for (number, expected) in [(1u64, "fine"), (1, "violation.pong_unasked"), (2, "fine")] {
        let mut pong = |number: u64| script.tell(Lane::Control, kinds::PONG, &number.to_le_bytes());
        assert_eq!(code(pong(number)), expected, "{number}");
    }
    let mut skipping = playing();
    skipping.session.on_time(skipping.now + Duration::from_secs(15)).expect("not yet");
    skipping.tell(Lane::Control, kinds::RESET, &wire::encode(&logged_in())).expect("in turn");
    skipping.session.on_time(skipping.now + Duration::from_secs(15)).expect("not yet");
    assert_eq!(
        code(skipping.tell(Lane::Control, kinds::PONG, &2u64.to_le_bytes())),
        "fine",
        "it was dropped"
    );
    let other = LoggedIn { account: 6, ..logged_in() };
    let reset = playing().tell(Lane::Control, kinds::RESET, &wire::encode(&other));
    assert_eq!(code(reset), "violation.account_changed");
}

#[test]
fn a_resumed_session_goes_on_counting_and_gives_unarrived_numbers_out_again() {
    let mut before = playing();
    before.paid(7);
    assert_eq!(before.pay(5), [10, 11, 12, 13, 14]);
    before.answer(10).expect("in turn");
    before.answer(12).expect("a refusal may overtake");
    let mut script = resuming(&before);
    assert_eq!(script.session.command(kinds::WALLET_READ, &[]).unwrap_err().code(), "command.out_of_turn");
    script.tell(Lane::Control, kinds::RESUMED, &resumed(12, 2)).expect("asked for");
    assert_eq!((script.session.received(), script.session.missing()), (Some(9), 2));
    assert!(matches!(script.session.take_event(), Some(Event::Resumed(_))));
    assert_eq!(script.pay(3), [13, 14, 15], "13 and 14 again, then a new one");
    assert_eq!(script.sent(), [13, 14, 15].map(|cseq| (kinds::WALLET_READ, cseq, 9)));
    script.answer(11).expect("what was missed");
    script.paid(1);
    assert_eq!((script.session.received(), script.session.missing()), (Some(11), 0));
    assert_eq!(code(script.answer(12)), "violation.answer_doubled", "answered by the connection before");
    let carry = script.session.carry().expect("once more");
    assert_eq!((carry.received(), carry.grace()), (12, Duration::from_mins(2)));
    assert_eq!(carry.window().unanswered().collect::<Vec<_>>(), [13, 14, 15]);
}

#[test]
fn the_token_rotates_with_each_resume_and_the_old_one_is_kept_while_nothing_answers() {
    let token_of = |script: &mut Script| {
        let mut found = None;
        while let Some(frame) = script.session.take_frame() {
            for packet in Packets::new(&frame[4..]).map(|packet| packet.expect("our own")) {
                if packet.kind == kinds::RESUME {
                    let resume: Resume =
                        wire::decode(packet.body, proto::prescan::Budget::CLIENT).expect("ours");
                    found = Some((resume.token[0], resume.received));
                }
            }
        }
        found.expect("a resume")
    };
    let mut before = playing();
    before.paid(1);
    for _ in 0..2 {
        let mut script = Script::welcomed();
        script.session.resume(before.session.carry().expect("a session")).expect("welcomed");
        assert_eq!(token_of(&mut script), (3, 1), "the first attempt was lost");
        before = script;
    }
    before.tell(Lane::Control, kinds::RESUMED, &resumed(9, 0)).expect("asked for");
    before.paid(1);
    let close = wire::encode(&Close { code: 33, name: "game_away".to_owned(), retry_after_ms: 0 });
    before.tell(Lane::Control, kinds::CLOSE, &close).expect("at any time");
    let mut script = Script::welcomed();
    script.session.resume(before.session.carry().expect("a close keeps it")).expect("welcomed");
    assert_eq!(token_of(&mut script), (5, 2));
}

#[test]
fn a_refused_resume_may_be_followed_by_a_login() {
    let before = playing();
    for (kind, body) in [
        (kinds::RESUME_REFUSED, wire::encode(&ResumeRefused { name: "gap".to_owned() })),
        (
            kinds::LOGIN_REFUSED,
            wire::encode(&LoginRefused { name: "gap".to_owned(), ..LoginRefused::default() }),
        ),
    ] {
        let mut script = resuming(&before);
        script.tell(Lane::Control, kinds::NOTICE, &[]).expect("it overtakes");
        script.tell(Lane::Control, kind, &body).expect("asked for");
        let _ = script.session.take_event();
        assert_eq!(script.session.take_event(), Some(Event::ResumeRefused { name: "gap".to_owned() }));
        assert!(script.session.carry().is_none());
        assert_eq!(script.session.queue_place(&[9; 64]), Ok(()));
        assert_eq!(script.session.login(&Login::Ticket(Secret(vec![4; 40]))), Ok(()));
        assert!(script.session.queue_place(&[9]).is_err(), "too late");
        assert_eq!(script.sent(), [(kinds::QUEUE_PLACE, 0, 0), (kinds::LOGIN_TICKET, 0, 0)]);
    }
}

#[test]
fn a_game_that_dies_over_a_login_or_a_resume_tells_of_it_by_a_reset() {
    let reset = wire::encode(&logged_in());
    let mut script = resuming(&playing());
    script.tell(Lane::Control, kinds::RESET, &reset).expect("in turn");
    let mut login = Script::welcomed();
    login.session.login(&Login::Ticket(Secret(vec![4; 40]))).expect("welcomed");
    login.tell(Lane::Control, kinds::RESET, &reset).expect("in turn");
    assert_eq!((script.events(), login.events()), (1, 2));
    assert_eq!(script.pay(1), [10]);
}

#[test]
fn wishes_and_waits_come_as_events() {
    let mut script = Script::welcomed();
    script.session.login(&Login::Ticket(Secret(vec![4; 40]))).expect("welcomed");
    let _ = script.events();
    let queued = LoginQueued { position: 3, wait_ms: 900, place: vec![8; 20].into() };
    script.tell(Lane::Control, kinds::LOGIN_QUEUED, &wire::encode(&queued)).expect("in turn");
    script
        .tell(Lane::Control, kinds::RECONNECT, &wire::encode(&Reconnect { within_ms: 7 }))
        .expect("any time");
    let expected = Event::LoginQueued { position: 3, wait_ms: 900, place: vec![8; 20].into() };
    assert_eq!(script.session.take_event(), Some(expected));
    assert_eq!(script.session.take_event(), Some(Event::Reconnect { within_ms: 7 }));
}

#[test]
fn what_no_server_may_say_of_coming_back_is_named() {
    let out_of_turn = "violation.out_of_turn";
    let reset = wire::encode(&logged_in());
    for kind in [kinds::RESET, kinds::RESUMED, kinds::RESUME_REFUSED] {
        assert_eq!(code(Script::new().tell(Lane::Control, kind, &reset)), out_of_turn);
        assert_eq!(code(Script::welcomed().tell(Lane::Control, kind, &reset)), out_of_turn);
    }
    assert_eq!(code(playing().tell(Lane::Control, kinds::RESUMED, &resumed(9, 0))), out_of_turn);
    assert_eq!(code(playing().tell(Lane::MustArrive, kinds::RESET, &reset)), "violation.wrong_lane");
    assert_eq!(code(resuming(&playing()).tell(Lane::MustArrive, kinds::PAID, &[])), out_of_turn);
    assert_eq!(code(resuming(&playing()).tell(Lane::Control, kinds::LOGGED_IN, &reset)), out_of_turn);
    let incomplete = "violation.login_incomplete";
    for wrong in [
        LoggedIn { session: vec![2; 15].into(), ..logged_in() },
        LoggedIn { session: vec![].into(), ..logged_in() },
        LoggedIn { token: vec![3; 31].into(), ..logged_in() },
        LoggedIn { ticket: vec![4; 65].into(), ..logged_in() },
        LoggedIn { account: 0, ..logged_in() },
    ] {
        let body = wire::encode(&wrong);
        assert_eq!(code(playing().tell(Lane::Control, kinds::RESET, &body)), incomplete, "{wrong:?}");
        let mut login = Script::welcomed();
        login.session.login(&Login::Guest).expect("welcomed");
        assert_eq!(code(login.tell(Lane::Control, kinds::LOGGED_IN, &body)), incomplete, "{wrong:?}");
    }
    let no_token =
        wire::encode(&Resumed { token: vec![5; 31].into(), cseq_last: 9, missed: 0, ..Resumed::default() });
    assert_eq!(code(resuming(&playing()).tell(Lane::Control, kinds::RESUMED, &no_token)), incomplete);
    let mut before = playing();
    let _ = before.pay(3);
    before.answer(11).expect("in turn");
    for (cseq_last, expected) in [
        (8, "violation.resumed_elsewhere"),
        (10, "violation.resumed_elsewhere"),
        (11, "fine"),
        (12, "fine"),
        (13, "violation.resumed_elsewhere"),
    ] {
        let told = resuming(&before).tell(Lane::Control, kinds::RESUMED, &resumed(cseq_last, 0));
        assert_eq!(code(told), expected, "{cseq_last}");
    }
    let many = resuming(&before).tell(Lane::Control, kinds::RESUMED, &resumed(12, 513));
    assert_eq!(code(many), "violation.resumed_too_much");
}
