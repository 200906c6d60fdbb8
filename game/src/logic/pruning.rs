//! Reports that are older than they are kept go: page after page of the table is looked through past the cache, and
//! what is old is deleted by records like any other, at most one account's reports a step. Nobody waits for it, and it
//! stands back while the journal is short of room. Knows no file and no database.

pub(crate) mod replays;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::{
    ids::AccountId,
    level::Level,
    limits::REPORTS_KEPT_MAX,
    link::{ReadRequest, ReadResponse, Scan, Value, read_request::What},
    rpc,
    tables::{ReportRow, Row as _, Table},
    turn::TxnId,
};
use slotmap::Key as _;

use super::{
    delivery::ConnKey,
    event::{Now, Read, ReadTag},
    parking::{Before, Waiter},
    tx::{Halt, Tx},
    world::{READ_DEADLINE, World},
};

/// How far the walk through the table is.
#[derive(Debug, Default)]
pub(crate) enum Pruning {
    /// The world is not ready yet.
    #[default]
    NotYet,
    /// The page after this key is asked for then; no key: the walk begins.
    Rests { after: Vec<Value>, until: Instant },
    /// That page is on its way. An answer under another tag is of one that was given up.
    Reads { after: Vec<Value>, tag: ReadTag },
    /// The next account of this page is looked at then.
    Prunes { page: Page, at: Instant },
}

/// What a page said.
#[derive(Debug)]
pub(crate) struct Page {
    /// Who has reports that are old.
    owners: VecDeque<u64>,
    after: Vec<Value>,
    is_last: bool,
}

impl Pruning {
    /// When [`World::prune_due`] has something to do.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        match self {
            Self::Rests { until: at, .. } | Self::Prunes { at, .. } => Some(*at),
            Self::NotYet | Self::Reads { .. } => None,
        }
    }

    /// Whether this is the page that is waited for.
    pub(crate) fn waits_for(&self, tag: ReadTag) -> bool {
        matches!(self, Self::Reads { tag: awaited, .. } if *awaited == tag)
    }
}

impl World {
    /// One step, if its time has come.
    pub(super) fn prune_due(&mut self, now: Now) {
        if self.config.reports_kept.is_zero() || !self.is_ready() {
            return;
        }
        if matches!(self.pruning, Pruning::NotYet) {
            self.pruning = Pruning::Rests { after: Vec::new(), until: now.instant + FIRST_AFTER };
        }
        if self.pruning.next_deadline().is_none_or(|at| now.instant < at) {
            return;
        }
        let is_short = self.scarcity.level() != Level::Green;
        match &mut self.pruning {
            Pruning::Rests { until: at, .. } | Pruning::Prunes { at, .. } if is_short => {
                *at = now.instant + STANDS_BACK;
            }
            Pruning::Rests { after, .. } => {
                let after = std::mem::take(after);
                self.ask_reports(after, now);
            }
            Pruning::Prunes { page, at } => match page.owners.pop_front() {
                Some(owner) => {
                    *at = now.instant + BETWEEN_STEPS;
                    self.prune(AccountId(owner), None, now);
                }
                None => {
                    let Page { after, is_last, .. } = page;
                    let pause = if *is_last { BETWEEN_WALKS } else { BETWEEN_PAGES };
                    let after = if *is_last { Vec::new() } else { std::mem::take(after) };
                    self.pruning = Pruning::Rests { after, until: now.instant + pause };
                }
            },
            Pruning::NotYet | Pruning::Reads { .. } => {}
        }
    }

    fn ask_reports(&mut self, after: Vec<Value>, now: Now) {
        let table = Table::Report as u32;
        let scan = Scan { table, prefix: Vec::new(), after: after.clone(), rows_max: PAGE_ROWS };
        let request = ReadRequest { what: Some(What::Scan(scan)) };
        let tag = self.parking.tag();
        self.reads.push(Read { tag: Some(tag), request, deadline: now.instant + READ_DEADLINE });
        self.pruning = Pruning::Reads { after, tag };
    }

