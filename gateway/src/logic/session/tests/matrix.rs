//! Every kind of packet at every stage of a connection: passed on whole, or the connection is closed by name and
//! game hears nothing. What is expected is written down here once more, without a look at the rules.

use proto::{
    kinds::{self, BUILT_IN, Class, KindDef},
    link_io::take_record,
};

use super::*;

/// All that somebody may send whom game has not admitted. Whoever adds one says so here.
const BEFORE_LOGIN: [u32; 10] = [
    kinds::HELLO,
    kinds::PING,
    kinds::PONG,
    kinds::LOGIN_GUEST,
    kinds::LOGIN_SECRET,
    kinds::REGISTER,
    kinds::LOGIN_PASSWORD,
    kinds::RESUME,
    kinds::LOGIN_TICKET,
    kinds::QUEUE_PLACE,
];

const AWAITED: Stage = before_login(Login::NotSent);
const LOGGING_IN: Stage = before_login(Login::Waiting);
const RESEATED: Stage = Stage::Reseated { untaken: 1, is_due: false };
const TURNED_AWAY: Stage = Stage::TurnedAway(CloseReason::AddressFull);
const STAGES: [Stage; 6] = [TURNED_AWAY, Stage::ExpectHello, AWAITED, LOGGING_IN, Stage::Admitted, RESEATED];
const LANES: [Lane; 4] = [Lane::MustArrive, Lane::LatestWins, Lane::Expiring, Lane::Control];

const fn before_login(login: Login) -> Stage {
    Stage::BeforeLogin(Greeted { is_welcomed: false, login })
}

/// A kind that a room registers, one that it sends, and one that nobody knows.
fn others() -> [KindDef; 3] {
    let def = |kind, class| KindDef {
        kind,
        name: "other",
        class,
        body_max: 100,
        cost: 1,
        lane: Lane::MustArrive,
        secret: false,
        before_login: false,
    };
    [def(1_024, Class::Command), def(1_026, Class::FromServer), def(999, Class::FromServer)]
}

#[derive(Clone, Copy, Debug)]
struct Case {
    def: KindDef,
    stage: Stage,
    is_link_open: bool,
    lane: Lane,
    body_len: usize,
    ack: u64,
}

/// The stage that follows, or why the connection ends.
fn expected(case: &Case) -> Result<Stage, CloseReason> {
    let Case { def, stage, is_link_open, lane, body_len, ack: _ } = *case;
    if stage == TURNED_AWAY {
        return Err(CloseReason::AddressFull);
    }
    if !is_link_open {
        return Err(CloseReason::GameAway);
    }
    if lane != Lane::MustArrive {
        return Err(CloseReason::BadFrame);
    }
    let is_keepalive = [kinds::PING, kinds::PONG].contains(&def.kind);
    if stage == RESEATED && !is_keepalive && def.kind != kinds::RESET_TAKEN {
        return Ok(stage);
    }
    if def.class == Class::FromServer {
        return Err(CloseReason::UnknownKind);
    }
    if def.body_max < body_len {
        return Err(CloseReason::BodyTooLarge);
    }
    match (stage, def.kind) {
        (RESEATED, kinds::RESET_TAKEN) => Ok(Stage::Admitted),
        (_, kinds::RESET_TAKEN) => Err(CloseReason::OutOfTurn),
        (Stage::ExpectHello, kinds::HELLO) => Ok(AWAITED),
        (Stage::ExpectHello, _) | (_, kinds::HELLO) => Err(CloseReason::OutOfTurn),
        (Stage::Admitted, _) => Ok(Stage::Admitted),
        (_, _) if is_keepalive => Ok(stage),
        (_, kinds::QUEUE_PLACE) => Ok(stage),
        (_, kinds::RESUME) => Ok(before_login(Login::Resuming)),
        (_, kind) if BEFORE_LOGIN.contains(&kind) => Ok(LOGGING_IN),
        (_, _) => Err(CloseReason::OutOfTurn),
    }
}

/// What came of one frame: the result, the stage after it, records for game, and what the gateway answers.
type Outcome = (Result<(), CloseReason>, Stage, Vec<(Op, Vec<u8>)>, Vec<u8>);

fn run(case: &Case, frame: &[u8]) -> Outcome {
    let rate = Rate { per_s: 1_000, burst: 1_000_000 };
    let mut session = Session {
        stage: case.stage,
        bucket: Bucket::full(rate, 0),
        address: [7; 16],
        port: 4_000,
        account: 0,
        seat: Seat::default(),
        transport: TransportKind::Raw,
    };
    let kinds = KindTable::new(&others().map(|def| def.rule()));
    let mut desk = Desk { kinds, ..Desk::default() };
    if case.is_link_open {
        desk.batch.open();
    }
    let mut answers = Vec::new();
    let mut inbound = Inbound { session: &mut session, id: 5, rate, desk: &mut desk, answers: &mut answers };
    let header = Header { body_bytes: frame.len(), deflated: false, lane: case.lane };
    let result = inbound.on_frame(header, frame);
    let mut records = Vec::new();
    let mut waiting = desk.batch.waiting();
    while let Some((record, used)) = take_record(waiting).unwrap() {
        assert_eq!(record.a, 5);
        records.push((record.op, record.payload.to_vec()));
        waiting = &waiting[used..];
    }
    assert!(waiting.is_empty(), "half a record");
    (result, session.stage, records, answers)
}

