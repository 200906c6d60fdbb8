//! Slows down whoever tries passwords: counts wrong ones by account name and block of addresses, so that
//! the owner, coming from elsewhere, notices nothing (reliability V16). Knows no account and no connection.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::guests::address_block;

/// See the module. A name that nobody has is counted like any other: the answer tells nothing.
#[derive(Debug, Default)]
pub(crate) struct Guessing {
    /// Randomly keyed: clients choose the keys.
    wrong: HashMap<(u128, String), Wrong>,
}

/// Wrong passwords since the last right one.
#[derive(Clone, Copy, Debug)]
struct Wrong {
    times: u32,
    last: Instant,
}

impl Guessing {
    /// Names and blocks remembered at a time. With no room a new one is not slowed down: each costs its
    /// maker a hash, and is forgotten before so many can be made.
    const REMEMBERED_MAX: usize = 65_536;
    /// Without a wrong password for so long, all are forgotten.
    const FORGOTTEN_AFTER: Duration = Duration::from_secs(900);
    /// So many are free.
    const FREE: u32 = 5;
    const DELAY_MAX: Duration = Duration::from_secs(60);

    /// Whether this name may be tried from this address (IPv6, IPv4 mapped) now.
    ///
    /// # Errors
    /// It may not: for so long.
    pub(crate) fn may_try(&self, address: [u8; 16], name: &str, now: Instant) -> Result<(), Duration> {
        let wrong = self.wrong.get(&(address_block(address), name.to_owned()));
        let wait = wrong.map(|wrong| (wrong.last + delay(wrong.times)).saturating_duration_since(now));
        wait.filter(|wait| !wait.is_zero()).map_or(Ok(()), Err)
    }

    /// The password was wrong.
    pub(crate) fn was_wrong(&mut self, address: [u8; 16], name: String, now: Instant) {
        let is_forgotten = |wrong: &Wrong| Self::FORGOTTEN_AFTER <= now.saturating_duration_since(wrong.last);
        let key = (address_block(address), name);
        if let Some(wrong) = self.wrong.get_mut(&key) {
            let times = if is_forgotten(wrong) { 0 } else { wrong.times };
            *wrong = Wrong { times: times.saturating_add(1), last: now };
            return;
        }
        if Self::REMEMBERED_MAX <= self.wrong.len() {
            self.wrong.retain(|_, wrong| !is_forgotten(wrong));
        }
        if self.wrong.len() < Self::REMEMBERED_MAX {
            self.wrong.insert(key, Wrong { times: 1, last: now });
        }
    }

    /// The password was right.
    pub(crate) fn was_right(&mut self, address: [u8; 16], name: String) {
        self.wrong.remove(&(address_block(address), name));
    }
}

/// After so many wrong passwords: 1 s, 2 s, 4 s and so on.
fn delay(times: u32) -> Duration {
    match times.checked_sub(Guessing::FREE) {
        None => Duration::ZERO,
        Some(more) => Duration::from_secs(1 << more.min(6)).min(Guessing::DELAY_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 7];

    #[test]
    fn the_delay_doubles_to_a_minute_and_is_forgotten() {
        let mut guessing = Guessing::default();
        let mut now = crate::logic::testing::start();
        for _ in 0..5 {
            assert!(guessing.may_try(HERE, "ana", now).is_ok());
            guessing.was_wrong(HERE, "ana".to_owned(), now);
        }
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            let due = now + Duration::from_secs(seconds);
            let early = Duration::from_millis(1);
            assert_eq!(guessing.may_try(HERE, "ana", due - early), Err(early), "{seconds}");
            assert_eq!(guessing.may_try(HERE, "ana", due), Ok(()), "{seconds}");
            now = due;
            guessing.was_wrong(HERE, "ana".to_owned(), now);
        }
        now += Guessing::FORGOTTEN_AFTER;
        guessing.was_wrong(HERE, "ana".to_owned(), now);
        assert!(guessing.may_try(HERE, "ana", now).is_ok());
    }

    #[test]
    fn other_names_and_other_blocks_are_not_slowed_down_but_neighbours_are() {
        let mut guessing = Guessing::default();
        let now = crate::logic::testing::start();
        for _ in 0..5 {
            guessing.was_wrong(HERE, "ana".to_owned(), now);
        }
        let (mut neighbour, mut elsewhere) = (HERE, HERE);
        (neighbour[15], elsewhere[14]) = (8, 114);
        assert!(guessing.may_try(neighbour, "ana", now).is_err());
        assert!(guessing.may_try(elsewhere, "ana", now).is_ok());
        assert!(guessing.may_try(HERE, "bo", now).is_ok());
        guessing.was_right(HERE, "ana".to_owned());
        assert!(guessing.may_try(HERE, "ana", now).is_ok());
    }

    #[test]
    fn a_full_memory_makes_room_by_forgetting_and_slows_nobody_wrongly() {
        let mut guessing = Guessing::default();
        let now = crate::logic::testing::start();
        for name in 0..=Guessing::REMEMBERED_MAX {
            guessing.was_wrong(HERE, name.to_string(), now);
        }
        assert_eq!(guessing.wrong.len(), Guessing::REMEMBERED_MAX);
        guessing.was_wrong(HERE, "ana".to_owned(), now + Guessing::FORGOTTEN_AFTER);
        assert_eq!(guessing.wrong.len(), 1);
    }
}
