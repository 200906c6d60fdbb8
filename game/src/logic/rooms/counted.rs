//! For whom a match counts: what a game says of its end is held to who played. Knows no row.

use std::collections::{BTreeMap, BTreeSet};

use proto::{ids::AccountId, limits::ROOM_PLAYERS_MAX};

use crate::room::{Member, Outcome};

/// What a room says of its end, without places of whom nobody saw play, and without second ones.
pub(crate) fn counted(
    said: &Outcome,
    members: &BTreeMap<AccountId, Member>,
    left: &BTreeSet<AccountId>,
) -> Outcome {
    let mut seen = BTreeSet::new();
    let played = |account: &AccountId| {
        left.contains(account) || members.get(account).is_some_and(|member| member.is_player)
    };
    let places = said.places.iter().filter(|(account, _)| played(account) && seen.insert(*account));
    Outcome { text: said.text.clone(), places: places.take(ROOM_PLAYERS_MAX).copied().collect() }
}

/// All whose match it was, by account: who has a place, and who plays at its end. At most [`ROOM_PLAYERS_MAX`].
pub(crate) fn players(outcome: &Outcome, playing: impl Iterator<Item = AccountId>) -> Vec<AccountId> {
    let mut players: BTreeSet<AccountId> = outcome.places.iter().map(|(account, _)| *account).collect();
    for account in playing {
        if players.len() < ROOM_PLAYERS_MAX {
            players.insert(account);
        }
    }
    players.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_more_players_than_a_row_takes_those_with_a_place_are_first() {
        let places = (1_000..1_050).map(|account| (AccountId(account), 1)).collect();
        let outcome = Outcome { text: String::new(), places };
        let players = players(&outcome, (1..=100).map(AccountId));
        assert_eq!(players.len(), ROOM_PLAYERS_MAX);
        assert!(outcome.places.iter().all(|(account, _)| players.contains(account)));
    }
}
