//! The table of Ding's own commands: each kind and the function that runs it. A new command is one line
//! here and one function in a file of its subject below.

mod bind_name;
pub(in crate::logic) mod characters;
pub(in crate::logic) mod chat;
pub(in crate::logic) mod goods;
mod wallet;

#[cfg(test)]
mod tests;

use proto::kinds;

use super::{
    delivery::ConnKey,
    event::Now,
    tx::{Call, Halt, Tx},
    world::World,
};

/// How a command runs.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// On rows, in a transaction. Without an answer of its own it is answered OK.
    Rows(fn(&mut Tx<'_>, &Call<'_>) -> Result<(), Halt>),
    /// On rooms, or on who is in the world. It answers by itself if it does not fail.
    World(fn(&mut World, ConnKey, &Call<'_>, Now) -> Result<(), Halt>),
}

const COMMANDS: &[(u32, Run)] = &[
    (kinds::BIND_NAME, Run::Rows(bind_name::run)),
    (kinds::CHAT_SAY, Run::World(World::chat_say)),
    (kinds::CHAT_NEAR, Run::World(World::chat_near)),
    (kinds::CHAT_PRIVATE, Run::World(World::chat_private)),
    (kinds::CHAT_HISTORY, Run::World(World::chat_history)),
    (kinds::CHAT_BLOCK, Run::Rows(chat::people::block)),
    (kinds::CHAT_REPORT, Run::World(World::chat_report)),
    (kinds::WALLET_READ, Run::Rows(wallet::read)),
    (kinds::PAY, Run::Rows(wallet::pay)),
    (kinds::ROOM_JOIN, Run::World(World::join_room)),
    (kinds::ROOM_LEAVE, Run::World(World::leave_own_room)),
    (kinds::ROOM_CREATE, Run::World(World::room_create)),
    (kinds::ROOM_LIST, Run::World(World::room_list)),
    (kinds::ROOM_ANSWER, Run::World(World::answer_room)),
    (kinds::CHAR_LIST, Run::Rows(characters::list)),
    (kinds::CHAR_CREATE, Run::Rows(characters::create)),
    (kinds::CHAR_DELETE, Run::Rows(characters::delete)),
    (kinds::CHAR_RESTORE, Run::Rows(characters::restore)),
    (kinds::CHAR_ENTER, Run::World(World::char_enter)),
    (kinds::CHAR_LEAVE, Run::World(World::char_leave)),
    (kinds::ATTACK, Run::World(World::attack)),
    (kinds::RESPAWN, Run::World(World::respawn)),
    (kinds::BAG_READ, Run::Rows(goods::read)),
    (kinds::ITEM_MOVE, Run::Rows(goods::move_to)),
    (kinds::ITEM_SPLIT, Run::Rows(goods::split)),
    (kinds::ITEM_MERGE, Run::Rows(goods::merge)),
    (kinds::ITEM_WEAR, Run::World(World::item_wear)),
    (kinds::ITEM_TAKE_OFF, Run::World(World::item_take_off)),
    (kinds::ITEM_DROP, Run::Rows(goods::drop_some)),
    (kinds::ITEM_USE, Run::World(World::item_use)),
    (kinds::SHOP_READ, Run::Rows(goods::wares)),
    (kinds::SHOP_BUY, Run::Rows(goods::buy)),
    (kinds::SHOP_SELL, Run::Rows(goods::sell)),
    (kinds::TRADE_ASK, Run::World(World::trade_ask)),
    (kinds::TRADE_ANSWER, Run::World(World::trade_answer)),
    (kinds::TRADE_OFFER, Run::World(World::trade_offer)),
    (kinds::TRADE_ACCEPT, Run::World(World::trade_accept)),
    (kinds::TRADE_CANCEL, Run::World(World::trade_cancel)),
    (kinds::MAIL_SEND, Run::Rows(goods::mail_send)),
    (kinds::MAIL_LIST, Run::Rows(goods::mail_list)),
    (kinds::MAIL_TAKE, Run::Rows(goods::mail_take)),
    (kinds::MAIL_DELETE, Run::Rows(goods::mail_delete)),
    (kinds::REPLAY_LIST, Run::World(World::replay_list)),
    (kinds::REPLAY_FETCH, Run::World(World::replay_fetch)),
    (kinds::REPLAY_WATCH, Run::World(World::replay_watch)),
    (kinds::REPLAY_STOP, Run::World(World::replay_stop)),
    (kinds::ROOM_MATCH, Run::World(World::room_match)),
    (kinds::ROOM_MATCH_CANCEL, Run::World(World::room_match_cancel)),
    (kinds::RATING_READ, Run::World(World::rating_read)),
];

/// The function of a kind below the rooms' range.
pub(crate) fn find(kind: u32) -> Option<Run> {
    #[cfg(test)]
    if let Some(run) = super::testing::bags::find(kind) {
        return Some(run);
    }
    COMMANDS.iter().find(|(known, _)| *known == kind).map(|(_, run)| *run)
}
