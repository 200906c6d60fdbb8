//! Avatars on the field, and what their hearers believe after each tick.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use proto::{client::CellState, packet::Packets, prescan::Budget, wire};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;
use crate::logic::{
    map::{ground::Draft, walls::Wall},
    testing::start,
};

fn at(x_mm: i64, y_mm: i64) -> Place {
    Place { x_mm, y_mm }
}

fn looks(character: u64) -> Looks {
    Looks { character, name: format!("n{character}"), level: 1, monster: 0 }
}

fn field() -> Field {
    Field::new(Arc::new(Ground::default()))
}

/// Ends a tick; what each cell told, in the order of cells.
fn tick(field: &mut Field) -> (Vec<Crossing>, BTreeMap<Cell, CellState>) {
    let mut crossings = Vec::new();
    field.tick(&mut crossings);
    let mut told = BTreeMap::new();
    while let Some(cell) = field.next_news() {
        let mut states = Vec::new();
        field.tell(cell, 1, |packet| states.push(state(packet)));
        assert_eq!(states.len(), 1, "one packet a cell and tick");
        assert!(told.insert(cell, states.remove(0)).is_none(), "each cell once");
    }
    (crossings, told)
}

fn state(packet: &[u8]) -> CellState {
    let packet = Packets::new(packet).next().unwrap().unwrap();
    wire::decode(packet.body, Budget::LINK).unwrap()
}

#[test]
fn of_several_moves_between_two_ticks_only_the_last_is_told() {
    let mut field = field();
    let now = start();
    let ana = field.enter(looks(1), at(75_000, 75_000), now);
    let (_, told) = tick(&mut field);
    assert_eq!(told[&Cell(11)].appeared.len(), 1);
    for step in 1..=5 {
        field.claim(ana, Claim { seq: step, to: at(75_000 + i64::from(step) * 100, 75_000) }, now);
    }
    let (crossings, told) = tick(&mut field);
    assert!(crossings.is_empty());
    let expected = CellState {
        cell: 11,
        tick: 1,
        moved: vec![1],
        moved_to: vec![25_500, 25_000],
        ..CellState::default()
    };
    assert_eq!(told.into_values().collect::<Vec<_>>(), [expected]);
    assert!(!field.has_news());
    assert!(tick(&mut field).1.is_empty(), "nothing is told twice");
}

#[test]
fn whoever_crosses_the_border_vanishes_from_one_cell_and_appears_in_the_other() {
    let mut field = field();
    let now = start();
    let ana = field.enter(looks(1), at(104_000, 75_000), now);
    tick(&mut field);
    assert_eq!(field.home(ana), Some(Cell(12)));
    field.claim(ana, Claim { seq: 1, to: at(94_999, 75_000) }, now);
    let (crossings, told) = tick(&mut field);
    assert_eq!(crossings, [Crossing { avatar: ana, from: Cell(12), to: Cell(11) }]);
    assert_eq!(told[&Cell(12)].vanished, [1]);
    assert_eq!(told[&Cell(11)].appeared[0].x_mm, 44_999);
    assert_eq!(told.len(), 2);
}

#[test]
fn whoever_comes_and_goes_between_two_ticks_was_never_there() {
    let mut field = field();
    let ana = field.enter(looks(1), at(75_000, 75_000), start());
    field.leave(ana);
    field.leave(ana);
    assert!(tick(&mut field).1.is_empty());
    assert!(field.is_empty() && field.at(ana).is_none());
}

#[test]
fn a_move_that_is_too_fast_or_off_the_map_or_through_a_wall_does_not_happen() {
    let draft = Draft {
        number: 1,
        width_mm: 100_000,
        height_mm: 100_000,
        view_mm: 40_000,
        speed_mm_s: 6_000,
        respawn_ms: 5_000,
        walls: vec![Wall { west_mm: 10_000, south_mm: 0, east_mm: 10_500, north_mm: 90_000 }],
        spawns: vec![at(5_000, 5_000)],
        monsters: Vec::new(),
        shops: Vec::new(),
    };
    let mut field = Field::new(Arc::new(Ground::new(draft).unwrap()));
    let now = start();
    let ana = field.enter(looks(1), at(5_000, 5_000), now);
    tick(&mut field);
    for (seq, to, refused) in [
        (1, at(5_000, 50_000), Refused::TooFast),
        (2, at(-1, 5_000), Refused::OffMap),
        (3, at(12_000, 5_000), Refused::IntoWall),
        (4, at(10_500, 5_000), Refused::IntoWall),
        (5, at(10_000, 5_000), Refused::IntoWall),
    ] {
        field.claim(ana, Claim { seq, to }, now);
        assert!(field.has_news());
        assert_eq!(field.next_refused(), Some((ana, seq, refused)));
        assert_eq!(field.at(ana), Some(at(5_000, 5_000)));
    }
    // Refusals cost nothing, and are told once a tick.
    field.claim(ana, Claim { seq: 6, to: at(-1, 5_000) }, now);
    field.claim(ana, Claim { seq: 7, to: at(12_000, 5_000) }, now);
    field.claim(ana, Claim { seq: 8, to: at(9_999, 5_000) }, now);
    assert_eq!(field.next_refused(), Some((ana, 8, Refused::IntoWall)));
    assert_eq!(field.next_refused(), None);
    assert_eq!(field.at(ana), Some(at(9_999, 5_000)));
    field.claim(ana, Claim { seq: 8, to: at(9_000, 5_000) }, now);
    assert_eq!(field.at(ana), Some(at(9_999, 5_000)), "a claim that is not newer counts for nothing");
}

