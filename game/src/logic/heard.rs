//! What was said lately: world chat for whoever comes in later, and all ways to speak as evidence for reports. In
//! memory alone: it is gone with the process, and with who said it when that person is forgotten. Knows no connection.

use std::collections::VecDeque;

use proto::{
    client::ChatLine,
    limits::{CHAT_HISTORY_BYTES_MAX, CHAT_HISTORY_MAX, REPORT_EVIDENCE_BYTES_MAX},
};

/// A line that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Its number among all that was said; 0: it is not among it yet.
    pub(crate) n: u64,
    pub(crate) account: u64,
    /// Of the account or of its character.
    pub(crate) name: String,
    pub(crate) to: Hearers,
    pub(crate) text: String,
    /// Milliseconds since 1970.
    pub(crate) wall_ms: u64,
}

/// Who could hear it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hearers {
    Everyone,
    Near,
    /// One account alone.
    One(u64),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Lines so far.
    count: u64,
    world: Ring,
    /// World chat, and what was said to those near: for staff, which no private line takes away from it.
    public: Ring,
    all: Ring,
}

impl Default for Heard {
    fn default() -> Self {
        let world = Ring::new(CHAT_HISTORY_MAX, CHAT_HISTORY_BYTES_MAX);
        let public = Ring::new(PUBLIC_LINES_MAX, PUBLIC_BYTES_MAX);
        Self { count: 0, world, public, all: Ring::new(LINES_MAX, BYTES_MAX) }
    }
}

impl Heard {
    pub(crate) fn add(&mut self, said: Said) {
        self.count += 1;
        let said = Said { n: self.count, ..said };
        if !matches!(said.to, Hearers::One(_)) {
            self.public.push(said.clone());
        }
        if said.to == Hearers::Everyone {
            self.world.push(said.clone());
        }
        self.all.push(said);
    }

    /// What was said in public after this line, oldest first; of more lines the first: whoever asks on misses none. A line
    /// that is not there yet is of an earlier process.
    pub(crate) fn since(&self, channel: &str, after: u64, lines_max: usize) -> Vec<&Said> {
        let after = if self.count < after { 0 } else { after };
        let is_wanted = |said: &&Said| after < said.n && (channel.is_empty() || said.to.name() == channel);
        self.public.lines.iter().filter(is_wanted).take(lines_max).collect()
    }

    /// World chat, oldest first.
    pub(crate) fn history(&self) -> Vec<ChatLine> {
        let line = |said: &Said| ChatLine {
            from: said.account,
            name: said.name.clone(),
            text: said.text.clone(),
            said_ms: said.wall_ms,
        };
        self.world.lines.iter().map(line).collect()
    }

    /// The last of what an account said, in public or to this one alone, oldest first, a line each.
    pub(crate) fn evidence(&self, about: u64, heard_by: u64) -> String {
        let mut lines = Vec::new();
        let mut bytes = 0;
        let could_hear = |said: &&Said| said.account == about && said.to.includes(heard_by);
        for said in self.all.lines.iter().rev().filter(could_hear).take(EVIDENCE_LINES_MAX) {
            let Said { name, to, text, wall_ms, .. } = said;
            let line = format!("{wall_ms} {} {name}: {text}", to.name());
            bytes += line.len() + 1;
            if REPORT_EVIDENCE_BYTES_MAX < bytes {
                break;
            }
            lines.push(line);
        }
        lines.reverse();
        lines.join("\n")
    }

    /// The last of what an account said where anybody could hear it, oldest first.
    pub(crate) fn said_by(&self, account: u64) -> Vec<&Said> {
        let is_public = |said: &&Said| said.account == account && !matches!(said.to, Hearers::One(_));
        let mut lines: Vec<&Said> =
            self.all.lines.iter().rev().filter(is_public).take(SHOWN_LINES_MAX).collect();
        lines.reverse();
        lines
    }

    /// Forgets a person.
    pub(crate) fn forget(&mut self, account: u64) {
        self.world.forget(account);
        self.public.forget(account);
        self.all.forget(account);
    }
}

impl Hearers {
    fn includes(self, account: u64) -> bool {
        match self {
            Self::Everyone | Self::Near => true,
            Self::One(one) => one == account,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Everyone => "world",
            Self::Near => "near",
            Self::One(_) => "private",
        }
    }
}

/// The last lines, within bounds.
#[derive(Debug)]
struct Ring {
    lines: VecDeque<Said>,
    bytes: usize,
    lines_max: usize,
    bytes_max: usize,
}

impl Ring {
    fn new(lines_max: usize, bytes_max: usize) -> Self {
        Self { lines: VecDeque::new(), bytes: 0, lines_max, bytes_max }
    }

