//! Staff against scripts of players.

mod forgetting;
mod giving;
mod keeping;
mod looking;
mod restricting;
mod rooms;

use crate::logic::{
    event::WorldConfig,
    testing::{Play, check},
};
