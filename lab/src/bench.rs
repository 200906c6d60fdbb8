//! `ding bench`: every figure beside a bare reference that was measured in the same run, on the same
//! machine, by the same engine, in turns.

mod apply;
mod backlog;
mod cache;
mod calls;
mod console;
mod cores;
mod cost;
mod echo;
mod fanout;
mod fit;
mod journal;
mod pay;
mod plot;
mod rounds;
mod scan;
mod stack;
#[cfg(test)]
mod tests;
mod world;

use std::{io::Write, path::PathBuf, time::Duration};

use serde::Serialize;

use crate::{clock, error::Error};

#[cfg(test)]
pub(crate) use world::write_design;

/// What to measure, and for how long.
#[derive(Clone, Debug)]
pub struct BenchOptions {
    /// Four minutes at most, all together.
    pub quick: bool,
    /// Where the list of rows goes, as JSON.
    pub json: Option<PathBuf>,
    /// Only rows whose name contains this.
    pub only: Option<String>,
    /// Instead of all that: what a player of a world costs, as a page and a plot in this folder.
    pub plot: Option<PathBuf>,
    /// The program whose processes are measured.
    pub ding: PathBuf,
}

/// One figure beside its reference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Stable.
    pub name: String,
    /// Ours, median of the rounds.
    pub value: f64,
    /// The bare one's, median of its rounds.
    pub reference: Option<f64>,
    /// `value` by `reference`.
    pub ratio: Option<f64>,
    /// The ratio to reach; of a row without a reference the value to reach, or not to exceed.
    pub target: Option<f64>,
    /// Reached, or nothing to reach.
    pub ok: bool,
    /// Of `value` and `reference`.
    #[serde(skip)]
    pub unit: &'static str,
}

impl Row {
    /// A rate beside its reference's.
    pub(crate) fn ratio(name: &str, unit: &'static str, measured: rounds::Measured, target: f64) -> Self {
        let ratio = measured.subject / measured.reference.max(f64::MIN_POSITIVE);
        Self {
            name: name.to_owned(),
            value: measured.subject,
            reference: Some(measured.reference),
            ratio: Some(ratio),
            target: Some(target),
            ok: target <= ratio,
            unit,
        }
    }

    /// A time beside its reference's, of which it may take so many.
    pub(crate) fn times(name: &str, unit: &'static str, measured: rounds::Measured, target: f64) -> Self {
        let row = Self::ratio(name, unit, measured, target);
        Self { ok: row.ratio.is_some_and(|ratio| ratio <= target), ..row }
    }

    /// A figure that must not be larger.
    pub(crate) fn at_most(name: &str, unit: &'static str, value: f64, target: f64) -> Self {
        Self { target: Some(target), ok: value <= target, ..Self::plain(name, unit, value, None) }
    }

    /// A figure that must not be smaller.
    pub(crate) fn at_least(name: &str, unit: &'static str, value: f64, target: f64) -> Self {
        Self { target: Some(target), ok: target <= value, ..Self::plain(name, unit, value, None) }
    }

    /// A figure to know, with or without a reference.
    pub(crate) fn plain(name: &str, unit: &'static str, value: f64, reference: Option<f64>) -> Self {
        let ratio = reference.map(|reference| value / reference.max(f64::MIN_POSITIVE));
        Self { name: name.to_owned(), value, reference, ratio, target: None, ok: true, unit }
    }
}

/// How long each part takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Turns of subject and reference.
    pub(crate) rounds: usize,
    /// Not counted, at each turn's start.
    pub(crate) warm: Duration,
    /// Counted.
    pub(crate) window: Duration,
    /// The same for payments, which fill journal and database as they go: a gigabyte in ten seconds.
    pub(crate) pay_rounds: usize,
    /// Counted, of payments.
    pub(crate) pay_window: Duration,
    /// How many walk.
    pub(crate) world_players: &'static [u32],
    /// Not counted, once all walk.
    pub(crate) world_warm: Duration,
    /// Counted, of the walk.
    pub(crate) world_window: Duration,
}

impl Pace {
    const QUICK: Self = Self {
        rounds: 3,
        warm: Duration::from_millis(300),
        window: Duration::from_millis(1_000),
        pay_rounds: 3,
        pay_window: Duration::from_secs(2),
        world_players: &[1_000],
        world_warm: Duration::from_secs(1),
        world_window: Duration::from_secs(4),
    };
    const FULL: Self = Self {
        rounds: 5,
        warm: Duration::from_secs(1),
        window: Duration::from_secs(5),
        pay_rounds: 3,
        pay_window: Duration::from_secs(20),
        world_players: &[1_000, 2_000, 5_000],
        world_warm: Duration::from_secs(5),
        world_window: Duration::from_secs(20),
    };
}

/// What every part is given.
pub(crate) struct Setting<'a> {
    pub(crate) options: &'a BenchOptions,
    pub(crate) pace: Pace,
    rows: Vec<Row>,
}

impl Setting<'_> {
    /// Whether a row of this name was asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.options.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    /// Adds a row and shows it at once.
    pub(crate) fn row(&mut self, row: Row) {
        say(&line(&row));
        self.rows.push(row);
    }
}

/// Measures everything that was asked for and prints a line for each row.
///
/// # Errors
/// A process that does not start, a wrong or missing reply, a file that cannot be written. A missed
/// target is not an error here: see [`Row::ok`].
pub fn run(options: &BenchOptions) -> Result<Vec<Row>, Error> {
    let pace = if options.quick { Pace::QUICK } else { Pace::FULL };
    let start = clock::now();
    say(&format!(
        "{:<28} {:>14} {:>14}  {:<14} {:>6} {:>7}",
        "NAME", "VALUE", "REFERENCE", "UNIT", "RATIO", "TARGET"
    ));
    let mut setting = Setting { options, pace, rows: Vec::new() };
    if let Some(folder) = &options.plot {
        cost::run(&mut setting, folder)?;
    } else {
        backlog::run(&mut setting)?;
        journal::run(&mut setting)?;
        scan::run(&mut setting)?;
        cache::run(&mut setting)?;
        apply::run(&mut setting)?;
        calls::run(&mut setting)?;
        echo::run(&mut setting)?;
        fanout::run(&mut setting)?;
        pay::run(&mut setting)?;
        world::run(&mut setting)?;
        console::run(&mut setting)?;
    }
    let rows = setting.rows;
    if let Some(path) = &options.json {
        let text = serde_json::to_string_pretty(&rows)
            .map_err(|error| Error::Content { path: path.clone(), what: error.to_string() })?;
        std::fs::write(path, text + "\n").map_err(Error::io("writing the results"))?;
    }
    let missed = rows.iter().filter(|row| !row.ok).count();
    say(&format!("{} rows, {missed} below target, {:.0} s", rows.len(), start.elapsed().as_secs_f64()));
    Ok(rows)
}

fn line(row: &Row) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), figure);
    let ratio = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"));
    format!(
        "{:<28} {:>14} {:>14}  {:<14} {:>6} {:>7}{}",
        row.name,
        figure(row.value),
        number(row.reference),
        row.unit,
        ratio(row.ratio),
        ratio(row.target),
        if row.ok { "" } else { "  MISSED" }
    )
}

/// Three digits for small values, thousands in groups for large ones.
fn figure(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Results go to standard output; whoever closed it does not want them.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
