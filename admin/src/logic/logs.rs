//! The last lines of all processes' logs, as one list, and who logs at which level. Bounded; knows no process and no page.

use std::collections::{BTreeMap, VecDeque};

use proto::link::{LogLine, LogResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// See the module.
#[derive(Debug, Default)]
pub struct Logs {
    lines: VecDeque<Line>,
    bytes: usize,
    last: u64,
    processes: BTreeMap<&'static str, Standing>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// In this list, from 1.
    pub n: u64,
    /// Since 1970.
    pub at_ms: u64,
    /// Whose.
    pub process: &'static str,
    /// `error` … `trace`.
    pub level: String,
    /// Stable name.
    pub event: String,
    /// The others, as text of JSON.
    #[serde(serialize_with = "as_json")]
    pub fields: String,
}

/// What a process logs, as it said last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The least that it logs now.
    pub level: String,
    /// The least that it logs anyway.
    pub usual: String,
    /// For how long it logs more; 0: it does not.
    pub raised_ms: u64,
    /// Lines beyond so many a second, since it logs more.
    pub held_back: u64,
    /// The run of the process, and the number of its last line that is here.
    #[serde(skip)]
    seen: (u32, u64),
}

/// Which lines somebody wants to see. Words fit anywhere, in any case.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    level: String,
    process: String,
    event: String,
    text: String,
}

/// Some lines in order, and from where to go on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    /// The oldest first.
    pub lines: Vec<Line>,
    /// Newer ones have higher numbers than this.
    pub newest: u64,
    /// There may be older ones below this; nothing: there are none.
    pub oldest: Option<u64>,
}

impl Logs {
    /// From where on a process is asked for its lines.
    #[must_use]
    pub fn seen(&self, process: &str, pid: u32) -> u64 {
        let seen = self.processes.get(process).map(|standing| standing.seen);
        seen.filter(|(known, _)| *known == pid).map_or(0, |(_, number)| number)
    }

    /// What a process answered.
    pub fn hear(&mut self, process: &'static str, pid: u32, said: LogResponse) {
        let before = self.seen(process, pid);
        let LogResponse { lines, lost, level, level_usual, raised_ms, held_back } = said;
        let mut last = before;
        if 0 < lost && before != 0 {
            let at_ms = lines.first().map_or(0, |line| line.at_ms);
            let fields = json!({ "lines": lost }).to_string();
            self.push(process, LogLine { number: 0, at_ms, level: WARN.into(), event: LOST.into(), fields });
        }
        for line in lines {
            last = last.max(line.number);
            self.push(process, line);
        }
        let standing = Standing { level, usual: level_usual, raised_ms, held_back, seen: (pid, last) };
        self.processes.insert(process, standing);
    }

    fn push(&mut self, process: &'static str, line: LogLine) {
        self.last += 1;
        let LogLine { at_ms, level, event, fields, .. } = line;
        let line = Line { n: self.last, at_ms, process, level, event, fields };
        self.bytes += line.bytes();
        self.lines.push_back(line);
        while LINES_MAX < self.lines.len() || BYTES_MAX < self.bytes {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.bytes();
        }
    }

    /// The newest lines with numbers above one and below another that fit.
    #[must_use]
    pub fn page(&self, after: u64, before: u64, filter: &Filter) -> Page {
        let filter = filter.lower();
        let among = self.lines.iter().rev().skip_while(|line| before <= line.n);
        let mut lines: Vec<Line> = Vec::new();
        let mut oldest = None;
        for line in among.take_while(|line| after < line.n) {
            if filter.fits(line) {
                if lines.len() == PAGE_LINES {
                    oldest = lines.last().map(|line| line.n);
                    break;
                }
                lines.push(line.clone());
            }
        }
        lines.reverse();
        Page { lines, newest: self.last, oldest }
    }

    /// Each process that was ever heard.
    #[must_use]
    pub fn processes(&self) -> &BTreeMap<&'static str, Standing> {
        &self.processes
    }
}

impl Line {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.event.len() + self.fields.len()
    }
}

impl Filter {
    fn lower(&self) -> Self {
        let lower = |word: &String| word.trim().to_lowercase();
        let Self { level, process, event, text } = self;
        Self { level: lower(level), process: lower(process), event: lower(event), text: lower(text) }
    }

    fn fits(&self, line: &Line) -> bool {
        let rank = |level: &str| LEVELS.iter().position(|known| *known == level);
        let is_loud =
            rank(&self.level).is_none_or(|wanted| rank(&line.level).is_none_or(|rank| rank <= wanted));
        let holds = |text: &str, word: &str| word.is_empty() || text.to_lowercase().contains(word);
        is_loud
            && (self.process.is_empty() || line.process == self.process)
            && holds(&line.event, &self.event)
            && (holds(&line.fields, &self.text) || holds(&line.event, &self.text))
    }
}

fn as_json<S: serde::Serializer>(fields: &str, serializer: S) -> Result<S::Ok, S::Error> {
    // A process of another version may say something else: then it is shown as it is.
    let value: Value = serde_json::from_str(fields).unwrap_or_else(|_| json!({ "text": fields }));
    value.serialize(serializer)
}

