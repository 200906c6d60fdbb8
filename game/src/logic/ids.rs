//! Numbers for new accounts, characters, items and mails, unique over all of them without asking anybody: line,
//! epoch, counter. Knows no row.

use proto::ids::Epoch;

use super::event::NamedStop;

/// Gives ids: the line in bits 62–55, the epoch in 54–32, a counter in 31–0. Epochs are never granted twice, so
/// neither is an id, whatever crashed in between.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    base: u64,
    next: u32,
    /// The first one that the present unit of work could take.
    fresh_from: u32,
}

impl Ids {
    /// Begins an epoch.
    pub(crate) fn begin(&mut self, line: u8, epoch: Epoch) -> Result<(), NamedStop> {
        if 1 << EPOCH_BITS <= epoch.0 {
            return Err(NamedStop::EpochsUsedUp(epoch));
        }
        self.base = u64::from(line) << (EPOCH_BITS + COUNTER_BITS) | epoch.0 << COUNTER_BITS;
        self.next = 1;
        self.fresh_from = 1;
        Ok(())
    }

    /// Begins a unit of work.
    pub(crate) fn begin_work(&mut self) {
        self.fresh_from = self.next;
    }

    /// One more number; none once four billion were given in one epoch. A number that was not used after all is
    /// not given again.
    pub(crate) fn take(&mut self) -> Option<u64> {
        let id = self.base | u64::from(self.next);
        self.next = self.next.checked_add(1)?;
        Some(id)
    }

    /// Whether no row can have this number yet, but for what the present work makes: it needs no read.
    pub(crate) fn is_fresh(&self, id: u64) -> bool {
        let counter = id & ((1 << COUNTER_BITS) - 1);
        id & !((1 << COUNTER_BITS) - 1) == self.base && u64::from(self.fresh_from) <= counter
            || i64::MAX.cast_unsigned() < id
            || id == 0
    }
}

const EPOCH_BITS: u32 = 23;
const COUNTER_BITS: u32 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_carries_its_line_and_epoch_and_is_never_given_twice() {
        let mut ids = Ids::default();
        ids.begin(3, Epoch(7)).unwrap();
        let first = ids.take().unwrap();
        assert_eq!((first >> 55, first >> 32 & 0x7f_ffff, first & 0xffff_ffff), (3, 7, 1));
        assert_eq!(ids.take(), Some(first + 1));
        ids.begin(3, Epoch(8)).unwrap();
        assert!(!ids.is_fresh(first), "an older epoch's are in the store");
    }

    #[test]
    fn a_number_is_fresh_until_the_work_that_took_it_is_over() {
        let mut ids = Ids::default();
        ids.begin(3, Epoch(7)).unwrap();
        ids.begin_work();
        let first = ids.take().unwrap();
        assert!(ids.is_fresh(first) && ids.is_fresh(first + 1));
        ids.begin_work();
        assert!(!ids.is_fresh(first) && ids.is_fresh(first + 1));
    }

    #[test]
    fn an_epoch_that_does_not_fit_stops_the_world() {
        let stop = Ids::default().begin(0, Epoch(1 << 23)).unwrap_err();
        assert_eq!(stop.code(), "EPOCHS_USED_UP");
    }

    #[test]
    fn nobody_and_numbers_beyond_63_bits_are_fresh() {
        let ids = Ids::default();
        assert!(ids.is_fresh(0));
        assert!(ids.is_fresh(u64::MAX));
    }
}
