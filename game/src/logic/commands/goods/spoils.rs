//! What a monster leaves when it dies: experience for all who hurt it, each as much of it as of its wounds; gold and
//! things for whoever slew it, rolled here from its design. All of it is one record. What finds no room is no more,
//! and its slayer is told.

use proto::{
    client::{LootThing, Looted, Wallet},
    ids::AccountId,
    kinds,
    limits::GOLD_MAX,
    packet::Packet,
    tables::{CharacterRow, Reason, WalletRow},
    wire,
};
use rand_chacha::rand_core::Rng;

use super::{
    books::{Line, keep, log, log_gold},
    character, own_bag,
};
use crate::logic::{
    commands::characters,
    design::{Bonus, Loot, Monster},
    goods::refusal::Refusal,
    outputs::Audience,
    tx::{Call, Halt, Tx},
};

/// Whoever hurt it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::logic) struct Share {
    pub(in crate::logic) account: AccountId,
    pub(in crate::logic) character: u64,
    /// What it wears.
    pub(in crate::logic) worn: Bonus,
    /// Hit points that it took.
    pub(in crate::logic) damage: u32,
}

/// What came of it: each sharer's row, and how many levels it rose.
pub(in crate::logic) type Spoils = Vec<(AccountId, CharacterRow, u32)>;

/// Gives it all. The slayer is the character that is in the world.
pub(in crate::logic) fn take(
    tx: &mut Tx<'_>,
    call: &Call<'_>,
    monster: &Monster,
    shares: &[Share],
) -> Result<Spoils, Halt> {
    tx.want::<WalletRow>(&[call.account.0]);
    let mut spoils = Spoils::new();
    for share in shares {
        // Whoever has been forgotten since gets nothing, and keeps nobody else from it.
        if !tx.set::<CharacterRow>(share.account.0)?.iter().any(|row| row.id == share.character) {
            continue;
        }
        let xp = u64::from(monster.xp) * u64::from(share.damage) / u64::from(monster.hp.max(1));
        let xp = u32::try_from(xp).unwrap_or(u32::MAX);
        let (row, levels) = characters::award(tx, share.account, (share.character, share.worn), xp)?;
        spoils.push((share.account, row, levels));
    }
    loot(tx, call, monster)?;
    Ok(spoils)
}

fn loot(tx: &mut Tx<'_>, call: &Call<'_>, monster: &Monster) -> Result<(), Halt> {
    let holder = character(tx)?;
    let mut bag = own_bag(tx)?;
    let wallet = tx.row::<WalletRow>(&call.account.0)?.ok_or(Halt::Reject("internal"))?;
    let mut told = Looted { monster: monster.number, ..Looted::default() };
    let mut lines = Vec::new();
    for loot in &monster.loot {
        let Some(quantity) = rolled(loot, tx.rng) else { continue };
        let kind = loot.item;
        match bag.add(kind, quantity, || tx.new_id()) {
            Ok(came) => {
                lines.extend(came.into_iter().map(|(item, quantity)| (item, kind, quantity)));
                told.things.push(LootThing { kind, quantity });
            }
            Err(Halt::Reject(code)) if code == Refusal::BagFull.code() => {
                told.left.push(LootThing { kind, quantity });
            }
            Err(halt) => return Err(halt),
        }
    }
    let reason = Reason::Loot;
    for (item, kind, quantity) in lines {
        log(tx, call, Line { item, kind, quantity, from: 0, to: holder, reason });
    }
    for LootThing { kind, quantity } in &told.things {
        tx.goods_flow(reason, *kind, (*quantity).into());
    }
    keep(tx, call, bag);
    // A wallet that is full takes no more.
    let gold = between(*monster.gold.start(), *monster.gold.end(), tx.rng).min(GOLD_MAX - wallet.gold);
    if 0 < gold {
        let (gold_now, ver) = (wallet.gold + gold, tx.ver_next::<WalletRow>(&wallet.account));
        told.gold = gold;
        told.wallet = Some(Wallet { gold: gold_now, ver });
        tx.put(WalletRow { gold: gold_now, ..wallet });
        log_gold(tx, call, reason, gold);
    }
    if told.gold != 0 || !told.things.is_empty() || !told.left.is_empty() {
        told.lsn = tx.lsn.0;
        tx.send(Audience::Account(call.account), |bytes| {
            wire::put(bytes, Packet { kind: kinds::LOOTED, ..Packet::default() }, &told);
        });
    }
    Ok(())
}

/// How many of it, if any.
fn rolled(loot: &Loot, rng: &mut impl Rng) -> Option<u32> {
    let is_there = rng.next_u32() % 1_000_000 < loot.chance_ppm;
    let (least, most) = (*loot.quantity.start(), *loot.quantity.end());
    is_there.then(|| u32::try_from(between(least.into(), most.into(), rng)).unwrap_or(least))
}

fn between(least: i64, most: i64, rng: &mut impl Rng) -> i64 {
    let span = most.abs_diff(least) + 1;
    least + i64::try_from(rng.next_u64() % span).unwrap_or(0)
}
