//! A letter of the house to many: page after page of those who may be meant is looked through past the cache, and a few of
//! them get their letter in one record with how far it has come. So each gets it once, whatever dies meanwhile: the next
//! process goes on behind the last record. Stands back while the journal is short of room. Knows no staff and no console.

pub(crate) mod letter;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::{
    ids::AccountId,
    level::Level,
    link::{ReadRequest, ReadResponse, Scan, StaffMailFilter, StaffMailing, Value, read_request::What},
    prescan::Budget,
    rpc,
    tables::{CampaignRow, CharacterRow, Row as _, Table, int},
    turn::TxnId,
    wire,
};
use slotmap::Key as _;

use super::{
    cache::Cached as _,
    delivery::ConnKey,
    event::{Now, Read, ReadTag},
    parking::{Before, Waiter},
    tx::Halt,
    world::{READ_DEADLINE, World},
};

/// How far the campaign that runs is; one runs at a time.
#[derive(Debug, Default)]
pub(crate) struct Mailing {
    /// Which runs, by its key.
    running: Option<Running>,
    /// Whether it was looked for, after a start.
    is_known: bool,
}

#[derive(Debug)]
struct Running {
    key: String,
    filter: StaffMailFilter,
    /// Whoever comes next has a greater id than this.
    from: u64,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// The accounts after `from` are looked for then.
    Looks { at: Instant },
    /// A page of them is on its way. An answer under another tag is of one that was given up.
    Reads { tag: ReadTag },
    /// The next of these get it then.
    Sends { to: VecDeque<u64>, is_last: bool, at: Instant },
    /// What these need is on its way.
    Waits { to: VecDeque<u64>, is_last: bool },
}

/// Some that get their letter in one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) key: String,
    pub(crate) accounts: Vec<u64>,
    /// There are none after them.
    pub(crate) is_last: bool,
    /// It cannot be written to this one: it goes on without it.
    pub(crate) is_skipped: bool,
}

impl Mailing {
    /// When [`World::mailing_due`] has something to do.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        match self.running.as_ref()?.step {
            Step::Looks { at } | Step::Sends { at, .. } => Some(at),
            Step::Reads { .. } | Step::Waits { .. } => None,
        }
    }

    /// Whether this is the page that is waited for.
    pub(crate) fn waits_for(&self, tag: ReadTag) -> bool {
        self.running.as_ref().is_some_and(|one| matches!(one.step, Step::Reads { tag: own } if own == tag))
    }

    /// Whether one runs.
    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// From now on this one does.
    pub(crate) fn begin(&mut self, row: &CampaignRow, now: Instant) {
        self.is_known = true;
        let filter = wish(row).and_then(|wish| wish.filter).unwrap_or_default();
        let step = Step::Looks { at: now };
        self.running = Some(Running { key: row.key.clone(), filter, from: row.reached, step });
    }

    /// It does not run any more; what waits for rows finds it so.
    pub(crate) fn end(&mut self) {
        self.running = None;
    }

    fn look_at(&mut self, at: Instant) {
        if let Some(running) = &mut self.running {
            running.step = Step::Looks { at };
        }
    }
}

/// What is sent to whom.
pub(crate) fn wish(row: &CampaignRow) -> Option<StaffMailing> {
    wire::decode(&row.wish, Budget::LINK).ok()
}

impl World {
    /// One step, if its time has come.
    pub(super) fn mailing_due(&mut self, now: Now) {
        if !self.mailing.is_known && self.is_ready() {
            self.mailing.is_known = true;
            let rows = CampaignRow::table(&self.cache).each().flat_map(|(_, unit)| unit.rows());
            if let Some(held) = rows.into_iter().find(|held| held.row.state == RUNNING) {
                let row = held.row.clone();
                self.mailing.begin(&row, now.instant);
            }
        }
        if self.mailing.next_deadline().is_none_or(|at| now.instant < at) {
            return;
        }
        let is_short = self.scarcity.level() != Level::Green;
        let Some(running) = &mut self.mailing.running else { return };
        match &mut running.step {
            Step::Looks { at } | Step::Sends { at, .. } if is_short => *at = now.instant + STANDS_BACK,
            Step::Looks { .. } => self.look_for_more(now),
            Step::Sends { to, is_last, .. } => {
                let (mut to, is_last) = (std::mem::take(to), *is_last);
                if to.is_empty() && !is_last {
                    running.step = Step::Looks { at: now.instant };
                    return self.look_for_more(now);
                }
                let accounts: Vec<u64> = to.drain(..SLICE.min(to.len())).collect();
                let slice = Slice {
                    key: running.key.clone(),
                    is_last: is_last && to.is_empty(),
                    accounts,
                    is_skipped: false,
                };
                running.step = Step::Waits { to, is_last };
                self.mail_slice(slice, None, now);
            }
            Step::Reads { .. } | Step::Waits { .. } => {}
        }
    }

    /// Whoever may be meant next: those that are listed, those that play, or a page of those that have a character.
    fn look_for_more(&mut self, now: Now) {
        let Some(running) = &mut self.mailing.running else { return };
        let Running { filter, from, .. } = running;
        if filter.ids.is_empty() && !filter.online {
            let after = if *from == 0 { Vec::new() } else { behind(*from) };
            let table = Table::Character as u32;
            let scan = Scan { table, prefix: Vec::new(), after, rows_max: PAGE_ROWS };
            let tag = self.parking.tag();
            let request = ReadRequest { what: Some(What::Scan(scan)) };
            self.reads.push(Read { tag: Some(tag), request, deadline: now.instant + READ_DEADLINE });
            running.step = Step::Reads { tag };
            return;
        }
        let mut found: Vec<u64> = if filter.ids.is_empty() {
            self.online.keys().map(|account| account.0).filter(|id| *from < *id).collect()
        } else {
            filter.ids.iter().copied().filter(|id| *from < *id).collect()
        };
        found.sort_unstable();
        let is_last = found.len() <= PAGE_ROWS as usize;
        found.truncate(PAGE_ROWS as usize);
        self.found_to(found, is_last, now);
    }

