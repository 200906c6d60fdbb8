//! A player's name: the one form in which it is shown, and the one key under which it is unique
//! (reliability V9). Decided once, at the edge; everything inside holds a [`Name`]. Knows no accounts.

mod classes;
mod lookalike;
#[cfg(test)]
mod tests;

use proto::limits::{NAME_BYTES_MAX, NAME_GRAPHEMES_MAX, NAME_TYPED_BYTES_MAX};
use unicode_normalization::UnicodeNormalization;
use unicode_script::{Script, ScriptExtension, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use self::classes::CharClass;

/// A name that passed [`canonical`]: holding one is the proof.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    shown: String,
    key: String,
}

impl Name {
    /// As others see it: NFKC, case as typed. At most 64 bytes.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Equal for names that count as the same; compared as bytes. At most 64 bytes.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Why a name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Fewer than two graphemes.
    #[error("a name has at least {GRAPHEMES_MIN} characters")]
    TooShort,
    /// More than 16 graphemes or 64 bytes, as typed, shown or compared.
    #[error("a name has at most {NAME_GRAPHEMES_MAX} characters and {NAME_BYTES_MAX} bytes")]
    TooLong,
    /// Neither letter, digit, mark nor separator; invisible, or changing the direction of text.
    #[error("a name holds letters, digits, and single . - _ between them")]
    Character,
    /// A separator first, last, or beside another.
    #[error("separators stand alone, between letters or digits")]
    Separator,
    /// A mark without a letter, or more than two on one.
    #[error("a letter carries at most two marks")]
    Marks,
    /// No letter at all.
    #[error("a name has at least one letter")]
    NoLetter,
    /// Letters of scripts that nobody writes together, or a digit before right-to-left letters.
    #[error("a name is written in one script")]
    Script,
    /// Belongs to the house, or looks as if it did.
    #[error("this name is reserved")]
    Reserved,
}

impl NameError {
    /// Stable: travels in `LoginRefused.name`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort => "name_too_short",
            Self::TooLong => "name_too_long",
            Self::Character => "name_character",
            Self::Separator => "name_separator",
            Self::Marks => "name_marks",
            Self::NoLetter => "name_no_letter",
            Self::Script => "name_script",
            Self::Reserved => "name_reserved",
        }
    }
}

/// The canonical form of what somebody typed. Applied to its own results it changes nothing.
///
/// # Errors
/// See [`NameError`].
pub fn canonical(typed: &str) -> Result<Name, NameError> {
    // Some characters grow eighteenfold in NFKC: bound the input before it is worked on.
    if typed.len() > NAME_TYPED_BYTES_MAX {
        return Err(NameError::TooLong);
    }
    let shown: String = typed.nfkc().collect();
    check(&shown)?;
    let key = key_of(&shown)?;
    // Folding can lengthen a name and bring in other characters; the key must be a name by itself.
    check(&key)?;
    if lookalike::is_reserved(&shown) || lookalike::is_reserved(&key) {
        return Err(NameError::Reserved);
    }
    Ok(Name { shown, key })
}

/// Folds case and digits until nothing changes any more, so that keys of keys are themselves.
fn key_of(shown: &str) -> Result<String, NameError> {
    let mut key = shown.to_owned();
    for _ in 0..FOLD_ROUNDS_MAX {
        let folded: String = fold(&key).nfkc().collect();
        if folded == key {
            return Ok(key);
        }
        key = folded;
    }
    Err(NameError::Character)
}

fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 8);
    // Through upper to lower case joins what only one direction would keep apart: ß and ss, ς and σ, ı and i.
    // Taken apart first, as a mark between a letter and its iota below would hide the letter's case.
    for c in text.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase) {
        // The dot above i is there already; İ becomes i.
        if c == '\u{307}' && folded.ends_with(['i', 'j']) {
            continue;
        }
        folded.push(classes::digit_value(c).map_or(c, |value| char::from(b'0' + value)));
    }
    folded
}

fn check(name: &str) -> Result<(), NameError> {
    if name.len() > NAME_BYTES_MAX {
        return Err(NameError::TooLong);
    }
    check_order(name)?;
    match name.graphemes(true).count() {
        count if count < GRAPHEMES_MIN => return Err(NameError::TooShort),
        count if count > NAME_GRAPHEMES_MAX => return Err(NameError::TooLong),
        _ => (),
    }
    if is_one_script(name) { Ok(()) } else { Err(NameError::Script) }
}

/// Which class may follow which.
fn check_order(name: &str) -> Result<(), NameError> {
    let mut letters = 0;
    let mut marks = 0;
    let mut before = CharClass::Separator;
    for c in name.chars() {
        let class = classes::class_of(c).ok_or(NameError::Character)?;
        marks = if class == CharClass::Mark { marks + 1 } else { 0 };
        match (before, class) {
            (CharClass::Separator, CharClass::Separator) => return Err(NameError::Separator),
            (CharClass::Separator | CharClass::Digit, CharClass::Mark) => return Err(NameError::Marks),
            _ if marks > MARKS_MAX => return Err(NameError::Marks),
            _ => (),
        }
        letters += usize::from(class == CharClass::Letter);
        before = class;
    }
    match before {
        CharClass::Separator if name.is_empty() => Err(NameError::TooShort),
        CharClass::Separator => Err(NameError::Separator),
        _ if letters == 0 => Err(NameError::NoLetter),
        _ => Ok(()),
    }
}

fn is_one_script(name: &str) -> bool {
    // With a digit in front, the order in which a right-to-left name is shown depends on what is around it.
    if name.starts_with(|c| classes::digit_value(c).is_some()) && name.chars().any(classes::is_right_to_left)
    {
        return false;
    }
    let in_common =
        name.chars().fold(ScriptExtension::default(), |all, c| all.intersection(c.script_extension()));
    !in_common.is_empty()
        || WRITTEN_TOGETHER.iter().any(|scripts| {
            let together = scripts
                .iter()
                .fold(ScriptExtension::from(Script::Han), |all, &script| all.union(script.into()));
            name.chars().all(|c| !c.script_extension().intersection(together).is_empty())
        })
}

/// With Han.
const WRITTEN_TOGETHER: [&[Script]; 3] =
    [&[Script::Hiragana, Script::Katakana], &[Script::Hangul], &[Script::Bopomofo]];
const GRAPHEMES_MIN: usize = 2;
const MARKS_MAX: usize = 2;
const FOLD_ROUNDS_MAX: usize = 4;
