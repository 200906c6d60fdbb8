//! What charts get of samples: which are kept, for how long, and what happened between them.

use super::*;
use crate::logic::sample::Figures;

fn sample(second: u64, pid: Option<u32>, bytes: i64) -> Sample {
    let figures = pid.map(|_| vec![("bytes_in".to_owned(), bytes)]).unwrap_or_default();
    let game = Process { name: "game", pid, figures: Figures(figures), ..Process::default() };
    Sample { at_ms: second * 1_000, processes: vec![game], ..Sample::default() }
}

#[test]
fn seconds_are_kept_for_a_quarter_of_an_hour_and_minutes_for_a_day() {
    let mut history = History::default();
    for second in 0..=24 * 60 * 60 {
        history.push(&mut sample(second, Some(7), i64::try_from(second).expect("small")));
    }
    let fine = history.columns(Span::Minutes, |_| true);
    assert_eq!((fine.step_ms, fine.at_ms.len()), (1_000, 900));
    let bytes = &fine.series["game.bytes_in"];
    assert_eq!((bytes.len(), bytes[0], bytes[899]), (900, Some(86_400 - 899), Some(86_400)));
    let day = history.columns(Span::Day, |_| true);
    let bytes = &day.series["game.bytes_in"];
    assert_eq!((day.step_ms, bytes.len(), bytes[0], bytes[1_439]), (60_000, 1_440, Some(119), Some(86_400)));
    assert!(history.columns(Span::Day, |name| name == "other").series.is_empty());
}

#[test]
fn a_restart_is_a_marker_and_what_is_unknown_is_a_hole() {
    let mut history = History::default();
    let story = [Some(7), Some(7), None, None, Some(8), Some(9)];
    for (second, pid) in (1_u64..).zip(story) {
        history.push(&mut sample(second, pid, 5));
    }
    let columns = history.columns(Span::Minutes, |_| true);
    assert_eq!(columns.series["game.bytes_in"], [Some(5), Some(5), None, None, Some(5), Some(5)]);
    let told: Vec<(u64, What)> = columns.markers.iter().map(|marker| (marker.at_ms, marker.what)).collect();
    assert_eq!(told, [(3_000, What::Gone), (5_000, What::Started), (6_000, What::Restarted)]);
}

#[test]
fn what_staff_changed_is_a_marker_of_the_next_sample_and_so_many_in_between_and_no_more() {
    let mut history = History::default();
    let marker =
        |at_ms| Marker { at_ms, process: "game", what: What::Setting, detail: "game.chat_per_s".to_owned() };
    history.push(&mut sample(1, Some(7), 5));
    (1_001..1_101).for_each(|at_ms| history.mark(marker(at_ms)));
    let mut next = sample(2, Some(7), 5);
    history.push(&mut next);
    assert_eq!((next.markers.len(), &next.markers[0]), (MARKERS_BETWEEN_MAX, &marker(1_001)));
    let mut after = sample(3, Some(7), 5);
    history.push(&mut after);
    assert_eq!(after.markers, [], "told once");
    assert_eq!(history.columns(Span::Minutes, |_| true).markers, next.markers);
}

#[test]
fn a_figure_that_comes_later_begins_with_holes_and_one_that_went_is_forgotten() {
    let mut history = History::default();
    history.push(&mut sample(1, None, 0));
    history.push(&mut sample(2, Some(7), 3));
    assert_eq!(history.columns(Span::Minutes, |_| true).series["game.bytes_in"], [None, Some(3)]);
    for second in 3..3 + 900 {
        history.push(&mut sample(second, None, 0));
    }
    assert!(history.columns(Span::Minutes, |_| true).series.is_empty());
}

