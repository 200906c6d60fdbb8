//! Lines of chat that can be checked: who, which of its lines, and every letter. Knows no packets.

#[cfg(test)]
mod tests;

use std::{fmt, ops::RangeInclusive};

/// A line of one player. Its number grows by one with each line that the player sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which run: other runs' lines are somebody else's to check.
    pub run: u64,
    /// Which player.
    pub player: u32,
    /// From 1.
    pub number: u32,
}

impl Line {
    /// The text as it is said.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    /// Whether this is the line's text, letter for letter. Everyone hears everyone: no allocation here.
    #[must_use]
    pub fn is_text(&self, text: &str) -> bool {
        let mut rest = Rest(text);
        self.write(&mut rest).is_ok() && rest.0.is_empty()
    }

    fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let Self { run, player, number } = *self;
        let word = WORDS[(player as usize + number as usize) % WORDS.len()];
        write!(out, "{PREFIX}{run:016x} {player} {number} {word}")
    }

    /// The line of a text; nothing if no player of any run says such a thing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PREFIX)?.split(' ');
        let run = u64::from_str_radix(parts.next()?, 16).ok()?;
        let player = parts.next()?.parse().ok()?;
        let number = parts.next()?.parse().ok()?;
        Some(Self { run, player, number })
    }
}

/// What one player heard of each.
#[derive(Clone, Debug, Default)]
pub struct Ear {
    speakers: Vec<Heard>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    /// Highest number heard.
    last: u32,
    /// Lines up to this one were said before this player listened.
    before: u32,
}

/// What a line is to one who heard the lines before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// The next one.
    Next,
    /// These were not heard before it; fine only if they were never said.
    Skipped(RangeInclusive<u32>),
    /// It, or a later one, was heard already.
    Again,
}

impl Ear {
    /// Begins to listen, again or for the first time: what each had sent before may stay unheard.
    pub fn listen(&mut self, sent: impl Iterator<Item = u32>) {
        for (player, sent) in sent.enumerate() {
            self.speaker(player).before = sent;
        }
    }

    /// Takes a line.
    pub fn hear(&mut self, player: u32, number: u32) -> Hearing {
        let speaker = self.speaker(player as usize);
        if number <= speaker.last {
            return Hearing::Again;
        }
        let known = speaker.last.max(speaker.before);
        speaker.last = number;
        if number > known + 1 { Hearing::Skipped(known + 1..=number - 1) } else { Hearing::Next }
    }

    /// At the end: the lines of `player` that were said until `last_said` and not heard.
    pub fn unheard(&mut self, player: u32, last_said: u32) -> Option<RangeInclusive<u32>> {
        let speaker = self.speaker(player as usize);
        let known = speaker.last.max(speaker.before);
        (known < last_said).then(|| known + 1..=last_said)
    }

    fn speaker(&mut self, player: usize) -> &mut Heard {
        if self.speakers.len() <= player {
            self.speakers.resize(player + 1, Heard::default());
        }
        &mut self.speakers[player]
    }
}

/// What is left of a text after what was written was taken off its front.
struct Rest<'a>(&'a str);

impl fmt::Write for Rest<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(part).ok_or(fmt::Error)?;
        Ok(())
    }
}

const PREFIX: &str = "ding-bot ";
/// So that lines differ in length and letters.
const WORDS: [&str; 6] =
    ["anyone for a duel?", "selling iron", "你好", "brb", "group of four looks for a healer", "gg :)"];
