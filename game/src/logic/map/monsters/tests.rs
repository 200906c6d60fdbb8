//! What monsters do by themselves, on a map of 500 m with cells of 50 m.

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use super::*;
use crate::logic::{
    map::ground::Placed,
    testing::{fights::design_with, start},
};

/// In the bundled tables: never begins a fight; begins one from 8 m; is slow and strong.
const RAT: u32 = 1;
const WOLF: u32 = 3;
const TROLL: u32 = 6;
/// Far from every wall of the bundled map.
const LAIR: Place = Place { x_mm: 475_000, y_mm: 25_000 };

struct Wild {
    field: Field,
    monsters: Monsters,
    now: Instant,
    rng: ChaCha8Rng,
    strikes: Vec<Strike>,
}

impl Wild {
    fn new(placed: &[(u32, u32, i64)]) -> Self {
        let at = LAIR;
        let placed = placed.iter().map(|&(number, count, within_mm)| Placed { number, at, count, within_mm });
        let design = design_with(placed.collect());
        let mut wild = Self {
            field: Field::new(design.map().clone()),
            monsters: Monsters::new(&design),
            now: start(),
            rng: ChaCha8Rng::seed_from_u64(7),
            strikes: Vec::new(),
        };
        wild.pass(1);
        wild
    }

    fn player(&mut self, at: Place) -> AvatarKey {
        let looks = Looks { character: 9, name: "Ida".to_owned(), level: 1, monster: 0 };
        self.field.enter(looks, at, self.now)
    }

    /// So many times 100 ms, each with a tick of the map.
    fn pass(&mut self, times: u32) {
        for _ in 0..times {
            self.now += BEAT / 2;
            self.monsters.beat(&mut self.field, self.now, &mut self.rng, &mut self.strikes);
            let mut crossings = Vec::new();
            self.field.tick(&mut crossings);
            while let Some(cell) = self.field.next_news() {
                self.field.forget(cell);
            }
        }
    }

    fn all(&self) -> Vec<AvatarKey> {
        self.monsters.by_avatar.keys().collect()
    }

    fn at(&self, avatar: AvatarKey) -> Place {
        self.field.at(avatar).unwrap()
    }
}

fn east(mm: i64) -> Place {
    Place { x_mm: LAIR.x_mm + mm, y_mm: LAIR.y_mm }
}

#[test]
fn where_nobody_is_near_they_sleep_and_nothing_is_due() {
    let mut wild = Wild::new(&[(RAT, 500, 20_000), (WOLF, 3, 0)]);
    assert_eq!((wild.monsters.alive(), wild.monsters.awake()), (503, 0));
    assert_eq!(wild.monsters.next_deadline(), None);
    let before: Vec<Place> = wild.all().into_iter().map(|avatar| wild.at(avatar)).collect();
    // Two cells away they are not seen.
    wild.player(east(-130_000));
    wild.pass(300);
    assert_eq!((wild.monsters.awake(), wild.monsters.next_deadline()), (0, None));
    assert_eq!(before, wild.all().into_iter().map(|avatar| wild.at(avatar)).collect::<Vec<_>>());
}

#[test]
fn they_wake_when_somebody_comes_into_hearing_and_sleep_again_when_all_are_gone() {
    let mut wild = Wild::new(&[(RAT, 20, 20_000)]);
    let ida = wild.player(east(-70_000));
    wild.pass(1);
    assert_eq!(wild.monsters.awake(), 20, "one or two cells hold them all, and all of those are heard");
    wild.pass(300);
    assert_eq!(wild.monsters.awake(), 20);
    wild.field.leave(ida);
    wild.pass(20);
    assert_eq!((wild.monsters.awake(), wild.monsters.next_deadline()), (0, None));
    wild.player(east(-60_000));
    wild.pass(1);
    assert_eq!(wild.monsters.awake(), 20);
}

#[test]
fn they_walk_about_and_stay_where_they_live() {
    let mut wild = Wild::new(&[(RAT, 10, 15_000)]);
    wild.player(east(0));
    let all = wild.all();
    let mut moved = vec![false; all.len()];
    let before: Vec<Place> = all.iter().map(|avatar| wild.at(*avatar)).collect();
    for _ in 0..600 {
        wild.pass(1);
        for (index, avatar) in all.iter().enumerate() {
            let at = wild.at(*avatar);
            moved[index] |= at != before[index];
            let (dx, dy) = (at.x_mm.abs_diff(LAIR.x_mm), at.y_mm.abs_diff(LAIR.y_mm));
            assert!(dx <= 15_000 && dy <= 15_000 && wild.field.ground().is_free(at), "{at:?}");
        }
    }
    assert_eq!(moved, vec![true; 10]);
    assert!(wild.strikes.is_empty(), "a rat does not begin");
}

