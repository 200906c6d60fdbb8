//! Short runs at a real socket.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use bot::{
    Error, Options, Payment, PaymentOutcome, Rates, Report, Scenario, run, run_until, run_until_enough,
};
use client::{Tls, TransportKind, echo};
use proto::kinds;

use crate::fake::{
    rules::{Fault, Plan},
    server::FakeServer,
};

fn options(server: &FakeServer, scenario: Scenario) -> Options {
    Options {
        players: 8,
        duration: Duration::from_millis(500),
        ramp: Duration::from_millis(50),
        scenario,
        rates: Rates { pay_per_s: 40.0, chat_per_s: 10.0, echo_per_s: 100.0, ..Rates::default() },
        answer_limit: Duration::from_secs(60),
        ..Options::new(server.address.to_string())
    }
}

fn command<'a>(report: &'a Report, name: &str) -> &'a bot::report::CommandFigures {
    report.commands.iter().find(|command| command.name == name).expect("it was done")
}

fn codes(report: &Report) -> Vec<&str> {
    report.wrong.iter().map(|wrong| wrong.code.as_str()).collect()
}

#[test]
fn a_mixed_run_over_all_four_transports_is_good_and_every_intention_is_sent() {
    let server = FakeServer::start(None);
    let tls = Tls::roots(server.identity.pem.as_bytes()).expect("our own");
    let transports = TransportKind::ALL.to_vec();
    let report =
        run(Options { transports, tls: Some(tls), ..options(&server, Scenario::Small) }).expect("a run");
    assert!(report.is_good(), "{:?} {:?}", report.wrong, report.errors);
    // 8 players, 20 payments and 5 lines each in half a second.
    let (pay, chat) = (command(&report, "pay"), command(&report, "chat"));
    assert_eq!((pay.sent + pay.unsent, pay.ok, chat.ok + chat.unsent), (160, pay.sent, 40));
    assert_eq!((report.paid_heard, report.chat_heard), (pay.ok, chat.ok * 8));
    assert_eq!(report.gold.conserved, Some(true));
    assert_eq!(report.gold.start, 8_000);
    assert!(pay.p50_us > 0 && pay.p50_us <= pay.p99_us && pay.p99_us <= pay.max_us);
    assert_eq!(report.errors, BTreeMap::new());
    assert_eq!(server.finish().gold(), 8_000);
}

#[test]
fn echo_runs_in_the_room_and_passwords_bring_players_in() {
    let server = FakeServer::start(None);
    let report = run(Options { password_login: true, ..options(&server, Scenario::Echo) }).expect("a run");
    assert!(report.is_good(), "{:?} {:?}", report.wrong, report.errors);
    assert_eq!(command(&report, "login").ok, 16, "registered, and came in by password");
    assert_eq!(command(&report, "join").ok, 8);
    assert!(command(&report, "echo").ok > 0);
}

#[test]
fn every_planted_fault_is_found_by_name() {
    for (fault, kind, scenario, expected) in [
        (Fault::AnswerTwice, kinds::PAY, Scenario::Pay, "violation.answer_doubled"),
        (Fault::AnswerNever, kinds::PAY, Scenario::Pay, "answer_missing"),
        (Fault::AnswerToOther, kinds::CHAT_SAY, Scenario::Chat, "violation.answer_out_of_range"),
        (Fault::GoldOff, kinds::PAY, Scenario::Pay, "wallet_gold"),
        (Fault::PaidNever, kinds::PAY, Scenario::Pay, "paid_missing"),
        (Fault::ChatTwice, kinds::CHAT_SAY, Scenario::Chat, "chat_doubled"),
        (Fault::ChatNever, kinds::CHAT_SAY, Scenario::Chat, "chat_missing"),
        (Fault::EchoDiffers, echo::ECHO, Scenario::Echo, "echo_differs"),
    ] {
        let server = FakeServer::start(Some(Plan { fault, kind, nth: 3 }));
        let patience = if matches!(fault, Fault::AnswerNever) { 2 } else { 60 };
        let answer_limit = Duration::from_secs(patience);
        let options = Options { answer_limit, ..options(&server, scenario) };
        let report = run(options).expect("a run");
        assert!(codes(&report).contains(&expected), "{fault:?}: {:?}", codes(&report));
        assert!(!report.is_good());
    }
}

