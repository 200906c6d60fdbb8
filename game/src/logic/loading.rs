//! What the world loads before it is ready: page after page of each keyed table, up to the cache's bound.

use std::time::{Duration, Instant};

use proto::{
    limits::SCAN_ROWS_MAX,
    link::{ReadRequest, ReadResponse, Scan, Value, read_request::What},
    rpc,
    tables::{AccountRow, NameRow, RestrictionRow, Row, WalletRow},
};

use super::{
    cache::Cached,
    event::{Now, Read, ReadTag},
    world::{READ_DEADLINE, World},
};

/// How far the world is.
#[derive(Debug, PartialEq)]
pub(crate) enum Loading {
    WaitsForStore,
    /// A page is on its way: the one after this key, under this tag. An answer under another is of a page
    /// that was given up.
    Scans {
        step: Step,
        after: Vec<Value>,
        tag: ReadTag,
    },
    /// The last try failed; the next is not before this moment.
    Rests {
        step: Step,
        after: Vec<Value>,
        until: Instant,
    },
    Done,
}

impl Loading {
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        match self {
            Self::Rests { until, .. } => Some(*until),
            Self::WaitsForStore | Self::Scans { .. } | Self::Done => None,
        }
    }

    /// Whether this is the page that the world waits for.
    pub(crate) fn waits_for(&self, tag: ReadTag) -> bool {
        matches!(self, Self::Scans { tag: awaited, .. } if *awaited == tag)
    }
}

/// The tables, in the order in which they are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Accounts,
    Names,
    Wallets,
    Restrictions,
}

impl World {
    /// The store can be asked: begins to load, or asks again for the page that got lost.
    pub(super) fn load(&mut self, now: Now) {
        match std::mem::replace(&mut self.loading, Loading::Done) {
            Loading::WaitsForStore if self.config.preload => self.scan(Step::Accounts, Vec::new(), now),
            Loading::WaitsForStore | Loading::Done => {}
            Loading::Scans { step, after, .. } | Loading::Rests { step, after, .. } => {
                self.scan(step, after, now);
            }
        }
    }

    /// Asks again after a rest.
    pub(super) fn load_due(&mut self, now: Now) {
        if self.loading.next_deadline().is_some_and(|until| until <= now.instant) {
            self.load(now);
        }
    }

    fn scan(&mut self, step: Step, after: Vec<Value>, now: Now) {
        let table = match step {
            Step::Accounts => AccountRow::DEF.table,
            Step::Names => NameRow::DEF.table,
            Step::Wallets => WalletRow::DEF.table,
            Step::Restrictions => RestrictionRow::DEF.table,
        };
        let rows_max = u32::try_from(SCAN_ROWS_MAX).unwrap_or(u32::MAX);
        let scan = Scan { table: table as u32, prefix: vec![], after: after.clone(), rows_max };
        let request = ReadRequest { what: Some(What::Scan(scan)) };
        let tag = self.parking.tag();
        self.reads.push(Read { tag: Some(tag), request, deadline: now.instant + READ_DEADLINE });
        self.loading = Loading::Scans { step, after, tag };
    }

    /// The page that was waited for has come, or will not.
    pub(super) fn on_page(&mut self, result: Result<ReadResponse, rpc::Failure>, now: Now) {
        let Loading::Scans { step, after, .. } = &self.loading else { return };
        let step = *step;
        let page = match result {
            Ok(page) if page.error.is_empty() => page,
            // A link that was lost asks when it is back.
            Err(rpc::Failure::LinkLost) => return,
            Ok(_) | Err(_) => {
                let until = now.instant + REST;
                self.loading = Loading::Rests { step, after: after.clone(), until };
                return;
            }
        };
        let last = match step {
            Step::Accounts => self.take_page::<AccountRow>(&page),
            Step::Names => self.take_page::<NameRow>(&page),
            Step::Wallets => self.take_page::<WalletRow>(&page),
            Step::Restrictions => self.take_page::<RestrictionRow>(&page),
        };
        let (held, next) = match step {
            Step::Accounts => (AccountRow::table(&self.cache).len(), Some(Step::Names)),
            Step::Names => (NameRow::table(&self.cache).len(), Some(Step::Wallets)),
            Step::Wallets => (WalletRow::table(&self.cache).len(), Some(Step::Restrictions)),
            Step::Restrictions => (RestrictionRow::table(&self.cache).len(), None),
        };
        let is_over = page.done || self.config.cache_accounts_max <= held;
        match (last, next) {
            (Some(last), _) if !is_over => self.scan(step, last, now),
            (_, Some(next)) => self.scan(next, Vec::new(), now),
            (_, None) => {
                if page.done {
                    // Few are restricted: so nobody else's row has to be asked for.
                    RestrictionRow::table_mut(&mut self.cache).keep_whole();
                }
                self.figures.accounts_loaded = self.cache.accounts() as u64;
                self.loading = Loading::Done;
            }
        }
    }

    /// Keeps a page's rows; the key after which the next begins.
    fn take_page<R: Cached>(&mut self, page: &ReadResponse) -> Option<Vec<Value>> {
        let mut last = None;
        for row in page.rows.iter().filter_map(|found| found.row.as_ref()) {
            last = R::table_mut(&mut self.cache).fill_row(row);
        }
        Some(R::key_values(&last?))
    }
}

/// Between a failed try and the next.
const REST: Duration = Duration::from_secs(1);
