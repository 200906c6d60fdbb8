//! A match that was played, played again: from its options and its seed, or from a saved state, and what it heard since, by
//! the rooms of this program. The server's check of finished matches, `ding replay` and tests of games all do it here. Knows
//! no file and no database.

mod bytes;
#[cfg(test)]
mod tests;

use proto::{
    ids::AccountId,
    kinds::KindDef,
    room::{Input, Replay, State},
};

pub use self::bytes::{FILE_BYTES_MAX, Unreadable, from_bytes, inputs, to_bytes};
use crate::{
    logic::{
        outputs::Outputs,
        rooms::{
            bank::Remembered,
            differ::first_difference,
            run::{Broken, Hands, RoomRun, Stopped, hash},
        },
    },
    registry::{Registered, Registry},
    room::{Effects, Opening},
};

/// Of replays as they are written now.
pub const FORMAT: u32 = 1;

/// A match on its way to be played again.
pub struct Again<'a> {
    kind: &'a Registered,
    replay: &'a Replay,
    run: RoomRun,
    out: Outputs,
    effects: Effects,
    /// Inputs before the first of these.
    before: u64,
    /// Inputs heard.
    heard: usize,
    /// It broke, at the last of them.
    broke: Option<Broken>,
}

/// What one input made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// From 1.
    pub number: u64,
    /// What was heard.
    pub input: &'a Input,
    /// Of the state after it; none: the room broke at it.
    pub hash: Option<u64>,
}

/// It went as it went then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// To this state.
    Same {
        /// Of the state after the last input.
        hash: u64,
    },
    /// To the same end by a mistake of the room.
    Broke {
        /// Under which it was closed.
        name: String,
        /// Of a panic: what it says now, and from where.
        detail: String,
    },
    /// Up to where it was ended from outside, which nothing it heard can do.
    Ended {
        /// Under which it was closed.
        name: String,
    },
}

/// It did not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Differs {
    /// Of another format than [`FORMAT`].
    #[error("it is of format {0}, and this program knows format {FORMAT}")]
    Format(u32),
    /// Not registered here.
    #[error("this program has no room of the kind `{0}`")]
    Kind(String),
    /// It does not even open.
    #[error("it does not open: {0}")]
    Open(String),
    /// An input that was heard then.
    #[error("input {number} was heard then and is refused now: {code}")]
    Refused {
        /// From 1.
        number: u64,
        /// The refusal.
        code: String,
    },
    /// It deals in gold otherwise.
    #[error("input {number} leads to other deals than then: {detail}")]
    Deals {
        /// From 1.
        number: u64,
        /// How many.
        detail: String,
    },
    /// It breaks where it did not.
    #[error("input {number} breaks it now ({name}), and did not then: {detail}")]
    Broke {
        /// From 1.
        number: u64,
        /// Under which it would be closed.
        name: String,
        /// For whoever looks for the mistake.
        detail: String,
    },
    /// It broke then.
    #[error("it was closed then as {0}, and breaks no more")]
    Whole(String),
    /// It broke otherwise.
    #[error("it breaks otherwise: then {then}; now {now}")]
    BrokeOtherwise {
        /// The name, or the first words of its panic.
        then: String,
        /// The same.
        now: String,
    },
    /// It ends in another state.
    #[error("it ends otherwise: its state has the hash {now:016x}, and had {then:016x}")]
    Hash {
        /// As stored.
        then: u64,
        /// Of the state now.
        now: u64,
    },
}

impl Differs {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format(_) => "format",
            Self::Kind(_) => "kind",
            Self::Open(_) => "open",
            Self::Refused { .. } => "refused",
            Self::Deals { .. } => "deals",
            Self::Broke { .. } => "broke",
            Self::Whole(_) => "whole",
            Self::BrokeOtherwise { .. } => "broke_otherwise",
            Self::Hash { .. } => "hash",
        }
    }
}

/// Plays all of it again.
///
/// # Errors
/// Where it first goes another way than then.
pub fn verify(registry: &Registry, replay: &Replay) -> Result<Verified, Differs> {
    let mut again = Again::open(registry, replay)?;
    while again.hear()?.is_some() {}
    again.end()
}

impl<'a> Again<'a> {
    /// The room as it was when it opened, or when it was saved, if such a state came with it.
    ///
    /// # Errors
    /// [`Differs::Format`], [`Differs::Kind`], [`Differs::Open`].
    pub fn open(registry: &'a Registry, replay: &'a Replay) -> Result<Self, Differs> {
        if replay.format != FORMAT {
            return Err(Differs::Format(replay.format));
        }
        let kind = registry.rooms().iter().find(|kind| kind.name == replay.kind);
        let kind = kind.ok_or_else(|| Differs::Kind(replay.kind.clone()))?;
        let run = if replay.state.is_empty() {
            let seed = <[u8; 32]>::try_from(&*replay.seed);
            let seed = seed.map_err(|_| Differs::Open("no seed".to_owned()))?;
            let opening = Opening { number: replay.number, options: &replay.options };
            RoomRun::open(kind, &opening, seed).map_err(|stopped| Differs::Open(text(stopped)))?
        } else {
            let state = bytes::state(&replay.state).map_err(|error| Differs::Open(error.to_string()))?;
            RoomRun::load(kind, &state).map_err(|broken| Differs::Open(text(Stopped::Closed(broken))))?
        };
        let (out, effects) = (Outputs::default(), Effects::default());
        Ok(Self { kind, replay, before: run.inputs(), run, out, effects, heard: 0, broke: None })
    }

