//! How often a password may be tried: waits that grow by name and by address, in tables that are bounded. A try counts
//! before it is judged, so that many at once are many. Knows no password.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    time::{Duration, Instant},
};

/// All tries that went wrong lately.
#[derive(Debug, Default)]
pub struct Throttle {
    names: Table<String>,
    addresses: Table<IpAddr>,
}

impl Throttle {
    /// Counts a try; it may not be made before the time has passed that is returned otherwise.
    ///
    /// # Errors
    /// How long to wait.
    pub fn begin(&mut self, name: &str, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let name = name.to_owned();
        let wait = self.names.wait(&name, now).max(self.addresses.wait(&address, now));
        if !wait.is_zero() {
            return Err(wait);
        }
        self.names.count(name, FREE_BY_NAME, now);
        self.addresses.count(address, FREE_BY_ADDRESS, now);
        Ok(())
    }

    /// The try that was counted was right.
    pub fn was_right(&mut self, name: &str, address: IpAddr) {
        self.names.0.remove(name);
        self.addresses.0.remove(&address);
    }
}

#[derive(Debug)]
struct Table<K>(BTreeMap<K, Tries>);

#[derive(Debug)]
struct Tries {
    count: u32,
    last: Instant,
    until: Instant,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Clone> Table<K> {
    fn wait(&self, key: &K, now: Instant) -> Duration {
        self.0.get(key).map_or(Duration::ZERO, |tries| tries.until.saturating_duration_since(now))
    }

    fn count(&mut self, key: K, free: u32, now: Instant) {
        if !self.0.contains_key(&key) && ENTRIES_MAX <= self.0.len() {
            self.0.retain(|_, tries| now < tries.last + FORGET);
            if ENTRIES_MAX <= self.0.len() {
                // Whoever tried least is who is least likely to guess.
                let least = self.0.iter().min_by_key(|(_, tries)| (tries.count, tries.last));
                let least = least.map(|(key, _)| key.clone());
                least.and_then(|key| self.0.remove(&key));
            }
        }
        let tries = self.0.entry(key).or_insert(Tries { count: 0, last: now, until: now });
        if tries.last + FORGET <= now {
            tries.count = 0;
        }
        (tries.count, tries.last) = (tries.count.saturating_add(1), now);
        let beyond = tries.count.saturating_sub(free);
        let wait_s = 1_u64.checked_shl(beyond).unwrap_or(u64::MAX).min(WAIT_S_MAX);
        tries.until = if beyond == 0 { now } else { now + Duration::from_secs(wait_s) };
    }
}

const FREE_BY_NAME: u32 = 3;
/// Several of the staff may sit behind one address.
const FREE_BY_ADDRESS: u32 = 10;
const WAIT_S_MAX: u64 = 15 * 60;
const FORGET: Duration = Duration::from_secs(60 * 60);
const ENTRIES_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[expect(clippy::disallowed_methods, reason = "a moment to count from")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn waits_grow_after_a_few_tries_end_at_a_quarter_of_an_hour_and_go_with_a_right_one() {
        let (mut throttle, mut now) = (Throttle::default(), start());
        let mut waits = Vec::new();
        for _ in 0..16 {
            assert_eq!(throttle.begin("anna", HERE, now), Ok(()));
            let wait = throttle.names.wait(&"anna".to_owned(), now);
            let again = (!wait.is_zero()).then(|| throttle.begin("anna", HERE, now));
            assert!(again.is_none_or(|again| again.is_err()), "a try before its time");
            waits.push(wait.as_secs());
            now += wait;
        }
        assert_eq!(waits[..6], [0, 0, 0, 2, 4, 8]);
        assert_eq!(waits[15], WAIT_S_MAX);
        throttle.was_right("anna", HERE);
        assert_eq!(throttle.begin("anna", HERE, now), Ok(()));
    }

    #[test]
    fn one_address_cannot_try_many_names_and_cannot_push_others_out() {
        let (mut throttle, now) = (Throttle::default(), start());
        let other = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        for _ in 0..4 {
            assert_eq!(throttle.begin("anna", other, now), Ok(()));
        }
        let tried = (0..100).filter(|n| throttle.begin(&format!("name{n}"), HERE, now).is_ok()).count();
        assert_eq!(tried, 11);
        for n in 0..2 * u32::try_from(ENTRIES_MAX).expect("small") {
            let _ = throttle.begin(&format!("n{n}"), IpAddr::V4(Ipv4Addr::from(n)), now);
        }
        assert!(throttle.names.0.len() <= ENTRIES_MAX && throttle.addresses.0.len() <= ENTRIES_MAX);
        assert!(throttle.begin("anna", IpAddr::V4(Ipv4Addr::from(9_999)), now).is_err(), "still waits");
    }
}
