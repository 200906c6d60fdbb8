//! World chat that is read later, people whom one does not want to hear, and people whom staff should look at.

use proto::{
    limits::{BLOCKED_MAX, REPORTS_KEPT_MAX},
    tables::{ChatBlockRow, ReportRow},
};

use super::{
    goods::{AT_SHOPS, enter, play},
    *,
};

/// Ida and Bob stand together; bo has Bea too.
fn two(cache_accounts_max: usize) -> Play {
    let mut play = play(cache_accounts_max);
    play.run("bo logs in\nbo makes Bea");
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    play
}

#[track_caller]
fn sees(play: &mut Play, script: &str, expected: &[&str]) {
    play.people.transcript.clear();
    play.run(script);
    play.people.transcript.retain(|line| !line.contains(" sees "));
    // Numbers of commands are not what this is about.
    let seen: Vec<String> = play.people.transcript.iter().map(|line| without_number(line)).collect();
    assert_eq!(seen, expected);
}

fn without_number(line: &str) -> String {
    match line.split_once(": ") {
        Some((head, rest)) => match head.split_once(' ') {
            Some((name, number)) if number.parse::<u32>().is_ok() => format!("{name}: {rest}"),
            _ => line.to_owned(),
        },
        None => line.to_owned(),
    }
}

#[test]
fn who_comes_in_later_reads_what_was_said_to_everyone_and_nothing_else() {
    let mut play = two(100);
    play.run("ana says hello \u{202e} all\nbo says hi http://x\nana mutters near\nana whispers Bob alone\ncy logs in");
    sees(&mut play, "cy reads chat", &["cy: ok, [ana: hello  all; bo: hi http: //x]"]);
    play.run("game dies\nana logs in");
    sees(&mut play, "ana reads chat", &["ana: ok, []"]);
}

#[test]
fn the_line_that_was_refused_is_in_no_history() {
    let mut play = two(100);
    play.run("staff mutes ana for 60000\nana says no");
    sees(&mut play, "bo reads chat", &["bo: ok, []"]);
}

#[test]
fn who_is_blocked_is_not_heard_alone_and_does_not_learn_it() {
    for cache_accounts_max in [1, 100] {
        let mut play = two(cache_accounts_max);
        sees(
            &mut play,
            "ana blocks BOB
             bo whispers Ida psst
             bo leaves the world
             bo enters with Bea
             bo whispers Ida it is me again
             ana whispers Bea go away",
            &[
                "ana: ok, [bo as \"Bob\"]",
                "bo: ok",
                "bo: ok",
                "bo: ok, Bea 1",
                "bo: ok",
                "bo hears Ida alone: go away",
                "ana: ok",
            ],
        );
        sees(
            &mut play,
            "ana unblocks :bo\nbo whispers Ida sorry",
            &["ana: ok, []", "ana hears Bea alone: sorry", "bo: ok"],
        );
    }
}

#[test]
fn letters_and_trades_of_who_is_blocked_are_refused_by_name() {
    let mut play = two(100);
    sees(
        &mut play,
        "ana blocks Bea\nbo writes Ida 5 saying hi\nbo asks Ida to trade\nana asks Bob to trade\nana writes Bob 0 saying no",
        &[
            "ana: ok, [bo as \"Bea\"]",
            "bo: rejected they_refuse",
            "bo: rejected they_refuse",
            "bo is asked to trade by Ida",
            "ana: ok, asked",
            "ana: ok, @1",
            "bo gets @1 from Ida",
        ],
    );
    assert_eq!(play.store.rows::<proto::tables::MailRow>().len(), 1);
}

#[test]
fn the_list_is_kept_by_account_has_an_end_and_outlives_the_process() {
    let mut play = two(100);
    sees(
        &mut play,
        "ana lists blocks
         ana blocks Bob
         ana blocks Bea
         ana blocks :bo
         ana blocks Ida
         ana blocks :ana
         ana blocks Nobody
         ana blocks :77
         ana unblocks Nobody
         game dies
         ana logs in
         ana lists blocks",
        &[
            "ana: ok, []",
            "ana: ok, [bo as \"Bob\"]",
            "ana: ok, [bo as \"Bob\"]",
            "ana: ok, [bo as \"Bob\"]",
            "ana: rejected own_account",
            "ana: rejected own_account",
            "ana: rejected no_such_character",
            "ana: rejected no_such_account",
            "ana: rejected no_such_character",
            "ana is in: gen 3, last 4, ok 1111",
            "ana: ok, [bo as \"Bob\"]",
        ],
    );
}

#[test]
fn one_more_than_a_hundred_is_too_many() {
    let mut play = two(100);
    for n in 0..BLOCKED_MAX {
        play.run(&format!("p{n} connects from 1.2.{n}.1\np{n} logs in\npass 1000\nana blocks :p{n}"));
    }
    let account = play.people.all["ana"].account;
    let rows = || play.store.rows::<ChatBlockRow>().into_iter().filter(|row| row.account == account).count();
    assert_eq!(rows(), BLOCKED_MAX);
    let last = |play: &mut Play, script: &str| {
        play.run(script);
        without_number(play.people.transcript.last().unwrap())
    };
    assert_eq!(last(&mut play, "ana blocks :bo"), "ana: rejected too_many_blocked");
    assert!(last(&mut play, "ana blocks :p0").starts_with("ana: ok"), "it is there already");
    assert!(last(&mut play, "pass 5000\nana unblocks :p0\nana blocks :bo").starts_with("ana: ok"));
}

