//! A model of the gateway: keeps groups, hands each packet to its players in the order of the link.

use proto::{
    close::CloseReason,
    ids::{ConnId, GroupId},
    kinds::Lane,
    limits::SERVER_FRAME_BYTES_MAX,
    link_io::{Op, Seat, take_record},
    packet::Packets,
};

use super::people::People;

/// Shows a link's bytes to the players behind it.
pub(super) fn show(mut bytes: &[u8], people: &mut People) {
    while let Some((record, used)) = take_record(bytes).unwrap() {
        bytes = &bytes[used..];
        assert!(record.payload.len() < SERVER_FRAME_BYTES_MAX);
        let (conn, group) = (ConnId(record.a), GroupId(record.b));
        match record.op {
            Op::Send => packets(record.payload, record.lane, conn, people),
            Op::Publish => {
                let members = people.groups.get(&group).cloned().unwrap_or_default();
                assert!(!members.is_empty(), "a publish that nobody here hears");
                for member in members {
                    packets(record.payload, record.lane, member, people);
                }
            }
            Op::Subscribe => {
                assert!(people.groups.entry(group).or_default().insert(conn), "subscribed twice");
            }
            Op::Unsubscribe => {
                let members = people.groups.entry(group).or_default();
                assert!(members.remove(&conn), "unsubscribed, never subscribed");
            }
            Op::Refreshed => {
                assert!(people.groups[&group].contains(&conn), "a snapshot for a stranger");
                packets(record.payload, Lane::LatestWins, conn, people);
            }
            Op::Admit => {
                let (seat, rest) = Seat::take(record.payload).unwrap();
                assert!(rest.is_empty());
                if let Some(name) = people.at(conn) {
                    people.person(&name).seat = seat;
                }
            }
            Op::Close => {
                packets(record.payload, record.lane, conn, people);
                let reason = u16::try_from(record.b).ok().and_then(CloseReason::from_code).unwrap();
                if let Some(name) = people.at(conn) {
                    people.note(format!("{name} is closed: {}", reason.name()));
                    let person = people.person(&name);
                    person.conn = None;
                    person.is_in = false;
                } else {
                    people.note(format!("an older connection is closed: {}", reason.name()));
                }
                people.gone(conn);
            }
            op => panic!("{op:?} is not for a gateway"),
        }
    }
    assert!(bytes.is_empty(), "half a record");
}

fn packets(payload: &[u8], lane: Lane, conn: ConnId, people: &mut People) {
    for packet in Packets::new(payload) {
        people.see(conn, lane, packet.unwrap());
    }
}
