//! Segments that were segments before: older frames of the same journal lie behind the end, in the spare, and in
//! every sector that a torn write missed. None of them ever comes back, and nothing that was told goes.

use super::{
    super::*,
    crash::{broken_at, calls_total, check},
};
use crate::logic::{
    frame::{FrameHeader, FrameKind, NewFrame, parse_frame, put_frame},
    journal::{JournalConfig, Keep, Prepared},
    journal_script::{
        IDENTITY, NOTHING_SETTLED, RECYCLING, Told, append, body, check_turns, expected, options_of, read_all,
    },
    model_disk::{FaultKind, ModelDisk, Random},
    segment::{SEGMENT_HEADER_BYTES, SegmentHeader, segment_name, segment_number, terminator_end},
};

/// What recovery would see, without changing anything: at least what was told, and only what was written.
fn look(mut disk: ModelDisk, told: &Told, at: &str) {
    let found = match examine(&mut disk, &expected(), Some(told.applied)) {
        Ok(found) => found,
        Err(RecoveryError::Absent) if !told.begun => return,
        Err(error) => panic!("{at}: {} {error}", error.code()),
    };
    assert!(told.acked <= found.last_lsn, "{at}: told {}, found {}", told.acked, found.last_lsn);
    let mut reader = Reader::open(&mut disk, IDENTITY, told.applied.lsn).expect("kept");
    let turns = read_all(&mut disk, &mut reader, found.last_lsn);
    check_turns(&turns, told.life, found.last_lsn, at);
}

/// Every subset of the sectors if there are few; of many each one alone, all but each one, each beginning, and
/// some others.
fn subsets(pieces: usize) -> Vec<u64> {
    let all = (1 << pieces) - 1;
    if pieces <= FEW {
        return (0..=all).collect();
    }
    let mut random = Random::new(pieces as u64);
    let each = (0..pieces).flat_map(|bit| [1 << bit, all ^ (1 << bit), (1 << bit) - 1]);
    each.chain((0..100).map(|_| random.long() & all)).chain([all]).collect()
}

#[test]
fn whatever_sectors_of_an_interrupted_write_survive_history_is_a_beginning_of_what_was_written() {
    let mut torn = 0;
    for call in 1..=calls_total(RECYCLING) {
        let (disk, told) = broken_at(RECYCLING, call, FaultKind::Crash, false, 1);
        for (name, _) in disk.files() {
            let pieces = disk.unsynced_pieces(&name);
            // Longer ones are zeros of a file that nobody uses yet.
            if !(1..=20).contains(&pieces) {
                continue;
            }
            for pieces in subsets(pieces) {
                let left = disk.after_torn_write(&name, pieces);
                let at = format!("crash at call {call}, sectors {pieces:b} of {name}");
                torn += 1;
                if torn % 32 == 0 {
                    check(left.clone(), &told, &at);
                }
                look(left, &told, &at);
            }
        }
    }
    assert!(torn > 2_000, "only {torn}");
}

/// Written through segments that were each used before, the last one with older frames behind its end.
struct Written {
    disk: ModelDisk,
    segments: Vec<String>,
    spare: String,
    from: CursorPosition,
    last_lsn: Lsn,
}

