//! What one may give alone, what waits for a second one, and what becomes of it.

use super::*;
use crate::logic::staff::Member;

const LIMITS: Limits = Limits { gold: 1_000, things: 10 };

fn gold(amount: i64) -> Gift {
    Gift::Gold { amount }
}

fn pending(by: &str, key: &str) -> Pending {
    let (by, key) = (by.to_owned(), key.to_owned());
    Pending {
        id: 0,
        by,
        at_ms: 0,
        account: 7,
        key,
        reason: "why".to_owned(),
        gift: gold(5_000),
        tried_by: None,
    }
}

fn of(by: &str, key: &str, gift: &Gift) -> Pending {
    Pending { gift: gift.clone(), ..pending(by, key) }
}

/// With this given alone, or not.
fn alone(gifts: &Gifts, by: &str, (key, gift): (&str, &Gift), now_ms: u64) -> Option<Gifts> {
    gifts.alone(&of(by, key, gift), LIMITS, now_ms).map(|noted| noted.next)
}

fn staff() -> Roster {
    let names = [("anna", Role::Owner), ("ben", Role::Operator)];
    names.iter().fold(Roster::default(), |staff, (name, role)| {
        staff.with(name, Member::new(*role, String::new(), 1)).expect("room")
    })
}

#[test]
fn one_alone_gives_so_much_a_day_however_it_is_cut_up() {
    let gifts = alone(&Gifts::default(), "anna", ("a", &gold(600)), 5).expect("little");
    assert_eq!(alone(&gifts, "anna", ("b", &gold(401)), 6), None);
    let gifts = alone(&gifts, "anna", ("b", &gold(400)), 6).expect("just as much");
    assert!(alone(&gifts, "anna", ("a", &gold(600)), 7).is_some(), "the same again");
    assert_eq!(alone(&gifts, "anna", ("a", &gold(601)), 7), None, "another under its key");
    assert!(alone(&gifts, "ben", ("c", &gold(1_000)), 7).is_some(), "each for itself");
    let letter = Gift::Letter {
        character: 1,
        subject: String::new(),
        text: String::new(),
        gold: 1,
        things: vec![Things { kind: 1, quantity: 2 }],
    };
    assert_eq!(alone(&gifts, "anna", ("d", &letter), 7), None, "letters count");
    assert!(alone(&gifts, "anna", ("d", &letter), 5 + DAY_MS).is_some(), "the first is a day ago");
    let refunded = gifts.refunded(&of("anna", "a", &gold(600)));
    assert!(alone(&refunded, "anna", ("d", &letter), 7).is_some());
    let things = Gift::Things { character: 1, things: Things { kind: 1, quantity: 11 } };
    assert_eq!(alone(&Gifts::default(), "anna", ("e", &things), 7), None);
}

#[test]
fn a_key_that_was_used_buys_nothing_more_for_somebody_else_nor_in_another_way() {
    let gifts = alone(&Gifts::default(), "anna", ("k", &gold(1_000)), 5).expect("just as much");
    let other = Pending { account: 8, ..of("anna", "k", &gold(1_000)) };
    assert_eq!(gifts.alone(&other, LIMITS, 6), None, "to another player");
    let (subject, text) = ("hi".to_owned(), String::new());
    let letter = Gift::Letter { character: 1, subject, text, gold: 1_000, things: Vec::new() };
    assert_eq!(alone(&gifts, "anna", ("k", &letter), 6), None, "in a letter");
    let mailing = Gift::Mailing {
        subject: "hi".to_owned(),
        text: String::new(),
        gold: 1_000,
        things: Vec::new(),
        whom: Whom { ids: vec![7], ..Whom::default() },
        receivers: 1,
        letters_max: 1,
    };
    assert_eq!(alone(&gifts, "anna", ("k", &mailing), 6), None, "in a letter to many");
}

#[test]
fn what_was_given_or_may_have_been_is_not_taken_back_by_a_request_that_was_refused() {
    let one = of("anna", "k", &gold(1_000));
    let first = Gifts::default().alone(&one, LIMITS, 5).expect("just as much");
    let again = first.next.alone(&one, LIMITS, 6).expect("the same");
    assert!(first.is_new && !again.is_new, "only the first takes it back");
    // The one gives it while the other is refused, whichever is heard of first.
    let ends = [again.next.done(&one, 7).refunded(&one), again.next.refunded(&one).done(&one, 7)];
    for gifts in ends {
        assert_eq!(alone(&gifts, "anna", ("l", &gold(1)), 8), None);
    }
    let under_way = again.next.refunded(&one);
    assert_eq!(alone(&under_way, "anna", ("l", &gold(1)), 8), None, "the other one may give it yet");
    assert!(alone(&first.next.refunded(&one), "anna", ("l", &gold(1)), 8).is_some(), "it was not given");
}

