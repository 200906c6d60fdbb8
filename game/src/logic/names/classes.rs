//! What a character is to a name. Knows single characters only; `names` knows their order.

use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

/// The classes that a name may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CharClass {
    Letter,
    /// Decimal digits of any script.
    Digit,
    /// Belongs to the letter before it.
    Mark,
    /// `.`, `-`, `_`.
    Separator,
}

/// The class of an NFKC character; nothing for one that no name may hold.
pub(super) fn class_of(c: char) -> Option<CharClass> {
    if matches!(c, '.' | '-' | '_') {
        return Some(CharClass::Separator);
    }
    if digit_value(c).is_some() {
        return Some(CharClass::Digit);
    }
    if is_refused(c) {
        return None;
    }
    if is_combining_mark(c) {
        return Some(CharClass::Mark);
    }
    // Letters of no script are modifiers and symbols; NFKC has turned the rest into letters of one.
    let is_letter = c.is_alphabetic() && (c.script() != Script::Common || c == 'ー');
    is_letter.then_some(CharClass::Letter)
}

/// The value of a decimal digit of any script.
pub(super) fn digit_value(c: char) -> Option<u8> {
    let code = u32::from(c);
    let zero = *ZEROS.get(ZEROS.partition_point(|&zero| zero <= code).checked_sub(1)?)?;
    u8::try_from(code - zero).ok().filter(|&value| value <= 9)
}

/// Letters of scripts that are written from right to left.
pub(super) fn is_right_to_left(c: char) -> bool {
    matches!(
        c.script(),
        Script::Adlam
            | Script::Arabic
            | Script::Hanifi_Rohingya
            | Script::Hebrew
            | Script::Mandaic
            | Script::Mende_Kikakui
            | Script::Nko
            | Script::Samaritan
            | Script::Syriac
            | Script::Thaana
            | Script::Yezidi
    )
}

/// Letters and marks by their category that are not seen, fill space, or enclose what is before them.
fn is_refused(c: char) -> bool {
    REFUSED.iter().any(|&(first, last)| first <= c && c <= last)
}

const REFUSED: &[(char, char)] = &[
    ('\u{034f}', '\u{034f}'),   // combining grapheme joiner
    ('\u{0488}', '\u{0489}'),   // enclosing Cyrillic signs
    ('\u{0640}', '\u{0640}'),   // Arabic tatweel lengthens at will
    ('\u{07fa}', '\u{07fa}'),   // the same for N'Ko
    ('\u{1100}', '\u{11ff}'),   // Hangul letters that no syllable took in, and fillers
    ('\u{17b4}', '\u{17b5}'),   // Khmer vowels without a shape
    ('\u{180b}', '\u{180f}'),   // Mongolian selectors
    ('\u{1abe}', '\u{1abe}'),   // enclosing
    ('\u{20dd}', '\u{20e4}'),   // enclosing
    ('\u{2800}', '\u{28ff}'),   // Braille, one of which is blank
    ('\u{302e}', '\u{302f}'),   // Hangul tone marks beside the line
    ('\u{3031}', '\u{3035}'),   // vertical repeat marks
    ('\u{303b}', '\u{303b}'),   // the same
    ('\u{3164}', '\u{3164}'),   // Hangul filler
    ('\u{a670}', '\u{a672}'),   // enclosing
    ('\u{a960}', '\u{a97f}'),   // old Hangul letters
    ('\u{d7b0}', '\u{d7ff}'),   // the same
    ('\u{fe00}', '\u{fe0f}'),   // variation selectors
    ('\u{ffa0}', '\u{ffa0}'),   // half-width Hangul filler
    ('\u{13430}', '\u{1345f}'), // joiners of hieroglyphs
    ('\u{1bca0}', '\u{1bca3}'), // shorthand controls
    ('\u{1d173}', '\u{1d17a}'), // musical controls
    ('\u{e0000}', '\u{e0fff}'), // tags and further selectors
];

/// The zero of every script's decimal digits, in order; nine others follow each.
const ZEROS: &[u32] = &[
    0x0030, 0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x1e950,
];

const _: () = {
    // `digit_value` searches by halves.
    let mut i = 1;
    while i < ZEROS.len() {
        assert!(ZEROS[i - 1] + 9 < ZEROS[i]);
        i += 1;
    }
};
