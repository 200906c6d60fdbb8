//! The beginning of a journal: of a new world's, or of a restored one's, whose records go on from its parent's.
//! Knows nothing of what is written later.

use std::collections::VecDeque;

use proto::ids::{Epoch, Lsn};

use super::{
    Journal, JournalConfig, JournalError, KeptSegment, NewSegment, Parts, SEGMENT_BYTES_MIN, create_whole,
    failed, header_after, lost,
};
use crate::{
    failpoint::point,
    logic::{
        disk::{self, Disk},
        frame::{Chain, Identity},
        recovery::{LOCK_NAME, is_half_made},
        segment::{
            Parent, SEGMENT_BYTES_MAX, SEGMENT_HEADER_BYTES, SegmentHeader, segment_name, segment_number,
        },
        walk::Tail,
    },
};

/// Where a restored journal goes on.
#[derive(Clone, Copy, Debug)]
pub struct Descent {
    /// Its last record, and whose.
    pub parent: Parent,
    /// The writer's at that record.
    pub epoch: Epoch,
}

/// The first segment of a journal.
#[derive(Clone, Copy)]
struct Beginning {
    tail: Tail,
    parent: Option<Parent>,
    wall_ms: u64,
}

impl<D: Disk> Journal<D> {
    /// Makes a new journal in an empty folder: its first segment, durable with its directory entry. What
    /// an interrupted `init` left half made is replaced.
    ///
    /// # Errors
    /// `Exists`, `Full`, `Failed`.
    pub fn init(
        disk: D,
        config: JournalConfig,
        identity: Identity,
        wall_ms: u64,
    ) -> Result<Self, JournalError> {
        let tail = Tail {
            last_lsn: Lsn(0),
            chain: Chain::default(),
            data_chain: Chain::default(),
            epoch: Epoch(0),
            instance: 0,
        };
        Self::begin(disk, config, identity, Beginning { tail, parent: None, wall_ms })
    }

    /// Makes the journal of a restored world, as [`init`](Self::init): another journal, whose records go on behind
    /// the last one that was taken from its parent.
    ///
    /// # Errors
    /// `Exists`, `Full`, `Failed`.
    pub fn init_after(
        disk: D,
        config: JournalConfig,
        identity: Identity,
        from: Descent,
        wall_ms: u64,
    ) -> Result<Self, JournalError> {
        let Descent { parent, epoch } = from;
        let Parent { lsn, chain, .. } = parent;
        let tail = Tail { last_lsn: lsn, chain, data_chain: chain, epoch, instance: 0 };
        Self::begin(disk, config, identity, Beginning { tail, parent: Some(parent), wall_ms })
    }

    fn begin(
        mut disk: D,
        config: JournalConfig,
        identity: Identity,
        beginning: Beginning,
    ) -> Result<Self, JournalError> {
        let Beginning { tail, parent, wall_ms } = beginning;
        clear_half_made(&mut disk)?;
        let segment = segment_name(1);
        let bytes = config.segment_bytes.clamp(SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX);
        create_whole(&mut disk, &segment, bytes)?;
        point!("found.created");
        let new = NewSegment { number: 1, supersedes: false, recycled: false, created_ms: wall_ms };
        let header = SegmentHeader { parent, ..header_after(identity, &tail, new) };
        disk::write_full(&mut disk, &segment, 0, &header.encode()).map_err(failed("writing a header"))?;
        point!("found.header");
        disk.sync(&segment).map_err(lost).map_err(failed("syncing a header"))?;
        let segments = VecDeque::from([KeptSegment::made(&header, bytes)]);
        let written_to = SEGMENT_HEADER_BYTES as u64;
        Ok(Self::assemble(disk, config, Parts { identity, tail, segments, strays: Vec::new(), written_to }))
    }
}

/// Makes sure that nothing is lost by making a journal here.
fn clear_half_made<D: Disk>(disk: &mut D) -> Result<(), JournalError> {
    let mut names = disk.list().map_err(failed("listing the folder"))?;
    names.retain(|name| name != LOCK_NAME);
    for name in &names {
        let number = segment_number(name).ok_or(JournalError::Exists)?;
        if !is_half_made(disk, number).map_err(failed("reading a half-made segment"))? {
            return Err(JournalError::Exists);
        }
    }
    for name in &names {
        disk.unlink(name).map_err(failed("unlinking a half-made segment"))?;
    }
    Ok(())
}
