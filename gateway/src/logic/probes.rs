//! How long answers take, as a client's nearest neighbor sees it: some commands are remembered from the moment they are
//! read until their answer is put into the outbox. Knows no bytes.

use super::tally::Tally;

/// Commands under way whose answers are waited for; few, and each soon forgotten.
#[derive(Debug, Default)]
pub struct Probes {
    under_way: Vec<Probe>,
    commands: u32,
}

#[derive(Clone, Copy, Debug)]
struct Probe {
    id: u64,
    cseq: u64,
    asked_ns: u64,
}

impl Probes {
    /// A frame with commands came: whether the time of its last one is to be told to [`Self::ask`].
    #[must_use]
    pub fn wants(&mut self) -> bool {
        self.commands = self.commands.wrapping_add(1);
        self.under_way.len() < UNDER_WAY_MAX && self.commands.is_multiple_of(EACH)
    }

    /// A command of this connection came now.
    pub fn ask(&mut self, id: u64, cseq: u64, now_ns: u64) {
        self.under_way.push(Probe { id, cseq, asked_ns: now_ns });
    }

    /// Whether an answer to this connection is waited for.
    #[must_use]
    pub fn waits_for(&self, id: u64) -> bool {
        self.under_way.iter().any(|probe| probe.id == id)
    }

    /// This answer was put into the outbox.
    pub fn answered(&mut self, id: u64, cseq: u64, now_ns: u64, tally: &mut Tally) {
        let Some(at) = self.under_way.iter().position(|probe| (probe.id, probe.cseq) == (id, cseq)) else {
            return;
        };
        let probe = self.under_way.swap_remove(at);
        tally.round_trips_us.push(now_ns.saturating_sub(probe.asked_ns) / 1_000);
    }

    /// This connection gets no answers any more.
    pub fn forget(&mut self, id: u64) {
        self.under_way.retain(|probe| probe.id != id);
    }

    /// Nobody does.
    pub fn clear(&mut self) {
        self.under_way.clear();
    }
}

/// More than one at once, so that those that wait for the same sync of the journal are not told as one.
const UNDER_WAY_MAX: usize = 8;
/// Of how many frames with commands one is timed.
const EACH: u32 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_commands_are_timed_until_their_own_answer() {
        let (mut probes, mut tally) = (Probes::default(), Tally::default());
        let mut timed = 0;
        for frame in 1..=100 * u64::from(EACH) {
            if probes.wants() {
                timed += 1;
                probes.ask(7, timed, frame * 1_000_000 / u64::from(EACH));
            }
        }
        assert_eq!(timed, UNDER_WAY_MAX as u64);
        assert!(probes.waits_for(7) && !probes.waits_for(8));
        probes.answered(8, 4, 9_000_000, &mut tally);
        probes.answered(7, 99, 9_000_000, &mut tally);
        assert_eq!(tally.round_trips_us, [0; 0]);
        probes.answered(7, 4, 9_000_000, &mut tally);
        probes.answered(7, 4, 10_000_000, &mut tally);
        assert_eq!(tally.round_trips_us, [5_000]);
        probes.forget(7);
        assert!(!probes.waits_for(7));
    }
}
