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
