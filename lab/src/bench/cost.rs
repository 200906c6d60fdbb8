//! What a player of a world costs from 200 to 2,000 of them, and whether that grows in proportion: measured, fitted,
//! and written as a page and a plot.

use std::path::Path;

use super::{
    Row, Setting,
    fit::{Line, fit},
    plot::{Plot, Series},
    say,
    world::{Measured, Options, measure},
};
use crate::error::Error;

pub(super) fn run(setting: &mut Setting<'_>, folder: &Path) -> Result<(), Error> {
    let mut all = Vec::new();
    for players in PLAYERS {
        let options = Options { players, warm: setting.pace.world_warm, window: setting.pace.world_window };
        let measured = measure(&setting.options.ding, options)?;
        say(&format!("{players} players"));
        measured.lines().iter().for_each(|line| say(line));
        all.push(measured);
    }
    let line = fit(&points(&all, both)).ok_or_else(|| Error::Usage("nothing to fit".to_owned()))?;
    setting.row(Row::at_least("world_cost_linear", "R²", line.r_square, R_SQUARE_MIN));
    setting.row(Row::plain("world_cost_player", "µs/player s", line.slope * 1e6, None));
    write(folder, PAGE, &page(&all, line, setting.options.quick))?;
    write(folder, SVG, &plot(&all, line).svg())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Error> {
    std::fs::write(folder.join(name), text).map_err(Error::io("writing the page or the plot"))
}

type Cores = fn(&Measured) -> f64;

fn gateway(measured: &Measured) -> f64 {
    measured.gateway_s / measured.elapsed_s
}

fn game(measured: &Measured) -> f64 {
    measured.game_s / measured.elapsed_s
}

fn both(measured: &Measured) -> f64 {
    gateway(measured) + game(measured)
}

fn points(all: &[Measured], cores: Cores) -> Vec<(f64, f64)> {
    all.iter().map(|measured| (f64::from(measured.players), cores(measured))).collect()
}

fn plot(all: &[Measured], line: Line) -> Plot {
    let series = |name, class, cores| Series { name, class, points: points(all, cores) };
    Plot {
        title: "Cores used by so many players, all of whom move ten times a second",
        x_name: "players",
        y_name: "cores",
        series: vec![
            series("gateway and game", "a", both),
            series("gateway", "b", gateway),
            series("game", "c", game),
        ],
        line,
    }
}

/// The page beside the plot.
pub(super) fn page(all: &[Measured], line: Line, quick: bool) -> String {
    let quick = if quick { " --quick" } else { "" };
    let mut text = format!(
        "# What a player costs\n\n\
         Players on a map that grows with them, so that each has others around; each moves ten times a second. Made by\n\
         `ding bench world{quick} --plot docs`, which starts the three processes, walks, and writes this page; the load engine\n\
         shares the machine with them.\n\n\
         ![Cores by players]({SVG})\n\n\
         Gateway and game together: {:.3} + {:.1} µs · players of a core, R² = {:.4}. A player costs {:.0} µs of\n\
         processor time a second: for the ten moves that it makes, and the fifteen times that it is told of those around.\n\n\
         | players | others around: least, mean | gateway µs/player s | game µs/player s | load engine cores | writes a player a tick | bytes a write | seen p50 ms | seen p99 ms |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        line.base,
        line.slope * 1e6,
        line.r_square,
        line.slope * 1e6,
    );
    for measured in all {
        let Measured { players, others, writes, write_bytes, seen_p50_ms, seen_p99_ms, .. } = measured;
        let (gateway, game) =
            (measured.per_player_us(measured.gateway_s), measured.per_player_us(measured.game_s));
        text.push_str(&format!(
            "| {players} | {}, {:.1} | {gateway:.0} | {game:.0} | {:.2} | {writes:.2} | {write_bytes:.0} | {seen_p50_ms:.0} | {seen_p99_ms:.0} |\n",
            others.least,
            others.mean,
            measured.load_s / measured.elapsed_s,
        ));
    }
    text.push_str(
        "\n*Seen*: from the moment at which a move was meant to leave until another client had read it. The map tells of\n\
         moves every 66 ms, so that half of it is waiting for the tick.\n",
    );
    text
}

const PLAYERS: [u32; 6] = [200, 400, 800, 1_200, 1_600, 2_000];
const R_SQUARE_MIN: f64 = 0.98;
const PAGE: &str = "WORLD.md";
const SVG: &str = "world-cost.svg";
