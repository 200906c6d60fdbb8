//! Each kind of finding from facts made up for it.

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf};

use super::{
    facts::{
        About, Answer, Certificate, Chain, Console, ConsoleFolder, Disk, Encryption, Entry, Facts, Folder,
        Held, Journal, Look, Member, Memory, Port, Store,
    },
    findings::{NAMES, SYSTEM},
    *,
};
use crate::roles::Role;

const GIB: u64 = 1 << 30;

fn running(pid: u32) -> Answer {
    Answer::Runs { version: "1".to_owned(), state: "ready".to_owned(), is_ready: true, pid }
}

fn port(held: Held, is_optional: bool) -> Port {
    let address = SocketAddr::from(([127, 0, 0, 1], 7000));
    Port { key: "gateway.listen", seats: vec![Role::Gateway.into()], address, is_optional, held }
}

fn entry(path: &str, user: u32, mode: u32) -> Entry {
    Entry { path: path.into(), user, mode }
}

/// Whoever may much has a second factor.
fn member(name: &str, role: &'static str, is_mighty: bool) -> Member {
    Member { name: name.to_owned(), role, is_mighty, has_second_factor: is_mighty, is_disabled: false }
}

/// A server on a good day.
fn well() -> Facts {
    Facts {
        version: "1".to_owned(),
        settings: Ok("built-in".to_owned()),
        processes: vec![
            (Role::Dbfront.into(), running(1)),
            (Role::Game.into(), running(2)),
            (Role::Gateway.into(), running(3)),
        ],
        ports: vec![port(Held::By(Some(3)), false)],
        open_files_max: Some(65_536),
        encryption: Encryption::NotNeeded,
        console: Console {
            pid: Some(4),
            encryption: Encryption::NotNeeded,
            folder: Some(ConsoleFolder {
                path: PathBuf::from("d/console"),
                open: Vec::new(),
                staff: Ok(vec![member("ada", "owner", true), member("vi", "viewer", false)]),
                audit: Look::Found(Chain { lines: 12, broken_at: None }),
            }),
        },
        connections_max: 20_000,
        folder: Folder {
            path: PathBuf::from("d"),
            itself: Some(entry("d", 7, 0o700)),
            own_user: 7,
            odd: Vec::new(),
        },
        disk: Some(Disk { free_bytes: 100 * GIB, bytes: 200 * GIB, sync_us: Some(900) }),
        segment_bytes: GIB / 16,
        spill_bytes: 8 * GIB,
        memory: Some(Memory { bytes: 8 * GIB, wanted_bytes: 2 * GIB }),
        system: SYSTEM.iter().map(|(name, least, _)| (*name, *least)).collect(),
        clock_s: 1_800_000_000,
        is_clock_kept: Some(true),
        youngest_s: Some(1_800_000_030),
        journal: Look::Found(Journal { segments: 3, bytes: GIB, behind: 12 }),
        store: Look::Found(Store {
            place: "sqlite d/game.db".to_owned(),
            schema: 2,
            schema_needed: 2,
            is_checked: true,
            broken: None,
        }),
    }
}

/// What is not as it should be, once something was changed.
fn found(change: impl FnOnce(&mut Facts)) -> Vec<(Severity, &'static str)> {
    let mut facts = well();
    change(&mut facts);
    let bad = judge(&facts).into_iter().filter(|finding| finding.severity != Severity::Ok);
    bad.map(|finding| (finding.severity, finding.name)).collect()
}

#[test]
fn on_a_good_day_every_subject_is_looked_at_and_is_well() {
    assert_eq!(found(|_| ()), []);
    let names: Vec<&str> = judge(&well()).iter().map(|finding| finding.name).collect();
    assert_eq!(names, NAMES);
}

#[test]
fn wrong_settings_are_a_problem_in_their_own_words() {
    let wrong = |facts: &mut Facts| facts.settings = Err("gateway.lissten".to_owned());
    assert_eq!(found(wrong), [(Severity::Problem, "config")]);
}

