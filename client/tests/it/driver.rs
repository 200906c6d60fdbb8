//! The client on real sockets: all transports, pipelining, refusals, ends.

use std::time::Duration;

use client::{Client, Error, News, Options, Outcome, Push, Sequence, Tls, TransportKind, Violation, echo};
use proto::{client::Waves, close::CloseReason, kinds};

use crate::fake::{
    rules::{Fault, Plan},
    server::FakeServer,
};

/// Runs a test's future with a bound that only a hanging one reaches.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), test).await.expect("in time") })
}

pub fn options(server: &FakeServer, transport: TransportKind) -> Options {
    let tls = Tls::roots(server.identity.pem.as_bytes()).expect("our own certificate");
    Options { transport, tls: Some(tls), ..Options::new(server.address.to_string()) }
}

/// With an end where a lasting client would come back.
fn once(server: &FakeServer) -> Options {
    Options { reconnect: false, ..options(server, TransportKind::Tcp) }
}

fn plan(fault: Fault, kind: u32) -> Option<Plan> {
    Some(Plan { fault, kind, nth: 1 })
}

pub async fn guest(options: &Options) -> (Client, client::Pushes, proto::client::LoggedIn) {
    let (client, pushes) = Client::connect(options).await.expect("the server listens");
    let me = client.login_guest().await.expect("guests are welcome");
    (client, pushes, me)
}

#[test]
fn two_players_pay_and_talk_over_each_transport() {
    for transport in TransportKind::ALL {
        let server = FakeServer::start(None);
        run(async {
            let options = options(&server, transport);
            let (ana, mut ana_hears, _) = guest(&options).await;
            let (bo, mut bo_hears, bo_is) = guest(&options).await;
            let paid = match ana.pay(bo_is.account, 30).await.expect("answered") {
                Outcome::Ok(paid) => paid,
                other => panic!("{transport}: {other:?}"),
            };
            assert_eq!(paid.wallet.map(|wallet| (wallet.gold, wallet.ver)), Some((970, 2)));
            let Push::Paid(news) = bo_hears.next().await.expect("news") else { panic!("{transport}") };
            assert_eq!((news.amount, news.lsn), (30, paid.lsn));
            let Outcome::Ok(wallet) = bo.wallet().await.expect("answered") else { panic!("{transport}") };
            assert_eq!(wallet.gold, 1_030);
            bo.say("thanks").await.expect("answered");
            let Push::Chat(line) = ana_hears.next().await.expect("a line") else { panic!("{transport}") };
            assert_eq!((line.text.as_str(), line.from), ("thanks", bo_is.account));
            assert!(matches!(ana.join(echo::ROOM).await, Ok(Outcome::Ok(_))));
            let bytes = vec![42; 4_000];
            assert_eq!(ana.echo(&bytes).await.expect("answered"), Outcome::Ok(bytes.into()));
            ana.signal(echo::WAVE, b"o/").await.expect("sent");
            let waved = ana_hears.next().await.expect("a push");
            assert_eq!(echo::read(&waved), Ok(Some(echo::EchoPush::Waves(Waves::default()))));
            ana.logout().await.expect("closed by goodbye");
            let Err(Error::Closed(closed)) = ana_hears.next().await else { panic!("{transport}") };
            assert_eq!(closed.reason, Some(CloseReason::LoggedOut));
        });
    }
}

#[test]
fn a_thousand_commands_from_many_callers_are_pipelined_and_each_gets_its_own_answer() {
    let server = FakeServer::start(None);
    run(async {
        let (client, _pushes, _) = guest(&options(&server, TransportKind::Tcp)).await;
        let tasks: Vec<_> = (0..1_000u32)
            .map(|number| {
                let client = client.clone();
                tokio::spawn(async move { (number, client.echo(&number.to_le_bytes()).await) })
            })
            .collect();
        for task in tasks {
            let (number, answer) = task.await.expect("no panic");
            assert_eq!(answer.expect("answered"), Outcome::Ok(number.to_le_bytes().to_vec().into()));
        }
    });
    assert_eq!(server.finish().executed.get(&echo::ECHO), Some(&1_000));
}

#[test]
fn names_passwords_and_secrets_bring_one_back_and_wrong_ones_do_not() {
    let server = FakeServer::start(None);
    run(async {
        let options = options(&server, TransportKind::Tcp);
        let (client, _) = Client::connect(&options).await.expect("up");
        let Err(Error::LoginRefused { name, .. }) = client.login_password("ana", "wrong words").await else {
            panic!("nobody of that name")
        };
        assert_eq!(name, "bad_credentials");
        let ana = client.register("ana", "right words").await.expect("another try on the same connection");
        let (client, _) = Client::connect(&options).await.expect("up");
        let again = client.login_password("ana", "right words").await.expect("queued, then in");
        assert_eq!((again.account, again.session_gen), (ana.account, 2));
        let (_, _, guest) = guest(&options).await;
        let (client, _) = Client::connect(&options).await.expect("up");
        let again = client.login_secret(guest.account, &guest.secret).await.expect("in");
        assert_eq!(again.account, guest.account);
        let Err(Error::Command(error)) = client.login_guest().await else { panic!("already in") };
        assert_eq!(error.code(), "command.out_of_turn");
    });
}

