//! A small generator of random numbers, seeded by whoever starts the thread: spreads in time what thousands would
//! otherwise do at once. Nothing secret may come of it.

/// SplitMix64: the same numbers for the same seed.
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    /// From a seed; any will do.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number of 0 to `max`, each as likely as the others but for one in 2³² or so.
    pub fn up_to(&mut self, max: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let scaled = (mixed >> 32) * (u64::from(max) + 1);
        u32::try_from(scaled >> 32).unwrap_or(max)
    }
}
