//! What connections there are: how many speak what, and how much waits for them.

use super::transport::TransportKind;

/// Connections by what they speak. One of which nothing is known yet counts as plain.
#[derive(Debug, Default)]
pub struct Survey {
    transports: [usize; TransportKind::ALL.len()],
}

impl Survey {
    /// One came.
    pub fn come(&mut self) {
        self.transports[TransportKind::Raw as usize] += 1;
    }

    /// It turns out to speak something else, or not.
    pub fn speaks(&mut self, before: TransportKind, now: TransportKind) {
        if before != now {
            self.go(before);
            self.transports[now as usize] += 1;
        }
    }

    /// It went.
    pub fn go(&mut self, transport: TransportKind) {
        self.transports[transport as usize] -= 1;
    }

    /// In the order of [`TransportKind::ALL`].
    #[must_use]
    pub fn transports(&self) -> [usize; TransportKind::ALL.len()] {
        self.transports
    }
}

/// How many connections have how much waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outboxes {
    /// At most so many bytes each, as in [`Self::UP_TO`]; the last: more.
    pub clients: [usize; Outboxes::UP_TO.len() + 1],
    /// All of it.
    pub bytes: usize,
}

impl Outboxes {
    /// Upper bounds, inclusive.
    pub const UP_TO: [usize; 6] = [0, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20];

    /// Of outboxes with so many bytes each.
    #[must_use]
    pub fn of(waiting: impl Iterator<Item = usize>) -> Self {
        let mut outboxes = Self::default();
        for bytes in waiting {
            outboxes.clients[Self::UP_TO.partition_point(|bound| *bound < bytes)] += 1;
            outboxes.bytes += bytes;
        }
        outboxes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_by_what_they_turn_out_to_speak() {
        let mut survey = Survey::default();
        for now in TransportKind::ALL {
            survey.come();
            survey.speaks(TransportKind::Raw, now);
        }
        assert_eq!(survey.transports(), [1; 4]);
        survey.go(TransportKind::Wss);
        assert_eq!(survey.transports(), [1, 1, 1, 0]);
    }

    #[test]
    fn outboxes_are_told_by_what_waits_in_them() {
        let outboxes = Outboxes::of([0, 0, 1, 4_096, 4_097, 2 << 20].into_iter());
        assert_eq!(outboxes.clients, [2, 2, 1, 0, 0, 0, 1]);
        assert_eq!(outboxes.bytes, 1 + 4_096 + 4_097 + (2 << 20));
    }
}