    fn push(&mut self, said: Said) {
        self.bytes += said.text.len();
        self.lines.push_back(said);
        while self.lines_max < self.lines.len() || self.bytes_max < self.bytes {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.text.len();
        }
    }

    fn forget(&mut self, account: u64) {
        self.lines.retain(|said| said.account != account);
        self.bytes = self.lines.iter().map(|said| said.text.len()).sum();
    }
}

/// Lines that staff can look back at.
const PUBLIC_LINES_MAX: usize = 1_000;
const PUBLIC_BYTES_MAX: usize = 256 * 1024;
/// Lines of all ways to speak.
const LINES_MAX: usize = 4_096;
const BYTES_MAX: usize = 512 * 1024;
const EVIDENCE_LINES_MAX: usize = 20;
/// Of one account, as staff sees them.
const SHOWN_LINES_MAX: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    fn said(account: u64, to: Hearers, text: &str) -> Said {
        Said { n: 0, account, name: format!("N{account}"), to, text: text.to_owned(), wall_ms: 7 }
    }

    #[test]
    fn only_the_last_hundred_lines_of_the_world_are_remembered_and_no_more_bytes_than_allowed() {
        let mut heard = Heard::default();
        heard.add(said(1, Hearers::Near, "near"));
        for n in 0..150 {
            heard.add(said(1, Hearers::Everyone, &n.to_string()));
        }
        let texts: Vec<String> = heard.history().into_iter().map(|line| line.text).collect();
        assert_eq!(texts, (50..150).map(|n| n.to_string()).collect::<Vec<_>>());
        let long = "x".repeat(512);
        (0..100).for_each(|_| heard.add(said(2, Hearers::Everyone, &long)));
        let bytes: usize = heard.history().iter().map(|line| line.text.len()).sum();
        assert_eq!(bytes, CHAT_HISTORY_BYTES_MAX);
        heard.forget(2);
        assert_eq!((heard.history().len(), heard.world.bytes), (0, 0));
    }

    #[test]
    fn evidence_is_what_the_one_who_reports_could_hear() {
        let mut heard = Heard::default();
        heard.add(said(1, Hearers::Everyone, "to all"));
        heard.add(said(2, Hearers::Everyone, "another"));
        heard.add(said(1, Hearers::One(2), "to two"));
        heard.add(said(1, Hearers::One(3), "to three"));
        heard.add(said(1, Hearers::Near, "here"));
        assert_eq!(heard.evidence(1, 2), "7 world N1: to all\n7 private N1: to two\n7 near N1: here");
        assert_eq!(heard.evidence(9, 2), "");
        let long = "鼎".repeat(170);
        (0..50).for_each(|_| heard.add(said(1, Hearers::Near, &long)));
        let evidence = heard.evidence(1, 2);
        assert!(evidence.len() <= REPORT_EVIDENCE_BYTES_MAX);
        assert_eq!(evidence.lines().count(), 7);
    }

    #[test]
    fn staff_looks_back_at_what_was_said_in_public_and_at_nothing_private() {
        let mut heard = Heard::default();
        heard.add(said(1, Hearers::Everyone, "to all"));
        heard.add(said(1, Hearers::One(2), "to two"));
        heard.add(said(1, Hearers::Near, "here"));
        let texts = |lines: Vec<&Said>| lines.iter().map(|said| said.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(heard.since("", 0, 9)), ["to all", "here"]);
        assert_eq!(texts(heard.since("near", 0, 9)), ["here"]);
        assert_eq!((texts(heard.since("", 1, 9)), heard.since("", 3, 9).len()), (vec!["here".to_owned()], 0));
        assert_eq!(heard.since("", 4, 9).len(), 2, "of an earlier process");
        (0..5_000).for_each(|_| heard.add(said(1, Hearers::One(2), "psst")));
        assert_eq!(texts(heard.since("", 0, 1)), ["to all"]);
        assert_eq!(texts(heard.since("", 1, 1)), ["here"], "whispers wash nothing out");
        (0..5_000).for_each(|_| heard.add(said(1, Hearers::Near, "x")));
        assert_eq!(heard.public.lines.len(), PUBLIC_LINES_MAX);
        heard.forget(1);
        assert_eq!(heard.since("", 0, 9).len(), 0);
    }

    #[test]
    fn all_that_is_remembered_is_bounded() {
        let mut heard = Heard::default();
        (0..10_000).for_each(|_| heard.add(said(1, Hearers::Near, "x")));
        assert_eq!(heard.all.lines.len(), LINES_MAX);
        let long = "x".repeat(512);
        (0..2_000).for_each(|_| heard.add(said(1, Hearers::Near, &long)));
        assert_eq!(heard.all.bytes, BYTES_MAX);
    }
}
