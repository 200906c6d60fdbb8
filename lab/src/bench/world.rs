//! A world in which all move: thousands of walkers on a map that grows with them. What a move costs, and how
//! long it takes until others see it.
//!
//! There is no reference to divide by: a bare server of this shape would be a map server. Load engine and
//! processes share the machine, so the figures of many walkers say as much about the one as about the others;
//! the line of cores says who had how much.

use std::{path::Path, time::Duration};

use serde_json::Value;

use super::{Row, Setting, say, stack::Stack};
use crate::{
    clock,
    error::Error,
    load::{
        pool::Pool,
        walkers::{WATCHER_EACH, Walkers, march::March, plan::Plan, seen::Others},
    },
    process::cpu_seconds,
};

pub(super) fn run(setting: &mut Setting<'_>) -> Result<(), Error> {
    for players in setting.pace.world_players {
        let name = |what: &str| format!("world_{players}_{what}");
        if !ROWS.iter().any(|row| setting.wants(&name(row))) {
            continue;
        }
        let options =
            Options { players: *players, warm: setting.pace.world_warm, window: setting.pace.world_window };
        let measured = measure(&setting.options.ding, options)?;
        let Measured { seen_p99_ms, others, writes, .. } = measured;
        setting.row(Row::at_most(&name(SEEN), "ms", seen_p99_ms, SEEN_MS_MAX));
        setting.row(Row::at_least(&name(OTHERS), "others around", others.least.into(), OTHERS_MIN));
        setting.row(Row::plain(&name(WRITES), "writes/tick", writes, None));
        setting.row(Row::plain(
            &name(GATEWAY),
            "µs/player s",
            measured.per_player_us(measured.gateway_s),
            None,
        ));
        setting.row(Row::plain(&name(GAME), "µs/player s", measured.per_player_us(measured.game_s), None));
        measured.lines().iter().for_each(|line| say(line));
    }
    Ok(())
}

/// One measurement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    pub(super) players: u32,
    /// Not counted.
    pub(super) warm: Duration,
    /// Counted.
    pub(super) window: Duration,
}

/// What one measurement found.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) players: u32,
    /// From the moment a move was meant to leave until others read it.
    pub(super) seen_p50_ms: f64,
    pub(super) seen_p99_ms: f64,
    /// The same from the moment it left.
    pub(super) left_p50_ms: f64,
    pub(super) left_p99_ms: f64,
    /// Between the two: the load engine's own.
    pub(super) late_p99_ms: f64,
    pub(super) others: Others,
    /// Others who saw a move, in the mean.
    pub(super) seen_by: f64,
    pub(super) unknown: u64,
    /// Write calls of the gateway, a player and tick.
    pub(super) writes: f64,
    /// Bytes in one of them.
    pub(super) write_bytes: f64,
    pub(super) ticks_per_s: f64,
    pub(super) moves_per_s: f64,
    /// Processor time in the window.
    pub(super) gateway_s: f64,
    pub(super) game_s: f64,
    pub(super) dbfront_s: f64,
    pub(super) load_s: f64,
    pub(super) elapsed_s: f64,
}

impl Measured {
    /// Microseconds of processor time for a player, each second.
    pub(super) fn per_player_us(&self, used_s: f64) -> f64 {
        used_s * 1e6 / self.elapsed_s / f64::from(self.players)
    }

    pub(super) fn lines(&self) -> [String; 3] {
        let Self { others, seen_by, unknown, ticks_per_s, moves_per_s, write_bytes, .. } = self;
        let cores = |used_s: f64| used_s / self.elapsed_s;
        [
            format!(
                "  seen p50 {:.0} ms, p99 {:.0} ms after a move was due; {:.0} and {:.0} after it left; the load \
                 engine was late by {:.0} (p99)",
                self.seen_p50_ms, self.seen_p99_ms, self.left_p50_ms, self.left_p99_ms, self.late_p99_ms,
            ),
            format!(
                "  {:.1} others around in the mean, {} at least; a move was seen by {seen_by:.1}; {moves_per_s:.0} \
                 moves/s, {ticks_per_s:.1} ticks/s, {write_bytes:.0} bytes a write{}",
                others.mean,
                others.least,
                if *unknown == 0 { String::new() } else { format!(", {unknown} seen too late to be known") },
            ),
            format!(
                "  cores: gateway {:.2}, game {:.2}, dbfront {:.2}, load {:.2}",
                cores(self.gateway_s),
                cores(self.game_s),
                cores(self.dbfront_s),
                cores(self.load_s),
            ),
        ]
    }
}

