//! What the world loads before it is ready: page after page of each keyed table, up to the cache's bound.

use proto::{
    limits::SCAN_ROWS_MAX,
    link::{ReadRequest, ReadResponse, Scan, read_request::What},
    rpc,
    tables::{AccountRow, NameRow, Row, WalletRow},
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
    /// The scan that is on its way, once it was asked for.
    Scans(Step, Scan),
    Done,
}

/// The tables, in the order in which they are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Accounts,
    Names,
    Wallets,
}

impl World {
    /// The store can be asked: begins to load, or asks again for the page that got lost.
    pub(super) fn load(&mut self, now: Now) {
        match std::mem::replace(&mut self.loading, Loading::Done) {
            Loading::WaitsForStore if self.config.preload => self.scan(Step::Accounts, Vec::new(), now),
            Loading::WaitsForStore | Loading::Done => {}
            Loading::Scans(step, scan) => self.scan(step, scan.after, now),
        }
    }

    fn scan(&mut self, step: Step, after: Vec<proto::link::Value>, now: Now) {
        let table = match step {
            Step::Accounts => AccountRow::DEF.table,
            Step::Names => NameRow::DEF.table,
            Step::Wallets => WalletRow::DEF.table,
        };
        let rows_max = u32::try_from(SCAN_ROWS_MAX).unwrap_or(u32::MAX);
        let scan = Scan { table: table as u32, after, rows_max };
        let request = ReadRequest { what: Some(What::Scan(scan.clone())) };
        self.reads.push(Read { tag: Some(LOAD_TAG), request, deadline: now.instant + READ_DEADLINE });
        self.loading = Loading::Scans(step, scan);
    }

    /// A page has come, or has not.
    pub(super) fn on_page(&mut self, result: Result<ReadResponse, rpc::Failure>, now: Now) {
        let Loading::Scans(step, scan) = &self.loading else { return };
        let step = *step;
        let page = match result {
            Ok(page) if page.error.is_empty() => page,
            // Asked again at once: the driver's deadline paces it, and a lost link asks when it is back.
            Ok(_) | Err(rpc::Failure::Deadline | rpc::Failure::Busy) => {
                let after = scan.after.clone();
                return self.scan(step, after, now);
            }
            Err(_) => return,
        };
        let last = match step {
            Step::Accounts => self.take_page::<AccountRow>(&page),
            Step::Names => self.take_page::<NameRow>(&page),
            Step::Wallets => self.take_page::<WalletRow>(&page),
        };
        let (held, next) = match step {
            Step::Accounts => (AccountRow::table(&self.cache).len(), Some(Step::Names)),
            Step::Names => (NameRow::table(&self.cache).len(), Some(Step::Wallets)),
            Step::Wallets => (WalletRow::table(&self.cache).len(), None),
        };
        let is_over = page.done || self.config.cache_accounts_max <= held;
        match (last, next) {
            (Some(last), _) if !is_over => self.scan(step, last, now),
            (_, Some(next)) => self.scan(next, Vec::new(), now),
            (_, None) => {
                self.figures.accounts_loaded = self.cache.accounts() as u64;
                self.loading = Loading::Done;
            }
        }
    }

    /// Keeps a page's rows; the key after which the next begins.
    fn take_page<R: Cached>(&mut self, page: &ReadResponse) -> Option<Vec<proto::link::Value>> {
        let mut last = None;
        for row in page.rows.iter().filter_map(|found| found.row.as_ref()) {
            last = R::table_mut(&mut self.cache).fill_row(row);
        }
        Some(R::key_values(&last?))
    }
}

/// Of the one page that is on its way; reads of commands count from 1.
pub(super) const LOAD_TAG: ReadTag = ReadTag(0);
