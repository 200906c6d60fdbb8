//! The way out, step by step.

use std::time::Duration;

use super::{super::clock, FLUSH_MAX, Farewell, Stopping, Verdict};
use crate::{error::Error, logic::figures::WorldFigures};

fn figures(made: u64, durable: u64, release_bytes: u64) -> WorldFigures {
    WorldFigures { inflight_records: made - durable, release_bytes, ..WorldFigures::default() }
}

#[test]
fn clients_are_closed_only_when_all_is_durable_and_all_answers_left() {
    let now = clock::instant();
    let mut stopping = Stopping::new(Farewell::CloseClients, now);
    assert!(matches!(stopping.after_turn(now, &figures(5, 3, 100), 0), Verdict::GoOn));
    assert!(matches!(stopping.after_turn(now, &figures(5, 5, 100), 0), Verdict::GoOn));
    assert!(matches!(stopping.after_turn(now, &figures(5, 5, 0), 900), Verdict::CloseClients));
    assert!(matches!(stopping.after_turn(now, &figures(5, 5, 0), 900), Verdict::GoOn));
    assert!(matches!(stopping.after_turn(now, &figures(5, 5, 0), 0), Verdict::Done(Ok(()))));
}

#[test]
fn a_gateway_that_does_not_read_cannot_hold_the_stop_up() {
    let now = clock::instant();
    let mut stopping = Stopping::new(Farewell::CloseClients, now);
    assert!(matches!(stopping.after_turn(now, &figures(0, 0, 0), 900), Verdict::CloseClients));
    let later = now + Duration::from_secs(3);
    assert!(matches!(stopping.after_turn(later, &figures(0, 0, 0), 900), Verdict::Done(Ok(()))));
}

#[test]
fn records_that_do_not_become_durable_in_time_are_an_error_with_a_name() {
    let now = clock::instant();
    let mut stopping = Stopping::new(Farewell::CloseClients, now);
    let late = stopping.next_deadline(now);
    assert_eq!(late, now + FLUSH_MAX);
    assert!(matches!(stopping.after_turn(late, &figures(5, 3, 100), 0), Verdict::CloseClients));
    match stopping.after_turn(late, &figures(5, 3, 100), 0) {
        Verdict::Done(Err(error)) => {
            assert_eq!(error.code(), "STOP_UNFINISHED");
            assert!(matches!(error, Error::StopUnfinished { records: 2, .. }));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_successor_gets_the_clients_unclosed_once_all_is_durable_and_all_answers_left() {
    let now = clock::instant();
    let mut stopping = Stopping::new(Farewell::HandOver, now);
    assert!(matches!(stopping.after_turn(now, &figures(5, 3, 100), 0), Verdict::GoOn));
    assert!(matches!(stopping.after_turn(now, &figures(5, 5, 0), 900), Verdict::GoOn));
    assert!(matches!(stopping.after_turn(now, &figures(5, 5, 0), 0), Verdict::Done(Ok(()))));
    let mut stopping = Stopping::new(Farewell::HandOver, now);
    assert!(matches!(stopping.after_turn(now, &figures(5, 5, 0), 0), Verdict::Done(Ok(()))));
}
