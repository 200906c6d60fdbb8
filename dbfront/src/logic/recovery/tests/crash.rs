//! Interrupted at every call: by a crash with any loss, by an error once and for ever, by a full disk.

use super::super::*;
use crate::logic::{
    amend::Amendments,
    journal_script::{
        self as script, IDENTITY, KEEPING, LIVES, RECYCLING, Told, append, check_turns, expected, options_of,
        read_all, run,
    },
    model_disk::{Fault, FaultKind, ModelDisk, Random},
    scan::amendments_after,
};

pub(super) fn calls_total(life: JournalConfig) -> u64 {
    let mut disk = ModelDisk::new();
    let told = run(&mut disk, life, 1);
    assert_eq!(told.error, None);
    assert_eq!(told.acked.0, u64::from(script::turns_of(life).concat().iter().sum::<u32>()));
    disk.calls()
}

pub(super) fn broken_at(
    life: JournalConfig,
    call: u64,
    kind: FaultKind,
    for_ever: bool,
    tries: u32,
) -> (ModelDisk, Told) {
    let mut disk = ModelDisk::new().with_fault(Fault { at_call: call, for_ever, kind });
    let told = run(&mut disk, life, tries);
    (disk, told)
}

/// Recovers, and checks everything that was promised. Gives back the disk and what recovery promised in turn.
pub(super) fn check(mut disk: ModelDisk, told: &Told, at: &str) -> Option<(ModelDisk, Lsn)> {
    let cursor = Some(told.applied);
    // What was applied is not looked at again; what was not has its replacement, if that was durable.
    let is_due = |lsn: &&Lsn| told.applied.lsn < **lsn;
    let due: Vec<Lsn> = told.amended.iter().filter(is_due).copied().collect();
    let has_all = |amendments: &Amendments| {
        for &lsn in &due {
            assert_eq!(
                amendments.of(lsn),
                Some(&script::amendment_of(lsn)),
                "{at}: the replacement of {lsn}"
            );
        }
    };
    match examine(&mut disk, &expected(), cursor) {
        Ok(found) => has_all(&found.amendments),
        Err(RecoveryError::Absent) if !told.begun => return None,
        Err(error) => panic!("{at}, with the database's cursor: {} {error}", error.code()),
    }
    let recovered = match recover(&mut disk, &options_of(told.life)) {
        Ok(recovered) => recovered,
        Err(RecoveryError::Absent) if !told.begun => return None,
        Err(error) => panic!("{at}: {} {error}", error.code()),
    };
    let Recovered { mut after_cursor, durable, epoch, amendments, .. } = recovered;
    has_all(&amendments);
    has_all(&amendments_after(&mut disk, told.applied.lsn).expect("a sound disk"));
    assert!(told.acked <= durable, "{at}: told {}, found {durable}", told.acked);
    assert!(told.epoch <= epoch, "{at}: granted {}, found {epoch}", told.epoch);
    if told.life == RECYCLING {
        // Of several that were unlinked, an older one may be back alone: the database says where to begin.
        after_cursor = check_cursor(&mut disk, IDENTITY, durable, told.applied).expect("kept");
    }
    let turns = read_all(&mut disk, &mut after_cursor, durable);
    check_turns(&turns, told.life, durable, at);
    let oldest = turns.first().map_or(durable.next(), |turn| turn.first_lsn);
    assert!(oldest <= told.applied.lsn.next(), "{at}: applied {}, kept from {oldest}", told.applied.lsn);
    Some((disk, durable))
}

/// The ways in which a crash may leave a disk.
fn left_by_crash(disk: &ModelDisk, seeds: std::ops::Range<u64>) -> impl Iterator<Item = (String, ModelDisk)> {
    let lost = seeds.map(|seed| (format!("power loss {seed}"), disk.after_power_loss(seed)));
    std::iter::once(("kill".to_owned(), disk.after_kill())).chain(lost)
}

#[test]
fn nothing_told_is_lost_at_any_crash() {
    for life in LIVES {
        for call in 1..=calls_total(life) {
            let (disk, told) = broken_at(life, call, FaultKind::Crash, false, 1);
            for (how, left) in left_by_crash(&disk, 0..8) {
                let at = format!("crash at call {call}, {how}");
                let Some((disk, durable)) = check(left, &told, &at) else { continue };
                // What recovery reported is a promise too: it was fed from bytes that were only readable.
                let told = Told { acked: durable, ..told };
                check(disk.after_power_loss(0), &told, &format!("{at}, then power loss after recovery"));
                check(disk.after_power_loss(call), &told, &format!("{at}, then some loss after recovery"));
            }
        }
    }
}

#[test]
fn writing_goes_on_after_any_crash() {
    for life in LIVES {
        for call in 1..=calls_total(life) {
            let (disk, told) = broken_at(life, call, FaultKind::Crash, false, 1);
            let mut disk = disk.after_power_loss(call * 7 + 1);
            let at = format!("crash at call {call}");
            let Ok(Recovered { mut journal, durable, epoch, .. }) = recover(&mut disk, &options_of(life))
            else {
                assert!(!told.begun, "{at}");
                continue;
            };
            journal.begin_epoch(Epoch(epoch.0 + 1), 77, 9).expect("a sound disk");
            let appended = append(&mut journal, 3).expect("room");
            journal.commit().expect("a sound disk");
            drop(journal);
            let mut disk = disk.after_power_loss(0);
            let again = recover(&mut disk, &options_of(life)).unwrap_or_else(|error| panic!("{at}: {error}"));
            assert_eq!((again.durable, again.instance), (Lsn(durable.0 + 3), 77), "{at}");
            assert_eq!(again.journal.tail().data_chain, appended.chain, "{at}");
        }
    }
}

