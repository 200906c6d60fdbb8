//! Every kind at every stage of a session that is not playing, and out of its place while it is: the connection ends
//! by the name that is written down here, or nothing happens; and nothing is executed.

use proto::{
    client::LoginSecret,
    kinds::{self, Class, KindDef},
    link_io::{Op, Record},
    wire,
};

use super::{
    kinds::{Facts, all, of_clients, says},
    scenes::{Character, Scene, Session, Trade},
    shape::{Shape, check_memory},
    watched::{Outcome, REFUSALS, Sent, Watched},
};
use crate::logic::testing::Play;

/// How far a connection has come that does not play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Connected,
    Welcomed,
    /// Its login waits for its turn.
    WaitsForTurn,
    /// Its login waits for rows.
    WaitsForRows,
    /// Its login waits for a hash.
    WaitsForHash,
    /// Only staff is let in.
    Maintenance,
    /// Its account is banned.
    Banned,
    /// Ended, by whatever way.
    Dropped,
    LoggedOut,
    Superseded,
    Kicked,
    ClosedForMaintenance,
    ClosedByBan,
}

const STAGES: [Stage; 13] = [
    Stage::Connected,
    Stage::Welcomed,
    Stage::WaitsForTurn,
    Stage::WaitsForRows,
    Stage::WaitsForHash,
    Stage::Maintenance,
    Stage::Banned,
    Stage::Dropped,
    Stage::LoggedOut,
    Stage::Superseded,
    Stage::Kicked,
    Stage::ClosedForMaintenance,
    Stage::ClosedByBan,
];

impl Stage {
    /// The connection is no more.
    fn is_over(self) -> bool {
        match self {
            Self::Connected
            | Self::Welcomed
            | Self::WaitsForTurn
            | Self::WaitsForRows
            | Self::WaitsForHash
            | Self::Maintenance
            | Self::Banned => false,
            Self::Dropped
            | Self::LoggedOut
            | Self::Superseded
            | Self::Kicked
            | Self::ClosedForMaintenance
            | Self::ClosedByBan => true,
        }
    }
}

/// A connection of ana's at this stage; she has an account, and had a trade. The connection is named `ana`.
fn at(stage: Stage) -> Play {
    let scene = Scene {
        session: Session::Plain,
        character: Character::Played,
        trade: Trade::OtherAccepted,
        is_cache_small: false,
    };
    let mut play = scene.build().play;
    let conn = play.people.person("ana").conn;
    match stage {
        Stage::Connected
        | Stage::Welcomed
        | Stage::WaitsForTurn
        | Stage::WaitsForRows
        | Stage::WaitsForHash => {
            play.run("ana drops");
        }
        Stage::Maintenance => play.run("ana drops\nstaff closes the world"),
        Stage::Banned => play.run("ana drops\nstaff bans ana"),
        Stage::Dropped => play.run("ana drops"),
        Stage::LoggedOut => play.run("ana logs out"),
        Stage::Superseded => play.run("ana logs in"),
        Stage::Kicked => play.run("staff kicks ana"),
        Stage::ClosedForMaintenance => play.run("staff closes the world and kicks"),
        Stage::ClosedByBan => play.run("staff bans ana"),
    }
    connect(&mut play, stage);
    if stage.is_over() {
        play.people.person("ana").conn = conn;
    }
    play
}

/// Brings ana's connection to a stage that is not over.
fn connect(play: &mut Play, stage: Stage) {
    match stage {
        Stage::Connected => {
            play.people.conns += 1;
            let conn = proto::ids::ConnId(play.people.conns);
            play.people.person("ana").conn = Some(conn);
            play.record(Record::new(Op::Opened, conn.0, 0, &[0x20; 16]));
        }
        Stage::Welcomed | Stage::Maintenance | Stage::Banned => play.run("ana connects"),
        Stage::WaitsForTurn => {
            play.world.config.players_max = 0;
            play.run("ana connects");
            play.packet("ana", kinds::LOGIN_GUEST, 0, &[]);
        }
        Stage::WaitsForRows => {
            play.run("ana connects");
            play.held.reads = true;
            let login = LoginSecret { account: 12_345, ..LoginSecret::default() };
            play.packet("ana", kinds::LOGIN_SECRET, 0, &wire::encode(&login));
        }
        Stage::WaitsForHash => {
            play.run("hold hashes\nana connects\nana registers Anabel with correct-horse");
        }
        Stage::Dropped
        | Stage::LoggedOut
        | Stage::Superseded
        | Stage::Kicked
        | Stage::ClosedForMaintenance
        | Stage::ClosedByBan => {}
    }
    play.turn();
}

