//! What charts show: every figure of every process, each second for 15 minutes and each minute for a day, and what happened
//! to a process. Bounded, and gone with the console. Knows no chart.

mod noticing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::sample::{Marker, Process, Sample, What};
use noticing::Noticing;

/// All that is remembered.
#[derive(Debug)]
pub struct History {
    seconds: Ring,
    minutes: Ring,
    markers: VecDeque<Marker>,
    noticing: Noticing,
    /// Happened since the last sample, at most [`MARKERS_BETWEEN_MAX`].
    between: Vec<Marker>,
}

/// How far back a chart goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// 15 minutes by seconds.
    Minutes,
    /// 24 hours by minutes.
    Day,
}

impl Span {
    /// As in an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "15m" => Some(Self::Minutes),
            "24h" => Some(Self::Day),
            _ => None,
        }
    }
}

/// Columns of equal length; nothing where nothing is known.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Columns {
    /// Between two of them, milliseconds.
    pub step_ms: u64,
    /// Milliseconds since 1970.
    pub at_ms: Vec<u64>,
    /// By process and figure: `gateway.bytes_in`.
    pub series: BTreeMap<String, Vec<Option<i64>>>,
    /// What happened meanwhile.
    pub markers: Vec<Marker>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            seconds: Ring::new(1_000, 15 * 60),
            minutes: Ring::new(60_000, 24 * 60),
            markers: VecDeque::new(),
            noticing: Noticing::default(),
            between: Vec::new(),
        }
    }
}

impl History {
    /// Takes a sample in, and puts into it what has happened since the one before.
    pub fn push(&mut self, sample: &mut Sample) {
        sample.markers = self.noticing.look(sample);
        sample.markers.append(&mut self.between);
        for marker in &sample.markers {
            self.keep(marker.clone(), sample.at_ms);
        }
        self.seconds.push(sample);
        self.minutes.push(sample);
    }

    /// Where there is no room, what is older than a chart goes, then the oldest of what was said most often: an alarm that
    /// grows each minute takes the place of its own markers and of no restart's.
    fn keep(&mut self, marker: Marker, now_ms: u64) {
        if MARKERS_MAX <= self.markers.len() {
            self.markers.retain(|one| now_ms < one.at_ms.saturating_add(DAY_MS));
        }
        if MARKERS_MAX <= self.markers.len() {
            let mut counts = BTreeMap::new();
            for one in &self.markers {
                *counts.entry(kind_of(one)).or_insert(0_usize) += 1;
            }
            let often = counts.into_iter().max_by_key(|(_, count)| *count).map(|(kind, _)| kind);
            let oldest = self.markers.iter().position(|one| Some(kind_of(one)) == often);
            oldest.and_then(|at| self.markers.remove(at));
        }
        self.markers.push_back(marker);
    }

    /// Something that no sample shows. It is in the next one.
    pub fn mark(&mut self, marker: Marker) {
        if self.between.len() < MARKERS_BETWEEN_MAX {
            self.between.push(marker);
        }
    }

    /// What a chart needs: all series, or those that are wanted.
    #[must_use]
    pub fn columns(&self, span: Span, is_wanted: impl Fn(&str) -> bool) -> Columns {
        let ring = match span {
            Span::Minutes => &self.seconds,
            Span::Day => &self.minutes,
        };
        let series = ring.series.iter().filter(|(name, _)| is_wanted(name));
        let known = |value: &i64| (*value != UNKNOWN).then_some(*value);
        let from = ring.at_ms.front().copied().unwrap_or(u64::MAX);
        Columns {
            step_ms: ring.step_ms,
            at_ms: ring.at_ms.iter().copied().collect(),
            series: series.map(|(name, values)| (name.clone(), values.iter().map(known).collect())).collect(),
            markers: self.markers.iter().filter(|marker| from <= marker.at_ms).cloned().collect(),
        }
    }
}

/// What makes two markers the same word said again.
fn kind_of(marker: &Marker) -> (&'static str, What, &str) {
    (marker.process, marker.what, &marker.detail)
}

/// One resolution. Of a step it keeps the highest that each figure was, so that what stood still for some seconds is seen
/// over a day too. Of one that only grows that is the last, and a step is as old as its last sample: so a rate from
/// step to step is the mean.
#[derive(Debug)]
struct Ring {
    step_ms: u64,
    length: usize,
    /// Of the last sample of each step.
    at_ms: VecDeque<u64>,
    /// Each as long as `at_ms`.
    series: BTreeMap<String, VecDeque<i64>>,
}

impl Ring {
    fn new(step_ms: u64, length: usize) -> Self {
        Self { step_ms, length, at_ms: VecDeque::with_capacity(length), series: BTreeMap::new() }
    }

    fn push(&mut self, sample: &Sample) {
        let step = |at_ms: u64| at_ms / self.step_ms;
        let last = self.at_ms.back().copied();
        // A clock that is set back changes nothing before the old steps have passed again.
        if last.is_some_and(|last| sample.at_ms < last) {
            return;
        }
        if last.is_some_and(|last| step(sample.at_ms) == step(last)) {
            self.at_ms.pop_back();
        } else {
            self.make_room();
        }
        let before = self.at_ms.len();
        self.at_ms.push_back(sample.at_ms);
        for process in &sample.processes {
            self.put_all(process, before);
        }
        self.series.values_mut().for_each(|values| values.resize(before + 1, UNKNOWN));
    }

    fn make_room(&mut self) {
        if self.length <= self.at_ms.len() {
            self.at_ms.pop_front();
            for values in self.series.values_mut() {
                values.pop_front();
            }
            self.series.retain(|_, values| values.iter().any(|value| *value != UNKNOWN));
        }
    }

    fn put_all(&mut self, process: &Process, before: usize) {
        let of_system = [("rss_bytes", process.rss_bytes), ("cpu_ms", process.cpu_ms)];
        let of_system =
            of_system.into_iter().filter_map(|(name, value)| Some((name, i64::try_from(value?).ok()?)));
        let said = process.figures.0.iter().map(|(name, value)| (name.as_str(), *value));
        for (figure, value) in said.chain(of_system) {
            let name = format!("{}.{figure}", process.name);
            if !self.series.contains_key(&name) && SERIES_MAX <= self.series.len() {
                continue;
            }
            let values = self.series.entry(name).or_default();
            values.resize(before + 1, UNKNOWN);
            let of_step = &mut values[before];
            let is_kept = *of_step != UNKNOWN && LESS_IS_WORSE.contains(&figure) == (*of_step < value);
            *of_step = if is_kept { *of_step } else { value };
        }
    }
}

/// Figures of which the lowest of a step is kept.
const LESS_IS_WORSE: [&str; 1] = ["journal_free_bytes"];
/// No figure is so small.
const UNKNOWN: i64 = i64::MIN;
/// Of ten processes; figures beyond are not remembered.
const SERIES_MAX: usize = 1_024;
const MARKERS_MAX: usize = 256;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
const MARKERS_BETWEEN_MAX: usize = 16;
