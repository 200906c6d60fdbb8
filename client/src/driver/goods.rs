//! Commands about goods: the own bag, shops, trades, letters. All are about the character that is in the world.

use proto::{
    client::{
        Bag, ItemDrop, ItemMerge, ItemMove, ItemSplit, ItemTakeOff, ItemUse, ItemWear, MailDelete, MailList,
        MailSend, MailSent, MailTake, MailTaken, Mails, ShopBuy, ShopDeal, ShopRead, ShopSell, ShopWares,
        TradeAccept, TradeAnswer, TradeAsk, TradeBegun, TradeCancel, TradeOffer, TradeState, TradeThing,
    },
    kinds,
    wire::{decode, encode},
};

use super::{error::Error, handle::Client};
use crate::logic::{echo::FROM_SERVER, types::Outcome};

/// The own bag. What a command did to it comes as [`crate::Push::BagChanged`] before its answer.
impl Client {
    /// All that the character has.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn bag(&self) -> Result<Outcome<Bag>, Error> {
        let outcome = self.command(kinds::BAG_READ, &[]).await?;
        outcome.read(kinds::BAG_READ, |body| decode(body, FROM_SERVER))
    }

    /// Lays an item into another place of the bag, 0 to 99.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn move_item(&self, item: u64, slot: u32) -> Result<Outcome, Error> {
        self.command(kinds::ITEM_MOVE, &encode(&ItemMove { item, slot })).await
    }

    /// Makes an item of its own of a part of one.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn split_item(&self, item: u64, quantity: u32) -> Result<Outcome, Error> {
        self.command(kinds::ITEM_SPLIT, &encode(&ItemSplit { item, quantity })).await
    }

    /// Lays as much of an item as fits to another of its kind.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn merge_items(&self, item: u64, into: u64) -> Result<Outcome, Error> {
        self.command(kinds::ITEM_MERGE, &encode(&ItemMerge { item, into })).await
    }

    /// Puts an item on.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn wear(&self, item: u64) -> Result<Outcome, Error> {
        self.command(kinds::ITEM_WEAR, &encode(&ItemWear { item })).await
    }

    /// Takes an item off.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn take_off(&self, item: u64) -> Result<Outcome, Error> {
        self.command(kinds::ITEM_TAKE_OFF, &encode(&ItemTakeOff { item })).await
    }

    /// Throws so many of an item away, for ever.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn drop_items(&self, item: u64, quantity: u32) -> Result<Outcome, Error> {
        self.command(kinds::ITEM_DROP, &encode(&ItemDrop { item, quantity })).await
    }

    /// Uses one of an item up.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn use_item(&self, item: u64) -> Result<Outcome, Error> {
        self.command(kinds::ITEM_USE, &encode(&ItemUse { item })).await
    }
}

/// Shops: a number of the designers' table, within 20 m of the character.
impl Client {
    /// What a shop sells and takes, from anywhere.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn shop_wares(&self, shop: u32) -> Result<Outcome<ShopWares>, Error> {
        let outcome = self.command(kinds::SHOP_READ, &encode(&ShopRead { shop })).await?;
        outcome.read(kinds::SHOP_READ, |body| decode(body, FROM_SERVER))
    }

    /// Buys so many of a kind.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn shop_buy(&self, shop: u32, kind: u32, quantity: u32) -> Result<Outcome<ShopDeal>, Error> {
        let outcome = self.command(kinds::SHOP_BUY, &encode(&ShopBuy { shop, kind, quantity })).await?;
        outcome.read(kinds::SHOP_BUY, |body| decode(body, FROM_SERVER))
    }

    /// Sells so many of an item.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn shop_sell(&self, shop: u32, item: u64, quantity: u32) -> Result<Outcome<ShopDeal>, Error> {
        let outcome = self.command(kinds::SHOP_SELL, &encode(&ShopSell { shop, item, quantity })).await?;
        outcome.read(kinds::SHOP_SELL, |body| decode(body, FROM_SERVER))
    }
}

/// Trades. How one goes on comes as [`crate::Push::TradeAsked`], [`crate::Push::TradeState`],
/// [`crate::Push::TradeDone`] and [`crate::Push::TradeCanceled`].
impl Client {
    /// Asks whoever plays a character near to trade.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn trade_ask(&self, character: u64) -> Result<Outcome<TradeBegun>, Error> {
        let outcome = self.command(kinds::TRADE_ASK, &encode(&TradeAsk { character })).await?;
        outcome.read(kinds::TRADE_ASK, |body| decode(body, FROM_SERVER))
    }

    /// Says yes or no to whoever asked.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn trade_answer(&self, trade: u64, yes: bool) -> Result<Outcome, Error> {
        self.command(kinds::TRADE_ANSWER, &encode(&TradeAnswer { trade, yes })).await
    }

    /// Offers this and nothing else; items whole.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn trade_offer(&self, trade: u64, gold: i64, items: Vec<TradeThing>) -> Result<Outcome, Error> {
        self.command(kinds::TRADE_OFFER, &encode(&TradeOffer { trade, gold, items })).await
    }

    /// Accepts exactly what was shown. Whether its hash is that of what it shows is for the caller to look at,
    /// with [`crate::trade_hash`].
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn trade_accept(&self, shown: &TradeState) -> Result<Outcome, Error> {
        let TradeState { trade, revision, hash, .. } = shown.clone();
        self.command(kinds::TRADE_ACCEPT, &encode(&TradeAccept { trade, revision, hash })).await
    }

    /// Ends the trade, at any stage.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn trade_cancel(&self, trade: u64) -> Result<Outcome, Error> {
        self.command(kinds::TRADE_CANCEL, &encode(&TradeCancel { trade })).await
    }
}

/// Letters. One that comes is told by [`crate::Push::MailCame`].
impl Client {
    /// Sends a letter to a character by its name, whether its player is there or not.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn mail_send(&self, letter: &MailSend) -> Result<Outcome<MailSent>, Error> {
        let outcome = self.command(kinds::MAIL_SEND, &encode(letter)).await?;
        outcome.read(kinds::MAIL_SEND, |body| decode(body, FROM_SERVER))
    }

    /// Up to 16 letters older than `before`, newest first; 0: from the newest on.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn mail_list(&self, before: u64) -> Result<Outcome<Mails>, Error> {
        let outcome = self.command(kinds::MAIL_LIST, &encode(&MailList { before })).await?;
        outcome.read(kinds::MAIL_LIST, |body| decode(body, FROM_SERVER))
    }

    /// Takes all that is in a letter.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn mail_take(&self, mail: u64) -> Result<Outcome<MailTaken>, Error> {
        let outcome = self.command(kinds::MAIL_TAKE, &encode(&MailTake { mail })).await?;
        outcome.read(kinds::MAIL_TAKE, |body| decode(body, FROM_SERVER))
    }

    /// Throws an empty letter away.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn mail_delete(&self, mail: u64) -> Result<Outcome, Error> {
        self.command(kinds::MAIL_DELETE, &encode(&MailDelete { mail })).await
    }
}
