//! Text that somebody typed and others read: one rule for chat, letters and reasons (reliability V30). Every script
//! passes as it is; what nobody sees, what turns the direction of the text around it, and heaps of marks do not.
//! Knows nobody who speaks.

pub mod links;
#[cfg(test)]
mod tests;

use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use self::links::Links;

/// Text as others see it, on one line; empty if there is nothing to be seen.
pub(crate) fn shown(typed: &str, policy: Links) -> String {
    let text = clean(typed);
    match policy {
        Links::Neutralize => links::neutralize(&text),
        Links::Allow => text,
    }
}

/// What people count as characters.
pub(crate) fn graphemes(text: &str) -> usize {
    text.graphemes(true).count()
}

/// The same without what is not seen or disturbs what is beside it. Applied to its own results it changes nothing.
pub(crate) fn clean(typed: &str) -> String {
    let mut line = Line { text: String::with_capacity(typed.len()), ..Line::default() };
    for c in typed.chars() {
        line.add(c);
    }
    if line.is_seen { line.text.trim().to_owned() } else { String::new() }
}

/// What a character is to text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Not seen, or turns the direction of what follows.
    Hidden,
    /// Ends a line, or moves to a column.
    Break,
    Space,
    /// Belongs to the character before it.
    Mark,
    /// Not seen, but says how its neighbors are written.
    Joiner,
    /// Of the name of a flag.
    Tag,
    Base,
}

/// A line on its way.
#[derive(Debug, Default)]
struct Line {
    text: String,
    /// What marks would belong to.
    base: Option<char>,
    marks: usize,
    marks_of_no_script: usize,
    /// Kept if something follows that it can join.
    joiner: Option<char>,
    /// Kept if it ends as the name of a flag does.
    tags: String,
    is_seen: bool,
}

impl Line {
    fn add(&mut self, c: char) {
        match class_of(c) {
            Class::Hidden => {}
            Class::Break if self.text.ends_with(char::is_whitespace) => self.end_base(),
            Class::Break => self.space(' '),
            Class::Space => self.space(c),
            Class::Mark => self.mark(c),
            Class::Joiner => {
                let is_meant = self.base.is_some_and(|base| joins(base, c));
                self.joiner = self.joiner.or(is_meant.then_some(c));
            }
            Class::Tag => self.tag(c),
            Class::Base => {
                self.text.extend(self.joiner.take());
                self.end_base();
                self.text.push(c);
                self.base = Some(c);
                self.is_seen |= c != BRAILLE_BLANK;
            }
        }
    }

    fn end_base(&mut self) {
        let text = std::mem::take(&mut self.text);
        *self = Self { text, is_seen: self.is_seen, ..Self::default() };
    }

    fn space(&mut self, c: char) {
        self.end_base();
        self.text.push(c);
        // Signs for the eye stand on spaces, but not before the text.
        self.base = self.is_seen.then_some(c);
    }

    /// One without anything to belong to would be put on what stands before the text.
    fn mark(&mut self, c: char) {
        let is_of_no_script = c.script() == Script::Inherited;
        let is_heap =
            MARKS_MAX <= self.marks || (is_of_no_script && MARKS_OF_NO_SCRIPT_MAX <= self.marks_of_no_script);
        if self.base.is_none() || is_heap {
            return;
        }
        self.text.extend(self.joiner.take());
        self.text.push(c);
        self.marks += 1;
        self.marks_of_no_script += usize::from(is_of_no_script);
    }

    fn tag(&mut self, c: char) {
        if self.base != Some(BLACK_FLAG) || self.marks != 0 {
            return;
        }
        self.tags.push(c);
        if c == TAG_END {
            let tags = std::mem::take(&mut self.tags);
            if (FLAG_TAGS_MIN..=FLAG_TAGS_MAX).contains(&tags.chars().count()) {
                self.text.push_str(&tags);
                // There is one name to a flag.
                self.marks = MARKS_MAX;
            }
        }
    }
}

fn class_of(c: char) -> Class {
    match c {
        '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Class::Break,
        '\u{200c}' | '\u{200d}' | '\u{180e}' => Class::Joiner,
        '\u{e0020}'..='\u{e007f}' => Class::Tag,
        _ if c.is_control() || is_hidden(c) => Class::Hidden,
        _ if c.is_whitespace() => Class::Space,
        _ if is_combining_mark(c) => Class::Mark,
        _ => Class::Base,
    }
}

/// Where letters are not joined, and are no picture, a joiner would only make two texts that look alike.
fn joins(base: char, joiner: char) -> bool {
    let script = base.script();
    if joiner == '\u{180e}' {
        return script == Script::Mongolian;
    }
    let is_letter = base.is_alphabetic()
        && !matches!(script, Script::Common | Script::Latin | Script::Greek | Script::Cyrillic);
    is_letter || PICTURES.iter().any(|&(first, last)| first <= base && base <= last)
}

fn is_hidden(c: char) -> bool {
    // The last two of each plane are no characters.
    u32::from(c) & 0xfffe == 0xfffe || HIDDEN.iter().any(|&(first, last)| first <= c && c <= last)
}

/// Blocks in which emoji are that are joined to one.
const PICTURES: &[(char, char)] = &[('\u{2190}', '\u{2bff}'), ('\u{1f000}', '\u{1faff}')];

const HIDDEN: &[(char, char)] = &[
    ('\u{00ad}', '\u{00ad}'),    // soft hyphen
    ('\u{034f}', '\u{034f}'),    // combining grapheme joiner
    ('\u{061c}', '\u{061c}'),    // direction mark
    ('\u{115f}', '\u{1160}'),    // Hangul fillers
    ('\u{17b4}', '\u{17b5}'),    // Khmer vowels without a shape
    ('\u{200b}', '\u{200b}'),    // zero-width space
    ('\u{200e}', '\u{200f}'),    // direction marks
    ('\u{202a}', '\u{202e}'),    // direction embeddings and overrides
    ('\u{2060}', '\u{206f}'),    // invisible operators, direction isolates
    ('\u{3164}', '\u{3164}'),    // Hangul filler
    ('\u{e000}', '\u{f8ff}'),    // private use: whatever a font makes of it
    ('\u{fdd0}', '\u{fdef}'),    // no characters
    ('\u{feff}', '\u{feff}'),    // byte order mark
    ('\u{ffa0}', '\u{ffa0}'),    // half-width Hangul filler
    ('\u{fff0}', '\u{fffc}'),    // annotations, the place of an object
    ('\u{1bca0}', '\u{1bca3}'),  // shorthand controls
    ('\u{1d173}', '\u{1d17a}'),  // musical controls
    ('\u{e0000}', '\u{e001f}'),  // tags
    ('\u{e0080}', '\u{e00ff}'),  // unassigned and ignored
    ('\u{e01f0}', '\u{e0fff}'),  // the same
    ('\u{f0000}', '\u{10ffff}'), // private use
];

/// Of one character: what Burmese and Tibetan need at their fullest.
const MARKS_MAX: usize = 9;
/// Of those, the ones that any letter can carry: what pointed Arabic needs.
const MARKS_OF_NO_SCRIPT_MAX: usize = 4;
const BRAILLE_BLANK: char = '\u{2800}';
const BLACK_FLAG: char = '\u{1f3f4}';
const TAG_END: char = '\u{e007f}';
/// A region of three letters to six, and the end.
const FLAG_TAGS_MIN: usize = 4;
const FLAG_TAGS_MAX: usize = 7;
