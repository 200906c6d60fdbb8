//! The frames that wait in one outbox: pieces in order, each in the owned buffer or shared. A piece of a
//! droppable lane is one frame; pieces of what must arrive may be several frames in one. Knows no limits.

use std::{collections::VecDeque, io::IoSlice};

use bytes::Bytes;
use proto::{frame::Header, kinds::Lane, limits::FRAME_HEADER_BYTES};

use super::{Group, Offer, is_droppable};

/// What a piece is to the one who may drop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) lane: Lane,
    pub(super) group: Option<Group>,
    pub(super) expires_ms: u64,
}

impl Tag {
    pub(super) fn has_expired(&self, now_ms: u64) -> bool {
        self.lane == Lane::Expiring && self.expires_ms <= now_ms
    }
}

#[derive(Debug)]
struct Piece {
    tag: Tag,
    bytes: usize,
    /// Nothing: the bytes stand in the owned buffer, after those of the owned pieces before it.
    shared: Option<Bytes>,
}

/// Pieces, and the buffer of those that are not shared.
#[derive(Debug, Default)]
pub(super) struct Body {
    owned: Vec<u8>,
    /// Where the first owned piece begins.
    owned_from: usize,
    pieces: VecDeque<Piece>,
    /// Bytes of the first piece that have left.
    front_sent: usize,
    queued_bytes: usize,
    droppable: usize,
    shared_pieces: usize,
    /// No expiring frame dies before this.
    expires_first_ms: u64,
}

impl Body {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    pub(super) fn has_droppable(&self) -> bool {
        self.droppable > 0
    }

    pub(super) fn has_expired(&self, now_ms: u64) -> bool {
        self.droppable > 0 && self.expires_first_ms <= now_ms
    }

    pub(super) fn push(&mut self, offer: Offer<'_>) {
        let bytes = offer.frame.len();
        let tag = Tag { lane: offer.lane, group: offer.group, expires_ms: offer.expires_ms };
        self.queued_bytes += bytes;
        if is_droppable(offer.lane) {
            if self.droppable == 0 {
                self.expires_first_ms = u64::MAX;
            }
            self.droppable += 1;
            if offer.lane == Lane::Expiring {
                self.expires_first_ms = self.expires_first_ms.min(offer.expires_ms);
            }
        }
        let shared = offer.shared.filter(|frame| frame.len() >= SHARED_BYTES_MIN).cloned();
        if shared.is_none() {
            self.owned.extend_from_slice(offer.frame);
            if !is_droppable(offer.lane)
                && let Some(last) = self.pieces.back_mut()
                && last.shared.is_none()
                && !is_droppable(last.tag.lane)
                && last.bytes < PIECE_BYTES_MAX
            {
                last.bytes += bytes;
                return;
            }
        }
        self.shared_pieces += usize::from(shared.is_some());
        self.pieces.push_back(Piece { tag, bytes, shared });
    }

    /// What waits, if it is one run of bytes: one shared frame, or owned frames alone.
    pub(super) fn only_slice(&self) -> Option<&[u8]> {
        match self.pieces.front() {
            Some(Piece { shared: Some(frame), .. }) if self.pieces.len() == 1 => {
                Some(&frame[self.front_sent..])
            }
            _ if self.shared_pieces == 0 => Some(&self.owned[self.owned_from + self.front_sent..]),
            _ => None,
        }
    }

