//! Forgetting a person, in steps of one record each: first nobody can come in as it any more, then its names go from
//! what others have (`named`), then its characters go one by one, then whom it blocked, what others reported and staff noted of
//! it, its ratings and the list of its matches, then its own name, then its gold. A crash between two leaves a person half forgotten; asked again, it goes on: as
//! long as there is a wallet, something may be left to do. What stays, but for what it wrote to others and reported of
//! them, are numbers: the account's, and ledgers that explain other people's balances.

pub(super) mod named;

use proto::{
    close::CloseReason,
    ids::AccountId,
    link::StaffResponse,
    tables::{
        AccountRow, CharacterRow, ChatBlockRow, FreezeRow, LedgerRow, NameRow, RatingRow, Reason,
        ReplayPlayerRow, ReportRow, RestrictionRow, StaffNoteRow, Table, WalletRow,
    },
    turn::TxnId,
};
use slotmap::Key;

use self::named::{Page, Person};
use super::{
    Ask, Call, Ran, Request, account,
    ask::Erase,
    done,
    log::{Deed, keep},
};
use crate::logic::{
    commands::characters::gone,
    delivery::ConnKey,
    event::Now,
    generation::Generation,
    names::canonical,
    tx::{Halt, Tx},
    world::World,
};

impl World {
    /// One step.
    pub(super) fn staff_erase(&mut self, call: &mut Call, now: Now) -> Result<Ran, Halt> {
        let Request::Erase(erase) = &call.ask.request else { return Ok(Ran::More) };
        let (row, step) = self.in_tx(ConnKey::null(), None, now, |tx| step(tx, &call.ask, erase))?;
        let response = self.staff_about(&row);
        let account = AccountId(row.id);
        if self.work.is_written() {
            self.commit(TxnId { account, cseq: 0 }, now)?;
        }
        self.end_sessions(account, CloseReason::Kicked, &[], now);
        // Its avatar does not outlive the connection as others' do: a row that goes has nobody on the map.
        self.leave_map(account, now);
        self.talking.heard.forget(account.0);
        let Request::Erase(erase) = &mut call.ask.request else { return Ok(Ran::More) };
        Ok(match (step, &mut erase.page) {
            (Step::Unnamed(looked_at), Some(page)) => {
                page.waiting.drain(..looked_at);
                Ran::More
            }
            (Step::LastOfPage, Some(page)) => {
                let after = named::after(erase.table, std::mem::take(&mut page.after));
                done(StaffResponse { after, ..response })
            }
            (Step::NextTable(table), _) => {
                (erase.table, erase.after, erase.page) = (table, Vec::new(), None);
                Ran::More
            }
            (Step::NoPageYet, _) => Ran::Page,
            (Step::Over, _) => done(StaffResponse { done: true, ..response }),
            (Step::Went | Step::Unnamed(_) | Step::LastOfPage, _) => Ran::More,
        })
    }
}

/// Whether an account is forgotten, or about to be: nobody can ever come in as it.
pub(super) fn is_erased(row: &AccountRow) -> bool {
    row.secret_hash.is_none() && row.password.is_none()
}

/// What was done.
enum Step {
    /// Something of the person is gone.
    Went,
    /// A page of what others have is needed.
    NoPageYet,
    /// The first so many rows of it do not name the person any more, or never did.
    Unnamed(usize),
    /// The page is looked through, and is not the table's last one.
    LastOfPage,
    /// The table is looked through, and this is the next one.
    NextTable(Table),
    /// Nothing was left to do.
    Over,
}

