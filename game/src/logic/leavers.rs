//! What those who left the map a moment ago had used up: whoever comes again goes on with it, so that leaving neither
//! makes a character faster nor lets it strike or recover sooner. Knows nobody who is on the map.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::ids::AccountId;
use rustc_hash::FxHashMap;

use super::{dying::FIGHT_LASTS, map::pace::Pace};

/// What an account's character had used up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    pub(super) pace: Pace,
    /// It may strike again from then on.
    pub(super) strikes_at: Option<Instant>,
    /// It struck or was struck last.
    pub(super) fought: Option<Instant>,
}

/// See the module. Each account is there once, and only who was on the map: the map's maximum counts both.
#[derive(Debug, Default)]
pub(super) struct Leavers {
    by_account: FxHashMap<AccountId, (Instant, Left)>,
    /// When it is to be looked whether one is forgotten, each account once.
    order: VecDeque<(Instant, AccountId)>,
}

impl Leavers {
    /// Accounts.
    pub(super) fn len(&self) -> usize {
        self.by_account.len()
    }

    /// An account's character leaves with this.
    pub(super) fn note(&mut self, account: AccountId, left: Left, now: Instant) {
        self.forget(now);
        let until = now + REMEMBERED;
        if self.by_account.insert(account, (until, left)).is_none() {
            self.order.push_back((until, account));
        }
    }

    /// What the last character of an account had when it left, unless that is over.
    pub(super) fn find(&mut self, account: AccountId, now: Instant) -> Option<Left> {
        self.forget(now);
        self.by_account.get(&account).map(|(_, left)| *left)
    }

    fn forget(&mut self, now: Instant) {
        while let Some((_, account)) = self.order.pop_front_if(|(at, _)| *at <= now) {
            // One that left again since is remembered longer.
            match self.by_account.get(&account) {
                Some((until, _)) if now < *until => self.order.push_back((*until, account)),
                Some(_) | None => drop(self.by_account.remove(&account)),
            }
        }
    }
}

/// Then a budget is full, a blow is due, and no fight lasts.
const REMEMBERED: Duration = FIGHT_LASTS;

const _: () = {
    assert!(super::map::pace::FULL_WITHIN.as_millis() <= REMEMBERED.as_millis());
    assert!(super::fighting::BLOW_DUE_WITHIN.as_millis() <= REMEMBERED.as_millis());
};
