//! Names of the reasons for which gold and things move, for tables: as `docs/TABLES.md` has them.

use proto::tables::Reason;

/// The name of a stored reason.
pub(super) fn name(reason: u32) -> &'static str {
    ALL.iter().find(|(known, _)| *known as u32 == reason).map_or("", |(_, name)| name)
}

const ALL: &[(Reason, &str)] = &[
    (Reason::Start, "Start"),
    (Reason::Pay, "Pay"),
    (Reason::Loot, "Loot"),
    (Reason::ShopBuy, "ShopBuy"),
    (Reason::ShopSell, "ShopSell"),
    (Reason::Trade, "Trade"),
    (Reason::MailSend, "MailSend"),
    (Reason::MailTake, "MailTake"),
    (Reason::Grant, "Grant"),
    (Reason::Staff, "Staff"),
    (Reason::Used, "Used"),
    (Reason::Dropped, "Dropped"),
    (Reason::Deleted, "Deleted"),
    (Reason::Arranged, "Arranged"),
    (Reason::RoomStake, "RoomStake"),
    (Reason::RoomRefund, "RoomRefund"),
    (Reason::RoomSettle, "RoomSettle"),
    (Reason::RoomFee, "RoomFee"),
];