#[test]
fn processes_that_are_away_half_there_or_mute_are_told_apart() {
    let none = |facts: &mut Facts| {
        facts.processes.iter_mut().for_each(|(_, answer)| *answer = Answer::NotRunning);
        facts.ports = vec![port(Held::Free, false)];
    };
    assert_eq!(found(none), [(Severity::Note, "processes")]);
    let one_away = |facts: &mut Facts| facts.processes[0].1 = Answer::NotRunning;
    assert_eq!(found(one_away), [(Severity::Warning, "processes")]);
    let mute = |facts: &mut Facts| facts.processes[0].1 = Answer::Silent("no answer".to_owned());
    assert_eq!(found(mute), [(Severity::Problem, "processes")]);
}

#[test]
fn a_process_of_another_version_is_found() {
    let other = |facts: &mut Facts| facts.version = "2".to_owned();
    assert_eq!(found(other), [(Severity::Warning, "versions")]);
}

#[test]
fn an_address_that_a_stranger_has_is_a_problem_unless_we_can_do_without() {
    let stopped = |held, is_optional| {
        found(move |facts| {
            facts.processes[2].1 = Answer::NotRunning;
            facts.ports = vec![port(held, is_optional)];
        })
    };
    let away = (Severity::Warning, "processes");
    assert_eq!(stopped(Held::Free, false), [away]);
    for held in [Held::By(Some(99)), Held::By(None), Held::Impossible] {
        assert_eq!(stopped(held, false), [away, (Severity::Problem, "ports")]);
        assert_eq!(stopped(held, true), [away, (Severity::Warning, "ports")]);
    }
    let serving = |held| found(move |facts| facts.ports = vec![port(held, false)]);
    assert_eq!(serving(Held::By(None)), [(Severity::Note, "ports")]);
    assert_eq!(serving(Held::By(Some(99))), [(Severity::Warning, "ports")]);
}

#[test]
fn fewer_open_files_than_players_are_a_problem() {
    let limit = |limit| found(move |facts| facts.open_files_max = limit);
    assert_eq!(limit(Some(20_256)), []);
    assert_eq!(limit(Some(20_255)), [(Severity::Problem, "open_files")]);
    assert_eq!(limit(None), [(Severity::Note, "open_files")]);
}

#[test]
fn a_folder_of_somebody_else_or_open_to_others_is_found() {
    let folder = |change: fn(&mut Folder)| found(|facts| change(&mut facts.folder));
    assert_eq!(folder(|folder| folder.itself = None), [(Severity::Note, "folder")]);
    assert_eq!(folder(|folder| folder.own_user = 8), [(Severity::Problem, "folder")]);
    assert_eq!(folder(|folder| folder.own_user = 0), []);
    assert_eq!(folder(|folder| folder.itself = Some(entry("d", 7, 0o755))), [(Severity::Warning, "folder")]);
    assert_eq!(folder(|folder| folder.odd = vec![entry("d/x", 7, 0o644)]), [(Severity::Warning, "folder")]);
    assert_eq!(folder(|folder| folder.odd = vec![entry("d/x", 8, 0o600)]), [(Severity::Problem, "folder")]);
}

#[test]
fn a_disk_that_is_full_slow_or_no_disk_at_all_is_found() {
    let disk = |free_bytes, sync_us| {
        found(move |facts| facts.disk = Some(Disk { free_bytes, bytes: 200 * GIB, sync_us }))
    };
    assert_eq!(disk(GIB / 8, Some(900)), [(Severity::Problem, "disk_space")]);
    assert_eq!(disk(GIB, Some(900)), [(Severity::Warning, "disk_space")]);
    assert_eq!(
        disk(8 * GIB - 1, Some(900)),
        [(Severity::Warning, "disk_space")],
        "the spill may take it all"
    );
    assert_eq!(disk(8 * GIB, Some(900)), []);
    assert_eq!(disk(GIB * 9, Some(20_000)), [(Severity::Warning, "disk_sync")]);
    assert_eq!(disk(GIB * 9, Some(3)), [(Severity::Note, "disk_sync")]);
    assert_eq!(disk(GIB * 9, None), [(Severity::Note, "disk_sync")]);
    assert_eq!(found(|facts| facts.disk = None), [(Severity::Note, "disk_space")]);
}

