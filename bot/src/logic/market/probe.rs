//! What nobody may do: amounts of nothing, below nothing and huge, deals with oneself, things of others. Each is
//! refused with the one right name; where the others may have changed something meanwhile, with one of a few. Knows no
//! answers.

mod table;
#[cfg(test)]
mod tests;

use proto::{
    client::{MailDelete, MailSend, MailTake, MailThing, Pay, ShopBuy, ShopSell},
    kinds::{MAIL_DELETE, MAIL_SEND, MAIL_TAKE, PAY, SHOP_BUY, SHOP_SELL},
    limits::GOLD_MAX,
    wire::encode,
};
use rand_core::Rng;

use crate::logic::{
    deal::{Deal, DealKind, Thing},
    market::{
        errand::{Errand, Todo},
        fair::Fair,
        merchant::Merchant,
    },
    payment::PaymentOutcome,
    stats::Deed,
};

/// What a probe may look at.
#[derive(Debug)]
pub struct Around<'a> {
    /// The one who probes.
    pub merchant: &'a Merchant,
    /// Its number, account and gold.
    pub player: u32,
    /// See `player`.
    pub account: u64,
    /// See `player`.
    pub gold: i64,
    /// The others.
    pub fair: &'a Fair,
}

/// Something that must be refused; nothing if this one makes no sense here and now.
#[must_use]
pub fn draw(around: &Around<'_>, rng: &mut impl Rng) -> Option<Todo> {
    let wish = rng.next_u32();
    match rng.next_u32() % 5 {
        0 => pay(around, wish),
        1 => shop(around, wish),
        2 => letter(around, wish),
        3 => mailbox(around, wish),
        _ => table::away(around, wish),
    }
}

/// Something that must be refused at the table of the trade that one is in.
#[must_use]
pub fn draw_at_table(around: &Around<'_>, rng: &mut impl Rng) -> Option<Todo> {
    table::at_table(around, rng.next_u32())
}

type Codes = &'static [&'static str];

/// Gold to oneself, to nobody, and amounts that are none.
fn pay(around: &Around<'_>, wish: u32) -> Option<Todo> {
    let other = around.account;
    let (to, amount, codes): (u64, i64, Codes) = match wish % 7 {
        0 => (around.account, 1, &["own_wallet"]),
        1 => (other, 0, &["bad_amount"]),
        2 => (other, -5, &["bad_amount"]),
        3 => (other, i64::MIN, &["bad_amount"]),
        6 => (other, i64::MAX, &["bad_amount"]),
        4 => (other, GOLD_MAX + 1, &["bad_amount"]),
        _ => (NOBODY, 1, &["no_such_account"]),
    };
    let deal = Deal { gold_out: amount, ..Deal::new(DealKind::Pay, PaymentOutcome::Unknown) };
    Some(probe(PAY, encode(&Pay { to, amount }), Deed::Pay, codes).deal(deal))
}

/// Quantities that are none, things that are not there or of others, shops that are not there or too far.
fn shop(around: &Around<'_>, wish: u32) -> Option<Todo> {
    let merchant = around.merchant;
    let near = merchant.way.as_ref().and_then(|way| way.near().next());
    let ware = |shop: u32| {
        let wares = merchant.wares.get(&shop)?;
        wares.iter().find_map(|ware| Some((ware.kind, ware.buy?)))
    };
    let mine = merchant.bag.items().next().map(|item| (item.id, item.quantity));
    match wish % 9 {
        0 => Some(buy(near?, ware(near?)?.0, 0, &["bad_quantity"])),
        1 => Some(buy(near?, ware(near?)?.0, u32::MAX, &["bad_quantity"])),
        // What lies on the table of a trade is not held back, and what the other side gives may come any moment.
        2 if merchant.haggle.is_none() => {
            let (kind, price) = ware(near?)?;
            let quantity =
                u32::try_from(around.gold / price.max(1) + 1).ok().filter(|count| *count <= 1_000_000)?;
            Some(buy(near?, kind, quantity, &["not_enough_gold"]))
        }
        3 => Some(buy(near?, NO_KIND, 1, &["not_sold_here"])),
        4 => Some(buy(NO_SHOP, 40, 1, &["no_such_shop"])),
        5 => Some(buy(merchant.far_shop()?, 40, 1, &["shop_too_far"])),
        6 => Some(sell(near?, foreign_item(around, wish)?, 1, &["no_such_item"])),
        // Whoever trades may lose it meanwhile, or has it locked.
        7 if merchant.haggle.is_none() => Some(sell(near?, mine?.0, 0, &["bad_quantity"])),
        _ if merchant.haggle.is_none() => Some(sell(near?, mine?.0, mine?.1 + 1, &["not_enough_items"])),
        _ => None,
    }
}

fn buy(shop: u32, kind: u32, quantity: u32, codes: Codes) -> Todo {
    let gets = vec![Thing { item: 0, kind, quantity }];
    let deal = Deal { shop, gets, ..Deal::new(DealKind::ShopBuy, PaymentOutcome::Unknown) };
    probe(SHOP_BUY, encode(&ShopBuy { shop, kind, quantity }), Deed::ShopBuy, codes).deal(deal)
}

