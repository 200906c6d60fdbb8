//! What a player of the market does with shops and letters.

use proto::{
    client::{
        Item, Letter, MailDelete, MailList, MailSend, MailTake, MailThing, ShopBuy, ShopRead, ShopSell,
        ShopWare,
    },
    kinds::{MAIL_DELETE, MAIL_LIST, MAIL_SEND, MAIL_TAKE, SHOP_BUY, SHOP_READ, SHOP_SELL},
    wire::encode,
};
use rand_core::Rng;

use super::Merchant;
use crate::logic::{
    deal::{Deal, DealKind, Thing},
    market::{
        errand::{Errand, Todo},
        fair::Fair,
        letters::Written,
        way::Way,
    },
    payment::PaymentOutcome,
    stats::Deed,
};

impl Merchant {
    /// Items of which it may dispose: not offered in a trade.
    pub(super) fn loose(&self) -> Vec<Item> {
        let reserved = self.haggle.as_ref().map(|haggle| haggle.reserved().things).unwrap_or_default();
        let is_loose = |item: &&Item| reserved.iter().all(|thing| thing.item != item.id);
        self.bag.items().filter(is_loose).copied().collect()
    }

    /// Buys or sells something at a shop near.
    pub fn shop(&mut self, gold: i64, rng: &mut impl Rng) -> Option<Todo> {
        let near: Vec<u32> = self.way.as_ref().map(|way| way.near().collect()).unwrap_or_default();
        let shop = *pick(&near, rng)?;
        let Some(wares) = self.wares.get(&shop) else {
            return Some(Todo::plain(SHOP_READ, encode(&ShopRead { shop }), Errand::Wares { shop }, &[]));
        };
        if let Some((item, price)) = self.locked(wares).filter(|_| rng.next_u32().is_multiple_of(3)) {
            // When the trade ends before that comes, it may be sold, or be somebody else's.
            let codes = &["item_locked", "no_such_item"];
            return Some(sell(shop, &item, item.quantity, price, codes));
        }
        let is_full = ITEMS_MANY < self.bag.len();
        let sells = is_full || gold < GOLD_LOW || rng.next_u32().is_multiple_of(3);
        let to_sell: Vec<(Item, i64)> = self
            .loose()
            .into_iter()
            .filter_map(|item| {
                let ware = wares.iter().find(|ware| ware.kind == item.kind)?;
                Some((item, ware.sell?))
            })
            .collect();
        if let Some((item, price)) = pick(&to_sell, rng).filter(|_| sells).copied() {
            // A full bag gets emptier only by what goes whole.
            let part = 1 + rng.next_u32() % item.quantity;
            let quantity = if is_full { item.quantity } else { part };
            return Some(sell(shop, &item, quantity, price, &[]));
        }
        // One buys what is cheap for whoever has so much: gold lasts as long as the run.
        let is_cheap = |price: &i64| *price <= gold / 32;
        let to_buy: Vec<(u32, i64)> =
            wares.iter().filter_map(|ware| Some((ware.kind, ware.buy.filter(is_cheap)?))).collect();
        let (kind, price) = *pick(&to_buy, rng).filter(|_| !is_full)?;
        let quantity = 1 + rng.next_u32() % 3;
        let deal = Deal {
            shop,
            gold_out: price * i64::from(quantity),
            gets: vec![Thing { item: 0, kind, quantity }],
            ..Deal::new(DealKind::ShopBuy, PaymentOutcome::Unknown)
        };
        let body = encode(&ShopBuy { shop, kind, quantity });
        Some(Todo::plain(SHOP_BUY, body, Errand::Shop, &[]).deal(deal))
    }

    /// A letter with gold, things or both to anybody.
    pub fn send(&mut self, gold: i64, rng: &mut impl Rng, fair: &mut Fair) -> Option<Todo> {
        let to = fair.anybody(rng.next_u32(), self.id)?;
        let (with, name) = fair.look(to).map(|stall| (stall.character, stall.name.clone()))?;
        let amount =
            if gold > 0 && !rng.next_u32().is_multiple_of(4) { 1 + i64::from(rng.next_u32() % 5) } else { 0 };
        let amount = amount.min(gold.max(0));
        let mut loose = self.loose();
        let (mut gives, mut whole) = (Vec::new(), Vec::new());
        for _ in 0..rng.next_u32() % 3 {
            if loose.is_empty() {
                break;
            }
            let item = loose.swap_remove(rng.next_u32() as usize % loose.len());
            let quantity = if rng.next_u32().is_multiple_of(2) { item.quantity } else { 1 };
            if quantity == item.quantity {
                whole.push(item.id);
            }
            gives.push(Thing { item: item.id, kind: item.kind, quantity });
        }
        self.written += 1;
        let number = self.written;
        let things =
            gives.iter().map(|thing| MailThing { item: thing.item, quantity: thing.quantity }).collect();
        let letter = MailSend {
            to: name,
            subject: fair.letters.subject(self.id, number),
            text: "for you".to_owned(),
            gold: amount,
            things,
        };
        let written = Written { from: self.character, to, gold: amount, things: gives.clone(), whole };
        fair.letters.write(self.id, number, written);
        let deal =
            Deal { with, gold_out: amount, gives, ..Deal::new(DealKind::MailSend, PaymentOutcome::Unknown) };
        let codes = &["mailbox_full"];
        Some(Todo::plain(MAIL_SEND, encode(&letter), Errand::Send { number, to }, codes).deal(deal))
    }

