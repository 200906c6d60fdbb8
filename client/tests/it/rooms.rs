//! Messages of rooms as types, and what rooms ask.

use client::{Outcome, Push, TransportKind, Violation, echo};
use proto::{
    client::{EchoHeard, Pay, RoomAnswer, Waves},
    prescan::Budget,
    wire::decode,
};

use crate::{
    driver::{guest, options, run},
    fake::{rules::ASKING_ROOM, server::FakeServer},
};

fn said(payload: &[u8]) -> EchoHeard {
    EchoHeard { from: 7, payload: payload.to_vec().into() }
}

#[test]
fn a_message_of_a_games_own_comes_back_as_one_or_the_result_is_named_as_what_it_is_not() {
    let server = FakeServer::start(None);
    run(async {
        let (client, _pushes, _) = guest(&options(&server, TransportKind::Tcp)).await;
        client.join(echo::ROOM).await.expect("answered");
        let back = client.room_call::<_, EchoHeard>(echo::ECHO, &said(b"my move")).await;
        assert_eq!(back.expect("answered"), Outcome::Ok(said(b"my move")));
        let wrong = client.room_call::<_, Pay>(echo::ECHO, &said(b"my move")).await;
        assert!(
            matches!(&wrong, Err(client::Error::Violation(Violation::Body { kind: echo::ECHO, .. }))),
            "{wrong:?}"
        );
        let refused = client.room_call::<_, EchoHeard>(echo::ECHO_ALL, &said(b"my move")).await;
        assert!(refused.is_err() || matches!(refused, Ok(Outcome::Rejected(_))));
    });
}

#[test]
fn what_a_room_says_is_read_in_the_kind_it_has_and_in_no_other() {
    let server = FakeServer::start(None);
    run(async {
        let (client, mut pushes, _) = guest(&options(&server, TransportKind::Tcp)).await;
        client.join(echo::ROOM).await.expect("answered");
        client.room_signal(echo::WAVE, &said(b"o/")).await.expect("sent");
        let waved = pushes.next().await.expect("a push");
        assert_eq!(waved.read::<Waves>(echo::WAVED), Ok(Some(Waves::default())));
        assert_eq!(waved.read::<EchoHeard>(echo::ECHO_HEARD), Ok(None));
    });
}

#[test]
fn what_a_room_asks_is_answered_by_its_id_or_refused_at_once() {
    let server = FakeServer::start(None);
    run(async {
        let (client, mut pushes, me) = guest(&options(&server, TransportKind::Tcp)).await;
        client.join(ASKING_ROOM).await.expect("answered");
        let asked = pushes.next().await.expect("a push");
        let question = asked.read::<EchoHeard>(echo::ECHO_HEARD).expect("a message").expect("this kind");
        assert_eq!((question.from, &question.payload[..]), (me.account, &b"which?"[..]));
        assert_eq!(asked.read::<EchoHeard>(echo::WAVED), Ok(None));
        let Push::Asked(ask) = asked else { panic!("{asked:?}") };
        // The fake's answer is what came.
        let heard = |outcome: Result<Outcome, client::Error>| match outcome {
            Ok(Outcome::Ok(body)) => decode::<RoomAnswer>(&body, Budget::CLIENT).expect("an answer"),
            other => panic!("{other:?}"),
        };
        let answer = heard(client.room_answer(&ask, &said(b"that one")).await);
        assert_eq!((answer.id, answer.room, answer.refused), (5, 7, false));
        assert_eq!(decode(&answer.body, Budget::CLIENT), Ok(said(b"that one")));
        let raw = heard(client.answer(&ask, Some(b"raw")).await);
        assert_eq!((raw.id, &raw.body[..]), (5, &b"raw"[..]));
        let refused = heard(client.answer(&ask, None).await);
        assert_eq!(refused, RoomAnswer { id: 5, room: 7, refused: true, ..RoomAnswer::default() });
    });
}
