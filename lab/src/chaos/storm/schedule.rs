//! Which faults strike when: drawn from a seed before the run begins.

use std::{fmt, time::Duration};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::{chaos::stack::Role, proxy::Direction};

/// Whom a signal hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Victim {
    /// One of the three.
    Role(Role),
    /// The database server.
    Database,
}

/// Which link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// Players to gateway.
    Client,
    /// Gateway to game.
    Game,
    /// Game to dbfront.
    Dbfront,
    /// Dbfront to a database server.
    Database,
}

/// What a link suffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Ended at once.
    Cut,
    /// Ended in the middle of what is sent, after so many bytes.
    CutInside(u64),
    /// Everything comes late, some later.
    Late,
    /// Everything comes byte by byte.
    Bytes,
    /// So many bytes a second pass.
    Slow(u64),
    /// One direction falls silent, then the link ends.
    HalfOpen(Direction),
    /// One direction falls silent, then goes on with nothing lost.
    Stalls(Direction),
    /// One direction ends, the other goes on.
    HalfClosed(Direction),
}

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL, to all at once.
    Kill(Vec<Victim>),
    /// SIGTERM, and SIGKILL when the time is over.
    AskAndKill(Role),
    /// SIGSTOP, and SIGCONT when the time is over.
    Freeze(Vec<Victim>),
    /// On a link.
    Link(Link, Trouble),
    /// The journal's disk is full.
    DiskFull,
    /// A sync of the journal fails: dbfront stops by name. In builds with failpoints.
    SyncFails,
}

/// Kinds of faults: what a run may draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Kills of single processes.
    Kill(Victim),
    /// All three at once (F07).
    KillAll,
    /// Dbfront and the database server at once (F08).
    KillBoth,
    /// Killed while it stops (F10).
    AskAndKill,
    /// Stops of one process.
    Freeze(Victim),
    /// Stops of all three.
    FreezeAll,
    /// On a link.
    Link(Link),
    /// See [`Fault::DiskFull`].
    DiskFull,
    /// See [`Fault::SyncFails`].
    SyncFails,
}

/// So much goes wrong at once, for so long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strike {
    /// After the one before is over, and everything is back.
    pub pause: Duration,
    /// One, or three of different kinds (F80).
    pub faults: Vec<Fault>,
    /// How long those last that last.
    pub lasts: Duration,
}

/// How strikes are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// What there is to draw from.
    pub kinds: Vec<Kind>,
    /// The longest pause.
    pub pause_max: Duration,
    /// The longest strike.
    pub lasts_max: Duration,
    /// One strike in so many has three faults; 0: none.
    pub triple_one_in: u32,
    /// Strikes.
    pub count: usize,
}

/// Same seed, same strikes.
#[must_use]
pub fn strikes(draw: &Draw, seed: u64) -> Vec<Strike> {
    let mut random = Random(ChaCha8Rng::seed_from_u64(seed));
    let one = |_| {
        let is_triple = draw.triple_one_in != 0 && random.below(draw.triple_one_in.into()) == 0;
        let mut kinds = draw.kinds.clone();
        let mut faults = Vec::new();
        for _ in 0..if is_triple { 3 } else { 1 } {
            if kinds.is_empty() {
                break;
            }
            let kind = kinds.remove(random.index(kinds.len()));
            // A dbfront that is started on a full disk stops by name until somebody makes room.
            let stops_dbfront = |kind: &Kind| kind.hits(Role::Dbfront);
            match kind {
                Kind::DiskFull => kinds.retain(|kind| !stops_dbfront(kind)),
                kind if stops_dbfront(&kind) => kinds.retain(|kind| *kind != Kind::DiskFull),
                _ => {}
            }
            faults.push(random.fault(kind));
        }
        let lasts = random.time(draw.lasts_max).max(LASTS_MIN);
        Strike { pause: random.time(draw.pause_max), faults, lasts }
    };
    (0..draw.count).map(one).collect()
}

