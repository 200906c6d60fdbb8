//! Who moves gold for a room: the wallets of the world, those of a test, or what is known to have come of it.

use std::collections::{BTreeMap, VecDeque};

use proto::ids::AccountId;

pub(crate) use crate::logic::switches::WEALTH_FROZEN;
use crate::room::{Deal, Refusal};

/// Moves gold between wallets and a room's pot.
pub(crate) trait Bank {
    /// One movement, which the room has judged by its own books: `stakes` before it.
    ///
    /// # Errors
    /// Why nothing was moved.
    fn deal(&mut self, deal: &Deal, stakes: &BTreeMap<AccountId, i64>) -> Result<(), Refusal>;
}

/// What came of each deal when it was made: nothing moves a second time.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    outcomes: VecDeque<String>,
    /// The room asked for a deal that it had not asked for then.
    pub(crate) is_short: bool,
}

impl Remembered {
    pub(crate) fn new(outcomes: &[String]) -> Self {
        Self { outcomes: outcomes.iter().cloned().collect(), is_short: false }
    }

    /// Deals that it has not asked for again.
    pub(crate) fn left(&self) -> usize {
        self.outcomes.len()
    }
}

impl Bank for Remembered {
    fn deal(&mut self, _deal: &Deal, _stakes: &BTreeMap<AccountId, i64>) -> Result<(), Refusal> {
        match self.outcomes.pop_front() {
            Some(outcome) if outcome.is_empty() => Ok(()),
            Some(outcome) => Err(Refusal(known(&outcome))),
            None => {
                self.is_short = true;
                Err(Refusal("diverged"))
            }
        }
    }
}

/// A bank's refusals are a closed list.
fn known(code: &str) -> &'static str {
    REFUSALS.iter().find(|known| **known == code).copied().unwrap_or("internal")
}

/// The gold is not there.
pub(crate) const NOT_ENOUGH_GOLD: &str = "not_enough_gold";
/// It has no room for it.
pub(crate) const WALLET_FULL: &str = "wallet_full";
const REFUSALS: &[&str] = &[NOT_ENOUGH_GOLD, WALLET_FULL, WEALTH_FROZEN];
