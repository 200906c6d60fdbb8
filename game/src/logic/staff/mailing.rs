//! Letters to many: begun, ended before their time, and whom one would reach. Each but the last in one record with the row
//! of the staff log; sending itself is [`crate::logic::mailing`]'s.

use proto::{
    ids::AccountId,
    limits::{MAILINGS_KEPT_MAX, READ_KEYS_MAX},
    link::{
        Get, Goods, Key, ReadResponse, Scan, StaffMailFilter, StaffMailTo, StaffMailing, StaffResponse,
        read_request::What,
    },
    tables::{AccountRow, CampaignRow, CharacterRow, DeedKeyRow, Row as _, Table, int},
    turn::TxnId,
    wire,
};
use sha2::{Digest as _, Sha256};
use slotmap::Key as _;

use super::{
    Ask, StaffError,
    log::{Deed, keep_change},
};
use crate::logic::{
    cache::Cached as _,
    delivery::ConnKey,
    event::Now,
    mailing::{
        RUNNING, STOPPED, behind,
        letter::{is_meant, reader},
    },
    tx::Halt,
    world::World,
};

/// A look at whom a letter would reach, page by page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// Who is meant.
    pub filter: StaffMailFilter,
    /// Only accounts with greater ids.
    pub after: u64,
    /// Readers of a page whose accounts are asked for now.
    pub found: Option<Found>,
}

/// See [`Look::found`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    readers: Vec<StaffMailTo>,
    after: u64,
    is_done: bool,
}

impl World {
    /// Whose key was used for the same letter is told that it was. The rows of campaigns say so for as long as they are kept;
    /// of a letter with something in it the key is kept for ever, as other deeds of staff that would double.
    pub(super) fn staff_mailing(
        &mut self,
        ask: &Ask,
        wish: &StaffMailing,
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        let key = wish.key.clone();
        let bytes = wire::encode(wish);
        if let Some(held) = CampaignRow::table(&self.cache).find(&key) {
            let again = held.row.wish == bytes;
            return if again {
                Ok(StaffResponse { again, ..StaffResponse::default() })
            } else {
                Err(StaffError::KeyUsed.into())
            };
        }
        let is_gift = wish.gold != 0 || !wish.things.is_empty();
        let asked = Sha256::digest(&bytes).to_vec();
        let is_running = self.mailing.is_running();
        let oldest = self.oldest_mailing();
        let row = self.in_tx(ConnKey::null(), None, now, |tx| {
            if is_gift && let Some(done) = tx.row::<DeedKeyRow>(&key)? {
                let is_same = done.account == 0 && done.asked[..] == asked[..];
                return if is_same { Ok(None) } else { Err(StaffError::KeyUsed.into()) };
            }
            let is_known = |Goods { kind, quantity }: &Goods| {
                tx.design.item(*kind).is_some_and(|item| (1..=item.stack).contains(quantity))
            };
            // After its key: what was sent before designers took a kind away is said to be sent.
            if !wish.things.iter().all(is_known) {
                return Err(StaffError::NoSuchKind.into());
            }
            if is_running {
                return Err(StaffError::MailingRuns.into());
            }
            if is_gift {
                let (lsn, wall_ms) = (tx.lsn.0, tx.now.wall_ms);
                let (key, asked) = (key.clone(), asked.into());
                tx.put(DeedKeyRow { key, account: 0, asked, lsn, wall_ms });
            }
            if let Some(oldest) = oldest {
                tx.row::<CampaignRow>(&oldest)?;
                tx.delete::<CampaignRow>(&oldest);
            }
            tx.row::<CampaignRow>(&key)?;
            let row = CampaignRow {
                key,
                wish: bytes.into(),
                state: RUNNING,
                reached: 0,
                sent: 0,
                skipped: 0,
                staff: ask.signed.by.clone(),
                reason: ask.signed.reason.clone(),
                started_ms: tx.now.wall_ms,
                ended_ms: None,
            };
            tx.put(row.clone());
            keep_change(tx, ask, Deed { account: 0, until_ms: None }, String::new(), told(wish));
            Ok(Some(row))
        })?;
        let Some(row) = row else {
            return Ok(StaffResponse { again: true, ..StaffResponse::default() });
        };
        self.commit(TxnId { account: AccountId(0), cseq: 0 }, now)?;
        self.mailing.begin(&row, now.instant);
        Ok(StaffResponse::default())
    }

    /// The one that goes where there are as many as are remembered and none runs.
    fn oldest_mailing(&self) -> Option<String> {
        let table = CampaignRow::table(&self.cache);
        if table.rows() < MAILINGS_KEPT_MAX {
            return None;
        }
        let rows = table.each().flat_map(|(_, unit)| unit.rows());
        rows.map(|held| (held.row.started_ms, held.row.key.clone())).min().map(|(_, key)| key)
    }

    /// Who has the letter keeps it.
    pub(super) fn staff_mail_stop(&mut self, ask: &Ask, key: &str, now: Now) -> Result<StaffResponse, Halt> {
        let key = key.to_owned();
        self.in_tx(ConnKey::null(), None, now, |tx| {
            let row = tx.row::<CampaignRow>(&key)?.filter(|row| row.state == RUNNING);
            let row = row.ok_or(StaffError::NoSuchMailing)?;
            let CampaignRow { key, sent, skipped, .. } = &row;
            let was = format!("letter to many {key}: running, {sent} sent, {skipped} skipped");
            tx.put(CampaignRow { state: STOPPED, ended_ms: Some(tx.now.wall_ms), ..row });
            keep_change(tx, ask, Deed { account: 0, until_ms: None }, was, HELD_UP.to_owned());
            Ok(())
        })?;
        self.commit(TxnId { account: AccountId(0), cseq: 0 }, now)?;
        self.mailing.end();
        Ok(StaffResponse::default())
    }

