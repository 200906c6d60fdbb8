//! Chat of characters: those near hear it, or one alone.

use super::{
    goods::{AT_SHOPS, enter, play},
    *,
};

/// Ida and Bob stand together, Cat far away; Dot is deleted, and dee plays Eve.
fn four(cache_accounts_max: usize) -> Play {
    let mut play = play(cache_accounts_max);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    enter(&mut play, "cy", "Cat", (20_000, 20_000));
    enter(&mut play, "dee", "Eve", (20_000, 20_000));
    play.run("dee makes Dot\ndee deletes Dot\ndee makes Sue\npass 10000");
    play
}

#[track_caller]
fn sees(play: &mut Play, script: &str, expected: &[&str]) {
    play.people.transcript.clear();
    play.run(script);
    play.people.transcript.retain(|line| !line.contains(" sees "));
    assert_eq!(play.people.transcript, expected);
}

#[test]
fn who_is_near_hears_what_is_said_there_and_nobody_else() {
    for cache_accounts_max in [1, 100] {
        let mut play = four(cache_accounts_max);
        sees(
            &mut play,
            "ana mutters hello \u{202e} there\ncy mutters brr",
            &[
                "ana 3: ok",
                "ana hears Ida near: hello  there",
                "bo hears Ida near: hello  there",
                "cy 3: ok",
                "cy hears Cat near: brr",
                "dee hears Cat near: brr",
            ],
        );
    }
}

#[test]
fn one_character_hears_what_is_said_to_it_wherever_it_is() {
    for cache_accounts_max in [1, 100] {
        let mut play = four(cache_accounts_max);
        sees(
            &mut play,
            "ana whispers CAT psst\ncy whispers Ida yes\nana whispers Ida to myself",
            &[
                "cy hears Ida alone: psst",
                "ana 3: ok",
                "ana hears Cat alone: yes",
                "cy 3: ok",
                "ana hears Ida alone: to myself",
                "ana 4: ok",
            ],
        );
    }
}

#[test]
fn what_cannot_be_said_is_refused_by_name_and_nobody_hears_it() {
    let mut play = four(100);
    let long = "x".repeat(513);
    let long_near = format!("ana mutters {long}");
    let long_alone = format!("ana whispers Bob {long}");
    for (line, refusal) in [
        ("ana mutters", "text_empty"),
        (long_near.as_str(), "text_too_long"),
        ("ana whispers Bob", "text_empty"),
        (long_alone.as_str(), "text_too_long"),
        ("ana whispers Nobody hi", "no_such_character"),
        ("ana whispers 1!1 hi", "no_such_character"),
        ("ana whispers Dot hi", "no_such_character"),
        // Its player is there, with another one.
        ("ana whispers Sue hi", "not_online"),
        ("bo leaves the world", ""),
        ("ana whispers Bob hi", "not_online"),
        ("bo mutters hi", "not_in_world"),
        ("bo whispers Ida hi", "not_in_world"),
        // Stands there still, and hears nothing.
        ("cy drops", ""),
        ("ana whispers Cat hi", "not_online"),
        ("staff mutes ana for 60000", ""),
        ("ana mutters hi", "muted"),
        ("ana whispers Eve hi", "muted"),
    ] {
        play.run("pass 1000");
        play.people.transcript.clear();
        play.run(line);
        play.people.transcript.retain(|line| !line.contains(" sees "));
        let said = play.people.transcript.join("\n");
        if !refusal.is_empty() {
            assert!(said.ends_with(&format!(": rejected {refusal}")), "{line}: {said}");
        }
        assert!(!said.contains(" hears "), "{line}: {said}");
    }
}

#[test]
fn all_ways_to_speak_share_one_budget() {
    let mut play = four(100);
    for n in 0..play.config.chat_per_s {
        play.run(&format!("ana mutters {n}\nana whispers Bob {n}\nana says {n}"));
    }
    let count = 3 + 3 * play.config.chat_per_s;
    let later = |n: u32| format!("ana {}: later chat_too_fast", count + n);
    sees(&mut play, "ana mutters a\nana whispers Bob b\nana says c", &[&later(0), &later(1), &later(2)]);
}
