//! Forgetting a person, in steps of one record each: first nobody can come in as it any more, then its name goes
//! from the letters that it wrote, then its characters go one by one, then whom it blocked and what others reported
//! of it, then its gold. A crash between two leaves a person half forgotten; asked again, it goes on. What is left,
//! but for the name on lists of those who blocked it and for what it reported of others,
//! are numbers: the account's, and ledgers that explain other people's balances.

use proto::{
    close::CloseReason,
    ids::AccountId,
    link::{ReadResponse, StaffResponse},
    tables::{
        AccountRow, CharacterRow, ChatBlockRow, LedgerRow, MailRow, NameRow, Reason, ReportRow,
        RestrictionRow, Row, WalletRow,
    },
    turn::TxnId,
};
use slotmap::Key;

use super::{
    Ask, Call, Ran, Request, account,
    ask::{Erase, Letters},
    done,
    log::{Deed, keep},
};
use crate::logic::{
    commands::characters::gone,
    delivery::ConnKey,
    event::Now,
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
        let Request::Erase(Erase { letters, .. }) = &mut call.ask.request else { return Ok(Ran::More) };
        Ok(match (step, letters) {
            (Step::Letters(looked_at), Some(letters)) => {
                letters.waiting.drain(..looked_at);
                Ran::More
            }
            (Step::LastOfPage, Some(letters)) => {
                done(StaffResponse { after: std::mem::take(&mut letters.after), ..response })
            }
            (Step::NoLettersYet, _) => Ran::Page,
            (Step::Over, _) => done(StaffResponse { done: true, ..response }),
            (Step::Went | Step::Letters(_) | Step::LastOfPage, _) => Ran::More,
        })
    }
}

/// A page of letters, as far as it matters who wrote them.
pub(super) fn letters(page: &ReadResponse) -> Letters {
    let rows = page.rows.iter().filter_map(|found| MailRow::from_values(&found.row.as_ref()?.row));
    let waiting: Vec<[u64; 3]> =
        rows.map(|letter| [letter.to_character, letter.id, letter.from_character]).collect();
    let keys = MailRow::DEF.key_columns;
    let last = page.rows.last().and_then(|found| found.row.as_ref()).map(|row| row.row[..keys].to_vec());
    Letters { is_last: page.done || last.is_none(), after: last.unwrap_or_default(), waiting }
}

/// Whether an account was forgotten: nobody can ever come in as it.
pub(super) fn is_erased(row: &AccountRow) -> bool {
    row.name.is_none() && row.secret_hash.is_none() && row.password.is_none()
}

/// What was done.
enum Step {
    /// Something of the person is gone.
    Went,
    /// A page of letters is needed.
    NoLettersYet,
    /// The first so many of the page do not name the person any more, or never did.
    Letters(usize),
    /// The page is looked through, and is not the last one.
    LastOfPage,
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
    if let Some(first) = characters.first() {
        // By their ids the letters are known: they go last.
        let step = match &erase.letters {
            None => Step::NoLettersYet,
            Some(Letters { waiting, .. }) if !waiting.is_empty() => unsign(tx, &characters, waiting)?,
            Some(Letters { is_last: false, .. }) => Step::LastOfPage,
            Some(Letters { is_last: true, .. }) => {
                gone::for_good(tx, first)?;
                Step::Went
            }
        };
        return Ok((row, step));
    }
    let (blocks, reports) = (tx.set::<ChatBlockRow>(id)?, tx.set::<ReportRow>(id)?);
    if !blocks.is_empty() || !reports.is_empty() {
        blocks.iter().for_each(|row| tx.delete::<ChatBlockRow>(&(id, row.blocked)));
        reports.iter().for_each(|row| tx.delete::<ReportRow>(&(id, row.by_account)));
        return Ok((row, Step::Went));
    }
    let Some(WalletRow { gold, .. }) = tx.row::<WalletRow>(&id)? else { return Ok((row, Step::Over)) };
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

/// Nobody can come in as it, and what it was known by is free.
fn shut_out(tx: &mut Tx<'_>, row: &AccountRow) -> Result<AccountRow, Halt> {
    let id = row.id;
    // A name that newer rules refuse is found by nobody.
    if let Some(name) = row.name.as_deref().and_then(|name| canonical(name).ok()) {
        let key = name.key().to_owned();
        if tx.row::<NameRow>(&key)?.is_some_and(|owner| owner.account == id) {
            tx.delete::<NameRow>(&key);
        }
    }
    if tx.row::<RestrictionRow>(&id)?.is_some() {
        tx.delete::<RestrictionRow>(&id);
    }
    let row = AccountRow { name: None, secret_hash: None, password: None, ..row.clone() };
    tx.put(row.clone());
    Ok(row)
}

/// Takes the name from the first letters of a page that these characters wrote.
fn unsign(tx: &mut Tx<'_>, characters: &[CharacterRow], waiting: &[[u64; 3]]) -> Result<Step, Halt> {
    let is_own = |from: u64| characters.iter().any(|character| character.id == from);
    let mut own = waiting.iter().enumerate().filter(|(_, [_, _, from])| is_own(*from));
    let now: Vec<_> = own.by_ref().take(LETTERS_AT_ONCE).collect();
    let looked_at = own.next().map_or(waiting.len(), |(next, _)| next);
    let owners: Vec<u64> = now.iter().map(|(_, [to, ..])| *to).collect();
    tx.want::<MailRow>(&owners);
    for (_, [to, id, _]) in now {
        // It may have been thrown away since.
        if let Some(letter) = tx.row::<MailRow>(&(*to, *id))? {
            tx.put(MailRow { from_name: String::new(), ..letter });
        }
    }
    Ok(Step::Letters(looked_at))
}

/// Of one record, for each may bring a whole mailbox into memory.
const LETTERS_AT_ONCE: usize = 16;
