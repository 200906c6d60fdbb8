//! One client's unsent frames, what may be dropped of them, and the moment we stop waiting for it.
//! Knows no sockets: it writes to whatever takes bytes.
//!
//! Small frames are copied into one owned buffer, so that all of them leave in one write; large ones of
//! an audience are shared. A drained outbox holds no memory: its body goes back to the thread's [`Pool`].

mod body;

use std::io::{self, ErrorKind, Write};

use bytes::Bytes;
use proto::kinds::Lane;

use body::{Body, IO_SLICES_MAX, Tag};
pub use body::{Pool, SHARED_BYTES_MIN};

/// A group's number on the link.
pub type Group = u64;

/// A whole frame offered to an outbox.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// Header and body.
    pub frame: &'a [u8],
    /// The same bytes to be shared, if they have [`SHARED_BYTES_MIN`]; without it they are copied.
    pub shared: Option<&'a Bytes>,
    /// As in its header.
    pub lane: Lane,
    /// To which it was published; dropped latest-wins frames of a group are made up for by a refresh.
    pub group: Option<Group>,
    /// Expiring lane: not worth sending from then on; 0 elsewhere.
    pub expires_ms: u64,
}

/// What became of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It waits to be written.
    Queued,
    /// Latest-wins or expiring, and there is no room; or its group is withheld.
    Dropped,
    /// It must arrive and cannot: the hard limit.
    TooSlow,
}

/// Bounds of an outbox.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes from which droppable frames are dropped.
    pub soft_bytes: usize,
    /// Bytes never exceeded.
    pub hard_bytes: usize,
}

/// What waited or was to wait, and is never sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Latest-wins frames.
    pub latest_wins: u64,
    /// Expiring frames.
    pub expiring: u64,
    /// Bytes of frames of any lane that had been queued.
    pub bytes: u64,
}

impl Lost {
    fn frame(&mut self, lane: Lane) {
        match lane {
            Lane::LatestWins => self.latest_wins += 1,
            Lane::Expiring => self.expiring += 1,
            Lane::MustArrive | Lane::Control => {}
        }
    }
}

/// What a flush did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flushed {
    /// Bytes that the socket took.
    pub bytes: usize,
    /// Calls of write.
    pub writes: u32,
    /// The socket takes no more now.
    pub is_blocked: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Nothing while nothing waits.
    body: Option<Box<Body>>,
    /// Bytes that left for the transport's own buffer, and still wait there.
    staged_bytes: usize,
    /// Since when more than the soft limit waits.
    soft_since_ms: Option<u64>,
    withheld: Vec<Withheld>,
}

#[derive(Clone, Copy, Debug)]
struct Withheld {
    group: Group,
    /// Game was asked for a snapshot.
    is_asked: bool,
}

