//! From when to when a certificate is valid, and for which names: as much of X.509 as that takes. Checks no signature.

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, Ipv6Addr};

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Seconds since 1970.
    pub valid_from_s: u64,
    /// Seconds since 1970.
    pub valid_until_s: u64,
    /// Host names and addresses that it is for.
    pub names: Vec<String>,
}

/// Reads a certificate, DER. Nothing: it is none.
#[must_use]
pub fn about(certificate: &[u8]) -> Option<About> {
    let mut signed = Der(Der(certificate).take(SEQUENCE)?);
    let mut fields = Der(signed.take(SEQUENCE)?);
    // Version, of all but the oldest; serial number, algorithm, issuer.
    fields.skip(VERSION);
    fields.take(INTEGER)?;
    fields.take(SEQUENCE)?;
    fields.take(SEQUENCE)?;
    let mut validity = Der(fields.take(SEQUENCE)?);
    let valid_from_s = moment(validity.next()?)?;
    let valid_until_s = moment(validity.next()?)?;
    let mut names = Vec::new();
    while let Some((tag, content)) = fields.next() {
        if tag == EXTENSIONS {
            names = named(content);
        }
    }
    Some(About { valid_from_s, valid_until_s, names })
}

fn named(extensions: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut list = Der(Der(extensions).take(SEQUENCE).unwrap_or_default());
    while let Some(extension) = list.take(SEQUENCE) {
        let mut extension = Der(extension);
        if extension.take(OBJECT_ID) != Some(SUBJECT_ALT_NAME) {
            continue;
        }
        extension.skip(BOOLEAN);
        let mut general =
            Der(Der(extension.take(OCTETS).unwrap_or_default()).take(SEQUENCE).unwrap_or_default());
        while let Some((tag, name)) = general.next() {
            match (tag, name.len()) {
                (DNS_NAME, _) => names.push(String::from_utf8_lossy(name).into_owned()),
                (ADDRESS, 4) => {
                    names.extend(name.try_into().map(|ip: [u8; 4]| Ipv4Addr::from(ip).to_string()));
                }
                (ADDRESS, 16) => {
                    names.extend(name.try_into().map(|ip: [u8; 16]| Ipv6Addr::from(ip).to_string()));
                }
                _ => {}
            }
        }
    }
    names
}

/// `YYMMDDhhmmssZ` of 1950 to 2049, or `YYYYMMDDhhmmssZ`, as seconds since 1970.
fn moment((tag, text): (u8, &[u8])) -> Option<u64> {
    let digits = str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year: i64 = year.parse().ok()?;
            (if year < 50 { 2_000 + year } else { 1_900 + year }, rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = digits.split_at_checked(4)?;
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2)?.parse::<i64>().ok();
    let (month, day) = (part(0)?, part(2)?);
    if rest.len() != 10 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that the day that may be missing is a year's last.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let days =
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - DAYS_TO_1970;
    let seconds = 86_400 * days + 3_600 * part(4)? + 60 * part(6)? + part(8)?;
    // Before 1970 is long ago.
    Some(u64::try_from(seconds).unwrap_or(0))
}

/// What is left of a list of tagged values.
#[derive(Clone, Copy)]
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            // More than these would not fit a file that anybody serves.
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The next value if it is of this kind; one of another is passed over and is nothing.
    fn take(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, content)| content)
    }

    /// Passes over the next value if it is of this kind.
    fn skip(&mut self, wanted: u8) {
        if self.0.first() == Some(&wanted) {
            self.next();
        }
    }
}

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;
const ADDRESS: u8 = 0x87;
/// 2.5.29.17
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// From 1 March of the year 0.
const DAYS_TO_1970: i64 = 719_468;
