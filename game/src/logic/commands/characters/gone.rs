//! The end of a character whose grace is over: its row, its name and all it had leave the world in one
//! record, and the reason stands in the books. Letters belong to whom they were sent: they go with it.

use proto::{
    ids::AccountId,
    tables::{CharacterNameRow, CharacterRow, GoodsLogRow, ItemRow, LedgerRow, MailRow, Reason},
};

use crate::logic::{
    names::canonical,
    tx::{Halt, Tx},
};

/// Takes a character out of the world for ever.
pub(in crate::logic) fn for_good(tx: &mut Tx<'_>, row: &CharacterRow) -> Result<(), Halt> {
    let CharacterRow { account, id, .. } = *row;
    tx.want::<ItemRow>(&[id]);
    tx.want::<MailRow>(&[id]);
    // A name that newer rules refuse stays with a character that is not there: it is free all the same.
    if let Ok(name) = canonical(&row.name) {
        let key = name.key().to_owned();
        let owner = tx.row::<CharacterNameRow>(&key)?;
        if owner.is_some_and(|owner| owner.character == id) {
            tx.delete::<CharacterNameRow>(&key);
        }
    }
    let letters = tx.set::<MailRow>(id)?;
    let holders: Vec<u64> = letters.iter().map(|letter| letter.id).chain([id]).collect();
    tx.want::<ItemRow>(&holders);
    for holder in holders {
        end_items(tx, AccountId(account), holder)?;
    }
    for letter in letters {
        end_letter(tx, &letter);
    }
    tx.delete::<CharacterRow>(&(account, id));
    Ok(())
}

fn end_items(tx: &mut Tx<'_>, account: AccountId, holder: u64) -> Result<(), Halt> {
    for item in tx.set::<ItemRow>(holder)? {
        let ItemRow { id, kind, quantity, .. } = item;
        tx.delete::<ItemRow>(&(holder, id));
        tx.goods_flow(Reason::Deleted, kind, -i64::from(quantity));
        let row = GoodsLogRow {
            lsn: tx.lsn.0,
            n: tx.appended(),
            item: id,
            kind,
            quantity,
            from_holder: holder,
            to_holder: 0,
            reason: Reason::Deleted as u32,
            account: account.0,
            cseq: 0,
            wall_ms: tx.now.wall_ms,
        };
        tx.append(&row);
    }
    Ok(())
}

fn end_letter(tx: &mut Tx<'_>, letter: &MailRow) {
    let MailRow { to_character, id, gold, .. } = *letter;
    tx.delete::<MailRow>(&(to_character, id));
    if gold != 0 {
        tx.flow(Reason::Deleted, -gold);
        let row = LedgerRow {
            lsn: tx.lsn.0,
            n: tx.appended(),
            from_account: id,
            to_account: 0,
            amount: gold,
            reason: Reason::Deleted as u32,
            cseq: 0,
            wall_ms: tx.now.wall_ms,
        };
        tx.append(&row);
    }
}
