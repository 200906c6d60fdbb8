//! Every message in every state of a character: executed whole or refused whole.

use proto::kinds::{BUILT_IN, Class};

use super::*;

/// What a character can be to its account, and the script that brings it there.
const STATES: &[(&str, &str)] = &[
    ("none", ""),
    ("listed", "ana makes Ida"),
    ("in world", "ana makes Ida\nana enters with Ida"),
    ("left standing", "ana makes Ida\nana enters with Ida\nana drops\nana logs in"),
    ("deleted", "ana makes Ida\nana deletes Ida"),
    ("gone", "ana makes Ida\nana deletes Ida\npass 604800000"),
];

/// Each line of a player, and what it comes to in each state.
const LINES: &[(&str, [&str; 6])] = &[
    ("lists characters", ["ok, []", "ok, [Ida 1]", IN_WORLD, IN_WORLD, "ok, [Ida 1 deleted]", "ok, []"]),
    ("makes Una", ["ok, Una 1"; 6]),
    ("makes ida", ["ok, ida 1", TAKEN, TAKEN, TAKEN, TAKEN, "ok, ida 1"]),
    ("deletes Ida", [NONE, "ok, Ida 1 deleted", HERE, HERE, DELETED, NONE]),
    ("restores Ida", [NONE, ALIVE, ALIVE, ALIVE, "ok, Ida 1", NONE]),
    ("enters with Ida", [NONE, "ok, Ida 1", "rejected already_in_world", "ok, Ida 1", DELETED, NONE]),
    ("leaves the world", [OUT, OUT, "ok", "ok", OUT, OUT]),
];

const IN_WORLD: &str = "ok, [Ida 1]; Ida is in the world";
const HERE: &str = "rejected character_in_world";
const TAKEN: &str = "rejected name_taken";
const NONE: &str = "rejected no_such_character";
const ALIVE: &str = "rejected character_not_deleted";
const DELETED: &str = "rejected character_deleted";
const OUT: &str = "rejected not_in_world";

fn play_in(state: &str, cache_accounts_max: usize) -> Play {
    let mut play = with_cache_of(cache_accounts_max);
    // Where there is no character, it is asked for by a number that nobody has.
    play.people.characters.insert("Ida".to_owned(), 12_345);
    play.run("ana logs in\nbo logs in\nbo makes Bob\nbo drops");
    play.run(state);
    play.run("pass 100\npass 100");
    play
}

fn rows(play: &Play) -> (Vec<CharacterRow>, Vec<CharacterNameRow>) {
    (play.store.rows(), play.store.rows())
}

#[test]
fn each_line_in_each_state_comes_to_what_the_table_says() {
    for (index, (state, script)) in STATES.iter().enumerate() {
        for (line, outcomes) in LINES {
            for cache_accounts_max in [1, 100] {
                let mut play = play_in(script, cache_accounts_max);
                let before = rows(&play);
                play.run(&format!("ana {line}"));
                let (_, outcome) = answer(&play).split_once(": ").unwrap();
                assert_eq!(outcome, outcomes[index], "{state}: {line}");
                if outcome.starts_with("rejected") {
                    assert_eq!(rows(&play), before, "{state}: {line} was refused");
                }
                stored(&play);
            }
        }
    }
}

#[test]
fn after_each_two_lines_in_each_state_names_and_characters_agree() {
    for (state, script) in STATES {
        for (first, _) in LINES {
            for (second, _) in LINES {
                let mut play = play_in(script, 1);
                play.run(&format!("ana {first}\nana {second}"));
                let kept = stored(&play);
                play.run("game dies\nana logs in\nana lists characters");
                let seen = answer(&play);
                let of_ana = kept.iter().filter(|(name, _)| name != "Bob");
                assert!(of_ana.clone().all(|(name, _)| seen.contains(name) || seen.ends_with("[]")));
                assert!(kept.iter().any(|(name, _)| name == "Bob"), "{state}, {first}, {second}: {kept:?}");
            }
        }
    }
}

#[test]
fn whatever_else_a_client_commands_gets_one_answer_in_each_state_and_halves_nothing() {
    let commands = BUILT_IN.iter().filter(|def| def.class == Class::Command);
    for (state, script) in STATES {
        for def in commands.clone() {
            for body in [&[][..], b"\x01", b"\xff\xff", b"\x08\x01", b"\x0a\x00"] {
                if def.body_max < body.len() {
                    continue;
                }
                let mut play = play_in(script, 1);
                play.command("ana", def.kind, body);
                play.turn();
                let ana = &play.people.all["ana"];
                assert!(ana.answers.contains_key(&ana.cseq), "{state}: {} has no answer", def.name);
                stored(&play);
            }
        }
    }
}
