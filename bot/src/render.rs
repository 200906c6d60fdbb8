//! A report as people read it in a terminal. Knows no numbers of its own.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    logic::games::GameFigures,
    report::{ComebackFigures, CommandFigures, Gold, MarketFigures, Report, TrafficFigures},
};

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// ANSI colors: only for a terminal, and not with `NO_COLOR`.
    pub color: bool,
}

/// The table and what follows it, each line ended.
#[must_use]
pub fn render(report: &Report, style: Style) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_all(&mut text, report, style);
    text
}

fn write_all(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    let paint =
        |code: &str, text: String| if style.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text };
    let Report { players, players_done, scenario, seed, duration_s, .. } = report;
    let transports = report.transports.join(", ");
    writeln!(out, "{players} players over {transports} · {scenario} · {duration_s:.0} s · seed {seed}")?;
    writeln!(out)?;
    let head = format!(
        "{:<13}{:>8}{:>11}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "", "sent", "ok", "ok/s", "p50", "p90", "p99", "p99.9", "max"
    );
    writeln!(out, "{}", paint(BOLD, head))?;
    for command in &report.commands {
        row(out, command)?;
    }
    writeln!(out)?;
    // Of a game's own scenario nobody knows what has to be heard, nor what becomes of gold.
    let is_own = report.traffic == TrafficFigures::default();
    if is_own {
        writeln!(out, "gold      {} at first, {} at last", gold(report.gold.start), gold(report.gold.end))?;
    } else {
        write_heard(out, report)?;
    }
    if report.reconnects > 0 || report.fates != crate::report::Fates::default() {
        let crate::report::Fates { happened, did_not, unknown } = report.fates;
        writeln!(
            out,
            "survived  {} reconnects; payments without an answer: {happened} happened, {did_not} did not, {unknown} unknown",
            thousands(report.reconnects)
        )?;
    }
    write_comebacks(out, &report.comebacks)?;
    for (title, counts) in [("rejected", &report.rejections), ("errors", &report.errors)] {
        if !counts.is_empty() {
            writeln!(out, "{title:<10}{}", paint(YELLOW, counted(counts)))?;
        }
    }
    writeln!(out)?;
    let ok = thousands(report.ok_total);
    if report.is_good() {
        let verdict =
            format!("{ok} OK, {}/s. Every reply was right; none missing, none doubled.", report.ok_per_s);
        return writeln!(out, "{}", paint(GREEN, verdict));
    }
    if report.interrupted {
        let after_s = report.elapsed_s;
        let word =
            format!("Interrupted after {after_s:.1} s of play: measured until then, not checked to the end.");
        writeln!(out, "{}", paint(YELLOW, word))?;
    }
    let verdict = format!(
        "{ok} OK, {}/s. {} wrong, {} of {players} players were checked to the end.",
        report.ok_per_s,
        thousands(report.wrong_count),
        players_done
    );
    writeln!(out, "{}", paint(RED, verdict))?;
    for wrong in report.wrong.iter().take(WRONG_SHOWN) {
        writeln!(
            out,
            "  {} · player {} (account {}): {}",
            wrong.code, wrong.player, wrong.account, wrong.detail
        )?;
    }
    Ok(())
}

fn write_heard(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(
        out,
        "heard     {} lines of chat, {} payments",
        thousands(report.chat_heard),
        thousands(report.paid_heard)
    )?;
    let traffic = &report.traffic;
    writeln!(
        out,
        "traffic   {} in, {} out, {} frames in ({} deflated)",
        bytes(traffic.bytes_in),
        bytes(traffic.bytes_out),
        thousands(traffic.frames_in),
        thousands(traffic.frames_in_deflated)
    )?;
    if let Some(games) = &report.games {
        write_games(out, games)?;
    }
    if let Some(market) = &report.market {
        write_market(out, market)?;
    }
    write_gold(out, &report.gold)
}

fn write_games(out: &mut String, games: &GameFigures) -> std::fmt::Result {
    let GameFigures { seats, ends, results, acts, refused, seats_kept, ends_unheard, closed } = games;
    let [seats, ends, acts, refused] = [seats, ends, acts, refused].map(|count| thousands(*count));
    writeln!(out, "matches   {seats} seats taken, {ends} ends heard: {}", counted(results))?;
    writeln!(out, "played    {acts} moves done, {refused} too late")?;
    if seats_kept + ends_unheard > 0 {
        let [kept, unheard] = [seats_kept, ends_unheard].map(|count| thousands(*count));
        writeln!(out, "seats     {kept} kept over a gap, {unheard} matches ended meanwhile")?;
    }
    if !closed.is_empty() {
        writeln!(out, "closed    {}", counted(closed))?;
    }
    Ok(())
}