/// Starts the processes on a map for so many, lets them walk, and counts.
pub(super) fn measure(ding: &Path, options: Options) -> Result<Measured, Error> {
    let Options { players, warm, window } = options;
    let design = tempfile::tempdir().map_err(Error::io("making a folder of tables"))?;
    let plan = Plan::new(players);
    write_design(design.path(), &plan)?;
    let stack = Stack::start_with(ding, Some(design.path()))?;
    let count = usize::try_from(players).unwrap_or(usize::MAX);
    let mut pool = Pool::open(stack.addr(), count, Walkers::new(plan)?)?;
    let mut march = March::new(&mut pool);
    march.gather()?;
    march.walk(warm)?;
    let counts = || Ok::<_, Error>(Counts::of(&stack.figures(ding, "gateway")?));
    let before = counts()?;
    // Asking took a moment; nobody is to be late for it in the window.
    march.walk(SETTLE)?;
    let (start, used) = (clock::now(), used_s(&stack));
    let others = march.count(window)?;
    let (elapsed_s, used_after) = (start.elapsed().as_secs_f64(), used_s(&stack));
    let whole_s = SETTLE.as_secs_f64() + elapsed_s;
    let after = counts()?;
    let [gateway_s, game_s, dbfront_s, load_s] = std::array::from_fn(|index| used_after[index] - used[index]);
    let seen = pool.codec().seen();
    let per_s = |count: u64| rate(count, elapsed_s);
    let writes_per_s = (after.writes - before.writes) / whole_s;
    let measured = Measured {
        players,
        seen_p50_ms: ms(&seen.meant, 0.5),
        seen_p99_ms: ms(&seen.meant, 0.99),
        left_p50_ms: ms(&seen.left, 0.5),
        left_p99_ms: ms(&seen.left, 0.99),
        late_p99_ms: ms(&seen.late, 0.99),
        others,
        seen_by: rate(seen.meant.len() * WATCHER_EACH as u64, rate(seen.moves, 1.0).max(1.0)),
        unknown: seen.unknown,
        writes: writes_per_s / f64::from(players) / per_s(seen.ticks).max(f64::MIN_POSITIVE),
        write_bytes: (after.bytes - before.bytes) / (after.writes - before.writes).max(1.0),
        ticks_per_s: per_s(seen.ticks),
        moves_per_s: per_s(seen.moves),
        gateway_s,
        game_s,
        dbfront_s,
        load_s,
        elapsed_s,
    };
    drop(pool);
    stack.stop()?;
    Ok(measured)
}

/// The designers' tables, with this map instead of the bundled one.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn write_design(folder: &Path, plan: &Plan) -> Result<(), Error> {
    let tables = [
        ("items.toml", include_str!("../../../design/items.toml")),
        ("monsters.toml", include_str!("../../../design/monsters.toml")),
        ("levels.toml", include_str!("../../../design/levels.toml")),
        ("shops.toml", include_str!("../../../design/shops.toml")),
        ("map.toml", &plan.map_toml()),
    ];
    for (name, text) in tables {
        std::fs::write(folder.join(name), text).map_err(Error::io("writing a table"))?;
    }
    Ok(())
}

/// The gateway's, from its start.
struct Counts {
    writes: f64,
    bytes: f64,
}

impl Counts {
    fn of(figures: &Value) -> Self {
        let figure = |name: &str| figures[name].as_f64().unwrap_or(0.0);
        Self { writes: figure("writes"), bytes: figure("bytes_out") }
    }
}

/// Gateway, game, dbfront, and the load engine, which is this process.
fn used_s(stack: &Stack) -> [f64; 4] {
    let [gateway, game, dbfront] = stack.processes().map(|(_, pid)| cpu_seconds(pid).unwrap_or(0.0));
    [gateway, game, dbfront, cpu_seconds(std::process::id()).unwrap_or(0.0)]
}

fn ms(histogram: &hdrhistogram::Histogram<u64>, quantile: f64) -> f64 {
    Duration::from_micros(histogram.value_at_quantile(quantile)).as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2⁵²")]
fn rate(count: u64, elapsed_s: f64) -> f64 {
    count as f64 / elapsed_s
}

const SEEN: &str = "seen_p99";
const OTHERS: &str = "others_min";
const WRITES: &str = "writes";
const GATEWAY: &str = "gateway";
const GAME: &str = "game";
const ROWS: [&str; 5] = [SEEN, OTHERS, WRITES, GATEWAY, GAME];
const SEEN_MS_MAX: f64 = 200.0;
const OTHERS_MIN: f64 = 20.0;
const SETTLE: Duration = Duration::from_millis(500);
