//! Turns in, proofs out, and what is refused.

use super::*;
use crate::logic::{
    journal_script::{append, body, fresh, options, read_all},
    model_disk::ModelDisk,
    recovery::{Recovered, recover},
};

#[test]
fn what_was_committed_is_read_again_turn_by_turn() {
    let mut journal = fresh(ModelDisk::new());
    let mut expected = Vec::new();
    for count in [1, 3, 40, 2, 30, 1, 45] {
        let first = journal.tail().last_lsn.next();
        append(&mut journal, count).expect("room");
        let durable = journal.commit().expect("a sound disk");
        assert_eq!(durable.lsn().0, first.0 + u64::from(count) - 1);
        expected.push((first, body(first.0, count)));
    }
    let mut disk = journal.into_disk().after_kill();
    let Recovered { mut after_cursor, durable, epoch, instance, .. } =
        recover(&mut disk, &options()).expect("sound");
    assert_eq!((durable, epoch, instance), (Lsn(122), Epoch(1), 11));
    let turns = read_all(&mut disk, &mut after_cursor, durable);
    let turns: Vec<_> = turns.into_iter().map(|turn| (turn.first_lsn, turn.body.to_vec())).collect();
    assert_eq!(turns, expected);
}
