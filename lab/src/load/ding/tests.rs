//! A scripted server: the codec counts what is right and refuses by name what is not.

use proto::{
    client::{EchoHeard, LoggedIn, PayResult, Wallet, Welcome},
    deflate::Deflater,
    frame::put_frame,
    kinds::{self, Lane},
    packet::{Packet, Packets},
    wire,
};

use super::{Ding, ECHO_HEARD, Play, State, kind};
use crate::{
    error::LoadError,
    load::{Codec, Received, payload},
};

/// One client and what it said since it was last asked.
struct Client {
    ding: Ding,
    state: State,
    out: Vec<u8>,
}

impl Client {
    /// Past login, and past the room's door where the play needs one.
    fn ready(play: Play) -> Self {
        let mut client = Self { ding: Ding::new(play), state: State::default(), out: Vec::new() };
        client.ding.open(0, &mut client.state, &mut client.out);
        client.hears(|out| wire::put(out, kind(kinds::WELCOME), &Welcome::default())).unwrap();
        let login = LoggedIn { account: 7, ..LoggedIn::default() };
        client.hears(|out| wire::put(out, kind(kinds::LOGGED_IN), &login)).unwrap();
        if play != Play::Pay {
            assert!(!client.ding.is_ready(&client.state));
            client.hears(|out| wire::put_answer_ok(out, 1, &[])).unwrap();
        }
        assert!(client.ding.is_ready(&client.state));
        client.out.clear();
        client
    }

    fn hears(&mut self, fill: impl FnOnce(&mut Vec<u8>)) -> Result<Received, LoadError> {
        let mut body = Vec::new();
        fill(&mut body);
        let mut frame = Vec::new();
        put_frame(&mut frame, Lane::MustArrive, false, &body);
        self.reads(&frame)
    }

    fn reads(&mut self, bytes: &[u8]) -> Result<Received, LoadError> {
        self.ding.receive(0, &mut self.state, bytes, &mut self.out)
    }

    fn asks(&mut self, count: u32) {
        self.ding.request(0, &mut self.state, count, &mut self.out);
    }
}

fn answers(answers: u32) -> Received {
    Received { answers, ..Received::default() }
}

#[test]
fn a_login_goes_hello_guest_room() {
    let mut ding = Ding::new(Play::Echo);
    let (mut state, mut out) = (State::default(), Vec::new());
    ding.open(0, &mut state, &mut out);
    let mut frame = Vec::new();
    let mut said = Vec::new();
    for (kind, body) in [(kinds::WELCOME, Vec::new()), (kinds::LOGGED_IN, Vec::new())] {
        let mut packet = Vec::new();
        Packet { kind, body: &body, ..Packet::default() }.put(&mut packet);
        frame.clear();
        put_frame(&mut frame, Lane::Control, false, &packet);
        ding.receive(0, &mut state, &frame, &mut out).unwrap();
    }
    let mut rest = out.as_slice();
    while let Some((header, after)) = rest.split_first_chunk::<4>() {
        let bytes = (u32::from_le_bytes(*header) & 0x00ff_ffff) as usize;
        said.extend(Packets::new(&after[..bytes]).map(|packet| packet.unwrap().kind));
        rest = &after[bytes..];
    }
    assert_eq!(said, [kinds::HELLO, kinds::LOGIN_GUEST, kinds::ROOM_JOIN]);
}

#[test]
fn echoes_are_counted_in_any_order_and_across_any_split() {
    let mut client = Client::ready(Play::Echo);
    client.asks(3);
    let mut body = Vec::new();
    for cseq in [3, 2] {
        wire::put_answer_ok(&mut body, cseq, &payload(0, cseq));
    }
    let mut frame = Vec::new();
    put_frame(&mut frame, Lane::MustArrive, false, &body);
    let (last, head) = frame.split_last().unwrap();
    assert_eq!(client.reads(head).unwrap(), answers(0));
    assert_eq!(client.reads(&[*last]).unwrap(), answers(2));
    assert_eq!(client.hears(|out| wire::put_answer_ok(out, 4, &payload(0, 4))).unwrap(), answers(1));
}