fn step(tx: &mut Tx<'_>, ask: &Ask, erase: &Erase) -> Result<(AccountRow, Step), Halt> {
    let row = account(tx, &erase.who)?;
    let id = row.id;
    if !is_erased(&row) {
        let row = shut_out(tx, &row)?;
        keep(tx, ask, Deed { account: id, until_ms: None });
        return Ok((row, Step::Went));
    }
    tx.want::<WalletRow>(&[id]);
    let characters = tx.set::<CharacterRow>(id)?;
    let Some(WalletRow { gold, .. }) = tx.row::<WalletRow>(&id)? else { return Ok((row, Step::Over)) };
    // By the names and numbers of its characters it is found with others: they go after that.
    let step = match &erase.page {
        None => Some(Step::NoPageYet),
        Some(Page { waiting, .. }) if !waiting.is_empty() => {
            let looked_at = named::unname(tx, erase.table, &Person::new(&row, &characters), waiting)?;
            Some(Step::Unnamed(looked_at))
        }
        Some(Page { is_last: false, .. }) => Some(Step::LastOfPage),
        Some(Page { is_last: true, .. }) => named::next(erase.table).map(Step::NextTable),
    };
    if let Some(step) = step {
        return Ok((row, step));
    }
    if let Some(first) = characters.first() {
        gone::for_good(tx, first)?;
        return Ok((row, Step::Went));
    }
    let (blocks, reports) = (tx.set::<ChatBlockRow>(id)?, tx.set::<ReportRow>(id)?);
    let (matches, ratings) = (tx.set::<ReplayPlayerRow>(id)?, tx.set::<RatingRow>(id)?);
    let notes = tx.set::<StaffNoteRow>(id)?;
    let is_clear = blocks.is_empty() && reports.is_empty() && notes.is_empty();
    if !(is_clear && matches.is_empty() && ratings.is_empty()) {
        blocks.iter().for_each(|row| tx.delete::<ChatBlockRow>(&(id, row.blocked)));
        reports.iter().for_each(|row| tx.delete::<ReportRow>(&(id, row.by_account)));
        matches.iter().for_each(|row| tx.delete::<ReplayPlayerRow>(&(id, row.replay)));
        notes.iter().for_each(|row| tx.delete::<StaffNoteRow>(&(id, row.id)));
        ratings.iter().for_each(|row| tx.delete::<RatingRow>(&(id, row.game)));
        return Ok((row, Step::Went));
    }
    if row.name.is_some() {
        return Ok((unnamed(tx, row)?, Step::Went));
    }
    if gold != 0 {
        tx.flow(Reason::Deleted, -gold);
        let (lsn, wall_ms) = (tx.lsn.0, tx.now.wall_ms);
        tx.append(&LedgerRow {
            lsn,
            n: 0,
            from_account: id,
            to_account: 0,
            amount: gold,
            reason: Reason::Deleted as u32,
            cseq: 0,
            wall_ms,
        });
    }
    tx.delete::<WalletRow>(&id);
    Ok((row, Step::Went))
}

/// Nobody can come in as it, by a ticket or a seat that it has neither (S11).
fn shut_out(tx: &mut Tx<'_>, row: &AccountRow) -> Result<AccountRow, Halt> {
    if tx.row::<RestrictionRow>(&row.id)?.is_some() {
        tx.delete::<RestrictionRow>(&row.id);
    }
    if tx.row::<FreezeRow>(&row.id)?.is_some() {
        tx.delete::<FreezeRow>(&row.id);
    }
    let session_gen = Generation(row.session_gen).cut().0;
    let row = AccountRow { secret_hash: None, password: None, session_gen, ..row.clone() };
    tx.put(row.clone());
    Ok(row)
}

/// What it was known by is free.
fn unnamed(tx: &mut Tx<'_>, row: AccountRow) -> Result<AccountRow, Halt> {
    // A name that newer rules refuse is found by nobody.
    if let Some(name) = row.name.as_deref().and_then(|name| canonical(name).ok()) {
        let key = name.key().to_owned();
        if tx.row::<NameRow>(&key)?.is_some_and(|owner| owner.account == row.id) {
            tx.delete::<NameRow>(&key);
        }
    }
    let row = AccountRow { name: None, ..row };
    tx.put(row.clone());
    Ok(row)
}
