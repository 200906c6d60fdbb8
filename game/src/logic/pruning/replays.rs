//! Matches that ended longer ago than they are kept go: page after page of their table is looked through past the
//! cache, and of each old one first its chunks go, as many a step as a read brings, then its row together with what the
//! players' lists have of it. A crash on the way leaves the row, so the next walk goes on. Nobody waits for it, and it
//! stands back while the journal is short of room. Knows no file and no database, and no match that is running.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::{
    ids::AccountId,
    level::Level,
    link::{ReadRequest, ReadResponse, Scan, Value, read_request::What},
    rpc,
    tables::{ReplayChunkRow, ReplayPlayerRow, ReplayRow, Row, int},
    turn::TxnId,
};
use slotmap::Key as _;

use crate::logic::{
    delivery::ConnKey,
    event::{Now, Read, ReadTag},
    parking::{Before, Waiter},
    tx::{Halt, Tx},
    work::of_room::Stands,
    world::{READ_DEADLINE, World},
};

/// How far the walk through the table is.
#[derive(Debug, Default)]
pub(crate) enum OldReplays {
    /// The world is not ready yet.
    #[default]
    NotYet,
    /// The page after this key is asked for then; no key: the walk begins.
    Rests { after: Vec<Value>, until: Instant },
    /// That page is on its way. An answer under another tag is of one that was given up.
    Reads { after: Vec<Value>, tag: ReadTag },
    /// The next old match of this page is looked at then.
    Prunes { page: Page, at: Instant },
    /// Some of its chunks are on their way.
    ReadsChunks { page: Page, old: Old, tag: ReadTag },
}

/// What a page said.
#[derive(Debug)]
pub(crate) struct Page {
    olds: VecDeque<Old>,
    after: Vec<Value>,
    is_last: bool,
}

/// A match that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Old {
    id: u64,
    /// Of its row.
    ver: u64,
    players: Vec<u64>,
    /// Chunks that go with the next record: number and version.
    chunks: Vec<(u32, u64)>,
    /// There are no more of them.
    is_end: bool,
}

impl OldReplays {
    /// When [`World::prune_replays_due`] has something to do.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        match self {
            Self::Rests { until: at, .. } | Self::Prunes { at, .. } => Some(*at),
            Self::NotYet | Self::Reads { .. } | Self::ReadsChunks { .. } => None,
        }
    }

    /// Whether this is the page that is waited for.
    pub(crate) fn waits_for(&self, tag: ReadTag) -> bool {
        match self {
            Self::Reads { tag: awaited, .. } | Self::ReadsChunks { tag: awaited, .. } => *awaited == tag,
            Self::NotYet | Self::Rests { .. } | Self::Prunes { .. } => false,
        }
    }
}

impl World {
    /// One step, if its time has come.
    pub(in crate::logic) fn prune_replays_due(&mut self, now: Now) {
        if self.config.replays_kept.is_zero() || !self.is_ready() {
            return;
        }
        if matches!(self.old_replays, OldReplays::NotYet) {
            self.old_replays = OldReplays::Rests { after: Vec::new(), until: now.instant + FIRST_AFTER };
        }
        if self.old_replays.next_deadline().is_none_or(|at| now.instant < at) {
            return;
        }
        let is_short = self.scarcity.level() != Level::Green;
        match std::mem::take(&mut self.old_replays) {
            OldReplays::Rests { after, .. } if is_short => self.rest(after, STANDS_BACK, now),
            OldReplays::Prunes { page, .. } if is_short => {
                self.old_replays = OldReplays::Prunes { page, at: now.instant + STANDS_BACK };
            }
            OldReplays::Rests { after, .. } => {
                let tag = self.ask_for::<ReplayRow>(Vec::new(), after.clone(), PAGE_ROWS, now);
                self.old_replays = OldReplays::Reads { after, tag };
            }
            OldReplays::Prunes { mut page, .. } => match page.olds.pop_front() {
                Some(old) => {
                    let prefix = vec![int(old.id.cast_signed())];
                    let tag = self.ask_for::<ReplayChunkRow>(prefix, Vec::new(), CHUNKS_AT_ONCE, now);
                    self.old_replays = OldReplays::ReadsChunks { page, old, tag };
                }
                None if page.is_last => self.rest(Vec::new(), BETWEEN_WALKS, now),
                None => self.rest(page.after, BETWEEN_PAGES, now),
            },
            other => self.old_replays = other,
        }
    }

    fn rest(&mut self, after: Vec<Value>, pause: Duration, now: Now) {
        self.old_replays = OldReplays::Rests { after, until: now.instant + pause };
    }

    fn ask_for<R: Row>(&mut self, prefix: Vec<Value>, after: Vec<Value>, rows_max: u32, now: Now) -> ReadTag {
        let scan = Scan { table: R::DEF.table as u32, prefix, after, rows_max };
        let request = ReadRequest { what: Some(What::Scan(scan)) };
        let tag = self.parking.tag();
        self.reads.push(Read { tag: Some(tag), request, deadline: now.instant + READ_DEADLINE });
        tag
    }

