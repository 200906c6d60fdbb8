//! The numbers of an account's commands: which were given out, and which of them still lack an answer.
//! Knows no packets.

#[cfg(test)]
mod tests;

use proto::limits::UNANSWERED_MAX;

use crate::logic::violation::Violation;

/// Commands of one session. Never lets the oldest without an answer fall out of the 64 whose fate a
/// later login tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First number of this session.
    first: u64,
    /// The lowest number without an answer, or `next`.
    oldest: u64,
    /// The number that the next command gets.
    next: u64,
    /// Bit `i`: `oldest + i` has its answer.
    answered: u64,
}

impl Window {
    /// For a session whose account's last command was `cseq_last`.
    #[must_use]
    pub fn after(cseq_last: u64) -> Self {
        let next = cseq_last.saturating_add(1);
        Self { first: next, oldest: next, next, answered: 0 }
    }

    /// Whether another command may go out.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.next - self.oldest < UNANSWERED_MAX as u64
    }

    /// Gives out the next number; nothing when the oldest unanswered command is 64 back.
    pub fn issue(&mut self) -> Option<u64> {
        if !self.has_room() {
            return None;
        }
        let cseq = self.next;
        self.next += 1;
        self.check();
        Some(cseq)
    }

    /// Takes the answer to command `re`.
    ///
    /// # Errors
    /// [`Violation::AnswerOutOfRange`], [`Violation::AnswerDoubled`].
    pub fn answer(&mut self, re: u64) -> Result<(), Violation> {
        if re < self.first || re >= self.next {
            return Err(Violation::AnswerOutOfRange { re, first: self.first, next: self.next });
        }
        let Some(index) = re.checked_sub(self.oldest) else {
            return Err(Violation::AnswerDoubled { re });
        };
        if self.answered & 1 << index != 0 {
            return Err(Violation::AnswerDoubled { re });
        }
        self.answered |= 1 << index;
        let settled = self.answered.trailing_ones();
        self.oldest += u64::from(settled);
        self.answered = self.answered.checked_shr(settled).unwrap_or(0);
        self.check();
        Ok(())
    }

    /// After a resume: the numbers above `cseq_last` never arrived and are given out again.
    ///
    /// # Errors
    /// [`Violation::ResumedElsewhere`]: the server names a number that was not sent, or one below a command that it
    /// has answered.
    pub fn resume(&mut self, cseq_last: u64) -> Result<(), Violation> {
        let answered = self.oldest - 1 + u64::from(u64::BITS - self.answered.leading_zeros());
        if cseq_last < answered || self.next <= cseq_last {
            return Err(Violation::ResumedElsewhere { cseq_last, answered, next: self.next });
        }
        self.next = cseq_last + 1;
        self.check();
        Ok(())
    }

    /// How many commands have no answer.
    #[must_use]
    pub fn unanswered_count(&self) -> u64 {
        self.next - self.oldest - u64::from(self.answered.count_ones())
    }

    /// Their numbers, ascending.
    pub fn unanswered(&self) -> impl Iterator<Item = u64> + use<> {
        let Self { oldest, next, answered, .. } = *self;
        (oldest..next).filter(move |cseq| answered & 1 << (cseq - oldest) == 0)
    }

    fn check(&self) {
        assert!(self.first <= self.oldest && self.oldest <= self.next);
        assert!(self.next - self.oldest <= UNANSWERED_MAX as u64);
    }
}
