//! What came of a run of a game's own scenario, counted into a report. Knows no players' deeds.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    logic::{stats::rate, times::Times},
    options::Options,
    report::{ComebackFigures, CommandFigures, Gold, Report, Wrong},
    script::Failed,
};

/// See the module.
#[derive(Debug, Default)]
pub struct Tally {
    logins: Row,
    plays: Row,
    gold: Gold,
    comebacks: ComebackFigures,
    errors: BTreeMap<String, u64>,
    error_first: Option<String>,
    wrong: Vec<Wrong>,
    wrong_count: u64,
    done: u32,
}

#[derive(Debug, Default)]
struct Row {
    ok: u64,
    /// Ended otherwise.
    failed: u64,
    /// Given up because the run was over.
    unsent: u64,
    times: Times,
}

impl Tally {
    /// A player is in, with so much gold.
    pub fn came_in(&mut self, time: Duration, gold: i64) {
        self.logins.ok += 1;
        self.logins.times.record(time);
        self.gold.start += gold;
    }

    /// A player did not come in.
    pub fn stayed_out(&mut self, failed: &Failed) {
        self.logins.failed += 1;
        self.error(failed);
    }

    /// A play has ended so.
    pub fn played(&mut self, player: u32, account: u64, said: Result<(), Failed>, time: Duration) {
        match said {
            Ok(()) => {
                self.plays.ok += 1;
                self.plays.times.record(time);
            }
            Err(Failed::Over) => self.plays.unsent += 1,
            Err(failed @ Failed::Client(_)) => {
                self.plays.failed += 1;
                self.error(&failed);
            }
            Err(Failed::Wrong { code, detail }) => {
                self.plays.failed += 1;
                self.wrong_count += 1;
                if self.wrong.len() < WRONG_MAX {
                    self.wrong.push(Wrong { code, player, account: account.to_string(), detail });
                }
            }
        }
    }

    /// A player has gone, with so much gold, if it could be asked.
    pub fn left(&mut self, gold: Option<i64>, comebacks: &ComebackFigures) {
        self.gold.end += gold.unwrap_or(0);
        self.done += u32::from(gold.is_some());
        self.comebacks.sockets_lost += comebacks.sockets_lost;
        self.comebacks.pauses += comebacks.pauses;
        self.comebacks.resumes += comebacks.resumes;
        self.comebacks.resets += comebacks.resets;
    }

    /// Why nobody came in, if so.
    #[must_use]
    pub fn nobody(&self, players: u32) -> Option<String> {
        let is_so = self.logins.failed == u64::from(players);
        is_so.then(|| self.error_first.clone().unwrap_or_default())
    }

    /// All of it.
    #[must_use]
    pub fn report(self, name: &str, options: &Options, elapsed: Duration, interrupted: bool) -> Report {
        Report {
            scenario: name.to_owned(),
            transports: options.transports.iter().map(|kind| kind.name().to_owned()).collect(),
            players: options.players,
            players_done: self.done,
            interrupted,
            seed: options.seed,
            duration_s: options.duration.as_secs_f64(),
            elapsed_s: elapsed.as_secs_f64(),
            ok_total: self.plays.ok,
            ok_per_s: rate(self.plays.ok, elapsed),
            commands: vec![self.logins.figures("login", elapsed), self.plays.figures(name, elapsed)],
            errors: self.errors,
            reconnects: self.comebacks.resumes + self.comebacks.resets,
            comebacks: self.comebacks,
            gold: self.gold,
            wrong_count: self.wrong_count,
            wrong: self.wrong,
            ..Report::default()
        }
    }

    fn error(&mut self, failed: &Failed) {
        *self.errors.entry(failed.code().to_owned()).or_default() += 1;
        self.error_first.get_or_insert_with(|| failed.to_string());
    }
}

impl Row {
    fn figures(&self, name: &str, elapsed: Duration) -> CommandFigures {
        CommandFigures {
            name: name.to_owned(),
            sent: self.ok + self.failed,
            unsent: self.unsent,
            ok: self.ok,
            rejected: self.failed,
            ok_per_s: rate(self.ok, elapsed),
            p50_us: self.times.at_us(0.5),
            p90_us: self.times.at_us(0.9),
            p99_us: self.times.at_us(0.99),
            p999_us: self.times.at_us(0.999),
            max_us: self.times.max_us(),
            ..CommandFigures::default()
        }
    }
}

const WRONG_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plays_that_went_wrong_are_told_and_those_cut_off_by_the_end_are_not_held_against_anybody() {
        let options = Options { players: 2, ..Options::new("nowhere:1") };
        let mut tally = Tally::default();
        for gold in [1_000, 500] {
            tally.came_in(Duration::from_millis(1), gold);
        }
        tally.played(0, 7, Ok(()), Duration::from_millis(5));
        tally.played(1, 8, Err(Failed::Over), Duration::from_millis(5));
        for _ in 0..2 {
            tally.left(Some(750), &ComebackFigures::default());
        }
        let report = tally.report("duel", &options, Duration::from_secs(1), false);
        assert!(report.is_good(), "{report:?}");
        assert_eq!((report.gold.start, report.gold.end, report.ok_total), (1_500, 1_500, 1));
        assert_eq!(report.commands[1].unsent, 1);

        let mut tally = Tally::default();
        tally.came_in(Duration::from_millis(1), 1_000);
        tally.played(0, 7, Err(Failed::wrong("no_board", "none was shown")), Duration::from_millis(5));
        tally.left(Some(1_000), &ComebackFigures::default());
        let report = tally.report("duel", &options, Duration::from_secs(1), false);
        assert!(!report.is_good());
        assert_eq!((report.wrong_count, &*report.wrong[0].code), (1, "no_board"));
    }
}