impl Outbox {
    /// Bytes that wait, staged ones too.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.staged_bytes + self.body.as_ref().map_or(0, |body| body.queued_bytes())
    }

    /// Nothing waits here; the transport may still hold staged bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_none()
    }

    /// Since when more than the soft limit waits.
    #[must_use]
    pub fn soft_since_ms(&self) -> Option<u64> {
        self.soft_since_ms
    }

    /// Takes a frame, or drops it, or gives up. Counts in `lost` every frame that is lost by it.
    pub fn offer(
        &mut self,
        offer: Offer<'_>,
        now_ms: u64,
        bounds: Bounds,
        pool: &mut Pool,
        lost: &mut Lost,
    ) -> Verdict {
        let droppable = is_droppable(offer.lane);
        if droppable && self.is_withheld(offer.group) {
            lost.frame(offer.lane);
            return Verdict::Dropped;
        }
        let bytes = offer.frame.len();
        if self.waiting_bytes() + bytes > bounds.soft_bytes && self.waiting_bytes() > 0 {
            self.drop_droppable(lost);
            if droppable
                && (self.waiting_bytes() + bytes > bounds.soft_bytes || self.is_withheld(offer.group))
            {
                lost.frame(offer.lane);
                self.withhold(offer);
                return Verdict::Dropped;
            }
        }
        if self.waiting_bytes() + bytes > bounds.hard_bytes {
            return Verdict::TooSlow;
        }
        self.body.get_or_insert_with(|| pool.take()).push(offer);
        if self.waiting_bytes() > bounds.soft_bytes {
            self.soft_since_ms.get_or_insert(now_ms);
        }
        Verdict::Queued
    }

    /// Writes as much as `out` takes.
    ///
    /// # Errors
    /// What `out` returns, but for `WouldBlock`, which is an answer.
    pub fn flush(
        &mut self,
        out: &mut impl Write,
        now_ms: u64,
        bounds: Bounds,
        pool: &mut Pool,
        lost: &mut Lost,
    ) -> io::Result<Flushed> {
        self.drop_expired(now_ms, lost);
        let mut flushed = Flushed::default();
        while let Some(body) = &mut self.body
            && !body.is_empty()
        {
            let (result, offered) = if let Some(slice) = body.only_slice() {
                (out.write(slice), slice.len())
            } else {
                let mut slices = [io::IoSlice::new(&[]); IO_SLICES_MAX];
                let (count, offered) = body.slices(&mut slices);
                (out.write_vectored(&slices[..count]), offered)
            };
            flushed.writes += 1;
            match result {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(taken) => {
                    body.consume(taken);
                    flushed.bytes += taken;
                    if taken < offered {
                        flushed.is_blocked = true;
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    flushed.is_blocked = true;
                    break;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.settle(bounds, pool);
        Ok(flushed)
    }

    /// Hands whole frames to `take` until `enough` bytes were handed over or none is left: for transports
    /// that wrap each frame; [`Outbox::set_staged`] counts them on until they have left.
    ///
    /// # Errors
    /// What `take` returns.
    pub fn drain_frames<E>(
        &mut self,
        enough: usize,
        now_ms: u64,
        pool: &mut Pool,
        lost: &mut Lost,
        mut take: impl FnMut(Bytes) -> Result<(), E>,
    ) -> Result<(), E> {
        self.drop_expired(now_ms, lost);
        let mut handed = 0;
        while handed < enough
            && let Some(frame) = self.body.as_mut().and_then(|body| body.take_frame())
        {
            handed += frame.len();
            take(frame)?;
        }
        if let Some(body) = self.body.take_if(|body| body.is_empty()) {
            pool.give(body);
        }
        Ok(())
    }

    /// For so long nobody wrote to this client: that is not its fault.
    pub fn forgive(&mut self, away_ms: u64) {
        self.soft_since_ms = self.soft_since_ms.map(|since_ms| since_ms + away_ms);
    }

    /// How many bytes wait in the transport's own buffer.
    pub fn set_staged(&mut self, bytes: usize, bounds: Bounds) {
        self.staged_bytes = bytes;
        if self.waiting_bytes() <= bounds.soft_bytes {
            self.soft_since_ms = None;
        }
    }

    /// Drops all but the rest of a frame that was begun: the client will be told why and closed.
    pub fn abandon(&mut self, pool: &mut Pool, lost: &mut Lost) {
        if let Some(body) = &mut self.body {
            let waited = body.queued_bytes();
            body.keep_begun_frame();
            lost.bytes += (waited - body.queued_bytes()) as u64;
            if body.is_empty() {
                pool.give(self.body.take().unwrap_or_default());
            }
        }
        self.withheld = Vec::new();
        self.soft_since_ms = None;
    }

    /// The connection is gone, and all that waited with it.
    pub fn end(&mut self, pool: &mut Pool, lost: &mut Lost) {
        self.abandon(pool, lost);
        lost.bytes += self.body.as_ref().map_or(0, |body| body.queued_bytes()) as u64;
    }

    /// Drops what may be dropped, and asks nobody for snapshots: game is away.
    pub fn forget_groups(&mut self, bounds: Bounds, pool: &mut Pool, lost: &mut Lost) {
        self.drop_droppable(lost);
        self.withheld = Vec::new();
        self.settle(bounds, pool);
    }

    /// Groups for which game must be asked now: the client has drained, and frames of them were dropped.
    pub fn take_refreshes(&mut self, mut ask: impl FnMut(Group)) {
        if self.withheld.is_empty() || self.waiting_bytes() > 0 {
            return;
        }
        for withheld in &mut self.withheld {
            if !withheld.is_asked {
                withheld.is_asked = true;
                ask(withheld.group);
            }
        }
    }

    /// A snapshot of this group comes next, or its frames no longer come at all.
    pub fn lift(&mut self, group: Group) {
        self.withheld.retain(|withheld| withheld.group != group);
        if self.withheld.is_empty() {
            self.withheld = Vec::new();
        }
    }

    /// Frames of this group are withheld until it is lifted.
    #[must_use]
    pub fn is_withheld(&self, group: Option<Group>) -> bool {
        self.withheld.iter().any(|withheld| Some(withheld.group) == group)
    }

    fn withhold(&mut self, offer: Offer<'_>) {
        if offer.lane == Lane::LatestWins
            && let Some(group) = offer.group
            && !self.is_withheld(Some(group))
        {
            self.withheld.push(Withheld { group, is_asked: false });
        }
    }

    fn drop_droppable(&mut self, lost: &mut Lost) {
        let Some(body) = self.body.as_mut().filter(|body| body.has_droppable()) else { return };
        let waited = body.queued_bytes();
        let withheld = &mut self.withheld;
        body.drop_frames(
            |tag| is_droppable(tag.lane),
            |tag: Tag| {
                lost.frame(tag.lane);
                if tag.lane == Lane::LatestWins
                    && let Some(group) = tag.group
                    && !withheld.iter().any(|withheld| withheld.group == group)
                {
                    withheld.push(Withheld { group, is_asked: false });
                }
            },
        );
        lost.bytes += (waited - body.queued_bytes()) as u64;
    }

    fn drop_expired(&mut self, now_ms: u64, lost: &mut Lost) {
        let Some(body) = self.body.as_mut().filter(|body| body.has_expired(now_ms)) else { return };
        let waited = body.queued_bytes();
        body.drop_frames(|tag| tag.has_expired(now_ms), |tag| lost.frame(tag.lane));
        lost.bytes += (waited - body.queued_bytes()) as u64;
    }

    fn settle(&mut self, bounds: Bounds, pool: &mut Pool) {
        if let Some(body) = self.body.take_if(|body| body.is_empty()) {
            pool.give(body);
        }
        if self.waiting_bytes() <= bounds.soft_bytes {
            self.soft_since_ms = None;
        }
    }
}

fn is_droppable(lane: Lane) -> bool {
    match lane {
        Lane::LatestWins | Lane::Expiring => true,
        Lane::MustArrive | Lane::Control => false,
    }
}
