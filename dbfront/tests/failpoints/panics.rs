//! A mistake of ours at any step of applying (F12): the process ends by name, and the next one applies each record
//! once.

use dbfront::failpoint::POINTS;
use tempfile::tempdir;

use crate::{
    child::Wish,
    ledger::{live, survives},
};

const RECORDS: u64 = 60;

#[test]
fn a_dbfront_that_panics_at_any_step_of_applying_ends_and_the_next_applies_each_record_once() {
    let points: Vec<_> = POINTS.iter().filter(|point| point.starts_with("apply.")).collect();
    assert!(!points.is_empty());
    for point in points {
        let folder = tempdir().expect("a folder");
        let wish = Wish::new(folder.path());
        let asking = wish.clone().with("FAILPOINTS", &format!("{point}=1*off->1*panic"));
        let (told, ended) = live(&asking, RECORDS, 2);
        println!("{point}: {ended:?}");
        assert!(!ended.was_killed() && !ended.status.success(), "{point}: {ended:?}");
        survives(&wish, &told, RECORDS, point);
    }
}
