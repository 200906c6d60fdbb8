//! One load engine for subjects and references alike: a single poll loop over N connections that keeps
//! a depth in flight, with one write for all that a connection has to send after a read. What the bytes
//! mean is a [`Codec`]; nothing else differs between the two sides of a ratio.

pub mod bare;
pub mod depth;
pub mod ding;

pub mod fan;
mod inflated;
pub mod pool;
#[cfg(test)]
mod tests;
pub mod walkers;

use crate::error::LoadError;

/// Payload of every message that is measured, bytes.
pub const PAYLOAD_BYTES: usize = 64;
/// Connections that publish in a fan-out, each with one burst in flight.
pub const PUBLISHERS: usize = 2;

/// What one read brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Requests of this connection that were answered, each checked.
    pub answers: u32,
    /// Messages of each publisher that this connection heard, each checked.
    pub heard: [u32; PUBLISHERS],
}

/// How one protocol asks, and how it checks what comes back.
pub trait Codec {
    /// What a connection remembers.
    type State: Default;

    /// Appends what a new connection says first.
    fn open(&mut self, index: usize, state: &mut Self::State, out: &mut Vec<u8>);

    /// True when requests may be sent on it.
    fn is_ready(&self, state: &Self::State) -> bool;

    /// Appends `count` requests.
    fn request(&mut self, index: usize, state: &mut Self::State, count: u32, out: &mut Vec<u8>);

    /// Takes bytes as they came; may append what the protocol itself has to say (greetings, pongs).
    ///
    /// # Errors
    /// Whatever is not exactly what was asked for.
    fn receive(
        &mut self,
        index: usize,
        state: &mut Self::State,
        input: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Received, LoadError>;
}

/// The payload of message `number` from `sender`: both in front, then bytes that do not compress and
/// differ by message. Rebuilt by the receiver to compare every byte.
#[must_use]
pub fn payload(sender: u32, number: u64) -> [u8; PAYLOAD_BYTES] {
    let mut bytes = [0; PAYLOAD_BYTES];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes[8..12].copy_from_slice(&sender.to_le_bytes());
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(sender).rotate_left(40);
    for chunk in bytes[16..].chunks_exact_mut(8) {
        // xorshift64*: six cheap steps a message, the same work on both sides of a ratio.
        mixed ^= mixed >> 12;
        mixed ^= mixed << 25;
        mixed ^= mixed >> 27;
        mixed = mixed.wrapping_add(0x2545_f491_4f6c_dd1d);
        chunk.copy_from_slice(&mixed.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes
}

/// Sender and number of a payload whose every byte is right.
#[must_use]
pub fn read_payload(bytes: &[u8]) -> Option<(u32, u64)> {
    let number = u64::from_le_bytes(*bytes.first_chunk()?);
    let sender = u32::from_le_bytes(*bytes.get(8..12)?.first_chunk()?);
    (bytes == payload(sender, number)).then_some((sender, number))
}

/// The last messages of each publisher, so that a thousand members compare bytes instead of making them.
#[derive(Debug)]
pub struct Published {
    recent: Vec<[u8; PAYLOAD_BYTES]>,
}

impl Default for Published {
    fn default() -> Self {
        Self { recent: vec![[0; PAYLOAD_BYTES]; PUBLISHERS * Self::EACH] }
    }
}

impl Published {
    /// More than a publisher ever has on its way.
    const EACH: usize = 256;

    /// The payload of a publisher's next message, remembered.
    ///
    /// # Panics
    /// If `publisher` is none of the [`PUBLISHERS`].
    pub fn publish(&mut self, publisher: usize, number: u64) -> &[u8] {
        let slot = Self::slot(publisher, number).expect("only publishers publish");
        self.recent[slot] = payload(u32::try_from(publisher).unwrap_or(u32::MAX), number);
        &self.recent[slot]
    }

    /// Publisher and number of a payload, every byte of which is as it was published.
    #[must_use]
    pub fn read(&self, bytes: &[u8]) -> Option<(usize, u64)> {
        let number = u64::from_le_bytes(*bytes.first_chunk()?);
        let publisher = u32::from_le_bytes(*bytes.get(8..12)?.first_chunk()?) as usize;
        (bytes == self.recent[Self::slot(publisher, number)?]).then_some((publisher, number))
    }

    fn slot(publisher: usize, number: u64) -> Option<usize> {
        let place = usize::try_from(number % Self::EACH as u64).ok()?;
        (publisher < PUBLISHERS).then_some(publisher * Self::EACH + place)
    }
}