/// What comes of a packet that is not a login: nothing, a welcome, or the end by this name.
fn expected(stage: Stage, kind: u32) -> Option<&'static str> {
    let is_login = is_login(kind);
    match stage {
        _ if stage.is_over() => None,
        _ if kind == kinds::PING || kind == kinds::PONG => None,
        Stage::Welcomed | Stage::Maintenance | Stage::Banned if kind == kinds::RESUME => None,
        Stage::Welcomed | Stage::Maintenance | Stage::Banned if kind == kinds::QUEUE_PLACE => None,
        Stage::Connected if kind == kinds::HELLO => None,
        Stage::Welcomed | Stage::Maintenance | Stage::Banned if is_login => None,
        _ => Some("out_of_turn"),
    }
}

fn is_login(kind: u32) -> bool {
    (kinds::LOGIN_GUEST..=kinds::LOGIN_PASSWORD).contains(&kind) || kind == kinds::LOGIN_TICKET
}

fn unknown() -> KindDef {
    KindDef { kind: 999, name: "unknown", ..kinds::BUILT_IN[0] }
}

/// What was seen, but for the map.
fn send(play: &mut Play, kind: u32, cseq: u64, body: &[u8]) -> Vec<String> {
    let before = play.people.transcript.len();
    play.packet("ana", kind, cseq, body);
    play.turn();
    let seen = play.people.transcript[before..].iter();
    seen.filter(|line| !line.contains(" sees cell ")).cloned().collect()
}

#[test]
fn who_does_not_play_executes_nothing_whatever_it_sends() {
    for stage in STAGES {
        let mut play = at(stage);
        let facts = Facts::of(&Watched::new(at(stage)), "ana");
        // She may log in as somebody else later.
        let ana = play.people.all["ana"].clone();
        let login = LoginSecret { account: ana.account, secret: ana.secret.clone().into() };
        for def in all(&play).into_iter().chain([unknown()]) {
            let is_login = is_login(def.kind);
            let right = (def.kind == kinds::LOGIN_SECRET).then(|| wire::encode(&login));
            let others = says(&facts, def.kind).into_iter().flatten().take(2);
            let bodies: Vec<Vec<u8>> = right.into_iter().chain(others).chain([vec![], vec![0xff]]).collect();
            for body in bodies {
                let case = format!("{stage:?}: {} {body:?}", def.name);
                let (before, journal) = (Shape::of(&play), play.store.journal.len());
                let seen = send(&mut play, def.kind, u64::from(def.class == Class::Command), &body);
                match expected(stage, def.kind) {
                    Some(name) => {
                        assert_eq!(seen, [format!("ana is closed: {name}")], "{case}");
                        assert_eq!(play.store.journal.len(), journal, "{case}");
                    }
                    None if is_login
                        && [Stage::Welcomed, Stage::Maintenance, Stage::Banned].contains(&stage) =>
                    {
                        let is_in = is_right_login(stage, &seen, &case);
                        let is_ana = play.people.all["ana"].account == ana.account;
                        assert!(!is_in || stage != Stage::Banned || !is_ana, "{case}");
                        assert_eq!(play.store.journal.len() != journal, is_in, "{case}: {seen:?}");
                    }
                    None if def.kind == kinds::RESUME && !stage.is_over() => {
                        let is_resume = body != [0xff];
                        let expected =
                            if is_resume { "ana does not resume: " } else { "ana is closed: bad_body" };
                        assert!(seen.len() == 1 && seen[0].starts_with(expected), "{case}: {seen:?}");
                        assert_eq!(play.store.journal.len(), journal, "{case}");
                    }
                    None if def.kind == kinds::HELLO && stage == Stage::Connected => {
                        // Its welcome is not shown.
                        let is_hello = body.len() > 2;
                        assert_eq!(seen.is_empty(), is_hello, "{case}: {seen:?}");
                    }
                    None if def.kind == kinds::QUEUE_PLACE && body == [0xff] && !stage.is_over() => {
                        assert_eq!(seen, ["ana is closed: bad_body"], "{case}");
                    }
                    None => {
                        assert_eq!(seen, [""; 0], "{case}");
                        assert_eq!(Shape::of(&play), before, "{case}");
                        continue;
                    }
                }
                check_memory(&play, &case);
                if play.people.all["ana"].conn.is_some() {
                    play.run("ana drops");
                }
                play.people.person("ana").is_in = false;
                connect(&mut play, stage);
            }
        }
    }
}

