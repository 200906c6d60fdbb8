//! What the world loads before it is ready: page after page of each keyed table, up to the cache's bound.

use std::time::{Duration, Instant};

use proto::{
    limits::SCAN_ROWS_MAX,
    link::{ReadRequest, ReadResponse, Scan, Value, read_request::What},
    rpc,
    tables::Table,
};

use super::{
    event::{Now, Read, ReadTag},
    held::{ALWAYS_LOADED, KEPT_WHOLE, PRELOADED},
    hosting::ROOM_TABLES,
    parking::Before,
    world::{READ_DEADLINE, World},
};

/// How far the world is.
#[derive(Debug, PartialEq)]
pub(crate) enum Loading {
    WaitsForStore,
    /// A page is on its way: the one after this key, under this tag. An answer under another is of a page
    /// that was given up.
    Scans {
        /// Which of [`PRELOADED`], after these of [`ALWAYS_LOADED`], and after these of [`ROOM_TABLES`].
        at: usize,
        after: Vec<Value>,
        tag: ReadTag,
    },
    /// The last try failed; the next is not before this moment.
    Rests {
        at: usize,
        after: Vec<Value>,
        until: Instant,
    },
    /// All was read. Rooms wait for the wallets of those who are in them.
    Rooms,
    Done,
}

/// The table to be read at this place.
fn table(at: usize) -> Option<Table> {
    PRELOADED.iter().chain(ALWAYS_LOADED).chain(ROOM_TABLES).nth(at).copied()
}

impl Loading {
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        match self {
            Self::Rests { until, .. } => Some(*until),
            Self::WaitsForStore | Self::Scans { .. } | Self::Rooms | Self::Done => None,
        }
    }

    /// Whether this is the page that the world waits for.
    pub(crate) fn waits_for(&self, tag: ReadTag) -> bool {
        matches!(self, Self::Scans { tag: awaited, .. } if *awaited == tag)
    }
}

impl World {
    /// The store can be asked: begins to load, or asks again for the page that got lost.
    pub(super) fn load(&mut self, now: Now) {
        match std::mem::replace(&mut self.loading, Loading::Done) {
            Loading::WaitsForStore if self.config.preload => self.scan(0, Vec::new(), now),
            Loading::WaitsForStore => self.scan(PRELOADED.len(), Vec::new(), now),
            Loading::Rooms => self.loading = Loading::Rooms,
            Loading::Done => {}
            Loading::Scans { at, after, .. } | Loading::Rests { at, after, .. } => self.scan(at, after, now),
        }
    }

    /// Asks again after a rest.
    pub(super) fn load_due(&mut self, now: Now) {
        if self.loading.next_deadline().is_some_and(|until| until <= now.instant) {
            self.load(now);
        }
    }

    fn scan(&mut self, at: usize, after: Vec<Value>, now: Now) {
        let Some(table) = table(at) else {
            self.figures.accounts_loaded = self.cache.units(Table::Account) as u64;
            self.loading = Loading::Rooms;
            return self.rooms_read(None, now);
        };
        let rows_max = u32::try_from(SCAN_ROWS_MAX).unwrap_or(u32::MAX);
        let scan = Scan { table: table as u32, prefix: vec![], after: after.clone(), rows_max };
        let request = ReadRequest { what: Some(What::Scan(scan)) };
        let tag = self.parking.tag();
        self.reads.push(Read { tag: Some(tag), request, deadline: now.instant + READ_DEADLINE });
        self.loading = Loading::Scans { at, after, tag };
    }

    /// The page that was waited for has come, or will not.
    pub(super) fn on_page(&mut self, result: Result<ReadResponse, rpc::Failure>, now: Now) {
        let Loading::Scans { at, after, .. } = &self.loading else { return };
        let at = *at;
        let page = match result {
            Ok(page) if page.error.is_empty() => page,
            // A link that was lost asks when it is back.
            Err(rpc::Failure::LinkLost) => return,
            Ok(_) | Err(_) => {
                let until = now.instant + REST;
                self.loading = Loading::Rests { at, after: after.clone(), until };
                return;
            }
        };
        let Some(table) = table(at) else { return };
        let is_of_rooms = PRELOADED.len() + ALWAYS_LOADED.len() <= at;
        let last = if is_of_rooms {
            self.hosting.read_page(table, &page)
        } else {
            self.cache.fill_page(table, &page)
        };
        let is_full = at < PRELOADED.len() && self.config.cache_accounts_max <= self.cache.units(table);
        let is_over = page.done || is_full;
        if page.done && KEPT_WHOLE.contains(&table) {
            self.cache.keep_whole(table);
        }
        match last {
            Some(last) if !is_over => self.scan(at, last, now),
            _ => self.scan(at + 1, Vec::new(), now),
        }
    }
}

impl World {
    /// Everything was read: rooms are made again, once all that they need is in memory.
    pub(super) fn rooms_read(&mut self, before: Option<Before>, now: Now) {
        if self.loading == Loading::Rooms && self.recover_rooms(before, now) {
            self.loading = Loading::Done;
        }
    }

    /// What rooms need did not come.
    pub(super) fn rest_rooms(&mut self, now: Now) {
        let at = PRELOADED.len() + ALWAYS_LOADED.len() + ROOM_TABLES.len();
        self.loading = Loading::Rests { at, after: Vec::new(), until: now.instant + REST };
    }
}

/// Between a failed try and the next.
const REST: Duration = Duration::from_secs(1);
