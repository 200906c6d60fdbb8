//! Matches that are stored, asked of the running game: lists of them, and all that one of them heard.

use std::{collections::VecDeque, io::Write as _, path::Path};

use proto::{
    room::Replay,
    tables::{ReplayChunkRow, ReplayPlayerRow, ReplayRow, Row, Table},
};

use super::moment;
use crate::{
    args::replay::Replay as Args,
    author::replay::{FORMAT, inputs},
    exit::{Exit, Failure},
    staff::link::{Game, Pages},
};

/// A line of the list.
struct Line {
    id: u64,
    kind: String,
    ended_ms: u64,
    /// Of one account: its place.
    rest: String,
    outcome: String,
}

/// Prints the last of them.
///
/// # Errors
/// Nobody is called so, or game does not answer.
pub(super) fn list(args: &Args) -> Result<(), Failure> {
    let game = Game::of(&args.place.data);
    let kept = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let mut lines = VecDeque::new();
    let mut take = |line: Option<Line>| {
        let is_wanted = |line: &Line| args.kind.as_ref().is_none_or(|kind| *kind == line.kind);
        if let Some(line) = line.filter(is_wanted) {
            lines.push_back(line);
            lines.len().checked_sub(kept + 1).and_then(|_| lines.pop_front());
        }
        true
    };
    match &args.of {
        Some(who) => {
            let account = game.find(who)?.account;
            game.each(Pages::of(Table::ReplayPlayer, account), |row| {
                take(ReplayPlayerRow::from_values(&row).map(of_player))
            })?;
        }
        None => {
            game.each(Pages::all(Table::Replay), |row| take(ReplayRow::from_values(&row).map(of_everybody)))?;
        }
    }
    let mut text = format!("{:<21}{:<18}{:<26}{:<24}OUTCOME\n", "MATCH", "KIND", "ENDED", "");
    for Line { id, kind, ended_ms, rest, outcome } in lines {
        text.push_str(
            format!("{id:<20} {kind:<17} {:<25} {rest:<23} {outcome}", moment(ended_ms)).trim_end(),
        );
        text.push('\n');
    }
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    Ok(())
}

fn of_player(row: ReplayPlayerRow) -> Line {
    let rest = if row.place == 0 { String::new() } else { format!("place {}", row.place) };
    Line { id: row.replay, kind: row.kind, ended_ms: row.ended_ms, rest, outcome: row.outcome }
}

fn of_everybody(row: ReplayRow) -> Line {
    let rest = format!("{} inputs", row.inputs);
    Line { id: row.id, kind: row.kind, ended_ms: row.ended_ms, rest, outcome: row.outcome }
}

/// All of one match.
///
/// # Errors
/// There is none of this number, or game does not answer.
pub(super) fn fetch(data: &Path, id: u64) -> Result<Replay, Failure> {
    let game = Game::of(data);
    let mut found = None;
    game.each(Pages::of(Table::Replay, id), |row| {
        found = ReplayRow::from_values(&row);
        false
    })?;
    let row = found.ok_or_else(|| Failure::new(Exit::Failed, format!("no match {id} is stored")))?;
    whole(&game, row)
}

/// All that are stored now, in order of their numbers, each as it was asked for; what cannot be put together is said
/// in its place.
///
/// # Errors
/// Game does not answer, or goes away meanwhile.
pub(super) fn each(data: &Path, mut take: impl FnMut(u64, Result<Replay, Failure>)) -> Result<(), Failure> {
    let game = Game::of(data);
    let mut rows = Vec::new();
    game.each(Pages::all(Table::Replay), |row| {
        rows.extend(ReplayRow::from_values(&row));
        true
    })?;
    for row in rows {
        let id = row.id;
        match whole(&game, row) {
            Err(failure) if failure.exit != Exit::Data => return Err(failure),
            replay => take(id, replay),
        }
    }
    Ok(())
}

/// The match of this row.
fn whole(game: &Game, row: ReplayRow) -> Result<Replay, Failure> {
    let id = row.id;
    let mut chunks = Vec::new();
    game.each(Pages::of(Table::ReplayChunk, id), |row| {
        chunks.extend(ReplayChunkRow::from_values(&row));
        true
    })?;
    let bad = |text: String| Failure::new(Exit::Data, format!("match {id}: {text}"));
    if usize::try_from(row.chunks) != Ok(chunks.len()) {
        return Err(bad(format!("{} of its {} parts are there", chunks.len(), row.chunks)));
    }
    let heard = inputs(chunks.iter().map(|chunk| &*chunk.inputs)).map_err(|error| bad(error.to_string()))?;
    if heard.len() as u64 != row.inputs {
        return Err(bad(format!("{} of its {} inputs are there", heard.len(), row.inputs)));
    }
    Ok(Replay {
        format: FORMAT,
        room: row.id,
        kind: row.kind,
        number: row.number,
        options: row.options,
        seed: row.seed,
        opened_wall_ms: row.opened_ms,
        inputs: heard,
        hash: row.hash.0,
        outcome: row.outcome,
        ..Replay::default()
    })
}
