//! What a player of the market knows and wants: its way there, its bag, a trade it is in, letters, and what it shares
//! with the others of the run. Each part is a value of its own; [`crate::logic::player`] puts them together.

pub mod bag;
pub mod errand;
pub mod fair;
pub mod haggle;
pub mod letters;
pub mod merchant;
pub mod probe;
pub mod way;