fn packet(kind: u32, body_len: usize, ack: u64) -> Vec<u8> {
    let mut out = Vec::new();
    Packet { kind, ack, body: &vec![1; body_len], ..Packet::default() }.put(&mut out);
    out
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for def in BUILT_IN.iter().copied().chain(others()) {
        for stage in STAGES {
            for lane in LANES {
                for body_len in [0, def.body_max, def.body_max + 1] {
                    for (is_link_open, ack) in [(true, 0), (true, 3), (false, 0)] {
                        cases.push(Case { def, stage, is_link_open, lane, body_len, ack });
                    }
                }
            }
        }
    }
    cases
}

#[test]
fn each_kind_at_each_stage_is_passed_on_whole_or_ends_the_connection_by_name() {
    let cases = cases();
    for case in &cases {
        let frame = packet(case.def.kind, case.body_len, case.ack);
        let (result, stage, records, answers) = run(case, &frame);
        match expected(case) {
            Err(reason) => {
                assert_eq!((result, stage), (Err(reason), case.stage), "{case:?}");
                assert_eq!((records, answers), (vec![], vec![]), "{case:?}: nobody hears of it");
            }
            Ok(next) => {
                assert_eq!((result, stage), (Ok(()), next), "{case:?}");
                let is_keepalive = [kinds::PING, kinds::PONG].contains(&case.def.kind);
                let is_kept_here = (is_keepalive && case.ack == 0) || case.stage == RESEATED;
                let opened = (case.stage == Stage::ExpectHello).then(|| (Op::Opened, vec![7; 16]));
                let passed = (!is_kept_here).then_some((Op::Packets, frame));
                let for_game: Vec<_> = opened.into_iter().chain(passed).collect();
                assert_eq!(records, for_game, "{case:?}");
                let is_ping = case.def.kind == kinds::PING;
                let pong = if is_ping { packet(kinds::PONG, case.body_len, 0) } else { vec![] };
                assert_eq!(answers, pong, "{case:?}");
            }
        }
    }
    assert!(5_000 < cases.len(), "{} cases", cases.len());
}

#[test]
fn what_ends_a_connection_takes_its_whole_frame_with_it() {
    let plain = |case: &&Case| case.is_link_open && case.lane == Lane::MustArrive && case.ack == 0;
    let cases = cases();
    for case in cases.iter().filter(plain) {
        // Before it comes a packet that is right at this stage.
        let first = match case.stage {
            Stage::TurnedAway(_) => continue,
            Stage::ExpectHello => kinds::HELLO,
            Stage::BeforeLogin(_) => kinds::LOGIN_GUEST,
            Stage::Admitted => kinds::WALLET_READ,
            Stage::Reseated { .. } => kinds::RESET_TAKEN,
            Stage::Parked { .. } => panic!("it is not read"),
        };
        let after_first = match case.stage {
            Stage::ExpectHello => AWAITED,
            Stage::BeforeLogin(_) => LOGGING_IN,
            Stage::Reseated { .. } => Stage::Admitted,
            other => other,
        };
        let after_bytes = packet(first, 0, 0).len();
        let frame = [packet(first, 0, 0), packet(case.def.kind, case.body_len, 0)].concat();
        let (result, stage, records, answers) = run(case, &frame);
        match expected(&Case { stage: after_first, ..*case }) {
            Err(reason) => {
                assert_eq!((result, stage), (Err(reason), case.stage), "{case:?}");
                assert_eq!((records, answers), (vec![], vec![]), "{case:?}: nobody hears of it");
            }
            Ok(next) => {
                assert_eq!((result, stage), (Ok(()), next), "{case:?}");
                let packets = records.iter().filter(|(op, _)| *op == Op::Packets);
                let passed: Vec<u8> = packets.flat_map(|(_, payload)| payload.clone()).collect();
                let is_kept_here = [kinds::PING, kinds::PONG].contains(&case.def.kind);
                let first = if case.stage == RESEATED { vec![] } else { packet(first, 0, 0) };
                let second = if is_kept_here { &[][..] } else { &frame[after_bytes..] };
                let for_game = [&first, second].concat();
                assert_eq!(passed, for_game, "{case:?}");
            }
        }
    }
}

#[test]
fn the_table_of_kinds_names_those_before_login_as_this_test_does() {
    let named: Vec<u32> = BUILT_IN.iter().filter(|def| def.before_login).map(|def| def.kind).collect();
    assert_eq!(named, BEFORE_LOGIN);
}
