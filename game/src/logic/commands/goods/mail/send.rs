//! A letter to any character, whether its player is there or not. What is put into it leaves bag and wallet in the
//! record that makes the letter. Between characters of one account neither gold nor things go: they share a wallet.

use proto::{
    client::{MailCame, MailSend, MailSent, MailThing, Wallet},
    kinds,
    limits::{GOLD_MAX, MAIL_ITEMS_MAX, MAIL_SUBJECT_BYTES_MAX, MAIL_TEXT_BYTES_MAX, MAILBOX_MAX},
    packet::Packet,
    tables::{CharacterRow, ItemRow, MailRow, Place, Reason, WalletRow},
    wire,
};

use crate::logic::{
    commands::{
        characters,
        chat::{self, people},
        goods::{
            books::{Line, keep, log, log_gold_moved},
            character, own_bag,
        },
    },
    goods::bag::Bag,
    outputs::Audience,
    restrictions, switches,
    tx::{Call, Halt, Tx, decode},
};

/// `mail_send`.
pub(in crate::logic::commands) fn send(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let MailSend { to, subject, text, gold, things } = decode(call.body)?;
    let from = character(tx)?;
    let subject = chat::shown(tx, &subject, MAIL_SUBJECT_BYTES_MAX)?;
    let text = chat::shown(tx, &text, MAIL_TEXT_BYTES_MAX)?;
    if !(0..=GOLD_MAX).contains(&gold) {
        return Err(Halt::Reject("bad_amount"));
    }
    if MAIL_ITEMS_MAX < things.len() {
        return Err(Halt::Reject("too_many_items"));
    }
    let is_plain = gold == 0 && things.is_empty();
    if is_plain && subject.is_empty() && text.is_empty() {
        return Err(Halt::Reject("text_empty"));
    }
    restrictions::may_speak(tx, call.account.0)?;
    tx.want::<ItemRow>(&[from]);
    let (owner, to) = characters::by_name(tx, &to)?;
    if owner == call.account && !is_plain {
        return Err(Halt::Reject("own_account"));
    }
    if !is_plain {
        switches::may_move_wealth(tx.cache, &[call.account.0, owner.0])?;
    }
    tx.want::<MailRow>(&[to]);
    people::must_not_be_blocked(tx, owner, call.account)?;
    if MAILBOX_MAX <= tx.set::<MailRow>(to)?.len() {
        return Err(Halt::Reject("mailbox_full"));
    }
    let sender = tx.row::<CharacterRow>(&(call.account.0, from))?.ok_or(Halt::Reject("internal"))?;
    let wallet = tx.row::<WalletRow>(&call.account.0)?.ok_or(Halt::Reject("internal"))?;
    if wallet.gold < gold {
        return Err(Halt::Reject("not_enough_gold"));
    }
    let mut bag = own_bag(tx)?;
    let parcels = pack(&mut bag, &things)?;
    chat::take_turn(tx, format!("{subject} {text}").trim())?;
    let mail = tx.new_id()?;
    keep(tx, call, bag);
    put_things(tx, call, (from, mail), parcels)?;
    let mut sent = MailSent { mail, wallet: None, lsn: tx.lsn.0 };
    if gold != 0 {
        let left = wallet.gold - gold;
        sent.wallet = Some(Wallet { gold: left, ver: tx.ver_next::<WalletRow>(&wallet.account) });
        log_gold_moved(tx, call, Reason::MailSend, (wallet.account, mail), gold);
        tx.put(WalletRow { gold: left, ..wallet });
    }
    let came = MailCame { to, mail, from_name: sender.name.clone(), subject: subject.clone() };
    tx.put(MailRow {
        to_character: to,
        id: mail,
        from_character: from,
        from_name: sender.name,
        subject,
        text,
        gold,
        sent_ms: tx.now.wall_ms,
        read: false,
    });
    tx.answer(call, &wire::encode(&sent));
    tx.send(Audience::Account(owner), |bytes| {
        wire::put(bytes, Packet { kind: kinds::MAIL_CAME, ..Packet::default() }, &came);
    });
    Ok(())
}

/// What goes into a letter, out of a bag.
struct Parcel {
    item: u64,
    kind: u32,
    quantity: u32,
    /// More of it stays in the bag: what goes needs an id of its own.
    is_part: bool,
}

/// Takes things out of a bag, or refuses.
fn pack(bag: &mut Bag<'_>, things: &[MailThing]) -> Result<Vec<Parcel>, Halt> {
    let mut parcels = Vec::with_capacity(things.len());
    for MailThing { item, quantity } in things {
        let kind = bag.take(*item, *quantity)?;
        let is_part = bag.item(*item).is_ok();
        parcels.push(Parcel { item: *item, kind, quantity: *quantity, is_part });
    }
    Ok(parcels)
}

/// Lays them into the letter, and writes down where they went: each item's lines add up.
fn put_things(
    tx: &mut Tx<'_>,
    call: &Call<'_>,
    (from, mail): (u64, u64),
    parcels: Vec<Parcel>,
) -> Result<(), Halt> {
    for (slot, Parcel { item, kind, quantity, is_part }) in (0..).zip(parcels) {
        let id = if is_part { tx.new_id()? } else { item };
        if is_part {
            let reason = Reason::Arranged;
            log(tx, call, Line { item, kind, quantity, from, to: 0, reason });
            log(tx, call, Line { item: id, kind, quantity, from: 0, to: from, reason });
        }
        log(tx, call, Line { item: id, kind, quantity, from, to: mail, reason: Reason::MailSend });
        tx.put(ItemRow { holder: mail, id, kind, quantity, place: Place::Mail as u32, slot });
    }
    Ok(())
}
