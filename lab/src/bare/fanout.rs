//! Joins what all publishers sent in a round and gives every connection a copy. A message of one byte
//! goes back to its sender alone: so a client knows that it is among the audience.

use super::{
    round::{Conns, Server},
    wire,
};

#[derive(Default)]
pub(super) struct Fanout {
    joined: Vec<u8>,
}

impl Server for Fanout {
    fn on_bytes(&mut self, from: usize, input: &[u8], conns: &mut Conns) -> Result<(), &'static str> {
        let mut cut = conns.take_cut(from);
        let result = cut.feed(input, |message| {
            if message.len() == 1 {
                if let Some(out) = conns.out(from) {
                    wire::put(out, message);
                }
            } else {
                wire::put(&mut self.joined, message);
            }
            true
        });
        conns.return_cut(from, cut);
        result
    }

    fn on_round(&mut self, conns: &mut Conns) {
        if self.joined.is_empty() {
            return;
        }
        for index in conns.indexes() {
            if let Some(out) = conns.out(index) {
                out.extend_from_slice(&self.joined);
            }
        }
        self.joined.clear();
    }
}
