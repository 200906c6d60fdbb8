//! Numbers given out and answered, in every order that a short run can have.

use super::*;

#[test]
fn numbers_continue_where_the_account_stopped() {
    let mut window = Window::after(41);
    assert_eq!((window.issue(), window.issue()), (Some(42), Some(43)));
    assert_eq!(window.unanswered().collect::<Vec<_>>(), [42, 43]);
}

#[test]
fn the_oldest_unanswered_command_holds_the_window_however_many_later_ones_were_answered() {
    let mut window = Window::after(0);
    for cseq in 1..=64 {
        assert_eq!(window.issue(), Some(cseq));
    }
    assert_eq!(window.issue(), None, "64 without an answer");
    for re in 2..=64 {
        assert_eq!(window.answer(re), Ok(()));
    }
    assert_eq!((window.issue(), window.unanswered_count()), (None, 1), "65 would push 1 out of the 64 bits");
    assert_eq!(window.answer(1), Ok(()));
    assert_eq!((window.issue(), window.unanswered_count()), (Some(65), 1));
}

#[test]
fn answers_in_any_order_are_taken_once() {
    // All orders of five answers by Lehmer code, each followed by every number once more.
    for code in 0..120 {
        let mut window = Window::after(7);
        let mut left: Vec<u64> = (0..5).filter_map(|_| window.issue()).collect();
        let (mut code, mut radix) = (code, 1);
        while !left.is_empty() {
            let re = left.remove(code % left.len());
            code /= radix;
            radix += 1;
            assert_eq!(window.answer(re), Ok(()));
            assert_eq!(window.answer(re), Err(Violation::AnswerDoubled { re }));
            assert_eq!(window.unanswered().collect::<Vec<_>>(), left);
        }
        assert_eq!(window.unanswered_count(), 0);
    }
}

#[test]
fn an_answer_to_a_command_of_another_session_or_of_none_is_out_of_range() {
    let mut window = Window::after(9);
    let _ = window.issue();
    for re in [0, 1, 9, 11, u64::MAX] {
        assert_eq!(window.answer(re), Err(Violation::AnswerOutOfRange { re, first: 10, next: 11 }));
    }
}
