//! Names and passwords that staff gives: for a guest who lost the device, for somebody who forgot.

use proto::{
    close::CloseReason,
    ids::AccountId,
    link::StaffResponse,
    tables::{AccountRow, NameRow},
    turn::TxnId,
};
use slotmap::Key;

use super::{
    Ask, StaffError, account,
    ask::Password,
    erase::is_erased,
    log::{Deed, keep},
};
use crate::logic::{
    credentials::check_password,
    delivery::ConnKey,
    event::{HashResult, Now},
    generation::Generation,
    logins::{HASH_FAILED, claim_name},
    names::canonical,
    secret::Secret,
    tx::{Halt, HashWish, Tx},
    world::World,
};

impl World {
    /// Durable before it is answered. What was let in by the old secret or password is closed (V19).
    pub(super) fn staff_password(
        &mut self,
        ask: &Ask,
        wish: &Password,
        hash: Option<&HashResult>,
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        let row = self.in_tx(ConnKey::null(), hash, now, |tx| write(tx, ask, wish))?;
        let response = self.staff_about(&row);
        let account = AccountId(row.id);
        self.commit(TxnId { account, cseq: 0 }, now)?;
        self.end_sessions(account, CloseReason::Kicked, &[], now);
        Ok(response)
    }
}

fn write(tx: &mut Tx<'_>, ask: &Ask, wish: &Password) -> Result<AccountRow, Halt> {
    let mut row = account(tx, &wish.who)?;
    if is_erased(&row) {
        return Err(StaffError::Erased.into());
    }
    let password = Secret::new(wish.password.expose().clone());
    match (&wish.bind_name, row.name.as_deref()) {
        (Some(_), Some(_)) => return Err(Halt::Reject("already_named")),
        (None, None) => return Err(StaffError::NotNamed.into()),
        (Some(typed), None) => {
            let (name, phc) = claim_name(tx, typed, password)?;
            row.name = Some(name.shown().to_owned());
            row.password = Some(phc);
            tx.put(NameRow { name_key: name.key().to_owned(), account: row.id });
        }
        (None, Some(name)) => {
            // A name that is stored was canonical when it was taken.
            let key = canonical(name).map_or_else(|_| name.to_owned(), |name| name.key().to_owned());
            check_password(password.expose(), &key).map_err(|error| Halt::Reject(error.code()))?;
            match tx.hash(|| HashWish::Make(password))? {
                HashResult::Made(phc) => row.password = Some(phc.clone()),
                HashResult::Verified { .. } | HashResult::Failed => return Err(HASH_FAILED),
            }
        }
    }
    row.secret_hash = None;
    // Tickets and seats that the old one gave end with it (S11).
    row.session_gen = Generation(row.session_gen).cut().0;
    tx.put(row.clone());
    keep(tx, ask, Deed { account: row.id, until_ms: None });
    Ok(row)
}
