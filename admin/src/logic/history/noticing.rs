//! What has happened to processes from one sample to the next: who came and went, states, levels, and counts of what should
//! not be. Says each thing once.

use std::collections::BTreeMap;

use super::super::sample::{Marker, Process, Sample, What};

/// Processes as they were last, by name.
#[derive(Debug, Default)]
pub(super) struct Noticing(BTreeMap<&'static str, Seen>);

#[derive(Debug, Default)]
struct Seen {
    pid: Option<u32>,
    state: String,
    level: Option<&'static str>,
    counts: [i64; ALARMS.len()],
    /// When each of them was told last.
    told_ms: [u64; ALARMS.len()],
}

impl Noticing {
    /// What is other than before; nothing of a process that is seen for the first time.
    pub(super) fn look(&mut self, sample: &Sample) -> Vec<Marker> {
        let mut markers = Vec::new();
        for process in &sample.processes {
            let told_ms = self.0.get(process.name).map(|seen| seen.told_ms).unwrap_or_default();
            let mut now = Seen::of(process, told_ms);
            if let Some(before) = self.0.get(process.name) {
                let mut mark = |what, detail: &str| {
                    let (at_ms, process) = (sample.at_ms, process.name);
                    markers.push(Marker { at_ms, process, what, detail: detail.to_owned() });
                };
                now.compare(before, sample.at_ms, &mut mark);
            }
            self.0.insert(process.name, now);
        }
        markers
    }
}

impl Seen {
    fn of(process: &Process, told_ms: [u64; ALARMS.len()]) -> Self {
        let count = |name: &str| process.figures.0.iter().find(|(known, _)| known == name);
        let counts = ALARMS.map(|name| count(name).map_or(0, |(_, value)| *value));
        Self { pid: process.pid, state: process.state.clone(), level: process.level, counts, told_ms }
    }

    fn compare(&mut self, before: &Self, at_ms: u64, mark: &mut impl FnMut(What, &str)) {
        match (before.pid, self.pid) {
            (Some(old), Some(new)) if old != new => return mark(What::Restarted, ""),
            (None, Some(_)) => return mark(What::Started, ""),
            (Some(_), None) => return mark(What::Gone, ""),
            (None, None) => return,
            (Some(_), Some(_)) => {}
        }
        if before.state != self.state {
            mark(What::State, &self.state);
        }
        if before.level != self.level
            && let Some(level) = self.level
        {
            mark(What::Level, level);
        }
        for (nth, name) in ALARMS.into_iter().enumerate() {
            if before.counts[nth] < self.counts[nth] && self.told_ms[nth] + AGAIN_MS <= at_ms {
                self.told_ms[nth] = at_ms;
                mark(What::Counted, name);
            }
        }
    }
}

/// Figures that grow when something is wrong; `poison_lsn` is none or the one that is.
const ALARMS: [&str; 10] = [
    "panics",
    "rooms_broken",
    "rooms_diverged",
    "records_refused",
    "links_cut",
    "poison_lsn",
    "apply_retries",
    "backups_failed",
    "backup_chains_broken",
    "held_lost",
];
/// One that grows all the time is told once a minute.
const AGAIN_MS: u64 = 60_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logic::sample::Figures;

    fn told(
        noticing: &mut Noticing,
        at_ms: u64,
        pid: Option<u32>,
        state: &str,
        level: &'static str,
        panics: i64,
    ) -> Vec<String> {
        let process = Process {
            name: "game",
            pid,
            state: state.to_owned(),
            level: Some(level),
            figures: Figures(vec![("panics".to_owned(), panics)]),
            ..Process::default()
        };
        let sample = Sample { at_ms, processes: vec![process], ..Sample::default() };
        let markers = noticing.look(&sample);
        markers.into_iter().map(|marker| format!("{:?} {}", marker.what, marker.detail)).collect()
    }

    #[test]
    fn each_change_is_said_once_and_what_grows_on_and_on_once_a_minute() {
        let mut noticing = Noticing::default();
        let none: [&str; 0] = [];
        assert_eq!(told(&mut noticing, 0, Some(1), "ready", "green", 3), none, "as it was found");
        assert_eq!(
            told(&mut noticing, 1_000, Some(1), "maintenance", "red", 3),
            ["State maintenance", "Level red"]
        );
        assert_eq!(told(&mut noticing, 2_000, Some(1), "maintenance", "red", 3), none);
        assert_eq!(told(&mut noticing, 70_000, Some(1), "maintenance", "red", 4), ["Counted panics"]);
        assert_eq!(told(&mut noticing, 71_000, Some(1), "maintenance", "red", 5), none);
        assert_eq!(told(&mut noticing, 130_000, Some(1), "maintenance", "red", 6), ["Counted panics"]);
        assert_eq!(told(&mut noticing, 131_000, None, "not running", "green", 0), ["Gone "]);
        assert_eq!(told(&mut noticing, 132_000, None, "silent", "green", 0), none);
        assert_eq!(told(&mut noticing, 133_000, Some(2), "loading", "green", 0), ["Started "]);
        assert_eq!(told(&mut noticing, 134_000, Some(3), "ready", "green", 9), ["Restarted "]);
    }
}
