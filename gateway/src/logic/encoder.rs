//! Packets to frames: once for an audience, compressed at most once. Knows no outboxes.

#[cfg(test)]
mod tests;

use proto::{
    deflate::Deflater,
    frame::Header,
    kinds::Lane,
    limits::{DEFLATE_BYTES_MIN, FRAME_HEADER_BYTES},
};

use super::{stopwatch::Stopwatch, tally::Tally};

/// Whether compressing pays for one stream of frames: after 16 tries in vain only each 64th frame is tried.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeflatePace {
    in_vain: u8,
    skipped: u8,
}

impl DeflatePace {
    fn is_due(&mut self) -> bool {
        if self.in_vain < IN_VAIN_MAX {
            return true;
        }
        self.skipped += 1;
        if self.skipped < TRIED_EACH {
            return false;
        }
        self.skipped = 0;
        true
    }

    fn tried(&mut self, has_paid: bool) {
        self.in_vain = if has_paid { 0 } else { (self.in_vain + 1).min(IN_VAIN_MAX) };
    }
}

/// One thread's compressor and the frame it made last.
#[derive(Debug, Default)]
pub struct Encoder {
    deflater: Deflater,
    frame: Vec<u8>,
    watch: Stopwatch,
    tried: u64,
}

impl Encoder {
    /// By what is told how long compressing takes.
    pub fn set_watch(&mut self, watch: Stopwatch) {
        self.watch = watch;
    }

    /// A frame with this body, compressed if it has at least `deflate_min` bytes and `pace` expects it
    /// to pay. What game sends in the control lane may hold a secret and is never compressed.
    pub fn frame(
        &mut self,
        lane: Lane,
        body: &[u8],
        deflate_min: usize,
        pace: &mut DeflatePace,
        tally: &mut Tally,
    ) -> &[u8] {
        self.frame.clear();
        self.frame.shrink_to(KEPT_BYTES_MAX);
        self.frame.extend_from_slice(&[0; FRAME_HEADER_BYTES]);
        let may_pay =
            body.len() >= deflate_min.max(DEFLATE_BYTES_MIN) && lane != Lane::Control && pace.is_due();
        self.tried = self.tried.wrapping_add(u64::from(may_pay));
        let is_timed = may_pay && self.tried.is_multiple_of(TIMED_EACH);
        let before_ns = if is_timed { self.watch.ns() } else { 0 };
        let deflated = may_pay && self.deflater.deflate(body, &mut self.frame);
        if may_pay {
            pace.tried(deflated);
            tally.deflate_tried += 1;
            tally.deflate_kept += u64::from(deflated);
            if is_timed {
                tally.deflate_ns += self.watch.since_ns(before_ns) * TIMED_EACH;
            }
            tally.deflate_bytes_before += body.len() as u64;
            let after = if deflated { self.frame.len() - FRAME_HEADER_BYTES } else { body.len() };
            tally.deflate_bytes_after += after as u64;
        }
        if !deflated {
            self.frame.extend_from_slice(body);
        }
        let body_bytes = self.frame.len() - FRAME_HEADER_BYTES;
        self.frame[..FRAME_HEADER_BYTES].copy_from_slice(&Header { body_bytes, deflated, lane }.encode());
        &self.frame
    }
}

/// One of so many stands for all: reading a clock is not for nothing.
const TIMED_EACH: u64 = 17;
const IN_VAIN_MAX: u8 = 16;
const TRIED_EACH: u8 = 64;
/// The encoder keeps this much room between frames.
const KEPT_BYTES_MAX: usize = 64 * 1024;
