//! A client's packet budget: tokens that come back with time. Spending is never refused, it makes debt,
//! and a client in debt is not read. Knows no packets.

#[cfg(test)]
mod tests;

/// Tokens of one connection, in thousandths.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    millitokens: i64,
    filled_ms: u64,
}

/// How fast a [`Bucket`] fills and how full it gets.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Tokens a second, at least 1.
    pub per_s: u32,
    /// Tokens saved up at most.
    pub burst: u32,
}

impl Bucket {
    /// Full at this moment.
    #[must_use]
    pub fn full(rate: Rate, now_ms: u64) -> Self {
        Self { millitokens: i64::from(rate.burst) * 1000, filled_ms: now_ms }
    }

    /// Adds what has come back since the last call.
    pub fn fill(&mut self, rate: Rate, now_ms: u64) {
        let passed_ms = now_ms.saturating_sub(self.filled_ms);
        if passed_ms == 0 {
            return;
        }
        self.filled_ms = now_ms;
        // A token a second is a thousandth a millisecond.
        let back = i64::try_from(passed_ms).unwrap_or(i64::MAX).saturating_mul(rate.per_s.into());
        self.millitokens = self.millitokens.saturating_add(back).min(i64::from(rate.burst) * 1000);
    }

    /// Takes tokens, into debt if need be.
    pub fn spend(&mut self, tokens: u64) {
        let tokens = i64::try_from(tokens).unwrap_or(i64::MAX / 1000);
        self.millitokens = self.millitokens.saturating_sub(tokens.saturating_mul(1000));
    }

    /// Takes one token, if there is a whole one.
    pub fn take(&mut self) -> bool {
        let is_there = 1000 <= self.millitokens;
        self.millitokens -= if is_there { 1000 } else { 0 };
        is_there
    }

    /// Whether nothing of it is spent.
    #[must_use]
    pub fn is_full(&self, rate: Rate) -> bool {
        i64::from(rate.burst) * 1000 <= self.millitokens
    }

    /// Whether its owner must wait.
    #[must_use]
    pub fn is_in_debt(&self) -> bool {
        self.millitokens < 0
    }

    /// When the debt is paid: the time of the last `fill` if there is none.
    #[must_use]
    pub fn paid_at_ms(&self, rate: Rate) -> u64 {
        let debt = u64::try_from(-self.millitokens).unwrap_or(0);
        self.filled_ms + debt.div_ceil(u64::from(rate.per_s.max(1)))
    }
}
