//! Matches as scripts, without a server. Whatever is done at a `Table` is done a second time by a room made from the
//! saved state, and compared.

use ding::table::Table;

use super::*;

const ANNA: u64 = 1;
const BERT: u64 = 2;

// docs: table
/// A match that has begun, with so many stones.
fn begun(stones: u32) -> Table<Nim> {
    let options = Options { stones, stake: 100 }.encode_to_vec();
    let mut table = Table::<Nim>::open(&options, 7).expect("good options");
    table.join(ANNA).expect("a free seat");
    table.join(BERT).expect("a free seat");
    table
}

/// The last board that somebody has seen.
fn board(table: &mut Table<Nim>, account: u64) -> Board {
    let heard = table.heard(account);
    let (_, body) = heard
        .iter()
        .rfind(|(kind, _)| *kind == BOARD)
        .expect("a board");
    Board::decode(&**body).expect("it is one")
}

fn take(table: &mut Table<Nim>, board: &Board, stones: u32) -> Result<(), Refusal> {
    let take = Take {
        stones,
        turn: board.turn,
    };
    table
        .say(board.mover, TAKE, &take.encode_to_vec())
        .map(drop)
}

#[test]
fn whoever_takes_the_last_stone_has_both_stakes() {
    let mut table = begun(5);
    let first = board(&mut table, ANNA);
    assert_eq!(
        (first.stones, table.gold(ANNA), table.gold(BERT)),
        (5, 900, 900)
    );
    take(&mut table, &first, 2).expect("a move");
    let second = board(&mut table, ANNA);
    assert_eq!((second.stones, second.turn), (3, 2));
    assert_ne!(first.mover, second.mover);
    take(&mut table, &second, 3).expect("a move");

    let outcome = table.outcome().expect("it is over").clone();
    assert_eq!(outcome.text, "the last stone");
    assert!(
        outcome.places.contains(&(AccountId(second.mover), 1)),
        "{outcome:?}"
    );
    assert_eq!(
        (table.gold(second.mover), table.gold(first.mover)),
        (1_100, 900)
    );
}
// docs: end

#[test]
fn a_move_is_refused_by_name_out_of_turn_too_late_and_beyond_the_rules() {
    let mut table = begun(5);
    let first = board(&mut table, ANNA);
    let other = if first.mover == ANNA { BERT } else { ANNA };
    let refused = |table: &mut Table<Nim>, who, turn, stones| {
        table
            .say(who, TAKE, &Take { stones, turn }.encode_to_vec())
            .expect_err("refused")
            .0
    };
    assert_eq!(refused(&mut table, other, first.turn, 1), "not_your_turn");
    assert_eq!(
        refused(&mut table, first.mover, first.turn - 1, 1),
        "not_your_turn"
    );
    assert_eq!(
        refused(&mut table, first.mover, first.turn, 0),
        "not_so_many"
    );
    assert_eq!(
        refused(&mut table, first.mover, first.turn, 4),
        "not_so_many"
    );
    table.spectate(9).expect("anybody may look on");
    assert_eq!(refused(&mut table, 9, first.turn, 1), "not_playing");
    assert_eq!(board(&mut table, 9).stones, 5);
    assert_eq!(table.join(10), Err(Refusal("room_full")));
}

// docs: time
#[test]
fn for_whoever_thinks_too_long_one_stone_is_taken() {
    let mut table = begun(5);
    let before = board(&mut table, ANNA);
    table.pass(TURN_TIME - Duration::from_millis(1));
    assert!(table.heard(ANNA).is_empty(), "there is time left");
    table.pass(Duration::from_millis(1));
    let after = board(&mut table, ANNA);
    assert_eq!((after.stones, after.turn), (4, before.turn + 1));
    table.pass(TURN_TIME * 4);
    assert_eq!(
        table.outcome().expect("all by itself").text,
        "the last stone"
    );
}
// docs: end

#[test]
fn whoever_leaves_loses_and_before_it_begins_has_the_stake_back() {
    let mut table = Table::<Nim>::open(&[], 7).expect("as usual");
    table.join(ANNA).expect("a free seat");
    assert_eq!(table.gold(ANNA), 990);
    table.leave(ANNA).expect("anna was there");
    assert_eq!(table.gold(ANNA), 1_000);

    table.join(ANNA).expect("a free seat");
    table.join(BERT).expect("a free seat");
    table.leave(ANNA).expect("anna was there");
    assert_eq!((table.gold(ANNA), table.gold(BERT)), (990, 1_010));
    assert_eq!(
        table.outcome().expect("it is over").text,
        "the other one left"
    );
}

#[test]
fn nobody_plays_without_the_gold_or_waits_for_ever() {
    let mut table = Table::<Nim>::open(&[], 7).expect("as usual");
    table.set_gold(ANNA, 9);
    assert_eq!(table.join(ANNA), Err(Refusal("not_enough_gold")));
    table.join(BERT).expect("a free seat");
    table.pass(ALONE_TIME);
    assert_eq!(table.outcome().expect("it is over").text, "nobody came");
    assert_eq!((table.gold(ANNA), table.gold(BERT)), (9, 1_000));
    for wrong in [
        Options {
            stones: 4,
            stake: 0,
        },
        Options {
            stones: 0,
            stake: -1,
        },
    ] {
        assert_eq!(
            Table::<Nim>::open(&wrong.encode_to_vec(), 7).err(),
            Some(Refusal("bad_options"))
        );
    }
}

// docs: ask
#[test]
fn a_draw_is_asked_for_and_ends_it_only_when_the_other_agrees() {
    let mut table = begun(21);
    table.say(ANNA, DRAW, &[]).expect("an offer");
    assert_eq!(table.say(ANNA, DRAW, &[]), Err(Refusal("already_offered")));
    let [(ask, asked, kind, _)] = table.asked()[..] else {
        panic!("one question")
    };
    assert_eq!((asked, kind), (BERT, DRAW_ASKED));
    table
        .answer(ask, Some(&Draw { agreed: false }.encode_to_vec()))
        .expect("it was asked");
    assert!(table.is_open());

    table.say(BERT, DRAW, &[]).expect("an offer");
    table.pass(DRAW_TIME);
    assert!(
        table.asked().is_empty() && table.is_open(),
        "no answer is no"
    );

    table.say(BERT, DRAW, &[]).expect("an offer");
    let before = board(&mut table, ANNA);
    take(&mut table, &before, 1).expect("it is their turn");
    assert!(table.asked().is_empty(), "and whoever plays on wants none");

    table.say(BERT, DRAW, &[]).expect("an offer");
    let ask = table.asked()[0].0;
    table
        .answer(ask, Some(&Draw { agreed: true }.encode_to_vec()))
        .expect("it was asked");
    assert_eq!(table.outcome().expect("it is over").text, "a draw");
    assert_eq!((table.gold(ANNA), table.gold(BERT)), (1_000, 1_000));
}
// docs: end

// docs: crash
#[test]
fn a_crash_between_any_two_moves_changes_nothing() {
    let mut table = begun(9);
    table.away(BERT).expect("bert was there");
    table.crash();
    table.back(BERT).expect("his seat has waited");
    let mut seen = board(&mut table, BERT);
    assert!(seen.away.is_empty() && seen.players == [ANNA, BERT]);
    while table.is_open() {
        take(&mut table, &seen, 1).expect("a move");
        if table.is_open() {
            table.crash();
            seen = board(&mut table, BERT);
        }
    }
    assert_eq!(table.gold_in_all(), 2_000);
}
// docs: end
