//! docs/JOURNAL.md against the code: its tables are exactly ours.

use std::fmt::Debug;

use super::super::{table::ROWS, *};
use crate::logic::{
    frame::{self, FRAME_BODY_BYTES_MAX, FRAME_HEADER_BYTES, FRAME_MAGIC, FRAME_TRAILER_BYTES, FrameKind},
    segment::{self, SEGMENT_FORMAT, SEGMENT_HEADER_BYTES, SEGMENT_MAGIC},
};

const DOCUMENT: &str = include_str!("../../../../../docs/JOURNAL.md");

/// The cells of each row of the `nth` table under this heading row.
fn table(heading: &str, nth: usize) -> Vec<Vec<&'static str>> {
    let (start, _) = DOCUMENT.match_indices(heading).nth(nth).unwrap_or_else(|| panic!("no table {heading}"));
    let lines = DOCUMENT[start..].lines().skip(2).take_while(|line| line.starts_with('|'));
    lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// Each field begins where the one before it ends, but for a stretch of zeros before the last.
fn offsets(nth: usize) -> Vec<(usize, usize)> {
    let rows = table("| offset | bytes | field |", nth);
    rows.iter().map(|row| (row[0].parse().expect("a number"), row[1].parse().expect("a number"))).collect()
}

#[test]
fn the_segments_header_is_drawn_as_it_is() {
    use segment::field;
    let ours = [
        (field::MAGIC, 8),
        (field::FORMAT, 2),
        (field::FLAGS, 2),
        (field::HEADER_BYTES, 4),
        (field::JOURNAL_UUID, 16),
        (field::WORLD_HASH, 16),
        (field::NUMBER, 8),
        (field::FIRST_LSN, 8),
        (field::SUPERSEDES_FROM, 8),
        (field::DURABLE_LSN, 8),
        (field::EPOCH, 8),
        (field::INSTANCE, 8),
        (field::PREVIOUS_CHAIN, 16),
        (field::PREVIOUS_DATA_CHAIN, 16),
        (field::CREATED_MS, 8),
        (field::BUILD_ID, 16),
        (field::PARENT_UUID, 16),
        (field::PARENT_LSN, 8),
        (field::PARENT_CHAIN, 16),
        (field::LOST_FROM, 8),
        (field::LOST_TO, 8),
        (field::CRC, 4),
    ];
    assert_eq!(offsets(0), ours);
    let [fields @ .., last] = &ours;
    assert!(
        fields.windows(2).all(|pair| pair[0].0 + pair[0].1 == pair[1].0),
        "a field begins where one ends"
    );
    assert_eq!(last.0 + last.1, SEGMENT_HEADER_BYTES);
    let rows = table("| offset | bytes | field |", 0);
    assert!(rows[0][2].contains(std::str::from_utf8(&SEGMENT_MAGIC).expect("text")));
    assert!(rows[1][2].ends_with(&SEGMENT_FORMAT.to_string()));
    assert!(rows[3][2].ends_with(&SEGMENT_HEADER_BYTES.to_string()));
}

#[test]
fn the_frames_header_is_drawn_as_it_is() {
    use frame::field;
    let ours = [
        (field::MAGIC, 4),
        (field::FRAME_BYTES, 4),
        (field::KIND, 1),
        (field::FLAGS, 1),
        (field::SCHEMA, 2),
        (field::BODY_BYTES, 4),
        (field::FIRST_LSN, 8),
        (field::EPOCH, 8),
        (field::DURABLE_LSN, 8),
        (field::WALL_MS, 8),
        (field::COUNT, 4),
        (field::BODY_CRC, 4),
        (field::CHAIN, 16),
        (field::HEADER_CRC, 4),
        (field::RESERVED, 4),
    ];
    assert_eq!(offsets(1), ours);
    assert!(ours.windows(2).all(|pair| pair[0].0 + pair[0].1 == pair[1].0), "a field begins where one ends");
    let rows = table("| offset | bytes | field |", 1);
    assert!(rows[0][2].contains(std::str::from_utf8(&FRAME_MAGIC.to_le_bytes()).expect("text")));
    assert!(DOCUMENT.contains(&format!("Header {FRAME_HEADER_BYTES} bytes, then the body")));
    assert_eq!(FRAME_TRAILER_BYTES, 4 + 4);
    assert_eq!(FRAME_BODY_BYTES_MAX, 1_114_112);
    assert!(DOCUMENT.contains("A body has at most 1,114,112 bytes."));
}

#[test]
fn the_kinds_of_frames_are_listed() {
    let rows: Vec<_> = table("| kind | code | body |", 0);
    let ours: Vec<_> =
        FrameKind::ALL.iter().map(|kind| (format!("{kind:?}"), kind.code().to_string())).collect();
    let theirs: Vec<_> = rows.iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    assert_eq!(theirs, ours);
}

#[test]
fn the_decision_table_is_the_code() {
    fn names<T: Debug>(of: &[T]) -> String {
        of.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>().join(", ")
    }
    let ours: Vec<_> = ROWS
        .iter()
        .map(|row| vec![names(row.ends), names(row.follows), names(row.proofs), format!("{:?}", row.verdict)])
        .collect();
    assert_eq!(table("| frames end with | next sound segment | proof | verdict |", 0), ours);
}

#[test]
fn every_stop_that_recovery_can_name_is_listed() {
    let listed: Vec<_> =
        table("| name | meaning | way out |", 0).iter().map(|row| row[0].trim_matches('`')).collect();
    let (lsn, number, what) = (Lsn(1), 1, "");
    let io = || io::Error::other("");
    let errors = [
        RecoveryError::Disk { step: "", source: io() },
        RecoveryError::Full { step: "" },
        RecoveryError::Absent,
        RecoveryError::UnknownFile { name: String::new() },
        RecoveryError::Renamed { name: String::new(), number },
        RecoveryError::MissingSegment { from: lsn, to: lsn },
        RecoveryError::CorruptAcked { lsn, proven: lsn },
        RecoveryError::WrongJournal { number, what },
        RecoveryError::BehindDb { last: lsn, cursor: lsn },
        RecoveryError::TooShort { oldest: lsn, cursor: lsn },
        RecoveryError::TooNew { what: String::new() },
    ];
    for error in &errors {
        assert!(listed.contains(&error.code()), "{}", error.code());
        // A variant more breaks this match, and then belongs into the list above.
        match error {
            RecoveryError::Disk { .. }
            | RecoveryError::Full { .. }
            | RecoveryError::Absent
            | RecoveryError::UnknownFile { .. }
            | RecoveryError::Renamed { .. }
            | RecoveryError::MissingSegment { .. }
            | RecoveryError::CorruptAcked { .. }
            | RecoveryError::WrongJournal { .. }
            | RecoveryError::BehindDb { .. }
            | RecoveryError::TooShort { .. }
            | RecoveryError::TooNew { .. } => {}
        }
    }
    let codes: Vec<_> = errors.iter().map(RecoveryError::code).chain(["WRITER_EXISTS"]).collect();
    assert!(listed.iter().all(|name| codes.contains(name)), "a name that nothing says");
}
