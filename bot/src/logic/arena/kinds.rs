//! Packet kinds of the room `arena`, as docs/PROTOCOL.md has them.

/// Signal: an encoded `ArenaSteer`.
pub const STEER: u32 = 1_090;
/// `ArenaView`.
pub const VIEW: u32 = 1_091;
/// `ArenaGathering`.
pub const GATHERING: u32 = 1_092;
/// `ArenaBegun`.
pub const BEGUN: u32 = 1_093;
/// `ArenaState`.
pub const STATE: u32 = 1_094;
/// `ArenaKilled`.
pub const KILLED: u32 = 1_095;
/// `ArenaEnded`.
pub const ENDED: u32 = 1_096;
