//! Characters through the whole: a client, real processes, a restart in between.

use client::{Client, Options, Outcome};
use proto::client::{Character, LoggedIn};

use crate::support::stack::Stack;

async fn guest(stack: &Stack, known: Option<&LoggedIn>) -> (Client, LoggedIn) {
    let options = Options::new(stack.listen.to_string());
    let (client, _pushes) = Client::connect(&options).await.expect("the server listens");
    let me = match known {
        None => client.login_guest().await,
        Some(me) => client.login_secret(me.account, &me.secret).await,
    };
    (client, me.expect("in"))
}

fn ok<T: std::fmt::Debug>(outcome: Result<Outcome<T>, client::Error>) -> T {
    match outcome.expect("answered") {
        Outcome::Ok(value) => value,
        other => panic!("{other:?}"),
    }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        tokio::time::timeout(std::time::Duration::from_secs(60), test).await.expect("in time")
    })
}

#[test]
fn characters_are_there_again_after_a_restart_and_in_the_world_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Stack::start_in(&folder.path().join("d"), &[]);
    let (me, made): (LoggedIn, Character) = run(async {
        let (ana, me) = guest(&stack, None).await;
        let ida = ok(ana.create_character("Ida").await);
        let ole = ok(ana.create_character("Ole").await);
        assert_eq!((ida.level, ida.xp, ida.hp), (1, 0, ida.hp_max));
        assert_ne!(ok(ana.delete_character(ole.id).await).gone_ms, 0);
        assert_eq!(ok(ana.enter(ida.id).await).character, Some(ida.clone()));
        assert_eq!(ok(ana.characters().await).in_world, ida.id);
        (me, ida)
    });
    assert!(stack.stop().status.success());
    let stack = Stack::start_in(&folder.path().join("d"), &[]);
    run(async {
        let (ana, _) = guest(&stack, Some(&me)).await;
        let list = ok(ana.characters().await);
        assert_eq!(list.in_world, 0);
        assert_eq!(list.characters.first(), Some(&made));
        let ole = list.characters.last().expect("two of them").id;
        assert!(matches!(ana.enter(ole).await, Ok(Outcome::Rejected(name)) if name == "character_deleted"));
        assert_eq!(ok(ana.restore_character(ole).await).gone_ms, 0);
        ok(ana.enter(ole).await);
        ok(ana.leave_world().await);
    });
}
