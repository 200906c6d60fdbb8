//! What one unit of work wants to say, before anybody knows whether it will be said. Knows no connection
//! and no group by number: those are looked up when the work is committed.

use proto::{ids::AccountId, kinds::Lane, wire};

use crate::room::ROOM_BODY_BYTES_MAX;

/// For whom a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Nobody any more: an answer that a later one replaced.
    Nobody,
    /// Whoever sent the command at hand.
    Caller,
    /// An account, if it is there: in the room for a room, else logged in.
    Account(AccountId),
    /// All members of the room at hand.
    Room,
    /// The same, latest-wins.
    RoomLatest,
    /// Everyone logged in.
    Everyone,
}

/// One packet in the buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) to: Audience,
    pub(crate) lane: Lane,
    pub(crate) is_answer: bool,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The packets of one unit of work, in order. Reused from one to the next.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    bytes: Vec<u8>,
    items: Vec<Item>,
    answer: Option<usize>,
}

impl Outputs {
    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.items.clear();
        self.answer = None;
    }

    /// The one answer to the command at hand; a second call replaces the first.
    pub(crate) fn answer_ok(&mut self, re: u64, result: &[u8]) {
        if let Some(index) = self.answer.replace(self.items.len()) {
            self.items[index].to = Audience::Nobody;
        }
        self.push(Audience::Caller, Lane::MustArrive, true, |bytes| wire::put_answer_ok(bytes, re, result));
    }

    /// Whether the command at hand has its answer.
    pub(crate) fn has_answer(&self) -> bool {
        self.answer.is_some()
    }

    /// A packet with a body that is there already.
    ///
    /// # Panics
    /// If the body is above [`ROOM_BODY_BYTES_MAX`]: the room's mistake.
    pub(crate) fn packet(&mut self, to: Audience, kind: u32, body: &[u8]) {
        assert!(body.len() <= ROOM_BODY_BYTES_MAX, "a packet of {} bytes", body.len());
        self.push(to, Lane::MustArrive, false, |bytes| wire::put_plain(bytes, kind, body));
    }

    /// One packet that `fill` appends.
    pub(crate) fn push(
        &mut self,
        to: Audience,
        lane: Lane,
        is_answer: bool,
        fill: impl FnOnce(&mut Vec<u8>),
    ) {
        let start = self.bytes.len();
        fill(&mut self.bytes);
        self.items.push(Item { to, lane, is_answer, start, end: self.bytes.len() });
    }

    /// Each packet with its bytes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Item, &[u8])> {
        self.items.iter().map(|item| (*item, &self.bytes[item.start..item.end]))
    }
}
