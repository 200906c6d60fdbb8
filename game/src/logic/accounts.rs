//! Numbers for new accounts, unique without asking anybody: line, epoch, counter. Knows no row.

use proto::ids::{AccountId, Epoch};

use super::event::NamedStop;

/// Gives account ids: the line in bits 62–55, the epoch in 54–32, a counter in 31–0. Epochs are never
/// granted twice, so neither is an id, whatever crashed in between.
#[derive(Debug, Default)]
pub(crate) struct AccountIds {
    base: u64,
    next: u32,
}

impl AccountIds {
    /// Begins an epoch.
    pub(crate) fn begin(&mut self, line: u8, epoch: Epoch) -> Result<(), NamedStop> {
        if 1 << EPOCH_BITS <= epoch.0 {
            return Err(NamedStop::EpochsUsedUp(epoch));
        }
        self.base = u64::from(line) << (EPOCH_BITS + COUNTER_BITS) | epoch.0 << COUNTER_BITS;
        self.next = 1;
        Ok(())
    }

    /// A number for one more account; none once four billion were made in one epoch. A number whose
    /// account was not made after all is not used again.
    pub(crate) fn take(&mut self) -> Option<AccountId> {
        let id = AccountId(self.base | u64::from(self.next));
        self.next = self.next.checked_add(1)?;
        Some(id)
    }

    /// Whether nobody can have this number yet: it needs no read.
    pub(crate) fn is_unborn(&self, id: AccountId) -> bool {
        let counter = id.0 & ((1 << COUNTER_BITS) - 1);
        id.0 & !((1 << COUNTER_BITS) - 1) == self.base && u64::from(self.next) <= counter
            || i64::MAX.cast_unsigned() < id.0
            || id.0 == 0
    }
}

const EPOCH_BITS: u32 = 23;
const COUNTER_BITS: u32 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_carries_its_line_and_epoch_and_is_never_given_twice() {
        let mut ids = AccountIds::default();
        ids.begin(3, Epoch(7)).unwrap();
        let first = ids.take().unwrap();
        assert_eq!((first.0 >> 55, first.0 >> 32 & 0x7f_ffff, first.0 & 0xffff_ffff), (3, 7, 1));
        assert!(!ids.is_unborn(first));
        assert!(ids.is_unborn(AccountId(first.0 + 1)));
        assert_eq!(ids.take(), Some(AccountId(first.0 + 1)));
        assert!(!ids.is_unborn(AccountId(first.0 + 1)));
        ids.begin(3, Epoch(8)).unwrap();
        assert!(!ids.is_unborn(first), "an older epoch's accounts are in the store");
    }

    #[test]
    fn an_epoch_that_does_not_fit_stops_the_world() {
        let stop = AccountIds::default().begin(0, Epoch(1 << 23)).unwrap_err();
        assert_eq!(stop.code(), "EPOCHS_USED_UP");
    }

    #[test]
    fn nobody_and_numbers_beyond_63_bits_are_unborn() {
        let ids = AccountIds::default();
        assert!(ids.is_unborn(AccountId(0)));
        assert!(ids.is_unborn(AccountId(u64::MAX)));
    }
}
