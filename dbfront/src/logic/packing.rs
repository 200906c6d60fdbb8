//! Rows and keys as few bytes, for where decoded ones would take too much room. Such bytes live as long as one
//! process, and in a saved cache, whose format is numbered: whoever changes them raises that number.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use proto::link::{Value, value::V};

use super::row::{Row, RowKey};

/// Appends a row's version and columns, or that there is no row.
pub fn put_row(out: &mut Vec<u8>, ver: u64, row: Option<&[Value]>) {
    put_number(out, ver);
    put_number(out, row.map_or(0, |row| row.len() as u64 + 1));
    for value in row.unwrap_or_default() {
        match &value.v {
            None => out.push(NULL),
            Some(V::Int(number)) => {
                out.push(INT);
                // Small numbers of either sign become small numbers.
                put_number(out, ((number << 1) ^ (number >> 63)).cast_unsigned());
            }
            Some(V::Text(text)) => put_bytes(out, TEXT, text.as_bytes()),
            Some(V::Blob(blob)) => put_bytes(out, BLOB, blob),
        }
    }
}

/// Takes one from the front; nothing if that is not what [`put_row`] wrote.
pub fn take_row(input: &mut &[u8]) -> Option<(u64, Option<Row>)> {
    let ver = take_number(input)?;
    let Some(columns) = take_number(input)?.checked_sub(1) else {
        return Some((ver, None));
    };
    // Each takes a byte at least: no more room than there are bytes.
    let columns = usize::try_from(columns).ok().filter(|columns| *columns <= input.len())?;
    let mut row = Vec::with_capacity(columns);
    for _ in 0..columns {
        let (&kind, rest) = input.split_first()?;
        *input = rest;
        let v = match kind {
            NULL => None,
            INT => {
                let number = take_number(input)?;
                Some(V::Int((number >> 1).cast_signed() ^ -(number & 1).cast_signed()))
            }
            TEXT => Some(V::Text(String::from_utf8(take_bytes(input)?.to_vec()).ok()?)),
            BLOB => Some(V::Blob(take_bytes(input)?.to_vec().into())),
            _ => return None,
        };
        row.push(Value { v });
    }
    Some((ver, Some(row.into())))
}

/// Appends a key so that bytes compare as keys do.
pub fn put_key(out: &mut Vec<u8>, key: &RowKey) {
    match key {
        RowKey::Int(number) => {
            out.push(INT);
            out.extend_from_slice(&(number ^ i64::MIN).to_be_bytes());
        }
        RowKey::Bytes(bytes) => {
            out.push(BLOB);
            out.extend_from_slice(bytes);
        }
    }
}

/// The key that [`put_key`] wrote, which is all of the input.
#[must_use]
pub fn key_of(input: &[u8]) -> Option<RowKey> {
    match input.split_first()? {
        (&INT, number) => Some(RowKey::Int(i64::from_be_bytes(number.try_into().ok()?) ^ i64::MIN)),
        (&BLOB, bytes) => Some(RowKey::Bytes(Arc::from(bytes))),
        _ => None,
    }
}

fn put_bytes(out: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    out.push(kind);
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn take_bytes<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_number(input)?).ok()?;
    let (bytes, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(bytes)
}

/// Seven bits a byte, the lowest first.
pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while 0x80 <= number {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// What [`put_number`] wrote, from the front.
pub(super) fn take_number(input: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (&byte, rest) = input.split_first()?;
        *input = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

const NULL: u8 = 0;
const INT: u8 = 1;
const TEXT: u8 = 2;
const BLOB: u8 = 3;
