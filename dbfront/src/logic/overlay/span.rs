//! Which keys a scan is about. Knows no row.

use proto::{link::Value, tables::Table};

use crate::logic::row::RowKey;

/// The range of keys that a scan is about: after one key (none: from the first) up to and with another (none:
/// to the last).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The key before its first.
    pub after: Option<RowKey>,
    /// Its last.
    pub upto: Option<RowKey>,
}

impl Span {
    /// What is left of the keys that begin with `prefix`, after one of them, if any.
    #[must_use]
    pub fn of(table: Table, prefix: &[Value], after: &[Value]) -> Self {
        let (first, upto) = if prefix.is_empty() {
            (None, None)
        } else {
            let (first, upto) = RowKey::range_of(prefix);
            (Some(first), Some(upto))
        };
        let after = if after.is_empty() { first } else { Some(RowKey::of(table.def(), after)) };
        Self { after, upto }
    }
}
