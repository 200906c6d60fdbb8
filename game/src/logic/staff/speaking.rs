//! Public chat under the eyes of staff, and lines of the house to everybody. Knows no private word.

use proto::{
    client::Announced,
    ids::AccountId,
    kinds,
    link::{StaffChatLine, StaffResponse},
    packet::Packet,
    turn::TxnId,
    wire,
};
use slotmap::Key as _;

use super::{
    Ask,
    ask::ChatTail,
    log::{Deed, keep_change},
};
use crate::logic::{delivery::ConnKey, event::Now, outputs::Audience, tx::Halt, world::World};

impl World {
    /// What was said lately, oldest first; of much the first.
    pub(super) fn staff_chat(&self, tail: &ChatTail) -> StaffResponse {
        let lines = self.talking.heard.since(&tail.channel, tail.after, LINES_MAX);
        let chat = lines.into_iter().map(|said| StaffChatLine {
            n: said.n,
            account: said.account,
            name: said.name.clone(),
            channel: said.to.name().to_owned(),
            text: said.text.clone(),
            wall_ms: said.wall_ms,
        });
        StaffResponse { chat: chat.collect(), ..StaffResponse::default() }
    }

    /// Heard when it is durable that it was said.
    pub(super) fn staff_announce(&mut self, ask: &Ask, text: &str, now: Now) -> Result<StaffResponse, Halt> {
        let announced = Announced { text: text.to_owned(), said_ms: now.wall_ms };
        self.in_tx(ConnKey::null(), None, now, |tx| {
            tx.send(Audience::Everyone, |bytes| {
                wire::put(bytes, Packet { kind: kinds::ANNOUNCED, ..Packet::default() }, &announced);
            });
            keep_change(tx, ask, Deed { account: 0, until_ms: None }, String::new(), text.to_owned());
            Ok(())
        })?;
        self.commit(TxnId { account: AccountId(0), cseq: 0 }, now)?;
        self.deliver(None, None);
        Ok(StaffResponse::default())
    }
}

/// Lines of one answer: half a kilobyte each at most, below what a control message may have.
const LINES_MAX: usize = 80;
