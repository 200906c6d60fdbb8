//! Which notes may be put away when.

use proto::ids::{Lsn, RoomId};

use super::Quarantine;

fn handed_out(quarantine: &mut Quarantine, durable: u64) -> Vec<u64> {
    let mut out = Vec::new();
    quarantine.end_turn(Lsn(durable), &mut out);
    out.into_iter().map(|room| room.0).collect()
}

#[test]
fn a_note_is_put_away_once_and_not_before_its_rooms_end_is_durable() {
    let mut quarantine = Quarantine::of([RoomId(5), RoomId(9)].into());
    assert!(quarantine.has(RoomId(5)) && quarantine.has(RoomId(9)) && !quarantine.has(RoomId(6)));
    quarantine.closed(RoomId(9), Lsn(40));
    quarantine.closed(RoomId(6), Lsn(40));
    assert!(!quarantine.has(RoomId(9)));
    assert_eq!(handed_out(&mut quarantine, 39), [0; 0]);
    quarantine.closed(RoomId(5), Lsn(41));
    assert_eq!(handed_out(&mut quarantine, 40), [9]);
    assert_eq!(handed_out(&mut quarantine, 50), [5]);
    assert_eq!(handed_out(&mut quarantine, 50), [0; 0]);
}

#[test]
fn a_room_that_nobody_has_stored_needs_no_end_and_one_that_is_stored_keeps_its_note() {
    let mut quarantine = Quarantine::of([RoomId(5), RoomId(9)].into());
    assert_eq!(handed_out(&mut quarantine, 100), [0; 0], "both may still be found");
    quarantine.looked_at_all(&[RoomId(5), RoomId(7)].into());
    assert_eq!(handed_out(&mut quarantine, 100), [9]);
    assert!(quarantine.has(RoomId(5)) && !quarantine.has(RoomId(9)));
    quarantine.closed(RoomId(5), Lsn(101));
    assert_eq!(handed_out(&mut quarantine, 100), [0; 0]);
    assert_eq!(handed_out(&mut quarantine, 101), [5]);
}
