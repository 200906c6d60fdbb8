//! The hash that names a trade's table exactly, made from what the server shows: whoever accepts can see for himself
//! that he accepts what he sees. Described in `docs/PROTOCOL.md`; knows no session.

use proto::client::{TradeSide, TradeState};
use sha2::{Digest, Sha256};

/// The hash of what is shown, whatever `shown.hash` says; nothing if a side is missing.
#[must_use]
pub fn hash(shown: &TradeState) -> Option<[u8; 32]> {
    let mut sha = Sha256::new();
    sha.update(b"ding trade v1\n");
    sha.update(shown.trade.to_le_bytes());
    sha.update(shown.revision.to_le_bytes());
    for side in [shown.asker.as_ref()?, shown.asked.as_ref()?] {
        let TradeSide { character, gold, items, .. } = side;
        sha.update(character.to_le_bytes());
        sha.update(gold.to_le_bytes());
        sha.update(u32::try_from(items.len()).unwrap_or(u32::MAX).to_le_bytes());
        for item in items {
            sha.update(item.id.to_le_bytes());
            sha.update(item.kind.to_le_bytes());
            sha.update(item.quantity.to_le_bytes());
        }
    }
    Some(sha.finalize().into())
}

#[cfg(test)]
mod tests {
    use proto::client::TradeItem;

    use super::*;

    #[test]
    fn every_number_on_the_table_is_in_its_hash_and_who_accepted_is_not() {
        let side = |character, gold| TradeSide {
            character,
            gold,
            items: vec![TradeItem { id: 4, kind: 40, quantity: 2 }],
            accepted: false,
        };
        let shown = TradeState {
            trade: 1,
            revision: 2,
            asker: Some(side(10, 5)),
            asked: Some(side(11, 0)),
            ..TradeState::default()
        };
        let named = hash(&shown).expect("both sides");
        let other = |change: fn(&mut TradeState)| {
            let mut other = shown.clone();
            change(&mut other);
            hash(&other).expect("both sides")
        };
        let changes: [fn(&mut TradeState); 7] = [
            |it| it.trade = 3,
            |it| it.revision = 3,
            |it| it.asker.as_mut().expect("there").gold = 6,
            |it| it.asked.as_mut().expect("there").character = 12,
            |it| it.asked.as_mut().expect("there").items[0].quantity = 1,
            |it| it.asked.as_mut().expect("there").items[0].id = 5,
            |it| it.asker.as_mut().expect("there").items.clear(),
        ];
        assert!(changes.into_iter().all(|change| other(change) != named));
        assert_eq!(other(|it| it.asker.as_mut().expect("there").accepted = true), named);
        assert_eq!(hash(&TradeState { asked: None, ..shown }), None);
    }
}
