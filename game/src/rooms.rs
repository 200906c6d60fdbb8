//! Rooms that come with Ding. They import the room contract and `proto`, nothing else.

pub mod arena;
pub mod chess;
pub mod doudizhu;
pub mod echo;

use proto::ids::AccountId;

use crate::room::RoomCtx;

/// Whoever has a stake in the pot and does not play for it has it back, before the others share theirs: they left before
/// the match began, and their wallet had no room for it then. If it still has none, the stake goes with the room.
fn refund_others(ctx: &mut RoomCtx<'_>, players: &[AccountId]) {
    let others: Vec<AccountId> =
        ctx.stakers().map(|(account, _)| account).filter(|account| !players.contains(account)).collect();
    for account in others {
        let _kept = ctx.refund(account);
    }
}