    /// What was asked for has come, or will not: then the page is asked for again later.
    pub(in crate::logic) fn on_old_replays(&mut self, result: Result<ReadResponse, rpc::Failure>, now: Now) {
        let found = result.ok().filter(|found| found.error.is_empty());
        match (std::mem::take(&mut self.old_replays), found) {
            (OldReplays::Reads { .. }, Some(found)) => {
                let kept_ms = u64::try_from(self.config.replays_kept.as_millis()).unwrap_or(u64::MAX);
                let page = page(&found, |row| kept_ms <= now.wall_ms.saturating_sub(row.ended_ms));
                self.old_replays = OldReplays::Prunes { page, at: now.instant };
            }
            (OldReplays::Reads { after, .. }, None) => self.rest(after, STANDS_BACK, now),
            (OldReplays::ReadsChunks { mut page, mut old, .. }, Some(found)) => {
                let rows = found.rows.iter().filter_map(|found| found.row.as_ref());
                let chunks = rows.filter_map(|row| Some((ReplayChunkRow::from_values(&row.row)?.n, row.ver)));
                old.chunks = chunks.collect();
                old.is_end = found.done;
                if !old.is_end {
                    let rest = Old { chunks: Vec::new(), ..old.clone() };
                    page.olds.push_front(rest);
                }
                self.old_replays = OldReplays::Prunes { page, at: now.instant + BETWEEN_STEPS };
                self.prune_replay(old, None, now);
            }
            (OldReplays::ReadsChunks { mut page, old, .. }, None) => {
                page.olds.push_front(old);
                self.old_replays = OldReplays::Prunes { page, at: now.instant + STANDS_BACK };
            }
            (other, _) => self.old_replays = other,
        }
    }

    /// Takes away what was read of a match, and with the last of its chunks itself. What has no room now is found by the
    /// next walk.
    pub(in crate::logic) fn prune_replay(&mut self, old: Old, before: Option<Before>, now: Now) {
        let runs = before.as_ref().map_or(0, |before| before.runs);
        let run = self.in_tx(ConnKey::null(), None, now, |tx| write(tx, &old));
        if let Some(before) = before {
            self.unpin(&before.pins);
        }
        match run {
            Ok(()) => {
                if self.commit(TxnId { account: AccountId(0), cseq: 0 }, now).is_ok() {
                    self.figures.replays_pruned += u64::from(old.is_end);
                }
            }
            Err(halt) => {
                let _ = self.suspend(Waiter::OldReplay(Box::new(old)), runs, halt, now);
            }
        }
        // Whatever comes next of this turn does not find a write that had no room.
        self.work.clear();
    }
}

fn page(found: &ReadResponse, is_old: impl Fn(&ReplayRow) -> bool) -> Page {
    let rows = || found.rows.iter().filter_map(|found| found.row.as_ref());
    let olds = rows().filter_map(|row| Some((row.ver, ReplayRow::from_values(&row.row)?)));
    let olds = olds.filter(|(_, row)| is_old(row)).map(|(ver, row)| Old {
        id: row.id,
        ver,
        players: serde_json::from_str(&row.players).unwrap_or_default(),
        chunks: Vec::new(),
        is_end: false,
    });
    let olds: VecDeque<Old> = olds.collect();
    let after = rows().next_back().map(|row| row.row[..ReplayRow::DEF.key_columns].to_vec());
    let after = after.unwrap_or_default();
    // Numbers grow: what opened later than all of these is not old before they are, or goes with a later walk.
    Page { is_last: found.done || after.is_empty() || olds.is_empty(), after, olds }
}

fn write(tx: &mut Tx<'_>, old: &Old) -> Result<(), Halt> {
    tx.progress();
    for &(n, ver) in &old.chunks {
        tx.work.delete_of_room::<ReplayChunkRow>([old.id, n.into()], Stands { ver, gold: 0 });
    }
    if !old.is_end {
        return Ok(());
    }
    tx.want::<ReplayPlayerRow>(&old.players);
    for &account in &old.players {
        let key = (account, old.id);
        if tx.row::<ReplayPlayerRow>(&key)?.is_some() {
            tx.delete::<ReplayPlayerRow>(&key);
        }
    }
    tx.work.delete_of_room::<ReplayRow>([old.id, 0], Stands { ver: old.ver, gold: 0 });
    Ok(())
}

/// Matches of one look.
const PAGE_ROWS: u32 = 64;
/// Chunks of one look: with all that they may hold a megabyte.
const CHUNKS_AT_ONCE: u32 = 4;
/// A world that has just come up has more to do; reports go first.
const FIRST_AFTER: Duration = Duration::from_secs(90);
/// Ages are counted in days.
const BETWEEN_WALKS: Duration = Duration::from_secs(24 * 3_600);
const BETWEEN_PAGES: Duration = Duration::from_secs(1);
/// A million matches of a chunk or two a day.
const BETWEEN_STEPS: Duration = Duration::from_millis(50);
/// Until it is tried again, where the store is away or short of room.
const STANDS_BACK: Duration = Duration::from_secs(60);
