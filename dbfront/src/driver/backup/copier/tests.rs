//! A backup ends with dbfront, whatever the threads do that it asked.

use std::{path::Path, thread};

use super::*;
use crate::{RawConfig, RawStore, logic::backlog::Backlog};

fn copier() -> Copier {
    let config = RawConfig::default().check(RawStore::default(), Path::new("data")).expect("sound");
    let backlog = Arc::new(BacklogCell::new(Backlog::new(1, Lsn(0), Lsn(0))));
    let metrics = Arc::new(Metrics::default());
    metrics.backups.open(None);
    Copier { config, backlog, metrics, course: Arc::default() }
}

#[test]
fn a_copy_that_nobody_takes_on_ends_when_backups_do_and_when_it_is_given_up() {
    for ends in [
        |_: &Course, metrics: &Metrics| metrics.backups.close(),
        |course: &Course, _: &Metrics| assert!(course.give_up()),
    ] {
        let copier = copier();
        let (course, metrics, backlog) =
            (copier.course.clone(), copier.metrics.clone(), copier.backlog.clone());
        let asking = thread::spawn(move || copier.through_store(Path::new("nowhere")));
        ends(&course, &metrics);
        let copied = asking.join().expect("ends");
        assert!(matches!(copied, Some(Err(CopyError::Stopped))), "{copied:?}");
        assert!(backlog.take_order().is_some(), "it was asked and nobody took it");
    }
}