fn written(marked: bool) -> Written {
    let mut disk = ModelDisk::new();
    let mut journal = Journal::init(&mut disk, CONFIG, IDENTITY, 1).expect("an empty disk");
    journal.begin_epoch(Epoch(1), 11, 2).expect("a sound disk");
    let mut last_lsn = Lsn(0);
    for count in [9, 14, 30, 2, 1, 22, 5].into_iter().cycle().take(71) {
        append(&mut journal, count).expect("room");
        last_lsn = journal.commit().expect("a sound disk").lsn();
        journal.prepare(Keep { applied: last_lsn, ..NOTHING_SETTLED }).expect("space");
    }
    if marked {
        assert!(journal.mark(5).expect("a sound disk"));
    }
    // Half full is soon enough for the next one: this asks as if it were.
    journal.unlink_settled(Keep { applied: last_lsn, ..NOTHING_SETTLED }).expect("a sound disk");
    drop(journal);
    let disk = disk.after_power_loss(0);
    let mut segments = Vec::new();
    let mut spare = None;
    let mut from = None;
    for (name, bytes) in disk.files() {
        match SegmentHeader::parse(&bytes[..SEGMENT_HEADER_BYTES]) {
            Ok(header) => {
                assert!(header.recycled, "{name}");
                let lsn = Lsn(header.first_lsn.0 - 1);
                from.get_or_insert(CursorPosition { lsn, chain: header.previous_data_chain });
                segments.push(name);
            }
            Err(_) => spare = Some(name),
        }
    }
    let (spare, from) = (spare.expect("one waits"), from.expect("one"));
    Written { disk, segments, spare, from, last_lsn }
}

/// Where its frames end, by their checksums alone.
fn end_of(segment: &[u8]) -> usize {
    let header = SegmentHeader::parse(&segment[..SEGMENT_HEADER_BYTES]).expect("sound");
    let mut at = SEGMENT_HEADER_BYTES;
    while let Ok(frame) = parse_frame(&segment[at..], IDENTITY.seed()) {
        if frame.header.last_lsn() < header.first_lsn {
            break;
        }
        at += frame.header.frame_bytes();
    }
    at
}

/// Where its last frame begins, and its chain.
fn last_turn(segment: &[u8]) -> (usize, Chain) {
    let end = end_of(segment);
    let mut at = SEGMENT_HEADER_BYTES;
    loop {
        let header = parse_frame(&segment[at..], IDENTITY.seed()).expect("sound").header;
        if at + header.frame_bytes() == end {
            return (at, header.chain);
        }
        at += header.frame_bytes();
    }
}

/// How far history goes, or the name of the refusal; panics on any other history.
fn became(mut disk: ModelDisk, written: &Written, at: &str) -> Result<Lsn, &'static str> {
    let found = examine(&mut disk, &expected(), Some(written.from)).map_err(|error| error.code())?;
    let mut reader = Reader::open(&mut disk, IDENTITY, written.from.lsn).expect("sound");
    let mut next = written.from.lsn.next();
    for turn in read_all(&mut disk, &mut reader, found.last_lsn) {
        let count = u32::try_from(turn.last_lsn.0 + 1 - turn.first_lsn.0).expect("small");
        assert!(turn.first_lsn == next && turn.body == body(next.0, count), "{at}: another history");
        next = turn.last_lsn.next();
    }
    assert_eq!(next, found.last_lsn.next(), "{at}");
    Ok(found.last_lsn)
}

const REFUSALS: [&str; 3] = ["CORRUPT_ACKED", "MISSING_SEGMENT", "WRONG_JOURNAL"];

#[test]
fn no_flipped_bit_of_a_recycled_journal_changes_history() {
    let written = written(true);
    for name in written.segments.iter().chain([&written.spare]) {
        let content = written.disk.content(name).expect("there").to_vec();
        let header = SegmentHeader::parse(&content[..SEGMENT_HEADER_BYTES]);
        let used = header.map_or(0, |_| end_of(&content));
        // Each byte costs a whole look; these strides meet every kind of place, and every bit of a byte.
        let header = (0..SEGMENT_HEADER_BYTES).step_by(37);
        let frames = (SEGMENT_HEADER_BYTES..used).step_by(7);
        let behind = (used.max(SEGMENT_HEADER_BYTES)..content.len()).step_by(29);
        for byte in header.chain(frames).chain(behind) {
            let mut disk = written.disk.clone();
            disk.flip(name, byte * 8 + byte % 8);
            let at = format!("{name}, byte {byte}");
            match became(disk, &written, &at) {
                Ok(lsn) => assert_eq!(lsn, written.last_lsn, "{at}: all of it was told"),
                Err(code) => assert!(byte < used && REFUSALS.contains(&code), "{at}: {code}"),
            }
        }
    }
}

