//! Lines said and heard.

use super::*;

#[test]
fn a_line_survives_its_text_and_other_texts_are_nobodys() {
    for (player, number) in [(0, 1), (7, 99), (u32::MAX, u32::MAX)] {
        let line = Line { run: 0xfeed, player, number };
        assert_eq!(Line::parse(&line.text()), Some(line));
        let text = line.text();
        assert!(line.is_text(&text));
        for wrong in [&text[1..], &text[..text.len() - 1], &format!("{text}!"), "", &text.to_uppercase()] {
            assert!(!line.is_text(wrong), "{wrong}");
        }
        assert!(line.text().len() <= proto::limits::CHAT_BYTES_MAX);
    }
    for text in ["", "hello", "ding-bot ", "ding-bot zz 1 1 x", "ding-bot 00 1"] {
        assert_eq!(Line::parse(text), None, "{text}");
    }
}

#[test]
fn lines_are_heard_once_and_in_order() {
    let mut ear = Ear::default();
    assert_eq!(ear.hear(3, 1), Hearing::Next);
    assert_eq!(ear.hear(3, 2), Hearing::Next);
    assert_eq!(ear.hear(3, 2), Hearing::Again);
    assert_eq!(ear.hear(3, 1), Hearing::Again);
    assert_eq!(ear.hear(3, 6), Hearing::Skipped(3..=5));
    assert_eq!(ear.hear(3, 7), Hearing::Next);
    assert_eq!(ear.hear(0, 1), Hearing::Next, "others have numbers of their own");
}

#[test]
fn what_was_said_before_one_listened_may_be_heard_or_not_and_what_came_after_must() {
    let mut ear = Ear::default();
    ear.listen([0, 4].into_iter());
    assert_eq!(ear.hear(1, 3), Hearing::Next, "late, but in order");
    assert_eq!(ear.hear(1, 6), Hearing::Skipped(5..=5));
    assert_eq!(ear.unheard(1, 6), None);
    assert_eq!(ear.unheard(1, 8), Some(7..=8));
    assert_eq!(ear.unheard(0, 0), None);
    assert_eq!(ear.unheard(0, 1), Some(1..=1));
}
