//! How often a password may be tried: waits that grow by name and by address, in tables that are bounded. A try counts
//! before it is judged, so that many at once are many. Knows no password.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

/// All tries of strangers that went wrong lately: by name and address together, by address, and, much looser, by name.
/// Whoever tries from elsewhere can keep nobody out for longer than half a minute.
#[derive(Debug)]
pub struct Throttle {
    pairs: Waits<(String, IpAddr)>,
    addresses: Waits<IpAddr>,
    names: Waits<String>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            pairs: Waits::new(FREE_BY_PAIR),
            addresses: Waits::new(FREE_BY_ADDRESS),
            names: Waits::new(FREE_BY_NAME),
        }
    }
}

impl Throttle {
    /// Counts a try; it may not be made before the time has passed that is returned otherwise.
    ///
    /// # Errors
    /// How long to wait.
    pub fn begin(&mut self, name: &str, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let (pair, address) = keys(name, address);
        let by_address = address.map_or(Duration::ZERO, |address| self.addresses.wait(&address, now));
        let wait = self.pairs.wait(&pair, now).max(self.names.wait(&pair.0, now)).max(by_address);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.names.count(pair.0.clone(), WAIT_SHORT, now);
        // Everybody on this machine is one address: its pair waits no longer than its name.
        self.pairs.count(pair, if address.is_some() { WAIT_MAX } else { WAIT_SHORT }, now);
        if let Some(address) = address {
            self.addresses.count(address, WAIT_MAX, now);
        }
        Ok(())
    }

    /// The try that was counted was right.
    pub fn was_right(&mut self, name: &str, address: IpAddr) {
        let (pair, address) = keys(name, address);
        self.names.was_right(&pair.0);
        self.pairs.was_right(&pair);
        address.iter().for_each(|address| self.addresses.was_right(address));
    }

    /// The try that was counted was not made.
    pub fn take_back(&mut self, name: &str, address: IpAddr) {
        let (pair, address) = keys(name, address);
        self.names.take_back(&pair.0);
        self.pairs.take_back(&pair);
        address.iter().for_each(|address| self.addresses.take_back(address));
    }
}

/// By what a try is counted; not by this machine's own address, behind which all may sit that come through a tunnel.
fn keys(name: &str, address: IpAddr) -> ((String, IpAddr), Option<IpAddr>) {
    let address = network(address);
    ((name.to_owned(), address), (!address.is_loopback()).then_some(address))
}

/// An address as one peer has it: of IPv6 the first 64 bits, for whoever has one of these has all that begin so.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
        address => address,
    }
}

/// Waits that grow with each try, by something.
#[derive(Debug)]
pub struct Waits<K> {
    tries: BTreeMap<K, Tries>,
    free: u32,
}

#[derive(Debug)]
struct Tries {
    count: u32,
    last: Instant,
    until: Instant,
}

/// As for staff that gives its password again.
impl Default for Waits<String> {
    fn default() -> Self {
        Self::new(FREE_BY_PAIR)
    }
}

impl<K: Ord + Clone> Waits<K> {
    fn new(free: u32) -> Self {
        Self { tries: BTreeMap::new(), free }
    }

    fn wait(&self, key: &K, now: Instant) -> Duration {
        self.tries.get(key).map_or(Duration::ZERO, |tries| tries.until.saturating_duration_since(now))
    }

    fn was_right(&mut self, key: &K) {
        self.tries.remove(key);
    }

    fn take_back(&mut self, key: &K) {
        if let Some(tries) = self.tries.get_mut(key) {
            tries.count = tries.count.saturating_sub(1);
            tries.until = tries.last;
        }
    }

    fn count(&mut self, key: K, most: Duration, now: Instant) {
        if !self.tries.contains_key(&key) && ENTRIES_MAX <= self.tries.len() {
            self.tries.retain(|_, tries| now < tries.last + FORGET);
            if ENTRIES_MAX <= self.tries.len() {
                // Whoever tried least is who is least likely to guess.
                let least = self.tries.iter().min_by_key(|(_, tries)| (tries.count, tries.last));
                let least = least.map(|(key, _)| key.clone());
                least.and_then(|key| self.tries.remove(&key));
            }
        }
        let tries = self.tries.entry(key).or_insert(Tries { count: 0, last: now, until: now });
        if tries.last + FORGET <= now {
            tries.count = 0;
        }
        (tries.count, tries.last) = (tries.count.saturating_add(1), now);
        let beyond = tries.count.saturating_sub(self.free);
        let wait = Duration::from_secs(1_u64.checked_shl(beyond).unwrap_or(u64::MAX)).min(most);
        tries.until = if beyond == 0 { now } else { now + wait };
    }
}

