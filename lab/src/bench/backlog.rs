//! Memory through a backlog. The long one takes the better part of an hour, and is run only by name.

use super::{Row, Setting, say};
use crate::{
    backlog::{self, BacklogOptions},
    error::Error,
};

#[expect(clippy::cast_precision_loss, reason = "bytes and records are far below 2⁵²")]
pub(super) fn run(setting: &mut Setting<'_>) -> Result<(), Error> {
    let is_asked = setting.options.quick || setting.options.only.is_some();
    if !is_asked || !setting.wants(NAME) {
        return Ok(());
    }
    let (records, accounts, mib) = if setting.options.quick { QUICK } else { FULL };
    let options = BacklogOptions {
        ding: setting.options.ding.clone(),
        records,
        accounts,
        overlay_bytes: mib << 20,
        cache_bytes: mib << 18,
    };
    let report = backlog::run(&options, say)?;
    let (first, second) = report.peaks();
    setting.row(Row::at_most(NAME, "MiB", second as f64 / MIB, first as f64 / MIB * GROWTH_MAX));
    setting.row(Row::plain("backlog_restarted_peak", "MiB", report.restarted_peak_bytes as f64 / MIB, None));
    let taken_s = report.growing.last().map_or(0.0, |look| look.seconds);
    setting.row(Row::plain("backlog_taken", "records/s", records as f64 / taken_s, None));
    let drained_s = report.draining.last().map_or(0.0, |look| look.seconds);
    setting.row(Row::plain("backlog_drained", "records/s", records as f64 / drained_s, None));
    Ok(())
}

const NAME: &str = "backlog_peak";
/// Records, accounts, MiB for rows that wait.
const QUICK: (u64, u64, u64) = (500_000, 200_000, 16);
/// The same.
const FULL: (u64, u64, u64) = (20_000_000, 4_000_000, 256);
/// The last quarter of the records may take so much more than the one before.
const GROWTH_MAX: f64 = 1.125;
const MIB: f64 = 1_048_576.0;
