//! How links begin.

use proto::{
    handshake::{Role, hello},
    limits::LINK_PROTOCOL_MAX,
    link::LinkWelcome,
    wire,
};

use super::*;
use crate::{GreetError, greet};

/// What comes of a greeting that is answered so.
async fn greeted(op: Op, welcome: &LinkWelcome) -> Result<(LinkWelcome, Early), GreetError> {
    let (mut near, mut far) = duplex(1 << 16);
    let mut bytes = Vec::new();
    Record::new(op, 0, 0, &wire::encode(welcome)).put(&mut bytes);
    Record::new(Op::Call, 1, 1_000, b"behind it").put(&mut bytes);
    far.write_all(&bytes).await.unwrap();
    greet(&mut near, &hello(Role::Control, 1)).await
}

fn speaking(protocol: u32) -> LinkWelcome {
    LinkWelcome { protocol, ..LinkWelcome::default() }
}

#[test]
fn a_call_right_behind_the_welcome_is_served() {
    run(async {
        let (mut near, mut far) = duplex(1 << 16);
        let mut bytes = Vec::new();
        Record::new(Op::Welcome, 0, 0, &wire::encode(&speaking(LINK_PROTOCOL_MAX))).put(&mut bytes);
        Record::new(Op::Call, 1, 1_000, b"behind it").put(&mut bytes);
        far.write_all(&bytes).await.unwrap();
        let (_, early) = greet(&mut near, &hello(Role::Control, 1)).await.unwrap();
        let (heard_in, mut heard) = mpsc::unbounded_channel();
        let (_peer, link) = open(near, early, Limits::default(), move |request: &[u8], _: &mut Vec<u8>| {
            heard_in.send(request.to_vec()).unwrap();
            Answer::Now(Ok(()))
        });
        tokio::task::spawn_local(link);
        assert_eq!(heard.recv().await.unwrap(), b"behind it");
    });
}

#[test]
fn whoever_refuses_or_speaks_something_else_is_named() {
    run(async {
        let refused = LinkWelcome { refused: "WRONG_ROLE".to_owned(), ..LinkWelcome::default() };
        assert!(
            matches!(greeted(Op::Welcome, &refused).await, Err(GreetError::Refused(name, _)) if name == "WRONG_ROLE")
        );
        for protocol in [0, 2, LINK_PROTOCOL_MAX + 1] {
            let answer = greeted(Op::Welcome, &speaking(protocol)).await;
            assert!(matches!(answer, Err(GreetError::Version(spoken)) if spoken == protocol));
        }
        let answer = greeted(Op::Reply, &speaking(LINK_PROTOCOL_MAX)).await;
        assert!(matches!(answer, Err(GreetError::Garbage)));
        assert!(greeted(Op::Welcome, &speaking(LINK_PROTOCOL_MAX)).await.is_ok());
    });
}
