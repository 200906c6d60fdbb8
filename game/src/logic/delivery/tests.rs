//! Who is sent what, and in which order.

use proto::{
    limits::SERVER_FRAME_BYTES_MAX,
    link_io::{Op, take_record},
    wire,
};

use super::*;

const LINK: LinkId = LinkId(1);

fn with_conns(count: u64) -> (Delivery, Vec<ConnKey>) {
    let mut delivery = Delivery::default();
    delivery.link_up(LINK);
    let open = |conn| delivery.open(ConnAt { link: LINK, conn: ConnId(conn) }).unwrap();
    let conns = (1..=count).map(open).collect();
    (delivery, conns)
}

fn packet(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    wire::put_plain(&mut bytes, 2_000, text);
    bytes
}

fn send(to: ConnKey) -> Step {
    Step::Send { to, lane: Lane::MustArrive, is_answer: false }
}

/// What left: op, connection, group, bytes.
fn flush(delivery: &mut Delivery) -> Vec<(Op, u64, u64, usize)> {
    let mut out = TurnOut::default();
    delivery.flush(&mut out);
    let mut rest = out.link(LINK).as_slice();
    let mut records = Vec::new();
    while let Some((record, used)) = take_record(rest).unwrap() {
        records.push((record.op, record.a, record.b, record.payload.len()));
        rest = &rest[used..];
    }
    records
}

#[test]
fn packets_for_one_connection_in_a_row_share_a_record() {
    let (mut delivery, conns) = with_conns(2);
    let bytes = packet(b"x");
    for to in [conns[0], conns[0], conns[1], conns[0]] {
        delivery.step(send(to), &bytes);
    }
    let one = bytes.len();
    let expected = [(Op::Send, 1, 0, 2 * one), (Op::Send, 2, 0, one), (Op::Send, 1, 0, one)];
    assert_eq!(flush(&mut delivery), expected);
}

#[test]
fn publishes_of_a_step_leave_as_one_record_behind_the_packets_for_single_connections() {
    let (mut delivery, conns) = with_conns(2);
    let group = delivery.group(Lane::MustArrive);
    delivery.step(Step::Subscribe { conn: conns[0], group }, &[]);
    flush(&mut delivery);
    let bytes = packet(b"x");
    for _ in 0..50 {
        delivery.step(Step::Publish { group }, &bytes);
        delivery.step(send(conns[1]), &bytes);
    }
    let all = 50 * bytes.len();
    assert_eq!(flush(&mut delivery), [(Op::Send, 2, 0, all), (Op::Publish, 0, group.0, all)]);
    assert_eq!(delivery.released(conns[0]), 50);
    assert_eq!(delivery.released(conns[1]), 50);
}

#[test]
fn whoever_enters_or_leaves_stands_between_what_was_said_before_and_after() {
    let (mut delivery, conns) = with_conns(2);
    let group = delivery.group(Lane::MustArrive);
    let bytes = packet(b"x");
    delivery.step(Step::Publish { group }, &bytes);
    delivery.step(Step::Subscribe { conn: conns[0], group }, &[]);
    delivery.step(Step::Publish { group }, &bytes);
    delivery.step(Step::Subscribe { conn: conns[1], group }, &[]);
    delivery.step(Step::Publish { group }, &bytes);
    delivery.step(Step::Unsubscribe { conn: conns[0], group }, &[]);
    delivery.step(Step::Publish { group }, &bytes);
    let publish = (Op::Publish, 0, group.0, bytes.len());
    let expected = [
        (Op::Subscribe, 1, group.0, 0),
        publish,
        (Op::Subscribe, 2, group.0, 0),
        publish,
        (Op::Unsubscribe, 1, group.0, 0),
        publish,
    ];
    assert_eq!(flush(&mut delivery), expected);
    assert_eq!((delivery.released(conns[0]), delivery.released(conns[1])), (2, 2));
}

