//! What stands in the packets of a cell.

use proto::{limits::CELL_STATE_BYTES_MAX, packet::Packets, prescan::Budget};

use super::*;

const CORNER: Place = Place { x_mm: 100_000, y_mm: 50_000 };

fn looks(name: &str) -> Looks {
    Looks { character: 1 << 62, name: name.to_owned(), level: 7, monster: 0 }
}

fn at(x_mm: i64, y_mm: i64) -> Place {
    Place { x_mm, y_mm }
}

fn write(whole: bool, fill: impl FnOnce(&mut Telling<'_, &mut dyn FnMut(&[u8])>)) -> Vec<CellState> {
    let mut seen = Vec::new();
    let mut emit = |packet: &[u8]| {
        for packet in Packets::new(packet) {
            let packet = packet.unwrap();
            assert_eq!(packet.kind, kinds::CELL_STATE);
            assert!(packet.body.len() <= CELL_STATE_BYTES_MAX, "{} bytes", packet.body.len());
            seen.push(wire::decode(packet.body, Budget::LINK).unwrap());
        }
    };
    let mut writer = CellWriter::default();
    let emit: &mut dyn FnMut(&[u8]) = &mut emit;
    let mut telling = writer.cell(Head { cell: Cell(3), tick: 9, whole }, CORNER, emit);
    fill(&mut telling);
    telling.end();
    seen
}

#[test]
fn all_news_of_a_cell_are_one_packet_with_places_from_its_corner() {
    let seen = write(false, |telling| {
        telling.appeared(&looks("ana"), Shape { avatar: 5, at: at(100_001, 49_000), life: 99 });
        telling.moved(6, at(149_999, 50_000));
        telling.vanished(7);
        telling.hurt(8, 50);
        telling.hurt(9, 0);
    });
    let appeared = Appeared {
        avatar: 5,
        character: 1 << 62,
        name: "ana".to_owned(),
        level: 7,
        x_mm: 1,
        y_mm: -1_000,
        monster: 0,
        life: 99,
    };
    let expected = CellState {
        cell: 3,
        tick: 9,
        whole: false,
        appeared: vec![appeared],
        moved: vec![6],
        moved_to: vec![49_999, 0],
        vanished: vec![7],
        hurt: vec![8, 9],
        hurt_to: vec![50, 0],
    };
    assert_eq!(seen, [expected]);
}

#[test]
fn no_news_are_no_packet_and_an_empty_cell_is_a_short_snapshot() {
    assert_eq!(write(false, |_| {}), []);
    let seen = write(true, |_| {});
    assert_eq!(seen, [CellState { cell: 3, tick: 9, whole: true, ..CellState::default() }]);
}

#[test]
fn a_crowd_takes_several_packets_of_which_only_the_first_begins_a_snapshot() {
    let name = "\u{10ffff}".repeat(16);
    let seen = write(true, |telling| {
        for number in 0..1_000 {
            let shape = Shape { avatar: u32::MAX - number, at: at(-200_000, 400_000), life: 100 };
            telling.appeared(&Looks { monster: u32::MAX, ..looks(&name) }, shape);
        }
    });
    assert_eq!(seen.len(), 1_000_usize.div_ceil(CELL_APPEARED_MAX));
    assert!(seen[0].whole && seen[1..].iter().all(|state| !state.whole));
    assert_eq!(seen.iter().map(|state| state.appeared.len()).sum::<usize>(), 1_000);
    let moves = write(false, |telling| (0..600).for_each(|number| telling.moved(number, CORNER)));
    assert_eq!(moves.iter().map(|state| state.moved.len()).collect::<Vec<_>>(), [256, 256, 88]);
    assert!(moves.iter().all(|state| state.moved_to.len() == 2 * state.moved.len()));
    let gone = write(false, |telling| (0..257).for_each(|number| telling.vanished(number)));
    assert_eq!(gone.iter().map(|state| state.vanished.len()).collect::<Vec<_>>(), [256, 1]);
    let hurt = write(false, |telling| (0..257).for_each(|number| telling.hurt(number, 1)));
    assert_eq!(hurt.iter().map(|state| state.hurt_to.len()).collect::<Vec<_>>(), [256, 1]);
}

#[test]
fn a_move_takes_at_most_ten_bytes_of_a_packet() {
    let mut bytes = 0;
    let mut writer = CellWriter::default();
    let head = Head { cell: Cell(3), tick: 100_000, whole: false };
    let mut telling = writer.cell(head, CORNER, |packet| bytes += packet.len());
    for number in 0..50 {
        telling.moved(100_000 + number, at(130_000 + i64::from(number), 99_000));
    }
    telling.end();
    assert!(bytes <= 50 * 10, "{bytes}");
}