/// Whether a login was let in. If not, it is told why by a name of the manual, or closed.
#[track_caller]
fn is_right_login(stage: Stage, seen: &[String], case: &str) -> bool {
    // It may have been told how many are before it.
    let seen: Vec<&String> = seen.iter().filter(|line| !line.contains(" is queued ")).collect();
    assert_eq!(seen.len(), 1, "{case}: {seen:?}");
    let is_in = seen[0].starts_with("ana is in");
    let refused = seen[0].strip_prefix("ana is refused: ").and_then(|rest| rest.split(' ').next());
    match refused {
        Some(name) => assert!(REFUSALS.contains(name), "{case}: {name}"),
        None => assert!(is_in || seen[0] == "ana is closed: bad_body", "{case}: {seen:?}"),
    }
    assert!(!is_in || stage != Stage::Maintenance, "{case}");
    is_in
}

#[test]
fn a_login_that_waits_is_done_or_dropped_whole() {
    for (stage, release) in [(Stage::WaitsForRows, "let reads"), (Stage::WaitsForHash, "let hashes")] {
        for goes in [false, true] {
            let mut play = at(stage);
            let journal = play.store.journal.len();
            if goes {
                send(&mut play, kinds::CHAT_SAY, 1, b"");
            }
            play.run(&format!("{release}\nnote go"));
            let is_made = stage == Stage::WaitsForHash && !goes;
            assert_eq!(play.store.journal.len(), journal + usize::from(is_made), "{stage:?} {goes}");
            assert_eq!(play.world.parking.len(), 0);
            check_memory(&play, "after a login");
        }
    }
}

/// Ana plays Ida and has half a trade.
fn playing() -> Watched {
    Scene {
        session: Session::InRoom,
        character: Character::Played,
        trade: Trade::OtherAccepted,
        is_cache_small: false,
    }
    .build()
}

#[test]
fn a_command_out_of_sequence_ends_the_connection_and_is_not_executed() {
    let mut watched = playing();
    let last = watched.play.people.person("ana").cseq;
    let wrong = [0, 1, last, last + 2, last + 65, u64::from(u32::MAX), u64::MAX];
    for def in of_clients(&watched.play) {
        let facts = Facts::of(&watched, "ana");
        let body = says(&facts, def.kind).unwrap().swap_remove(0);
        let numbers = match def.class {
            Class::Command => wrong.as_slice(),
            Class::Signal => &wrong[1..],
            Class::Control | Class::FromServer => &[],
        };
        for cseq in numbers {
            let journal = watched.play.store.journal.len();
            let sent = Sent { name: "ana", kind: def.kind, cseq: Some(*cseq), body: &body };
            let outcome = watched.sends(&sent);
            assert_eq!(outcome, Outcome::Closed("bad_sequence".to_owned()), "{} as {cseq}", def.name);
            assert!(watched.play.store.journal.len() <= journal + 1, "where it stood may be kept");
            watched.check_rows(def.name);
            watched = playing();
        }
    }
}

#[test]
fn what_is_out_of_place_while_one_plays_ends_the_connection_by_name() {
    let mut watched = playing();
    for def in all(&watched.play).into_iter().chain([unknown()]) {
        let facts = Facts::of(&watched, "ana");
        let body = says(&facts, def.kind).and_then(|bodies| bodies.first().cloned()).unwrap_or_default();
        let expected = match (def.class, def.kind) {
            (_, 999) | (Class::FromServer, _) => "unknown_kind",
            (_, kinds::LOGOUT) => "logged_out",
            (_, kinds::PING | kinds::PONG) | (Class::Command | Class::Signal, _) => "",
            (Class::Control, _) => "out_of_turn",
        };
        // One byte too many is the end for any kind.
        for (body, expected) in [
            (body, expected),
            (vec![0; def.body_max + 1], if expected.is_empty() { "body_too_large" } else { expected }),
        ] {
            let is_kept_by_gateway = [kinds::PING, kinds::PONG].contains(&def.kind);
            if expected.is_empty() || is_kept_by_gateway {
                continue;
            }
            // What is too long is never a logout.
            let is_too_long = def.body_max < body.len() && def.kind != 999;
            let expected = if is_too_long { "body_too_large" } else { expected };
            let cseq = match def.class {
                Class::Command => watched.play.people.person("ana").cseq + 1,
                _ => 0,
            };
            let outcome = watched.sends(&Sent { name: "ana", kind: def.kind, cseq: Some(cseq), body: &body });
            assert_eq!(outcome, Outcome::Closed(expected.to_owned()), "{} of {}", def.name, body.len());
            watched.check_rows(def.name);
            watched = playing();
        }
    }
}