impl Waits<String> {
    /// Counts a try of somebody who is logged in; see [`Throttle::begin`].
    ///
    /// # Errors
    /// How long to wait.
    pub fn begin(&mut self, name: &str, now: Instant) -> Result<(), Duration> {
        let name = name.to_owned();
        let wait = self.wait(&name, now);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.count(name, WAIT_MAX, now);
        Ok(())
    }

    /// See [`Throttle::was_right`].
    pub fn was_right_of(&mut self, name: &str) {
        self.tries.remove(name);
    }

    /// See [`Throttle::take_back`].
    pub fn take_back_of(&mut self, name: &str) {
        self.take_back(&name.to_owned());
    }
}

const FREE_BY_PAIR: u32 = 3;
/// Several of the staff may sit behind one address.
const FREE_BY_ADDRESS: u32 = 10;
/// Whoever guesses at one name from many addresses has as many as this, and then two a minute.
const FREE_BY_NAME: u32 = 20;
const WAIT_SHORT: Duration = Duration::from_secs(30);
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);
const FORGET: Duration = Duration::from_secs(60 * 60);
/// In each table.
const ENTRIES_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    #[expect(clippy::disallowed_methods, reason = "a moment to count from")]
    fn start() -> Instant {
        Instant::now()
    }

    /// How long each of so many tries in a row has to wait, each made as soon as it may be.
    fn waits(throttle: &mut Throttle, name: &str, address: IpAddr, many: usize) -> Vec<u64> {
        let mut now = start();
        let mut waits = Vec::new();
        for _ in 0..many {
            assert_eq!(throttle.begin(name, address, now), Ok(()));
            let wait = throttle.begin(name, address, now).err().unwrap_or_default();
            if wait.is_zero() {
                throttle.take_back(name, address);
            }
            waits.push(wait.as_secs());
            now += wait;
        }
        waits
    }

    #[test]
    fn waits_grow_after_a_few_tries_end_at_a_quarter_of_an_hour_and_go_with_a_right_one() {
        let mut throttle = Throttle::default();
        let waits = waits(&mut throttle, "anna", THERE, 16);
        assert_eq!(waits[..6], [0, 0, 0, 2, 4, 8]);
        assert_eq!(waits[15], WAIT_MAX.as_secs());
        throttle.was_right("anna", THERE);
        assert_eq!(throttle.begin("anna", THERE, start()), Ok(()));
    }

    #[test]
    fn whoever_guesses_keeps_the_one_whose_name_it_is_out_for_half_a_minute_at_most() {
        let (mut throttle, now) = (Throttle::default(), start());
        for n in 0..200 {
            let _ = throttle.begin("anna", IpAddr::V4(Ipv4Addr::from(9_999 + n)), now);
        }
        let wait = throttle.begin("anna", THERE, now).expect_err("the name is tried too often");
        assert!(wait <= WAIT_SHORT, "{wait:?}");
        // On this machine all are one address, and nobody is kept out for the names that others try.
        let mut throttle = Throttle::default();
        let guessed = waits(&mut throttle, "anna", HERE, 30);
        assert!(guessed.iter().all(|wait| *wait <= WAIT_SHORT.as_secs()), "{guessed:?}");
        let tried = (0..100).filter(|n| throttle.begin(&format!("name{n}"), HERE, now).is_ok()).count();
        assert_eq!(tried, 100);
        assert_eq!(throttle.begin("ben", HERE, now), Ok(()));
    }

    #[test]
    fn one_network_cannot_try_many_names_and_cannot_push_others_out() {
        let (mut throttle, now) = (Throttle::default(), start());
        let tried = (0..100).filter(|n| throttle.begin(&format!("name{n}"), THERE, now).is_ok()).count();
        assert_eq!(tried, 11);
        let inside = |n: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 7, n, 1, 2, 3));
        let tried = (0..100).filter(|n| throttle.begin(&format!("v6{n}"), inside(*n), now).is_ok()).count();
        assert_eq!(tried, 11, "all of it is one peer");
        for n in 0..2 * u32::try_from(ENTRIES_MAX).expect("small") {
            let _ = throttle.begin(&format!("n{n}"), IpAddr::V4(Ipv4Addr::from(n)), now);
        }
        let all = [throttle.names.tries.len(), throttle.pairs.tries.len(), throttle.addresses.tries.len()];
        assert!(all.iter().all(|entries| *entries <= ENTRIES_MAX), "{all:?}");
        assert!(throttle.begin("nobody", THERE, now).is_err(), "still waits");
    }

    #[test]
    fn a_try_that_was_not_made_does_not_count() {
        let (mut throttle, now) = (Throttle::default(), start());
        for _ in 0..100 {
            assert_eq!(throttle.begin("anna", THERE, now), Ok(()));
            throttle.take_back("anna", THERE);
        }
    }
}
