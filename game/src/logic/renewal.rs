//! A password whose stored hash is cheaper than hashes are today is hashed again when a login has proved it
//! (reliability V13): then alone it is known. Nobody waits for it, and it waits for nobody: it is left for the next
//! login when others' passwords wait. Knows no connection.

use proto::{ids::AccountId, tables::AccountRow, turn::TxnId};
use slotmap::Key;

use super::{
    delivery::ConnKey,
    event::{HashResult, Now},
    parking::{Before, Waiter},
    secret::Secret,
    tx::{Halt, HashWish, Tx},
    world::World,
};

/// Whose hash is made again.
#[derive(Debug)]
pub(crate) struct Renewal {
    account: AccountId,
    /// The cheap one: another one since is somebody's new password.
    cheap: Option<String>,
}

impl World {
    /// After a login with this password.
    pub(super) fn begin_renewal(
        &mut self,
        account: AccountId,
        cheap: Option<String>,
        password: &Secret,
        now: Now,
    ) {
        if self.hashes.is_waiting() {
            return;
        }
        let password = Secret::new(password.expose().clone());
        let waiter = Waiter::Renewal(Box::new(Renewal { account, cheap }));
        // Without room for it, the next login begins it again.
        let _ = self.suspend(waiter, 0, Halt::Hash(HashWish::Make(password)), now);
    }

    /// It is hashed.
    pub(super) fn renew(&mut self, renewal: &Renewal, before: Before, now: Now) {
        if let Some(HashResult::Made(phc)) = before.hash {
            let run = self.in_tx(ConnKey::null(), None, now, |tx| write(tx, renewal, phc));
            // What does not become true now does at a later login.
            if run.is_ok() && self.work.is_written() {
                let _ = self.commit(TxnId { account: renewal.account, cseq: 0 }, now);
            }
        }
        self.unpin(&before.pins);
    }
}

fn write(tx: &mut Tx<'_>, renewal: &Renewal, phc: String) -> Result<(), Halt> {
    let row = tx.row::<AccountRow>(&renewal.account.0)?;
    if let Some(row) = row.filter(|row| row.password == renewal.cheap) {
        tx.progress();
        tx.put(AccountRow { password: Some(phc), ..row });
    }
    Ok(())
}
