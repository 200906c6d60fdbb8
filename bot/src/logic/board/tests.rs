//! Payments told from both ends, and lines that somebody did not hear.

use super::*;

fn board() -> Board {
    let mut board = Board::new(3);
    for (player, account) in [(0, 10), (1, 11), (2, 12)] {
        board.enter(player, account);
    }
    board
}

fn codes(board: &mut Board) -> Vec<(u32, &'static str)> {
    board.judge().into_iter().map(|(player, finding)| (player, finding.code)).collect()
}

const TRANSFER: Transfer = Transfer { from: 10, to: 11, amount: 5 };

#[test]
fn both_ends_in_either_order_make_a_payment() {
    for order in [[End::Payer, End::Payee], [End::Payee, End::Payer]] {
        let mut board = board();
        for end in order {
            assert!(board.told(7, TRANSFER, end).is_ok());
        }
        assert_eq!(codes(&mut board), []);
    }
}

#[test]
fn ends_that_differ_and_numbers_that_two_payments_share_are_found() {
    let mut board = board();
    assert!(board.told(7, TRANSFER, End::Payer).is_ok());
    let other = Transfer { amount: 6, ..TRANSFER };
    assert_eq!(board.told(7, other, End::Payee).map_err(|finding| finding.code), Err("paid_differs"));
    assert!(board.told(8, TRANSFER, End::Payer).is_ok());
    assert_eq!(board.told(8, TRANSFER, End::Payer).map_err(|finding| finding.code), Err("lsn_shared"));
}

#[test]
fn a_payment_of_which_one_end_never_heard_is_missing_unless_its_connection_died() {
    let mut board = board();
    assert!(board.told(7, TRANSFER, End::Payer).is_ok());
    assert!(board.told(8, Transfer { from: 11, to: 12, amount: 1 }, End::Payee).is_ok());
    assert_eq!(codes(&mut board), [(0, "paid_missing"), (2, "paid_from_nobody")]);
    assert!(board.told(9, TRANSFER, End::Payer).is_ok());
    board.gap(1);
    assert_eq!(codes(&mut board), []);
}

#[test]
fn gold_of_unknown_fate_makes_the_sum_untold() {
    let mut board = board();
    board.moved(11, 5);
    board.moved(11, 2);
    board.moved(99, 1);
    assert_eq!(board.received(1), Some(7));
    board.taint(11);
    assert_eq!((board.received(1), board.received(2)), (None, Some(0)));
    assert!(board.plays(12) && !board.plays(99));
}

#[test]
fn lines_that_were_refused_may_stay_unheard_and_others_may_not() {
    let mut board = board();
    assert_eq!((board.next_line(1), board.next_line(1), board.next_line(1)), (1, 2, 3));
    board.void(1, 2);
    board.skipped(0, 1, 2..=2);
    assert_eq!(codes(&mut board), []);
    board.skipped(0, 1, 1..=2);
    assert_eq!(codes(&mut board), [(0, "chat_missing")]);
    board.said(1, 3);
    assert_eq!(board.lines().collect::<Vec<_>>(), [(0, 0), (3, 3), (0, 0)]);
}

#[test]
fn a_line_that_a_whole_crowd_skips_is_one_and_none_once_it_is_told_void() {
    const CROWD: u32 = 300;
    let mut board = Board::new(CROWD);
    let everyone = || (0..CROWD).flat_map(|listener| (0..CROWD).map(move |speaker| (listener, speaker)));
    // Each lost its session with a line on its way: others hear the next one before its fate is told, or after.
    for (listener, speaker) in everyone() {
        board.skipped(listener, speaker, 1..=1);
    }
    for speaker in 0..CROWD {
        board.void(speaker, 1);
        board.void(speaker, 2);
    }
    for (listener, speaker) in everyone() {
        board.skipped(listener, speaker, 2..=2);
    }
    assert_eq!(codes(&mut board), []);
    for listener in 3..6 {
        board.skipped(listener, 7, 2..=3);
    }
    let findings = board.judge();
    let [(listener, finding)] = findings.as_slice() else { panic!("one line, not {findings:?}") };
    assert_eq!(*listener, 3);
    assert_eq!(finding.detail, "line 3 of player 7 was not heard, nor by 2 more");
}

#[test]
fn more_lines_than_all_can_wait_for_are_not_kept_and_some_of_those_that_are_kept_are_missing() {
    let mut board = board();
    board.skipped(0, 1, 1..=u32::MAX);
    let codes = codes(&mut board);
    assert_eq!(codes.len(), 3 * UNANSWERED_MAX + 1);
    assert_eq!((codes[0], codes.last()), ((0, "chat_missing"), Some(&(0, "skips_full"))));
}

#[test]
fn a_payee_is_somebody_else_who_is_in() {
    let mut board = Board::new(3);
    assert_eq!(board.payee(0, 0), None);
    board.enter(0, 10);
    board.enter(2, 12);
    assert_eq!(board.payee(0, 0), Some((2, 12)));
    assert_eq!(board.payee(1, 0), Some((2, 12)));
    assert_eq!(board.payee(1, 2), Some((0, 10)));
    assert_eq!(board.payee(u32::MAX, 2), Some((0, 10)));
}

#[test]
fn void_lines_that_are_too_many_to_keep_are_said_not_to_be_checked() {
    let mut board = Board::new(1);
    for number in 0..=u32::try_from(VOID_MAX).expect("as many") {
        board.void(0, number);
    }
    let found: Vec<_> = board.judge().into_iter().map(|(who, finding)| (who, finding.code)).collect();
    assert_eq!(found, [(0, "voids_full")]);
    // What was kept is still known: nobody misses it.
    board.skipped(0, 0, 1..=1);
    assert!(!board.judge().iter().any(|(_, finding)| finding.code == "chat_missing"));
}
