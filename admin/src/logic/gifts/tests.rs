//! What one may give alone, what waits for a second one, and what becomes of it.

use super::*;

const LIMITS: Limits = Limits { gold: 1_000, things: 10 };

fn gold(amount: i64) -> Gift {
    Gift::Gold { amount }
}

fn pending(by: &str, key: &str) -> Pending {
    let (by, key) = (by.to_owned(), key.to_owned());
    Pending { id: 0, by, at_ms: 0, account: 7, key, reason: "why".to_owned(), gift: gold(5_000) }
}

#[test]
fn one_alone_gives_so_much_a_day_however_it_is_cut_up() {
    let gifts = Gifts::default().alone("anna", ("a", &gold(600)), LIMITS, 5).expect("little");
    assert_eq!(gifts.alone("anna", ("b", &gold(401)), LIMITS, 6), None);
    let gifts = gifts.alone("anna", ("b", &gold(400)), LIMITS, 6).expect("just as much");
    assert!(gifts.alone("anna", ("a", &gold(600)), LIMITS, 7).is_some(), "the same again");
    assert_eq!(gifts.alone("anna", ("a", &gold(601)), LIMITS, 7), None, "another under its key");
    assert!(gifts.alone("ben", ("c", &gold(1_000)), LIMITS, 7).is_some(), "each for itself");
    let letter = Gift::Letter {
        character: 1,
        subject: String::new(),
        text: String::new(),
        gold: 1,
        things: vec![Things { kind: 1, quantity: 2 }],
    };
    assert_eq!(gifts.alone("anna", ("d", &letter), LIMITS, 7), None, "letters count");
    assert!(gifts.alone("anna", ("d", &letter), LIMITS, 5 + DAY_MS).is_some(), "the first is a day ago");
    assert!(gifts.refunded("anna", "a").alone("anna", ("d", &letter), LIMITS, 7).is_some());
    let things = Gift::Things { character: 1, things: Things { kind: 1, quantity: 11 } };
    assert_eq!(Gifts::default().alone("anna", ("e", &things), LIMITS, 7), None);
}

#[test]
fn what_waits_is_decided_once_by_somebody_else_and_not_for_ever() {
    let (gifts, id) = Gifts::default().ask(pending("anna", "a"), 10).expect("room");
    assert_eq!(gifts.ask(pending("anna", "a"), 11).map(|(_, id)| id), Ok(id), "asked again");
    assert_eq!(gifts.to_approve(id, "anna", 11), Err(GiftError::OwnGift));
    assert_eq!(gifts.to_approve(id + 1, "ben", 11), Err(GiftError::NoSuchGift));
    assert_eq!(gifts.to_approve(id, "ben", 11).map(|one| one.at_ms), Ok(10));
    assert_eq!(gifts.without(id).to_approve(id, "ben", 11), Err(GiftError::NoSuchGift));
    assert_eq!(gifts.to_approve(id, "ben", 10 + PENDING_MS), Err(GiftError::NoSuchGift));
    let (next, again) = gifts.without(id).ask(pending("anna", "b"), 12).expect("room");
    assert_ne!(again, id, "a number is of one gift");
    assert_eq!(next.pending(12).count(), 1);
}

#[test]
fn so_many_wait_and_no_more() {
    let mut gifts = Gifts::default();
    for n in 0..PENDING_MAX {
        gifts = gifts.ask(pending("anna", &n.to_string()), 1).expect("room").0;
    }
    assert_eq!(gifts.ask(pending("anna", "more"), 2), Err(GiftError::TooMany));
    assert!(gifts.ask(pending("anna", "more"), 1 + PENDING_MS).is_ok(), "the old are forgotten");
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
    assert!(Gifts::default().alone("anna", ("a", &mailing(500, 1)), LIMITS, 5).is_some());
    assert_eq!(Gifts::default().alone("anna", ("a", &mailing(501, 1)), LIMITS, 5), None);
    let text = serde_json::to_string(&mailing(5, 20)).expect("written");
    assert!(text.contains(r#""ids":["18446744073709551615"]"#), "{text}");
    assert_eq!(serde_json::from_str::<Gift>(&text).expect("read"), mailing(5, 20));
}
