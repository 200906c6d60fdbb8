//! Commands on things, for scripts: what real ones do with sets, without their rules. Bodies are numbers; an id is
//! its counter within the first epoch.

use proto::{
    kinds::{Class, KindDef, Lane},
    limits::MAIL_TEXT_BYTES_MAX,
    tables::{GoodsLogRow, ItemRow, MailRow, Place, Reason},
};

use crate::logic::{
    commands::Run,
    tx::{Call, Halt, Tx},
};

/// `KIND,HOLDER,QUANTITY`: a new thing comes into the world.
pub(crate) const MAKE: u32 = 901;
/// `ID,FROM,TO`: it changes hands.
pub(crate) const MOVE: u32 = 902;
/// `HOLDER`: answers with what the holder has, `ID:KINDxQUANTITY` each.
pub(crate) const LOOK: u32 = 903;
/// `ID,HOLDER`: it leaves the world.
pub(crate) const DROP: u32 = 904;
/// `HOLDER`: puts a thing where it has not looked.
pub(crate) const BLIND: u32 = 905;
/// Makes a holder that nobody knows yet, with one thing, looks, and answers with its id.
pub(crate) const FOUND: u32 = 906;
/// `HOLDER,LINES`: a new thing comes into the world, with so many lines about it in the log.
pub(crate) const CHRONICLE: u32 = 907;
/// `HOLDER,LETTERS`: so many letters of the longest text come to a mailbox.
pub(crate) const FLOOD: u32 = 908;

pub(crate) const KINDS: [u32; 8] = [MAKE, MOVE, LOOK, DROP, BLIND, FOUND, CHRONICLE, FLOOD];

pub(crate) fn def(kind: u32) -> KindDef {
    KindDef {
        kind,
        name: "test",
        class: Class::Command,
        body_max: 64,
        cost: 1,
        lane: Lane::MustArrive,
        secret: false,
        before_login: false,
    }
}

pub(crate) fn find(kind: u32) -> Option<Run> {
    Some(Run::Rows(match kind {
        MAKE => make,
        MOVE => change_hands,
        LOOK => look,
        DROP => drop_it,
        BLIND => blind,
        FOUND => found,
        CHRONICLE => chronicle,
        FLOOD => flood,
        _ => return None,
    }))
}

fn numbers<const N: usize>(call: &Call<'_>) -> [u64; N] {
    let text = std::str::from_utf8(call.body).unwrap();
    let numbers: Vec<u64> = text.split(',').map(|word| word.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

/// Kind, holder, quantity.
fn make(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let [kind, holder, quantity] = numbers(call);
    let slot = u32::try_from(tx.set::<ItemRow>(holder)?.len()).unwrap();
    put_new(tx, call, &ItemRow { slot, ..thing(kind, holder, quantity) })
}

fn thing(kind: u64, holder: u64, quantity: u64) -> ItemRow {
    let [kind, quantity] = [kind, quantity].map(|number| u32::try_from(number).unwrap());
    ItemRow { holder, id: 0, kind, quantity, place: Place::Bag as u32, slot: 0 }
}

fn put_new(tx: &mut Tx<'_>, call: &Call<'_>, item: &ItemRow) -> Result<(), Halt> {
    let item = ItemRow { id: tx.new_id()?, ..item.clone() };
    tx.goods_flow(Reason::Loot, item.kind, item.quantity.into());
    log(tx, call, &item, 0, item.holder);
    tx.put(item);
    Ok(())
}

fn log(tx: &mut Tx<'_>, call: &Call<'_>, item: &ItemRow, from_holder: u64, to_holder: u64) {
    tx.append(&GoodsLogRow {
        lsn: tx.lsn.0,
        n: tx.appended(),
        item: item.id,
        kind: item.kind,
        quantity: item.quantity,
        from_holder,
        to_holder,
        reason: Reason::Loot as u32,
        account: call.account.0,
        cseq: call.cseq,
        wall_ms: tx.now.wall_ms,
    });
}

fn change_hands(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let [id, from, to] = numbers(call);
    let id = id | EPOCH_1;
    tx.want::<ItemRow>(&[from, to]);
    tx.set::<ItemRow>(to)?;
    let item = tx.row::<ItemRow>(&(from, id))?.ok_or(Halt::Reject("no_such_item"))?;
    tx.delete::<ItemRow>(&(from, id));
    assert_eq!(tx.row::<ItemRow>(&(from, id))?, None);
    log(tx, call, &item, from, to);
    tx.put(ItemRow { holder: to, ..item });
    assert!(tx.set::<ItemRow>(to)?.iter().any(|there| there.id == id));
    Ok(())
}

fn drop_it(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let [id, holder] = numbers(call);
    let id = id | EPOCH_1;
    let item = tx.row::<ItemRow>(&(holder, id))?.ok_or(Halt::Reject("no_such_item"))?;
    tx.delete::<ItemRow>(&(holder, id));
    tx.goods_flow(Reason::Dropped, item.kind, -i64::from(item.quantity));
    log(tx, call, &item, holder, 0);
    Ok(())
}

fn look(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let [holder] = numbers(call);
    let items = tx.set::<ItemRow>(holder)?;
    assert!(items.is_sorted_by_key(|item| item.id));
    let shown = items.iter().map(|item| format!("{}:{}x{}", item.id & !EPOCH_1, item.kind, item.quantity));
    tx.answer(call, shown.collect::<Vec<_>>().join(" ").as_bytes());
    Ok(())
}

fn blind(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let [holder] = numbers(call);
    put_new(tx, call, &thing(1, holder, 1))
}

fn found(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let holder = tx.new_id()?;
    assert_eq!(tx.set::<ItemRow>(holder)?, []);
    put_new(tx, call, &thing(1, holder, 5))?;
    assert_eq!(tx.set::<ItemRow>(holder)?.len(), 1);
    tx.answer(call, holder.to_string().as_bytes());
    Ok(())
}

fn chronicle(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let [holder, lines] = numbers(call);
    tx.set::<ItemRow>(holder)?;
    let item = thing(7, holder, 1);
    put_new(tx, call, &item)?;
    (1..lines).for_each(|_| log(tx, call, &item, 0, holder));
    Ok(())
}

fn flood(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let [holder, letters] = numbers(call);
    tx.set::<MailRow>(holder)?;
    for _ in 0..letters {
        let (id, text) = (tx.new_id()?, "x".repeat(MAIL_TEXT_BYTES_MAX));
        tx.put(MailRow {
            to_character: holder,
            id,
            from_character: 0,
            from_name: String::new(),
            subject: String::new(),
            text,
            gold: 0,
            sent_ms: tx.now.wall_ms,
            read: false,
        });
    }
    Ok(())
}

const EPOCH_1: u64 = 1 << 32;
