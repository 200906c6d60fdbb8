//! The writing half of recovery. The order is the safety: what is cut is set aside first, the new segment is
//! whole before its header makes it part of history, and only then is anything taken away.

use std::collections::VecDeque;

use super::{
    Recovered, RecoveryError, RecoveryOptions, RecoveryReport, disk_error,
    examine::{Behind, Examination},
    journal_error,
    listing::quarantine_name,
};
use crate::{
    failpoint::point,
    logic::{
        disk::{self, Disk},
        frame::FRAME_BYTES_MAX,
        journal::{
            Journal, KeptSegment, NewSegment, Parts, SEGMENT_BYTES_MIN, create_whole, header_after, lost,
        },
        reader::Reader,
        segment::{SEGMENT_BYTES_MAX, SEGMENT_HEADER_BYTES, Window, segment_name},
    },
};

pub(super) fn repair<D: Disk>(
    mut disk: D,
    options: &RecoveryOptions,
    found: &Examination,
    mut report: RecoveryReport,
) -> Result<Recovered<D>, RecoveryError> {
    point!("recovery.examined");
    unlink_never_written(&mut disk, found)?;
    point!("recovery.unlinked");
    report.quarantined = set_aside(&mut disk, found)?;
    point!("recovery.aside");
    let number = found.listing.next_number();
    let (bytes, written_to) = begin_segment(&mut disk, options, found, number)?;
    take_away(&mut disk, found)?;

    let after =
        options.cursor.map_or(found.listing.sound[0].first_lsn.0.saturating_sub(1), |cursor| cursor.lsn.0);
    let parts = Parts {
        identity: found.identity,
        tail: found.end.tail,
        segments: kept_segments(
            &mut disk,
            found,
            KeptSegment {
                number,
                first_lsn: found.unproven_from.tail.last_lsn.next(),
                created_ms: options.wall_ms,
                bytes,
                made_here: true,
            },
        )?,
        strays: strays(found),
        written_to,
    };
    let after_cursor =
        Reader::open(&mut disk, found.identity, proto::ids::Lsn(after)).map_err(super::read_error)?;
    point!("recovery.done");
    Ok(Recovered {
        journal: Journal::assemble(disk, options.journal, parts),
        identity: found.identity,
        durable: found.end.tail.last_lsn,
        epoch: found.end.tail.epoch,
        instance: found.end.tail.instance,
        after_cursor,
        amendments: found.amendments.clone(),
        report,
    })
}

/// Spares that no turn was written to, first of all: a recovery that ends early for want of space must not leave one more.
fn unlink_never_written<D: Disk>(disk: &mut D, found: &Examination) -> Result<(), RecoveryError> {
    let spare: Vec<&Behind> = found.behind.iter().filter(|behind| !behind.begun).collect();
    for behind in &spare {
        disk.unlink(&segment_name(behind.number)).map_err(disk_error("unlinking a spare segment"))?;
    }
    if !spare.is_empty() {
        disk.sync_dir().map_err(lost).map_err(disk_error("syncing the folder"))?;
    }
    Ok(())
}

/// Copies what will be taken away, bounded in bytes and files.
fn set_aside<D: Disk>(disk: &mut D, found: &Examination) -> Result<Option<String>, RecoveryError> {
    let torn = (found.torn_to > 0).then_some((found.last.number, found.end.offset, found.torn_to));
    let begun = found.behind.iter().filter(|behind| behind.begun);
    let cuts: Vec<(u64, u64, u64)> =
        torn.into_iter().chain(begun.map(|behind| (behind.number, 0, behind.used_to))).collect();
    let mut names = found.listing.quarantined.clone();
    let mut newest = None;
    for (number, from, to) in cuts {
        let name = quarantine_name(number, from);
        let source = Window::new(segment_name(number));
        copy(
            disk,
            Copy { source, from, to: to.min(from + QUARANTINE_BYTES_MAX), target: &name, target_at: 0 },
            || !names.contains(&name),
        )?;
        disk.sync(&name).map_err(lost).map_err(disk_error("syncing a quarantined tail"))?;
        if !names.contains(&name) {
            names.push(name.clone());
        }
        newest = Some(name);
    }
    let surplus = names.len().saturating_sub(QUARANTINE_FILES_MAX);
    for name in names.iter().take(surplus) {
        disk.unlink(name).map_err(disk_error("unlinking an old quarantined tail"))?;
    }
    if newest.is_some() || surplus > 0 {
        disk.sync_dir().map_err(lost).map_err(disk_error("syncing the folder"))?;
    }
    Ok(newest)
}

