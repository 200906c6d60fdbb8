//! A letter of the server's to a character, whether its player is there or not. What is in it comes into the world with it.

use proto::{
    client::MailCame,
    ids::AccountId,
    kinds,
    limits::MAILBOX_MAX,
    packet::Packet,
    tables::{ItemRow, LedgerRow, MailRow, Place, Reason},
    wire,
};

use super::{Did, Letter, Things, character, giving::nobodys};
use crate::logic::{
    commands::goods::books::{Line, log},
    goods::refusal::Refusal,
    outputs::Audience,
    staff::StaffError,
    tx::{Halt, Tx},
};

pub(super) fn send(tx: &mut Tx<'_>, account: AccountId, letter: &Letter) -> Result<Did, Halt> {
    let Letter { to, subject, text, gold, things } = letter;
    tx.want::<MailRow>(&[*to]);
    character(tx, account, *to)?;
    if MAILBOX_MAX <= tx.set::<MailRow>(*to)?.len() {
        return Err(Halt::Reject("mailbox_full"));
    }
    let mail = tx.new_id()?;
    let mut contents = String::new();
    for (slot, Things { kind, quantity }) in (0..).zip(things) {
        let (kind, quantity) = (*kind, *quantity);
        let known = tx.design.item(kind).ok_or(StaffError::NoSuchKind)?;
        if known.stack < quantity {
            return Err(Refusal::StackFull.into());
        }
        contents.push_str(&format!(", {} ({kind}): {quantity}", known.name));
        let id = tx.new_id()?;
        tx.put(ItemRow { holder: mail, id, kind, quantity, place: Place::Mail as u32, slot });
        tx.goods_flow(Reason::Staff, kind, quantity.into());
        log(tx, &nobodys(), Line { item: id, kind, quantity, from: 0, to: mail, reason: Reason::Staff });
    }
    let (lsn, n, wall_ms) = (tx.lsn.0, tx.appended(), tx.now.wall_ms);
    if *gold != 0 {
        contents.push_str(&format!(", gold {gold}"));
        tx.flow(Reason::Staff, *gold);
        tx.append(&LedgerRow {
            lsn,
            n,
            from_account: 0,
            to_account: mail,
            amount: *gold,
            reason: Reason::Staff as u32,
            cseq: 0,
            wall_ms,
        });
    }
    let came = MailCame { to: *to, mail, from_name: FROM.to_owned(), subject: subject.clone() };
    tx.put(MailRow {
        to_character: *to,
        id: mail,
        from_character: 0,
        from_name: FROM.to_owned(),
        subject: subject.clone(),
        text: text.clone(),
        gold: *gold,
        sent_ms: wall_ms,
        read: false,
    });
    tx.send(Audience::Account(account), |bytes| {
        wire::put(bytes, Packet { kind: kinds::MAIL_CAME, ..Packet::default() }, &came);
    });
    let logged = Some(format!("letter {mail}{contents}"));
    Ok(Did { logged, ..Did::new(String::new(), format!("letter {mail}: {subject}{contents}")) })
}

/// Nobody can be called so: it is reserved.
const FROM: &str = "Staff";
