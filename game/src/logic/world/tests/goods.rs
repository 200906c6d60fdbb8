//! Things: bought, put in order, worn, used up, sold; and in the end the books say where each one is.

use std::collections::BTreeMap;

use proto::{
    ids::AccountId,
    tables::{CharacterRow, GoodsLogRow, ItemRow, LedgerRow, MailRow, WalletRow},
    turn::TxnId,
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;
use crate::logic::{delivery::ConnKey, tx::Tx};

pub(super) fn play(cache_accounts_max: usize) -> Play {
    Play::new(WorldConfig { preload: false, cache_accounts_max, ..WorldConfig::default() })
}

/// Runs a script and compares what was seen, but for the map.
#[track_caller]
fn check_things(mut play: Play, script: &str, expected: &str) {
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run(script);
    play.people.transcript.retain(|line| !line.contains(" sees "));
    balance(&play);
    check_with(play, "", expected);
}

/// A new player's character enters the world here.
pub(super) fn enter(play: &mut Play, name: &str, character: &str, (x_mm, y_mm): (i64, i64)) {
    play.run(&format!("{name} logs in\n{name} makes {character}"));
    let map = crate::logic::testing::bundled().map().number();
    change(play, name, |row| CharacterRow { map, x_mm, y_mm, ..row });
    play.run(&format!("{name} enters with {character}"));
}

/// Changes the row of somebody's only character.
pub(super) fn change(play: &mut Play, name: &str, change: impl FnOnce(CharacterRow) -> CharacterRow) {
    let account = AccountId(play.people.person(name).account);
    let now = play.now;
    let put = |tx: &mut Tx<'_>| {
        let row = tx.set::<CharacterRow>(account.0)?.pop().unwrap();
        tx.put(change(row));
        Ok(())
    };
    play.world.in_tx(ConnKey::default(), None, now, put).unwrap();
    play.world.commit(TxnId { account, cseq: 0 }, now).unwrap();
    play.turn();
}

/// Between two shops of the bundled map, and far from both.
pub(super) const AT_SHOPS: (i64, i64) = (250_000, 250_000);
const FAR_AWAY: (i64, i64) = (250_000, 200_000);

const IDA_IS_IN: &str = "ana is in: gen 1, last 0, ok 0\nana 1: ok, Ida 1\nana 2: ok, Ida 1\n";

/// Every item in one place, its lines in the books add up to it, and so does every account's gold.
#[track_caller]
pub(super) fn balance(play: &Play) {
    let mut items: BTreeMap<(u64, u64), i64> = BTreeMap::new();
    let mut places = Vec::new();
    for ItemRow { holder, id, quantity, place, slot, .. } in play.store.rows::<ItemRow>() {
        assert_eq!(items.insert((id, holder), quantity.into()), None);
        places.push((holder, place, slot));
    }
    let holders: Vec<u64> = items.keys().map(|(id, _)| *id).collect();
    assert!(holders.windows(2).all(|pair| pair[0] != pair[1]), "an item has two holders");
    places.sort_unstable();
    assert!(places.windows(2).all(|pair| pair[0] != pair[1]), "two in one place: {places:?}");
    let mut lines: BTreeMap<(u64, u64), i64> = BTreeMap::new();
    for line in play.store.rows::<GoodsLogRow>() {
        for (holder, amount) in [(line.from_holder, -1), (line.to_holder, 1)] {
            if holder != 0 {
                *lines.entry((line.item, holder)).or_default() += amount * i64::from(line.quantity);
            }
        }
    }
    lines.retain(|_, sum| *sum != 0);
    assert_eq!(lines, items);
    let mut gold: BTreeMap<u64, i64> = BTreeMap::new();
    for line in play.store.rows::<LedgerRow>() {
        *gold.entry(line.from_account).or_default() -= line.amount;
        *gold.entry(line.to_account).or_default() += line.amount;
    }
    let wallets = play.store.rows::<WalletRow>().into_iter().map(|row| (row.account, row.gold));
    let letters = play.store.rows::<MailRow>().into_iter().map(|row| (row.id, row.gold));
    let has: BTreeMap<u64, i64> = wallets.chain(letters).filter(|(_, gold)| *gold != 0).collect();
    gold.retain(|holder, gold| *holder != 0 && *gold != 0);
    assert_eq!(gold, has);
}

