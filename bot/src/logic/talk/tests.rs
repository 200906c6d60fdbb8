//! Lines to one alone: heard once, by that one, as they were said.

use super::*;

fn town() -> Talk {
    let mut talk = Talk::default();
    for player in [1, 2, 3] {
        let person =
            Person { character: 100 + u64::from(player), name: format!("p{player}"), avatar: player };
        talk.enter(player, person);
    }
    talk
}

fn line(number: u32) -> Line {
    Line { run: 9, player: 1, number }
}

fn hear(talk: &mut Talk, hearer: u32, number: u32) -> Result<(), &'static str> {
    talk.heard(hearer, line(number), 101, &line(number).text()).map_err(|finding| finding.code)
}

#[test]
fn a_line_to_one_alone_is_heard_once_by_that_one() {
    let mut talk = town();
    talk.whisper(1, 1, 2);
    assert_eq!(hear(&mut talk, 3, 1), Err("private_astray"));
    assert_eq!(hear(&mut talk, 2, 1), Ok(()));
    assert_eq!(hear(&mut talk, 2, 1), Err("private_astray"));
    assert_eq!(talk.answered(1, 1, true), Ok(()));
    assert_eq!(hear(&mut talk, 2, 1), Err("private_astray"));
    assert_eq!((talk.judge().len(), talk.private_heard), (0, 1));
}

#[test]
fn what_was_said_and_not_heard_is_missing_unless_a_connection_died() {
    let mut talk = town();
    for number in [1, 2] {
        talk.whisper(1, number, 2);
    }
    talk.answered(1, 1, true).unwrap();
    talk.answered(1, 2, false).unwrap();
    assert_eq!(talk.judge().iter().map(|(_, finding)| finding.code).collect::<Vec<_>>(), ["private_missing"]);
    talk.lose(2);
    assert_eq!(talk.judge(), []);
}

#[test]
fn a_line_of_somebody_else_or_with_other_letters_is_garbled() {
    let talk = town();
    let text = line(1).text();
    assert!(talk.is_genuine(line(1), 101, &text).is_ok());
    assert!(talk.is_genuine(line(1), 102, &text).is_err());
    assert!(talk.is_genuine(line(1), 101, &format!("{text}!")).is_err());
}

#[test]
fn anybody_is_the_next_one_and_never_oneself() {
    let talk = town();
    let next = |wish, myself| talk.anybody(wish, myself).map(|(player, _)| player);
    assert_eq!([next(2, 1), next(2, 2), next(9, 1), next(3, 3)], [Some(2), Some(3), Some(2), Some(1)]);
}
