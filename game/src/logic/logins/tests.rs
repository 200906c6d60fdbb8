//! What whoever is refused for now is told.

use std::ops::RangeInclusive;

use proto::{
    ids::{AccountId, ConnId},
    link_io::{GREETED_LOGS_IN, Op, Record},
};

use super::ACCOUNTS_USED_UP;
use crate::logic::{event::WorldConfig, staff::Who, testing::Play};

fn config() -> WorldConfig {
    WorldConfig { preload: false, ..WorldConfig::default() }
}

fn after(config: WorldConfig, script: &str) -> Play {
    let mut play = Play::new(config);
    play.run(script);
    play
}

fn too_many(what: &str) -> Play {
    let config = WorldConfig { guests_per_address_per_hour: 1, ..config() };
    after(config, &format!("ana logs in\npass 60000\nbo {what}"))
}

fn slow_down() -> Play {
    let tries = "bo logs in as Anabel with wrong-horse\nbo drops\n".repeat(5);
    after(config(), &format!("{tries}pass 400\nbo logs in as Anabel with wrong-horse"))
}

fn queue_full() -> Play {
    let config = WorldConfig { logins_per_s_min: 1, logins_per_s_max: 1, login_queue_max: 1, ..config() };
    after(config, "ana logs in\ncy logs in\nbo logs in")
}

fn queued_too_long() -> Play {
    after(WorldConfig { players_max: 1, ..config() }, "ana logs in\nbo logs in\npass 600000")
}

/// Staff took the place while a password was hashed.
fn world_full() -> Play {
    let mut play = after(WorldConfig { players_max: 1, ..config() }, "ana logs in\nana logs out");
    let ana = AccountId(play.people.all["ana"].account);
    play.world.config.maintenance_accounts = vec![Who::Id(ana)];
    play.run("hold hashes\nbo registers Bobby with correct-horse\nana logs in by ticket\nlet hashes");
    play
}

fn hash_failed() -> Play {
    let mut play = after(config(), "hold hashes\nbo registers Bobby with correct-horse");
    play.fail_hashes();
    play.turn();
    play
}

/// Its login was under way when game died.
fn restarted() -> Play {
    let mut play = Play::new(config());
    let conn = ConnId(77);
    play.people.person("bo").conn = Some(conn);
    play.record(Record::new(Op::Greeted, conn.0, GREETED_LOGS_IN, &[0x20; 16]));
    play.turn();
    play
}

fn accounts_used_up() -> Play {
    let mut play = after(config(), "bo connects");
    let key = play.world.conns.keys().next().unwrap();
    play.world.refuse_login(key, &ACCOUNTS_USED_UP, play.now);
    play.turn();
    play
}

type Case = (&'static str, fn() -> Play, RangeInclusive<u32>);

#[test]
fn each_refusal_for_now_says_when_to_come_again_by_both_clocks() {
    let cases: [Case; 10] = [
        ("restarted", restarted, 1_000..=1_000),
        ("queue_full", queue_full, 1_000..=2_000),
        ("queued_too_long", queued_too_long, 1_000..=2_000),
        ("world_full", world_full, 5_000..=5_000),
        ("slow_down", slow_down, 600..=600),
        ("too_many_guests", || too_many("logs in"), 3_540_000..=3_540_000),
        ("too_many_accounts", || too_many("registers Bobby with correct-horse"), 3_540_000..=3_540_000),
        ("accounts_used_up", accounts_used_up, 600_000..=600_000),
        ("hash_failed", hash_failed, 1_000..=1_000),
        ("store_low", || after(config(), "level orange\nbo logs in"), 30_000..=30_000),
    ];
    for (name, brought_about, waits) in cases {
        let play = brought_about();
        let (told, bo) = (play.people.transcript.last().unwrap(), &play.people.all["bo"]);
        assert_eq!(*told, format!("bo is refused: {name}"), "{:?}", play.people.transcript);
        assert!(waits.contains(&bo.wait_ms), "{name}: {}", bo.wait_ms);
        assert_eq!(bo.until_ms, play.now.wall_ms + u64::from(bo.wait_ms), "{name}");
    }
}
