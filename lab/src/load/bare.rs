//! What the bare references speak: `u32 LE length` and that many bytes, nothing else.

use super::{Codec, PAYLOAD_BYTES, PUBLISHERS, Published, Received, payload, read_payload};
use crate::{
    bare::wire::{self, Cut},
    error::LoadError,
};

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Every message comes back to its sender, in order.
    Echo,
    /// Every message goes to all.
    Fan,
}

/// The codec of `lab-bare`.
#[derive(Debug)]
pub struct Bare {
    expect: Expect,
    published: Published,
}

impl Bare {
    /// For one of the bare servers.
    #[must_use]
    pub fn new(expect: Expect) -> Self {
        Self { expect, published: Published::default() }
    }
}

/// One connection.
#[derive(Debug, Default)]
pub struct State {
    cut: Cut,
    ready: bool,
    asked: u64,
    answered: u64,
    heard: [u64; PUBLISHERS],
}

impl Codec for Bare {
    type State = State;

    fn open(&mut self, _index: usize, _state: &mut State, out: &mut Vec<u8>) {
        // The servers send a message of one byte back to its sender alone: then it has a place there.
        wire::put(out, b"?");
    }

    fn is_ready(&self, state: &State) -> bool {
        state.ready
    }

    fn request(&mut self, index: usize, state: &mut State, count: u32, out: &mut Vec<u8>) {
        for _ in 0..count {
            state.asked += 1;
            match self.expect {
                Expect::Echo => wire::put(out, &payload(sender(index), state.asked)),
                Expect::Fan => wire::put(out, self.published.publish(index, state.asked)),
            }
        }
    }

    fn receive(
        &mut self,
        index: usize,
        state: &mut State,
        input: &[u8],
        _out: &mut Vec<u8>,
    ) -> Result<Received, LoadError> {
        let mut received = Received::default();
        let State { cut, ready, asked, answered, heard } = state;
        cut.feed(input, |message| {
            if !*ready {
                *ready = message == b"?";
                return *ready;
            }
            match self.expect {
                Expect::Echo => {
                    *answered += 1;
                    received.answers += 1;
                    *answered <= *asked && read_payload(message) == Some((sender(index), *answered))
                }
                Expect::Fan => {
                    let Some((from, number)) = self.published.read(message) else { return false };
                    heard[from] += 1;
                    received.heard[from] += 1;
                    number == heard[from]
                }
            }
        })
        .map_err(|what| LoadError::WrongReply { index, what: what.to_owned() })?;
        Ok(received)
    }
}

/// A connection's number as a payload carries it.
pub(crate) fn sender(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

const _: () = assert!(PAYLOAD_BYTES <= wire::MESSAGE_BYTES_MAX);
