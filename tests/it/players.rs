//! Bots against a real stack: every reply right, and the tables agree with what the bots were told.

use std::time::Duration;

use bot::{Deal, DealKind, Options, Report, Scenario, Thing};
use client::{Tls, TransportKind};
use rusqlite::{Connection, OpenFlags};

use crate::support::{Tier, stack::Stack};

fn play(options: &Options) -> Report {
    let report = bot::run(options.clone()).expect("the run itself");
    println!("{}", bot::render(&report, bot::Style::default()));
    assert!(report.is_good(), "{:?}", report.wrong);
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    assert_eq!(report.gold.conserved, Some(true));
    report
}

/// Gold in wallets, gold that the ledger issued, and rows of the ledger, after a clean stop.
fn tables(stack: Stack) -> (i64, i64, i64) {
    let database = stack.data().join("game.db");
    let copy = tempfile::tempdir().expect("a folder");
    let kept = copy.path().join("game.db");
    let ended = stack.stop_and(|| {
        std::fs::copy(&database, &kept).expect("a closed database is one file");
    });
    assert!(ended.status.success(), "{}", ended.log);
    let sql = Connection::open_with_flags(&kept, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a database");
    let number = |text: &str| sql.query_row(text, [], |row| row.get::<_, i64>(0)).expect("a number");
    (
        number("SELECT coalesce(sum(gold), 0) FROM wallet"),
        number("SELECT coalesce(sum(amount), 0) FROM ledger WHERE from_account = 0"),
        number("SELECT count(*) FROM ledger WHERE from_account <> 0"),
    )
}

#[test]
fn mixed_players_are_answered_rightly_and_their_gold_adds_up() {
    let tier = Tier::current();
    let stack = Stack::start(&[]);
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = Scenario::Small;
    options.players = tier.pick(100, 300);
    options.duration = Duration::from_secs(tier.pick(10, 60));
    let report = play(&options);
    // Most of what they meant to do is given up where a machine stands still for seconds.
    let at_least = tier.pick(300, 15_000);
    assert!(at_least <= report.ok_total, "{} OKs, at least {at_least}", report.ok_total);
    let paid = report.commands.iter().find(|one| one.name == "pay").expect("they paid").ok;
    let (held, issued, moved) = tables(stack);
    assert_eq!(held, issued, "gold in wallets, gold issued");
    assert_eq!(issued, i64::from(options.players) * 1000);
    assert_eq!(moved, i64::try_from(paid).expect("a count"), "rows of payments, payments answered OK");
}

#[test]
fn walkers_see_each_other_walk_and_are_kept_where_they_stood() {
    let tier = Tier::current();
    let stack = Stack::start(&[]);
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = Scenario::Walk;
    options.players = tier.pick(40, 300);
    options.duration = Duration::from_secs(tier.pick(6, 30));
    let report = play(&options);
    let of = |name: &str| report.commands.iter().find(|one| one.name == name).expect("they walked");
    let (moved, seen) = (of("move"), of("seen"));
    assert!(moved.sent / 2 <= moved.ok, "{} of {} moves came back", moved.ok, moved.sent);
    assert!(u64::from(options.players) * 10 <= seen.ok, "{} moves of others seen", seen.ok);
    assert!(!report.rejections.contains_key("move_too_fast"), "{:?}", report.rejections);
    let database = stack.data().join("game.db");
    let copy = tempfile::tempdir().expect("a folder");
    let kept = copy.path().join("game.db");
    let ended = stack.stop_and(|| {
        std::fs::copy(&database, &kept).expect("a closed database is one file");
    });
    assert!(ended.status.success(), "{}", ended.log);
    let sql = Connection::open_with_flags(&kept, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a database");
    let placed = "SELECT count(*) FROM character WHERE map = 1 AND x_mm BETWEEN 1 AND 500000";
    let placed: u32 = sql.query_row(placed, [], |row| row.get(0)).expect("a number");
    assert_eq!(placed, options.players, "each has a character, and it has a place");
}

/// What a database says, by a query that gives one number.
fn number(sql: &Connection, text: &str) -> i64 {
    sql.query_row(text, [], |row| row.get(0)).expect("a number")
}

#[test]
fn players_of_a_market_have_at_last_what_the_tables_say() {
    let tier = Tier::current();
    let stack = Stack::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("deals.jsonl");
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = Scenario::Market;
    options.players = tier.pick(20, 100);
    options.duration = Duration::from_secs(tier.pick(5, 30));
    options.deal_log = Some(log.clone());
    let report = play(&options);
    let market = report.market.clone().expect("a market");
    assert!(0 < market.trades_done && 0 < market.mails_taken && 0 < market.shop_bought, "{market:?}");
    assert!(0 < market.probes_refused && u64::from(options.players) <= market.looks, "{market:?}");

    let database = stack.data().join("game.db");
    let kept = folder.path().join("game.db");
    let ended = stack.stop_and(|| {
        std::fs::copy(&database, &kept).expect("a closed database is one file");
    });
    assert!(ended.status.success(), "{}", ended.log);
    let sql = Connection::open_with_flags(&kept, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a database");
    let made = "SELECT count(*) FROM (SELECT lsn FROM ledger WHERE reason = 6 UNION SELECT lsn FROM goods_log
        WHERE reason = 6)";
    assert_eq!(u64::try_from(number(&sql, made)), Ok(market.trades_done), "records of trades, trades told");
    assert_eq!(number(&sql, "SELECT coalesce(sum(gold), 0) FROM wallet"), report.gold.end);
    assert_eq!(number(&sql, "SELECT coalesce(sum(gold), 0) FROM mail"), report.gold.in_letters);
    let text = std::fs::read_to_string(&log).expect("a log");
    let deals = text.lines().map(|line| serde_json::from_str::<Deal>(line).expect("a deal"));
    let held: Vec<Deal> = deals.filter(|deal| deal.deed == DealKind::Held).collect();
    assert_eq!(held.len(), options.players as usize);
    for deal in held {
        let items = format!("SELECT count(*) FROM item WHERE holder = {}", deal.character);
        assert_eq!(usize::try_from(number(&sql, &items)), Ok(deal.gets.len()), "{deal:?}");
        for thing in &deal.gets {
            let Thing { item, kind, quantity } = thing;
            let there = format!(
                "SELECT count(*) FROM item WHERE id = {item} AND holder = {} AND kind = {kind} AND quantity = {quantity}",
                deal.character
            );
            assert_eq!(number(&sql, &there), 1, "{thing:?} of {deal:?}");
        }
    }
}

#[test]
fn a_world_of_walkers_talkers_fighters_and_merchants_is_right_in_all_it_says() {
    let tier = Tier::current();
    let stack = Stack::start(&[]);
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = Scenario::World;
    options.players = tier.pick(20, 200);
    options.duration = Duration::from_secs(tier.pick(5, 60));
    let report = play(&options);
    let ok = |name: &str| report.commands.iter().find(|one| one.name == name).map_or(0, |one| one.ok);
    for name in ["move", "seen", "near", "private", "pay", "shop_read"] {
        assert!(0 < ok(name), "no {name}: {:?}", report.commands);
    }
    assert!(0 < report.near_heard && 0 < report.private_heard);
    assert!(stack.stop().status.success());
}

#[test]
fn players_play_over_all_four_transports_on_one_port() {
    let folder = tempfile::tempdir().expect("a folder");
    let made =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("made");
    let (certificate, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let set = |key: &str, path: &std::path::Path| format!("gateway.{key}={}", path.display());
    let (certificate, key) = (set("tls_certificate", &certificate), set("tls_key", &key));
    let stack = Stack::start(&["--set", &certificate, "--set", &key]);
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = Scenario::Small;
    options.transports = TransportKind::ALL.to_vec();
    options.tls = Some(Tls::roots(made.cert.pem().as_bytes()).expect("a root"));
    options.players = 40;
    options.duration = Duration::from_secs(Tier::current().pick(5, 30));
    let report = play(&options);
    assert_eq!(report.transports.len(), 4);
    let (held, issued, _) = tables(stack);
    assert_eq!(held, issued);
}

#[test]
fn players_with_passwords_pass_through_the_queue() {
    let stack = Stack::start(&["--set", "game.argon2_memory_kib=1024", "--set", "game.argon2_passes=1"]);
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = Scenario::Pay;
    options.password_login = true;
    options.players = 50;
    options.duration = Duration::from_secs(3);
    play(&options);
    assert!(stack.stop().status.success());
}

#[test]
fn a_cache_of_three_rows_gives_the_same_game() {
    let stack = Stack::start(&["--set", "game.cache_accounts_max=3"]);
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = Scenario::Pay;
    options.players = 40;
    options.duration = Duration::from_secs(Tier::current().pick(5, 30));
    play(&options);
    let (held, issued, _) = tables(stack);
    assert_eq!(held, issued);
}
