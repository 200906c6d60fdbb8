//! What a player may ask for.

use proto::{client::Pay, kinds, wire};

use crate::sim::dice::Dice;

/// A command, before it has a number.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    pub(super) kind: u32,
    pub(super) body: Vec<u8>,
    /// An OK means a record.
    pub(super) is_value: bool,
}

impl Deed {
    pub(super) fn draw(own: usize, accounts: &[u64], dice: &mut Dice) -> Self {
        let others: Vec<u64> = (0..).zip(accounts).filter(|(at, _)| *at != own).map(|(_, id)| *id).collect();
        match dice.below(8) {
            0 => Self { kind: kinds::WALLET_READ, body: Vec::new(), is_value: false },
            _ => {
                let to = dice.pick(&others).unwrap_or(0);
                let amount = dice.pick(&[0, 1, 2, 7, 100, 900, 5_000]).unwrap_or(1);
                Self { kind: kinds::PAY, body: wire::encode(&Pay { to, amount }), is_value: true }
            }
        }
    }
}
