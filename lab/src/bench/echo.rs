//! Echo through gateway and room beside the bare relay and its echo; and the latency of a lone client.

use std::{net::SocketAddr, path::Path, time::Duration};

use hdrhistogram::Histogram;

use super::{Row, Setting, cores::Cores, rounds, say, stack::Stack};
use crate::{
    error::Error,
    load::{
        bare::{Bare, Expect},
        depth::{self, DepthOptions},
        ding::{Ding, Play},
        pool::Pool,
    },
    process::Process,
};

pub(super) fn run(setting: &mut Setting<'_>) -> Result<(), Error> {
    let depths = [("echo_64b_1000x1", 1, 0.7), ("echo_64b_1000x16", 16, 0.6)];
    let wanted = depths.map(|(name, _, _)| setting.wants(name));
    if !wanted.contains(&true) && !setting.wants(LONE) {
        return Ok(());
    }
    say(&format!("processes with {}", Stack::settings()));
    let stack = Stack::start(&setting.options.ding)?;
    let reference = Reference::start(&setting.options.ding)?;
    if setting.wants(LONE) {
        lone(setting, &stack, &reference)?;
    }
    if wanted.contains(&true) {
        let mut subjects = Pool::open(stack.addr(), CONNECTIONS, Ding::new(Play::Echo))?;
        let mut references = Pool::open(reference.addr, CONNECTIONS, Bare::new(Expect::Echo))?;
        for (name, depth, target) in depths {
            if setting.wants(name) {
                let options = DepthOptions { depth, warm: setting.pace.warm, window: setting.pace.window };
                let mut ours = Cores::of(&stack.processes());
                let mut bare = Cores::of(&reference.processes());
                let measured = rounds::in_turns(
                    setting.pace.rounds,
                    || ours.during(|| Ok(depth::run(&mut subjects, options)?.per_s())),
                    || bare.during(|| Ok(depth::run(&mut references, options)?.per_s())),
                )?;
                setting.row(Row::ratio(name, "round trips/s", measured, target));
                say(&ours.line());
                say(&bare.line());
            }
        }
    }
    reference.stop()?;
    stack.stop()
}

fn lone(setting: &mut Setting<'_>, stack: &Stack, reference: &Reference) -> Result<(), Error> {
    let mut subject = Pool::open(stack.addr(), 1, Ding::new(Play::Echo))?;
    let mut bare = Pool::open(reference.addr, 1, Bare::new(Expect::Echo))?;
    let subject = depth::run_lone(&mut subject, LONE_WARM, LONE_COUNT)?;
    let bare = depth::run_lone(&mut bare, LONE_WARM, LONE_COUNT)?;
    for (name, quantile) in [("echo_lone_p50", 0.5), ("echo_lone_p99", 0.99)] {
        let reference = micros(&bare, quantile);
        setting.row(Row::plain(name, "µs", micros(&subject, quantile), Some(reference)));
    }
    Ok(())
}

fn micros(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    Duration::from_nanos(histogram.value_at_quantile(quantile)).as_secs_f64() * 1e6
}

/// The bare relay and its backend.
struct Reference {
    relay: Process,
    backend: Process,
    addr: SocketAddr,
}

impl Reference {
    fn start(ding: &Path) -> Result<Self, Error> {
        let (backend, echo) = start_bare(ding, &["echo"])?;
        let (relay, addr) = start_bare(ding, &["relay", &echo.to_string()])?;
        Ok(Self { relay, backend, addr })
    }

    fn processes(&self) -> [(&'static str, u32); 2] {
        [("bare relay", self.relay.pid()), ("bare echo", self.backend.pid())]
    }

    fn stop(self) -> Result<(), Error> {
        self.relay.stop_by_lifeline(STOP_MAX)?;
        self.backend.stop_by_lifeline(STOP_MAX)
    }
}

/// Starts one of the bare servers and learns its address.
pub(super) fn start_bare(ding: &Path, args: &[&str]) -> Result<(Process, SocketAddr), Error> {
    let args: Vec<_> = ["lab-bare"].iter().chain(args).map(Into::into).collect();
    let mut process = Process::start("lab-bare", ding, &args)?;
    let ready = process.wait_ready(STOP_MAX)?;
    match ready["listen"].as_str().and_then(|listen| listen.parse().ok()) {
        Some(addr) => Ok((process, addr)),
        None => Err(process.failed(format!("is ready without an address: {ready}"))),
    }
}

const LONE: &str = "echo_lone";
const CONNECTIONS: usize = 1_000;
const LONE_WARM: u32 = 500;
const LONE_COUNT: u32 = 5_000;
pub(super) const STOP_MAX: Duration = Duration::from_secs(30);
