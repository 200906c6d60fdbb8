//! Letters that arrive as written, otherwise, twice, never.

use proto::client::Item;

use super::*;

fn written() -> (Letters, Letter) {
    let mut letters = Letters::new(77);
    let things = vec![Thing { item: 5, kind: 40, quantity: 3 }, Thing { item: 7, kind: 1, quantity: 1 }];
    letters.write(2, 1, Written { from: 20, to: 3, gold: 9, things, whole: vec![7] });
    let item = |id, kind, quantity| Item { id, kind, quantity, ..Item::default() };
    let items = vec![item(7, 1, 1), item(90, 40, 3)];
    let subject = letters.subject(2, 1);
    (letters, Letter { id: 80, from: 20, subject, gold: 9, items, ..Letter::default() })
}

#[test]
fn a_letter_is_found_as_it_was_written_and_emptied_once() {
    let (mut letters, letter) = written();
    assert_eq!(letters.seen(3, &letter), Ok(()));
    letters.ended(2, 1, Sending::Sent);
    assert_eq!(letters.taken(&letter.subject), Ok(()));
    assert_eq!(letters.seen(3, &letter).expect_err("it is full again").code, "letter_differs");
    assert_eq!(letters.seen(3, &Letter { gold: 0, items: vec![], ..letter.clone() }), Ok(()));
    assert_eq!(letters.taken(&letter.subject).expect_err("once").code, "letter_taken_twice");
    assert_eq!(letters.judge(), []);
}

#[test]
fn a_letter_with_other_things_from_others_or_to_others_is_found() {
    let (mut letters, letter) = written();
    let wrong = [
        Letter { gold: 10, ..letter.clone() },
        Letter { from: 21, ..letter.clone() },
        Letter { items: vec![], ..letter.clone() },
        Letter { subject: letters.subject(2, 2), ..letter.clone() },
        Letter { subject: "news".to_owned(), ..letter.clone() },
        Letter { items: vec![Item { id: 8, ..letter.items[0] }, letter.items[1]], ..letter.clone() },
    ];
    for letter in wrong {
        assert!(letters.seen(3, &letter).is_err(), "{letter:?}");
    }
    assert!(letters.seen(4, &letter).is_err(), "it is for somebody else");
}

#[test]
fn a_letter_that_was_sent_and_is_not_there_is_missing_and_one_that_was_not_sent_and_is_there_too() {
    let (mut letters, _) = written();
    assert_eq!(letters.judge(), []);
    letters.ended(2, 1, Sending::Sent);
    assert_eq!(letters.judge().first().map(|(player, it)| (*player, it.code)), Some((2, "letter_missing")));
    let (mut letters, letter) = written();
    assert_eq!(letters.seen(3, &letter), Ok(()));
    letters.ended(2, 1, Sending::Void);
    assert_eq!(letters.judge().first().map(|(_, it)| it.code), Some("letter_unsent"));
    let (mut letters, letter) = written();
    letters.ended(2, 1, Sending::Void);
    assert_eq!(letters.seen(3, &letter).expect_err("it was not sent").code, "letter_from_nobody");
    assert_eq!(letters.judge(), []);
}

#[test]
fn a_letter_that_is_thrown_away_is_forgotten_whoever_heard_first() {
    for sent_first in [true, false] {
        let (mut letters, letter) = written();
        assert_eq!(letters.seen(3, &letter), Ok(()));
        if sent_first {
            letters.ended(2, 1, Sending::Sent);
        }
        letters.deleted(3, &letter.subject);
        letters.ended(2, 1, Sending::Sent);
        assert!(letters.entries.is_empty());
    }
}

#[test]
fn a_mailbox_can_be_full_only_when_enough_was_written_and_not_thrown_away() {
    let (mut letters, _) = written();
    for number in 2..=100 {
        assert!(!letters.may_be_full(3));
        letters.write(2, number, Written { from: 20, to: 3, gold: 0, things: vec![], whole: vec![] });
    }
    assert!(letters.may_be_full(3));
    letters.deleted(3, &letters.subject(2, 1));
    assert!(!letters.may_be_full(3));
    assert!(!letters.may_be_full(2));
}
