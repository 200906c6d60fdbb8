//! The load tester of Ding: many players in one process who speak only the client protocol, send on a
//! seeded schedule whatever the server does, and check every reply. Knows no server internals.
//!
//! A run has three parts: all come in (`ramp`), all play for `duration`, all are drained and compare
//! what they have with what they must have. Latencies count from the intended time of sending, so a
//! server that stalls cannot hide it (coordinated omission).
//!
//! A game's own scenarios are [`Script`]s: a function that plays once, as one player.

pub mod driver;
mod error;
pub mod logic;
mod options;
pub mod render;
pub mod report;
pub mod script;

pub use driver::{run, run_script, run_until, run_until_enough};
pub use error::Error;
pub use logic::market::way::ShopPlace;
pub use logic::{
    deal::{Deal, DealKind, Thing},
    payment::{Payment, PaymentOutcome},
};
pub use options::{Options, OptionsError, Rates, Scenario, UnknownScenario};
pub use render::{Style, render};
pub use report::Report;
pub use script::{Actor, Failed, Script, done};