    /// What is to be done with letters that came, if anything is.
    pub fn mail(&mut self, rng: &mut impl Rng) -> Option<Todo> {
        if let Some(letter) = self.todo.pop_front() {
            let mail = letter.id;
            let is_empty = letter.gold == 0 && letter.items.is_empty();
            if rng.next_u32().is_multiple_of(ERR_ONE_IN) {
                // Neither is a full letter thrown away, nor an empty one emptied.
                self.todo.push_front(letter);
                return Some(if is_empty { err_take(mail) } else { err_delete(mail) });
            }
            if is_empty {
                let deal = Deal { mail, ..Deal::new(DealKind::MailDelete, PaymentOutcome::Unknown) };
                let errand = Errand::Delete { letter: Box::new(letter) };
                let delete = encode(&MailDelete { mail });
                return Some(Todo::plain(MAIL_DELETE, delete, errand, &[]).deal(deal));
            }
            let deal = Deal {
                mail,
                gold_in: letter.gold,
                gets: letter.items.iter().map(Thing::whole).collect(),
                ..Deal::new(DealKind::MailTake, PaymentOutcome::Unknown)
            };
            let errand = Errand::Take { letter: Box::new(letter) };
            return Some(Todo::plain(MAIL_TAKE, encode(&MailTake { mail }), errand, &[]).deal(deal));
        }
        if std::mem::take(&mut self.has_mail) {
            return Some(self.list(0));
        }
        None
    }

    /// A page of letters.
    #[must_use]
    pub fn list(&self, before: u64) -> Todo {
        Todo::plain(MAIL_LIST, encode(&MailList { before }), Errand::Letters { before }, &[])
    }

    /// A letter is empty now: it is thrown away next.
    pub fn emptied(&mut self, letter: Letter) {
        self.todo.push_front(Letter { gold: 0, items: Vec::new(), ..letter });
    }

    /// It did not work now: later.
    pub fn put_back(&mut self, letter: Letter) {
        self.todo.push_front(letter);
    }

    /// Something that lies on the table of a trade, and what it would bring.
    fn locked(&self, wares: &[ShopWare]) -> Option<(Item, i64)> {
        let haggle = self.haggle.as_ref()?;
        haggle.reserved().things.iter().find_map(|thing| {
            let item = self.bag.item(thing.item)?;
            let ware = wares.iter().find(|ware| ware.kind == item.kind)?;
            Some((*item, ware.sell?))
        })
    }

    /// Shops that are too far away.
    pub(in crate::logic::market) fn far_shop(&self) -> Option<u32> {
        self.way.as_ref().and_then(|way: &Way| way.far().next())
    }
}

fn sell(shop: u32, item: &Item, quantity: u32, price: i64, codes: &'static [&'static str]) -> Todo {
    let deal = Deal {
        shop,
        gold_in: price * i64::from(quantity),
        gives: vec![Thing { item: item.id, kind: item.kind, quantity }],
        ..Deal::new(DealKind::ShopSell, PaymentOutcome::Unknown)
    };
    let body = encode(&ShopSell { shop, item: item.id, quantity });
    Todo::plain(SHOP_SELL, body, Errand::Shop, codes).deal(deal)
}

fn err_take(mail: u64) -> Todo {
    let deal = Deal { mail, ..Deal::new(DealKind::MailTake, PaymentOutcome::Unknown) };
    let errand = Errand::Probe { deed: Deed::MailTake };
    Todo::plain(MAIL_TAKE, encode(&MailTake { mail }), errand, &["mail_empty"]).deal(deal)
}

fn err_delete(mail: u64) -> Todo {
    let errand = Errand::Probe { deed: Deed::MailDelete };
    Todo::plain(MAIL_DELETE, encode(&MailDelete { mail }), errand, &["mail_not_empty"])
}

/// One of them.
pub(in crate::logic::market) fn pick<'a, T>(all: &'a [T], rng: &mut impl Rng) -> Option<&'a T> {
    if all.is_empty() { None } else { all.get(rng.next_u32() as usize % all.len()) }
}

const ERR_ONE_IN: u32 = 16;
/// With more items than this one sells and does not buy.
const ITEMS_MANY: usize = 24;
/// With less gold than this one sells.
const GOLD_LOW: i64 = 80;
