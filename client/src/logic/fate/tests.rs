//! The table of fates.

use super::*;

#[test]
fn the_fate_table() {
    let table = [
        // cseq_last, cseq_ok, cseq, fate
        (0, 0, 1, Fate::DidNot),
        (10, 0, 11, Fate::DidNot),
        (10, 0, u64::MAX, Fate::DidNot),
        (10, 0b1, 10, Fate::Happened),
        (10, 0b10, 10, Fate::DidNot),
        (10, 0b10, 9, Fate::Happened),
        (10, 1 << 9, 1, Fate::Happened),
        (10, 0, 0, Fate::Unknown),
        (100, 1 << 63, 37, Fate::Happened),
        (100, u64::MAX >> 1, 37, Fate::DidNot),
        (100, u64::MAX, 36, Fate::Unknown),
        (100, u64::MAX, 1, Fate::Unknown),
        (u64::MAX, 1, u64::MAX, Fate::Happened),
    ];
    for (cseq_last, cseq_ok, cseq, fate) in table {
        assert_eq!(Sequence { cseq_last, cseq_ok }.fate(cseq), fate, "{cseq} after {cseq_last}/{cseq_ok:b}");
    }
}

#[test]
fn every_command_that_a_session_may_leave_unanswered_has_a_known_fate() {
    for executed in 0..=64u64 {
        // Numbers 1..=64 went out, the server got as far as `executed`, all fine.
        let ok = if executed == 0 { 0 } else { u64::MAX >> (64 - executed) };
        let sequence = Sequence { cseq_last: executed, cseq_ok: ok };
        for cseq in 1..=64 {
            let expected = if cseq <= executed { Fate::Happened } else { Fate::DidNot };
            assert_eq!(sequence.fate(cseq), expected, "{cseq} of {executed}");
        }
    }
}