    /// Fills `slices` from the front: how many, and of how many bytes. Neighbours in the owned buffer
    /// are one slice.
    pub(super) fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>; IO_SLICES_MAX]) -> (usize, usize) {
        let (mut count, mut offered) = (0, 0);
        let (mut run_from, mut run_to) = (self.owned_from, self.owned_from);
        let mut skip = self.front_sent;
        for piece in &self.pieces {
            // A run of owned pieces and one shared piece may each need a slice.
            if count + 2 > IO_SLICES_MAX {
                break;
            }
            offered += piece.bytes - skip;
            match &piece.shared {
                None => {
                    run_from += skip;
                    run_to += piece.bytes;
                }
                Some(shared) => {
                    if run_from < run_to {
                        slices[count] = IoSlice::new(&self.owned[run_from..run_to]);
                        count += 1;
                        run_from = run_to;
                    }
                    slices[count] = IoSlice::new(&shared[skip..]);
                    count += 1;
                }
            }
            skip = 0;
        }
        if run_from < run_to {
            slices[count] = IoSlice::new(&self.owned[run_from..run_to]);
            count += 1;
        }
        (count, offered)
    }

    /// The first `bytes` have left.
    pub(super) fn consume(&mut self, mut bytes: usize) {
        self.queued_bytes -= bytes;
        while let Some(front) = self.pieces.front() {
            let left = front.bytes - self.front_sent;
            if bytes < left {
                self.front_sent += bytes;
                bytes = 0;
                break;
            }
            bytes -= left;
            self.pop_front();
        }
        assert_eq!(bytes, 0, "no more is written than waits");
        self.compact();
    }

    /// Takes the first whole frame. Never after a partial `consume`.
    pub(super) fn take_frame(&mut self) -> Option<Bytes> {
        let front = self.pieces.front()?;
        let rest = self.front_sent;
        let (frame, is_last) = match &front.shared {
            Some(shared) => (shared.clone(), true),
            None => {
                let piece = &self.owned[self.owned_from + rest..self.owned_from + front.bytes];
                let bytes = frame_bytes(piece);
                (Bytes::copy_from_slice(&piece[..bytes]), bytes == piece.len())
            }
        };
        self.queued_bytes -= frame.len();
        if is_last {
            self.pop_front();
        } else {
            self.front_sent += frame.len();
        }
        self.compact();
        Some(frame)
    }

    /// Drops every frame of a droppable lane that `which` names and that was not begun.
    pub(super) fn drop_frames(&mut self, which: impl Fn(&Tag) -> bool, mut dropped: impl FnMut(Tag)) {
        let mut owned = Vec::with_capacity(self.owned.len() - self.owned_from);
        let mut at = self.owned_from;
        let mut is_begun = self.front_sent > 0;
        let (mut left, mut expires_first_ms) = (0, u64::MAX);
        let (buffer, queued_bytes, shared_pieces) =
            (&self.owned, &mut self.queued_bytes, &mut self.shared_pieces);
        self.pieces.retain(|piece| {
            let from = at;
            if piece.shared.is_none() {
                at += piece.bytes;
            }
            let droppable = is_droppable(piece.tag.lane);
            if droppable && !is_begun && which(&piece.tag) {
                *queued_bytes -= piece.bytes;
                *shared_pieces -= usize::from(piece.shared.is_some());
                dropped(piece.tag);
                return false;
            }
            is_begun = false;
            if droppable {
                left += 1;
                if piece.tag.lane == Lane::Expiring {
                    expires_first_ms = expires_first_ms.min(piece.tag.expires_ms);
                }
            }
            owned.extend_from_slice(&buffer[from..at]);
            true
        });
        self.droppable = left;
        self.expires_first_ms = expires_first_ms;
        self.owned = owned;
        self.owned_from = 0;
    }

    /// Drops all frames but the rest of one that was begun.
    pub(super) fn keep_begun_frame(&mut self) {
        let sent = self.front_sent;
        let rest = self.pieces.front().filter(|_| sent > 0).map(|front| match &front.shared {
            Some(shared) => shared.slice(sent..),
            None => {
                let piece = &self.owned[self.owned_from..self.owned_from + front.bytes];
                let mut end = 0;
                while end < sent {
                    end += frame_bytes(&piece[end..]);
                }
                Bytes::copy_from_slice(&piece[sent..end])
            }
        });
        *self = Self::default();
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            self.queued_bytes = rest.len();
            self.shared_pieces = 1;
            let tag = Tag { lane: Lane::Control, group: None, expires_ms: 0 };
            self.pieces.push_back(Piece { tag, bytes: rest.len(), shared: Some(rest) });
        }
    }

    fn pop_front(&mut self) {
        if let Some(piece) = self.pieces.pop_front() {
            match piece.shared {
                None => self.owned_from += piece.bytes,
                Some(_) => self.shared_pieces -= 1,
            }
            if is_droppable(piece.tag.lane) {
                self.droppable -= 1;
            }
        }
        self.front_sent = 0;
    }

    fn compact(&mut self) {
        if self.pieces.is_empty() {
            self.owned.clear();
            self.owned_from = 0;
        } else if self.owned_from > COMPACT_BYTES && self.owned_from * 2 > self.owned.len() {
            self.owned.drain(..self.owned_from);
            self.owned_from = 0;
        }
    }

    fn kept_bytes(&self) -> usize {
        self.owned.capacity() + self.pieces.capacity() * size_of::<Piece>() + size_of::<Self>()
    }
}

/// Bytes of the first frame of `piece`, header included.
fn frame_bytes(piece: &[u8]) -> usize {
    let header = piece.first_chunk().map(|&header| Header::decode(header, usize::MAX));
    let Some(Ok(header)) = header else {
        unreachable!("an outbox holds whole frames that the encoder made");
    };
    FRAME_HEADER_BYTES + header.body_bytes
}

/// Empty bodies of a thread, kept so that a burst does not allocate for each client. Bounded in bytes.
#[derive(Debug, Default)]
pub struct Pool {
    #[expect(
        clippy::vec_box,
        reason = "an idle outbox is one pointer: bodies move between it and here as boxes"
    )]
    free: Vec<Box<Body>>,
    kept_bytes: usize,
}

impl Pool {
    pub(super) fn take(&mut self) -> Box<Body> {
        let body = self.free.pop().unwrap_or_default();
        self.kept_bytes -= if body.kept_bytes() == size_of::<Body>() { 0 } else { body.kept_bytes() };
        body
    }

    pub(super) fn give(&mut self, body: Box<Body>) {
        debug_assert!(body.is_empty() && body.owned.is_empty() && body.queued_bytes == 0);
        let bytes = body.kept_bytes();
        // A body without buffers saves nothing, and one with large ones is rare.
        if bytes > size_of::<Body>()
            && bytes <= POOLED_BODY_BYTES_MAX
            && self.kept_bytes + bytes <= POOL_BYTES_MAX
        {
            self.kept_bytes += bytes;
            self.free.push(body);
        }
    }
}

/// A frame from here on is shared; a shorter one is cheaper to copy, because it then leaves in one
/// write with its neighbours.
pub const SHARED_BYTES_MIN: usize = 1024;
/// What must arrive is joined into pieces of about this size, so that the owned buffer can move on.
const PIECE_BYTES_MAX: usize = 16 * 1024;
/// Bytes that have left before the owned buffer is moved.
const COMPACT_BYTES: usize = 32 * 1024;
/// Slices of one vectored write.
pub(super) const IO_SLICES_MAX: usize = 64;
/// Bytes that a thread keeps in empty bodies: of nine thousand walkers, each of whom hears nine cells a tick.
const POOL_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of one body that is kept.
const POOLED_BODY_BYTES_MAX: usize = 64 * 1024;
