//! Whether the table of a trade can look as it is shown: by the rules of the protocol, and by what was done here.

use proto::client::{TradeSide, TradeState};

use super::{Haggle, Offer, Open};
use crate::logic::deal::Thing;

impl Haggle {
    pub(super) fn judge(&self, shown: &TradeState) -> Result<(), String> {
        let revision = shown.revision;
        let Some((mine, theirs)) = sides(shown, self.me) else {
            return Err(format!("character {} has no side", self.me));
        };
        if theirs.character != self.with || shown.trade != self.trade {
            return Err(format!("trade {} with {}", shown.trade, theirs.character));
        }
        if client::trade_hash(shown).is_none_or(|hash| hash[..] != shown.hash[..]) {
            return Err(format!("revision {revision} has another hash"));
        }
        let Some(Open { shown: before, accepted, stale, offered }) = self.open() else {
            let is_new = revision == 0 && is_empty(mine) && is_empty(theirs);
            let is_free = !mine.accepted && !theirs.accepted;
            return if is_new && is_free { Ok(()) } else { Err(format!("begins with {shown:?}")) };
        };
        let laid = offer_of(mine);
        if laid != offered[0] && laid != offered[1] {
            return Err(format!("revision {revision}: the own side has {laid:?}, offered {:?}", offered[0]));
        }
        if mine.accepted && *accepted != Some(revision) {
            return Err(format!("revision {revision} was not accepted here"));
        }
        if mine.accepted && theirs.accepted {
            return Err(format!("revision {revision}: both accepted, and it is not done"));
        }
        let Some((mine_before, theirs_before)) = sides(before, self.me) else { return Ok(()) };
        let is_same = laid == offer_of(mine_before) && offer_of(theirs) == offer_of(theirs_before);
        if revision == before.revision {
            return if is_same { Ok(()) } else { Err(format!("revision {revision} has changed")) };
        }
        if revision != before.revision + 1 {
            return Err(format!("revision {revision} after {}", before.revision));
        }
        if mine.accepted || theirs.accepted {
            return Err(format!("revision {revision} is new, and somebody has accepted it"));
        }
        match stale {
            Some(stale) if *stale > revision => {
                Err(format!("revision {stale} was refused, {revision} is new"))
            }
            _ => Ok(()),
        }
    }
}

/// The own side and the other.
pub(super) fn sides(shown: &TradeState, me: u64) -> Option<(&TradeSide, &TradeSide)> {
    let (asker, asked) = (shown.asker.as_ref()?, shown.asked.as_ref()?);
    if asker.character == me {
        return Some((asker, asked));
    }
    (asked.character == me).then_some((asked, asker))
}

pub(super) fn is_empty(side: &TradeSide) -> bool {
    side.gold == 0 && side.items.is_empty()
}

pub(super) fn offer_of(side: &TradeSide) -> Offer {
    let thing =
        |item: &proto::client::TradeItem| Thing { item: item.id, kind: item.kind, quantity: item.quantity };
    Offer { gold: side.gold, things: side.items.iter().map(thing).collect() }
}
