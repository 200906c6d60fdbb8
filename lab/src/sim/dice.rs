//! Every choice of a run, drawn from its seed. Knows nothing of what is chosen.

use dbfront::logic::model_disk::Random;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Dice(Random);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        // Neighboring seeds must not begin with neighboring numbers.
        let mut random = Random::new(seed ^ 0x51_7c_c1_b7_27_22_0a_95);
        Self(Random::new(random.long()))
    }

    pub(super) fn long(&mut self) -> u64 {
        self.0.long()
    }

    /// Below `bound`; 0 if that is 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.0.below(bound) }
    }

    /// From the first to the last, both included.
    pub(super) fn within(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last + 1 - first)
    }

    pub(super) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// Of so many mostly all, at times any part.
    pub(super) fn share(&mut self, of: usize) -> usize {
        if self.below(3) == 0 { self.index(of + 1) } else { of }
    }

    pub(super) fn coin(&mut self) -> bool {
        self.0.coin()
    }

    /// So many times in ten thousand.
    pub(super) fn chance(&mut self, of_ten_thousand: u64) -> bool {
        of_ten_thousand != 0 && self.below(10_000) < of_ten_thousand
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() { None } else { Some(of[self.index(of.len())]) }
    }
}
