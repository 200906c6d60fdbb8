//! What a room asks, over real connections and the death of game: shown again, answered once, and never asked anew.

use std::{path::PathBuf, process::Stdio};

use client::{Client, Options, Outcome, Push, Pushes};
use proto::client::RoomAsk;

use crate::support::stack::{Role, Stack};

/// The server whose rooms obey: built beside the program under test.
fn obedient() -> PathBuf {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_ding"));
    let obedient = program.parent().expect("a folder").join("examples/faulty");
    assert!(obedient.exists(), "cargo build --example faulty");
    obedient
}

async fn guest(stack: &Stack) -> (Client, Pushes) {
    let (client, pushes) = Client::connect(&Options::new(stack.listen.to_string())).await.expect("in");
    client.login_guest().await.expect("an account");
    let joined = client.join("faulty#1").await;
    assert!(matches!(joined, Ok(Outcome::Ok(_))), "{joined:?}");
    (client, pushes)
}

async fn asked(pushes: &mut Pushes) -> RoomAsk {
    loop {
        if let Push::Asked(ask) = pushes.next().await.expect("it plays") {
            return ask;
        }
    }
}

/// The next line of the room that begins so.
async fn told(pushes: &mut Pushes, begin: &str) -> String {
    loop {
        if let Push::Room { kind: COUNTED, body, .. } = pushes.next().await.expect("it plays") {
            let line = String::from_utf8_lossy(&body).into_owned();
            if line.starts_with(begin) {
                return line;
            }
        }
    }
}

#[test]
fn what_a_room_asks_is_answered_once_whatever_dies_between() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Stack::start_program(&obedient(), &folder.path().join("d"), &[], &[], Stdio::piped());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (ana, mut ana_hears) = guest(&stack).await;
        let (bo, mut bo_hears) = guest(&stack).await;
        assert_eq!(ana.command(DO, b"ask").await.expect("answered"), Outcome::Ok(Vec::new().into()));
        let ask = asked(&mut bo_hears).await;
        assert_eq!((ask.kind, &ask.body[..]), (ASKED, &b"which?"[..]));
        let foreign = ana.answer(&ask, Some(b"mine")).await.expect("answered");
        assert_eq!(foreign, Outcome::Rejected("no_such_ask".to_owned()));

        stack.kill_and_wait(Role::Game);
        let again = asked(&mut bo_hears).await;
        assert_eq!((again.id, again.room, &again.body), (ask.id, ask.room, &ask.body));
        assert!(again.wait_ms <= ask.wait_ms);
        let yes = bo.insisting().answer(&ask, Some(b"that one")).await.expect("answered");
        assert!(matches!(yes, Outcome::Ok(_)), "{yes:?}");
        assert_eq!(told(&mut ana_hears, "heard").await, "heard that one");
        assert_eq!(told(&mut bo_hears, "heard").await, "heard that one");

        stack.kill_and_wait(Role::Game);
        let twice = bo.insisting().answer(&ask, Some(b"the other")).await.expect("answered");
        assert_eq!(twice, Outcome::Rejected("no_such_ask".to_owned()));
        let counted = ana.insisting().command(DO, b"count").await.expect("answered");
        assert_eq!(counted, Outcome::Ok(b"2".to_vec().into()), "the answer was counted once");

        assert!(matches!(ana.command(DO, b"ask").await, Ok(Outcome::Ok(_))));
        let ask = asked(&mut bo_hears).await;
        assert!(matches!(bo.answer(&ask, None).await, Ok(Outcome::Ok(_))));
        assert_eq!(told(&mut ana_hears, "heard").await, "heard nothing");
    });
    assert!(stack.stop().status.success());
}

const DO: u32 = 1_900;
const COUNTED: u32 = 1_901;
const ASKED: u32 = 1_902;