#[test]
fn a_stall_of_seconds_is_in_the_day_and_a_rate_over_a_minute_is_its_mean() {
    let mut history = History::default();
    for second in 60..240_i64 {
        // The third minute's turns are long for twenty seconds, while nothing comes in and room gets short.
        let stalled = (200..220).contains(&second);
        let figures = [
            ("turn_p99_us", if stalled { 900_000 } else { 400 }),
            ("journal_free_bytes", if stalled { 5 } else { 50 }),
            ("bytes_in", if second < 200 { second * 10 } else { 2_000 + (second - 220).max(0) * 10 }),
        ];
        let figures = figures.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let rss_bytes = Some(if stalled { 7_000 } else { 1_000 });
        let game = Process {
            name: "game",
            pid: Some(7),
            rss_bytes,
            figures: Figures(figures),
            ..Process::default()
        };
        let at_ms = u64::try_from(second).expect("positive") * 1_000;
        history.push(&mut Sample { at_ms, processes: vec![game], ..Sample::default() });
    }
    let day = history.columns(Span::Day, |_| true);
    let of = |name: &str| day.series[&format!("game.{name}")].iter().flatten().copied().collect::<Vec<_>>();
    assert_eq!(of("turn_p99_us"), [400, 400, 900_000]);
    assert_eq!(of("rss_bytes"), [1_000, 1_000, 7_000]);
    assert_eq!(of("journal_free_bytes"), [50, 50, 5]);
    assert_eq!(day.at_ms, [119_000, 179_000, 239_000], "a minute apart");
    let bytes = of("bytes_in");
    assert_eq!((bytes[1] - bytes[0], bytes[2] - bytes[1]), (600, 400), "all that came in within the minute");
}

#[test]
fn an_alarm_that_grows_all_day_pushes_out_no_other_marker() {
    let mut history = History::default();
    for minute in 1..=24 * 60 {
        let mut one = sample(minute * 60, Some(if minute < 30 { 7 } else { 8 }), 0);
        one.processes[0].state = if minute < 40 { "ready" } else { "maintenance" }.to_owned();
        let alarms =
            [("links_cut", i64::from(50 <= minute)), ("panics", i64::try_from(minute).expect("small"))];
        one.processes[0].figures = Figures(alarms.map(|(name, value)| (name.to_owned(), value)).to_vec());
        history.push(&mut one);
    }
    let told = history.columns(Span::Day, |_| true).markers;
    assert_eq!(told.len(), MARKERS_MAX);
    let others = told.iter().filter(|marker| marker.detail != "panics");
    let others: Vec<_> =
        others.map(|marker| (marker.at_ms / 60_000, marker.what, marker.detail.as_str())).collect();
    let seldom =
        [(30, What::Restarted, ""), (40, What::State, "maintenance"), (50, What::Counted, "links_cut")];
    assert_eq!(others, seldom);
    assert_eq!(
        told.last().map(|marker| marker.at_ms),
        Some(24 * 60 * 60_000),
        "the newest ones of what is said often"
    );
    // What is older than a chart makes room first.
    for minute in 24 * 60 + 1..=49 * 60 {
        let mut one = sample(minute * 60, Some(8), 0);
        one.processes[0].figures =
            Figures(vec![("panics".to_owned(), i64::try_from(minute).expect("small"))]);
        history.push(&mut one);
    }
    assert!(history.markers.iter().all(|marker| marker.detail == "panics" || marker.what == What::State));
}

#[test]
fn what_is_remembered_is_bounded_whatever_is_said() {
    let mut history = History::default();
    for second in 1..=600 {
        let figures = (0..10).map(|n| (format!("figure{}", second * 10 + n), 1)).collect();
        let mut one = sample(second, Some(u32::try_from(second).expect("small")), 0);
        one.processes[0].figures = Figures(figures);
        history.push(&mut one);
    }
    let columns = history.columns(Span::Minutes, |_| true);
    assert!(columns.series.len() <= SERIES_MAX && columns.markers.len() <= MARKERS_MAX);
    assert!(columns.series.values().all(|values| values.len() == columns.at_ms.len()));
}

#[test]
fn a_clock_that_is_set_back_draws_no_loop() {
    let mut history = History::default();
    for second in [10, 11, 5, 11, 12] {
        history.push(&mut sample(second, Some(7), 0));
    }
    assert_eq!(history.columns(Span::Minutes, |_| true).at_ms, [10_000, 11_000, 12_000]);
}
