//! The bundled room `echo`: its kinds and how to read what it pushes. Knows no session.

use proto::{
    client::{EchoHeard, Waves},
    kinds::ROOM_KINDS_FIRST,
    prescan::Budget,
    wire::decode,
};

use crate::logic::{types::Push, violation::Violation};

/// The room's name for `join`.
pub const ROOM: &str = "echo";
/// Command: raw bytes that come back as the result.
pub const ECHO: u32 = ROOM_KINDS_FIRST;
/// Command: raw bytes that everyone in the room hears.
pub const ECHO_ALL: u32 = ROOM_KINDS_FIRST + 1;
/// Push: what somebody sent to all.
pub const ECHO_HEARD: u32 = ROOM_KINDS_FIRST + 2;
/// Signal: raw bytes, newest wins.
pub const WAVE: u32 = ROOM_KINDS_FIRST + 3;
/// Push: the newest wave of each who waved.
pub const WAVED: u32 = ROOM_KINDS_FIRST + 4;

/// A push of this room, read.
#[derive(Clone, Debug, PartialEq)]
pub enum EchoPush {
    /// [`ECHO_HEARD`].
    Heard(EchoHeard),
    /// [`WAVED`].
    Waves(Waves),
}

/// Reads a push of this room; nothing if it is of another kind.
///
/// # Errors
/// [`Violation::Body`].
pub fn read(push: &Push) -> Result<Option<EchoPush>, Violation> {
    let Push::Room { kind, body, .. } = push else {
        return Ok(None);
    };
    let wrong = |cause| Violation::Body { kind: *kind, cause };
    Ok(match *kind {
        ECHO_HEARD => Some(EchoPush::Heard(decode(body, FROM_SERVER).map_err(wrong)?)),
        WAVED => Some(EchoPush::Waves(decode(body, FROM_SERVER).map_err(wrong)?)),
        _ => None,
    })
}

/// What one body of a server may cost: its frames are bounded, and a crowd's waves are many fields.
pub(crate) const FROM_SERVER: Budget = Budget { depth: 16, fields: 1 << 16, repeated: 1 << 14 };
