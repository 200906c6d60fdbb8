//! A guest takes a name. From then on the password opens the account, and the secret does not.

use proto::{
    client::BindName,
    tables::{AccountRow, NameRow},
};

use crate::logic::{
    logins::claim_name,
    secret::Secret,
    tx::{Call, Halt, Tx, decode},
};

pub(super) fn run(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let BindName { name, password } = decode(call.body)?;
    let password = Secret::new(password);
    let account = tx.row::<AccountRow>(&call.account.0)?.ok_or(Halt::Reject("internal"))?;
    if account.name.is_some() {
        return Err(Halt::Reject("already_named"));
    }
    let (name, phc) = claim_name(tx, &name, password)?;
    tx.put(NameRow { name_key: name.key().to_owned(), account: account.id });
    tx.put(AccountRow {
        name: Some(name.shown().to_owned()),
        password: Some(phc),
        secret_hash: None,
        ..account
    });
    Ok(())
}
