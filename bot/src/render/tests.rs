//! Reports as they are printed, whole.

use std::collections::BTreeMap;

use super::*;
use crate::report::{Fates, Gold, MarketFigures, TrafficFigures, Wrong};

fn report() -> Report {
    let row = |name: &str, ok, p50_us, max_us| CommandFigures {
        name: name.to_owned(),
        sent: ok,
        ok,
        ok_per_s: 300.0,
        p50_us,
        p90_us: 2_345,
        p99_us: 12_345,
        p999_us: 234_567,
        max_us,
        ..CommandFigures::default()
    };
    Report {
        scenario: "mixed".to_owned(),
        transports: vec!["tcp".to_owned(), "wss".to_owned()],
        players: 300,
        players_done: 300,
        seed: 7,
        duration_s: 60.0,
        elapsed_s: 60.1,
        ok_total: 21_600,
        ok_per_s: 360.0,
        commands: vec![row("pay", 18_000, 812, 1_234_567), row("chat", 3_600, 0, 999)],
        chat_heard: 1_080_000,
        paid_heard: 18_000,
        gold: Gold { start: 300_000, end: 300_000, conserved: Some(true), ..Gold::default() },
        traffic: TrafficFigures {
            bytes_in: 64 << 20,
            bytes_out: 9_999,
            frames_in: 1_000,
            ..TrafficFigures::default()
        },
        ..Report::default()
    }
}

#[test]
fn a_good_run_is_a_table_and_a_sentence() {
    let expected = "\
300 players over tcp, wss · mixed · 60 s · seed 7

                 sent         ok      ok/s       p50       p90       p99     p99.9       max
pay            18,000     18,000       300    812 µs   2.34 ms   12.3 ms  234.5 ms    1.23 s
chat            3,600      3,600       300         –   2.34 ms   12.3 ms  234.5 ms    999 µs

heard     1,080,000 lines of chat, 18,000 payments
traffic   64 MiB in, 9,999 B out, 1,000 frames in (0 deflated)
gold      300,000 at first, 300,000 at last: conserved

21,600 OK, 360/s. Every reply was right; none missing, none doubled.
";
    assert_eq!(render(&report(), Style::default()), expected);
}

#[test]
fn games_tell_how_matches_ended_and_what_became_of_seats() {
    let mut games = GameFigures {
        seats: 1_200,
        ends: 1_198,
        results: BTreeMap::from([("0-1".to_owned(), 600), ("1-0".to_owned(), 598)]),
        acts: 40_321,
        refused: 7,
        ..GameFigures::default()
    };
    let told = |games: &GameFigures| {
        let text = render(&Report { games: Some(games.clone()), ..report() }, Style::default());
        let from = text.find("matches").expect("matches");
        let to = text.find("gold  ").expect("gold");
        text[from..to].to_owned()
    };
    let first = "\
matches   1,200 seats taken, 1,198 ends heard: 0-1 600, 1-0 598
played    40,321 moves done, 7 too late
";
    assert_eq!(told(&games), first);
    (games.seats_kept, games.ends_unheard) = (31, 2);
    games.closed = BTreeMap::from([("abandoned".to_owned(), 1)]);
    let rest = "seats     31 kept over a gap, 2 matches ended meanwhile\nclosed    abandoned 1\n";
    assert_eq!(told(&games), format!("{first}{rest}"));
}

#[test]
fn a_market_tells_of_trades_letters_and_shops() {
    let market = MarketFigures {
        trades_done: 3_290,
        trades_unheard: 64,
        trades_canceled: BTreeMap::from([("left".to_owned(), 2), ("refused".to_owned(), 512)]),
        mails_sent: 4_773,
        mails_taken: 3_759,
        mails_left: 587,
        shop_bought: 2_461,
        shop_sold: 1_195,
        probes_refused: 6_932,
        looks: 2_993,
        ..MarketFigures::default()
    };
    let gold =
        Gold { start: 2_000, end: 1_890, issued: 40, sunk: 120, in_letters: 30, conserved: Some(true) };
    let text = render(&Report { market: Some(market), gold, ..report() }, Style::default());
    let expected = "\
trades    3,290 done, 64 ends found out later; told canceled: left 2, refused 512
letters   4,773 sent, 3,759 emptied, 587 left
shops     2,461 times bought, 1,195 times sold
checked   2,993 looks at bag and wallet, 6,932 refusals by the right name
gold      2,000 at first, 40 from shops, 120 to shops; 1,890 at last, 30 in letters: conserved
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn what_went_wrong_is_named_with_who_noticed() {
    let mut report = Report {
        players_done: 299,
        reconnects: 12,
        fates: Fates { happened: 3, did_not: 4, unknown: 1 },
        errors: BTreeMap::from([("game_away".to_owned(), 12), ("gone".to_owned(), 1)]),
        rejections: BTreeMap::from([("not_enough_gold".to_owned(), 2)]),
        wrong_count: 1,
        wrong: vec![Wrong {
            code: "wallet_gold".to_owned(),
            player: 4,
            account: "17".to_owned(),
            detail: "had 5".to_owned(),
        }],
        gold: Gold { start: 10, end: 9, conserved: Some(false), ..Gold::default() },
        comebacks: ComebackFigures {
            sockets_lost: 12,
            resumes: 9,
            resumes_refused: BTreeMap::from([("gap".to_owned(), 3)]),
            resets: 1,
            packets_resent: 1_234,
            pause_p50_us: 250_000,
            pause_p99_us: 1_900_000,
            pause_max_us: 2_500_000,
            ..ComebackFigures::default()
        },
        ..report()
    };
    report.commands[0].retry_later = 5;
    report.commands[0].unsent = 1_000;
    let text = render(&report, Style::default());
    for line in [
        "   5 to retry, 1,000 unsent\n",
        "survived  12 reconnects; payments without an answer: 3 happened, 4 did not, 1 unknown\n",
        "sessions  12 sockets lost; 9 resumed, 1 reset, refused: gap 3; 1,234 packets sent again\n",
        "paused    p50 250.0 ms, p99 1.90 s, max 2.50 s until they played again\n",
        "rejected  not_enough_gold 2\n",
        "errors    game_away 12, gone 1\n",
        "gold      10 at first, 9 at last: NOT CONSERVED\n",
        "21,600 OK, 360/s. 1 wrong, 299 of 300 players were checked to the end.\n",
        "  wallet_gold · player 4 (account 17): had 5\n",
    ] {
        assert!(text.contains(line), "{line:?} in\n{text}");
    }
    assert!(!report.is_good());
    assert!(render(&report, Style { color: true }).contains("\x1b[31m21,600 OK"));
}

#[test]
fn an_interrupted_run_says_so_and_is_not_good() {
    let report = Report { interrupted: true, elapsed_s: 12.34, ..report() };
    assert!(!report.is_good());
    let text = render(&report, Style::default());
    assert!(text.contains("\nInterrupted after 12.3 s of play: "), "{text}");
}

#[test]
fn a_report_survives_json() {
    let text = serde_json::to_string(&report()).expect("a report has only strings for keys");
    assert_eq!(serde_json::from_str::<Report>(&text).expect("what was written is read"), report());
    for name in ["\"ok_total\":21600", "\"players_done\":300", "\"p999_us\":234567", "\"conserved\":true"] {
        assert!(text.contains(name), "{name} in {text}");
    }
}
