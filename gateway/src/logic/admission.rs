//! Who may hold a connection: counts for the whole process, per address, and of those half done. Shared
//! by the I/O threads, touched only when a connection comes, logs in or goes. Knows no sockets.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use proto::close::CloseReason;

use super::bucket::{Bucket, Rate};

/// How many connections of which sort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// In all.
    pub connections_max: usize,
    /// From one address.
    pub per_address_max: u32,
    /// New ones a second from one address (IPv6 /64), and twice as many at once.
    pub new_per_address_per_s: u32,
    /// Not yet logged in, from one block of addresses (IPv4 /24, IPv6 /64).
    pub half_done_per_block_max: u32,
    /// Not yet logged in, in all.
    pub half_done_max: usize,
    /// Whether loopback addresses are counted per address too.
    pub limit_loopback: bool,
}

/// An IPv6 address, or an IPv4 one mapped into it.
pub type Address = [u8; 16];

/// The counts. Randomly keyed: clients choose their addresses.
#[derive(Debug)]
pub struct Admission {
    limits: AdmissionLimits,
    connections: usize,
    half_done: usize,
    by_address: HashMap<Address, u32>,
    half_done_by_block: HashMap<Address, u32>,
    /// What each address has left of its new connections a second; one that came long ago is forgotten.
    arrivals: HashMap<Address, Bucket>,
    swept_ms: u64,
}

/// What a counted newcomer finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Arrival {
    /// Room.
    Free,
    /// As many half done as there may be: one of them has to go, or this one.
    Crowded,
}

impl Admission {
    /// Nobody is here.
    #[must_use]
    pub fn new(limits: AdmissionLimits) -> Self {
        Self {
            limits,
            connections: 0,
            half_done: 0,
            by_address: HashMap::new(),
            half_done_by_block: HashMap::new(),
            arrivals: HashMap::new(),
            swept_ms: 0,
        }
    }

    /// Other limits for who comes from now on: in all, from one address, and new ones a second from one address. Nobody who
    /// is here goes for that.
    pub fn set_limits(&mut self, connections_max: usize, per_address_max: u32, new_per_address_per_s: u32) {
        self.limits = AdmissionLimits {
            connections_max,
            per_address_max,
            new_per_address_per_s,
            ..self.limits.clone()
        };
    }

    /// Counts a new connection, or says why it may not stay; a refused one is not counted.
    ///
    /// # Errors
    /// [`CloseReason::ServerFull`], [`CloseReason::AddressFull`], [`CloseReason::AddressTooFast`].
    pub fn arrive(&mut self, address: &Address, now_ms: u64) -> Result<Arrival, CloseReason> {
        if self.connections >= self.limits.connections_max {
            return Err(CloseReason::ServerFull);
        }
        if self.counts(address) {
            if self.is_too_fast(address, now_ms) {
                return Err(CloseReason::AddressTooFast);
            }
            let block = block(address);
            let here = self.by_address.get(address).copied().unwrap_or(0);
            let half_done = self.half_done_by_block.get(&block).copied().unwrap_or(0);
            if here >= self.limits.per_address_max || half_done >= self.limits.half_done_per_block_max {
                return Err(CloseReason::AddressFull);
            }
            *self.by_address.entry(*address).or_default() += 1;
            *self.half_done_by_block.entry(block).or_default() += 1;
        }
        let is_crowded = self.half_done >= self.limits.half_done_max;
        self.connections += 1;
        self.half_done += 1;
        Ok(if is_crowded { Arrival::Crowded } else { Arrival::Free })
    }

    fn is_too_fast(&mut self, address: &Address, now_ms: u64) -> bool {
        let per_s = self.limits.new_per_address_per_s;
        let rate = Rate { per_s, burst: per_s.saturating_mul(2) };
        let source = source(address);
        if !self.arrivals.contains_key(&source) && ARRIVALS_MAX <= self.arrivals.len() {
            if self.swept_ms + SWEEP_MS <= now_ms {
                self.swept_ms = now_ms;
                self.arrivals.retain(|_, bucket| {
                    bucket.fill(rate, now_ms);
                    !bucket.is_full(rate)
                });
            }
            if ARRIVALS_MAX <= self.arrivals.len() {
                // So many addresses at once are nobody's own: the other limits hold.
                return false;
            }
        }
        let bucket = self.arrivals.entry(source).or_insert_with(|| Bucket::full(rate, now_ms));
        bucket.fill(rate, now_ms);
        !bucket.take()
    }

    /// A counted connection logged in.
    pub fn admit(&mut self, address: &Address) {
        self.half_done -= 1;
        if self.counts(address) {
            lower(&mut self.half_done_by_block, &block(address));
        }
    }

    /// A counted connection that was on its way in is half done again.
    pub fn relapse(&mut self, address: &Address) {
        self.half_done += 1;
        if self.counts(address) {
            *self.half_done_by_block.entry(block(address)).or_default() += 1;
        }
    }

    /// A counted connection went; `was_admitted` if it had logged in.
    pub fn leave(&mut self, address: &Address, was_admitted: bool) {
        if !was_admitted {
            self.admit(address);
        }
        self.connections -= 1;
        if self.counts(address) {
            lower(&mut self.by_address, address);
        }
    }

    /// Connections counted now.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections
    }

    fn counts(&self, address: &Address) -> bool {
        self.limits.limit_loopback || !is_loopback(address)
    }
}

fn lower(counts: &mut HashMap<Address, u32>, key: &Address) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// A mapped IPv4 address itself, the /64 of any other.
fn source(address: &Address) -> Address {
    if is_mapped(address) { *address } else { block(address) }
}

/// The /24 of a mapped IPv4 address, the /64 of any other.
fn block(address: &Address) -> Address {
    let mut block = *address;
    if is_mapped(address) {
        block[15] = 0;
    } else {
        block[8..].fill(0);
    }
    block
}

fn is_loopback(address: &Address) -> bool {
    (is_mapped(address) && address[12] == 127) || *address == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
}

fn is_mapped(address: &Address) -> bool {
    address[..12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
}

/// Addresses whose new connections are counted at a time.
const ARRIVALS_MAX: usize = 65_536;
/// Between two searches of all of them for those that can be forgotten.
const SWEEP_MS: u64 = 1_000;
