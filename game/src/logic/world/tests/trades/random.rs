//! Random trading against the books.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;

const NAMES: [&str; 4] = ["ana", "bo", "cy", "di"];

/// Four players trade, move, drop, send, buy and sell anything, rows are forgotten at once, connections and game die now and
/// then.
#[test]
fn whatever_traders_do_the_books_say_where_everything_is() {
    let mut traded = 0;
    for seed in 0..8 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut pick = |below: usize| usize::try_from(rng.next_u64() % below as u64).unwrap();
        let mut play = Play::new(config(if seed % 2 == 0 { 1 } else { 100 }));
        for name in NAMES {
            enter(&mut play, name, &format!("C{name}"), AT_SHOPS);
        }
        for _ in 0..250 {
            let (name, other) = (NAMES[pick(4)], NAMES[pick(4)]);
            let known = play.people.items.len();
            let mut any = || if known == 0 { "5".to_owned() } else { format!("#{}", pick(known) + 1) };
            let (one, two) = (any(), any());
            let number = pick(5);
            let line = match pick(26) {
                0 => format!("lays {one} at {}", number * 25),
                1 => format!("parts {number} of {one}"),
                2 => format!("lays {one} to {two}"),
                3 if pick(2) == 0 => format!("writes C{other} 0 {number}:{one} saying hello"),
                3 => format!("throws away {number} of {one}"),
                4 => format!("sells {number} of {one} in 1"),
                5 => format!("pays {other} {number}"),
                6 | 7 => format!("buys {number} of {} in 1", [40, 1][pick(2)]),
                8..=10 => format!("asks C{other} to trade\n{other} agrees"),
                11..=14 => offer(&play, name, &mut pick),
                15..=18 => "accepts".to_owned(),
                19..=24 => format!("accepts\n{}", NAMES.map(|name| format!("{name} accepts")).join("\n")),
                _ => ["stops trading", "drops", "declines"][pick(3)].to_owned(),
            };
            // Now and then something else comes before the rows that this one waits for.
            let waits = if pick(8) == 0 { "hold reads" } else { "let reads" };
            play.run(&format!("{waits}\n{name} {line}\npass 100"));
            if pick(60) == 0 {
                play.run(["game dies", "hold syncs\npass 100\ngame dies\nlet syncs"][pick(2)]);
            }
            for name in NAMES {
                if play.people.person(name).conn.is_none() {
                    play.run(&format!("let reads\n{name} logs in\n{name} enters with C{name}"));
                }
            }
            balance(&play);
        }
        traded += play.people.transcript.iter().filter(|line| line.contains(" has traded")).count();
    }
    assert!(40 < traded, "much was traded: {traded}");
}

/// Some of what a player has, or is thought to have.
fn offer(play: &Play, name: &str, pick: &mut impl FnMut(usize) -> usize) -> String {
    let character = play.people.characters[&format!("C{name}")];
    let mut rows = play.store.rows::<ItemRow>();
    rows.retain(|row| row.holder == character);
    let mut line = format!("offers {}", pick(30));
    for _ in 0..pick(3).min(rows.len()) {
        let row = rows.swap_remove(pick(rows.len()));
        line.push_str(&format!(" {}*{}", row.quantity, row.id));
    }
    line
}