    /// The page has come, or will not: then it is asked for again later.
    pub(super) fn on_reports(&mut self, result: Result<ReadResponse, rpc::Failure>, now: Now) {
        let Pruning::Reads { after, .. } = &mut self.pruning else { return };
        let after = std::mem::take(after);
        self.pruning = match result {
            Ok(found) if found.error.is_empty() => {
                let kept_ms = self.kept_ms();
                Pruning::Prunes { page: page(&found, |row| is_old(row, kept_ms, now)), at: now.instant }
            }
            Ok(_) | Err(_) => Pruning::Rests { after, until: now.instant + STANDS_BACK },
        };
    }

    /// Takes the old reports of one account away. What has no room now is found by the next walk.
    pub(super) fn prune(&mut self, owner: AccountId, before: Option<Before>, now: Now) {
        let kept_ms = self.kept_ms();
        let runs = before.as_ref().map_or(0, |before| before.runs);
        let run = self.in_tx(ConnKey::null(), None, now, |tx| write(tx, owner, kept_ms));
        if let Some(before) = before {
            self.unpin(&before.pins);
        }
        match run {
            Ok(gone) if self.work.is_written() => {
                if self.commit(TxnId { account: owner, cseq: 0 }, now).is_ok() {
                    self.figures.reports_pruned += gone;
                }
            }
            Ok(_) => {}
            Err(halt) => {
                let _ = self.suspend(Waiter::Pruning(owner), runs, halt, now);
            }
        }
        // Whatever comes next of this turn does not find a write that had no room.
        self.work.clear();
    }

    fn kept_ms(&self) -> u64 {
        u64::try_from(self.config.reports_kept.as_millis()).unwrap_or(u64::MAX)
    }
}

fn page(found: &ReadResponse, is_old: impl Fn(&ReportRow) -> bool) -> Page {
    let rows = || found.rows.iter().filter_map(|found| found.row.as_ref());
    let reports = rows().filter_map(|row| ReportRow::from_values(&row.row));
    let mut owners: VecDeque<u64> = reports.filter(is_old).map(|row| row.account).collect();
    let mut last = None;
    owners.retain(|owner| last.replace(*owner) != Some(*owner));
    let last = rows().next_back().map(|row| row.row[..ReportRow::DEF.key_columns].to_vec());
    let after = last.unwrap_or_default();
    Page { owners, is_last: found.done || after.is_empty(), after }
}

fn is_old(row: &ReportRow, kept_ms: u64, now: Now) -> bool {
    kept_ms <= now.wall_ms.saturating_sub(row.wall_ms)
}

/// How many went.
fn write(tx: &mut Tx<'_>, owner: AccountId, kept_ms: u64) -> Result<u64, Halt> {
    let mut gone = 0;
    for row in tx.set::<ReportRow>(owner.0)? {
        if is_old(&row, kept_ms, tx.now) {
            tx.delete::<ReportRow>(&(row.account, row.by_account));
            tx.progress();
            gone += 1;
        }
    }
    Ok(gone)
}

const _: () = {
    // A step deletes no more rows than a page brings.
    assert!(REPORTS_KEPT_MAX <= PAGE_ROWS as usize);
};
/// Reports of one look: with all their evidence a megabyte.
const PAGE_ROWS: u32 = 256;
/// A world that has just come up has more to do.
const FIRST_AFTER: Duration = Duration::from_secs(60);
/// Ages are counted in days.
const BETWEEN_WALKS: Duration = Duration::from_secs(24 * 3_600);
const BETWEEN_PAGES: Duration = Duration::from_secs(1);
const BETWEEN_STEPS: Duration = Duration::from_millis(100);
/// Until it is tried again, where the store is away or short of room.
const STANDS_BACK: Duration = Duration::from_secs(60);
