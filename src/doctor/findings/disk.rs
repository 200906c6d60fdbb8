//! Whether the data folder's disk has room for the journal and what else grows on it, and is as fast as disks are.

use super::{Finding, GIB, Severity, finding, ok, size};
use crate::doctor::facts::{Disk, Facts};

/// Its room, and how fast it keeps something for sure.
pub(super) fn disk(facts: &Facts) -> Vec<Finding> {
    let Some(Disk { free_bytes, bytes, sync_us }) = facts.disk else {
        return vec![finding(Severity::Note, "disk_space", "no data folder, no disk to look at", "ding up")];
    };
    let seen = format!("{} of {} free", size(free_bytes), size(bytes));
    let space = if free_bytes < SEGMENTS_FREE_MIN * facts.segment_bytes {
        finding(Severity::Problem, "disk_space", seen, "make room: without it nothing of value is answered")
    } else if free_bytes < (bytes / 20).min(SPACE_SCARCE_BYTES) {
        finding(Severity::Warning, "disk_space", seen, "make room before the journal needs it")
    } else if free_bytes < facts.spill_bytes {
        let spill = size(facts.spill_bytes);
        let advice = format!(
            "while the database is away the folder spill/ may take {spill} from the journal: make room, or set \
             dbfront.spill_bytes lower"
        );
        finding(Severity::Warning, "disk_space", seen, advice)
    } else {
        ok("disk_space", seen)
    };
    let sync = match sync_us {
        None => finding(
            Severity::Note,
            "disk_sync",
            "not measured: the folder cannot be written to",
            "ask as the user who runs Ding",
        ),
        Some(us) => {
            let seen = format!("a write with its sync takes {}.{:02} ms", us / 1_000, us % 1_000 / 10);
            if SYNC_SLOW_US <= us {
                let advice = "every answer of value waits for one: a disk of its own, or one with a cache that \
                              survives a power cut";
                finding(Severity::Warning, "disk_sync", seen, advice)
            } else if us < SYNC_UNREAL_US {
                let advice = "faster than disks are: does it survive a power cut? Memory file systems do not";
                finding(Severity::Note, "disk_sync", seen, advice)
            } else {
                ok("disk_sync", seen)
            }
        }
    };
    vec![space, sync]
}

/// The current segment, the next, and one to spare.
const SEGMENTS_FREE_MIN: u64 = 3;
const SPACE_SCARCE_BYTES: u64 = 2 * GIB;
const SYNC_SLOW_US: u64 = 20_000;
const SYNC_UNREAL_US: u64 = 20;
