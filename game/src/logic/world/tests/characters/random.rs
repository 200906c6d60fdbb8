//! Random lines of three players about few names, with crashes, a store that goes, rows that are late, and
//! weeks that pass: names and characters agree after each, and no OK is ahead of the disk.

use proto::limits::{CHARACTERS_ALIVE_MAX, CHARACTERS_KEPT_MAX};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;

const PLAYERS: [&str; 3] = ["ana", "bo", "cy"];
const NAMES: [&str; 6] = ["Ida", "IDA", "Ole", "Una", "Eva", "eva"];

#[test]
fn names_and_characters_agree_whatever_happens() {
    for seed in 1..=20 {
        play_with(seed);
    }
}

fn play_with(seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut pick = move |bound: u32| rng.next_u32() % bound;
    let mut play = with_cache_of(1);
    for name in NAMES {
        play.people.characters.insert(name.to_owned(), 12_345);
    }
    let mut made = 0;
    for _ in 0..300 {
        let player = PLAYERS[pick(3) as usize];
        let name = NAMES[pick(6) as usize];
        let line = match pick(24) {
            0..=4 => format!("{player} makes {name}"),
            5..=7 => format!("{player} deletes {name}"),
            8 => format!("{player} restores {name}"),
            9..=11 => format!("{player} enters with {name}"),
            12 => format!("{player} leaves the world"),
            13 => format!("{player} lists characters"),
            14 => format!("{player} learns {}", pick(100)),
            15 if play.people.all.get(player).is_some_and(|one| one.conn.is_some()) => {
                format!("{player} drops")
            }
            15..=16 => format!("{player} logs in"),
            17 => ["hold reads", "hold syncs", "hold applies"][pick(3) as usize].to_owned(),
            18..=19 => "let reads\nlet syncs\nlet applies".to_owned(),
            20 if !play.held.store && pick(3) == 0 => "store goes".to_owned(),
            20..=21 if play.held.store => "store comes back".to_owned(),
            22 if pick(4) == 0 => "game dies".to_owned(),
            _ => format!("pass {}", [700, GRACE_MS / 2][pick(2) as usize]),
        };
        let by_player = line.starts_with(player) && !line.ends_with("logs in");
        if by_player && !play.people.all.get(player).is_some_and(|one| one.is_in) {
            continue;
        }
        play.run(&line);
        made += usize::from(line.contains("makes"));
        bounds_hold(&play, seed);
        no_ok_is_ahead_of_the_disk(&play, seed);
    }
    assert!(10 < made && !stored(&play).is_empty(), "seed {seed}: something happened");
}

fn bounds_hold(play: &Play, seed: u64) {
    let kept = stored(play);
    let mut keys: Vec<&String> = kept.iter().map(|(_, key)| key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), kept.len(), "seed {seed}: {kept:?}");
    let rows = play.store.rows::<CharacterRow>();
    for one in &rows {
        let own = rows.iter().filter(|row| row.account == one.account);
        assert!(own.clone().count() <= CHARACTERS_KEPT_MAX, "seed {seed}");
        assert!(own.filter(|row| row.deleted_ms.is_none()).count() <= CHARACTERS_ALIVE_MAX, "seed {seed}");
    }
}

/// Whoever was told that a character was made, deleted or restored finds that command in the journal.
fn no_ok_is_ahead_of_the_disk(play: &Play, seed: u64) {
    let durable = usize::try_from(play.store.durable().0).unwrap();
    let on_disk = &play.store.journal[..durable];
    for (player, person) in &play.people.all {
        for (cseq, _) in person.answers.iter().filter(|(_, is_ok)| **is_ok) {
            let kind = person.sent.get(cseq).copied().unwrap_or_default();
            if (kinds::CHAR_CREATE..=kinds::CHAR_RESTORE).contains(&kind) {
                let is_its = |txn: &TxnId| (txn.account.0, txn.cseq) == (person.account, *cseq);
                assert!(on_disk.iter().any(|(txn, _, _)| is_its(txn)), "seed {seed}: {player} {cseq}");
            }
        }
    }
}
