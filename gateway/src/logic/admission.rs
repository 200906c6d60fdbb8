//! Who may hold a connection: counts for the whole process, per address, and of those half done. Shared
//! by the I/O threads, touched only when a connection comes, logs in or goes. Knows no sockets.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use proto::close::CloseReason;

/// How many connections of which sort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// In all.
    pub connections_max: usize,
    /// From one address.
    pub per_address_max: u32,
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
        }
    }

    /// Counts a new connection, or says why it may not stay; a refused one is not counted.
    ///
    /// # Errors
    /// [`CloseReason::ServerFull`], [`CloseReason::AddressFull`].
    pub fn arrive(&mut self, address: &Address) -> Result<(), CloseReason> {
        if self.connections >= self.limits.connections_max || self.half_done >= self.limits.half_done_max {
            return Err(CloseReason::ServerFull);
        }
        if self.counts(address) {
            let block = block(address);
            let here = self.by_address.get(address).copied().unwrap_or(0);
            let half_done = self.half_done_by_block.get(&block).copied().unwrap_or(0);
            if here >= self.limits.per_address_max || half_done >= self.limits.half_done_per_block_max {
                return Err(CloseReason::AddressFull);
            }
            *self.by_address.entry(*address).or_default() += 1;
            *self.half_done_by_block.entry(block).or_default() += 1;
        }
        self.connections += 1;
        self.half_done += 1;
        Ok(())
    }

    /// A counted connection logged in.
    pub fn admit(&mut self, address: &Address) {
        self.half_done -= 1;
        if self.counts(address) {
            lower(&mut self.half_done_by_block, &block(address));
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
