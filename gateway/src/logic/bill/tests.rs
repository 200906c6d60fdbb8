//! Sums of the bill, whatever is in the frames.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use proto::{
    kinds::{ANSWER, BUILT_IN, CELL_STATE, CHAT_HEARD, PING, ROOM_KINDS_FIRST},
    wire,
};

use super::*;

fn rows(bill: &mut Bill) -> BTreeMap<String, Row> {
    let mut told = BTreeMap::new();
    bill.tell(&mut told);
    told.into_iter()
        .map(|(Name { subsystem, room, kind }, row)| (format!("{subsystem} {room} {kind}"), row))
        .collect()
}

const NEVER: Timing = Timing { began_ns: 0, weight: 0 };

#[test]
fn every_byte_of_a_frame_is_in_some_row_and_in_one_alone() {
    let mut bill = Bill::default();
    let mut packets = Vec::new();
    for (kind, bytes) in [(CHAT_HEARD, 10), (CHAT_HEARD, 300), (CELL_STATE, 77), (999_999, 5), (ANSWER, 0)] {
        wire::put_plain(&mut packets, kind, &vec![7; bytes]);
    }
    for frame_bytes in [1, 4, 97, packets.len() + FRAME_HEADER_BYTES] {
        for receivers in [0, 1, 250] {
            bill.open(&packets);
            bill.charge(Sent { frame_bytes, receivers }, NEVER);
            let rows = rows(&mut bill);
            let sum = |of: fn(&Row) -> u64| rows.values().map(of).sum::<u64>();
            assert_eq!(sum(|row| row.messages), 5);
            assert_eq!(sum(|row| row.receivers), 5 * receivers);
            assert_eq!(sum(|row| row.bytes_after), frame_bytes as u64 * receivers);
            assert_eq!(sum(|row| row.bytes_before), (packets.len() + FRAME_HEADER_BYTES) as u64 * receivers);
            assert_eq!(rows["chat  chat_heard"].messages, 2);
            assert_eq!((rows["other  other"].messages, rows["answers  answer"].messages), (1, 1));
        }
    }
}

#[test]
fn bytes_that_are_no_packets_are_billed_all_the_same() {
    let mut bill = Bill::default();
    for (nonsense, messages) in [(&[0xff; 40][..], 1), (&[200, 1, 2, 3], 1), (&[0, 0, 0], 3)] {
        assert_eq!(bill.open(nonsense), RowId::OTHER);
        bill.charge(Sent { frame_bytes: nonsense.len(), receivers: 2 }, NEVER);
        let row = rows(&mut bill)["other  other"];
        assert_eq!((row.bytes_after, row.messages), (nonsense.len() as u64 * 2, messages), "{nonsense:?}");
    }
}

#[test]
fn a_kind_of_a_game_is_told_with_its_room_and_rows_never_end() {
    let mut bill = Bill::default();
    let rule = |kind, room: String| KindRule {
        kind,
        name: "moved".to_owned(),
        class: Class::FromServer as u32,
        room,
        ..KindRule::default()
    };
    let many = u32::try_from(ROWS_MAX).expect("small");
    let rules: Vec<KindRule> = (0..many).map(|n| rule(ROOM_KINDS_FIRST + n, format!("game-{n}"))).collect();
    bill.learn(&rules);
    let mut told = BTreeMap::new();
    for rule in &rules {
        let mut packets = Vec::new();
        wire::put_plain(&mut packets, rule.kind, b"x");
        bill.open(&packets);
        bill.charge(Sent { frame_bytes: 10, receivers: 1 }, NEVER);
    }
    bill.tell(&mut told);
    let moved = Name { subsystem: "rooms", room: "game-0".to_owned(), kind: "moved".to_owned() };
    assert_eq!(told[&moved].messages, 1);
    assert!(told.len() <= ROWS_MAX && told.keys().any(|name| name.subsystem == "other"));
    assert_eq!(told.values().map(|row| row.bytes_after).sum::<u64>(), 10 * ROWS_MAX as u64);
}

#[test]
fn what_the_gateway_or_game_says_belongs_to_some_part_of_the_server() {
    for known in BUILT_IN.iter().filter(|known| known.class == Class::FromServer || known.kind == PING) {
        assert_ne!(subsystem(known.kind), "other", "{}", known.name);
    }
}

#[test]
fn time_is_shared_out_among_the_packets_of_a_frame_and_weighed() {
    static NOW_NS: AtomicU64 = AtomicU64::new(0);
    let mut bill = Bill::default();
    // Each look at it takes a microsecond.
    bill.set_watch(Stopwatch::new(|| NOW_NS.fetch_add(1_000, Relaxed)));
    let mut packets = Vec::new();
    wire::put_plain(&mut packets, CHAT_HEARD, &[7; 300]);
    wire::put_plain(&mut packets, CELL_STATE, &[7; 100]);
    bill.open(&packets);
    let timing = bill.begin(true);
    bill.charge(Sent { frame_bytes: 90, receivers: 1 }, timing);
    let told = rows(&mut bill);
    let (chat, map) = (told["chat  chat_heard"].ns, told["map  cell_state"].ns);
    assert!(chat + map == 1_000 && 2 * map < chat && chat < 4 * map, "{chat} + {map}");
    let timing = Timing { began_ns: NOW_NS.load(Relaxed), weight: TIMED_EACH };
    NOW_NS.fetch_add(500, Relaxed);
    bill.wrote(RowId::TRANSPORT, 1, timing);
    assert_eq!(rows(&mut bill)["transport  transport"].ns, 500 * TIMED_EACH);
}

#[test]
fn one_of_many_times_stands_for_all_and_a_large_one_for_itself() {
    let mut bill = Bill::default();
    for _ in 0..TIMED_EACH {
        let Timing { weight, .. } = bill.begin(false);
        assert!(weight == 0 || weight == TIMED_EACH);
        bill.wrote(RowId::TRANSPORT, 2, Timing { began_ns: 0, weight });
    }
    assert_eq!(bill.begin(true).weight, 1);
    assert_eq!(rows(&mut bill)["transport  transport"].writes, 2 * TIMED_EACH);
}