#[test]
fn settings_that_want_more_memory_than_there_is_are_found() {
    let memory = |memory| found(move |facts| facts.memory = memory);
    assert_eq!(memory(Some(Memory { bytes: GIB, wanted_bytes: 2 * GIB })), [(Severity::Warning, "memory")]);
    assert_eq!(memory(None), [(Severity::Note, "memory")]);
}

#[test]
fn a_system_that_lets_too_few_wait_is_found() {
    let low = |facts: &mut Facts| facts.system = vec![("net.core.somaxconn", 128)];
    assert_eq!(found(low), [(Severity::Warning, "system")]);
}

#[test]
fn a_clock_before_our_time_or_behind_our_files_is_found() {
    assert_eq!(found(|facts| facts.clock_s = 1_000), [(Severity::Problem, "clock")]);
    assert_eq!(found(|facts| facts.youngest_s = Some(facts.clock_s + 61)), [(Severity::Warning, "clock")]);
    assert_eq!(found(|facts| facts.youngest_s = None), []);
}

#[test]
fn a_clock_that_nothing_keeps_is_found() {
    assert_eq!(found(|facts| facts.is_clock_kept = Some(false)), [(Severity::Warning, "clock_sync")]);
    assert_eq!(found(|facts| facts.is_clock_kept = None), [(Severity::Note, "clock_sync")]);
}

/// Facts with a certificate that is well but for this.
fn certified(
    change: fn(&mut Certificate, &mut About, u64),
    put: fn(&mut Facts, Encryption),
) -> Vec<(Severity, &'static str)> {
    found(|facts| {
        let now = facts.clock_s;
        let (valid_from_s, valid_until_s) = (now - DAY, now + 90 * DAY);
        let mut about = About { valid_from_s, valid_until_s, names: vec!["play.example.org".to_owned()] };
        let mut certificate = Certificate {
            file: "chain.pem".into(),
            key: "key.pem".into(),
            key_mode: Some(0o640),
            about: Ok(about.clone()),
        };
        change(&mut certificate, &mut about, now);
        certificate.about = certificate.about.map(|_| about);
        put(facts, Encryption::Certificate(certificate));
    })
}

const DAY: u64 = 86_400;

#[test]
fn a_certificate_that_has_ended_ends_soon_or_is_for_nobody_and_an_open_key_are_found_of_players_and_of_staff()
{
    let of_players: fn(&mut Facts, Encryption) = |facts, with| facts.encryption = with;
    let of_staff: fn(&mut Facts, Encryption) = |facts, with| facts.console.encryption = with;
    for (name, put) in [("certificate", of_players), ("console_certificate", of_staff)] {
        let with = |change: fn(&mut Certificate, &mut About, u64)| certified(change, put);
        assert_eq!(with(|_, _, _| ()), []);
        let problem = [(Severity::Problem, name)];
        assert_eq!(with(|it, _, _| it.key_mode = Some(0o644)), problem);
        assert_eq!(with(|it, _, _| it.about = Err("no match".to_owned())), problem);
        assert_eq!(with(|_, about, now| about.valid_from_s = now + 1), problem);
        assert_eq!(with(|_, about, now| about.valid_until_s = now), problem);
        assert_eq!(with(|_, about, _| about.names.clear()), problem);
        let soon = with(|_, about, now| about.valid_until_s = now + 29 * DAY);
        assert_eq!(soon, [(Severity::Warning, name)]);
    }
    assert_eq!(found(|facts| facts.encryption = Encryption::None), [(Severity::Note, "certificate")]);
}

