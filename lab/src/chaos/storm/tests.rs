//! What is drawn, and how the supervisor's words are read. The storm itself blows in `tests/it`.

use std::{collections::BTreeMap, time::Duration};

use super::{
    schedule::{Draw, Fault, Kind, Victim, strikes},
    watch::ends,
};
use crate::{
    chaos::stack::Role,
    checker::invariants::{Cause, End},
};

fn draw(has_server: bool) -> Draw {
    let mut kinds = Kind::all(has_server);
    kinds.extend([Kind::DiskFull, Kind::SyncFails]);
    Draw {
        kinds,
        pause_max: Duration::from_secs(4),
        lasts_max: Duration::from_secs(5),
        triple_one_in: 6,
        count: 600,
    }
}

#[test]
fn a_seed_draws_the_same_strikes_again_and_another_one_others() {
    let drawn = strikes(&draw(true), 7);
    assert_eq!(drawn, strikes(&draw(true), 7));
    assert_ne!(drawn, strikes(&draw(true), 8));
    // A longer run begins as a shorter one.
    assert_eq!(drawn[..100], strikes(&Draw { count: 100, ..draw(true) }, 7));
}

#[test]
fn every_kind_of_fault_is_drawn_within_its_bounds_and_some_strikes_are_triple() {
    for has_server in [false, true] {
        let drawn = strikes(&draw(has_server), 1);
        let mut names: BTreeMap<String, u32> = BTreeMap::new();
        for strike in &drawn {
            assert!(strike.pause <= Duration::from_secs(4) && strike.lasts <= Duration::from_secs(5));
            assert!(Duration::from_millis(100) <= strike.lasts);
            assert!([1, 3].contains(&strike.faults.len()), "{strike:?}");
            for fault in &strike.faults {
                *names.entry(fault.to_string()).or_default() += 1;
            }
        }
        let triples = drawn.iter().filter(|strike| strike.faults.len() == 3).count();
        assert!((60..=140).contains(&triples), "{triples}");
        // Four or three victims killed and stopped, groups, three killed while they stop, links in eight ways, the disk in two.
        let expected = if has_server { 4 * 2 + 3 + 3 + 4 * 8 + 2 } else { 3 * 2 + 2 + 3 + 3 * 8 + 2 };
        assert_eq!(names.len(), expected, "{names:?}");
        assert_eq!(has_server, names.keys().any(|name| name.contains("mariadbd")));
    }
}

#[test]
fn no_dbfront_is_started_on_a_full_disk() {
    let ends_dbfront = |fault: &Fault| match fault {
        Fault::Kill(victims) | Fault::Freeze(victims) => victims.contains(&Victim::Role(Role::Dbfront)),
        Fault::AskAndKill(role) => *role == Role::Dbfront,
        Fault::SyncFails => true,
        Fault::Link(..) | Fault::DiskFull => false,
    };
    let drawn = strikes(&draw(true), 3);
    let full = drawn.iter().filter(|strike| strike.faults.contains(&Fault::DiskFull));
    assert!(full.clone().any(|strike| 1 < strike.faults.len()));
    assert!(full.flat_map(|strike| &strike.faults).all(|fault| !ends_dbfront(fault)));
}

#[test]
fn an_end_is_ours_as_often_as_we_killed_else_it_has_a_name_or_none() {
    let log = r#"  ok  game     pid 4711     accounts 3      12 ms
{"event":"child.restart","role":"game","why":"signal: 9 (SIGKILL)","pause_ms":0}
{"event":"child.restart","role":"game","why":"signal: 9 (SIGKILL)","pause_ms":0}
{"event":"child.restart","role":"dbfront","why":"JOURNAL_FAILED: the disk said no: try again","pause_ms":0}
{"event":"child.restart","role":"gateway","why":"exit status: 101","pause_ms":0}
{"event":"child.restart","role":"gateway","why":"stopped, but not by ding up","pause_ms":0}
{"event":"child.down","role":"dbfront","name":"JOURNAL_FULL","text":"no space"}
{"event":"child.back","role":"game"}
"#;
    let end = |role: &str, cause| End { role: role.to_owned(), cause };
    let killed = BTreeMap::from([(Role::Game, 1), (Role::Gateway, 1)]);
    assert_eq!(
        ends(log, killed),
        [
            end("game", Cause::Ours),
            end("game", Cause::Unnamed("signal: 9 (SIGKILL)".into())),
            end("dbfront", Cause::Named("JOURNAL_FAILED".into())),
            end("gateway", Cause::Unnamed("exit status: 101".into())),
            end("gateway", Cause::Ours),
            end("dbfront", Cause::Named("JOURNAL_FULL".into())),
        ]
    );
}