    /// Whom a letter would reach of those that play, or that are listed: nothing has to be read.
    pub(super) fn staff_mail_look(&self, look: &Look) -> Option<StaffResponse> {
        let Look { filter, .. } = look;
        let mut response = StaffResponse { done: true, ..StaffResponse::default() };
        if !filter.ids.is_empty() {
            response.mail_meant = filter.ids.len() as u64;
            let to = filter.ids.iter().map(|id| StaffMailTo { account: *id, ..StaffMailTo::default() });
            response.mail_to = to.take(SHOWN_MAX).collect();
            return Some(response);
        }
        if !filter.online {
            return None;
        }
        let mut online: Vec<u64> = self.online.keys().map(|account| account.0).collect();
        online.sort_unstable();
        for account in online {
            let created_ms = self.cached_account(AccountId(account)).map_or(0, |row| row.created_ms);
            let rows = CharacterRow::table(&self.cache).unit(&account).map(|unit| unit.rows());
            let rows: Vec<CharacterRow> = rows.into_iter().flatten().map(|held| held.row.clone()).collect();
            let Some(reader) = reader(&rows).filter(|row| is_meant(filter, created_ms, row.level)) else {
                continue;
            };
            response.mail_meant += 1;
            if response.mail_to.len() < SHOWN_MAX {
                response.mail_to.push(to(reader));
            }
        }
        Some(response)
    }
}

/// A letter in a line for the staff log, its words last. Words to some who are named are theirs: the log outlives them.
fn told(wish: &StaffMailing) -> String {
    let StaffMailing { key, filter, subject, text, gold, things, .. } = wish;
    let filter = filter.clone().unwrap_or_default();
    let mut line = format!("letter to many {key}, to ");
    match (filter.ids.len(), filter.online) {
        (0, false) => line.push_str("everybody"),
        (0, true) => line.push_str("who plays"),
        (count, _) => line.push_str(&format!("{count} accounts")),
    }
    let bounds = [
        ("made from", filter.created_from_ms),
        ("made before", filter.created_to_ms),
        ("level from", filter.level_min.into()),
        ("level to", filter.level_max.into()),
    ];
    for (bound, value) in bounds.into_iter().filter(|(_, value)| *value != 0) {
        line.push_str(&format!(", {bound} {value}"));
    }
    for Goods { kind, quantity } in things {
        line.push_str(&format!(", kind {kind}: {quantity}"));
    }
    if *gold != 0 {
        line.push_str(&format!(", gold {gold}"));
    }
    if filter.ids.is_empty() {
        line.push_str(&format!(": {subject}: {text}"));
    }
    line
}

const HELD_UP: &str = "stopped";

/// What a look needs from the store next.
pub(super) fn question(look: &Look) -> What {
    match &look.found {
        None => What::Scan(Scan {
            table: Table::Character as u32,
            prefix: Vec::new(),
            after: if look.after == 0 { Vec::new() } else { behind(look.after) },
            rows_max: PAGE_ROWS,
        }),
        Some(found) => {
            let keys = found.readers.iter().map(|one| Key { key: vec![int(one.account.cast_signed())] });
            What::Get(Get { table: Table::Account as u32, keys: keys.collect() })
        }
    }
}

/// What came of it; nothing: more is needed, and the look says what.
pub(super) fn take(look: &mut Look, page: &ReadResponse) -> Option<StaffResponse> {
    let rows = page.rows.iter().filter_map(|found| found.row.as_ref());
    let found = match look.found.take() {
        None => {
            let rows: Vec<CharacterRow> =
                rows.filter_map(|row| CharacterRow::from_values(&row.row)).collect();
            let mut groups: Vec<&[CharacterRow]> = rows.chunk_by(|a, b| a.account == b.account).collect();
            // The page may have cut the last one: it is looked at with the next page.
            if !page.done && 1 < groups.len() {
                groups.pop();
            }
            let after = groups.last().and_then(|group| group.first()).map_or(look.after, |row| row.account);
            let readers = groups.into_iter().filter_map(reader).map(to).collect();
            let found = Found { readers, after, is_done: page.done };
            let is_dated = look.filter.created_from_ms != 0 || look.filter.created_to_ms != 0;
            if is_dated && !found.readers.is_empty() {
                look.found = Some(found);
                return None;
            }
            found
        }
        Some(mut found) => {
            let rows: Vec<AccountRow> = rows.filter_map(|row| AccountRow::from_values(&row.row)).collect();
            let made = |account| rows.iter().find(|row| row.id == account).map(|row| row.created_ms);
            found.readers.retain(|one| {
                made(one.account).is_some_and(|created_ms| is_meant(&look.filter, created_ms, one.level))
            });
            found
        }
    };
    let Found { mut readers, after, is_done } = found;
    let is_of_level = |one: &StaffMailTo| {
        look.filter.level_min <= one.level
            && (look.filter.level_max == 0 || one.level <= look.filter.level_max)
    };
    readers.retain(is_of_level);
    let mail_meant = readers.len() as u64;
    readers.truncate(SHOWN_MAX);
    let done = is_done;
    Some(StaffResponse { mail_to: readers, mail_meant, mail_after: after, done, ..StaffResponse::default() })
}

fn to(row: &CharacterRow) -> StaffMailTo {
    StaffMailTo { account: row.account, character: row.id, name: row.name.clone(), level: row.level }
}

/// Of a page, so many are shown by name.
const SHOWN_MAX: usize = 20;
/// Characters of a page: their accounts are one further read.
const PAGE_ROWS: u32 = 256;
const _: () = assert!(PAGE_ROWS as usize <= READ_KEYS_MAX);
