//! Members, asks and outcomes of rooms as messages, and back.

use proto::{ids::AccountId, room};

use super::run::Waiting;
use crate::room::{AskId, Member, Outcome};

/// What the rules of rooms and the wire call a member.
pub(super) fn member_row(member: &Member) -> room::Member {
    room::Member {
        account: member.account.0,
        rating: member.rating,
        player: member.is_player,
        here: member.is_here,
    }
}

/// It again.
pub(super) fn member(row: &room::Member) -> Member {
    Member { account: AccountId(row.account), rating: row.rating, is_player: row.player, is_here: row.here }
}

/// An ask as it is stored.
pub(super) fn ask_row((id, waiting): (&AskId, &Waiting)) -> room::Ask {
    room::Ask {
        id: id.0,
        account: waiting.member.0,
        kind: waiting.kind,
        body: waiting.body.clone().into(),
        until_ms: waiting.until_ms,
    }
}

/// An outcome as it is stored.
pub(super) fn outcome_row(outcome: &Outcome) -> room::Outcome {
    let place = |(account, place): &(AccountId, u32)| room::Place { account: account.0, place: *place };
    room::Outcome { text: outcome.text.clone(), places: outcome.places.iter().map(place).collect() }
}

/// It again.
pub(crate) fn outcome(row: &room::Outcome) -> Outcome {
    let place = |place: &room::Place| (AccountId(place.account), place.place);
    Outcome { text: row.text.clone(), places: row.places.iter().map(place).collect() }
}
