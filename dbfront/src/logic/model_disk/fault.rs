//! What goes wrong at which call, and the small generator that decides what a loss of power leaves.

use std::io;

/// Goes wrong at one call, or at that one and every later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1 over all changing calls.
    pub at_call: u64,
    /// Also at every later one.
    pub for_ever: bool,
    /// How.
    pub kind: FaultKind,
}

/// See [`Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The process ends in this call: half of a write is done, nothing else, and every later call fails.
    Crash,
    /// The device fails; a write is done by half.
    Io,
    /// No space, whatever the capacity says.
    Full,
    /// A signal; to be tried again.
    Interrupted,
    /// A write takes at most so many bytes.
    Short(usize),
    /// The disk lies: a write is said to have worked and can be read, but never reaches the platter.
    Lost,
    /// The disk lies: a write is said to have worked and can be read, but the platter gets it so many bytes away.
    Misdirected(usize),
}

/// What a call meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    Nothing,
    Short(usize),
    Crash,
    Dead,
    Io,
    Full,
    Interrupted,
    Lost,
    Misdirected(usize),
}

impl Met {
    pub(super) fn before(self) -> io::Result<()> {
        match self {
            Self::Nothing | Self::Short(_) | Self::Lost | Self::Misdirected(_) => Ok(()),
            Self::Crash | Self::Dead => Err(io::Error::other("the process has ended")),
            Self::Io => Err(io::Error::other("input/output error")),
            Self::Full => Err(io::ErrorKind::StorageFull.into()),
            Self::Interrupted => Err(io::ErrorKind::Interrupted.into()),
        }
    }
}

pub(super) fn meet(faults: &[Fault], call: u64, dead: bool) -> Met {
    if dead {
        return Met::Dead;
    }
    let now = |fault: &&Fault| fault.at_call == call || (fault.for_ever && fault.at_call < call);
    match faults.iter().find(now).map(|fault| fault.kind) {
        None => Met::Nothing,
        Some(FaultKind::Crash) => Met::Crash,
        Some(FaultKind::Io) => Met::Io,
        Some(FaultKind::Full) => Met::Full,
        Some(FaultKind::Interrupted) => Met::Interrupted,
        Some(FaultKind::Short(bytes)) => Met::Short(bytes),
        Some(FaultKind::Lost) => Met::Lost,
        Some(FaultKind::Misdirected(bytes)) => Met::Misdirected(bytes),
    }
}

/// SplitMix64: a few lines, the same everywhere, good enough to choose what is lost.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub fn long(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Yes or no.
    pub fn coin(&mut self) -> bool {
        self.long() >> 63 == 1
    }

    /// Below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.long() % bound
    }
}