#[test]
fn what_the_table_of_kinds_forbids_is_not_sent() {
    let server = FakeServer::start(None);
    run(async {
        let (client, _pushes, _) = guest(&options(&server, TransportKind::Tcp)).await;
        for (kind, bytes, code) in [
            (kinds::PAID, 0, "command.unknown_kind"),
            (kinds::HELLO, 0, "command.unknown_kind"),
            (echo::WAVE, 0, "command.unknown_kind"),
            (9_999, 0, "command.unknown_kind"),
            (kinds::PAY, 33, "command.body_too_large"),
        ] {
            let Err(Error::Command(error)) = client.command(kind, &vec![0; bytes]).await else {
                panic!("{kind}")
            };
            assert_eq!(error.code(), code);
        }
        assert!(matches!(client.wallet().await, Ok(Outcome::Ok(_))), "no number was used up");
    });
}

#[test]
fn a_doubled_answer_or_one_to_nothing_ends_the_connection_by_name() {
    for (fault, code) in [
        (Fault::AnswerTwice, "violation.answer_doubled"),
        (Fault::AnswerToOther, "violation.answer_out_of_range"),
    ] {
        let server = FakeServer::start(plan(fault, kinds::WALLET_READ));
        run(async {
            let (client, mut pushes, _) = guest(&once(&server)).await;
            let _ = client.wallet().await;
            let Err(end) = pushes.next().await else { panic!("{fault:?}") };
            assert_eq!(end.code(), code);
            assert!(matches!(
                end,
                Error::Violation(Violation::AnswerDoubled { .. } | Violation::AnswerOutOfRange { .. })
            ));
        });
    }
}

#[test]
fn a_command_whose_connection_died_is_unanswered_and_the_next_login_tells_its_fate() {
    for (fault, fate) in [(Fault::CutAfter, client::Fate::Happened), (Fault::CutBefore, client::Fate::DidNot)]
    {
        let server = FakeServer::start(plan(fault, kinds::PAY));
        run(async {
            let options = once(&server);
            let (bo, _bo_hears, bo_is) = guest(&options).await;
            let (ana, _pushes, me) = guest(&options).await;
            let Err(Error::Unanswered { cseq, cause, fate: None }) = ana.pay(bo_is.account, 5).await else {
                panic!("{fault:?}")
            };
            assert!(matches!(*cause, Error::Gone | Error::Io(_)), "{cause}");
            assert!(ana.wallet().await.is_err() && bo.wallet().await.is_err(), "the handle knows its end");
            let (ana, _pushes) = Client::connect(&options).await.expect("up");
            let back = ana.login_secret(me.account, &me.secret).await.expect("known");
            assert_eq!(Sequence::of(&back).fate(cseq), fate);
        });
    }
}

#[test]
fn a_client_comes_back_by_itself_and_each_command_has_its_fate_or_is_sent_again() {
    for (fault, fate) in [(Fault::CutAfter, client::Fate::Happened), (Fault::CutBefore, client::Fate::DidNot)]
    {
        let server = FakeServer::start(plan(fault, kinds::PAY));
        run(async {
            let options = options(&server, TransportKind::Tcp);
            let (_bo, _bo_hears, bo_is) = guest(&options).await;
            let (ana, mut news, _) = guest(&options).await;
            assert!(matches!(ana.join(echo::ROOM).await, Ok(Outcome::Ok(_))));
            let Err(Error::Unanswered { fate: told, .. }) = ana.pay(bo_is.account, 5).await else {
                panic!("{fault:?}")
            };
            assert_eq!(told, Some(fate));
            let Ok(Outcome::Ok(wallet)) = ana.wallet().await else { panic!("{fault:?}") };
            assert_eq!(wallet.gold, if fate == client::Fate::Happened { 995 } else { 1_000 });
            assert!(matches!(news.news().await, Ok(News::Away { closed: None })));
            assert!(matches!(news.news().await, Ok(News::LoggedInAgain(_))));
            let back = news.news().await;
            assert!(matches!(back, Ok(News::WentBack { kind: kinds::ROOM_JOIN, outcome: Outcome::Ok(_) })));
        });
        assert_eq!(server.finish().executed.get(&kinds::ROOM_JOIN), Some(&2), "and again");
    }
    let server = FakeServer::start(plan(Fault::CutBefore, kinds::PAY));
    run(async {
        let options = options(&server, TransportKind::Tcp);
        let (_bo, _bo_hears, bo_is) = guest(&options).await;
        let (ana, _news, _) = guest(&options).await;
        assert!(matches!(ana.insisting().pay(bo_is.account, 5).await, Ok(Outcome::Ok(_))));
    });
    assert_eq!(server.finish().executed.get(&kinds::PAY), Some(&1));
}

