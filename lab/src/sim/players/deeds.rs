//! What a player may ask for: of what it knows, and now and then what nobody may have.

use proto::{
    client::{
        CharCreate, CharEnter, MailDelete, MailSend, MailTake, MailThing, Pay, ShopBuy, ShopSell,
        TradeAccept, TradeAnswer, TradeAsk, TradeCancel, TradeOffer, TradeState, TradeThing,
    },
    kinds, wire,
};

use crate::sim::dice::Dice;

/// A command, before it has a number.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    pub(super) kind: u32,
    pub(super) body: Vec<u8>,
    pub(super) is_value: Value,
}

/// What an OK means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A record of value.
    Always,
    /// A record of value, or none.
    Maybe,
    /// Nothing that must not vanish.
    Never,
}

/// What a player knows of itself and others; may be out of date.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) character: u64,
    pub(super) in_world: bool,
    pub(super) items: Vec<(u64, u32)>,
    pub(super) letters: Vec<u64>,
    pub(super) trade: u64,
    /// It was asked and has not said yes.
    pub(super) is_asked: bool,
    pub(super) table: Option<TradeState>,
}

/// Somebody else.
#[derive(Clone, Debug)]
pub(super) struct Other {
    pub(super) account: u64,
    pub(super) character: u64,
    pub(super) name: String,
}

impl Deed {
    fn new(kind: u32, body: Vec<u8>, is_value: Value) -> Self {
        Self { kind, body, is_value }
    }

    pub(super) fn draw(name: &str, known: &Known, others: &[Other], dice: &mut Dice) -> Self {
        let other = &others[dice.index(others.len())];
        let amount = dice.pick(&[0, 1, 2, 7, 100, 900, 5_000]).unwrap_or(1);
        let pay = Self::new(kinds::PAY, wire::encode(&Pay { to: other.account, amount }), Value::Always);
        if dice.below(3) == 0 {
            return pay;
        }
        if known.character == 0 && dice.below(4) == 0 {
            // An answer may have been lost.
            return Self::new(kinds::CHAR_LIST, Vec::new(), Value::Never);
        }
        if known.character == 0 {
            let create = CharCreate { name: name.to_owned() };
            return Self::new(kinds::CHAR_CREATE, wire::encode(&create), Value::Always);
        }
        if !known.in_world {
            let enter = CharEnter { character: known.character };
            return Self::new(kinds::CHAR_ENTER, wire::encode(&enter), Value::Maybe);
        }
        if known.trade != 0 && dice.below(3) != 0 {
            return Self::of_trade(known, dice);
        }
        match dice.below(12) {
            0 => Self::new(kinds::WALLET_READ, Vec::new(), Value::Never),
            1 => Self::new(kinds::BAG_READ, Vec::new(), Value::Never),
            2 => Self::new(kinds::MAIL_LIST, Vec::new(), Value::Maybe),
            3 | 4 => {
                let kind = dice.pick(&[40, 41, 1]).unwrap_or(40);
                let buy = ShopBuy { shop: 1, kind, quantity: u32::from(dice.coin()) * 2 + 1 };
                Self::new(kinds::SHOP_BUY, wire::encode(&buy), Value::Always)
            }
            5 => {
                let (item, _) = dice.pick(&known.items).unwrap_or((7, 1));
                let sell = ShopSell { shop: 1, item, quantity: 1 };
                Self::new(kinds::SHOP_SELL, wire::encode(&sell), Value::Always)
            }
            6 | 7 => {
                let thing = dice.pick(&known.items).filter(|_| dice.coin());
                let send = MailSend {
                    to: other.name.clone(),
                    text: "take it".to_owned(),
                    gold: amount,
                    things: thing.map(|(item, quantity)| MailThing { item, quantity }).into_iter().collect(),
                    ..MailSend::default()
                };
                Self::new(kinds::MAIL_SEND, wire::encode(&send), Value::Always)
            }
            8 => {
                let take = MailTake { mail: dice.pick(&known.letters).unwrap_or(7) };
                Self::new(kinds::MAIL_TAKE, wire::encode(&take), Value::Always)
            }
            9 => {
                let delete = MailDelete { mail: dice.pick(&known.letters).unwrap_or(7) };
                Self::new(kinds::MAIL_DELETE, wire::encode(&delete), Value::Always)
            }
            10 if other.character != 0 => {
                let ask = TradeAsk { character: other.character };
                Self::new(kinds::TRADE_ASK, wire::encode(&ask), Value::Never)
            }
            _ => pay,
        }
    }

    fn of_trade(known: &Known, dice: &mut Dice) -> Self {
        let trade = known.trade;
        if known.is_asked {
            let answer = TradeAnswer { trade, yes: dice.below(5) != 0 };
            return Self::new(kinds::TRADE_ANSWER, wire::encode(&answer), Value::Never);
        }
        let table = known.table.as_ref().filter(|table| table.trade == trade);
        match (table, dice.below(10)) {
            (_, 0) => Self::new(kinds::TRADE_CANCEL, wire::encode(&TradeCancel { trade }), Value::Never),
            (Some(table), 1..7) => {
                let accept = TradeAccept { trade, revision: table.revision, hash: table.hash.clone() };
                Self::new(kinds::TRADE_ACCEPT, wire::encode(&accept), Value::Maybe)
            }
            _ => {
                let thing = dice.pick(&known.items).filter(|_| dice.coin());
                let things = thing.map(|(item, quantity)| TradeThing { item, quantity });
                let gold = dice.pick(&[0, 3, 40]).unwrap_or(0);
                let offer = TradeOffer { trade, gold, items: things.into_iter().collect() };
                Self::new(kinds::TRADE_OFFER, wire::encode(&offer), Value::Never)
            }
        }
    }
}