#[test]
fn zeros_and_older_bytes_over_anything_told_are_refused() {
    let written = written(true);
    let older = written.disk.content(&written.spare).expect("there").to_vec();
    let [.., before, last] = &written.segments[..] else { panic!("two segments") };
    for name in [before, last] {
        let content = written.disk.content(name).expect("there").to_vec();
        let used = end_of(&content);
        let tail = if name == last { 2 * MARK_BYTES } else { 0 };
        for from in (SEGMENT_HEADER_BYTES..used).step_by(17) {
            for (what, over) in [("zeros", &vec![0; older.len()]), ("older bytes", &older)] {
                let mut damaged = content.clone();
                let to = (from + 200).min(used);
                damaged[from..to].copy_from_slice(&over[from..to]);
                let mut disk = written.disk.clone();
                disk.plant(name, &damaged);
                let at = format!("{what} from {from} of {name}, which ends at {used}");
                match became(disk, &written, &at) {
                    Err(code) => assert!(REFUSALS.contains(&code), "{at}: {code}"),
                    Ok(lsn) => {
                        // With what proved the last turn gone too, an end is an end, as docs/JOURNAL.md admits.
                        let admitted = tail > 0 && from + 200 + tail >= used;
                        let same = damaged == content;
                        assert!(same || admitted, "{at}: {lsn}");
                    }
                }
            }
        }
    }
}

#[test]
fn an_end_before_newer_frames_is_none() {
    let written = written(true);
    let last = written.segments.last().expect("one");
    let content = written.disk.content(last).expect("there").to_vec();
    let used = end_of(&content);
    let mut tried = 0;
    let mut at = SEGMENT_HEADER_BYTES;
    while at < used {
        let bytes = parse_frame(&content[at..], IDENTITY.seed()).expect("sound").header.frame_bytes();
        let to = usize::try_from(terminator_end(at as u64)).expect("small");
        // As a disk would that forgot the page in which this frame begins; its mark still lies behind.
        if to + MARK_BYTES <= used {
            let mut damaged = content.clone();
            damaged[at..to].fill(0);
            let mut disk = written.disk.clone();
            disk.plant(last, &damaged);
            assert_eq!(became(disk, &written, "a page of zeros"), Err("CORRUPT_ACKED"), "at {at} of {used}");
            tried += 1;
        }
        at += bytes;
    }
    assert!(tried > 0, "the last segment's {used} bytes are all in one page");
}

#[test]
fn a_last_turn_that_became_zeros_to_the_end_of_its_page_is_refused_if_the_database_has_it() {
    let written = written(false);
    let last = written.segments.last().expect("one");
    let content = written.disk.content(last).expect("there").to_vec();
    let (turn, chain) = last_turn(&content);
    let mut damaged = content;
    let to = usize::try_from(terminator_end(turn as u64)).expect("small").min(damaged.len());
    damaged[turn..to].fill(0);
    let mut disk = written.disk.clone();
    disk.plant(last, &damaged);
    let cursor = CursorPosition { lsn: written.last_lsn, chain };
    let refused = examine(&mut disk, &expected(), Some(cursor)).map(|_| ()).expect_err("applied and gone");
    assert_eq!(refused.code(), "JOURNAL_BEHIND_DB");
}

#[test]
fn a_database_that_is_too_old_is_refused_beside_a_blank_segment_too_and_one_that_is_not_is_not() {
    let written = written(true);
    let blank = written.disk.content(&written.spare).expect("there").to_vec();
    let oldest = segment_number(&written.segments[0]).expect("a name");
    let mut crashed = written.disk.clone();
    crashed.remove(&written.spare);
    crashed.plant(&segment_name(oldest - 1), &blank);
    let too_old = Some(CursorPosition { lsn: Lsn(written.from.lsn.0 - 1), ..written.from });
    for (disk, code) in [(&written.disk, "JOURNAL_TOO_SHORT"), (&crashed, "CORRUPT_ACKED")] {
        let error = examine(&mut disk.clone(), &expected(), too_old).map(|_| ()).expect_err("too old");
        assert_eq!(error.code(), code);
        for cursor in [None, Some(written.from)] {
            let found = examine(&mut disk.clone(), &expected(), cursor).expect("sound");
            assert_eq!(found.last_lsn, written.last_lsn);
        }
    }
}

