//! Tells game what was done to the console itself, line by line of the audit log, whenever game is there: game's staff log
//! has each once. Game says up to which line it knows them, so nothing about that is kept here. Decides nothing.

use std::{io, sync::Arc, time::Duration};

use proto::link::{StaffConsoleNote, staff_request::What};
use tokio::time::{MissedTickBehavior, interval};

use super::{desk::Desk, refusal::Refusal};
use crate::logic::audit::note::{self, Note};

/// For ever, while there is something to tell.
pub(super) async fn tell(desk: Arc<Desk>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    // Looked through, as far as game knows them. Whatever failed, game is asked again.
    let mut seen = None;
    loop {
        ticks.tick().await;
        // Where it is away, or busy: later. The lines wait on the disk.
        seen = pass(&desk, seen).await.unwrap_or_default();
        desk.state().noted = seen;
    }
}

/// Not all was told.
struct Untold;

impl From<Refusal> for Untold {
    fn from(_: Refusal) -> Self {
        Self
    }
}

impl From<io::Error> for Untold {
    fn from(_: io::Error) -> Self {
        Self
    }
}

async fn pass(desk: &Desk, seen: Option<u64>) -> Result<Option<u64>, Untold> {
    let Some((console, last)) = desk.with_audit(|audit| audit.name()).await? else { return Ok(None) };
    let mut seen = match seen {
        Some(seen) if last <= seen => return Ok(Some(seen)),
        Some(seen) => seen,
        None => note(desk, "console", (&console, 0), Note::default()).await?,
    };
    // One of a world that was given back from a copy knows fewer than were told; more than there are, it never knows.
    for line in desk.with_audit(move |audit| audit.after(seen, LINES)).await? {
        if let Some(told) = note::of(&line) {
            note(desk, &line.by, (&console, line.n), told).await?;
        }
        seen = line.n;
    }
    Ok(Some(seen))
}

/// Tells one line, or asks with number 0; returns up to which game knows them.
async fn note(desk: &Desk, by: &str, (console, number): (&str, u64), told: Note) -> Result<u64, Refusal> {
    let game = desk.game.open_now(by).await?;
    let Note { deed, reason, was, became } = told;
    let note = StaffConsoleNote { console: console.to_owned(), number, deed, was, became };
    Ok(game.ask(What::Note(note), &reason).await?.noted)
}

const EVERY: Duration = Duration::from_secs(2);
/// Of one pass.
const LINES: usize = 64;
