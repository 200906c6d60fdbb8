//! What becomes of things: in a bag, on the body, offered in a trade. Knows no table but the items' rows, no
//! command, no connection and no clock.

pub mod bag;
pub mod offer;
pub mod refusal;
pub mod trade;
