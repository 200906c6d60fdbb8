//! Rust values as columns and back. Knows no table.

use bytes::Bytes;

use crate::link::{Value, value::V};

/// A Rust value as a column.
pub(super) trait Cell: Sized {
    fn value(&self) -> Value;
    fn from_value(value: &Value) -> Option<Self>;
}

impl Cell for i64 {
    fn value(&self) -> Value {
        int(*self)
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value.v {
            Some(V::Int(value)) => Some(value),
            _ => None,
        }
    }
}

/// Ids and counters: 63 bits, as SQL has no unsigned numbers that all dialects share.
impl Cell for u64 {
    fn value(&self) -> Value {
        int(i64::try_from(*self).unwrap_or(i64::MAX))
    }
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

impl Cell for u32 {
    fn value(&self) -> Value {
        int((*self).into())
    }
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

/// Yes or no: 1 or 0.
impl Cell for bool {
    fn value(&self) -> Value {
        int((*self).into())
    }
    fn from_value(value: &Value) -> Option<Self> {
        match i64::from_value(value)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

/// 64 flags: stored as the number with the same bits.
impl Cell for Bits {
    fn value(&self) -> Value {
        int(self.0.cast_signed())
    }
    fn from_value(value: &Value) -> Option<Self> {
        Some(Self(i64::from_value(value)?.cast_unsigned()))
    }
}

impl Cell for String {
    fn value(&self) -> Value {
        text(self)
    }
    fn from_value(value: &Value) -> Option<Self> {
        match &value.v {
            Some(V::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }
}

impl Cell for Bytes {
    fn value(&self) -> Value {
        Value { v: Some(V::Blob(self.clone())) }
    }
    fn from_value(value: &Value) -> Option<Self> {
        match &value.v {
            Some(V::Blob(blob)) => Some(blob.clone()),
            _ => None,
        }
    }
}

impl<T: Cell> Cell for Option<T> {
    fn value(&self) -> Value {
        self.as_ref().map_or(Value { v: None }, Cell::value)
    }
    fn from_value(value: &Value) -> Option<Self> {
        if value.v.is_none() { Some(None) } else { T::from_value(value).map(Some) }
    }
}

/// A number as a value.
#[must_use]
pub fn int(value: i64) -> Value {
    Value { v: Some(V::Int(value)) }
}

/// Text as a value.
#[must_use]
pub fn text(value: &str) -> Value {
    Value { v: Some(V::Text(value.to_owned())) }
}

/// 64 flags in a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bits(pub u64);
