//! Staff against scripts of players.

mod looking;
mod restricting;

use crate::logic::{
    event::WorldConfig,
    testing::{Play, check},
};
