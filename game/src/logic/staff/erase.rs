//! Forgetting a person, in steps of one record each: first nobody can come in as it any more, then its
//! characters go one by one, then its gold. A crash between two leaves a person half forgotten; asked again,
//! it goes on. What is left are numbers: the account's, and ledgers that explain other people's balances.

use proto::{
    close::CloseReason,
    ids::AccountId,
    link::StaffResponse,
    tables::{AccountRow, CharacterRow, LedgerRow, NameRow, Reason, RestrictionRow, WalletRow},
    turn::TxnId,
};
use slotmap::Key;

use super::{
    Ask, Who, account,
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
    /// One step. Nothing: there is more.
    pub(super) fn staff_erase(
        &mut self,
        ask: &Ask,
        who: &Who,
        now: Now,
    ) -> Result<Option<StaffResponse>, Halt> {
        let (row, is_over) = self.in_tx(ConnKey::null(), None, now, |tx| step(tx, ask, who))?;
        let response = self.staff_about(&row);
        let account = AccountId(row.id);
        if self.work.is_written() {
            self.commit(TxnId { account, cseq: 0 }, now)?;
        }
        self.end_sessions(account, CloseReason::Kicked, &[], now);
        Ok(is_over.then_some(response))
    }
}

/// Whether an account was forgotten: nobody can ever come in as it.
pub(super) fn is_erased(row: &AccountRow) -> bool {
    row.name.is_none() && row.secret_hash.is_none() && row.password.is_none()
}

/// Whether nothing was left to do.
fn step(tx: &mut Tx<'_>, ask: &Ask, who: &Who) -> Result<(AccountRow, bool), Halt> {
    let row = account(tx, who)?;
    let id = row.id;
    if !is_erased(&row) {
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
        let row = AccountRow { name: None, secret_hash: None, password: None, ..row };
        tx.put(row.clone());
        keep(tx, ask, Deed { account: id, until_ms: None });
        return Ok((row, false));
    }
    tx.want::<WalletRow>(&[id]);
    if let Some(character) = tx.set::<CharacterRow>(id)?.first() {
        gone::for_good(tx, character)?;
        return Ok((row, false));
    }
    let Some(WalletRow { gold, .. }) = tx.row::<WalletRow>(&id)? else { return Ok((row, true)) };
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
    Ok((row, false))
}
