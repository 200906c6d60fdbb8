//! The bundled room `doudizhu`: its kinds and how to read what it pushes. Knows no session, and not how to
//! play.

use proto::{
    client::{
        DoudizhuBade, DoudizhuDealt, DoudizhuDelayed, DoudizhuLandlord, DoudizhuOver, DoudizhuPlayed,
        DoudizhuSeated, DoudizhuTable, DoudizhuTurn,
    },
    wire::decode,
};

use crate::logic::{echo::FROM_SERVER, types::Push, violation::Violation};

/// The kind's name for `join`, `create` and a quick match.
pub const ROOM: &str = "doudizhu";
/// Command: an encoded `DoudizhuBid`.
pub const BID: u32 = 1_060;
/// Command: an encoded `DoudizhuPlay`.
pub const PLAY: u32 = 1_061;
/// Command without a body.
pub const PASS: u32 = 1_062;
/// Command: an encoded `DoudizhuAuto`.
pub const AUTO: u32 = 1_063;
/// Command without a body; its result is a `DoudizhuHints`.
pub const HINT: u32 = 1_064;
/// Push: all of it, for one who sees nothing yet.
pub const TABLE: u32 = 1_065;
/// Push: a seat has changed.
pub const SEATED: u32 = 1_066;
/// Push: one's own cards.
pub const DEALT: u32 = 1_067;
/// Push: whose turn it is.
pub const TURN: u32 = 1_068;
/// Push: a bid.
pub const BADE: u32 = 1_069;
/// Push: there is a landlord.
pub const LANDLORD: u32 = 1_070;
/// Push: what somebody played.
pub const PLAYED: u32 = 1_071;
/// Push: the hand is over.
pub const OVER: u32 = 1_072;
/// Push: the hand cannot begin.
pub const DELAYED: u32 = 1_073;

/// A push of this room, read.
#[derive(Clone, Debug, PartialEq)]
pub enum DoudizhuPush {
    /// [`TABLE`].
    Table(DoudizhuTable),
    /// [`SEATED`].
    Seated(DoudizhuSeated),
    /// [`DEALT`].
    Dealt(DoudizhuDealt),
    /// [`TURN`].
    Turn(DoudizhuTurn),
    /// [`BADE`].
    Bade(DoudizhuBade),
    /// [`LANDLORD`].
    Landlord(DoudizhuLandlord),
    /// [`PLAYED`].
    Played(DoudizhuPlayed),
    /// [`OVER`].
    Over(DoudizhuOver),
    /// [`DELAYED`].
    Delayed(DoudizhuDelayed),
}

/// Reads a push of this room; nothing if it is of another kind.
///
/// # Errors
/// [`Violation::Body`].
pub fn read(push: &Push) -> Result<Option<DoudizhuPush>, Violation> {
    match push {
        Push::Room { kind, body, .. } => read_body(*kind, body),
        _ => Ok(None),
    }
}

/// The same, of a body that is out of its push.
///
/// # Errors
/// [`Violation::Body`].
pub fn read_body(kind: u32, body: &[u8]) -> Result<Option<DoudizhuPush>, Violation> {
    let wrong = |cause| Violation::Body { kind, cause };
    Ok(Some(match kind {
        TABLE => DoudizhuPush::Table(decode(body, FROM_SERVER).map_err(wrong)?),
        SEATED => DoudizhuPush::Seated(decode(body, FROM_SERVER).map_err(wrong)?),
        DEALT => DoudizhuPush::Dealt(decode(body, FROM_SERVER).map_err(wrong)?),
        TURN => DoudizhuPush::Turn(decode(body, FROM_SERVER).map_err(wrong)?),
        BADE => DoudizhuPush::Bade(decode(body, FROM_SERVER).map_err(wrong)?),
        LANDLORD => DoudizhuPush::Landlord(decode(body, FROM_SERVER).map_err(wrong)?),
        PLAYED => DoudizhuPush::Played(decode(body, FROM_SERVER).map_err(wrong)?),
        OVER => DoudizhuPush::Over(decode(body, FROM_SERVER).map_err(wrong)?),
        DELAYED => DoudizhuPush::Delayed(decode(body, FROM_SERVER).map_err(wrong)?),
        _ => return Ok(None),
    }))
}