#[test]
fn one_that_notices_somebody_comes_and_strikes_as_often_as_it_may() {
    let mut wild = Wild::new(&[(WOLF, 1, 0)]);
    let [wolf] = wild.all()[..] else { panic!() };
    let ida = wild.player(east(8_001));
    wild.pass(50);
    assert!(wild.strikes.is_empty() && wild.at(wolf) == LAIR, "she is too far to be noticed");
    wild.field.put(ida, east(7_900));
    wild.pass(40);
    let strike = Strike { by: wolf, whom: ida, attack: 14 };
    assert_eq!(wild.strikes, [strike; 1], "it ran 6 m at 3.2 m/s");
    assert!(wild.at(wolf).square_to(east(7_900)) <= 2_000 * 2_000);
    wild.pass(100);
    assert_eq!(wild.strikes, [strike; 6], "one every 2 s");
}

#[test]
fn it_gives_up_beyond_its_leash_goes_home_and_is_whole_again() {
    let mut wild = Wild::new(&[(WOLF, 1, 0)]);
    let [wolf] = wild.all()[..] else { panic!() };
    let mut x_mm = 0;
    let ida = wild.player(east(x_mm));
    wild.monsters.hurt(&mut wild.field, Wound { whom: wolf, by: ida, damage: 35 }, wild.now);
    let mut farthest = 0;
    for _ in 0..100 {
        x_mm -= 400;
        wild.field.put(ida, east(x_mm));
        wild.pass(1);
        farthest = farthest.max(wild.at(wolf).square_to(LAIR).isqrt());
    }
    assert!((20_000..22_000).contains(&farthest), "{farthest}");
    wild.pass(150);
    assert_eq!(wild.at(wolf), LAIR);
    assert_eq!(wild.monsters.foe(wolf).unwrap().hp, 70);
    assert!(
        wild.monsters.shares(Wound { whom: wolf, by: ida, damage: 1 }) == [(ida, 1)],
        "and has forgotten"
    );
}

#[test]
fn whoever_hurts_one_is_hunted_and_nobody_is_hunted_once_dead_or_gone() {
    let mut wild = Wild::new(&[(RAT, 1, 0)]);
    let [rat] = wild.all()[..] else { panic!() };
    let ida = wild.player(east(1_000));
    wild.pass(50);
    assert!(wild.strikes.is_empty());
    let wound = Wound { whom: rat, by: ida, damage: 3 };
    assert_eq!(wild.monsters.hurt(&mut wild.field, wound, wild.now), Some(80));
    wild.pass(4);
    assert_eq!(wild.strikes.len(), 1);
    wild.field.live(ida, 0);
    wild.pass(60);
    assert_eq!(wild.strikes.len(), 1, "she is dead");
    wild.field.live(ida, 100);
    wild.monsters.hurt(&mut wild.field, wound, wild.now);
    wild.pass(2);
    assert_eq!(wild.strikes.len(), 2);
    wild.field.leave(ida);
    wild.pass(60);
    assert_eq!((wild.strikes.len(), wild.monsters.awake()), (2, 0));
}

#[test]
fn everybody_who_hurt_it_has_a_share_together_its_hit_points_and_sixteen_at_most() {
    let mut wild = Wild::new(&[(TROLL, 1, 0)]);
    let [troll] = wild.all()[..] else { panic!() };
    let players: Vec<AvatarKey> = (0..20).map(|_| wild.player(east(1_000))).collect();
    for (turn, by) in players.iter().chain(&players[..3]).enumerate() {
        let damage = 10 + u32::try_from(turn).unwrap();
        wild.monsters.hurt(&mut wild.field, Wound { whom: troll, by: *by, damage }, wild.now);
    }
    let shares = wild.monsters.shares(Wound { whom: troll, by: players[1], damage: 10_000 });
    assert_eq!(shares.len(), HURTERS_MAX);
    assert_eq!((shares[0], shares[2]), ((players[0], 10 + 30), (players[2], 12 + 32)));
    let unnoted: u32 = (16..20).map(|turn| 10 + turn).sum();
    assert_eq!(shares.iter().map(|(_, damage)| damage).sum::<u32>() + unnoted, 700);
}

