//! A run on tokio: one thread, a task for each player, the parts of the run in order.

mod acting;
pub mod clock;
mod course;
mod hearing;
mod life;
mod line_log;
mod progress;

pub use acting::run_script;
pub use course::{run, run_until, run_until_enough};
