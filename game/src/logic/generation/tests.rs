//! What is told, what is stored, and which tickets are good then.

use super::Generation;

/// Tickets of these logins that are good.
fn good(stored: Generation) -> Vec<u32> {
    (1..stored.0 + 4).step_by(2).filter(|told| stored.takes_ticket_of(*told)).collect()
}

#[test]
fn a_ticket_is_good_until_the_client_of_a_later_login_is_heard_and_of_two_later_ones_none() {
    let first = Generation(0).login();
    assert_eq!((first, first.heard(), good(first)), (Generation::FIRST, Generation::FIRST, vec![1]));
    let second = first.login();
    assert_eq!((second, good(second)), (Generation(3), vec![1, 3]));
    let heard = second.heard();
    assert_eq!((heard, heard.heard(), good(heard)), (Generation(4), Generation(4), vec![3]));
    let third = heard.login();
    assert_eq!((third, good(third)), (Generation(5), vec![3, 5]));
    let unheard_twice = third.login();
    assert_eq!((unheard_twice, good(unheard_twice)), (Generation(7), vec![5, 7]));
}

#[test]
fn a_cut_ends_all_tickets_and_seats_whether_the_last_client_was_heard_or_not() {
    for stored in [1, 3, 4, 7, 8].map(Generation) {
        let cut = stored.cut();
        let ended = (0..=stored.0).all(|told| !cut.takes_ticket_of(told) && !cut.is_of(told));
        assert!(ended, "{stored:?} {cut:?}");
        assert_eq!(
            good(cut.login()),
            [cut.login().0 - 2, cut.login().0],
            "none was given with the first of them"
        );
    }
}

#[test]
fn a_seat_is_of_the_last_login_alone() {
    for (stored, told) in [(1, 1), (3, 3), (4, 3), (5, 5), (6, 5)] {
        let seats: Vec<u32> = (1..9).step_by(2).filter(|told| Generation(stored).is_of(*told)).collect();
        assert_eq!(seats, [told], "{stored}");
    }
}

#[test]
fn numbers_of_an_earlier_build_that_grew_by_one_go_on() {
    let stored = Generation(6);
    assert!(stored.is_of(6) && stored.takes_ticket_of(6) && stored.login() == Generation(7));
    assert!(Generation(7).takes_ticket_of(6) && !Generation(8).takes_ticket_of(6));
    assert_eq!(good(Generation(7).heard()), [7]);
}