#[test]
fn staff_gets_what_somebody_said_that_the_one_who_reports_could_hear() {
    let mut play = two(100);
    play.run("cy logs in\nbo says spam\nbo mutters rude\nbo whispers Ida ruder\ncy says not me\nana reports Bea \u{7}sells  gold");
    assert_eq!(without_number(play.people.transcript.last().unwrap()), "ana: ok");
    let (ana, bo) = (play.people.all["ana"].account, play.people.all["bo"].account);
    let at = play.now.wall_ms;
    let rows = play.store.rows::<ReportRow>();
    let evidence = format!("{at} world : spam\n{at} near Bob: rude\n{at} private Bob: ruder");
    let row = ReportRow {
        account: bo,
        by_account: ana,
        name: "Bea".to_owned(),
        reason: "sells gold".to_owned(),
        evidence,
        wall_ms: at,
    };
    assert_eq!(rows, [row]);
    play.run("cy reports :bo loud");
    let of_cy = play.store.rows::<ReportRow>().into_iter().find(|row| row.by_account != ana).unwrap();
    assert!(!of_cy.evidence.contains("ruder") && of_cy.evidence.contains("spam"), "{of_cy:?}");
}

#[test]
fn reports_have_bounds_and_names_for_them() {
    let mut play = two(100);
    let long = "x".repeat(257);
    sees(
        &mut play,
        &format!(
            "ana reports Bob {long}
             ana reports Bob \u{200b}
             ana reports Ida me
             ana reports Nobody why"
        ),
        &[
            "ana: rejected text_too_long",
            "ana: rejected text_empty",
            "ana: rejected own_account",
            "ana: rejected no_such_character",
        ],
    );
    for _ in 0..5 {
        sees(&mut play, "pass 1000\nana reports Bob again", &["ana: ok"]);
    }
    sees(&mut play, "ana reports Bob again", &["ana: later too_many_reports"]);
    sees(&mut play, "pass 3600000\nana reports Bob later", &["ana: ok"]);
    assert_eq!(play.store.rows::<ReportRow>().len(), 1, "the last word of each");
    for n in 0..REPORTS_KEPT_MAX + 3 {
        play.run(&format!("p{n} connects from 1.2.{n}.1\np{n} logs in\npass 10\np{n} reports Bob too"));
    }
    let rows = play.store.rows::<ReportRow>();
    assert_eq!(rows.len(), REPORTS_KEPT_MAX);
    let ana = play.people.all["ana"].account;
    assert!(rows.iter().any(|row| row.by_account == ana), "nobody washes out the oldest");
    assert!(play.people.transcript.last().unwrap().ends_with(": ok"), "{:?}", play.people.transcript.last());
    play.run("pass 604800000\nlast connects from 1.2.99.1\nlast logs in\npass 10\nlast reports Bob too");
    let rows = play.store.rows::<ReportRow>();
    let is_ana = rows.iter().any(|row| row.by_account == ana);
    assert_eq!((rows.len(), is_ana), (REPORTS_KEPT_MAX, false), "a week later it goes");
}

#[test]
fn the_same_line_again_and_again_is_refused_whichever_way_it_is_said() {
    let mut play = two(100);
    sees(
        &mut play,
        "ana mutters Buy gold
         ana whispers Bob buy GOLD!
         ana says b u y gold
         ana says buy gold
         ana whispers Bob sell",
        &[
            "ana: ok",
            "ana hears Ida near: Buy gold",
            "bo hears Ida near: Buy gold",
            "bo hears Ida alone: buy GOLD!",
            "ana: ok",
            "ana: ok",
            "ana hears ana: b u y gold",
            "bo hears ana: b u y gold",
            "ana: later chat_repeated",
            "bo hears Ida alone: sell",
            "ana: ok",
        ],
    );
}

#[test]
fn a_letter_that_has_to_come_again_is_not_said_yet() {
    let config = WorldConfig { preload: false, inflight_records_max: 1, ..WorldConfig::default() };
    let mut play = Play::new(config);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    play.run("hold syncs\nhold applies\nana pays bo 1");
    let later = ["ana: later store_busy"; 4];
    sees(&mut play, &"ana writes Bob 0 saying hi\n".repeat(4), &later);
    play.run("let syncs\nlet applies\nnote go");
    play.run("ana writes Bob 0 saying hi");
    assert_eq!(play.store.rows::<proto::tables::MailRow>().len(), 1, "{:?}", play.people.transcript);
}

#[test]
fn what_nobody_is_there_to_hear_is_not_said_and_that_is_told_first() {
    let mut play = two(100);
    play.run("bo leaves the world");
    sees(&mut play, &"ana whispers Bob hi\n".repeat(5), &["ana: rejected not_online"; 5]);
    play.run("bo enters with Bob");
    let heard = ["bo hears Ida alone: hi", "ana: ok"];
    sees(&mut play, &"ana whispers Bob hi\n".repeat(3), &heard.repeat(3));
    sees(&mut play, "ana whispers Bob hi\nbo leaves the world", &["ana: later chat_repeated", "bo: ok"]);
    sees(&mut play, "ana whispers Bob hi", &["ana: rejected not_online"]);
}

#[test]
fn a_forgotten_person_is_in_no_history_and_no_list_of_its_own_is_left() {
    let mut play = two(100);
    play.run("bo blocks Ida\nbo says bye\nana reports Bob rude\nana says still here\nstaff deletes bo");
    sees(&mut play, "ana reads chat", &["ana: ok, [ana: still here]"]);
    assert!(play.store.rows::<ChatBlockRow>().is_empty() && play.store.rows::<ReportRow>().is_empty());
}
