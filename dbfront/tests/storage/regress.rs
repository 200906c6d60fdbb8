//! The database's disk loses power after somebody told it to flush weakly: it comes back older than it was, and the
//! journal makes up for it (F15, B6).

use std::{path::PathBuf, time::Duration};

use dbfront::look;
use tempfile::tempdir;

use crate::{
    child::{Served, Wish},
    image::{Image, Loss},
    ledger::{Payer, gold_after},
    mariadb::Mariadb,
    needs::{is_met, tier},
};

const DATABASE: &str = "ding_test";
/// Applied before the power goes, and durable when it is back.
const BEFORE: u64 = 120;
const ALL: u64 = 180;

/// One loss; by how many records the database went back, if this machine can do it.
fn goes_back() -> Option<u64> {
    if !is_met(Mariadb::missing(), true) {
        return None;
    }
    let image = Image::new(1_024)?;
    let template = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mariadb");
    let mut mariadb = Mariadb::start(&image.place().join("server"), &template, &[]).expect("it starts");
    let folder = tempdir().expect("a folder");
    let wish = Wish { url: mariadb.url(DATABASE), ..Wish::new(folder.path()) };
    assert!(look::init(&wish.config()).expect("founded"));
    let served = Served::start(&wish).unwrap_or_else(|ended| panic!("{ended:?}"));
    let mut payer = Payer::begin(&served.link, 7).expect("it greets");
    payer.play(20, 1).expect("a sound disk");
    // The files that it was made of were copied there, and nobody synced them.
    image.sync();
    // Refused at a start, and seen by nobody in between.
    mariadb.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 0").expect("set");
    payer.play(BEFORE, 1).expect("a sound disk");
    image.cut(Loss::Everything);
    mariadb.kill();
    payer.play(ALL, u64::MAX).expect("the database is not needed");
    assert_eq!(payer.told.applied, BEFORE);
    image.restore();
    mariadb.run().expect("it starts again");
    payer.listen_until(Duration::from_secs(60), |told| told.applied != BEFORE);
    let back_at = payer.told.applied;
    payer.until_applied(ALL).expect("the link stays");
    let ended = served.stop();
    assert!(ended.status.success(), "{ended:?}");
    let sql = |sql: &str| mariadb.sql(&format!("USE {DATABASE}; {sql}")).expect("runs");
    let [one, two] = gold_after(ALL);
    let ver = ALL - 1;
    let found = sql("SELECT account, gold, ver FROM wallet ORDER BY account");
    assert_eq!(found, format!("1\t{one}\t{ver}\n2\t{two}\t{ver}\n"));
    let found = sql("SELECT COUNT(*), MIN(lsn), MAX(lsn), SUM(lsn) FROM ledger");
    let (count, sum) = (ALL - 2, (3..=ALL).sum::<u64>());
    assert_eq!(found, format!("{count}\t3\t{ALL}\t{sum}\n"));
    Some(BEFORE.saturating_sub(back_at))
}

#[test]
fn a_database_that_lost_commits_with_its_power_is_filled_again_from_the_journal() {
    let runs = if tier().as_deref() == Some("full") { 10 } else { 2 };
    let mut lost = Vec::new();
    for _ in 0..runs {
        let Some(back) = goes_back() else { return };
        lost.push(back);
    }
    assert!(lost.iter().any(|&back| back > 0), "it never went back: {lost:?}");
    println!("records that the database had lost: {lost:?}");
}
