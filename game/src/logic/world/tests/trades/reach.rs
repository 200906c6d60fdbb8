//! Who trades stands near: asked from further away it does not begin, and walking away ends it.

use super::*;

const IS_IN_REACH: (i64, i64) = (250_000, 230_000);
const IS_TOO_FAR: (i64, i64) = (250_000, 229_999);

fn traders_at(place: (i64, i64)) -> Play {
    let mut play = Play::new(config(100));
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", place);
    play
}

#[test]
fn one_asks_whom_one_stands_near() {
    for (place, answer) in [(IS_IN_REACH, "ok, asked"), (IS_TOO_FAR, "rejected too_far")] {
        let mut play = traders_at(place);
        let seen = seen(&mut play, "ana asks Bob to trade");
        assert_eq!(seen.last().unwrap(), &format!("ana 3: {answer}"), "{place:?}");
    }
}

#[test]
fn who_walks_away_ends_the_trade_at_any_step_and_nothing_has_changed() {
    for steps in 1..STEPS.len() {
        for (who, other) in [("ana", "bo"), ("bo", "ana")] {
            let mut play = traders(config(100));
            play.run(&STEPS[..steps].join("\n"));
            let before = stored(&play);
            let near = format!("{who} moves 1 to 250000 240000\npass 2000\n{who} moves 2 to 250000 230000");
            assert_eq!(seen(&mut play, &near), [""; 0], "{who} after {steps} steps");
            let far = seen(&mut play, &format!("{who} moves 3 to 250000 229999"));
            assert_eq!(far, ["ana trades no more: too_far", "bo trades no more: too_far"]);
            let late = seen(&mut play, &format!("{other} accepts\n{who} asks Ida to trade"));
            assert!(late[0].ends_with("rejected no_trade"), "{who} after {steps} steps: {late:?}");
            assert_eq!(stored(&play), before);
        }
    }
}

#[test]
fn a_step_that_does_not_happen_ends_no_trade() {
    let mut play = traders(config(100));
    play.run(&STEPS[..5].join("\n"));
    play.run("ana moves 1 to 250000 200000");
    assert!(seen(&mut play, "bo accepts").last().unwrap().ends_with(": ok"));
    balance(&play);
}