#[test]
fn things_are_bought_put_in_order_and_sold() {
    for cache_accounts_max in [1, 100] {
        check_things(
            play(cache_accounts_max),
            "ana looks at shop 1
                ana buys 3 of 40 in 1
                ana parts 1 of #1
                ana lays #2 at 7
                ana lays #2 to #1
                ana buys 1 of 1 in 1
                ana puts on #3
                ana throws away 1 of #3
                ana takes off #3
                ana throws away 1 of #3
                ana sells 2 of #1 in 1
                ana looks into the bag
                ana reads wallet",
            &format!(
                "{IDA_IS_IN}
                ana 3: ok, General store with 8 wares
                ana has #1 3 of 40 at 0
                ana 4: ok, 988 gold
                ana has #1 2 of 40 at 0, #2 1 of 40 at 1
                ana 5: ok
                ana has #2 1 of 40 at 7
                ana 6: ok
                ana has #1 3 of 40 at 0, #2 gone
                ana 7: ok
                ana has #3 1 of 1 at 1
                ana 8: ok, 964 gold
                ana has #3 1 of 1 worn at 1
                ana is at level 1, xp 0 of 40, hp 50 of 50
                ana 9: ok
                ana 10: rejected item_worn
                ana has #3 1 of 1 at 1
                ana is at level 1, xp 0 of 40, hp 50 of 50
                ana 11: ok
                ana has #3 gone
                ana 12: ok
                ana has #1 1 of 40 at 0
                ana 13: ok, 966 gold
                ana 14: ok, [#1 1 of 40 at 0]
                ana 15: ok, 966 gold"
            ),
        );
    }
}

#[test]
fn what_cannot_be_is_refused_by_name_and_changes_nothing() {
    let mut play = play(100);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run("ana buys 3 of 40 in 1\nana buys 1 of 1 in 1");
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    let rows = |play: &Play| (play.store.rows::<ItemRow>(), play.store.rows::<GoodsLogRow>());
    let before = rows(&play);
    for (line, refusal) in [
        ("ana buys 0 of 40 in 1", "bad_quantity"),
        ("ana buys 4294967295 of 40 in 1", "bad_quantity"),
        ("ana buys 1000000 of 40 in 1", "not_enough_gold"),
        ("ana buys 1 of 999999 in 1", "not_sold_here"),
        ("ana buys 1 of 40 in 999", "no_such_shop"),
        ("ana looks at shop 999", "no_such_shop"),
        ("ana sells 0 of #1 in 1", "bad_quantity"),
        ("ana sells 4 of #1 in 1", "not_enough_items"),
        ("ana sells 1 of 12345 in 1", "no_such_item"),
        ("ana parts 3 of #1", "bad_quantity"),
        ("ana lays #1 to #2", "items_differ"),
        ("ana lays #1 to #1", "same_item"),
        ("ana lays #1 at 100", "bad_slot"),
        ("ana puts on #1", "not_wearable"),
        ("ana takes off #2", "not_worn"),
        ("ana uses #1", "not_hurt"),
        ("ana uses #2", "not_usable"),
        ("ana throws away 4294967295 of #1", "bad_quantity"),
        // Somebody else's, by its right id, is like one that does not exist.
        ("bo looks at shop 1", ""),
        ("bo lays #1 at 3", "no_such_item"),
        ("bo parts 1 of #1", "no_such_item"),
        ("bo lays #1 to #2", "no_such_item"),
        ("bo puts on #2", "no_such_item"),
        ("bo takes off #2", "no_such_item"),
        ("bo throws away 1 of #1", "no_such_item"),
        ("bo uses #1", "no_such_item"),
        ("bo sells 1 of #1 in 1", "no_such_item"),
        ("bo leaves the world", ""),
        ("bo looks into the bag", "not_in_world"),
        ("bo buys 1 of 40 in 1", "not_in_world"),
        ("bo looks at shop 1", "not_in_world"),
        ("bo uses #1", "not_in_world"),
    ] {
        play.people.transcript.clear();
        play.run(line);
        play.people.transcript.retain(|line| !line.contains(" sees "));
        let seen = play.people.transcript.join("\n");
        if !refusal.is_empty() {
            assert!(seen.ends_with(&format!(": rejected {refusal}")), "{line}: {seen}");
        }
        assert_eq!(rows(&play), before, "{line}");
    }
    balance(&play);
}

#[test]
fn a_potion_heals_whoever_is_hurt_and_is_gone() {
    let mut play = play(100);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run("ana buys 1 of 40 in 1");
    change(&mut play, "ana", |row| CharacterRow { hp: 1, ..row });
    play.people.transcript.clear();
    play.run("ana uses #1\nana uses #1");
    play.people.transcript.retain(|line| !line.contains(" sees "));
    let seen = play.people.transcript.join("\n");
    assert!(seen.contains("ana has #1 gone") && seen.contains("hp "), "{seen}");
    assert!(seen.ends_with("rejected no_such_item"), "{seen}");
    assert!(1 < play.store.rows::<CharacterRow>().pop().unwrap().hp);
    balance(&play);
}

#[test]
fn who_stands_too_far_away_looks_but_does_not_deal() {
    let mut play = play(100);
    enter(&mut play, "ana", "Ida", FAR_AWAY);
    play.people.transcript.clear();
    play.run("ana looks at shop 1\nana buys 1 of 40 in 1\nana sells 1 of 7 in 1");
    play.people.transcript.retain(|line| !line.contains(" sees "));
    assert_eq!(
        play.people.transcript,
        [
            "ana 3: ok, General store with 8 wares",
            "ana 4: rejected shop_too_far",
            "ana 5: rejected shop_too_far"
        ]
    );
}

/// Three players do anything with anybody's things, rows are forgotten at once, and game dies now and then.
#[test]
fn whatever_players_do_the_books_say_where_everything_is() {
    for seed in 0..6 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut play = play(if seed % 2 == 0 { 1 } else { 100 });
        let names = ["ana", "bo", "cy"];
        for name in names {
            enter(&mut play, name, &format!("C{name}"), AT_SHOPS);
        }
        for _ in 0..150 {
            let mut pick = |below: usize| usize::try_from(rng.next_u64() % below as u64).unwrap();
            let name = names[pick(3)];
            let known = play.people.items.len();
            let mut item = || if known == 0 { "5".to_owned() } else { format!("#{}", pick(known) + 1) };
            let (one, two) = (item(), item());
            let (number, kind) = (pick(5), [40, 41, 1, 24][pick(4)]);
            let line = match pick(12) {
                0 => format!("lays {one} at {}", number * 25),
                1 => format!("parts {number} of {one}"),
                2 => format!("lays {one} to {two}"),
                3 => format!("puts on {one}"),
                4 => format!("takes off {one}"),
                5 => format!("throws away {number} of {one}"),
                6 => format!("uses {one}"),
                7 => format!("sells {number} of {one} in 1"),
                _ => format!("buys {number} of {kind} in 1"),
            };
            play.run(&format!("{name} {line}"));
            // Not faster than a session may.
            play.run("pass 100");
            if pick(40) == 0 {
                play.run("game dies");
                for name in names {
                    play.run(&format!("{name} logs in\n{name} enters with C{name}"));
                }
            }
            balance(&play);
        }
        let done = play.store.rows::<GoodsLogRow>().len();
        assert!(60 < done, "much happened: {done}");
    }
}
