//! Staff against scripts of players.

mod looking;

use crate::logic::{
    event::WorldConfig,
    testing::{Play, check},
};
