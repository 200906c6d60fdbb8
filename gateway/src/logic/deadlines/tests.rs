//! Order, earlier only, and no entry left behind.

use super::*;

#[test]
fn only_an_earlier_deadline_moves_and_each_fires_once() {
    let (first, second) = (ConnKey::from_id(1 << 32 | 1), ConnKey::from_id(1 << 32 | 2));
    let (mut armed_first, mut armed_second) = (NEVER_MS, NEVER_MS);
    let mut deadlines = Deadlines::default();
    deadlines.advance(first, &mut armed_first, 100);
    deadlines.advance(second, &mut armed_second, 50);
    deadlines.advance(first, &mut armed_first, 500);
    assert_eq!((armed_first, deadlines.len()), (100, 2));
    deadlines.advance(first, &mut armed_first, 20);
    assert_eq!((deadlines.next_ms(), deadlines.len()), (Some(20), 2));
    assert_eq!(deadlines.take_due(19), None);
    assert_eq!(deadlines.take_due(60), Some(first));
    assert_eq!(deadlines.take_due(60), Some(second));
    assert!(deadlines.is_empty());
}

#[test]
fn a_disarmed_connection_leaves_nothing() {
    let key = ConnKey::from_id(1 << 32 | 1);
    let mut armed = NEVER_MS;
    let mut deadlines = Deadlines::default();
    deadlines.disarm(key, &mut armed);
    deadlines.advance(key, &mut armed, 10);
    deadlines.disarm(key, &mut armed);
    assert!(deadlines.is_empty() && armed == NEVER_MS);
}
