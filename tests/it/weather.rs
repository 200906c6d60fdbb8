//! A bad network between players and the gateway: packets lost, small or few, connections reset, clients that vanish
//! without a word. In a network of the test's own, for it is the whole of it that is bad.

use std::time::Duration;

use lab::needs::Need;

use crate::support::{
    Tier,
    bots::{Bots, judge},
    namespace::{is_inside, run},
    raw::Raw,
    stack::{Role, Stack},
};

const NFT: Need = Need::Program("nft", "nftables");
const IP: Need = Need::Program("ip", "iproute2");
const SS: Need = Need::Program("ss", "iproute2");

#[test]
fn players_come_through_loss_and_small_packets_and_narrow_lines_and_resets() {
    let test = "weather::players_come_through_loss_and_small_packets_and_narrow_lines_and_resets";
    if !is_inside(test, &[NFT, IP, SS]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (data, log) = (folder.path().join("d"), folder.path().join("told.jsonl"));
    let stack = Stack::start_in(&data, &[]);
    let port = stack.listen.port();
    let tier = Tier::current();
    let each = Duration::from_secs(tier.pick(3, 20));
    let bots = Bots::start_until_enough(stack.listen, PLAYERS, log.clone());
    bots.on(Duration::from_secs(2));
    stack.until_all_are_in(PLAYERS);
    let lose = |percent: u32| {
        run("nft", "add table inet t");
        run("nft", "add chain inet t c { type filter hook input priority 0 ; }");
        run("nft", &format!("add rule inet t c tcp dport {port} numgen random mod 100 < {percent} drop"));
        run("nft", &format!("add rule inet t c tcp sport {port} numgen random mod 100 < {percent} drop"));
        bots.on(each);
        run("nft", "delete table inet t");
    };
    lose(5);
    lose(30);
    run("ip", "link set lo mtu 300");
    bots.on(each);
    run("ip", "link set lo mtu 65536");
    run("tc", "qdisc add dev lo root tbf rate 64kbit burst 4kb latency 400ms");
    bots.on(each);
    run("tc", "qdisc del dev lo root");
    for _ in 0..tier.pick(5, 20) {
        run("ss", &format!("-K sport = :{port}"));
        bots.on(Duration::from_millis(300));
        stack.until_all_are_in(PLAYERS);
    }
    let report = bots.good();
    assert!(u64::from(PLAYERS) * 3 <= report.reconnects, "{} came back", report.reconnects);
    assert!(stack.stop().status.success());
    judge(&data.join("game.db"), &[log]);
}

#[test]
fn who_vanishes_without_a_word_is_gone_in_time() {
    if !is_inside("weather::who_vanishes_without_a_word_is_gone_in_time", &[NFT, IP]) {
        return;
    }
    // As long as promised, or, in a hurry, the same with shorter times.
    let grace = ["--set", "game.resume_grace_ms=5000"];
    let hurry =
        [&grace[..], &["--set", "gateway.ping_idle_ms=2000", "--set", "gateway.silence_ms=12000"]].concat();
    let stack = Stack::start(Tier::current().pick(&hurry, &grace));
    let mut gone: Vec<Raw> = (0..20)
        .map(|_| {
            let mut raw = Raw::connect(stack.listen);
            raw.guest();
            raw
        })
        .collect();
    let mut stays = Raw::connect(stack.listen);
    stays.guest();
    run("nft", "add table inet t");
    run("nft", "add chain inet t c { type filter hook input priority 0 ; }");
    let mut cseq = 0;
    // Whoever is there goes on.
    let mut goes_on = || {
        cseq += 1;
        stays.command(proto::kinds::WALLET_READ, cseq, &[]);
    };
    for raw in &gone {
        goes_on();
        let port = raw.socket().local_addr().expect("an address").port();
        run("nft", &format!("add rule inet t c tcp sport {port} drop"));
        run("nft", &format!("add rule inet t c tcp dport {port} drop"));
    }
    let began = ding::clock::now();
    let bound = Duration::from_secs(Tier::current().pick(120, 70));
    loop {
        goes_on();
        if stack.figure(Role::Game, "sessions") == 1 {
            break;
        }
        let passed = ding::clock::now().saturating_duration_since(began);
        assert!(passed < bound, "after {passed:?}: {}", stack.role(Role::Gateway));
    }
    println!("all gone after {:?}", ding::clock::now().saturating_duration_since(began));
    assert_eq!(stack.figure(Role::Gateway, "closed.silent"), 20);
    gone.clear();
    assert!(stack.stop().status.success());
}

/// Of the bad network.
const PLAYERS: u32 = 30;