#[test]
fn a_console_that_others_can_read_that_has_no_staff_or_whose_log_was_changed_is_found() {
    let with =
        |change: fn(&mut ConsoleFolder)| found(|facts| facts.console.folder.iter_mut().for_each(change));
    assert_eq!(found(|facts| facts.console.folder = None), [(Severity::Note, "console_folder")]);
    let open = with(|folder| folder.open = vec![("d/console/staff.json".into(), 0o640)]);
    assert_eq!(open, [(Severity::Problem, "console_folder")]);
    assert_eq!(with(|folder| folder.staff = Ok(Vec::new())), [(Severity::Note, "console_staff")]);
    let no_list = with(|folder| folder.staff = Err("CONSOLE_STAFF: no list".to_owned()));
    assert_eq!(no_list, [(Severity::Problem, "console_staff")]);
    assert_eq!(with(|folder| folder.audit = Look::Absent), [(Severity::Note, "console_audit")]);
    assert_eq!(with(|folder| folder.audit = Look::Unfinished), [(Severity::Note, "console_audit")]);
    let broken = with(|folder| folder.audit = Look::Found(Chain { lines: 9, broken_at: Some(4) }));
    assert_eq!(broken, [(Severity::Problem, "console_audit")]);
    let mute = with(|folder| folder.audit = Look::Stop("IO".to_owned(), "denied".to_owned()));
    assert_eq!(mute, [(Severity::Problem, "console_audit")]);
}

#[test]
fn whoever_may_much_with_a_password_alone_is_named_unless_it_cannot_log_in() {
    let with = |change: fn(&mut Member)| {
        let mut facts = well();
        let folder = facts.console.folder.as_mut().expect("there");
        folder.staff.as_mut().expect("read").iter_mut().for_each(change);
        let staff = judge(&facts).into_iter().find(|finding| finding.name == "console_staff");
        let staff = staff.expect("looked at");
        (staff.severity, staff.seen)
    };
    let bare = with(|member| member.has_second_factor = false);
    assert_eq!(bare, (Severity::Warning, "a password is all that is asked of ada (owner)".to_owned()));
    let disabled = with(|member| (member.has_second_factor, member.is_disabled) = (false, true));
    assert_eq!(disabled.0, Severity::Ok);
    assert_eq!(with(|member| member.has_second_factor = true).0, Severity::Ok);
}

#[test]
fn the_consoles_address_is_its_own_process_and_the_server_goes_on_without() {
    let at = |held, pid| {
        found(move |facts| {
            facts.console.pid = pid;
            let port = port(held, true);
            facts.ports.push(Port { key: "console.listen", seats: Vec::new(), ..port });
        })
    };
    assert_eq!(at(Held::Free, None), []);
    assert_eq!(at(Held::By(Some(4)), Some(4)), []);
    assert_eq!(at(Held::By(Some(99)), Some(4)), [(Severity::Warning, "ports")]);
    assert_eq!(at(Held::By(Some(99)), None), [(Severity::Warning, "ports")]);
    assert_eq!(at(Held::By(None), Some(4)), [(Severity::Note, "ports")]);
}

#[test]
fn a_journal_that_cannot_be_read_or_is_far_ahead_is_found() {
    let journal = |journal| found(move |facts| facts.journal = journal);
    assert_eq!(journal(Look::Absent), [(Severity::Note, "journal")]);
    assert_eq!(journal(Look::Unfinished), [(Severity::Note, "journal")]);
    let stop = Look::Stop("CORRUPT_ACKED".to_owned(), "record 7".to_owned());
    assert_eq!(journal(stop), [(Severity::Problem, "journal")]);
    let far = Look::Found(Journal { segments: 9, bytes: GIB, behind: 100_000 });
    assert_eq!(journal(far), [(Severity::Warning, "journal_behind")]);
}

