//! Which scenarios there are, and what their players do. Knows no figures.

#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use super::Rates;
use crate::logic::games::GameKind;

/// What the players do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scenario {
    /// A whole game: of 16 players nine are of the world, two play chess, three Dou Dizhu, two fight in an arena.
    #[default]
    Mixed,
    /// Chat, and gold from one to another.
    Small,
    /// Gold only.
    Pay,
    /// Chat only: each line is heard by all.
    Chat,
    /// Bytes that come back, in the bundled room `echo`.
    Echo,
    /// A random walk along the map, ten moves a second.
    Walk,
    /// Trade, shops and letters, and what must be refused.
    Market,
    /// Everything on the map: of four players three walk, pay, talk in all three ways and fight, and the fourth is of the
    /// market.
    World,
    /// Matches of chess, one after the other.
    Chess,
    /// Hands of Dou Dizhu, one after the other.
    Doudizhu,
    /// Battles in arenas, one after the other.
    Arena,
}

/// What one player does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is done or not, in any combination")]
struct Deeds {
    pays: bool,
    chats: bool,
    echoes: bool,
    walks: bool,
    deals: bool,
    mingles: bool,
    game: Option<GameKind>,
}

impl Scenario {
    /// Every one, the default first.
    pub const ALL: [Self; 11] = [
        Self::Mixed,
        Self::Small,
        Self::Pay,
        Self::Chat,
        Self::Echo,
        Self::Walk,
        Self::Market,
        Self::World,
        Self::Chess,
        Self::Doudizhu,
        Self::Arena,
    ];

    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Small => "small",
            Self::Pay => "pay",
            Self::Chat => "chat",
            Self::Echo => "echo",
            Self::Walk => "walk",
            Self::Market => "market",
            Self::World => "world",
            Self::Chess => "chess",
            Self::Doudizhu => "doudizhu",
            Self::Arena => "arena",
        }
    }

    /// Fewer players make no run of it: as many as it takes for each of its parts.
    #[must_use]
    pub fn players_min(self) -> u32 {
        match self {
            Self::Chat | Self::Echo | Self::Walk => 1,
            Self::Small | Self::Pay | Self::Market | Self::Chess | Self::Arena => 2,
            Self::Doudizhu => 3,
            // Two of the market among them.
            Self::World => 8,
            Self::Mixed => PARTS,
        }
    }

    /// What one player of a run does.
    pub(crate) fn part_of(self, player: u32) -> Self {
        match self {
            Self::World if player % 4 == 3 => Self::Market,
            Self::Mixed => match player % PARTS {
                0 | 1 => Self::Chess,
                2..5 => Self::Doudizhu,
                5 | 6 => Self::Arena,
                7 | 15 => Self::Market,
                _ => Self::World,
            },
            _ => self,
        }
    }

    /// How often a player with this part does what it does: a thousand of a world share one world chat.
    pub(crate) fn rates(self, rates: Rates) -> Rates {
        match self {
            Self::World => {
                Rates { pay_per_s: rates.pay_per_s / 5.0, chat_per_s: rates.chat_per_s / 20.0, ..rates }
            }
            _ => rates,
        }
    }

    /// Whether anybody of such a run deals.
    pub(crate) fn has_market(self) -> bool {
        (0..PARTS).any(|player| self.part_of(player).deals())
    }

    /// Whether anybody of such a run plays in rooms.
    pub(crate) fn has_games(self) -> bool {
        (0..PARTS).any(|player| self.part_of(player).game().is_some())
    }

    /// What it plays in rooms.
    pub(crate) fn game(self) -> Option<GameKind> {
        self.deeds().game
    }

    /// Talks to those near and to one alone, and fights.
    pub(crate) fn mingles(self) -> bool {
        self.deeds().mingles
    }

    pub(crate) fn pays(self) -> bool {
        self.deeds().pays
    }

    pub(crate) fn chats(self) -> bool {
        self.deeds().chats
    }

    pub(crate) fn echoes(self) -> bool {
        self.deeds().echoes
    }

    pub(crate) fn walks(self) -> bool {
        self.deeds().walks
    }

    pub(crate) fn deals(self) -> bool {
        self.deeds().deals
    }

    fn deeds(self) -> Deeds {
        let nothing = Deeds::default();
        let plays = |game| Deeds { game: Some(game), ..nothing };
        match self {
            // Nobody's part: its players have those of other scenarios.
            Self::Mixed => nothing,
            Self::Small => Deeds { pays: true, chats: true, ..nothing },
            Self::Pay => Deeds { pays: true, ..nothing },
            Self::Chat => Deeds { chats: true, ..nothing },
            Self::Echo => Deeds { echoes: true, ..nothing },
            Self::Walk => Deeds { walks: true, ..nothing },
            Self::Market => Deeds { deals: true, ..nothing },
            Self::World => Deeds { pays: true, chats: true, walks: true, mingles: true, ..nothing },
            Self::Chess => plays(GameKind::Chess),
            Self::Doudizhu => plays(GameKind::Doudizhu),
            Self::Arena => plays(GameKind::Arena),
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no scenario: mixed, small, pay, chat, echo, walk, market, world, chess, doudizhu, arena")]
pub struct UnknownScenario(pub String);

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scenario| scenario.name() == name)
            .ok_or_else(|| UnknownScenario(name.to_owned()))
    }
}

/// After so many players their parts begin again.
const PARTS: u32 = 16;
