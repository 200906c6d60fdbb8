//! The relay's backend: each numbered message goes back as it came.

use super::{
    round::{Conns, Server},
    wire,
};

pub(super) struct Echo;

impl Server for Echo {
    fn on_bytes(&mut self, from: usize, input: &[u8], conns: &mut Conns) -> Result<(), &'static str> {
        let mut cut = conns.take_cut(from);
        let Some(out) = conns.out(from) else { return Ok(()) };
        let result = cut.feed_numbered(input, |number, message| {
            wire::put_numbered(out, number, message);
            true
        });
        conns.return_cut(from, cut);
        result
    }

    fn on_round(&mut self, _conns: &mut Conns) {}
}
