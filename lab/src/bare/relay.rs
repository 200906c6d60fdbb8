//! All clients over one connection to a backend. A message from a client gets its connection's number,
//! one from the backend loses it; both wait for the round's one write.

use super::{
    round::{Conns, Server},
    wire,
};

pub(super) struct Relay;

/// The first connection that was made.
const BACKEND: usize = 0;

impl Server for Relay {
    fn on_bytes(&mut self, from: usize, input: &[u8], conns: &mut Conns) -> Result<(), &'static str> {
        let mut cut = conns.take_cut(from);
        let result = if from == BACKEND {
            cut.feed_numbered(input, |number, message| {
                // A client that has gone misses its answer.
                if let Some(out) = conns.out(number as usize) {
                    wire::put(out, message);
                }
                true
            })
        } else {
            let number = u32::try_from(from).unwrap_or(u32::MAX);
            let Some(out) = conns.out(BACKEND) else { return Err("something after the backend had gone") };
            cut.feed(input, |message| {
                wire::put_numbered(out, number, message);
                true
            })
        };
        conns.return_cut(from, cut);
        result
    }

    fn on_round(&mut self, _conns: &mut Conns) {}
}