#[test]
fn one_dies_once_and_another_comes_in_its_time() {
    let mut wild = Wild::new(&[(RAT, 1, 0)]);
    let [rat] = wild.all()[..] else { panic!() };
    wild.player(east(1_000));
    wild.pass(1);
    wild.monsters.die(&mut wild.field, rat, wild.now);
    wild.monsters.die(&mut wild.field, rat, wild.now);
    assert_eq!(wild.monsters.foe(rat), None);
    wild.pass(98);
    assert_eq!((wild.monsters.alive(), wild.monsters.awake()), (0, 0));
    wild.pass(3);
    assert_eq!((wild.monsters.alive(), wild.monsters.awake()), (1, 1));
    assert_ne!(wild.all(), [rat]);
}

#[test]
fn one_behind_a_wall_neither_notices_nor_strikes_and_goes_home_if_it_cannot_reach() {
    // The bundled wall from 230 m to 231 m east, 230 m to 269 m north.
    let placed = |x_mm| Placed { number: WOLF, at: Place { x_mm, y_mm: 250_000 }, count: 1, within_mm: 0 };
    let design = design_with(vec![placed(229_000)]);
    let mut wild = Wild::new(&[]);
    wild.monsters.replace(&mut wild.field, &design);
    wild.pass(1);
    let [wolf] = wild.all()[..] else { panic!() };
    let ida = wild.player(Place { x_mm: 231_500, y_mm: 250_000 });
    wild.pass(100);
    assert!(wild.strikes.is_empty());
    wild.monsters.hurt(&mut wild.field, Wound { whom: wolf, by: ida, damage: 5 }, wild.now);
    wild.pass(100);
    assert!(wild.strikes.is_empty());
    let home = Place { x_mm: 229_000, y_mm: 250_000 };
    assert_eq!((wild.at(wolf), wild.monsters.foe(wolf).unwrap().hp), (home, 70));
}

#[test]
fn one_far_from_all_comes_home_awake_if_somebody_is_there() {
    let mut wild = Wild::new(&[(WOLF, 1, 0)]);
    let [wolf] = wild.all()[..] else { panic!() };
    let ida = wild.player(east(15_000));
    wild.pass(5);
    wild.field.put(wolf, east(-200_000));
    wild.pass(20);
    assert_eq!((wild.at(wolf), wild.monsters.awake()), (LAIR, 1));
    wild.field.put(ida, east(1_000));
    wild.pass(20);
    assert!(!wild.strikes.is_empty(), "it notices her");
}

#[test]
fn a_pack_hides_nobody_from_one_of_it() {
    let mut wild = Wild::new(&[(RAT, 200, 0)]);
    let ida = wild.player(east(1_000));
    assert_eq!(wild.field.nearest_prey(LAIR, 8_000), Some(ida));
}

#[test]
fn of_a_crowd_only_the_first_few_are_looked_at() {
    let mut wild = Wild::new(&[]);
    let keys: Vec<AvatarKey> = (0..1_000).map(|mm| wild.player(east(mm))).collect();
    let found = wild.field.nearest_prey(LAIR, 8_000).unwrap();
    assert!(keys[..128].contains(&found));
}

#[test]
fn those_of_another_design_take_their_place() {
    let mut wild = Wild::new(&[(RAT, 5, 1_000)]);
    wild.player(east(0));
    wild.pass(10);
    let placed = Placed { number: TROLL, at: LAIR, count: 2, within_mm: 0 };
    wild.monsters.replace(&mut wild.field, &design_with(vec![placed]));
    wild.pass(2);
    assert_eq!((wild.monsters.alive(), wild.monsters.awake(), wild.field.len()), (2, 2, 3));
}

#[test]
fn each_acts_once_a_beat_however_turns_come() {
    let mut wild = Wild::new(&[(RAT, 30, 30_000)]);
    wild.player(east(0));
    wild.pass(1);
    // Each hunts somebody whom it does not reach: it goes 240 mm a beat.
    let far = wild.player(east(-40_000));
    let all = wild.all();
    for avatar in &all {
        wild.monsters.hurt(&mut wild.field, Wound { whom: *avatar, by: far, damage: 1 }, wild.now);
    }
    let before: Vec<Place> = all.iter().map(|avatar| wild.at(*avatar)).collect();
    let end = wild.now + Duration::from_secs(4);
    while wild.now < end {
        wild.now += Duration::from_millis(7);
        wild.monsters.beat(&mut wild.field, wild.now, &mut wild.rng, &mut wild.strikes);
    }
    for (avatar, before) in all.iter().zip(before) {
        let went = before.square_to(wild.at(*avatar)).isqrt();
        assert!((4_500..=5_100).contains(&went), "{went} mm in 4 s at 1.2 m/s");
    }
}

