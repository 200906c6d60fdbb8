//! Numbers that columns hold: places of things, and why gold or goods moved. Knows no table.

/// Where at its holder an item is. Numbers are stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Place {
    /// In a character's bag.
    Bag = 1,
    /// Worn by a character.
    Worn = 2,
    /// In a mail.
    Mail = 3,
}

/// Why gold or goods entered, left or moved. Numbers are stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Reason {
    /// Faucet: a new account's first gold.
    Start = 1,
    /// Movement: one player pays another.
    Pay = 2,
    /// Faucet: what a monster leaves.
    Loot = 3,
    /// Sink of gold, faucet of goods.
    ShopBuy = 4,
    /// Faucet of gold, sink of goods.
    ShopSell = 5,
    /// Movement: two players trade.
    Trade = 6,
    /// Movement: into a mail.
    MailSend = 7,
    /// Movement: out of a mail.
    MailTake = 8,
    /// Faucet: another server gives.
    Grant = 9,
    /// Either: a person in charge gives or takes.
    Staff = 10,
    /// Sink of goods: used up.
    Used = 11,
    /// Sink of goods: thrown away.
    Dropped = 12,
    /// Sink: what a deleted character had.
    Deleted = 13,
    /// Movement within one bag: a part of an item becomes another's. Two lines that cancel.
    Arranged = 14,
    /// Movement: into the pot of a room.
    RoomStake = 15,
    /// Movement: out of the pot of a room, back to whose it was.
    RoomRefund = 16,
    /// Movement: out of the pot of a room, to who won it.
    RoomSettle = 17,
    /// Sink: what nobody won of the pot of a room.
    RoomFee = 18,
}