#[test]
fn a_wrong_doubled_or_refused_answer_is_an_error_by_name() {
    let wrong: [fn(&mut Vec<u8>); 5] = [
        |out| wire::put_answer_ok(out, 2, &payload(0, 3)),
        |out| wire::put_answer_ok(out, 1, &payload(0, 1)),
        |out| wire::put_answer_ok(out, 9, &payload(0, 9)),
        |out| wire::put_answer_no(out, 2, proto::client::Status::RetryLater, "busy", 5),
        |out| out.extend_from_slice(&[5, 1, 2]),
    ];
    for (case, fill) in wrong.into_iter().enumerate() {
        let mut client = Client::ready(Play::Echo);
        client.asks(1);
        assert_eq!(client.hears(fill).unwrap_err().code(), "LOAD_WRONG_REPLY", "case {case}");
    }
}

#[test]
fn a_close_tells_its_reason() {
    let mut client = Client::ready(Play::Echo);
    let error = client.hears(|out| wire::put_close(out, proto::close::CloseReason::TooSlow, 0)).unwrap_err();
    assert!(matches!(error, LoadError::Closed { ref reason, .. } if reason == "too_slow"), "{error}");
}

#[test]
fn pings_are_answered_and_not_counted() {
    let mut client = Client::ready(Play::Echo);
    assert_eq!(client.hears(|out| wire::put_plain(out, kinds::PING, &[])).unwrap(), Received::default());
    let pong = Packets::new(&client.out[4..]).next().unwrap().unwrap();
    assert_eq!(pong.kind, kinds::PONG);
}

/// What the first publisher's account says.
fn heard(out: &mut Vec<u8>, from: u64, number: u64) {
    let heard = EchoHeard { from, payload: payload(0, number).to_vec().into() };
    wire::put(out, kind(ECHO_HEARD), &heard);
}

#[test]
fn a_burst_is_heard_whole_in_order_and_deflated_or_not() {
    let mut client = Client::ready(Play::Fan);
    client.asks(20);
    let mut body = Vec::new();
    for number in 2..=11 {
        heard(&mut body, 7, number);
    }
    let mut deflated = Vec::new();
    // Such payloads do not shrink; twenty empty pongs beside them make the body worth it.
    let mut padded = body.clone();
    for _ in 0..400 {
        wire::put_plain(&mut padded, kinds::PING, &[]);
    }
    assert!(Deflater::default().deflate(&padded, &mut deflated));
    let mut frame = Vec::new();
    put_frame(&mut frame, Lane::MustArrive, true, &deflated);
    assert_eq!(client.reads(&frame).unwrap().heard, [10, 0]);
    assert_eq!(client.hears(|out| heard(out, 7, 12)).unwrap().heard, [1, 0]);
}

#[test]
fn a_message_lost_doubled_or_from_somebody_else_is_an_error_by_name() {
    for (from, number) in [(7, 3), (8, 2), (7, 1), (7, 500)] {
        let mut client = Client::ready(Play::Fan);
        client.asks(5);
        let error = client.hears(|out| heard(out, from, number)).unwrap_err();
        assert_eq!(error.code(), "LOAD_WRONG_REPLY", "{number} from {from}");
    }
}

#[test]
fn payments_must_be_named_in_order() {
    let mut client = Client::ready(Play::Pay);
    client.asks(2);
    let result = |lsn| PayResult { wallet: Some(Wallet { gold: 999, ver: 2 }), lsn };
    let answer = |out: &mut Vec<u8>, re, lsn| wire::put_answer_ok(out, re, &wire::encode(&result(lsn)));
    assert_eq!(client.hears(|out| answer(out, 1, 5)).unwrap(), answers(1));
    assert_eq!(client.hears(|out| answer(out, 2, 5)).unwrap_err().code(), "LOAD_WRONG_REPLY");
}