#[test]
fn what_an_older_console_kept_counts_and_is_the_same_as_nothing() {
    let text = r#"{"last":3,"pending":[],"alone":{"anna":[{"at_ms":5,"key":"k","gold":600,"things":0}]}}"#;
    let gifts: Gifts = serde_json::from_str(text).expect("read");
    assert_eq!(alone(&gifts, "anna", ("k", &gold(600)), 6), None, "counted anew");
    let more =
        alone(&gifts, "anna", ("k", &gold(400)), 6).expect("room").refunded(&of("anna", "k", &gold(400)));
    assert_eq!(alone(&more, "anna", ("l", &gold(401)), 6), None, "what was there stays");
}

#[test]
fn what_waits_is_decided_once_by_somebody_else_and_not_for_ever() {
    let staff = staff();
    let (gifts, id) = Gifts::default().ask(pending("anna", "a"), 10).expect("room");
    assert_eq!(gifts.ask(pending("anna", "a"), 11).map(|(_, id)| id), Ok(id), "asked again");
    assert_eq!(gifts.to_approve(id, "anna", &staff, 11), Err(GiftError::OwnGift));
    assert_eq!(gifts.to_approve(id + 1, "ben", &staff, 11), Err(GiftError::NoSuchGift));
    assert_eq!(gifts.to_approve(id, "ben", &staff, 11).map(|one| one.at_ms), Ok(10));
    assert_eq!(gifts.without(id).to_approve(id, "ben", &staff, 11), Err(GiftError::NoSuchGift));
    assert_eq!(gifts.to_approve(id, "ben", &staff, 10 + PENDING_MS), Err(GiftError::NoSuchGift));
    let (next, again) = gifts.without(id).ask(pending("anna", "b"), 12).expect("room");
    assert_ne!(again, id, "a number is of one gift");
    assert_eq!(next.pending(12).count(), 1);
}

#[test]
fn what_somebody_asked_for_who_may_not_give_any_more_is_not_agreed_to() {
    let (gifts, id) = Gifts::default().ask(pending("ben", "a"), 10).expect("room");
    let changed = |change: fn(&mut Member)| staff().changed("ben", change).expect("an owner is left");
    for staff in
        [changed(|ben| ben.disabled = true), changed(|ben| ben.role = Role::Support), Roster::default()]
    {
        assert_eq!(gifts.to_approve(id, "anna", &staff, 11), Err(GiftError::AskerGone));
    }
    assert!(gifts.to_approve(id, "anna", &staff(), 11).is_ok());
}

#[test]
fn what_may_have_been_given_is_neither_declined_nor_forgotten_and_can_be_asked_for_again() {
    let (gifts, id) = Gifts::default().ask(pending("ben", "a"), 10).expect("room");
    assert_eq!(gifts.to_decline(id, 11).map(|one| one.id), Ok(id));
    let tried = gifts.tried(id, Some("anna"));
    assert_eq!(tried.to_decline(id, 11), Err(GiftError::Tried));
    let late = 10 + PENDING_MS;
    let (kept, _) = tried.ask(pending("ben", "b"), late).expect("room");
    assert_eq!(kept.to_decline(id, late), Err(GiftError::Tried), "whatever else is asked for");
    assert!(kept.to_approve(id, "anna", &Roster::default(), late).is_ok(), "two agreed when it was tried");
    let text = serde_json::to_string(&kept).expect("written");
    assert_eq!(serde_json::from_str::<Gifts>(&text).expect("read"), kept);
    let refused = kept.tried(id, None);
    assert_eq!(refused.to_decline(id, late), Err(GiftError::NoSuchGift), "then it is as old as it is");
    assert_eq!(refused.to_decline(id, 11).map(|one| one.id), Ok(id));
}

#[test]
fn a_key_under_which_something_waits_answers_for_that_alone() {
    let (gifts, id) = Gifts::default().ask(pending("anna", "k"), 10).expect("room");
    assert_eq!(gifts.waits(&pending("anna", "k"), 11), Ok(Some(id)));
    assert_eq!(gifts.waits(&pending("anna", "l"), 11), Ok(None));
    let other = Pending { account: 8, ..pending("anna", "k") };
    for one in [pending("ben", "k"), of("anna", "k", &gold(5_001)), other] {
        assert_eq!(gifts.waits(&one, 11), Err(GiftError::KeyUsed));
        assert_eq!(gifts.ask(one, 11), Err(GiftError::KeyUsed));
    }
}

