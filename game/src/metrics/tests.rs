//! What status shows.

use super::{DriverFigures, Metrics, State};
use crate::logic::figures::WorldFigures;

#[test]
fn figures_show_what_was_published_under_stable_names() {
    let metrics = Metrics::default();
    metrics.set_epoch(7);
    let world = WorldFigures { sessions: 3, lsn_made: u64::MAX, ..WorldFigures::default() };
    metrics.publish(&world, &DriverFigures { turns: 9, ..DriverFigures::default() });
    let figures = metrics.figures();
    let value = |name: &str| figures.iter().find(|figure| figure.name == name).map(|figure| figure.value);
    assert_eq!(value("epoch"), Some(7));
    assert_eq!(value("sessions"), Some(3));
    assert_eq!(value("lsn_made"), Some(i64::MAX));
    assert_eq!(value("turns"), Some(9));
    let names: std::collections::BTreeSet<_> = figures.iter().map(|figure| &figure.name).collect();
    assert_eq!(names.len(), figures.len());
}

#[test]
fn only_the_ready_state_is_ready() {
    let metrics = Metrics::default();
    for state in State::ALL {
        metrics.set_state(state);
        assert_eq!(metrics.state(), state.name());
        assert_eq!(metrics.is_ready(), state == State::Ready);
    }
}
