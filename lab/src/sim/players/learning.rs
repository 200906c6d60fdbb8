//! What a player learns from answers and news: its character, its things, its letters, its trade.

use proto::{
    client::{
        Bag, BagChanged, Character, Characters, Item, MailCame, MailSent, MailTaken, Mails, PayResult,
        ShopDeal, TradeAsked, TradeBegun, TradeDone, TradeState,
    },
    ids::Lsn,
    kinds,
};

use super::deeds::Known;
use crate::sim::truth::Wrong;

macro_rules! read {
    ($message:ty, $bytes:expr) => {
        match proto::wire::decode::<$message>($bytes, proto::prescan::Budget::LINK) {
            Ok(message) => message,
            Err(error) => {
                return crate::sim::truth::wrong(
                    "I7",
                    format!("a client cannot read what it is sent: {error}"),
                )
            }
        }
    };
}

pub(super) use read;

impl Known {
    /// From an OK; gives the record's position, where the answer names it.
    pub(super) fn learn(&mut self, kind: u32, result: &[u8]) -> Result<Option<Lsn>, Wrong> {
        Ok(match kind {
            kinds::PAY => Some(Lsn(read!(PayResult, result).lsn)),
            kinds::SHOP_BUY | kinds::SHOP_SELL => Some(Lsn(read!(ShopDeal, result).lsn)),
            kinds::MAIL_SEND => Some(Lsn(read!(MailSent, result).lsn)),
            kinds::MAIL_TAKE => Some(Lsn(read!(MailTaken, result).lsn)),
            kinds::CHAR_CREATE => {
                self.character = read!(Character, result).id;
                None
            }
            kinds::CHAR_LIST => {
                let list = read!(Characters, result);
                self.character = list.characters.first().map_or(0, |character| character.id);
                None
            }
            kinds::CHAR_ENTER => {
                self.in_world = true;
                None
            }
            kinds::BAG_READ => {
                self.items.clear();
                self.have(read!(Bag, result).items);
                None
            }
            kinds::MAIL_LIST => {
                self.letters = read!(Mails, result).letters.iter().map(|letter| letter.id).collect();
                None
            }
            kinds::TRADE_ASK => {
                self.trade = read!(TradeBegun, result).trade;
                self.is_asked = false;
                None
            }
            _ => None,
        })
    }

    /// From news; gives the position of a record that it shows.
    pub(super) fn hear(&mut self, kind: u32, body: &[u8]) -> Result<Option<Lsn>, Wrong> {
        match kind {
            kinds::BAG_CHANGED => {
                let BagChanged { changed, gone } = read!(BagChanged, body);
                self.items.retain(|(id, _)| !gone.contains(id) && changed.iter().all(|item| item.id != *id));
                self.have(changed);
            }
            kinds::MAIL_CAME => self.letters.push(read!(MailCame, body).mail),
            kinds::TRADE_ASKED => {
                self.trade = read!(TradeAsked, body).trade;
                self.is_asked = true;
            }
            kinds::TRADE_STATE => {
                let table = read!(TradeState, body);
                self.trade = table.trade;
                self.is_asked = false;
                self.table = Some(table);
            }
            kinds::TRADE_DONE => {
                self.trade = 0;
                return Ok(Some(Lsn(read!(TradeDone, body).lsn)));
            }
            kinds::TRADE_CANCELED => self.trade = 0,
            _ => {}
        }
        Ok(None)
    }

    fn have(&mut self, items: Vec<Item>) {
        let in_bag = items.into_iter().filter(|item| item.place == IN_BAG);
        self.items.extend(in_bag.map(|item| (item.id, item.quantity)));
    }
}

const IN_BAG: u32 = 1;
