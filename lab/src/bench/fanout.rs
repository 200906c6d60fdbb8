//! Bursts to a thousand members of a room beside a bare fan-out.

use super::{
    Row, Setting,
    cores::Cores,
    echo::{STOP_MAX, start_bare},
    rounds, say,
    stack::Stack,
};
use crate::{
    error::Error,
    load::{
        bare::{Bare, Expect},
        ding::{Ding, Play},
        fan::{self, FanOptions},
        pool::Pool,
    },
};

pub(super) fn run(setting: &mut Setting<'_>) -> Result<(), Error> {
    if !setting.wants(NAME) {
        return Ok(());
    }
    let stack = Stack::start(&setting.options.ding)?;
    let (reference, addr) = start_bare(&setting.options.ding, &["fanout"])?;
    let mut subjects = Pool::open(stack.addr(), MEMBERS, Ding::new(Play::Fan))?;
    let mut references = Pool::open(addr, MEMBERS, Bare::new(Expect::Fan))?;
    let options = |answered| FanOptions {
        burst: BURST,
        answered,
        warm: setting.pace.warm,
        window: setting.pace.window,
    };
    let (ours, bare) = (options(true), options(false));
    let mut our_cores = Cores::of(&stack.processes());
    let mut bare_cores = Cores::of(&[("bare fan-out", reference.pid())]);
    let measured = rounds::in_turns(
        setting.pace.rounds,
        || our_cores.during(|| Ok(fan::run(&mut subjects, ours)?.per_s())),
        || bare_cores.during(|| Ok(fan::run(&mut references, bare)?.per_s())),
    )?;
    setting.row(Row::ratio(NAME, "deliveries/s", measured, TARGET));
    say(&our_cores.line());
    say(&bare_cores.line());
    reference.stop_by_lifeline(STOP_MAX)?;
    stack.stop()
}

const NAME: &str = "fanout_64b_1000";
const MEMBERS: usize = 1_000;
const BURST: u32 = 50;
const TARGET: f64 = 0.6;