fn sell(shop: u32, item: u64, quantity: u32, codes: Codes) -> Todo {
    let gives = vec![Thing { item, kind: 0, quantity }];
    let deal = Deal { shop, gives, ..Deal::new(DealKind::ShopSell, PaymentOutcome::Unknown) };
    probe(SHOP_SELL, encode(&ShopSell { shop, item, quantity }), Deed::ShopSell, codes).deal(deal)
}

/// Letters to oneself and to nobody, with amounts that are none and with things of others.
fn letter(around: &Around<'_>, wish: u32) -> Option<Todo> {
    let to = around.fair.look(around.fair.anybody(wish / 16, around.player)?)?.name.clone();
    let own = |name: &str| MailSend { to: name.to_owned(), gold: 1, ..MailSend::default() };
    let gold = |gold: i64| MailSend { to: to.clone(), gold, ..MailSend::default() };
    let with = |things: Vec<(u64, u32)>| MailSend {
        to: to.clone(),
        things: things.into_iter().map(|(item, quantity)| MailThing { item, quantity }).collect(),
        ..MailSend::default()
    };
    let is_busy = around.merchant.haggle.is_some();
    let mine = around.merchant.bag.items().next().filter(|_| !is_busy).map(|item| (item.id, item.quantity));
    let (letter, codes): (MailSend, Codes) = match wish % 14 {
        0 => (own(&around.merchant.twin()?.1), &["own_account"]),
        1 => (own(&around.fair.look(around.player)?.name), &["own_account"]),
        2 => (gold(-1), &["bad_amount"]),
        3 => (gold(i64::MIN), &["bad_amount"]),
        4 => (gold(GOLD_MAX + 1), &["bad_amount"]),
        5 => (gold(GOLD_MAX), &["not_enough_gold", "mailbox_full"]),
        6 => (gold(0), &["text_empty"]),
        7 => (MailSend { to: "Nobody Xyzzy".to_owned(), ..gold(1) }, &["no_such_character"]),
        8 => (with(vec![(foreign_item(around, wish)?, 1)]), &["no_such_item", "mailbox_full"]),
        9 => (with(vec![(mine?.0, 0)]), &["bad_quantity", "mailbox_full"]),
        10 => (with(vec![(mine?.0, mine?.1 + 1)]), &["not_enough_items", "mailbox_full"]),
        // All of it, and then some of what is no more.
        11 => (with(vec![mine?, (mine?.0, 1)]), &["no_such_item", "mailbox_full"]),
        12 => (with((1..=9).map(|item| (item, 1)).collect()), &["too_many_items"]),
        _ => (MailSend { subject: "x".repeat(65), ..gold(1) }, &["text_too_long"]),
    };
    let gives =
        letter.things.iter().map(|thing| Thing { item: thing.item, kind: 0, quantity: thing.quantity });
    let deal = Deal {
        gold_out: letter.gold,
        gives: gives.collect(),
        ..Deal::new(DealKind::MailSend, PaymentOutcome::Unknown)
    };
    Some(probe(MAIL_SEND, encode(&letter), Deed::MailSend, codes).deal(deal))
}

/// Letters of others, letters that do not exist.
fn mailbox(around: &Around<'_>, wish: u32) -> Option<Todo> {
    let foreign = |around: &Around<'_>| {
        let owner = around.fair.find(wish / 8, around.player, |stall| stall.mail != 0)?;
        around.fair.look(owner).map(|stall| stall.mail)
    };
    let take = |mail: u64| {
        let deal = Deal { mail, ..Deal::new(DealKind::MailTake, PaymentOutcome::Unknown) };
        probe(MAIL_TAKE, encode(&MailTake { mail }), Deed::MailTake, &["no_such_mail"]).deal(deal)
    };
    let delete = |mail: u64, codes| probe(MAIL_DELETE, encode(&MailDelete { mail }), Deed::MailDelete, codes);
    match wish % 4 {
        0 => Some(take(foreign(around)?)),
        1 => Some(take(NOBODY)),
        2 => Some(delete(foreign(around)?, &["no_such_mail"])),
        _ => Some(delete(NOBODY, &["no_such_mail"])),
    }
}

/// An item of somebody else. Not while a trade could bring it here.
fn foreign_item(around: &Around<'_>, wish: u32) -> Option<u64> {
    let Around { merchant, player, fair, .. } = around;
    if merchant.haggle.as_ref().is_some_and(|haggle| haggle.may_be_made() || haggle.other_accepted()) {
        return None;
    }
    let is_foreign = |item: u64| item != 0 && merchant.bag.item(item).is_none();
    let owner = fair.find(wish / 16, *player, |stall| is_foreign(stall.item))?;
    fair.look(owner).map(|stall| stall.item)
}

fn probe(kind: u32, body: Vec<u8>, deed: Deed, codes: Codes) -> Todo {
    Todo::plain(kind, body, Errand::Probe { deed }, codes)
}

/// Nobody's id: ids of accounts, characters, items and letters begin far above.
const NOBODY: u64 = 1;
const NO_KIND: u32 = 999_999;
const NO_SHOP: u32 = 9_999;
