//! Commands whose callers do not wait for the answer: given up is the answer, not the command.

use std::{
    future::poll_fn,
    pin::pin,
    task::Poll::{self, Ready},
};

use client::{Outcome, TransportKind};
use tokio::task::unconstrained;

use crate::{
    driver::{guest, options, run},
    fake::server::FakeServer,
};

/// Hands a command over, lets nothing else run, and gives its answer up.
async fn look_once<T>(command: impl Future<Output = T>) -> Poll<T> {
    let mut command = pin!(unconstrained(command));
    poll_fn(|context| Ready(command.as_mut().poll(context))).await
}

#[test]
fn a_thousand_commands_that_nobody_waits_for_are_done_and_leave_room_for_the_next() {
    let server = FakeServer::start(None);
    run(async {
        let (ana, _pushes, _) = guest(&options(&server, TransportKind::Tcp)).await;
        let (bo, _hears, bo_is) = guest(&options(&server, TransportKind::Tcp)).await;
        for n in 1..=1_000 {
            assert!(look_once(ana.pay(bo_is.account, 1)).await.is_pending());
            if n % AT_ONCE == 0 {
                let Ok(Outcome::Ok(wallet)) = ana.wallet().await else { panic!("after {n}") };
                assert_eq!(wallet.gold, 1_000 - n, "all before it are done");
            }
        }
        let Ok(Outcome::Ok(wallet)) = bo.wallet().await else { panic!("it is answered") };
        assert_eq!(wallet.gold, 2_000);
    });
}

#[test]
fn one_that_waits_behind_too_many_others_is_not_sent_when_its_caller_gives_up() {
    let server = FakeServer::start(None);
    run(async {
        let (ana, _pushes, _) = guest(&options(&server, TransportKind::Tcp)).await;
        let (_bo, _hears, bo_is) = guest(&options(&server, TransportKind::Tcp)).await;
        // Nothing else runs between these, so what does not fit in the handle's queue stays with its caller.
        for _ in 0..1_000 {
            assert!(look_once(ana.pay(bo_is.account, 1)).await.is_pending());
        }
        let Ok(Outcome::Ok(wallet)) = ana.wallet().await else { panic!("it is answered") };
        assert_eq!(wallet.gold, 1_000 - QUEUE);
    });
}

/// Fewer than the handle's queue takes.
const AT_ONCE: i64 = 50;
/// Of a handle.
const QUEUE: i64 = 64;
