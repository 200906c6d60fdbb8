//! Payments that are durable before their answer, beside one `BEGIN … COMMIT` each on SQLite.

use std::time::Duration;

use super::{Row, Setting, cores::Cores, rounds, say, stack::Stack};
use crate::{
    bare::sqlite::Payments,
    clock,
    error::Error,
    load::{
        depth::{self, DepthOptions},
        ding::{Ding, Play},
        pool::Pool,
    },
};

pub(super) fn run(setting: &mut Setting<'_>) -> Result<(), Error> {
    if !setting.wants(NAME) {
        return Ok(());
    }
    let ding = &setting.options.ding;
    let stack = Stack::start(ding)?;
    let folder = tempfile::tempdir().map_err(Error::io("making a folder for the reference"))?;
    let mut payments = Payments::create(&folder.path().join("bare.db"), ACCOUNTS)?;
    let mut subjects = Pool::open(stack.addr(), CLIENTS, Ding::new(Play::Pay))?;
    let options = DepthOptions { depth: DEPTH, warm: setting.pace.warm, window: setting.pace.pay_window };
    let mut cores = Cores::of(&stack.processes());
    let mut lag = Duration::ZERO;
    let measured = rounds::in_turns(
        setting.pace.pay_rounds,
        || {
            let counted = cores.during(|| Ok(depth::run(&mut subjects, options)?))?;
            // The applier is still busy: the reference waits for its turn, and the lag is a figure too.
            lag = lag.max(stack.settle(ding)?);
            Ok(counted.per_s())
        },
        || pay_bare(&mut payments, setting.pace.window),
    )?;
    setting.row(Row::ratio(NAME, "payments/s", measured, TARGET));
    say(&cores.line());
    setting.row(Row::plain("pay_applied_after", "s", lag.as_secs_f64(), None));
    stack.stop()
}

#[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2⁵²")]
pub(super) fn pay_bare(payments: &mut Payments, window: Duration) -> Result<f64, Error> {
    let start = clock::now();
    let paid = payments.pay_until(|| window <= start.elapsed())?;
    Ok(paid as f64 / start.elapsed().as_secs_f64())
}

const NAME: &str = "pay_64x40";
const CLIENTS: usize = 64;
const ACCOUNTS: i64 = 64;
const DEPTH: u32 = 40;
const TARGET: f64 = 6.0;