#[test]
fn only_zeros_as_every_write_leaves_them_are_an_end_and_a_damaged_turn_is_none() {
    let written = written(false);
    let last = written.segments.last().expect("one");
    let content = written.disk.content(last).expect("there");
    let (turn, chain) = last_turn(content);
    // Its header and its body; nothing but the database knows that it was told.
    for byte in [turn, turn + 20, end_of(content) - 40] {
        let mut disk = written.disk.clone();
        disk.flip(last, byte * 8);
        let cursor = Some(CursorPosition { lsn: written.last_lsn, chain });
        let refused = examine(&mut disk, &expected(), cursor).map(|_| ()).expect_err("damaged");
        assert_eq!(refused.code(), "CORRUPT_ACKED", "byte {byte}");
        let Recovered { durable, report, .. } = recover(&mut disk, &options_of(CONFIG)).expect("a torn tail");
        assert!(durable < written.last_lsn && report.quarantined.is_some(), "byte {byte}: to be looked at");
    }
}

#[test]
fn a_frame_that_names_the_first_record_of_its_segment_was_not_there_before() {
    let written = written(false);
    let last = written.segments.last().expect("one");
    let content = written.disk.content(last).expect("there");
    let header = SegmentHeader::parse(&content[..SEGMENT_HEADER_BYTES]).expect("sound");
    let before = Lsn(header.first_lsn.0 - 1);
    for (lsn, found) in [(before, Ok(before)), (header.first_lsn, Err("CORRUPT_ACKED"))] {
        let mut bytes = content[..SEGMENT_HEADER_BYTES].to_vec();
        bytes.resize(2 * SEGMENT_HEADER_BYTES, 0);
        let (kind, epoch) = (FrameKind::Mark, header.epoch);
        let mark =
            NewFrame { kind, first_lsn: lsn, count: 0, epoch, durable_lsn: lsn, wall_ms: 1, body: &[] };
        put_frame(&mut bytes, &mark, Chain([5; 16]), IDENTITY.seed());
        let mut disk = written.disk.clone();
        disk.plant(last, &bytes);
        assert_eq!(became(disk, &written, "a mark behind zeros"), found);
    }
}

#[test]
fn older_frames_lie_behind_the_end_and_are_no_tail() {
    let written = written(false);
    let last = written.segments.last().expect("one");
    let content = written.disk.content(last).expect("there").to_vec();
    let end = end_of(&content);
    let zeros = usize::try_from(terminator_end(end as u64)).expect("small").min(content.len());
    assert!(content[end..zeros].iter().all(|&byte| byte == 0));
    assert!(content[zeros..].iter().any(|&byte| byte != 0), "nothing behind, and nothing is tested");
    let mut disk = written.disk.clone();
    let Recovered { durable, report, .. } = recover(&mut disk, &options_of(CONFIG)).expect("sound");
    assert_eq!((durable, report.cut_bytes, report.quarantined), (written.last_lsn, 0, None));
    assert_eq!(disk.content(last).expect("there").len(), end, "the older ones are gone all the same");
}