#[test]
fn a_database_that_is_broken_or_of_another_schema_is_found() {
    let Look::Found(good) = well().store else { panic!("found") };
    let store = |store| found(move |facts| facts.store = store);
    let with = |change: fn(&mut Store)| {
        let mut changed = good.clone();
        change(&mut changed);
        store(Look::Found(changed))
    };
    assert_eq!(store(Look::Absent), [(Severity::Note, "store")]);
    assert_eq!(store(Look::Unfinished), [(Severity::Note, "store")]);
    let stop = Look::Stop("SCHEMA_TOO_NEW".to_owned(), "9".to_owned());
    assert_eq!(store(stop), [(Severity::Problem, "store")]);
    assert_eq!(with(|store| store.broken = Some("row 1".to_owned())), [(Severity::Problem, "store")]);
    assert_eq!(with(|store| store.is_checked = false), [(Severity::Note, "store")]);
    assert_eq!(with(|store| store.schema = 1), [(Severity::Note, "schema")]);
}

#[test]
fn what_could_not_be_looked_at_says_what_to_do_too() {
    let mut facts = well();
    (facts.open_files_max, facts.memory, facts.is_clock_kept) = (None, None, None);
    (facts.journal, facts.store) = (Look::Unfinished, Look::Unfinished);
    facts.disk = Some(Disk { free_bytes: GIB * 9, bytes: GIB * 10, sync_us: None });
    let unwell = judge(&facts).into_iter().filter(|finding| finding.severity != Severity::Ok);
    let unwell: Vec<Finding> = unwell.collect();
    assert_eq!(unwell.len(), 6);
    assert!(unwell.iter().all(|finding| !finding.advice.is_empty()), "{unwell:?}");
}

#[test]
fn names_are_listed_and_whatever_is_wrong_says_what_to_do() {
    let mut facts = well();
    facts.settings = Err("two\nlines".to_owned());
    facts.processes[0].1 = Answer::NotRunning;
    facts.version = "2".to_owned();
    facts.ports = vec![port(Held::By(None), true)];
    facts.open_files_max = Some(1);
    facts.encryption = Encryption::None;
    facts.is_clock_kept = Some(false);
    facts.folder.itself = Some(entry("d", 8, 0o777));
    facts.disk = Some(Disk { free_bytes: 0, bytes: GIB, sync_us: Some(90_000) });
    facts.memory = Some(Memory { bytes: 1, wanted_bytes: 2 });
    facts.system = vec![("net.core.somaxconn", 1)];
    facts.clock_s = 0;
    facts.journal = Look::Found(Journal { segments: 9, bytes: GIB, behind: 1_000_000 });
    facts.store = Look::Stop("POISON".to_owned(), "x".to_owned());
    let findings = judge(&facts);
    let names: BTreeSet<&str> = findings.iter().map(|finding| finding.name).collect();
    assert!(names.iter().all(|name| NAMES.contains(name)), "{names:?}");
    for finding in findings.iter().filter(|finding| finding.severity != Severity::Ok) {
        assert!(!finding.advice.is_empty(), "{finding:?}");
    }
    let text = as_text(&findings);
    assert!(
        text.ends_with(&format!("problems: {}, warnings: 8\n", count(&findings, Severity::Problem))),
        "{text}"
    );
    let json = as_json(&findings);
    assert_eq!((&json["well"], &json["findings"][0]["name"]), (&Value::from(false), &Value::from("config")));
    assert_eq!(as_json(&judge(&well()))["well"], true);
}

#[test]
fn who_holds_a_port_is_found_and_a_free_one_is_free() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    assert_eq!(ports::holder(address), Held::By(Some(std::process::id())));
    drop(taken);
    assert_eq!(ports::holder(address), Held::Free);
    assert_eq!(ports::holder(SocketAddr::from(([192, 0, 2, 1], 7000))), Held::Impossible);
}
