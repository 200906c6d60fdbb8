//! What the server tells without being asked, from bytes to a [`Push`]. Knows no session.

use bytes::Bytes;
use proto::{
    kinds::{
        BAG_CHANGED, CHAT_HEARD, CHAT_NEAR_HEARD, CHAT_PRIVATE_HEARD, DIED, HIT, LEVEL_UP, LOOTED, Lane,
        MAIL_CAME, PAID, PROGRESS, REPLAY_ENDED, REPLAY_SAID, ROOM_ASK, ROOM_ASK_OVER, ROOM_BACK,
        ROOM_KINDS_FIRST, ROOM_LEFT, ROOM_MATCHED, ROOM_MEMBER, STAFF_SAID, TRADE_ASKED, TRADE_CANCELED,
        TRADE_DONE, TRADE_STATE,
    },
    wire::decode,
};

use crate::logic::{echo::FROM_SERVER, types::Push, violation::Violation};

/// Reads one.
///
/// # Errors
/// [`Violation::Body`].
pub(super) fn read(kind: u32, lane: Lane, body: &[u8]) -> Result<Push, Violation> {
    let wrong = |cause| Violation::Body { kind, cause };
    Ok(match kind {
        CHAT_HEARD => Push::Chat(decode(body, FROM_SERVER).map_err(wrong)?),
        CHAT_NEAR_HEARD => Push::ChatNear(decode(body, FROM_SERVER).map_err(wrong)?),
        CHAT_PRIVATE_HEARD => Push::ChatPrivate(decode(body, FROM_SERVER).map_err(wrong)?),
        PAID => Push::Paid(decode(body, FROM_SERVER).map_err(wrong)?),
        LEVEL_UP => Push::LevelUp(decode(body, FROM_SERVER).map_err(wrong)?),
        PROGRESS => Push::Progress(decode(body, FROM_SERVER).map_err(wrong)?),
        HIT => Push::Hit(decode(body, FROM_SERVER).map_err(wrong)?),
        DIED => Push::Died(decode(body, FROM_SERVER).map_err(wrong)?),
        LOOTED => Push::Looted(decode(body, FROM_SERVER).map_err(wrong)?),
        BAG_CHANGED => Push::BagChanged(decode(body, FROM_SERVER).map_err(wrong)?),
        TRADE_ASKED => Push::TradeAsked(decode(body, FROM_SERVER).map_err(wrong)?),
        TRADE_STATE => Push::TradeState(decode(body, FROM_SERVER).map_err(wrong)?),
        TRADE_DONE => Push::TradeDone(decode(body, FROM_SERVER).map_err(wrong)?),
        TRADE_CANCELED => Push::TradeCanceled(decode(body, FROM_SERVER).map_err(wrong)?),
        STAFF_SAID => Push::StaffSaid(decode(body, FROM_SERVER).map_err(wrong)?),
        MAIL_CAME => Push::MailCame(decode(body, FROM_SERVER).map_err(wrong)?),
        ROOM_ASK => Push::Asked(decode(body, FROM_SERVER).map_err(wrong)?),
        ROOM_ASK_OVER => Push::AskOver(decode(body, FROM_SERVER).map_err(wrong)?),
        ROOM_MEMBER => Push::RoomMember(decode(body, FROM_SERVER).map_err(wrong)?),
        ROOM_LEFT => Push::RoomLeft(decode(body, FROM_SERVER).map_err(wrong)?),
        ROOM_BACK => Push::RoomBack(decode(body, FROM_SERVER).map_err(wrong)?),
        ROOM_MATCHED => Push::RoomMatched(decode(body, FROM_SERVER).map_err(wrong)?),
        REPLAY_SAID => Push::ReplaySaid(decode(body, FROM_SERVER).map_err(wrong)?),
        REPLAY_ENDED => Push::ReplayEnded(decode(body, FROM_SERVER).map_err(wrong)?),
        ROOM_KINDS_FIRST.. => Push::Room { kind, lane, body: Bytes::copy_from_slice(body) },
        _ => Push::Other { kind, lane, body: Bytes::copy_from_slice(body) },
    })
}

#[cfg(test)]
mod tests {
    use proto::{
        client::ReplaySaid,
        kinds::{BUILT_IN, Class},
        wire::encode,
    };

    use super::*;

    #[test]
    fn what_a_room_said_once_is_read_as_what_it_says_now() {
        let said = ReplaySaid { replay: 7, at_ms: 1_500, kind: 1_026, body: vec![1, 2].into() };
        let push = read(REPLAY_SAID, Lane::MustArrive, &encode(&said)).unwrap();
        assert_eq!(push, Push::ReplaySaid(said));
        assert_eq!(
            push.replayed().map(|push| read(1_026, push.lane(), &[1, 2]).unwrap() == push),
            Some(true)
        );
        assert_eq!(read(1_026, Lane::MustArrive, &[]).unwrap().replayed(), None);
    }

    #[test]
    fn every_push_knows_the_lane_of_its_kind() {
        let pushed = |lane: Lane| matches!(lane, Lane::MustArrive | Lane::Expiring | Lane::LatestWins);
        for def in BUILT_IN.iter().filter(|def| def.class == Class::FromServer && pushed(def.lane)) {
            let push = read(def.kind, def.lane, &[]).unwrap();
            assert_eq!(push.lane(), def.lane, "{}", def.name);
        }
    }
}
