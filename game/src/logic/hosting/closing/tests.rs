//! The order of ends that wait; and, for scripts, rooms whose last record is refused: by itself none is any more.

use proto::room::Message;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

use super::*;
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

#[test]
fn an_end_that_has_to_wait_again_holds_up_no_other() {
    let waiting: BTreeMap<RoomId, ()> = (1..=200).map(|id| (RoomId(id), ())).collect();
    let mut last = RoomId::default();
    let mut looked_at = BTreeSet::new();
    for _ in 0..4 {
        for (id, ()) in from_next(&waiting, last).take(ENDS_PER_TURN).collect::<Vec<_>>() {
            looked_at.insert(*id);
            last = *id;
        }
    }
    assert_eq!(looked_at.len(), 200, "none of the first is ever done, and all are looked at");
    assert_eq!(last, RoomId(4 * 64 - 200), "and the first again");
}
