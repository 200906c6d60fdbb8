//! Random people in random states: nothing panics, gold is conserved, everything heard again leads to the
//! same state, and a match comes to its end.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

use super::{seen::now, *};

fn pick(rng: &mut ChaCha8Rng, below: u32) -> u32 {
    rng.next_u32() % below
}

fn any_steer(rng: &mut ChaCha8Rng) -> ArenaSteer {
    // One in 20 is beyond what may be.
    let mut component = || i32::try_from(pick(rng, 2_101)).expect("small") - 1_050;
    let [go_x, go_y, aim_x, aim_y] = [component(), component(), component(), component()];
    ArenaSteer { go_x, go_y, aim_x, aim_y, fire: pick(rng, 4) != 0 }
}

/// One thing that somebody does; its refusal, if it is refused.
fn deed(table: &mut Table<Arena>, rng: &mut ChaCha8Rng) -> Option<&'static str> {
    let account = 1 + u64::from(pick(rng, 20));
    let said = match pick(rng, 40) {
        0..4 => table.join(account),
        4 => table.spectate(account),
        5 => table.leave(account),
        6 => table.away(account),
        7 | 8 => table.back(account),
        9 => {
            let bytes: Vec<u8> = (0..pick(rng, 12)).map(|_| rng.next_u32().to_le_bytes()[0]).collect();
            table.say(account, ARENA_STEER, &bytes).map(drop)
        }
        10 => table.say(account, 1_080 + pick(rng, 40), &[]).map(drop),
        11 => table.staff("anything", &[]),
        _ => {
            let any = any_steer(rng);
            steer(table, account, any)
        }
    };
    said.err().map(|Refusal(name)| name)
}

#[test]
fn whatever_people_do_every_refusal_has_a_name_and_no_gold_is_lost() {
    const KNOWN: &[&str] = &[
        "already_begun",
        "already_in_room",
        "bad_body",
        "not_a_player",
        "not_begun",
        "not_enough_gold",
        "not_in_room",
        "out_of_range",
        "room_finished",
        "unknown_kind",
        "unknown_signal",
    ];
    let mut refused = std::collections::BTreeSet::new();
    for seed in 0..12 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut table = opened(2 + pick(&mut rng, 5), 1 + pick(&mut rng, 3), 10 + pick(&mut rng, 20), 30);
        for account in 1..=20 {
            // Some cannot pay.
            table.set_gold(account, 20 + i64::from(pick(&mut rng, 60)));
        }
        let gold = table.gold_in_all();
        for _ in 0..600 {
            refused.extend(deed(&mut table, &mut rng));
            ticks(&mut table, pick(&mut rng, 2));
            assert_eq!(table.gold_in_all(), gold, "seed {seed}");
            assert_eq!(table.closed(), None, "seed {seed}");
        }
        if table.is_open() {
            table.crash();
        }
    }
    let unknown: Vec<_> = refused.iter().filter(|name| !KNOWN.contains(name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert_eq!(refused.len(), KNOWN.len(), "all of them were met: {refused:?}");
}

#[test]
fn sixteen_fight_to_the_end_and_somebody_who_looks_on_sees_each_tick() {
    // As large as ids become in a server that was started a thousand times.
    const FIRST: u64 = 4_294_967_296_000;
    let mut table = opened(16, 4, 60, 10);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for account in FIRST..FIRST + 16 {
        table.set_gold(account, 10);
        table.join(account).expect("it has the gold");
    }
    table.spectate(9).expect("there is room");
    table.heard(9);
    let mut seen = now(&table);
    let mut ended = Vec::new();
    let mut state_bytes = 0;
    while table.is_open() {
        for account in FIRST..FIRST + 16 {
            if pick(&mut rng, 5) == 0 {
                let target =
                    table.room().fight.fighters[usize::try_from(pick(&mut rng, 16)).expect("small")].at;
                let own = table.room().fight.fighters[usize::try_from(account - FIRST).expect("small")].at;
                let aim = target.minus(own).part(1, 32);
                let go = if pick(&mut rng, 3) == 0 { Vector(0, 0) } else { aim.stretched_or_still() };
                let wanted = ArenaSteer { go_x: go.0, go_y: go.1, aim_x: aim.0, aim_y: aim.1, fire: true };
                steer(&mut table, account, wanted).expect("it is within bounds");
            }
        }
        ticks(&mut table, 1);
        state_bytes = state_bytes.max(serde_json::to_vec(&table.room()).expect("JSON").len());
        let heard = table.heard(9);
        states(&heard).iter().for_each(|state| seen.hear(state));
        assert_eq!(seen, now(&table));
        ended.extend(all::<ArenaEnded>(&heard, ARENA_ENDED));
    }
    let outcome = table.outcome().expect("it has ended").clone();
    assert_eq!(outcome.places.len(), 16);
    assert_eq!(outcome.text, "enough kills", "sixteen who aim at each other kill each other");
    assert_eq!(ended.len(), 1);
    let kills: u32 = ended[0].places.iter().map(|place| place.kills).sum();
    let deaths: u32 = ended[0].places.iter().map(|place| place.deaths).sum();
    assert_eq!(kills, deaths);
    assert_eq!(table.gold_in_all(), 160);
    assert!((3_000..=4_096).contains(&state_bytes), "{state_bytes} bytes");
}

impl Vector {
    /// For tests: full speed in this direction, if it is one.
    fn stretched_or_still(self) -> Self {
        if self.is_zero() { self } else { self.stretched(UNIT) }
    }
}