    /// Lets it hear what comes next; none: that was all, or it broke as it did then.
    ///
    /// # Errors
    /// It went another way.
    pub fn hear(&mut self) -> Result<Option<Step<'a>>, Differs> {
        let Some((number, input)) = self.hear_next()? else { return Ok(None) };
        let hash = if self.broke.is_some() { None } else { Some(self.hash()?) };
        Ok(Some(Step { number, input, hash }))
    }

    /// The same up to this input, without looking at the state on the way: false: it has no such input.
    ///
    /// # Errors
    /// As of [`Self::hear`].
    pub fn hear_until(&mut self, number: u64) -> Result<bool, Differs> {
        while self.number() < number {
            if self.hear_next()?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn hear_next(&mut self) -> Result<Option<(u64, &'a Input)>, Differs> {
        let Some(input) = self.replay.inputs.get(self.heard).filter(|_| self.broke.is_none()) else {
            return Ok(None);
        };
        self.heard += 1;
        let number = self.number();
        let is_last = self.heard == self.replay.inputs.len();
        let Some(what) = &input.what else {
            return Err(Differs::Refused { number, code: "unknown_input".to_owned() });
        };
        let may_break = is_last && self.has_broken();
        let mut bank = Remembered::new(&input.outcomes);
        self.out.clear();
        let Self { run, out, effects, .. } = self;
        let said = run.apply(what, input.at_ms, &mut Hands { out, effects, bank: &mut bank, re: RE });
        if bank.is_short || (said.is_ok() && bank.left() != 0) {
            let (made, asked) = (input.outcomes.len(), effects.outcomes.len());
            return Err(Differs::Deals { number, detail: format!("{made} then, {asked} now") });
        }
        match said {
            Err(Stopped::Closed(broken)) if may_break => {
                self.broke = Some(broken);
                return Ok(Some((number, input)));
            }
            Err(Stopped::Closed(Broken { name, detail })) => {
                return Err(Differs::Broke { number, name: name.to_owned(), detail });
            }
            Err(Stopped::Refused(refusal)) => {
                return Err(Differs::Refused { number, code: refusal.0.to_owned() });
            }
            Ok(()) => {}
        }
        Ok(Some((number, input)))
    }

    /// What it is now.
    ///
    /// # Errors
    /// It cannot be written, or is too large: [`Differs::Broke`].
    pub fn state(&self) -> Result<State, Differs> {
        self.run.state().map_err(|Broken { name, detail }| Differs::Broke {
            number: self.number(),
            name: name.to_owned(),
            detail,
        })
    }

    /// Of what it is now.
    ///
    /// # Errors
    /// As of [`Self::state`].
    pub fn hash(&self) -> Result<u64, Differs> {
        Ok(hash(&self.state()?))
    }

    /// Of the input that it heard last, from 1; 0: none yet.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.before + self.heard as u64
    }

    /// The first field in which it is another now than this, with both values; none: it is the same.
    ///
    /// # Errors
    /// As of [`Self::state`].
    pub fn difference(&self, other: &State) -> Result<Option<String>, Differs> {
        Ok(first_difference(&self.state()?, other))
    }

    /// How it ended, in its own words; none: it has not.
    #[must_use]
    pub fn outcome(&self) -> Option<&str> {
        self.run.outcome().map(|outcome| outcome.text.as_str())
    }

    /// Whether its state shows what players must not see.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        self.kind.has_secrets
    }

    /// Kinds of packets of this kind of room.
    #[must_use]
    pub fn kinds(&self) -> &'static [KindDef] {
        self.kind.kinds
    }

    /// Compares the end.
    ///
    /// # Errors
    /// It is another one than then.
    pub fn end(self) -> Result<Verified, Differs> {
        if self.replay.hash != 0 {
            let (then, now) = (self.replay.hash, self.hash()?);
            return if then == now {
                Ok(Verified::Same { hash: now })
            } else {
                Err(Differs::Hash { then, now })
            };
        }
        let name = self.replay.outcome.clone();
        let Some(broken) = self.broke.clone().or_else(|| self.looked_at()) else {
            return if is_from_outside(&name) {
                Ok(Verified::Ended { name })
            } else {
                Err(Differs::Whole(name))
            };
        };
        let (then, now) = (words(&name, &self.replay.backtrace), words(broken.name, &broken.detail));
        if then != now {
            return Err(Differs::BrokeOtherwise { then, now });
        }
        Ok(Verified::Broke { name, detail: broken.detail })
    }

    fn has_broken(&self) -> bool {
        self.replay.hash == 0
    }

    /// What breaks it when it is looked at, as the server does after an input.
    fn looked_at(&self) -> Option<Broken> {
        let mut seen = Vec::new();
        let members: Vec<AccountId> = self.run.members().keys().copied().collect();
        let views = members.into_iter().find_map(|member| self.run.view(member, &mut seen).err());
        views
            .or_else(|| self.run.snapshot(&mut seen).err())
            .or_else(|| self.run.label().err())
            .or_else(|| self.run.state().err())
    }
}

/// Names of ends that no input leads to by itself.
pub(crate) fn is_from_outside(name: &str) -> bool {
    ["ROOM_SLOW", "ROOM_STUCK", "abandoned", "restarted", "closed_by_staff"].contains(&name)
}

/// What a panic said, without where its line stands in this build and without the calls below it; else the name.
fn words(name: &str, detail: &str) -> String {
    if name != "room_failed" {
        return name.to_owned();
    }
    let said = detail.lines().skip(1).take_while(|line| !line.trim_start().starts_with("0: "));
    said.collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn text(stopped: Stopped) -> String {
    match stopped {
        Stopped::Refused(refusal) => refusal.0.to_owned(),
        Stopped::Closed(Broken { name, detail }) => format!("{name} {detail}"),
    }
}

/// The number of each command: an answer is one to it, and goes nowhere.
const RE: u64 = 1;