impl Kind {
    /// All there are for a store on a server, or in a file.
    #[must_use]
    pub fn all(has_server: bool) -> Vec<Self> {
        let mut victims: Vec<Victim> = Role::EVERY.map(Victim::Role).to_vec();
        let mut links = vec![Link::Client, Link::Game, Link::Dbfront];
        let mut kinds = vec![Self::KillAll, Self::AskAndKill, Self::FreezeAll];
        if has_server {
            victims.push(Victim::Database);
            links.push(Link::Database);
            kinds.push(Self::KillBoth);
        }
        kinds.extend(victims.iter().flat_map(|victim| [Self::Kill(*victim), Self::Freeze(*victim)]));
        // Links have the most ways to suffer.
        kinds.extend(links.iter().flat_map(|link| [Self::Link(*link); 2]));
        kinds
    }

    fn hits(self, role: Role) -> bool {
        match self {
            Self::Kill(victim) | Self::Freeze(victim) => victim == Victim::Role(role),
            Self::KillAll | Self::AskAndKill | Self::FreezeAll => true,
            Self::KillBoth | Self::SyncFails => role == Role::Dbfront,
            Self::Link(_) | Self::DiskFull => false,
        }
    }
}

struct Random(ChaCha8Rng);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound.max(1)
    }

    fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// Short ones more often.
    fn time(&mut self, max: Duration) -> Duration {
        let max = u64::try_from(max.as_micros()).unwrap_or(u64::MAX);
        let bound = self.below(max);
        Duration::from_micros(self.below(bound.max(1)))
    }

    fn fault(&mut self, kind: Kind) -> Fault {
        match kind {
            Kind::Kill(victim) => Fault::Kill(vec![victim]),
            Kind::KillAll => Fault::Kill(Role::EVERY.map(Victim::Role).to_vec()),
            Kind::KillBoth => Fault::Kill(vec![Victim::Role(Role::Dbfront), Victim::Database]),
            Kind::AskAndKill => Fault::AskAndKill(Role::EVERY[self.index(3)]),
            Kind::Freeze(victim) => Fault::Freeze(vec![victim]),
            Kind::FreezeAll => Fault::Freeze(Role::EVERY.map(Victim::Role).to_vec()),
            Kind::Link(link) => Fault::Link(link, self.trouble()),
            Kind::DiskFull => Fault::DiskFull,
            Kind::SyncFails => Fault::SyncFails,
        }
    }

    fn trouble(&mut self) -> Trouble {
        let direction = if self.below(2) == 0 { Direction::Out } else { Direction::Back };
        match self.below(8) {
            0 => Trouble::Cut,
            1 => Trouble::CutInside(1 + self.below(CUT_INSIDE_BYTES_MAX)),
            2 => Trouble::Late,
            3 => Trouble::Bytes,
            4 => Trouble::Slow(SLOW_BYTES_PER_S),
            5 => Trouble::HalfOpen(direction),
            6 => Trouble::Stalls(direction),
            _ => Trouble::HalfClosed(direction),
        }
    }
}

impl Victim {
    /// In a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Role(role) => role.name(),
            Self::Database => "mariadbd",
        }
    }
}

impl Link {
    /// In two words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client-gateway",
            Self::Game => "gateway-game",
            Self::Dbfront => "game-dbfront",
            Self::Database => "dbfront-mariadbd",
        }
    }
}

/// As it is counted.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |victims: &[Victim]| {
            let names: Vec<_> = victims.iter().map(|victim| victim.name()).collect();
            names.join("+")
        };
        match self {
            Self::Kill(victims) => write!(f, "kill {}", all(victims)),
            Self::AskAndKill(role) => write!(f, "kill while stopping {}", role.name()),
            Self::Freeze(victims) => write!(f, "stop {}", all(victims)),
            Self::Link(link, trouble) => {
                let what = match trouble {
                    Trouble::Cut => "cut",
                    Trouble::CutInside(_) => "cut inside",
                    Trouble::Late => "delay",
                    Trouble::Bytes => "single bytes",
                    Trouble::Slow(_) => "slow",
                    Trouble::HalfOpen(_) => "half-open",
                    Trouble::Stalls(_) => "stall",
                    Trouble::HalfClosed(_) => "half-closed",
                };
                write!(f, "{what} {}", link.name())
            }
            Self::DiskFull => f.write_str("disk full"),
            Self::SyncFails => f.write_str("failing sync"),
        }
    }
}

/// A stop that is shorter hits nobody.
const LASTS_MIN: Duration = Duration::from_millis(100);
/// A few frames.
const CUT_INSIDE_BYTES_MAX: u64 = 8_192;
/// Much less than is sent.
const SLOW_BYTES_PER_S: u64 = 20_000;
