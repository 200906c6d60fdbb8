//! A player over its connections: storms against a reference of a server, and scripts.

mod scripts;
mod server;
mod storms;

use super::*;

/// Comes back for an hour, and goes where it was.
fn terms() -> Terms {
    Terms { reconnect: true, go_back: true, away_max: Duration::from_hours(1) }
}
