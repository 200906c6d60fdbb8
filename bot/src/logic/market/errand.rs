//! One command of a player of the market: what it asks for, what its answer must be, and the line it leaves in the log
//! of deals. Knows no player.

use proto::client::Letter;

use crate::logic::{
    deal::{Deal, DealKind, Thing},
    market::{bag::Change, haggle::Haggle},
    payment::PaymentOutcome,
    stats::Deed,
};

/// What a command is about.
#[derive(Clone, Debug)]
pub enum Errand {
    /// Out of the world, to begin elsewhere.
    Leave,
    /// A new beginning, after it died.
    Respawn,
    /// What is in the bag?
    Bag,
    /// What does a shop sell?
    Wares {
        /// Its number.
        shop: u32,
    },
    /// Which letters are there?
    Letters {
        /// 0: the newest.
        before: u64,
    },
    /// To or from a shop.
    Shop,
    /// A letter.
    Send {
        /// The own count.
        number: u32,
        /// Which player.
        to: u32,
    },
    /// All that is in a letter.
    Take {
        /// As it was listed.
        letter: Box<Letter>,
    },
    /// An empty letter away.
    Delete {
        /// As it was listed.
        letter: Box<Letter>,
    },
    /// A question.
    Ask {
        /// What it becomes when it is taken.
        haggle: Box<Haggle>,
    },
    /// An answer to one.
    Answer,
    /// Something on the table.
    Offer,
    /// Exactly what is shown.
    Accept {
        /// Of what is shown.
        revision: u32,
        /// The other side had accepted it: this makes the trade.
        makes: bool,
    },
    /// Out of a trade.
    Cancel,
    /// Something that must be refused.
    Probe {
        /// As which it is counted.
        deed: Deed,
    },
}

impl Errand {
    /// As which it is counted. `deal`: what it is about, of those of shops.
    #[must_use]
    pub fn deed(&self, deal: Option<&Deal>) -> Deed {
        match self {
            Self::Leave | Self::Respawn => Deed::Enter,
            Self::Bag => Deed::Bag,
            Self::Wares { .. } => Deed::ShopRead,
            Self::Letters { .. } => Deed::MailList,
            Self::Shop if deal.is_some_and(|deal| deal.deed == DealKind::ShopSell) => Deed::ShopSell,
            Self::Shop => Deed::ShopBuy,
            Self::Send { .. } => Deed::MailSend,
            Self::Take { .. } => Deed::MailTake,
            Self::Delete { .. } => Deed::MailDelete,
            Self::Ask { .. } => Deed::TradeAsk,
            Self::Answer => Deed::TradeAnswer,
            Self::Offer => Deed::TradeOffer,
            Self::Accept { .. } => Deed::TradeAccept,
            Self::Cancel => Deed::TradeCancel,
            Self::Probe { deed } => *deed,
        }
    }
}

/// A command on its way.
#[derive(Clone, Debug)]
pub struct Dealing {
    /// What it is about.
    pub errand: Errand,
    /// What it changes if it is done, and its line in the log; of commands that move value.
    pub deal: Option<Deal>,
    /// The trade that it is about, 0 for none.
    pub trade: u64,
    /// With which codes it may be refused.
    pub codes: &'static [&'static str],
}

/// A command to be sent.
#[derive(Debug)]
pub struct Todo {
    /// Its kind.
    pub kind: u32,
    /// Its body.
    pub body: Vec<u8>,
    /// What it is.
    pub dealing: Dealing,
}

impl Todo {
    /// One that moves nothing.
    #[must_use]
    pub fn plain(kind: u32, body: Vec<u8>, errand: Errand, codes: &'static [&'static str]) -> Self {
        Self { kind, body, dealing: Dealing { errand, deal: None, trade: 0, codes } }
    }

    /// One in a trade.
    #[must_use]
    pub fn of(mut self, trade: u64) -> Self {
        self.dealing.trade = trade;
        self
    }

    /// One that moves something.
    #[must_use]
    pub fn deal(mut self, deal: Deal) -> Self {
        self.dealing.deal = Some(deal);
        self
    }
}

impl Deal {
    /// A line that says nothing yet.
    #[must_use]
    pub fn new(deed: DealKind, outcome: PaymentOutcome) -> Self {
        Self {
            player: 0,
            account: 0,
            character: 0,
            session_gen: 0,
            epoch: 0,
            cseq: 0,
            deed,
            outcome,
            code: String::new(),
            lsn: 0,
            shop: 0,
            mail: 0,
            with: 0,
            trade: 0,
            revision: 0,
            gold_out: 0,
            gold_in: 0,
            gives: Vec::new(),
            gets: Vec::new(),
            sent_us: 0,
            learned_us: 0,
        }
    }

    /// What it does to the own wallet.
    #[must_use]
    pub fn gold(&self) -> i64 {
        self.gold_in - self.gold_out
    }

    /// What it does to the own bag.
    #[must_use]
    pub fn change(&self) -> Change {
        Change { gives: self.gives.clone(), gets: self.gets.clone() }
    }
}

impl Thing {
    /// An item of the wire, whole.
    #[must_use]
    pub fn whole(item: &proto::client::Item) -> Self {
        Self { item: item.id, kind: item.kind, quantity: item.quantity }
    }
}
