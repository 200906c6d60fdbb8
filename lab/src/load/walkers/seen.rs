//! What a crowd of walkers saw: how long moves took, how many ticks there were, and who was around whom. Knows no
//! connection.

use hdrhistogram::Histogram;

use crate::error::Error;

/// What was seen since the counting began. Times in microseconds.
pub struct Seen {
    /// From the moment a move was meant to leave until a watcher read it, not its own.
    pub meant: Histogram<u64>,
    /// The same from the moment it left.
    pub left: Histogram<u64>,
    /// From the one to the other: how late the load engine itself was.
    pub late: Histogram<u64>,
    /// Moves that left.
    pub moves: u64,
    /// Moves seen by watchers of which nobody knows any more when they left.
    pub unknown: u64,
    /// Ticks of the map that told anything.
    pub ticks: u64,
    tick_last: u32,
}

/// Others in the nine cells that a walker hears.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Others {
    /// Of the loneliest.
    pub least: u32,
    /// Of all.
    pub mean: f64,
}

impl Seen {
    pub(super) fn new() -> Result<Self, Error> {
        let histogram = || {
            Histogram::new_with_bounds(1, US_MAX, 3)
                .map_err(|error| Error::Usage(format!("a histogram: {error}")))
        };
        let (meant, left, late) = (histogram()?, histogram()?, histogram()?);
        Ok(Self { meant, left, late, moves: 0, unknown: 0, ticks: 0, tick_last: 0 })
    }

    pub(super) fn reset(&mut self) {
        for histogram in [&mut self.meant, &mut self.left, &mut self.late] {
            histogram.reset();
        }
        (self.moves, self.unknown, self.ticks) = (0, 0, 0);
    }

    pub(super) fn tick(&mut self, tick: u32) {
        if self.tick_last < tick {
            self.tick_last = tick;
            self.ticks += 1;
        }
    }
}

/// Of walkers in cells, so many columns and as many rows.
pub(super) fn others(cells: &[u32], columns: u32) -> Others {
    let (mut least, mut sum, mut walkers) = (u32::MAX, 0, 0);
    let around = |index: u32| index.saturating_sub(1)..=(index + 1).min(columns - 1);
    for (cell, count) in (0..).zip(cells).filter(|(_, count)| 0 < **count) {
        let (row, column): (u32, u32) = (cell / columns, cell % columns);
        let heard: u32 = around(row)
            .flat_map(|row| around(column).map(move |column| column + row * columns))
            .map(|cell| cells[cell as usize])
            .sum();
        least = least.min(heard - 1);
        sum += u64::from(heard - 1) * u64::from(*count);
        walkers += u64::from(*count);
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of a crowd are far below 2⁵²")]
    let mean = sum as f64 / walkers.max(1) as f64;
    Others { least, mean }
}

const US_MAX: u64 = 3_600_000_000;