    fn found_to(&mut self, found: Vec<u64>, is_last: bool, now: Now) {
        let Some(running) = &mut self.mailing.running else { return };
        running.from = found.last().copied().unwrap_or(running.from);
        running.step = Step::Sends { to: found.into(), is_last, at: now.instant };
    }

    /// The page has come, or will not: then it is asked for again later.
    pub(super) fn on_mailing_page(&mut self, result: Result<ReadResponse, rpc::Failure>, now: Now) {
        let Ok(found) = result else { return self.mailing.look_at(now.instant + RESTS) };
        if !found.error.is_empty() {
            return self.mailing.look_at(now.instant + RESTS);
        }
        let rows = found.rows.iter().filter_map(|found| found.row.as_ref());
        let rows = rows.filter_map(|row| CharacterRow::from_values(&row.row));
        let mut accounts: Vec<u64> = rows.map(|row| row.account).collect();
        accounts.dedup();
        let is_last = found.done || accounts.is_empty();
        self.found_to(accounts, is_last, now);
    }

    /// Some get their letter, for the first time or again after a wait.
    pub(super) fn mail_slice(&mut self, slice: Slice, before: Option<Before>, now: Now) {
        let runs = before.as_ref().map_or(0, |before| before.runs);
        let run = self.in_tx(ConnKey::null(), None, now, |tx| letter::write(tx, &slice));
        if let Some(before) = before {
            self.unpin(&before.pins);
        }
        let done = match run {
            Ok(state) if self.work.is_written() => {
                let account = AccountId(slice.accounts.last().copied().unwrap_or(0));
                self.commit(TxnId { account, cseq: 0 }, now).map(|()| state)
            }
            Ok(state) => Ok(state),
            Err(halt) => Err(halt),
        };
        match done {
            Ok(state) => {
                self.deliver(None, None);
                if state == RUNNING {
                    self.mail_on(now.instant + BETWEEN_SLICES);
                } else if self.mailing.running.as_ref().is_some_and(|one| one.key == slice.key) {
                    self.mailing.end();
                }
            }
            Err(halt @ (Halt::Miss | Halt::Hash(_))) => {
                if self.suspend(Waiter::Mailing(Box::new(slice)), runs, halt, now).is_err() {
                    self.mail_again(now);
                }
            }
            // One whose letter cannot be written is not to keep it from the others.
            Err(Halt::Reject(_)) if slice.accounts.len() == 1 && !slice.is_skipped => {
                self.work.clear();
                self.mail_slice(Slice { is_skipped: true, ..slice }, None, now);
            }
            Err(Halt::Reject(_)) if 1 < slice.accounts.len() => self.mail_one_by_one(&slice, now),
            Err(_) => self.mail_again(now),
        }
        // Whatever comes next of this turn does not find a write that had no room.
        self.work.clear();
    }

    fn mail_on(&mut self, at: Instant) {
        let Some(running) = &mut self.mailing.running else { return };
        if let Step::Waits { to, is_last } = &mut running.step {
            running.step = Step::Sends { to: std::mem::take(to), is_last: *is_last, at };
        }
    }

    /// What they need did not come, or there was no room: again from the last record on, after a rest.
    pub(super) fn mail_again(&mut self, now: Now) {
        let Some(running) = &mut self.mailing.running else { return };
        let row = CampaignRow::table(&self.cache).find(&running.key);
        running.from = row.map_or(running.from, |held| held.row.reached);
        running.step = Step::Looks { at: now.instant + RESTS };
    }

    /// The first of them alone; the others come after it.
    fn mail_one_by_one(&mut self, slice: &Slice, now: Now) {
        self.work.clear();
        if let Some(Running { step: Step::Waits { to, .. }, .. }) = &mut self.mailing.running {
            slice.accounts[1..].iter().rev().for_each(|account| to.push_front(*account));
        }
        let accounts = slice.accounts[..1].to_vec();
        self.mail_slice(Slice { accounts, is_last: false, ..slice.clone() }, None, now);
    }
}

/// Behind all characters of an account.
pub(crate) fn behind(account: u64) -> Vec<Value> {
    vec![int(account.cast_signed()), int(i64::MAX)]
}

/// Of a row: it goes on.
pub(crate) const RUNNING: u32 = 1;
/// All have it.
pub(crate) const DONE: u32 = 2;
/// Staff ended it.
pub(crate) const STOPPED: u32 = 3;
/// As many have it as may: more were meant.
pub(crate) const FULL: u32 = 4;

/// Who gets it in one record: some letters with all that may be in them are some tens of kilobytes.
const SLICE: usize = 16;
/// Characters of one look.
const PAGE_ROWS: u32 = 256;
/// Six hundred letters a second at most: others want the journal, too.
const BETWEEN_SLICES: Duration = Duration::from_millis(25);
/// Until it is tried again where something did not come.
const RESTS: Duration = Duration::from_secs(2);
/// Until it is tried again where the store is short of room.
const STANDS_BACK: Duration = Duration::from_secs(10);
