//! What a room may do while one of its functions runs. Collects; whoever called the room makes it true, or drops it.

use std::{collections::BTreeMap, panic::resume_unwind, time::Duration};

use proto::{
    ids::AccountId,
    limits::{ROOM_ASK_BYTES_MAX, ROOM_OUTCOME_BYTES_MAX, ROOM_STAKES_MAX},
};
use rand_chacha::ChaCha8Rng;

use super::{AskId, Limits, Member, Outcome, Refusal, TimerId};
use crate::logic::{
    outputs::{Audience, Outputs},
    rooms::bank::Bank,
};

/// What a room may do while one of its functions runs.
pub struct RoomCtx<'a> {
    pub(crate) out: &'a mut Outputs,
    pub(crate) effects: &'a mut Effects,
    pub(crate) rng: &'a mut ChaCha8Rng,
    pub(crate) members: &'a BTreeMap<AccountId, Member>,
    pub(crate) stakes: &'a mut BTreeMap<AccountId, i64>,
    pub(crate) bank: &'a mut dyn Bank,
    pub(crate) limits: &'a Limits,
    pub(crate) time: Duration,
    /// The next ask's.
    pub(crate) ask_next: u64,
    pub(crate) re: u64,
}

impl RoomCtx<'_> {
    /// Since the room opened, whole milliseconds: the only clock it has. It stands still while the server may not go
    /// on.
    #[must_use]
    pub fn time(&self) -> Duration {
        self.time
    }

    /// Randomness, seeded when the room opened.
    pub fn rng(&mut self) -> &mut ChaCha8Rng {
        self.rng
    }

    /// Members now, by account.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// Players now, by account.
    pub fn players(&self) -> impl Iterator<Item = &Member> {
        self.members().filter(|member| member.is_player)
    }

    /// A member; none if they are none.
    #[must_use]
    pub fn member(&self, account: AccountId) -> Option<&Member> {
        self.members.get(&account)
    }

    /// Members now.
    #[must_use]
    pub fn member_count(&self) -> usize {
        self.members.len()
    }

    /// Whether this account is a member.
    #[must_use]
    pub fn is_member(&self, account: AccountId) -> bool {
        self.members.contains_key(&account)
    }

    /// Whether this account is a member who plays.
    #[must_use]
    pub fn is_player(&self, account: AccountId) -> bool {
        self.member(account).is_some_and(|member| member.is_player)
    }

    /// The result of the command at hand; the last call wins. Nothing for a signal. At most 48 KiB.
    pub fn answer(&mut self, result: &[u8]) {
        self.count(result.len());
        assert!(result.len() <= ANSWER_RESULT_BYTES_MAX, "an answer of {} bytes", result.len());
        if self.re != 0 {
            self.out.answer_ok(self.re, result);
        }
    }

    /// A must-arrive packet for one member; nothing if they are none. Body at most 128 KiB. A member hears what is
    /// sent to it and what is broadcast in the order in which the room said it; an answer may come before or after.
    pub fn send(&mut self, to: AccountId, kind: u32, body: &[u8]) {
        self.count(body.len());
        if self.is_member(to) {
            self.out.packet(Audience::Account(to), kind, body);
        }
    }

    /// A must-arrive packet for all members, its cause included. Body at most 128 KiB.
    pub fn broadcast(&mut self, kind: u32, body: &[u8]) {
        self.count(body.len());
        self.out.packet(Audience::Room, kind, body);
    }

    /// A latest-wins packet for all members: leaves at the tick, may be replaced by a snapshot.
    pub fn broadcast_latest(&mut self, kind: u32, body: &[u8]) {
        self.count(body.len());
        self.out.packet(Audience::RoomLatest, kind, body);
    }

    /// Puts a member out after this function: [`super::Room::leave`] is called for them, and they are told (`kicked`).
    pub fn kick(&mut self, member: AccountId) {
        self.count(0);
        self.effects.kicks.push(member);
    }

    /// Calls [`super::Room::timer`] after this long, at most a week; a timer of the same id is replaced. At most 64 at a
    /// time: beyond it the room is closed (`ROOM_TIMERS`).
    pub fn set_timer(&mut self, timer: TimerId, after: Duration) {
        self.count(0);
        self.effects.timers.push((timer, Some(after.min(TIMER_MAX))));
    }

    /// Forgets a timer.
    pub fn cancel_timer(&mut self, timer: TimerId) {
        self.count(0);
        self.effects.timers.push((timer, None));
    }

    /// Asks a member something, which is shown to them until they answer or `wait` is over, also when they come back:
    /// [`super::Room::answered`] hears what came of it. At most 64 at a time: beyond it the room is closed (`ROOM_ASKS`).
    /// Somebody who is no member has left. Body at most 16 KiB.
    pub fn ask(&mut self, member: AccountId, kind: u32, body: &[u8], wait: Duration) -> AskId {
        self.count(body.len());
        assert!(body.len() <= ROOM_ASK_BYTES_MAX, "an ask of {} bytes", body.len());
        let id = AskId(self.ask_next);
        self.ask_next += 1;
        let wait = wait.min(TIMER_MAX);
        self.effects.asks.push(Asked { id, member, kind, body: body.to_vec(), wait });
        id
    }

    /// Takes an ask back: it is answered no more, and [`super::Room::answered`] hears nothing of it. Whoever was asked is
    /// told (`room_ask_over`). Nothing if it has ended.
    pub fn cancel_ask(&mut self, ask: AskId) {
        self.count(0);
        self.effects.canceled.push(ask);
    }

    /// Moves gold from a player's wallet into the room's pot.
    ///
    /// # Errors
    /// `not_enough_gold`, `not_a_player`, `bad_amount`, `too_many_stakes` (of 64 accounts): nothing was moved.
    pub fn stake(&mut self, member: AccountId, gold: i64) -> Result<(), Refusal> {
        self.count(0);
        if !self.is_player(member) {
            return Err(Refusal("not_a_player"));
        }
        if gold <= 0 {
            return Err(Refusal("bad_amount"));
        }
        if ROOM_STAKES_MAX <= self.stakes.len() && !self.stakes.contains_key(&member) {
            return Err(Refusal("too_many_stakes"));
        }
        self.deal(&Deal::Stake { member, gold })?;
        *self.stakes.entry(member).or_insert(0) += gold;
        Ok(())
    }

    /// Gives back what an account has in the pot, whether it still is a member or not; nothing if it has nothing there.
    ///
    /// # Errors
    /// `wallet_full`: nothing was moved.
    pub fn refund(&mut self, member: AccountId) -> Result<(), Refusal> {
        self.count(0);
        let Some(gold) = self.stakes.get(&member).copied() else { return Ok(()) };
        self.deal(&Deal::Refund { member, gold })?;
        self.stakes.remove(&member);
        Ok(())
    }

    /// Shares the whole pot out among those who have staked. What is left of it is the house's fee.
    ///
    /// # Errors
    /// `bad_shares`: a share that is negative, of somebody twice or without a stake, or more than there is;
    /// `wallet_full`. Nothing was moved.
    pub fn settle(&mut self, shares: &[(AccountId, i64)]) -> Result<(), Refusal> {
        self.count(0);
        let is_right = |(at, (account, gold)): (usize, &(AccountId, i64))| {
            0 <= *gold
                && self.stakes.contains_key(account)
                && shares[..at].iter().all(|(other, _)| other != account)
        };
        let sum = shares.iter().try_fold(0_i64, |sum, (_, gold)| sum.checked_add(*gold));
        if !shares.iter().enumerate().all(is_right) || sum.is_none_or(|sum| self.pot() < sum) {
            return Err(Refusal("bad_shares"));
        }
        if self.stakes.is_empty() {
            return Ok(());
        }
        self.deal(&Deal::Settle { shares: shares.to_vec() })?;
        self.stakes.clear();
        Ok(())
    }

    /// What an account has in the pot.
    #[must_use]
    pub fn staked(&self, account: AccountId) -> i64 {
        self.stakes.get(&account).copied().unwrap_or(0)
    }

    /// Whoever has something in the pot, by account, members or not: of somebody who left it is there still if their
    /// wallet had no room for it.
    pub fn stakers(&self) -> impl Iterator<Item = (AccountId, i64)> {
        self.stakes.iter().map(|(account, gold)| (*account, *gold))
    }

    /// All gold in the pot.
    #[must_use]
    pub fn pot(&self) -> i64 {
        self.stakes.values().sum()
    }

    /// The match is over: after this function the room closes, its members are told, stakes that are left are given
    /// back, ratings change, the replay is kept. The last call wins.
    pub fn finish(&mut self, outcome: Outcome) {
        self.count(0);
        let text = outcome.text[..outcome.text.floor_char_boundary(ROOM_OUTCOME_BYTES_MAX)].to_owned();
        self.effects.outcome = Some(Outcome { text, ..outcome });
    }

    fn deal(&mut self, deal: &Deal) -> Result<(), Refusal> {
        let said = self.bank.deal(deal, self.stakes);
        self.effects.outcomes.push(said.err().map_or("", |Refusal(code)| code));
        said
    }

    fn count(&mut self, bytes: usize) {
        self.effects.spent.count(bytes, self.limits);
    }
}

