//! Staff against scripts of players.

mod forgetting;
mod giving;
mod looking;
mod restricting;

use crate::logic::{
    event::WorldConfig,
    testing::{Play, check},
};