#[test]
fn a_spare_that_was_a_segment_is_unlinked_and_one_that_was_begun_is_set_aside() {
    let written = written(true);
    let recovered = |disk: &mut ModelDisk| {
        let Recovered { durable, report, .. } = recover(&mut *disk, &options_of(CONFIG)).expect("sound");
        assert_eq!(durable, written.last_lsn);
        report.quarantined
    };
    assert_eq!(recovered(&mut written.disk.clone()), None);
    // A frame that comes after the end, as a rotation leaves it whose header the power took.
    let spare = written.disk.content(&written.spare).expect("there").to_vec();
    for at in [SEGMENT_HEADER_BYTES, SEGMENT_HEADER_BYTES + 512, 8 << 10] {
        let mut torn = ModelDisk::new();
        let mut journal = Journal::init(&mut torn, CONFIG, IDENTITY, 1).expect("an empty disk");
        journal.begin_epoch(Epoch(1), 11, 2).expect("a sound disk");
        while journal.tail().last_lsn <= written.last_lsn {
            append(&mut journal, 30).expect("room");
        }
        journal.commit().expect("a sound disk");
        drop(journal);
        let (_, bytes) = torn.files().pop().expect("one");
        let mut newest = None;
        let mut place = SEGMENT_HEADER_BYTES;
        while let Ok(frame) = parse_frame(&bytes[place.min(bytes.len())..], IDENTITY.seed()) {
            newest = Some(bytes[place..place + frame.header.frame_bytes()].to_vec());
            place += frame.header.frame_bytes();
        }
        let newest = newest.expect("one");
        assert!(FrameHeader::parse(&newest, IDENTITY.seed()).expect("sound").last_lsn() > written.last_lsn);
        let mut begun = spare.clone();
        let room = newest.len().min(begun.len() - at);
        begun[at..at + room].copy_from_slice(&newest[..room]);
        let mut disk = written.disk.clone();
        disk.plant(&written.spare, &begun);
        assert!(recovered(&mut disk).is_some(), "at {at}");
    }
    let mut damaged = spare;
    damaged[700] = 1;
    let mut disk = written.disk.clone();
    disk.plant(&written.spare, &damaged);
    assert!(recovered(&mut disk).is_some(), "a header that is not blank");
}

#[test]
fn what_recovery_found_and_what_is_old_is_never_used_again() {
    let written = written(true);
    let mut disk = written.disk.clone();
    let Recovered { mut journal, .. } = recover(&mut disk, &options_of(CONFIG)).expect("sound");
    journal.begin_epoch(Epoch(2), 12, 9).expect("a sound disk");
    let keep = Keep { applied: written.last_lsn, ..NOTHING_SETTLED };
    let gone = journal.unlink_settled(keep).expect("a sound disk");
    assert!(gone.segments >= 1);
    drop(journal);
    for (name, bytes) in disk.files() {
        assert!(
            SegmentHeader::parse(&bytes[..SEGMENT_HEADER_BYTES]).is_ok(),
            "{name} waits to be used again"
        );
    }

    let aging = JournalConfig { keep_ms: 10, keep_bytes: 0, ..CONFIG };
    let mut disk = ModelDisk::new();
    let mut journal = Journal::init(&mut disk, aging, IDENTITY, 1).expect("an empty disk");
    journal.begin_epoch(Epoch(1), 11, 2).expect("a sound disk");
    for _ in 0..9 {
        let applied = append(&mut journal, 40).expect("room").last_lsn;
        journal.commit().expect("a sound disk");
        let keep = Keep { applied, pinned_from: None, now_ms: 1 << 40 };
        assert_ne!(journal.prepare(keep).expect("space"), Prepared::NotYet);
        journal.unlink_settled(keep).expect("a sound disk");
    }
    drop(journal);
    for (name, bytes) in disk.files() {
        let recycled =
            SegmentHeader::parse(&bytes[..SEGMENT_HEADER_BYTES]).is_ok_and(|header| header.recycled);
        assert!(!recycled, "{name}");
    }
}

/// Pages behind the header so that the zeros at an end do not reach the end of the file.
const CONFIG: JournalConfig = JournalConfig {
    segment_bytes: (4 << 10) + 9_000,
    keep_ms: u64::MAX,
    keep_bytes: 2 * ((4 << 10) + 9_000),
};
/// Of a MARK frame.
const MARK_BYTES: usize = 88;
/// So many sectors that all their subsets are tried.
const FEW: usize = 7;