#[test]
fn players_who_come_back_after_all_connections_died_know_what_became_of_each_payment() {
    for fault in [Fault::CutAfter, Fault::CutBefore] {
        let server = FakeServer::start(Some(Plan { fault, kind: kinds::PAY, nth: 50 }));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("payments.jsonl");
        let report = run(Options {
            reconnect: true,
            payment_log: Some(path.clone()),
            duration: Duration::from_secs(2),
            rates: Rates { pay_per_s: 20.0, ..Rates::default() },
            ..options(&server, Scenario::Small)
        })
        .expect("a run");
        assert!(report.is_good(), "{fault:?}: {:?} {:?}", report.wrong, report.errors);
        assert_eq!((report.reconnects, report.players_done), (8, 8));
        assert_eq!(report.fates.unknown, 0);
        assert_eq!(report.gold.conserved, Some(true));
        let log = std::fs::read_to_string(path).expect("written");
        let payments: Vec<Payment> =
            log.lines().map(|line| serde_json::from_str(line).expect("a payment")).collect();
        let pay = command(&report, "pay");
        assert_eq!(payments.len() as u64, pay.sent, "a line for each");
        let count = |outcome| payments.iter().filter(|payment| payment.outcome == outcome).count() as u64;
        assert_eq!(count(PaymentOutcome::Ok), pay.ok);
        assert_eq!(count(PaymentOutcome::Happened), report.fates.happened);
        assert_eq!(count(PaymentOutcome::DidNot), report.fates.did_not);
        if fault == Fault::CutAfter {
            assert!(report.fates.happened > 0, "executed, but nobody heard");
        } else {
            assert!(report.fates.did_not > 0, "cut before it was executed");
        }
        // The server's own count of payments is the log's.
        let moved = payments.iter().filter(|payment| payment.outcome.moved() == Some(true)).count() as u64;
        assert_eq!(server.finish().executed.get(&kinds::PAY), Some(&moved));
    }
}

#[test]
fn over_a_cut_that_their_sessions_outlive_players_miss_and_hear_twice_nothing() {
    let server = FakeServer::start(Some(Plan { fault: Fault::CutKeep, kind: kinds::PAY, nth: 50 }));
    let report = run(Options {
        reconnect: true,
        duration: Duration::from_secs(2),
        rates: Rates { pay_per_s: 20.0, chat_per_s: 10.0, ..Rates::default() },
        ..options(&server, Scenario::Small)
    })
    .expect("a run");
    assert!(report.is_good(), "{:?} {:?}", report.wrong, report.errors);
    let comebacks = &report.comebacks;
    assert_eq!((report.reconnects, comebacks.sockets_lost, comebacks.resumes), (8, 8, 8));
    assert_eq!((comebacks.resets, comebacks.resumes_refused.len()), (0, 0));
    assert!(comebacks.packets_resent > 0, "{comebacks:?}");
    assert!(0 < comebacks.pause_p50_us && comebacks.pause_p50_us <= comebacks.pause_max_us);
    assert_eq!(report.fates, bot::report::Fates::default(), "every payment has its answer");
    let (pay, chat) = (command(&report, "pay"), command(&report, "chat"));
    assert_eq!((pay.unanswered, chat.unanswered), (0, 0));
    assert_eq!((report.paid_heard, report.chat_heard), (pay.ok, chat.ok * 8), "by everybody, once");
    assert_eq!(server.finish().resumes(), 8);
}

#[test]
fn a_game_that_begins_anew_is_played_on_with_over_the_same_connections() {
    let server = FakeServer::start(Some(Plan { fault: Fault::Reset, kind: kinds::PAY, nth: 50 }));
    let report = run(Options {
        duration: Duration::from_secs(2),
        rates: Rates { pay_per_s: 20.0, chat_per_s: 10.0, ..Rates::default() },
        ..options(&server, Scenario::Small)
    })
    .expect("a run");
    assert!(report.is_good(), "{:?} {:?}", report.wrong, report.errors);
    let comebacks = &report.comebacks;
    assert_eq!((report.reconnects, comebacks.sockets_lost), (0, 0));
    assert_eq!((comebacks.pauses, comebacks.resets), (8, 8));
    assert!(report.fates.happened > 0 && comebacks.pause_max_us > 0);
    assert_eq!(report.gold.conserved, Some(true));
}