/// The new segment: what was readable and not proven, synced; then the header that makes it count, synced.
fn begin_segment<D: Disk>(
    disk: &mut D,
    options: &RecoveryOptions,
    found: &Examination,
    number: u64,
) -> Result<(u64, u64), RecoveryError> {
    let name = segment_name(number);
    let copied = found.end.offset - found.unproven_from.offset;
    let written_to = SEGMENT_HEADER_BYTES as u64 + copied;
    let wanted = options.journal.segment_bytes.clamp(SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX);
    // Room for control frames at least, should the configured size be smaller than what there is to copy.
    let bytes = wanted.max(written_to + CONTROL_BYTES);
    create_whole(disk, &name, bytes).map_err(journal_error)?;
    point!("recovery.created");
    if copied > 0 {
        let source = Window::new(segment_name(found.last.number));
        let (from, to) = (found.unproven_from.offset, found.end.offset);
        copy(disk, Copy { source, from, to, target: &name, target_at: SEGMENT_HEADER_BYTES as u64 }, || {
            false
        })?;
        point!("recovery.copied");
        disk.sync(&name).map_err(lost).map_err(disk_error("syncing copied frames"))?;
        point!("recovery.copy_synced");
    }
    let new = NewSegment { number, supersedes: true, recycled: false, created_ms: options.wall_ms };
    let mut header = header_after(found.identity, &found.unproven_from.tail, new);
    header.durable_lsn = found.end.tail.last_lsn;
    disk::write_full(disk, &name, 0, &header.encode()).map_err(disk_error("writing a header"))?;
    point!("recovery.header");
    disk.sync(&name).map_err(lost).map_err(disk_error("syncing a header"))?;
    point!("recovery.header_synced");
    Ok((bytes, written_to))
}

/// The cut itself, and what never became part of history. Nothing depends on it: the new segment's header says
/// where the old one ends.
fn take_away<D: Disk>(disk: &mut D, found: &Examination) -> Result<(), RecoveryError> {
    let last = segment_name(found.last.number);
    disk.truncate(&last, found.end.offset).map_err(disk_error("cutting the last segment"))?;
    point!("recovery.cut");
    let begun: Vec<&Behind> = found.behind.iter().filter(|behind| behind.begun).collect();
    for behind in &begun {
        disk.unlink(&segment_name(behind.number)).map_err(disk_error("unlinking a segment never begun"))?;
    }
    if !begun.is_empty() {
        disk.sync_dir().map_err(lost).map_err(disk_error("syncing the folder"))?;
    }
    Ok(())
}

fn kept_segments<D: Disk>(
    disk: &mut D,
    found: &Examination,
    new: KeptSegment,
) -> Result<VecDeque<KeptSegment>, RecoveryError> {
    let mut kept = VecDeque::with_capacity(found.listing.sound.len() + 1);
    for header in &found.listing.sound {
        let bytes = disk.len(&segment_name(header.number)).map_err(disk_error("measuring a segment"))?;
        kept.push_back(KeptSegment::found(header, bytes));
    }
    kept.push_back(new);
    Ok(kept)
}

fn strays(found: &Examination) -> Vec<u64> {
    let before = |number: &&u64| **number < found.last.number;
    found.listing.unsound.iter().filter(before).copied().collect()
}

struct Copy<'a> {
    source: Window,
    from: u64,
    to: u64,
    target: &'a str,
    target_at: u64,
}

fn copy<D: Disk>(disk: &mut D, mut copy: Copy<'_>, create: impl Fn() -> bool) -> Result<(), RecoveryError> {
    if create() {
        disk.create(copy.target).map_err(disk_error("creating a file for a torn tail"))?;
    }
    let mut at = copy.from;
    while at < copy.to {
        let wanted = usize::try_from(copy.to - at).unwrap_or(usize::MAX).min(COPY_BYTES);
        let bytes =
            copy.source.get(disk, at, wanted).map_err(disk_error("reading what is to be copied"))?.to_vec();
        let offset = copy.target_at + (at - copy.from);
        disk::write_full(disk, copy.target, offset, &bytes).map_err(disk_error("copying"))?;
        if bytes.is_empty() {
            break;
        }
        at += bytes.len() as u64;
    }
    Ok(())
}

/// For the next writer's EPOCH, a MARK and a SEAL.
const CONTROL_BYTES: u64 = 512;
/// Bytes copied at once.
const COPY_BYTES: usize = FRAME_BYTES_MAX;
/// Bytes of one quarantined tail that are kept.
pub(super) const QUARANTINE_BYTES_MAX: u64 = 8 << 20;
/// Quarantined tails that are kept, the newest.
pub(super) const QUARANTINE_FILES_MAX: usize = 8;