/// The least said first.
pub const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
const WARN: &str = "warn";
const LOST: &str = "log.lost";
const LINES_MAX: usize = 10_000;
const BYTES_MAX: usize = 4 << 20;
const PAGE_LINES: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    fn said(numbers: std::ops::RangeInclusive<u64>, level: &str, text: &str) -> LogResponse {
        let line = |number| LogLine {
            number,
            at_ms: number,
            level: level.to_owned(),
            event: format!("event.{number}"),
            fields: json!({ "text": text }).to_string(),
        };
        LogResponse { lines: numbers.map(line).collect(), level: "info".to_owned(), ..LogResponse::default() }
    }

    fn events(logs: &Logs, filter: &Filter) -> Vec<String> {
        logs.page(0, u64::MAX, filter).lines.into_iter().map(|line| line.event).collect()
    }

    #[test]
    fn a_process_is_asked_for_what_is_new_and_one_that_was_started_again_for_all() {
        let mut logs = Logs::default();
        assert_eq!(logs.seen("game", 7), 0);
        logs.hear("game", 7, said(1..=3, "info", "x"));
        assert_eq!((logs.seen("game", 7), logs.seen("game", 8), logs.seen("gateway", 7)), (3, 0, 0));
        logs.hear("game", 7, LogResponse::default());
        assert_eq!(logs.seen("game", 7), 3, "nothing new");
        logs.hear("game", 8, said(1..=1, "info", "x"));
        assert_eq!(logs.seen("game", 8), 1);
        assert_eq!(events(&logs, &Filter::default()), ["event.1", "event.2", "event.3", "event.1"]);
    }

    #[test]
    fn lines_that_were_missed_are_told() {
        let mut logs = Logs::default();
        logs.hear("game", 7, LogResponse { lost: 9, ..said(10..=10, "info", "x") });
        logs.hear("game", 7, LogResponse { lost: 4, ..said(15..=15, "info", "x") });
        assert_eq!(events(&logs, &Filter::default()), ["event.10", "log.lost", "event.15"]);
    }

    #[test]
    fn lines_are_found_by_level_process_event_and_text() {
        let mut logs = Logs::default();
        logs.hear("game", 7, said(1..=1, "error", "Disk full"));
        logs.hear("gateway", 8, said(2..=2, "debug", "op"));
        let with = |level: &str, process: &str, event: &str, text: &str| {
            let owned = str::to_owned;
            let filter = Filter {
                level: owned(level),
                process: owned(process),
                event: owned(event),
                text: owned(text),
            };
            events(&logs, &filter).len()
        };
        assert_eq!(
            (with("trace", "", "", ""), with("warn", "", "", ""), with("loud", "", "", "")),
            (2, 1, 2)
        );
        assert_eq!((with("", "game", "", ""), with("", "gam", "", "")), (1, 0));
        assert_eq!((with("", "", "EVENT", ""), with("", "", "event.2", "")), (2, 1));
        assert_eq!((with("", "", "", "disk"), with("", "", "", "event"), with("", "", "", "zzz")), (1, 2, 0));
    }

    #[test]
    fn pages_go_back_in_time_and_what_is_new_comes_by_its_number() {
        let mut logs = Logs::default();
        logs.hear("game", 7, said(1..=700, "info", "x"));
        let newest = logs.page(0, u64::MAX, &Filter::default());
        assert_eq!((newest.lines.len(), newest.newest, newest.oldest), (300, 700, Some(401)));
        let before = logs.page(0, 401, &Filter::default());
        assert_eq!((before.lines[0].n, before.oldest), (101, Some(101)));
        let first = logs.page(0, 101, &Filter::default());
        assert_eq!((first.lines.len(), first.oldest), (100, None));
        logs.hear("game", 7, said(701..=702, "info", "x"));
        let live = logs.page(700, u64::MAX, &Filter::default());
        assert_eq!(live.lines.iter().map(|line| line.n).collect::<Vec<_>>(), [701, 702]);
    }

    #[test]
    fn there_are_never_more_than_there_is_room_for() {
        let mut logs = Logs::default();
        logs.hear("game", 7, said(1..=LINES_MAX as u64 + 5, "info", "x"));
        assert_eq!(logs.lines.len(), LINES_MAX);
        let long = "x".repeat(4_000);
        logs.hear("game", 8, said(1..=5_000, "info", &long));
        assert!(logs.bytes <= BYTES_MAX && logs.lines.len() < 1_100);
    }

    #[test]
    fn fields_are_json_and_what_is_none_is_text() {
        let line = |fields: &str| {
            let (level, event) = ("info".to_owned(), "a".to_owned());
            let line = Line { n: 1, at_ms: 2, process: "game", level, event, fields: fields.to_owned() };
            serde_json::to_value(line).expect("JSON")["fields"].clone()
        };
        assert_eq!(line(r#"{"a":1}"#), json!({ "a": 1 }));
        assert_eq!(line("<script>"), json!({ "text": "<script>" }));
    }
}
