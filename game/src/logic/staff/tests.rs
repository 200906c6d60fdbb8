//! Staff against scripts of players.

mod forgetting;
mod giving;
mod keeping;
mod looking;
mod mapped;
mod restricting;
mod rooms;
mod watching;

use crate::logic::{
    event::WorldConfig,
    testing::{Play, check},
};