#[test]
fn without_coming_back_a_dead_server_is_an_unfinished_run() {
    let server = FakeServer::start(Some(Plan { fault: Fault::CutAfter, kind: kinds::PAY, nth: 20 }));
    let report = run(options(&server, Scenario::Pay)).expect("a run");
    assert_eq!((report.players_done, report.gold.conserved), (0, None));
    assert!(!report.is_good());
    assert!(report.errors.contains_key("gone") || report.errors.contains_key("io"), "{:?}", report.errors);
}

#[test]
fn an_interrupted_run_reports_what_was_measured_until_then() {
    let server = FakeServer::start(None);
    let interrupted = Arc::new(AtomicBool::new(false));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("payments");
    let options = Options {
        duration: Duration::from_secs(3_600),
        payment_log: Some(path.clone()),
        ..options(&server, Scenario::Pay)
    };
    let course = std::thread::spawn({
        let interrupted = Arc::clone(&interrupted);
        move || run_until(options, interrupted)
    });
    let is_one_ok = || std::fs::read_to_string(&path).is_ok_and(|log| log.contains("\"outcome\":\"ok\""));
    while !is_one_ok() && !course.is_finished() {
        std::thread::yield_now();
    }
    interrupted.store(true, Relaxed);
    let report = course.join().expect("no panic").expect("a report");
    assert!(report.interrupted && !report.is_good());
    assert!(0 < command(&report, "pay").ok && report.elapsed_s < 3_600.0);
    assert_eq!((report.wrong_count, report.players_done), (0, 0));
}

#[test]
fn a_run_that_was_long_enough_is_drained_and_checked_as_at_its_end() {
    let server = FakeServer::start(None);
    let enough = Arc::new(AtomicBool::new(false));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("payments");
    let options = Options {
        duration: Duration::from_secs(3_600),
        payment_log: Some(path.clone()),
        ..options(&server, Scenario::Pay)
    };
    let players = options.players;
    let course = std::thread::spawn({
        let enough = Arc::clone(&enough);
        move || run_until_enough(options, enough)
    });
    let is_one_ok = || std::fs::read_to_string(&path).is_ok_and(|log| log.contains("\"outcome\":\"ok\""));
    while !is_one_ok() && !course.is_finished() {
        std::thread::yield_now();
    }
    enough.store(true, Relaxed);
    let report = course.join().expect("no panic").expect("a report");
    assert!(report.is_good() && !report.interrupted, "{:?}", report.wrong);
    assert_eq!((report.players_done, report.gold.conserved), (players, Some(true)));
    assert!(0 < command(&report, "pay").ok && report.elapsed_s < 3_600.0);
}

#[test]
fn a_server_that_is_not_there_is_an_error_and_not_a_report() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    let options = Options { ramp: Duration::ZERO, ..Options::new(nobody.to_string()) };
    let error = run(options).map(|_| ()).unwrap_err();
    assert!(matches!(error, Error::Nobody { .. }), "{error}");
    assert!(error.to_string().contains("is the server up"), "{error}");
}

#[test]
fn options_that_make_no_run_are_refused_by_name() {
    let good = Options::new("127.0.0.1:1");
    for (options, text) in [
        (Options { players: 1, ..good.clone() }, "this scenario takes 2"),
        (Options { transports: Vec::new(), ..good.clone() }, "no transport"),
        (Options { transports: vec![TransportKind::Wss], ..good.clone() }, "certificate to trust"),
        (Options { echo_bytes: 0, ..good.clone() }, "echoes of 0 bytes"),
        (Options { rates: Rates { pay_per_s: 0.0, ..Rates::default() }, ..good.clone() }, "0 a second"),
        (Options { duration: Duration::ZERO, ..good.clone() }, "from a moment"),
    ] {
        let error = run(options).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), "BOT_OPTIONS");
        assert!(error.to_string().contains(text), "{error}");
    }
    assert_eq!("mixed".parse(), Ok(Scenario::Mixed));
    assert!("raid".parse::<Scenario>().is_err());
    assert!(Options { players: 1, scenario: Scenario::Chat, ..good }.check().is_ok());
}
