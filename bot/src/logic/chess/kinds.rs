//! The room's packet kinds, as docs/PROTOCOL.md has them.

pub(super) const MOVE: u32 = 1_040;
pub(super) const DRAW_OFFER: u32 = 1_041;
pub(super) const DRAW_ACCEPT: u32 = 1_042;
pub(super) const DRAW_DECLINE: u32 = 1_043;
pub(super) const DRAW_CLAIM: u32 = 1_044;
pub(super) const RESIGN: u32 = 1_045;
pub(super) const ABORT: u32 = 1_046;
pub(super) const STATE: u32 = 1_050;
pub(super) const MOVED: u32 = 1_051;
pub(super) const OFFER: u32 = 1_052;
pub(super) const OVER: u32 = 1_053;