/// Players come, go, jump about and fight at random: whoever is seen is awake, whoever is not sleeps soon, whole and
/// where it lives, and each monster is in one list.
#[test]
fn whoever_is_seen_acts_and_nobody_else_does_whatever_players_do() {
    for seed in 0..20_u32 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.into());
        let mut pick = move |bound: u32| rng.next_u32() % bound;
        let mut wild = Wild::new(&[(RAT, 12, 60_000), (WOLF, 6, 20_000), (TROLL, 2, 0)]);
        for lair in &mut wild.monsters.lairs {
            Arc::make_mut(&mut lair.kind).respawn_ms = if seed.is_multiple_of(2) { 100 } else { 1_000 };
        }
        let mut players: Vec<AvatarKey> = Vec::new();
        let mut unseen = vec![0_u32; wild.monsters.all.len()];
        for _ in 0..400 {
            let place = Place { x_mm: i64::from(pick(500)) * 1_000, y_mm: i64::from(pick(150)) * 1_000 };
            let place = if wild.field.ground().is_free(place) { place } else { LAIR };
            let player = (!players.is_empty()).then(|| players[pick(1 << 16) as usize % players.len()]);
            match (pick(8), player) {
                (0, _) if players.len() < 4 => players.push(wild.player(place)),
                (1, Some(gone)) => {
                    wild.field.leave(gone);
                    players.retain(|player| *player != gone);
                }
                (2 | 3, Some(player)) => wild.field.put(player, place),
                (4, Some(player)) => wild.field.live(player, u8::try_from(pick(3)).unwrap()),
                (5 | 6, Some(by)) => {
                    let all = wild.all();
                    let whom = all[pick(1 << 16) as usize % all.len()];
                    let wound = Wound { whom, by, damage: 1 + pick(9) };
                    if wild.monsters.foe(whom).unwrap().hp <= wound.damage {
                        wild.monsters.die(&mut wild.field, whom, wild.now);
                    } else {
                        wild.monsters.hurt(&mut wild.field, wound, wild.now);
                    }
                }
                _ => {}
            }
            wild.pass(1 + pick(6));
            // Whoever the tick has put into another cell is woken with the next beat.
            wild.monsters.wake_near_arrivals(&mut wild.field, wild.now);
            hold(&wild, &mut unseen, seed);
        }
    }
}

#[track_caller]
fn hold(wild: &Wild, unseen: &mut [u32], seed: u32) {
    let Wild { field, monsters, .. } = wild;
    for (index, monster) in monsters.all.iter().enumerate() {
        let awake = monsters.awake.iter().filter(|listed| **listed == index).count();
        let asleep = monsters.asleep.iter().flat_map(|(cell, list)| list.iter().map(move |one| (cell, one)));
        let asleep: Vec<Cell> = asleep.filter(|(_, one)| **one == index).map(|(cell, _)| *cell).collect();
        let due = monsters.due.iter().filter(|(_, one)| *one == index).count();
        let context =
            format!("seed {seed}, {index}: {monster:?}, {awake} awake, asleep {asleep:?}, {due} due");
        match monster.mood {
            Mood::Dead => assert!(asleep.is_empty() && due == 1 && awake <= 1, "{context}"),
            Mood::Asleep => {
                let home = field.home(monster.avatar).unwrap();
                // One that came again at once is still listed, until the list is gone through.
                assert!(asleep == [home] && due == 0 && awake <= 1, "{context}");
                assert!(!field.is_watched(home), "{context}: it is seen");
                let lair = &monsters.lairs[monster.lair];
                assert!(monster.hp == lair.kind.hp && monster.hurt_by.is_empty(), "{context}");
                assert!(lair.holds(field.at(monster.avatar).unwrap()), "{context}");
            }
            Mood::Rests { .. } | Mood::Walks { .. } | Mood::Hunts { .. } | Mood::Returns { .. } => {
                assert!(awake == 1 && asleep.is_empty() && due == 0, "{context}");
            }
        }
        let is_seen = field.home(monster.avatar).is_none_or(|home| field.is_watched(home));
        unseen[index] = if is_seen || monster.mood == Mood::Asleep { 0 } else { unseen[index] + 1 };
        assert!(unseen[index] <= 15, "{context}: nobody sees it, and it is awake");
    }
    assert!(monsters.beat_at.is_some() || monsters.awake.is_empty(), "seed {seed}: nobody lets them act");
}
