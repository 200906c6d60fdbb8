//! When a player means to do what: evenly spaced from a seeded phase on, whatever the server does.
//! Knows no server.

#[cfg(test)]
mod tests;

use std::time::Duration;

use rand_core::Rng;

use crate::options::{Options, Rates, Scenario};

/// What is done on schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Gold to another player.
    Pay,
    /// A line for everyone.
    Chat,
    /// Bytes that come back.
    Echo,
    /// A step on the map.
    Move,
    /// A question whether somebody will trade.
    Trade,
    /// A letter to somebody.
    Mail,
    /// A deal with a shop.
    Shop,
    /// Something that must be refused.
    Probe,
    /// A look into bag and wallet.
    Look,
    /// A line for those near.
    Near,
    /// A line for one alone.
    Private,
    /// A blow.
    Strike,
}

/// One player's intentions until the end of the run.
#[derive(Clone, Debug)]
pub struct Schedule {
    rows: Vec<Row>,
    until: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    action: Action,
    at: Duration,
    period: Duration,
}

impl Schedule {
    /// For one player with this part, from its own generator.
    #[must_use]
    pub fn new(scenario: Scenario, options: &Options, rng: &mut impl Rng) -> Self {
        let rates = scenario.rates(options.rates);
        let Rates { pay_per_s, chat_per_s, echo_per_s, move_per_s, .. } = rates;
        let Rates { trade_per_s, mail_per_s, shop_per_s, probe_per_s, .. } = rates;
        let Rates { near_per_s, private_per_s, strike_per_s, .. } = rates;
        let rows = [
            (Action::Pay, scenario.pays(), pay_per_s),
            (Action::Chat, scenario.chats(), chat_per_s),
            (Action::Echo, scenario.echoes(), echo_per_s),
            (Action::Move, scenario.walks(), move_per_s),
            (Action::Trade, scenario.deals(), trade_per_s),
            (Action::Mail, scenario.deals(), mail_per_s),
            (Action::Shop, scenario.deals(), shop_per_s),
            (Action::Probe, scenario.deals(), probe_per_s),
            (Action::Look, scenario.deals(), LOOKS_PER_S),
            (Action::Near, scenario.mingles(), near_per_s),
            (Action::Private, scenario.mingles(), private_per_s),
            (Action::Strike, scenario.mingles(), strike_per_s),
        ];
        let row = |(action, wanted, per_s): (Action, bool, f64)| {
            let period = Duration::from_secs_f64(1.0 / per_s);
            let nanos = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX).max(1);
            wanted.then(|| Row { action, at: Duration::from_nanos(rng.next_u64() % nanos), period })
        };
        Self { rows: rows.into_iter().filter_map(row).collect(), until: options.duration }
    }

    /// No more is meant to be done from then on, counted from the beginning of play.
    pub fn end_at(&mut self, end: Duration) {
        self.until = self.until.min(end);
    }

    /// The next intention, counted from the beginning of play.
    #[must_use]
    pub fn peek(&self) -> Option<(Duration, Action)> {
        let next = self.rows.iter().min_by_key(|row| row.at)?;
        (next.at < self.until).then_some((next.at, next.action))
    }

    /// Takes the next intention if its time has come.
    pub fn take(&mut self, elapsed: Duration) -> Option<(Duration, Action)> {
        let (at, action) = self.peek().filter(|&(at, _)| at <= elapsed)?;
        let row = self.rows.iter_mut().find(|row| row.action == action)?;
        row.at += row.period;
        Some((at, action))
    }

    /// Ends it; returns how many intentions of each kind are dropped.
    pub fn drop_rest(&mut self) -> Vec<(Action, u64)> {
        let mut dropped: Vec<(Action, u64)> = Vec::new();
        while let Some((_, action)) = self.take(self.until) {
            match dropped.iter_mut().find(|(known, _)| *known == action) {
                Some((_, count)) => *count += 1,
                None => dropped.push((action, 1)),
            }
        }
        dropped
    }
}

/// Often enough to find what a deal did not tell while it is known which deal it was.
const LOOKS_PER_S: f64 = 0.1;
