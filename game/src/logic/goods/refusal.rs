//! Why something cannot be done with goods. Knows nothing of who asked.

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Not this character's, or of nobody: nobody learns which.
    #[error("there is no such item")]
    NoSuchItem,
    /// It is offered in a trade.
    #[error("the item is offered in a trade")]
    ItemLocked,
    /// It is worn: it has to be taken off first.
    #[error("the item is worn")]
    ItemWorn,
    /// It is not worn.
    #[error("the item is not worn")]
    NotWorn,
    /// Nobody can wear it.
    #[error("the item cannot be worn")]
    NotWearable,
    /// It is of no use.
    #[error("the item cannot be used")]
    NotUsable,
    /// No free place.
    #[error("the bag is full")]
    BagFull,
    /// No place has this number.
    #[error("a bag has no such place")]
    BadSlot,
    /// None, all where only a part makes sense, or more than anybody can have.
    #[error("the quantity is out of bounds")]
    BadQuantity,
    /// Less is there than was asked for.
    #[error("there are not as many")]
    NotEnoughItems,
    /// Two kinds do not lie in one place.
    #[error("the items are of two kinds")]
    ItemsDiffer,
    /// With itself.
    #[error("that is one item")]
    SameItem,
    /// No more of this kind lie in one place.
    #[error("the place is full")]
    StackFull,
    /// Not in a trade.
    #[error("there is no trade")]
    NoTrade,
    /// It is not in the world, or its connection is away.
    #[error("nobody plays that character now")]
    TheyAreAway,
    /// The two stand too far apart.
    #[error("too far away to trade")]
    TooFar,
    /// In another trade already.
    #[error("one trade at a time")]
    InTrade,
    /// The other one is in another trade.
    #[error("the other one trades with somebody else")]
    TheyTrade,
    /// With oneself, or with a character of the same account.
    #[error("trade with somebody else")]
    OwnTrade,
    /// As many trades as can be are going on.
    #[error("too many trades")]
    TooManyTrades,
    /// It was not answered yet.
    #[error("the trade is not open")]
    TradeNotOpen,
    /// Whoever asked does not answer, and an open trade is answered.
    #[error("nothing to answer")]
    NothingToAnswer,
    /// Negative, or more gold than can be.
    #[error("the amount is out of bounds")]
    BadAmount,
    /// More items than one side may offer.
    #[error("too many items")]
    TooManyItems,
    /// An item stands in an offer twice.
    #[error("an item is offered twice")]
    OfferedTwice,
    /// The offer has changed since: an accept names the exact one.
    #[error("the offer has changed")]
    OfferChanged,
    /// Nothing lies on either side.
    #[error("nothing is offered")]
    NothingOffered,
    /// Accepted already.
    #[error("accepted already")]
    AlreadyAccepted,
}

impl Refusal {
    /// Stable: travels in `Answer.error`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoSuchItem => "no_such_item",
            Self::ItemLocked => "item_locked",
            Self::ItemWorn => "item_worn",
            Self::NotWorn => "not_worn",
            Self::NotWearable => "not_wearable",
            Self::NotUsable => "not_usable",
            Self::BagFull => "bag_full",
            Self::BadSlot => "bad_slot",
            Self::BadQuantity => "bad_quantity",
            Self::NotEnoughItems => "not_enough_items",
            Self::ItemsDiffer => "items_differ",
            Self::SameItem => "same_item",
            Self::StackFull => "stack_full",
            Self::NoTrade => "no_trade",
            Self::TheyAreAway => "they_are_away",
            Self::TooFar => "too_far",
            Self::InTrade => "in_trade",
            Self::TheyTrade => "they_trade",
            Self::OwnTrade => "own_trade",
            Self::TooManyTrades => "too_many_trades",
            Self::TradeNotOpen => "trade_not_open",
            Self::NothingToAnswer => "nothing_to_answer",
            Self::BadAmount => "bad_amount",
            Self::TooManyItems => "too_many_items",
            Self::OfferedTwice => "offered_twice",
            Self::OfferChanged => "offer_changed",
            Self::NothingOffered => "nothing_offered",
            Self::AlreadyAccepted => "already_accepted",
        }
    }
}