/// What unwinds a room that took too much.
pub(crate) struct Exceeded;

/// A movement of gold that a room asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deal {
    /// From a wallet into the pot.
    Stake { member: AccountId, gold: i64 },
    /// All of a stake back.
    Refund { member: AccountId, gold: i64 },
    /// The whole pot; the rest is a sink.
    Settle { shares: Vec<(AccountId, i64)> },
}

/// A question to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) id: AskId,
    pub(crate) member: AccountId,
    pub(crate) kind: u32,
    pub(crate) body: Vec<u8>,
    pub(crate) wait: Duration,
}

/// What a room asked for besides packets.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) kicks: Vec<AccountId>,
    pub(crate) timers: Vec<(TimerId, Option<Duration>)>,
    pub(crate) asks: Vec<Asked>,
    /// Of all calls until now, this one too.
    pub(crate) canceled: Vec<AskId>,
    /// Of these, what somebody was shown and still thinks is asked.
    pub(crate) asks_over: Vec<(AskId, AccountId)>,
    /// Of its deals, in order; empty: done.
    pub(crate) outcomes: Vec<&'static str>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) spent: Spent,
}

/// What one call of a room has taken.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    /// The name of the limit that it passed.
    pub(crate) exceeded: Option<&'static str>,
    calls: u32,
    output_bytes: usize,
}

