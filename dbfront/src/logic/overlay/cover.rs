//! Up to which key, from the first, memory is known to hold every row of a table: there, a row that is not
//! in memory does not exist.

use crate::logic::row::RowKey;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Cover {
    /// Nothing is known.
    #[default]
    Nothing,
    /// Every row up to and with this key.
    UpTo(RowKey),
    /// Every row.
    All,
}

impl Cover {
    pub(super) fn has(&self, key: &RowKey) -> bool {
        match self {
            Self::Nothing => false,
            Self::UpTo(last) => key <= last,
            Self::All => true,
        }
    }

    /// Up to where rows after this key are all in memory; `Some(None)`: up to the end.
    pub(super) fn from(&self, after: Option<&RowKey>) -> Option<Option<&RowKey>> {
        match self {
            Self::Nothing => None,
            Self::UpTo(last) => after.is_none_or(|after| after < last).then_some(Some(last)),
            Self::All => Some(None),
        }
    }

    /// Every row after one key up to another (none: the end) is in memory now.
    pub(super) fn extend(&mut self, after: Option<&RowKey>, upto: Option<&RowKey>) {
        let joins = after.is_none_or(|after| self.has(after));
        if !joins {
            return;
        }
        match upto {
            None => *self = Self::All,
            Some(upto) if !self.has(upto) => *self = Self::UpTo(upto.clone()),
            Some(_) => {}
        }
    }
}
