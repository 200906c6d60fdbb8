//! What players do that is measured, each by its name. Knows no figures.

use crate::logic::schedule::Action;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// From the intended moment of connecting until the game let the player in.
    Login,
    /// From the death of a connection until the game let the player in again.
    Reconnect,
    /// A payment.
    Pay,
    /// A line of chat, until its answer.
    Chat,
    /// An echo.
    Echo,
    /// Reading the own wallet.
    Wallet,
    /// Entering the room.
    Join,
    /// Looking at the own characters, making one, going onto the map with it.
    Enter,
    /// A move, until its player sees it itself.
    Move,
    /// A move of somebody else, until it is seen.
    Seen,
    /// A question whether somebody will trade.
    TradeAsk,
    /// An answer to one.
    TradeAnswer,
    /// Something on the table of a trade.
    TradeOffer,
    /// Exactly what lies there.
    TradeAccept,
    /// Out of a trade.
    TradeCancel,
    /// A letter.
    MailSend,
    /// A look at the letters.
    MailList,
    /// All that is in a letter.
    MailTake,
    /// An empty letter away.
    MailDelete,
    /// A look at a shop's wares.
    ShopRead,
    /// Something from a shop.
    ShopBuy,
    /// Something to one.
    ShopSell,
    /// A look into the bag.
    Bag,
    /// A line for those near, until its answer.
    Near,
    /// A line for one alone, until its answer.
    Private,
    /// A blow.
    Attack,
    /// Beginning again after death.
    Respawn,
    /// A wish for a quick match, or no more of it.
    RoomMatch,
    /// Into a room of a game, or out of it.
    RoomEnter,
    /// A move in a game, or whatever else it has.
    Play,
}

impl Deed {
    /// Every one, in the order of the table.
    pub const ALL: [Self; 30] = [
        Self::Login,
        Self::Reconnect,
        Self::Pay,
        Self::Chat,
        Self::Echo,
        Self::Wallet,
        Self::Join,
        Self::Enter,
        Self::Move,
        Self::Seen,
        Self::TradeAsk,
        Self::TradeAnswer,
        Self::TradeOffer,
        Self::TradeAccept,
        Self::TradeCancel,
        Self::MailSend,
        Self::MailList,
        Self::MailTake,
        Self::MailDelete,
        Self::ShopRead,
        Self::ShopBuy,
        Self::ShopSell,
        Self::Bag,
        Self::Near,
        Self::Private,
        Self::Attack,
        Self::Respawn,
        Self::RoomMatch,
        Self::RoomEnter,
        Self::Play,
    ];

    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Reconnect => "reconnect",
            Self::Pay => "pay",
            Self::Chat => "chat",
            Self::Echo => "echo",
            Self::Wallet => "wallet",
            Self::Join => "join",
            Self::Enter => "enter",
            Self::Move => "move",
            Self::Seen => "seen",
            Self::TradeAsk => "trade_ask",
            Self::TradeAnswer => "trade_answer",
            Self::TradeOffer => "trade_offer",
            Self::TradeAccept => "trade_accept",
            Self::TradeCancel => "trade_cancel",
            Self::MailSend => "mail_send",
            Self::MailList => "mail_list",
            Self::MailTake => "mail_take",
            Self::MailDelete => "mail_delete",
            Self::ShopRead => "shop_read",
            Self::ShopBuy => "shop_buy",
            Self::ShopSell => "shop_sell",
            Self::Bag => "bag",
            Self::Near => "near",
            Self::Private => "private",
            Self::Attack => "attack",
            Self::Respawn => "respawn",
            Self::RoomMatch => "room_match",
            Self::RoomEnter => "room_enter",
            Self::Play => "play",
        }
    }

    /// Whether it is a command with an answer.
    #[must_use]
    pub fn is_command(self) -> bool {
        match self {
            Self::Login | Self::Reconnect | Self::Move | Self::Seen => false,
            Self::Pay
            | Self::Chat
            | Self::Echo
            | Self::Wallet
            | Self::Join
            | Self::Enter
            | Self::TradeAsk
            | Self::TradeAnswer
            | Self::TradeOffer
            | Self::TradeAccept
            | Self::TradeCancel
            | Self::MailSend
            | Self::MailList
            | Self::MailTake
            | Self::MailDelete
            | Self::ShopRead
            | Self::ShopBuy
            | Self::ShopSell
            | Self::Bag
            | Self::Near
            | Self::Private
            | Self::Attack
            | Self::Respawn
            | Self::RoomMatch
            | Self::RoomEnter
            | Self::Play => true,
        }
    }
}

impl From<Action> for Deed {
    fn from(action: Action) -> Self {
        match action {
            Action::Pay => Self::Pay,
            Action::Chat => Self::Chat,
            Action::Echo => Self::Echo,
            Action::Move => Self::Move,
            Action::Trade => Self::TradeAsk,
            Action::Mail => Self::MailSend,
            Action::Shop | Action::Probe => Self::ShopBuy,
            Action::Look => Self::Bag,
            Action::Near => Self::Near,
            Action::Private => Self::Private,
            Action::Strike => Self::Attack,
        }
    }
}
