//! How many players are how far: what the run waits for between its parts. Knows no players.

/// How far a player is. Only forward, but for `Failed`, which is final.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// On the way in.
    #[default]
    Coming,
    /// In, with a known wallet.
    Settled,
    /// Everything sent, everything answered.
    Drained,
    /// Checked and gone.
    Done,
    /// Gave up.
    Failed,
}

/// Of all players of a run.
#[derive(Clone, Debug)]
pub struct Census {
    standings: Vec<Standing>,
    counts: [usize; 5],
}

impl Census {
    /// All on the way in.
    #[must_use]
    pub fn new(players: u32) -> Self {
        let players = players as usize;
        Self { standings: vec![Standing::Coming; players], counts: [players, 0, 0, 0, 0] }
    }

    /// A player got on; returns whether that changed anything.
    pub fn advance(&mut self, player: u32, to: Standing) -> bool {
        let standing = &mut self.standings[player as usize];
        if to <= *standing {
            return false;
        }
        self.counts[*standing as usize] -= 1;
        self.counts[to as usize] += 1;
        *standing = to;
        true
    }

    /// All of the run.
    #[must_use]
    pub fn players(&self) -> u32 {
        u32::try_from(self.standings.len()).unwrap_or(u32::MAX)
    }

    /// How many are exactly there.
    #[must_use]
    pub fn count(&self, standing: Standing) -> usize {
        self.counts[standing as usize]
    }

    /// Whether everyone is at least there, or gave up.
    #[must_use]
    pub fn all(&self, standing: Standing) -> bool {
        self.counts[..standing as usize].iter().all(|&count| count == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_waits_for_everyone_who_has_not_given_up() {
        let mut census = Census::new(2);
        assert!(census.advance(0, Standing::Drained));
        assert!(!census.advance(0, Standing::Settled), "nobody goes back");
        assert!(!census.all(Standing::Settled));
        assert!(census.advance(1, Standing::Failed));
        assert!(census.all(Standing::Drained));
        assert!(!census.all(Standing::Done));
        assert_eq!((census.count(Standing::Failed), census.count(Standing::Drained)), (1, 1));
    }
}
