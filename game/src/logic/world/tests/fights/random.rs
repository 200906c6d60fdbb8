//! Random lines of three players among monsters, with crashes, connections that go, rows that are forgotten and a full
//! journal.

use std::collections::BTreeMap;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;

const PLAYERS: [&str; 3] = ["ana", "bo", "cy"];

#[test]
fn whatever_happens_in_fights_nothing_shrinks_doubles_or_acts_when_dead() {
    let mut slain = 0;
    let mut died = 0;
    for seed in 0..12 {
        let (more_slain, more_died) = play_with(seed);
        slain += more_slain;
        died += more_died;
    }
    assert!(20 < slain && 5 < died, "{slain} slain, {died} died: something happened");
}

fn play_with(seed: u64) -> (u64, u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut pick = move |bound: u32| rng.next_u32() % bound;
    let cache_accounts_max = if seed.is_multiple_of(2) { 1 } else { 100 };
    let config = WorldConfig { preload: false, cache_accounts_max, ..WorldConfig::default() };
    let monsters = vec![placed(RAT, BESIDE, 4, 1_000), placed(BOAR, BESIDE, 2, 0), placed(4, BESIDE, 1, 500)];
    let mut play = Play::with_monsters(config, monsters.clone());
    for name in PLAYERS {
        enter(&mut play, name, &format!("C{name}"), AT_SHOPS);
        change(&mut play, name, |row| CharacterRow { level: 5, xp: 1_200, hp: 98, ..row });
        play.run(&format!("{name} leaves the world\n{name} enters with C{name}"));
    }
    let mut xp = BTreeMap::new();
    let (mut slain, mut died) = (0, 0);
    for _ in 0..400 {
        let name = PLAYERS[pick(3) as usize];
        let targets = play.world.roaming.monsters.numbers(&play.world.roaming.field);
        let target = targets.get(pick(8) as usize).copied().unwrap_or(1);
        let item = pick(6) + 1;
        let is_known = item as usize <= play.people.items.len();
        let item = if is_known { format!("#{item}") } else { "5".to_owned() };
        let line = match pick(30) {
            0..=12 => format!("{name} strikes {target}"),
            13 => format!("{name} respawns"),
            14 => format!("{name} moves {} to {} 250000", pick(1_000), 249_000 + pick(3_000)),
            15 => format!("{name} puts on {item}"),
            16 => format!("{name} takes off {item}"),
            17 => format!("{name} uses {item}"),
            18 => format!("{name} buys 1 of {} in 2", [1, 2, 23][pick(3) as usize]),
            19 => format!("{name} buys 2 of 40 in 1"),
            20 => format!("{name} throws away 1 of {item}"),
            21 if pick(3) == 0 => format!("{name} leaves the world"),
            22 if pick(4) == 0 => format!("{name} drops"),
            23 if pick(8) == 0 => "hold syncs".to_owned(),
            23 => "let syncs".to_owned(),
            24 if pick(20) == 0 => "game dies".to_owned(),
            25 => format!("{name} sells 1 of {item} in 1"),
            _ => format!("pass {}", [100, 250, 1_000, 3_000][pick(4) as usize]),
        };
        if line.starts_with(name) && play.people.all[name].conn.is_none() {
            play.run(&format!("let syncs\n{name} logs in\n{name} enters with C{name}"));
            continue;
        }
        let is_dead = rows_in_memory(&play, name).is_some_and(|row| row.dead);
        let before = play.people.transcript.len();
        let figures = play.world.figures();
        play.run(&line);
        if line == "game dies" {
            slain += figures.monsters_slain;
            died += figures.characters_died;
            play.event(crate::logic::event::Event::Design(crate::logic::testing::fights::design_with(
                monsters.clone(),
            )));
            play.turn();
        }
        if line.ends_with("leaves the world") {
            play.run(&format!("{name} enters with C{name}"));
        }
        let after = &play.people.transcript[before..];
        let acts = ["strikes", "moves", "uses", "buys", "sells"];
        if is_dead && acts.iter().any(|act| line.contains(act)) {
            assert!(
                !after.iter().any(|seen| seen.starts_with(name) && seen.contains(": ok")),
                "seed {seed}: {line}: {after:#?}"
            );
        }
        holds(&mut play, seed, &mut xp, line == "game dies");
    }
    play.run("let syncs\npass 100");
    holds(&mut play, seed, &mut xp, false);
    let figures = play.world.figures();
    assert_eq!((figures.records_refused, figures.panics), (0, 0), "seed {seed}");
    (slain + figures.monsters_slain, died + figures.characters_died)
}

/// A character's row as the world has it now.
fn rows_in_memory(play: &Play, name: &str) -> Option<CharacterRow> {
    let account = proto::ids::AccountId(play.people.all.get(name)?.account);
    let (_, roamer) = play.world.roaming.avatar_of(account)?;
    play.world.row_of(&roamer).cloned()
}

/// Experience and levels never shrink but with a crash, hit points are within what is allowed, things and gold are
/// where the books say, and each monster that was slain has been looted once at most.
fn holds(play: &mut Play, seed: u64, xp: &mut BTreeMap<u64, (u32, u64)>, is_crash: bool) {
    for name in PLAYERS {
        let Some(row) = rows_in_memory(play, name) else { continue };
        let account = proto::ids::AccountId(row.account);
        let hp_max = play.world.roaming.avatar_of(account).unwrap().1.strength.hp_max;
        assert!(row.hp <= hp_max, "seed {seed}: {row:?} of {hp_max}");
        assert_eq!(row.dead, row.hp == 0, "seed {seed}: {row:?}");
        let now = (row.level, row.xp);
        let before = xp.insert(row.id, now).unwrap_or_default();
        assert!(is_crash || before <= now, "seed {seed}: {before:?} {now:?}");
    }
    let mut of_items = BTreeMap::new();
    for line in play.store.rows::<GoodsLogRow>() {
        let quantity = i64::from(line.quantity);
        *of_items.entry(line.item).or_insert(0) += if line.from_holder == 0 {
            quantity
        } else if line.to_holder == 0 {
            -quantity
        } else {
            0
        };
    }
    of_items.retain(|_, quantity| *quantity != 0);
    let there: BTreeMap<u64, i64> =
        rows::<ItemRow>(play).iter().map(|row| (row.id, i64::from(row.quantity))).collect();
    assert_eq!(there, of_items, "seed {seed}");
    let mut gold = BTreeMap::new();
    for line in play.store.rows::<LedgerRow>() {
        *gold.entry(line.to_account).or_insert(0) += line.amount;
        *gold.entry(line.from_account).or_insert(0) -= line.amount;
    }
    for wallet in rows::<WalletRow>(play) {
        assert_eq!(gold.get(&wallet.account).copied().unwrap_or(0), wallet.gold, "seed {seed}");
    }
}