#[test]
fn recovery_may_itself_be_interrupted_at_any_call_again_and_again() {
    for life in LIVES {
        let total = calls_total(life);
        for call in 1..=total {
            let (disk, told) = broken_at(life, call, FaultKind::Crash, false, 1);
            let mut left = disk.after_power_loss(call);
            if call % 3 == 0 {
                left = disk.after_kill();
            }
            for at_call in 1.. {
                let fault = Fault { at_call, for_ever: false, kind: FaultKind::Crash };
                let mut again = left.clone().with_fault(fault);
                let ended = recover(&mut again, &options_of(life)).map(|_| ()).is_ok();
                if !again.is_dead() {
                    assert!(ended || !told.begun, "crash at call {call}");
                    break;
                }
                let at = format!("crash at call {call}, and at {at_call} of recovery");
                check(again.after_kill(), &told, &at);
                check(again.after_power_loss(0), &told, &at);
                check(again.after_power_loss(at_call), &told, &at);
            }
        }
    }
}

#[test]
fn ten_interrupted_recoveries_end_like_one() {
    for life in LIVES {
        for seed in 1..200 {
            let mut random = Random::new(seed);
            let (disk, told) =
                broken_at(life, 1 + random.below(calls_total(life)), FaultKind::Crash, false, 1);
            let mut left = disk.after_power_loss(seed);
            let Some((_, once)) = check(left.clone(), &told, &format!("seed {seed}")) else { continue };
            for _ in 0..10 {
                let fault = Fault { at_call: 1 + random.below(9), for_ever: false, kind: FaultKind::Crash };
                let mut again = left.clone().with_fault(fault);
                let _ = recover(&mut again, &options_of(life));
                left = if random.coin() { again.after_kill() } else { again.after_power_loss(random.long()) };
            }
            let (_, last) = check(left, &told, &format!("seed {seed}, ten times")).expect("was there before");
            // What was readable and not told may go with the power; what was told may not, and nothing appears.
            assert!(told.acked <= last && last <= once, "seed {seed}");
        }
    }
}

#[test]
fn an_error_of_the_disk_is_the_last_thing_that_is_asked_of_it() {
    for life in LIVES {
        for for_ever in [false, true] {
            for call in 1..=calls_total(life) {
                let (disk, told) = broken_at(life, call, FaultKind::Io, for_ever, 1);
                let at = format!("error at call {call}, for ever: {for_ever}");
                assert_eq!(told.error, Some("JOURNAL_FAILED"), "{at}");
                assert_eq!(disk.calls(), call, "{at}: the journal went on");
                for (how, left) in left_by_crash(&disk, 0..4) {
                    let at = format!("{at}, {how}");
                    let Some((disk, durable)) = check(left, &told, &at) else { continue };
                    // Y1: what a failed sync left readable must not be believed to be on the disk.
                    let told = Told { acked: durable, ..told };
                    check(disk.after_power_loss(0), &told, &format!("{at}, then power loss"));
                }
            }
        }
    }
}

#[test]
fn a_disk_that_stays_broken_stops_recovery_by_name() {
    let (disk, _) = broken_at(KEEPING, calls_total(KEEPING), FaultKind::Io, true, 1);
    let mut still = disk.after_kill().with_fault(Fault { at_call: 1, for_ever: true, kind: FaultKind::Io });
    let error = recover(&mut still, &options_of(KEEPING)).map(|_| ()).expect_err("a broken disk");
    assert_eq!(error.code(), "JOURNAL_FAILED");
}

#[test]
fn a_full_disk_loses_nothing_and_writing_goes_on_when_there_is_space() {
    for life in LIVES {
        let total = calls_total(life);
        for call in 1..=total {
            let (disk, told) = broken_at(life, call, FaultKind::Full, false, 2);
            let at = format!("full at call {call}");
            match told.error {
                None => assert!(told.acked.0 > 0, "{at}"),
                // A sync that says it was full has lost bytes all the same.
                Some(code) => assert_eq!(code, "JOURNAL_FAILED", "{at}"),
            }
            check(disk.after_kill(), &told, &at);
            check(disk.after_power_loss(0), &told, &at);

            let (disk, told) = broken_at(life, call, FaultKind::Full, true, 2);
            assert!(matches!(told.error, Some("JOURNAL_FULL" | "JOURNAL_FAILED")), "{at} for ever");
            check(disk.after_kill(), &told, &format!("{at} for ever"));
            check(disk.after_power_loss(0), &told, &format!("{at} for ever"));
        }
    }
}

#[test]
fn writes_may_be_as_short_as_they_like() {
    for life in LIVES {
        let mut whole = ModelDisk::new();
        run(&mut whole, life, 1);
        let stride = if life == KEEPING { 1 } else { 23 };
        for bytes in (1..600).step_by(stride).chain([1_000, 4_095, 4_097]) {
            let (disk, told) = broken_at(life, 1, FaultKind::Short(bytes), true, 1);
            assert_eq!(told.error, None, "{bytes} bytes at a time");
            assert!(disk.files() == whole.files(), "{bytes} bytes at a time");
        }
        for call in 1..=calls_total(life) {
            let (disk, told) = broken_at(life, call, FaultKind::Short(7), false, 1);
            assert_eq!(told.error, None, "short at call {call}");
            assert!(disk.files() == whole.files(), "short at call {call}");
        }
    }
}
