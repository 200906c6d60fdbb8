//! Links between our processes that break anywhere, are slow, or carry one direction only: what players were answered
//! stays true, nothing happens twice, and nobody hears what is for somebody else.

use std::{sync::mpsc, thread, time::Duration};

use bot::{Options, Report, Scenario};
use lab::{
    checker::audit,
    proxy::{Proxy, Way, Weather},
};
use proto::{
    client::{Pay, Status, Wallet},
    kinds,
    prescan::Budget,
    wire,
};

use crate::support::{
    Tier,
    bots::Bots,
    raw::Raw,
    stack::{Role, Stack},
};

/// A stack with a proxy in each of its two links.
struct Linked {
    to_dbfront: Proxy,
    to_game: Proxy,
    stack: Stack,
    /// Keeps the sockets, the data and what bots told.
    folder: tempfile::TempDir,
}

impl Linked {
    fn start(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("d");
        let between = |name: &str| {
            let place = folder.path().join(name);
            (Proxy::unix(&place, &data.join("run").join(name)).expect("a proxy"), place.display().to_string())
        };
        let ((to_dbfront, dbfront), (to_game, game)) = (between("dbfront.link"), between("game.link"));
        let dbfront = format!("game.dbfront_link={dbfront}");
        let game = format!("gateway.game_link={game}");
        let stack = Stack::start_in(&data, &[&["--set", &dbfront, "--set", &game], more].concat());
        Self { to_dbfront, to_game, stack, folder }
    }

    /// Bots that pay each other and come back, while something is done to the links.
    fn play(&self, players: u32, meanwhile: impl FnOnce(&Bots)) -> Report {
        let mut options = Options::new(self.stack.listen.to_string());
        options.scenario = Scenario::Pay;
        options.players = players;
        options.reconnect = true;
        let bots = Bots::play_until_enough(options);
        meanwhile(&bots);
        bots.well()
    }

    /// Every rule about the tables, after a good end.
    fn audit(self) {
        let Self { stack, folder, .. } = self;
        assert!(stack.stop().status.success());
        let audit = audit::audit(&folder.path().join("d/game.db")).expect("tables");
        assert!(audit.is_clean(), "{audit}");
    }
}

/// So many of the one and of the other direction, then no link.
fn cut(out: u64, back: u64) -> Weather {
    let after = |cut_after_bytes| Way { cut_after_bytes, ..Way::default() };
    Weather { out: after(out), back: after(back) }
}

#[test]
fn a_link_cut_at_every_byte_of_a_payment_pays_once() {
    let linked = Linked::start(&[]);
    let step = Tier::current().pick(7, 1);
    let mut payer = Raw::connect(linked.stack.listen);
    let mut payee = Raw::connect(linked.stack.listen);
    let (mut cseq, to) = (payer.guest().cseq_last, payee.guest().account);
    let mut paid = 0;
    let mut cuts = Vec::new();
    // A payment, and whether the link was cut under it.
    let mut pay = |weather: Weather| {
        linked.to_dbfront.set(weather);
        cseq += 1;
        let body = wire::encode(&Pay { to, amount: 1 });
        thread::scope(|scope| {
            let (done, answered) = mpsc::sync_channel(1);
            let (payer, cseq) = (&mut payer, cseq);
            scope.spawn(move || done.send(payer.command(kinds::PAY, cseq, &body)));
            let mut is_cut = false;
            let answer = loop {
                match answered.recv_timeout(Duration::from_millis(1)) {
                    Ok(answer) => break answer,
                    Err(mpsc::RecvTimeoutError::Disconnected) => panic!("the payer is gone"),
                    Err(mpsc::RecvTimeoutError::Timeout) if linked.to_dbfront.links() == 0 => {
                        is_cut = true;
                        linked.to_dbfront.set(Weather::default());
                    }
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                }
            };
            assert_eq!(answer.status(), Status::Ok, "{}", answer.error);
            is_cut
        })
    };
    for is_out in [true, false] {
        // Until a whole payment passes without one.
        let (mut bytes, mut whole) = (1, 0);
        while whole < 4 {
            let weather = if is_out { cut(bytes, 0) } else { cut(0, bytes) };
            whole = if pay(weather) { 0 } else { whole + 1 };
            bytes += step;
            paid += 1;
        }
        cuts.push(bytes);
    }
    linked.to_dbfront.set(Weather::default());
    println!("{paid} payments; the last cuts after {cuts:?} bytes");
    assert!(100 < cuts[0], "a payment is longer: {cuts:?}");
    let gold = |raw: &mut Raw, cseq| {
        let answer = raw.command(kinds::WALLET_READ, cseq, &[]);
        wire::decode::<Wallet>(&answer.result, Budget::CLIENT).expect("a wallet").gold
    };
    assert_eq!([gold(&mut payer, cseq + 1), gold(&mut payee, 1)], [1_000 - paid, 1_000 + paid]);
    linked.audit();
}

