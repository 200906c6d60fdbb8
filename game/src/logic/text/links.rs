//! Text without anything that a client would make a link of by itself: a space after the colon of an address, and
//! after the dot of a domain. It can be read as before, and clicked no more. Knows no list of bad places.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// What becomes of links in text that players read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// `https://example.com` is shown as `https: //example. com`.
    #[default]
    Neutralize,
    /// They stay.
    Allow,
}

/// See the module. Applied to its own results it changes nothing.
pub(crate) fn neutralize(text: &str) -> String {
    let seen: Vec<(usize, char)> = text
        .char_indices()
        .filter(|(_, c)| !is_combining_mark(*c) && !matches!(c, '\u{200c}' | '\u{200d}'))
        .map(|(at, c)| (at, plain(c)))
        .collect();
    let mut shown = String::with_capacity(text.len() + 8);
    let mut done = 0;
    for (index, window) in seen.windows(2).enumerate() {
        let (before, after) = (&seen[..index], &seen[index + 1..]);
        let is_part = match window[0].1 {
            ':' => is_scheme(before, after),
            '.' => is_domain(before, after, false),
            IDEOGRAPHIC_STOP => is_domain(before, after, true),
            _ => false,
        };
        if is_part {
            let next = window[1].0;
            shown.push_str(&text[done..next]);
            shown.push(' ');
            done = next;
        }
    }
    shown.push_str(&text[done..]);
    shown
}

/// As a browser would read it.
fn plain(c: char) -> char {
    match c {
        _ if c.is_ascii() => c.to_ascii_lowercase(),
        '\u{2215}' | '\u{2044}' | '\u{29f8}' => '/',
        _ => {
            let mut folded = std::iter::once(c).nfkc();
            match (folded.next(), folded.next()) {
                (Some(one), None) => one.to_lowercase().next().unwrap_or(one),
                _ => c,
            }
        }
    }
}

fn is_scheme(before: &[(usize, char)], after: &[(usize, char)]) -> bool {
    let slash = |at: usize| after.get(at).is_some_and(|(_, c)| matches!(c, '/' | '\\'));
    if slash(0) && slash(1) {
        return true;
    }
    let is_more = after.first().is_some_and(|(_, c)| !c.is_whitespace());
    is_more && SCHEMES.iter().any(|scheme| ends_with_word(before, scheme))
}

fn is_domain(before: &[(usize, char)], after: &[(usize, char)], is_ideographic: bool) -> bool {
    let is_label = before
        .last()
        .is_some_and(|(_, c)| if is_ideographic { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() });
    let is_more = after.first().is_some_and(|(_, c)| c.is_alphanumeric());
    if !is_label || !is_more {
        return false;
    }
    let is_top = after.len() >= 2 && after[..2].iter().all(|(_, c)| c.is_ascii_alphabetic());
    is_top || ends_with_word(before, "www") || TOP_DOMAINS.iter().any(|top| begins_with_word(after, top))
}

fn ends_with_word(seen: &[(usize, char)], word: &str) -> bool {
    let is_end = word.chars().rev().eq(seen.iter().rev().take(word.len()).map(|(_, c)| *c));
    let before = seen.len().checked_sub(word.len() + 1).map(|at| seen[at].1);
    is_end && !before.is_some_and(char::is_alphanumeric)
}

fn begins_with_word(seen: &[(usize, char)], word: &str) -> bool {
    let label = seen.iter().map(|(_, c)| *c).take_while(|c| c.is_alphanumeric());
    label.eq(word.chars())
}

/// Stands for a dot in addresses, and ends sentences without a space.
const IDEOGRAPHIC_STOP: char = '。';
/// Addresses without slashes, in small ASCII letters.
const SCHEMES: &[&str] =
    &["data", "discord", "file", "javascript", "magnet", "mailto", "sms", "steam", "tel", "vbscript"];
/// Ends of domains in other letters than ASCII, without marks, as far as clients are known to make links of them.
const TOP_DOMAINS: &[&str] = &[
    "рф",
    "рус",
    "укр",
    "бел",
    "срб",
    "бг",
    "мкд",
    "қаз",
    "ею",
    "ελ",
    "中国",
    "中國",
    "公司",
    "网络",
    "網路",
    "网站",
    "在线",
    "商城",
    "香港",
    "台湾",
    "台灣",
    "新加坡",
    "한국",
    "みんな",
    "ไทย",
    "مصر",
    "ایران",
    "امارات",
    "السعودية",
    "موقع",
    "شبكة",
    "ישראל",
    "קום",
];
