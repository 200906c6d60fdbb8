//! The table of matches from its end: game reads it forwards alone, and the ids of matches grow with time, so a page before
//! some id is found by guessing where it begins, nearer and nearer. Knows no filter.

use proto::{
    link::Value as Cell,
    tables::{Table, int},
};

use crate::driver::{
    game::{Asking, Page},
    refusal::Refusal,
    rows,
};

/// Behind every id.
pub(super) const END: u64 = i64::MAX.cast_unsigned();

/// Some matches, the newest first.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Each with its id.
    pub(super) rows: Vec<(u64, Vec<Cell>)>,
    /// There are none before them.
    pub(super) is_last: bool,
}

/// The last so many matches before this id.
pub(super) async fn before(game: &Asking, end: u64, count: usize) -> Result<Found, Refusal> {
    let mut guess = Guess::new(end);
    for _ in 0..PROBES_MAX {
        let (rows, done) = after(game, guess.at, PROBE_ROWS).await?;
        let is_whole = done || rows.last().is_some_and(|(id, _)| end <= *id);
        let rows: Vec<_> = rows.into_iter().filter(|(id, _)| *id < end).collect();
        if !guess.learn(is_whole, rows, count) {
            break;
        }
    }
    let (from, mut rows) = guess.best;
    rows.reverse();
    let is_last = from == 0 && rows.len() <= count;
    rows.truncate(count);
    Ok(Found { rows, is_last })
}

/// The first match that opened at this time or later.
pub(super) async fn first_since(game: &Asking, since_ms: u64) -> Result<u64, Refusal> {
    // All up to `low` opened before, the first one after `high` did not.
    let (mut low, mut high) = (0, END);
    while 1 < high - low {
        let middle = low + (high - low) / 2;
        let (rows, _) = after(game, middle, 1).await?;
        match rows.first() {
            Some((id, row)) if rows::number(Table::Replay, row, "opened_ms") < since_ms => low = *id,
            _ => high = middle,
        }
    }
    Ok(high.saturating_add(1).min(END))
}

async fn after(game: &Asking, id: u64, rows_max: u32) -> Result<(Vec<(u64, Vec<Cell>)>, bool), Refusal> {
    let after = vec![int(id.cast_signed())];
    let page = game.rows(Page { after, rows_max, ..Page::of(Table::Replay, 0) }).await?;
    let rows = page.rows.into_iter().map(|row| (rows::number(Table::Replay, &row.row, "id"), row.row));
    Ok((rows.collect(), page.done))
}

/// Where the page may begin.
#[derive(Debug)]
struct Guess {
    end: u64,
    /// Tried next.
    at: u64,
    step: u64,
    /// From here on there are more than one answer has.
    far: Option<u64>,
    /// The farthest from which all up to the end are known, and these.
    best: (u64, Vec<(u64, Vec<Cell>)>),
}

impl Guess {
    fn new(end: u64) -> Self {
        let at = end.saturating_sub(STEP_FIRST);
        Self { end, at, step: STEP_FIRST, far: None, best: (end, Vec::new()) }
    }

    /// What came after the guess, and whether that is all up to the end. False: there is no better one.
    fn learn(&mut self, is_whole: bool, rows: Vec<(u64, Vec<Cell>)>, count: usize) -> bool {
        if is_whole {
            let is_enough = count <= rows.len() || self.at == 0;
            self.best = (self.at, rows);
            if is_enough {
                return false;
            }
        } else {
            self.far = Some(self.at);
        }
        let near = self.best.0;
        match self.far {
            None => {
                self.step = self.step.saturating_mul(STEP_GROWS);
                self.at = self.end.saturating_sub(self.step);
                true
            }
            Some(far) => {
                self.at = far + (near - far) / 2;
                1 < near - far
            }
        }
    }
}

/// Ids of one guess back, at first.
const STEP_FIRST: u64 = 1 << 12;
const STEP_GROWS: u64 = 64;
/// Rows of one look: some more than a page, so that few looks find it.
const PROBE_ROWS: u32 = 128;
/// As many as halving all ids takes, and those before.
const PROBES_MAX: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    /// The page before `end` of these ids, by the same steps, and how many looks that took.
    fn page(ids: &[u64], end: u64, count: usize) -> (Vec<u64>, usize) {
        let mut guess = Guess::new(end);
        for looks in 1..=PROBES_MAX {
            let after: Vec<u64> = ids.iter().copied().filter(|id| guess.at < *id).collect();
            let said = &after[..after.len().min(128)];
            let is_whole = after.len() <= 128 || said.last().is_some_and(|id| end <= *id);
            let rows = said.iter().filter(|id| **id < end).map(|id| (*id, Vec::new())).collect();
            if !guess.learn(is_whole, rows, count) {
                let mut found: Vec<u64> = guess.best.1.iter().map(|(id, _)| *id).collect();
                found.reverse();
                found.truncate(count);
                return (found, looks);
            }
        }
        panic!("never found");
    }

    #[test]
    fn the_newest_are_found_wherever_they_lie_and_with_few_looks() {
        let dense: Vec<u64> = (1..=5_000).collect();
        let epochs: Vec<u64> =
            (1..=40).flat_map(|epoch| (0..50).map(move |n| (epoch << 32) + n * 37)).collect();
        let lines: Vec<u64> =
            (0..3).flat_map(|line| (1..300).map(move |n| (line << 55) + (7 << 32) + n)).collect();
        for ids in [&dense[..], &epochs[..], &lines[..], &[5], &[]] {
            let mut end = END;
            let mut seen = Vec::new();
            loop {
                let (found, looks) = page(ids, end, 32);
                assert!(looks <= 75, "{looks} looks");
                let Some(last) = found.last() else { break };
                end = *last;
                seen.extend(found);
            }
            let newest_first: Vec<u64> = ids.iter().rev().copied().collect();
            assert_eq!(seen, newest_first);
        }
    }
}
