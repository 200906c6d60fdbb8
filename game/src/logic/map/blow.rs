//! One blow: how hard it is, and what it leaves. Knows nobody who strikes.
//!
//! A blow is the striker's attack, give or take a quarter, less the defense of whoever is hit, and always at least 1.

use rand_chacha::rand_core::Rng;

/// What a blow takes.
#[must_use]
pub fn damage(attack: u32, defense: u32, rng: &mut impl Rng) -> u32 {
    let percent = 75 + u64::from(rng.next_u32() % 51);
    let hard = u64::from(attack) * percent / 100;
    u32::try_from(hard).unwrap_or(u32::MAX).saturating_sub(defense).max(1)
}

/// Hit points as others see them: of 100, rounded up, so that only the dead have none.
#[must_use]
pub fn life(hp: u32, hp_max: u32) -> u8 {
    let percent = (u64::from(hp) * 100).div_ceil(u64::from(hp_max.max(1)));
    u8::try_from(percent.min(100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    use super::*;

    #[test]
    fn a_blow_is_the_attack_give_or_take_a_quarter_less_the_defense_and_never_nothing() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let blows: Vec<u32> = (0..2_000).map(|_| damage(100, 20, &mut rng)).collect();
        assert_eq!((blows.iter().min(), blows.iter().max()), (Some(&55), Some(&105)));
        assert!((0..100).all(|_| damage(5, 1_000_000, &mut rng) == 1));
    }

    #[test]
    fn only_the_dead_have_no_life_and_more_than_all_is_all() {
        assert_eq!(
            [(0, 50), (1, 1_000_000), (25, 50), (50, 50), (60, 50)].map(|(hp, of)| life(hp, of)),
            [0, 1, 50, 100, 100]
        );
    }
}