#[test]
fn so_many_wait_and_no_more_and_not_all_of_one_member() {
    let mut gifts = Gifts::default();
    for n in 0..PENDING_MAX {
        let by = (n / PENDING_EACH_MAX).to_string();
        if n == PENDING_EACH_MAX {
            assert_eq!(gifts.ask(pending("0", "more"), 2), Err(GiftError::TooManyOwn));
        }
        gifts = gifts.ask(pending(&by, &n.to_string()), 1).expect("room").0;
    }
    assert_eq!(gifts.ask(pending("anna", "more"), 2), Err(GiftError::TooMany));
    assert!(gifts.ask(pending("anna", "more"), 1 + PENDING_MS).is_ok(), "the old are forgotten");
}

#[test]
fn what_game_would_refuse_does_not_wait() {
    let letter = |subject: &str, text: &str, gold, quantity| {
        let (subject, text) = (subject.to_owned(), text.to_owned());
        of(
            "anna",
            "k",
            &Gift::Letter { character: 1, subject, text, gold, things: vec![Things { kind: 1, quantity }] },
        )
    };
    let (subject, text) = ("s".repeat(MAIL_SUBJECT_BYTES_MAX), "t".repeat(MAIL_TEXT_BYTES_MAX));
    assert!(letter(&subject, &text, GOLD_MAX, ITEM_QUANTITY_MAX).is_sound());
    let mailing = |subject: &str, gold, kinds: usize, letters_max| {
        let (subject, text) = (subject.to_owned(), String::new());
        let things = vec![Things { kind: 1, quantity: 1 }; kinds];
        let (whom, receivers) = (Whom::default(), 1);
        of("anna", "k", &Gift::Mailing { subject, text, gold, things, whom, receivers, letters_max })
    };
    assert!(mailing(&subject, MAILING_GOLD_MAX, MAILING_THINGS_MAX, 2).is_sound());
    for one in [
        letter(&format!("{subject}s"), &text, 1, 1),
        letter(&subject, &format!("{text}t"), 1, 1),
        letter(&subject, &text, GOLD_MAX + 1, 1),
        letter(&subject, &text, -1, 1),
        letter(&subject, &text, 1, 0),
        letter(&subject, &text, 1, ITEM_QUANTITY_MAX + 1),
        mailing("", 1, 1, 1),
        mailing("hi", MAILING_GOLD_MAX + 1, 1, 1),
        mailing("hi", 1, MAILING_THINGS_MAX + 1, 1),
        mailing("hi", 1, 1, 0),
        of("anna", "k", &gold(0)),
        of("anna", "k", &gold(GOLD_MAX + 1)),
        of("anna", "", &gold(1)),
        of("anna", "a key", &gold(1)),
        of("anna", &"k".repeat(GRANT_KEY_BYTES_MAX + 1), &gold(1)),
    ] {
        assert!(!one.is_sound(), "{one:?}");
    }
}

#[test]
fn a_letter_to_many_is_worth_what_is_in_all_that_may_be_sent() {
    let mailing = |gold, receivers| Gift::Mailing {
        subject: "Hi".to_owned(),
        text: String::new(),
        gold,
        things: vec![Things { kind: 1, quantity: 2 }, Things { kind: 2, quantity: 1 }],
        whom: Whom { ids: vec![u64::MAX], ..Whom::default() },
        receivers,
        letters_max: letters_max(receivers),
    };
    assert_eq!([0, 1, 20, 21, 1_000_000].map(letters_max), [0, 2, 21, 23, 1_050_000]);
    assert_eq!(letters_max(u64::MAX), u64::MAX);
    assert_eq!(mailing(5, 20).worth(), (105, 63));
    assert_eq!(mailing(i64::MAX, u64::MAX).worth(), (u64::MAX, u64::MAX), "no wrapping round to little");
    assert!(alone(&Gifts::default(), "anna", ("a", &mailing(500, 1)), 5).is_some());
    assert_eq!(alone(&Gifts::default(), "anna", ("a", &mailing(501, 1)), 5), None);
    let text = serde_json::to_string(&mailing(5, 20)).expect("written");
    assert!(text.contains(r#""ids":["18446744073709551615"]"#), "{text}");
    assert_eq!(serde_json::from_str::<Gift>(&text).expect("read"), mailing(5, 20));
}