/// What a client that hears nine cells knows, by the rules of the protocol's document.
#[derive(Default)]
struct Hearer {
    known: BTreeMap<u32, (u32, i32, i32)>,
}

impl Hearer {
    fn hear(&mut self, state: &CellState) {
        if state.whole {
            self.known.retain(|_, (cell, ..)| *cell != state.cell);
        }
        for seen in &state.appeared {
            self.known.insert(seen.avatar, (state.cell, seen.x_mm, seen.y_mm));
        }
        for (avatar, to) in state.moved.iter().zip(state.moved_to.chunks(2)) {
            let before = self.known.insert(*avatar, (state.cell, to[0], to[1]));
            assert_eq!(before.map(|(cell, ..)| cell), Some(state.cell), "moved, and had not appeared there");
        }
        for avatar in &state.vanished {
            if self.known.get(avatar).is_some_and(|(cell, ..)| *cell == state.cell) {
                self.known.remove(avatar);
            }
        }
    }
}

/// A hundred walkers come, go and walk at random. One of them listens as a client does: after every tick it
/// knows exactly who is in its nine cells, and where.
#[test]
fn a_hearer_of_nine_cells_always_knows_exactly_who_is_in_them() {
    let mut field = field();
    let grid = *field.grid();
    let begin = start();
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut number = |max: u32| rng.next_u32() % max;
    let mut walkers: Vec<(AvatarKey, u32)> = Vec::new();
    let listener = field.enter(looks(1), at(250_000, 250_000), begin);
    walkers.push((listener, 0));
    let mut hearer = Hearer::default();
    let mut heard: BTreeSet<Cell> = grid.heard(grid.at(at(250_000, 250_000))).iter().copied().collect();
    let (mut crossed, mut seen_most) = (0, 0);
    for round in 0..3_000_u64 {
        let now = begin + Duration::from_millis(round * 200);
        if walkers.len() < 100 {
            let place = at(i64::from(number(500_001)), i64::from(number(500_001)));
            walkers.push((field.enter(looks(round + 2), place, now), 0));
        }
        if number(10) == 0 && 1 < walkers.len() {
            let (key, _) =
                walkers.swap_remove(1 + number(u32::try_from(walkers.len()).unwrap() - 1) as usize);
            field.leave(key);
        }
        for (key, seq) in &mut walkers {
            let from = field.at(*key).unwrap();
            let mut step = |mm: i64| (mm + i64::from(number(2_001)) - 900).rem_euclid(500_001);
            let mut to = at(step(from.x_mm), step(from.y_mm));
            if *key == listener {
                // To the east and back, through many cells.
                to = at(from.x_mm + if round / 300 % 2 == 0 { 700 } else { -700 }, from.y_mm);
            }
            *seq += 1;
            field.claim(*key, Claim { seq: *seq, to }, now);
        }
        while field.next_refused().is_some() {}
        let mut crossings = Vec::new();
        field.tick(&mut crossings);
        for crossing in crossings.iter().filter(|crossing| crossing.avatar == listener) {
            let new: BTreeSet<Cell> = grid.heard(crossing.to).iter().copied().collect();
            for cell in new.difference(&heard) {
                field.snapshot(*cell, 1, |packet| hearer.hear(&state(packet)));
            }
            heard = new;
            crossed += 1;
        }
        let mut told = Vec::new();
        while let Some(cell) = field.next_news() {
            field.tell(cell, 1, |packet| told.push(state(packet)));
        }
        // Cells tell in any order.
        if number(2) == 0 {
            told.reverse();
        }
        told.iter().filter(|state| heard.contains(&Cell(state.cell))).for_each(|state| hearer.hear(state));
        hearer.known.retain(|_, (cell, ..)| heard.contains(&Cell(*cell)));
        let expected: BTreeMap<u32, (u32, i32, i32)> = walkers
            .iter()
            .filter(|(key, _)| heard.contains(&field.home(*key).unwrap()))
            .map(|(key, _)| {
                let (home, place) = (field.home(*key).unwrap(), field.at(*key).unwrap());
                let corner = grid.corner(home);
                let offset = |mm: i64, corner: i64| i32::try_from(mm - corner).unwrap();
                let seen = (home.0, offset(place.x_mm, corner.x_mm), offset(place.y_mm, corner.y_mm));
                (field.number(*key).unwrap(), seen)
            })
            .collect();
        assert_eq!(hearer.known, expected, "round {round}");
        seen_most = seen_most.max(expected.len());
    }
    assert!(10 < crossed && 5 < seen_most, "{crossed} crossings, {seen_most} seen at most");
}

#[test]
fn whom_staff_moved_hears_so_whatever_it_had_on_its_way() {
    let mut field = field();
    let now = start();
    let ana = field.enter(looks(1), at(75_000, 75_000), now);
    tick(&mut field);
    field.put_elsewhere(ana, at(240_000, 200_000));
    for seq in 1..=3 {
        field.claim(ana, Claim { seq, to: at(75_100, 75_000) }, now);
    }
    tick(&mut field);
    assert_eq!(field.next_refused(), Some((ana, 3, Refused::Elsewhere)));
    assert_eq!((field.next_refused(), field.at(ana)), (None, Some(at(240_000, 200_000))));
    field.claim(ana, Claim { seq: 4, to: at(75_100, 75_000) }, now);
    assert_eq!(field.next_refused(), Some((ana, 4, Refused::TooFast)));
}
