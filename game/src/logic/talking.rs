//! Chat that depends on who is in the world, and where: to those near, to one character; and what is remembered of
//! all that was said. Knows no rule about what may be said.

use std::time::{Duration, Instant};

use proto::{client::ChatLines, ids::AccountId, kinds, packet::Packet, wire};
use rustc_hash::FxHashMap;

use super::{
    commands::chat::{self, Addressed, people},
    delivery::ConnKey,
    event::Now,
    heard::{Heard, Said},
    switches,
    tx::{Call, Halt},
    voice::Voice,
    world::World,
};

/// What was said, and how much was reported.
#[derive(Debug, Default)]
pub(crate) struct Talking {
    pub(crate) heard: Heard,
    /// What the author may say after the line at hand: what is refused or has to come again was not said.
    pub(crate) spoken: Option<Voice>,
    /// By account: when it said its last public line, while chat is slow.
    slow: FxHashMap<AccountId, Instant>,
    /// By account: since when, and how many.
    reports: FxHashMap<AccountId, (Instant, u32)>,
}

impl Talking {
    /// Whether an account may report once more; if not, how long it takes until it may.
    fn may_report(&mut self, account: AccountId, now: Instant) -> Result<(), Duration> {
        let age = |since: Instant| now.saturating_duration_since(since);
        if REPORTERS_MAX <= self.reports.len() {
            self.reports.retain(|_, (since, _)| age(*since) < REPORTS_WITHIN);
        }
        match self.reports.get(&account) {
            Some((since, count)) if age(*since) < REPORTS_WITHIN => {
                if *count < REPORTS_MAX {
                    Ok(())
                } else {
                    Err(REPORTS_WITHIN - age(*since))
                }
            }
            None if REPORTERS_MAX <= self.reports.len() => Err(REPORTS_WITHIN),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether an account may say one more public line; if not, how long it takes until it may.
    fn may_say(&mut self, account: AccountId, slow: Option<Duration>, now: Instant) -> Result<(), Duration> {
        let Some(slow) = slow else {
            // Nobody is held to what was switched off.
            self.slow = FxHashMap::default();
            return Ok(());
        };
        let age = |since: Instant| now.saturating_duration_since(since);
        if SPEAKERS_MAX <= self.slow.len() {
            self.slow.retain(|_, since| age(*since) < slow);
        }
        match self.slow.get(&account) {
            Some(since) if age(*since) < slow => Err(slow - age(*since)),
            None if SPEAKERS_MAX <= self.slow.len() => Err(slow),
            Some(_) | None => Ok(()),
        }
    }

    fn reported(&mut self, account: AccountId, now: Instant) {
        let (since, count) = self.reports.entry(account).or_insert((now, 0));
        if REPORTS_WITHIN <= now.saturating_duration_since(*since) {
            (*since, *count) = (now, 0);
        }
        *count += 1;
    }
}

impl World {
    /// While chat is slow, a public line of an account has to wait for its turn. Also over sessions: coming in anew is
    /// not a way around.
    fn may_say(&mut self, account: AccountId, now: Now) -> Result<(), Halt> {
        let slow = switches::chat_slow(&self.cache);
        self.talking.may_say(account, slow, now.instant).map_err(|wait| {
            let retry_after_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(1);
            Halt::Later { error: switches::CHAT_SLOW, retry_after_ms }
        })
    }

    fn said(&mut self, said: Said, now: Now) {
        if switches::chat_slow(&self.cache).is_some() {
            self.talking.slow.insert(AccountId(said.account), now.instant);
        }
        self.talking.heard.add(said);
    }

    /// `chat_say`.
    pub(super) fn chat_say(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        self.may_say(call.account, now)?;
        let said = self.in_tx(key, None, now, |tx| chat::say(tx, call))?;
        self.commit_command(key, call, now)?;
        self.said(said, now);
        Ok(())
    }

    /// `chat_near`.
    pub(super) fn chat_near(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        self.may_say(call.account, now)?;
        let (heard, said) = self.in_tx(key, None, now, |tx| chat::near(tx, call))?;
        self.commit_command(key, call, now)?;
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::CHAT_NEAR_HEARD, ..Packet::default() }, &heard);
        self.tell_near(call.account, &bytes);
        self.said(said, now);
        Ok(())
    }

    /// `chat_private`. It is said to a character, not to its account: another one that it plays hears nothing.
    pub(super) fn chat_private(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let Addressed { account, character, said } =
            self.in_tx(key, None, now, |tx| chat::private(tx, call))?;
        if !self.roaming.is_played(account) || self.roaming.who(account) != Some(character) {
            return Err(Halt::Reject("not_online"));
        }
        let said = said?;
        self.commit_command(key, call, now)?;
        if let Some(said) = said {
            self.talking.heard.add(said);
        }
        Ok(())
    }

    /// `chat_history`.
    pub(super) fn chat_history(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let lines = self.talking.heard.history();
        self.in_tx(key, None, now, |tx| {
            tx.answer(call, &wire::encode(&ChatLines { lines }));
            Ok(())
        })?;
        self.commit_command(key, call, now)
    }

    /// `chat_report`.
    pub(super) fn chat_report(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        if let Err(wait) = self.talking.may_report(call.account, now.instant) {
            let retry_after_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
            return Err(Halt::Later { error: "too_many_reports", retry_after_ms });
        }
        // The handler reads what was said beside the rows, which belong to the rest of the world.
        let heard = std::mem::take(&mut self.talking.heard);
        let ran = self.in_tx(key, None, now, |tx| people::report(tx, call, &heard));
        self.talking.heard = heard;
        ran?;
        self.commit_command(key, call, now)?;
        self.talking.reported(call.account, now.instant);
        Ok(())
    }
}

/// Reports of one account in that time.
const REPORTS_MAX: u32 = 5;
const REPORTS_WITHIN: Duration = Duration::from_secs(3_600);
/// Accounts that spoke lately while chat is slow; beyond it nobody else can for a while.
const SPEAKERS_MAX: usize = 65_536;
/// Accounts that reported lately; beyond it nobody else can for a while.
const REPORTERS_MAX: usize = 65_536;
