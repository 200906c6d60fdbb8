//! What the world does less of while the journal has little room, level by level, and how fast it executes what is
//! of value while the database is behind. Every step back is by itself, when dbfront says so (reliability B2).

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::{
    client::Notice,
    ids::AccountId,
    kinds::{self, Lane},
    level::Level,
    packet::Packet,
    wire,
};
use rustc_hash::FxHashMap;

use super::{
    budget::{Bucket, Rate},
    delivery::ConnKey,
    event::Now,
    sessions::Stage,
    tx::Halt,
    world::World,
};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Scarcity {
    level: Level,
    pace: Option<(Rate, Bucket)>,
    gone: Gone,
}

impl Scarcity {
    /// Whether the world stands still.
    pub(super) fn is_frozen(&self) -> bool {
        self.level == Level::Black
    }

    /// How many times as long what may be lost waits until it is written.
    pub(super) fn coarser(&self) -> u32 {
        if Level::Yellow <= self.level { COARSER } else { 1 }
    }

    /// Whether somebody new may come in.
    ///
    /// # Errors
    /// The refusal.
    pub(super) fn admits_somebody_new(&self) -> Result<(), Halt> {
        if self.level < Level::Orange { Ok(()) } else { Err(STORE_LOW) }
    }

    /// Whether a command that moves something of value may be executed now.
    ///
    /// # Errors
    /// The refusal, after which nothing of it may happen.
    pub(super) fn admits_value(&mut self, now: Instant) -> Result<(), Halt> {
        self.is_below_red()?;
        let Some((rate, bucket)) = &mut self.pace else { return Ok(()) };
        bucket.take(1, *rate, now).map_err(|wait| {
            let retry_after_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(PACED_MS);
            Halt::Later { error: "store_slow", retry_after_ms }
        })
    }

    /// Whether what moves something of value may be executed at any pace.
    ///
    /// # Errors
    /// The refusal, after which nothing of it may happen.
    pub(super) fn is_below_red(&self) -> Result<(), Halt> {
        if self.level < Level::Red { Ok(()) } else { Err(STORE_FULL) }
    }

    /// Whether any record may be made.
    ///
    /// # Errors
    /// The refusal, after which nothing may have happened.
    pub(super) fn admits_anything(&self) -> Result<(), Halt> {
        if self.is_frozen() { Err(STORE_FULL) } else { Ok(()) }
    }

    /// A player's connection went: for a while it may come back whatever the level.
    pub(super) fn note_gone(&mut self, account: AccountId, now: Instant) {
        self.gone.note(account, now);
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }
}

impl World {
    /// Dbfront says how much room there is, and how many commands of value a second it keeps up with; 0: any number.
    pub(super) fn on_level(&mut self, level: Level, pace: u32, now: Now) {
        let was_frozen = self.scarcity.is_frozen();
        self.scarcity.level = level;
        // One second's worth may be saved up; what was saved before holds.
        self.scarcity.pace = (pace != 0).then(|| {
            let rate = Rate { per_s: pace, burst: pace };
            (rate, self.scarcity.pace.map_or_else(|| Bucket::full(rate, now.instant), |(_, bucket)| bucket))
        });
        match (was_frozen, self.scarcity.is_frozen()) {
            (false, true) => self.tell_everybody("frozen", "The world stands still for a moment."),
            (true, false) => self.tell_everybody("thawed", "The world goes on."),
            _ => {}
        }
    }

    /// Whether this account plays, or did a moment ago: then its login is no new one.
    pub(super) fn is_inside(&mut self, account: AccountId, now: Now) -> bool {
        self.online.contains_key(&account)
            || self.roaming.who(account).is_some()
            || self.scarcity.gone.is_known(account, now.instant)
    }

    /// Commands that change the map without a record, while it stands still.
    pub(super) fn stands_still_for(&self, kind: u32) -> bool {
        self.scarcity.is_frozen()
            && matches!(kind, kinds::ATTACK | kinds::RESPAWN | kinds::CHAR_ENTER | kinds::CHAR_LEAVE)
    }

    /// At once: what waits for the journal may wait for long.
    pub(super) fn tell_everybody(&mut self, name: &str, text: &str) {
        let notice = Notice { name: name.to_owned(), text: text.to_owned() };
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::NOTICE, ..Packet::default() }, &notice);
        let plays = |(key, conn): (ConnKey, &super::sessions::Conn)| {
            matches!(conn.stage, Stage::Playing(_)).then_some(key)
        };
        let players: Vec<ConnKey> = self.conns.iter().filter_map(plays).collect();
        for key in players {
            self.delivery.send_now(key, Lane::Control, false, &bytes);
        }
    }
}

/// Who played a moment ago.
#[derive(Debug, Default)]
struct Gone {
    until: FxHashMap<AccountId, Instant>,
    order: VecDeque<(Instant, AccountId)>,
}

impl Gone {
    fn note(&mut self, account: AccountId, now: Instant) {
        self.forget(now);
        if self.order.len() == GONE_MAX
            && let Some((_, oldest)) = self.order.pop_front()
        {
            self.until.remove(&oldest);
        }
        let until = now + REMEMBERED;
        self.until.insert(account, until);
        self.order.push_back((until, account));
    }

    fn is_known(&mut self, account: AccountId, now: Instant) -> bool {
        self.forget(now);
        self.until.contains_key(&account)
    }

    fn forget(&mut self, now: Instant) {
        while let Some((until, account)) = self.order.pop_front_if(|(until, _)| *until <= now) {
            // Of one that went again since, the later time holds.
            if self.until.get(&account) == Some(&until) {
                self.until.remove(&account);
            }
        }
    }
}

/// Nobody new comes in.
const STORE_LOW: Halt = Halt::Later { error: "store_low", retry_after_ms: 30_000 };
/// Nothing of value is executed.
const STORE_FULL: Halt = Halt::Later { error: "store_full", retry_after_ms: 5_000 };
/// A command that was paced comes again after this at least, milliseconds.
const PACED_MS: u32 = 200;
/// By how much what may be lost is written less often.
const COARSER: u32 = 4;
/// Whoever lost its connection comes back within this, as long as a session is kept (DESIGN §10).
const REMEMBERED: Duration = Duration::from_secs(120);
/// Of them at most; more, and the oldest is a new one.
const GONE_MAX: usize = 65_536;