fn counted(counts: &BTreeMap<String, u64>) -> String {
    let list: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {}", thousands(*count))).collect();
    if list.is_empty() { "none".to_owned() } else { list.join(", ") }
}

fn write_comebacks(out: &mut String, comebacks: &ComebackFigures) -> std::fmt::Result {
    let ComebackFigures { sockets_lost, pauses, resumes, resets, packets_resent, .. } = comebacks;
    if sockets_lost + pauses + resumes + resets == 0 {
        return Ok(());
    }
    let refused = counted(&comebacks.resumes_refused);
    let [lost, resumes, resets, resent] =
        [sockets_lost, resumes, resets, packets_resent].map(|count| thousands(*count));
    writeln!(
        out,
        "sessions  {lost} sockets lost; {resumes} resumed, {resets} reset, refused: {refused}; {resent} packets sent again"
    )?;
    let [p50, p99, max] =
        [comebacks.pause_p50_us, comebacks.pause_p99_us, comebacks.pause_max_us].map(latency);
    writeln!(out, "paused    p50 {p50}, p99 {p99}, max {max} until they played again")
}

fn write_gold(out: &mut String, sums: &Gold) -> std::fmt::Result {
    let [first, last, issued, sunk, in_letters] =
        [sums.start, sums.end, sums.issued, sums.sunk, sums.in_letters].map(gold);
    let Some(is_conserved) = sums.conserved else {
        return writeln!(out, "gold      not everybody could be asked");
    };
    let verdict = if is_conserved { "conserved" } else { "NOT CONSERVED" };
    if [sums.issued, sums.sunk, sums.in_letters] == [0; 3] {
        return writeln!(out, "gold      {first} at first, {last} at last: {verdict}");
    }
    writeln!(
        out,
        "gold      {first} at first, {issued} from shops, {sunk} to shops; {last} at last, {in_letters} in letters: {verdict}"
    )
}

fn write_market(out: &mut String, market: &MarketFigures) -> std::fmt::Result {
    let canceled: Vec<_> =
        market.trades_canceled.iter().map(|(name, count)| format!("{name} {}", thousands(*count))).collect();
    let [done, sent, taken, left] =
        [market.trades_done, market.mails_sent, market.mails_taken, market.mails_left].map(thousands);
    let [bought, sold, refused, looks] =
        [market.shop_bought, market.shop_sold, market.probes_refused, market.looks].map(thousands);
    let unheard = thousands(market.trades_unheard);
    writeln!(
        out,
        "trades    {done} done, {unheard} ends found out later; told canceled: {}",
        canceled.join(", ")
    )?;
    writeln!(out, "letters   {sent} sent, {taken} emptied, {left} left")?;
    writeln!(out, "shops     {bought} times bought, {sold} times sold")?;
    writeln!(out, "checked   {looks} looks at bag and wallet, {refused} refusals by the right name")
}

fn row(out: &mut String, command: &CommandFigures) -> std::fmt::Result {
    let CommandFigures { name, p50_us, p90_us, p99_us, p999_us, max_us, .. } = command;
    write!(
        out,
        "{name:<13}{:>8}{:>11}{:>10}",
        thousands(command.sent),
        thousands(command.ok),
        command.ok_per_s
    )?;
    for us in [p50_us, p90_us, p99_us, p999_us, max_us] {
        write!(out, "{:>10}", latency(*us))?;
    }
    let rest = [
        (command.rejected, "rejected"),
        (command.retry_later, "to retry"),
        (command.unanswered, "unanswered"),
        (command.unsent, "unsent"),
    ];
    let rest: Vec<_> = rest
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{} {name}", thousands(*count)))
        .collect();
    if !rest.is_empty() {
        write!(out, "   {}", rest.join(", "))?;
    }
    writeln!(out)
}

fn latency(us: u64) -> String {
    match us {
        0 => "–".to_owned(),
        1..1_000 => format!("{us} µs"),
        1_000..10_000 => format!("{}.{:02} ms", us / 1_000, us % 1_000 / 10),
        10_000..1_000_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        _ => format!("{}.{:02} s", us / 1_000_000, us % 1_000_000 / 10_000),
    }
}

fn bytes(count: u64) -> String {
    match count {
        0..10_240 => format!("{} B", thousands(count)),
        10_240..10_485_760 => format!("{} KiB", thousands(count / 1_024)),
        _ => format!("{} MiB", thousands(count / 1_048_576)),
    }
}

fn gold(amount: i64) -> String {
    u64::try_from(amount).map_or_else(|_| amount.to_string(), thousands)
}

fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

const WRONG_SHOWN: usize = 20;
const BOLD: &str = "1";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