#[test]
fn no_record_outgrows_a_frame() {
    let (mut delivery, conns) = with_conns(1);
    let group = delivery.group(Lane::MustArrive);
    let latest = delivery.group(Lane::LatestWins);
    delivery.step(Step::Subscribe { conn: conns[0], group }, &[]);
    delivery.subscribe(conns[0], latest);
    let bytes = packet(&[7; 100 * 1024]);
    for _ in 0..5 {
        delivery.step(Step::Publish { group }, &bytes);
        delivery.step(send(conns[0]), &bytes);
        delivery.collect(latest, &bytes);
    }
    assert!(delivery.tick(latest).is_empty());
    delivery.refreshed(conns[0], latest, &bytes.repeat(5));
    let records = flush(&mut delivery);
    assert!(records.iter().all(|record| record.3 < SERVER_FRAME_BYTES_MAX));
    for op in [Op::Send, Op::Publish, Op::Refreshed] {
        let total: usize = records.iter().filter(|record| record.0 == op).map(|record| record.3).sum();
        let expected = if op == Op::Publish { 10 } else { 5 };
        assert_eq!(total, expected * bytes.len(), "{op:?}");
    }
}

#[test]
fn too_much_of_latest_wins_becomes_a_snapshot_for_every_member() {
    let (mut delivery, conns) = with_conns(2);
    let latest = delivery.group(Lane::LatestWins);
    delivery.subscribe(conns[1], latest);
    flush(&mut delivery);
    let bytes = packet(&[7; 100 * 1024]);
    for _ in 0..11 {
        delivery.collect(latest, &bytes);
    }
    assert_eq!(delivery.tick(latest), [conns[1]]);
    assert!(flush(&mut delivery).is_empty());
    assert!(delivery.tick(latest).is_empty(), "and then it is over");
}

#[test]
fn a_connection_that_is_gone_gets_nothing_and_its_group_forgets_it() {
    let (mut delivery, conns) = with_conns(1);
    let group = delivery.group(Lane::MustArrive);
    delivery.wait_for(Lsn(1));
    delivery.step(Step::Subscribe { conn: conns[0], group }, &[]);
    delivery.step(Step::Publish { group }, &packet(b"x"));
    delivery.step(send(conns[0]), &packet(b"x"));
    delivery.close(conns[0], CloseReason::Superseded, &[]);
    delivery.durable_up_to(Lsn(1));
    let reason = CloseReason::Superseded as u64;
    assert_eq!(flush(&mut delivery), [(Op::Close, 1, reason, 0)]);
    assert_eq!(delivery.open(ConnAt { link: LINK, conn: ConnId(1) }).map(|_| ()), Some(()));
}

#[test]
fn a_link_that_is_gone_leaves_room_for_the_next() {
    let (mut delivery, conns) = with_conns(3);
    for conn in delivery.link_conns(LINK) {
        delivery.remove(conn);
    }
    delivery.link_gone(LINK);
    delivery.step(send(conns[0]), &packet(b"x"));
    delivery.link_up(LinkId(2));
    assert_eq!(delivery.find(ConnAt { link: LinkId(2), conn: ConnId(1) }), None);
    assert_eq!(delivery.links.len(), 1);
    assert_eq!(delivery.conn_count(), 0);
}

#[test]
fn a_gateway_without_members_is_not_told_what_a_group_hears() {
    let (mut delivery, conns) = with_conns(1);
    delivery.link_up(LinkId(2));
    let far = delivery.open(ConnAt { link: LinkId(2), conn: ConnId(1) }).unwrap();
    let group = delivery.group(Lane::MustArrive);
    let bytes = packet(b"x");
    delivery.step(Step::Subscribe { conn: conns[0], group }, &[]);
    delivery.step(Step::Publish { group }, &bytes);
    let mut out = TurnOut::default();
    delivery.flush(&mut out);
    assert_eq!(out.links.iter().map(|(link, _)| *link).collect::<Vec<_>>(), [LINK]);
    delivery.step(Step::Subscribe { conn: far, group }, &[]);
    delivery.remove(conns[0]);
    delivery.step(Step::Publish { group }, &bytes);
    out.clear();
    delivery.flush(&mut out);
    assert!(out.link(LINK).is_empty());
    assert!(!out.link(LinkId(2)).is_empty());
}
