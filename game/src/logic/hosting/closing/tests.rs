//! Makes rooms whose last record is refused: by itself none is any more.

use proto::room::{Input, Message, input::What};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

use crate::logic::hosting::Hosting;

impl Hosting {
    /// Lets each durable room have heard more than a row takes.
    pub(in crate::logic) fn swell(&mut self) {
        let mut body = vec![0; 300 * 1_024];
        ChaCha8Rng::from_seed([1; 32]).fill_bytes(&mut body);
        let message = Message { account: 1, kind: 0, body: body.into() };
        let input = Input { at_ms: 0, outcomes: Vec::new(), what: Some(What::Message(message)) };
        self.rooms.values_mut().filter_map(|hosted| hosted.kept.as_mut()).for_each(|kept| kept.heard(&input));
    }
}
