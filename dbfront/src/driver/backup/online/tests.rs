//! A backup ends with dbfront, whatever the threads do that it asked.

use std::{path::Path, thread};

use super::*;
use crate::{RawConfig, RawStore, logic::backlog::Backlog};

#[test]
fn a_copy_that_nobody_takes_on_ends_when_backups_do() {
    let config = RawConfig::default().check(RawStore::default(), Path::new("data")).expect("sound");
    let metrics = Arc::new(Metrics::default());
    let backlog = Arc::new(BacklogCell::new(Backlog::new(1, Lsn(0), Lsn(0))));
    metrics.backups.open(None);
    let backups = BackupThread { config, backlog: backlog.clone(), metrics: metrics.clone() };
    let asking = thread::spawn(move || backups.through_store(Path::new("nowhere")));
    metrics.backups.close();
    let copied = asking.join().expect("ends");
    assert!(matches!(copied, Some(Err(CopyError::Stopped))), "{copied:?}");
    assert!(backlog.take_order().is_some(), "it was asked and nobody took it");
}
