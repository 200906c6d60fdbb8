//! A scripted server: what was sent is timed, what nobody sent is refused by name.

use proto::{
    client::{Appeared, CellState, LoggedIn, MapFacts, Welcome},
    frame::put_frame,
    kinds::Lane,
};

use super::*;

/// Walkers past the map's door, and what they said since.
struct Town {
    walkers: Walkers,
    states: Vec<State>,
    out: Vec<u8>,
}

impl Town {
    fn of(count: u32) -> Self {
        let mut town =
            Self { walkers: Walkers::new(Plan::new(200)).unwrap(), states: Vec::new(), out: Vec::new() };
        for index in 0..count as usize {
            town.states.push(State::default());
            town.walkers.open(index, &mut town.states[index], &mut town.out);
            town.hears(index, |out| wire::put(out, kind(kinds::WELCOME), &Welcome::default())).unwrap();
            town.hears(index, |out| wire::put(out, kind(kinds::LOGGED_IN), &LoggedIn::default())).unwrap();
            let character = Character { id: 7, ..Character::default() };
            town.hears(index, |out| wire::put_answer_ok(out, 1, &wire::encode(&character))).unwrap();
            // A snapshot comes before the answer.
            town.hears(index, |out| wire::put(out, kind(kinds::CELL_STATE), &CellState::default())).unwrap();
            let map = MapFacts {
                columns: 6,
                cell_mm: CELL_MM.cast_unsigned(),
                avatar: u32::try_from(index).unwrap() + 1,
                x_mm: 75_000,
                y_mm: 25_000,
                ..MapFacts::default()
            };
            let entered = Entered { character: None, map: Some(map) };
            town.hears(index, |out| wire::put_answer_ok(out, 2, &wire::encode(&entered))).unwrap();
            assert!(town.walkers.is_ready(&town.states[index]));
        }
        town.out.clear();
        town
    }

    fn hears(&mut self, index: usize, fill: impl FnOnce(&mut Vec<u8>)) -> Result<Received, LoadError> {
        let (mut body, mut frame) = (Vec::new(), Vec::new());
        fill(&mut body);
        put_frame(&mut frame, Lane::LatestWins, false, &body);
        self.walkers.receive(index, &mut self.states[index], &frame, &mut self.out)
    }

    /// Walker `index` moves; what it says.
    fn moves(&mut self, index: usize) -> Move {
        self.out.clear();
        self.walkers.due(clock::now());
        self.walkers.request(index, &mut self.states[index], 1, &mut self.out);
        let packet = Packets::new(&self.out[4..]).next().unwrap().unwrap();
        wire::decode(packet.body, Budget::CLIENT).unwrap()
    }

    fn sees(&mut self, index: usize, avatar: u32, x_mm: i32, y_mm: i32) -> Result<Received, LoadError> {
        let (column, row) = (x_mm / CELL_MM, y_mm / CELL_MM);
        let state = CellState {
            cell: u32::try_from(column + row * 6).unwrap(),
            tick: 3,
            moved: vec![avatar],
            moved_to: vec![x_mm % CELL_MM, y_mm % CELL_MM],
            ..CellState::default()
        };
        self.hears(index, |out| wire::put(out, kind(kinds::CELL_STATE), &state))
    }
}

#[test]
fn a_move_is_timed_by_others_and_not_by_who_made_it() {
    let mut town = Town::of(2);
    let Move { seq, x_mm, y_mm } = town.moves(0);
    assert_eq!(seq, 1);
    town.sees(0, 1, x_mm, y_mm).unwrap();
    assert_eq!(town.walkers.seen().meant.len(), 0);
    let Move { x_mm, y_mm, .. } = town.moves(1);
    town.sees(1, 2, x_mm, y_mm).unwrap();
    assert_eq!(town.walkers.seen().meant.len(), 0, "the second one is no watcher");
    town.sees(0, 2, x_mm, y_mm).unwrap();
    let seen = town.walkers.seen();
    assert_eq!((seen.meant.len(), seen.left.len(), seen.moves, seen.ticks), (1, 1, 2, 1));
}

#[test]
fn a_move_that_nobody_made_is_known_as_such() {
    let mut town = Town::of(2);
    let Move { x_mm, y_mm, .. } = town.moves(1);
    town.sees(0, 2, x_mm, y_mm + 1).unwrap();
    assert_eq!(town.walkers.seen().unknown, 1);
    assert_eq!(town.sees(0, 9, x_mm, y_mm).unwrap_err().code(), "LOAD_WRONG_REPLY");
}

#[test]
fn a_refused_move_ends_the_run() {
    let mut town = Town::of(1);
    let refused = MoveRefused { seq: 1, reason: "move_too_fast".to_owned(), ..MoveRefused::default() };
    let error = town.hears(0, |out| wire::put(out, kind(kinds::MOVE_REFUSED), &refused)).unwrap_err();
    assert_eq!(error.code(), "LOAD_WRONG_REPLY");
}

#[test]
fn the_loneliest_counts_whoever_is_in_its_nine_cells() {
    let mut town = Town::of(3);
    assert_eq!(town.walkers.others(), Others { least: 2, mean: 2.0 });
    let appeared = vec![Appeared { avatar: 3, ..Appeared::default() }];
    let state = CellState { cell: 3, appeared, ..CellState::default() };
    town.hears(2, |out| wire::put(out, kind(kinds::CELL_STATE), &state)).unwrap();
    assert_eq!(town.walkers.others().least, 0);
}
