//! A character's mailbox: looked at, emptied into bag and wallet, cleared. Gold and things in a letter are the
//! letter's until they are taken. How letters come is `send`'s.

mod send;

pub(in crate::logic::commands) use self::send::send;

use proto::{
    client::{Letter, MailDelete, MailList, MailTake, MailTaken, Mails, Wallet},
    limits::{GOLD_MAX, MAIL_PAGE_MAX},
    tables::{ItemRow, MailRow, Reason, WalletRow},
    wire,
};

use super::{
    books::{Line, keep, log, log_gold_moved, seen},
    character, own_bag,
};
use crate::logic::{
    switches,
    tx::{Call, Halt, Tx, decode},
};

/// `mail_list`.
pub(in crate::logic::commands) fn list(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let MailList { before } = decode(call.body)?;
    let own = character(tx)?;
    let before = if before == 0 { u64::MAX } else { before };
    let mut older = tx.set::<MailRow>(own)?;
    older.retain(|row| row.id < before);
    let more = MAIL_PAGE_MAX < older.len();
    let page: Vec<MailRow> = older.into_iter().rev().take(MAIL_PAGE_MAX).collect();
    let holders: Vec<u64> = page.iter().map(|row| row.id).collect();
    tx.want::<ItemRow>(&holders);
    let mut letters = Vec::with_capacity(page.len());
    for row in &page {
        let items = tx.set::<ItemRow>(row.id)?.iter().map(seen).collect();
        letters.push(letter(row, items));
    }
    // That somebody has looked is nothing of value: a crash may take it back.
    tx.progress();
    for row in page.into_iter().filter(|row| !row.read) {
        tx.put(MailRow { read: true, ..row });
    }
    tx.answer(call, &wire::encode(&Mails { letters, more }));
    Ok(())
}

/// `mail_take`.
pub(in crate::logic::commands) fn take(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let MailTake { mail } = decode(call.body)?;
    switches::may_move_wealth(tx.cache, &[call.account.0])?;
    let holder = character(tx)?;
    tx.want::<ItemRow>(&[holder]);
    let row = one(tx, holder, mail)?;
    tx.want::<ItemRow>(&[mail]);
    let mut bag = own_bag(tx)?;
    let things = tx.set::<ItemRow>(mail)?;
    if row.gold == 0 && things.is_empty() {
        return Err(Halt::Reject("mail_empty"));
    }
    let account = call.account.0;
    let wallet = tx.row::<WalletRow>(&account)?.ok_or(Halt::Reject("internal"))?;
    if GOLD_MAX - row.gold < wallet.gold {
        return Err(Halt::Reject("wallet_full"));
    }
    for thing in &things {
        bag.receive(thing)?;
    }
    keep(tx, call, bag);
    let reason = Reason::MailTake;
    for ItemRow { id, kind, quantity, .. } in things {
        tx.delete::<ItemRow>(&(mail, id));
        log(tx, call, Line { item: id, kind, quantity, from: mail, to: holder, reason });
    }
    let mut taken = MailTaken { wallet: None, lsn: tx.lsn.0 };
    if row.gold != 0 {
        let gold = wallet.gold + row.gold;
        taken.wallet = Some(Wallet { gold, ver: tx.ver_next::<WalletRow>(&account) });
        tx.put(WalletRow { gold, ..wallet });
        log_gold_moved(tx, call, reason, (mail, account), row.gold);
    }
    tx.put(MailRow { gold: 0, read: true, ..row });
    tx.answer(call, &wire::encode(&taken));
    Ok(())
}

/// `mail_delete`.
pub(in crate::logic::commands) fn delete(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let MailDelete { mail } = decode(call.body)?;
    let holder = character(tx)?;
    let row = one(tx, holder, mail)?;
    if row.gold != 0 || !tx.set::<ItemRow>(mail)?.is_empty() {
        return Err(Halt::Reject("mail_not_empty"));
    }
    tx.delete::<MailRow>(&(holder, mail));
    Ok(())
}

/// A letter of the character's. Somebody else's is like one that does not exist.
fn one(tx: &mut Tx<'_>, holder: u64, mail: u64) -> Result<MailRow, Halt> {
    let letters = tx.set::<MailRow>(holder)?;
    letters.into_iter().find(|row| row.id == mail).ok_or(Halt::Reject("no_such_mail"))
}

fn letter(row: &MailRow, items: Vec<proto::client::Item>) -> Letter {
    Letter {
        id: row.id,
        from: row.from_character,
        from_name: row.from_name.clone(),
        subject: row.subject.clone(),
        text: row.text.clone(),
        gold: row.gold,
        items,
        sent_ms: row.sent_ms,
        read: row.read,
    }
}