#[test]
fn over_a_cut_that_the_session_outlives_every_answer_comes_as_if_nothing_had_happened() {
    let server = FakeServer::start(plan(Fault::CutKeep, kinds::PAY));
    run(async {
        let options = options(&server, TransportKind::Tcp);
        let (_bo, mut bo_hears, bo_is) = guest(&options).await;
        let (ana, mut news, _) = guest(&options).await;
        let (paid, said, wallet) = tokio::join!(ana.pay(bo_is.account, 5), ana.say("hello"), ana.wallet());
        assert!(matches!((paid, said), (Ok(Outcome::Ok(_)), Ok(Outcome::Ok(_)))));
        assert!(matches!(wallet, Ok(Outcome::Ok(wallet)) if wallet.gold == 995));
        assert!(matches!(news.news().await, Ok(News::Away { .. })));
        let Ok(News::Resumed { missed, .. }) = news.news().await else { panic!("it goes on") };
        assert!(missed >= 1, "the answer to the payment at least");
        assert!(matches!(bo_hears.next().await, Ok(Push::Paid(_))), "once");
        assert!(matches!(bo_hears.next().await, Ok(Push::Chat(_))), "and nothing in between");
    });
    let rules = server.finish();
    assert_eq!((rules.executed.get(&kinds::PAY), rules.resumes()), (Some(&1), 2));
}

#[test]
fn a_game_that_begins_anew_over_the_same_connection_tells_the_fate_of_what_it_did() {
    let server = FakeServer::start(plan(Fault::Reset, kinds::PAY));
    run(async {
        let options = options(&server, TransportKind::Tcp);
        let (_bo, _bo_hears, bo_is) = guest(&options).await;
        let (ana, mut news, _) = guest(&options).await;
        assert!(matches!(ana.join(echo::ROOM).await, Ok(Outcome::Ok(_))));
        let Err(Error::Unanswered { fate, cause, .. }) = ana.pay(bo_is.account, 5).await else {
            panic!("nobody answered")
        };
        assert_eq!((fate, cause.code()), (Some(client::Fate::Happened), "reset"));
        assert!(matches!(ana.wallet().await, Ok(Outcome::Ok(wallet)) if wallet.gold == 995));
        assert!(matches!(news.news().await, Ok(News::Paused)));
        assert!(matches!(news.news().await, Ok(News::Reset(_))));
        let gone = news.news().await;
        assert!(
            matches!(&gone, Ok(News::Push(Push::RoomLeft(left))) if left.reason == "restarted"),
            "{gone:?}"
        );
        let back = news.news().await;
        assert!(matches!(&back, Ok(News::WentBack { .. })), "{back:?}");
    });
}

#[test]
fn a_newer_login_is_an_end_and_a_goodbye_too() {
    let server = FakeServer::start(None);
    run(async {
        let options = options(&server, TransportKind::Tcp);
        let (ana, mut pushes, me) = guest(&options).await;
        let (newer, _) = Client::connect(&options).await.expect("up");
        newer.login_secret(me.account, &me.secret).await.expect("known");
        assert_eq!(pushes.next().await.unwrap_err().code(), "superseded");
        assert_eq!(ana.wallet().await.unwrap_err().code(), "superseded");
        newer.logout().await.expect("closed by goodbye");
        assert_eq!(newer.wallet().await.unwrap_err().code(), "logged_out");
    });
}

#[test]
fn nobody_there_and_certificates_that_are_not_trusted_have_names() {
    let server = FakeServer::start(None);
    run(async {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
        let error = Client::connect(&Options::new(nobody.to_string())).await.map(|_| ()).unwrap_err();
        assert_eq!(error.code(), "unreachable");
        let stranger = crate::fake::pipe::Identity::new();
        let with = |tls| Options { tls, ..options(&server, TransportKind::Wss) };
        for (tls, code) in [
            (Some(Tls::roots(stranger.pem.as_bytes()).expect("pem")), "transport.tls"),
            (Some(Tls::pinned(stranger.pem.as_bytes()).expect("pem")), "transport.tls"),
            (None, "transport.no_trust"),
        ] {
            let error = Client::connect(&with(tls)).await.map(|_| ()).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
        }
        for tls in [Tls::pinned(server.identity.pem.as_bytes()), Tls::any_on_loopback()] {
            assert!(Client::connect(&with(Some(tls.expect("pem")))).await.is_ok());
        }
        assert_eq!(Tls::roots(b"no certificate").map(|_| ()).unwrap_err().code(), "trust");
    });
}

#[test]
fn pushes_that_nobody_takes_end_the_connection_by_name() {
    let server = FakeServer::start(None);
    run(async {
        let options = Options { pushes_max: 3, ..options(&server, TransportKind::Tcp) };
        let (client, mut pushes, _) = guest(&options).await;
        for _ in 0..3 {
            client.say("hello").await.expect("heard, and there is room");
        }
        let _ = client.say("hello").await;
        for _ in 0..3 {
            assert!(matches!(pushes.next().await, Ok(Push::Chat(_))), "what fitted is not lost");
        }
        assert_eq!(pushes.next().await.unwrap_err().code(), "pushes_full");
    });
}