impl Spent {
    /// One more call of the context, which sends so many bytes.
    fn count(&mut self, bytes: usize, limits: &Limits) {
        self.calls += 1;
        self.output_bytes += bytes;
        let name = if limits.calls < self.calls {
            "ROOM_CALLS"
        } else if limits.output_bytes < self.output_bytes {
            "ROOM_OUTPUT"
        } else {
            return;
        };
        self.exceeded = Some(name);
        // No panic of the room's, so no hook hears of it: the call just ends here.
        resume_unwind(Box::new(Exceeded));
    }
}

impl Effects {
    pub(crate) fn clear(&mut self) {
        self.kicks.clear();
        self.timers.clear();
        self.asks.clear();
        self.canceled.clear();
        self.asks_over.clear();
        self.outcomes.clear();
        self.outcome = None;
        self.spent = Spent::default();
    }
}

/// Collects the packets of a snapshot.
pub struct Snapshot<'a> {
    pub(crate) bytes: &'a mut Vec<u8>,
    pub(crate) spent: &'a mut Spent,
    pub(crate) limits: &'a Limits,
}

impl Snapshot<'_> {
    /// Adds a packet. Body at most 128 KiB: a larger state takes several packets, which together have the same bounds as
    /// what one call sends.
    pub fn packet(&mut self, kind: u32, body: &[u8]) {
        self.spent.count(body.len(), self.limits);
        assert!(body.len() <= ROOM_BODY_BYTES_MAX, "a snapshot packet of {} bytes", body.len());
        proto::wire::put_plain(self.bytes, kind, body);
    }
}

/// One packet's body from a room; a chunk of a snapshot.
pub const ROOM_BODY_BYTES_MAX: usize = 128 * 1024;
const ANSWER_RESULT_BYTES_MAX: usize = 48 * 1024;
const TIMER_MAX: Duration = Duration::from_secs(7 * 24 * 3_600);