#[test]
fn slow_late_and_single_bytes_change_nothing_but_the_time() {
    let linked = Linked::start(&[]);
    let tier = Tier::current();
    let late = Way { jitter: Duration::from_millis(500), ..Way::default() };
    let slow = Way { bytes_per_s: 64_000 / 8, ..Way::default() };
    let single = Way { piece_bytes: 1, ..Way::default() };
    let each = Duration::from_secs(tier.pick(3, 20));
    let report = linked.play(10, |played| {
        for way in [slow, single, late] {
            let weather = Weather { out: way, back: way };
            linked.to_dbfront.set(weather);
            linked.to_game.set(weather);
            let durable = || linked.stack.figure(Role::Dbfront, "lsn_durable");
            let before = durable();
            played.on(each);
            linked.stack.until("somebody pays in this weather", || before < durable());
        }
        linked.to_dbfront.set(Weather::default());
        linked.to_game.set(Weather::default());
    });
    assert!(0 < report.ok_total);
    assert_eq!(report.reconnects, 0, "slow is not broken");
    assert_eq!(report.gold.conserved, Some(true));
    for role in Role::STOP_ORDER {
        let resident = linked.stack.resident_kib(role);
        assert!(resident < 512 * 1024, "{} occupies {resident} KiB", role.name());
    }
    linked.audit();
}

#[test]
fn a_link_that_is_silent_in_one_direction_is_given_up_and_made_anew() {
    // All at once, for what takes time is that nothing happens.
    thread::scope(|scope| {
        for is_to_dbfront in [true, false] {
            for is_out in [true, false] {
                scope.spawn(move || silent(is_to_dbfront, is_out));
            }
        }
    });
}

fn silent(is_to_dbfront: bool, is_out: bool) {
    let linked = Linked::start(&[]);
    let mut player = Raw::connect(linked.stack.listen);
    let mut login = player.guest();
    let (proxy, lost) =
        if is_to_dbfront { (&linked.to_dbfront, "store.lost") } else { (&linked.to_game, "link.lost") };
    let (stalls, passes) = (Way { stalls: true, ..Way::default() }, Way::default());
    let weather =
        if is_out { Weather { out: stalls, back: passes } } else { Weather { out: passes, back: stalls } };
    let before = linked.stack.log.count();
    let began = ding::clock::now();
    proxy.set(weather);
    let (lost_at, _) = linked.stack.log.wait_for(before, &[&format!("\"{lost}\"")]);
    let noticed = ding::clock::now().saturating_duration_since(began);
    println!("to dbfront {is_to_dbfront}, out {is_out}: given up after {noticed:?}");
    assert!(noticed < Duration::from_secs(45), "{noticed:?}");
    proxy.set(Weather::default());
    if !is_to_dbfront {
        // Its clients were told, and come again.
        assert_ne!(player.close_name(), "eof");
        linked.stack.log.wait_for(lost_at, &["\"gateway\"", "\"link.up\""]);
        player = Raw::connect(linked.stack.listen);
        login = player.guest();
    }
    let answer = player.command(kinds::WALLET_READ, login.cseq_last + 1, &[]);
    assert_eq!(answer.status(), Status::Ok);
    let body = wire::encode(&Pay { to: login.account, amount: 1 });
    player.command(kinds::PAY, login.cseq_last + 2, &body);
    linked.audit();
}

#[test]
fn the_link_to_the_gateway_may_go_under_a_crowd_and_everybody_hears_only_its_own() {
    let linked = Linked::start(&[]);
    let tier = Tier::current();
    let (players, cuts) = (tier.pick(250, 1_000), tier.pick(3, 10));
    let report = linked.play(players, |played| {
        played.on(Duration::from_secs(tier.pick(3, 10)));
        linked.stack.until_all_are_in(players);
        for n in 0..cuts {
            // At once, or in the middle of a word.
            if n % 2 == 0 {
                assert!(0 < linked.to_game.cut(), "there was one");
            } else {
                linked.to_game.set(cut(1 + u64::from(n) * 1_003, 0));
            }
            played.on(Duration::from_millis(500));
            linked.to_game.set(Weather::default());
            played.on(Duration::from_secs(tier.pick(2, 5)));
            linked.stack.until_all_are_in(players);
        }
    });
    assert!(u64::from(players * (cuts - 1)) <= report.reconnects, "{} came back", report.reconnects);
    assert_eq!(report.wrong_count, 0);
    assert_eq!(report.gold.conserved, Some(true));
    linked.audit();
}
