//! Who waits for a quick match, and who is brought together: strangers of about one rating, sooner those who are
//! near to each other, at last anybody. Knows no room, no session and no clock: times come in.
//!
//! Two accept each other if the distance of their ratings is within the window of both. A match is as many as its
//! kind wants, all of whom accept each other. Windows only widen, so a match becomes possible only through one who
//! came or whose window has widened: those alone are looked at, in the order in which they came, and of all matches
//! with them the one whose others have waited longest is made. So after a step nobody waits who could play.
//!
//! Those who accept each other do not wait, so those who wait are few: below [`WINDOW`] apart there are fewer of them
//! than a match has.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    time::{Duration, Instant},
};

use proto::{ids::AccountId, limits::RATING_MAX};

/// What somebody wants to play. Only those who want the same are brought together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wish {
    /// Index into the registry.
    pub(crate) kind: usize,
    /// As the kind reads them, and accepted by it.
    pub(crate) options: Vec<u8>,
}

/// Somebody who wants to play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Player {
    pub(crate) account: AccountId,
    /// In this kind of room, from 0 to 10,000.
    pub(crate) rating: i32,
}

/// Players who accept each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) wish: Wish,
    /// In the order in which they came.
    pub(crate) players: Vec<Player>,
    /// When each of them came.
    arrivals: Vec<(u64, Instant)>,
    /// As many as a match of this kind has.
    size: usize,
}

impl Match {
    /// The same without one of them: no match any more, to be put back.
    pub(crate) fn without(mut self, account: AccountId) -> Self {
        if let Some(at) = self.players.iter().position(|player| player.account == account) {
            self.players.remove(at);
            self.arrivals.remove(at);
        }
        self
    }
}

/// Why somebody cannot wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// They do already.
    Already,
    /// 10,000 wait.
    Queue,
    /// There are 64 other wishes for this kind, each of more than one.
    Pools,
}

impl Full {
    /// Stable, for `Answer.error`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Already => "already_waiting",
            Self::Queue => "match_queue_full",
            Self::Pools => "too_many_pools",
        }
    }
}

/// Somebody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entered {
    /// How many do for the same, they too.
    pub(crate) waiting: usize,
    /// Who does no more for that: of those who were alone with a wish for this kind, whoever had waited longest.
    pub(crate) put_out: Option<AccountId>,
}

/// All who wait.
#[derive(Debug, Default)]
pub(crate) struct Matching {
    /// By number.
    pools: BTreeMap<u64, Pool>,
    wishes: BTreeMap<Wish, u64>,
    accounts: BTreeMap<AccountId, Place>,
    /// Who is to be looked at when.
    due: BTreeSet<(Instant, Place)>,
    /// Numbers of pools and of arrivals so far.
    made: u64,
}

/// Where somebody waits. Ordered by arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    nth: u64,
    pool: u64,
}

/// Those who want the same.
#[derive(Debug)]
struct Pool {
    wish: Wish,
    /// In a match.
    players: usize,
    /// By arrival.
    waiting: BTreeMap<u64, Waiting>,
    /// Ratings and arrivals.
    by_rating: BTreeSet<(i32, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    player: Player,
    since: Instant,
    /// When it is looked at; none: its window is as wide as it gets.
    look_at: Option<Instant>,
}

/// One of those who accept whoever is looked at: what ratings it accepts now.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    nth: u64,
    rating: i32,
    low: i32,
    high: i32,
}

impl Matching {
    /// Somebody waits from now on. `players`: in a match of this wish, at least 2, always the same. A kind has 64 wishes with
    /// options; who has another takes the place of one that nobody shares. The one without options is always there.
    ///
    /// # Errors
    /// See [`Full`].
    pub(crate) fn enter(
        &mut self,
        player: Player,
        wish: Wish,
        players: usize,
        now: Instant,
    ) -> Result<Entered, Full> {
        if self.accounts.contains_key(&player.account) {
            return Err(Full::Already);
        }
        if WAITING_MAX <= self.accounts.len() {
            return Err(Full::Queue);
        }
        let put_out = if self.has_room_for(&wish) { None } else { Some(self.put_out(wish.kind)?) };
        let pool = self.pool(wish, players)?;
        let place = Place { nth: self.number(), pool };
        self.put(place, Waiting { player, since: now, look_at: None });
        self.look_at(place, now);
        let waiting = self.pools.get(&pool).map_or(0, |pool| pool.waiting.len());
        Ok(Entered { waiting, put_out })
    }

    /// A match that could not be opened: its players wait again as if they had never stopped, and are looked at in a
    /// second.
    pub(crate) fn put_back(&mut self, made: Match, now: Instant) {
        for (player, (nth, since)) in made.players.into_iter().zip(made.arrivals) {
            if self.accounts.contains_key(&player.account) {
                continue;
            }
            // There is one wish less since they were taken out, or it is still there.
            let Ok(pool) = self.pool(made.wish.clone(), made.size) else { continue };
            let place = Place { nth, pool };
            self.put(place, Waiting { player, since, look_at: None });
            self.look_at(place, now + STEP);
        }
    }

    /// Somebody does not wait any more; whether they did.
    pub(crate) fn leave(&mut self, account: AccountId) -> bool {
        self.remove(account).is_some()
    }

    /// Whether somebody waits.
    pub(crate) fn is_waiting(&self, account: AccountId) -> bool {
        self.accounts.contains_key(&account)
    }

    /// How many a match of this has, if somebody waits for it.
    pub(crate) fn players_of(&self, wish: &Wish) -> Option<usize> {
        self.pools.get(self.wishes.get(wish)?).map(|pool| pool.players)
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.accounts.len()
    }

    /// When [`Self::step`] has something to do.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Matches that can be made now, the first eight at most: what is left over is due at once.
    pub(crate) fn step(&mut self, now: Instant) -> Vec<Match> {
        let mut made = Vec::new();
        for _ in 0..LOOKS_MAX {
            if MATCHES_MAX <= made.len() || self.next_deadline().is_none_or(|at| now < at) {
                break;
            }
            let Some((_, place)) = self.due.pop_first() else { break };
            let Some(pool) = self.pools.get(&place.pool) else { continue };
            match pool.look(place.nth, now) {
                Some(found) => made.extend(self.take(place.pool, &found)),
                None => self.look_again(place, now),
            }
        }
        made
    }

    /// Looks at somebody when its window widens next.
    fn look_again(&mut self, place: Place, now: Instant) {
        let pool = self.pools.get_mut(&place.pool);
        let Some(waiting) = pool.and_then(|pool| pool.waiting.get_mut(&place.nth)) else { return };
        waiting.look_at = None;
        let steps = steps(waiting.since, now);
        if steps < STEPS_MAX {
            let at = waiting.since + STEP * (steps + 1);
            self.look_at(place, at);
        }
    }

    fn look_at(&mut self, place: Place, at: Instant) {
        let pool = self.pools.get_mut(&place.pool);
        let Some(waiting) = pool.and_then(|pool| pool.waiting.get_mut(&place.nth)) else { return };
        waiting.look_at = Some(at);
        self.due.insert((at, place));
    }

    fn take(&mut self, number: u64, found: &[u64]) -> Option<Match> {
        let pool = self.pools.get(&number)?;
        let (wish, size) = (pool.wish.clone(), pool.players);
        let taken: Vec<(u64, Waiting)> =
            found.iter().filter_map(|nth| Some((*nth, *pool.waiting.get(nth)?))).collect();
        for (_, waiting) in &taken {
            self.remove(waiting.player.account);
        }
        Some(Match {
            wish,
            players: taken.iter().map(|(_, waiting)| waiting.player).collect(),
            arrivals: taken.iter().map(|(nth, waiting)| (*nth, waiting.since)).collect(),
            size,
        })
    }

    /// The pool of a wish, made if there is none.
    fn pool(&mut self, wish: Wish, players: usize) -> Result<u64, Full> {
        if let Some(pool) = self.wishes.get(&wish) {
            return Ok(*pool);
        }
        if !self.has_room_for(&wish) {
            return Err(Full::Pools);
        }
        let number = self.number();
        let pool = Pool { wish: wish.clone(), players, waiting: BTreeMap::new(), by_rating: BTreeSet::new() };
        self.pools.insert(number, pool);
        self.wishes.insert(wish, number);
        Ok(number)
    }

    fn has_room_for(&self, wish: &Wish) -> bool {
        wish.options.is_empty()
            || self.wishes.contains_key(wish)
            || self.with_options(wish.kind).count() < POOLS_MAX
    }

    /// Pools of a kind, but for the one without options.
    fn with_options(&self, kind: usize) -> impl Iterator<Item = &Pool> {
        let without = Wish { kind, options: Vec::new() };
        let after = self.wishes.range((Bound::Excluded(without), Bound::Unbounded));
        let of_kind = after.take_while(move |(other, _)| other.kind == kind);
        of_kind.filter_map(|(_, pool)| self.pools.get(pool))
    }

    /// Of those who are alone with a wish for this kind, whoever has waited longest waits no more.
    fn put_out(&mut self, kind: usize) -> Result<AccountId, Full> {
        let alone = self.with_options(kind).filter(|pool| pool.waiting.len() == 1);
        let first = alone.filter_map(|pool| pool.waiting.first_key_value()).min_by_key(|(nth, _)| **nth);
        let account = first.map(|(_, waiting)| waiting.player.account).ok_or(Full::Pools)?;
        self.remove(account);
        Ok(account)
    }

    fn put(&mut self, place: Place, waiting: Waiting) {
        let Some(pool) = self.pools.get_mut(&place.pool) else { return };
        pool.by_rating.insert((waiting.player.rating, place.nth));
        pool.waiting.insert(place.nth, waiting);
        self.accounts.insert(waiting.player.account, place);
    }

    fn remove(&mut self, account: AccountId) -> Option<Waiting> {
        let place = self.accounts.remove(&account)?;
        let pool = self.pools.get_mut(&place.pool)?;
        let waiting = pool.waiting.remove(&place.nth)?;
        pool.by_rating.remove(&(waiting.player.rating, place.nth));
        if pool.waiting.is_empty()
            && let Some(gone) = self.pools.remove(&place.pool)
        {
            self.wishes.remove(&gone.wish);
        }
        if let Some(at) = waiting.look_at {
            self.due.remove(&(at, place));
        }
        Some(waiting)
    }

    fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }
}

impl Pool {
    /// A match with this one, if there is any: in the order in which its players came.
    fn look(&self, nth: u64, now: Instant) -> Option<Vec<u64>> {
        let own = self.waiting.get(&nth)?.candidate(nth, now);
        if self.waiting.len() < self.players {
            return None;
        }
        let near = self.by_rating.range((own.low, 0)..=(own.high, u64::MAX));
        let accepting = near.filter_map(|(_, other)| {
            let other = self.waiting.get(other)?.candidate(*other, now);
            (other.nth != nth && other.accepts(own.rating)).then_some(other)
        });
        let mut candidates: Vec<Candidate> = accepting.collect();
        if candidates.len() + 1 < self.players {
            return None;
        }
        thin_out(&mut candidates, own, self.players);
        candidates.push(own);
        candidates.sort_by_key(|one| (one.rating, one.nth));
        let mut chosen = vec![own];
        if !can_be_filled(&chosen, &candidates, self.players) {
            return None;
        }
        let mut by_arrival = candidates.clone();
        by_arrival.sort_by_key(|one| one.nth);
        for one in by_arrival.into_iter().filter(|one| one.nth != nth) {
            if chosen.len() == self.players {
                break;
            }
            chosen.push(one);
            if !can_be_filled(&chosen, &candidates, self.players) {
                chosen.pop();
            }
        }
        let mut found: Vec<u64> = chosen.iter().map(|one| one.nth).collect();
        found.sort_unstable();
        Some(found)
    }
}

impl Waiting {
    fn candidate(&self, nth: u64, now: Instant) -> Candidate {
        let rating = self.player.rating;
        let steps = steps(self.since, now);
        let window = if steps < STEPS_MAX {
            WINDOW + WINDOW_STEP * i32::try_from(steps).unwrap_or(i32::MAX / WINDOW_STEP / 2)
        } else {
            EVERYBODY
        };
        Candidate { nth, rating, low: rating - window, high: rating + window }
    }
}

impl Candidate {
    fn accepts(&self, rating: i32) -> bool {
        (self.low..=self.high).contains(&rating)
    }
}

/// Keeps what one look can go through: the nearest, and of the rest those who came first.
fn thin_out(candidates: &mut Vec<Candidate>, own: Candidate, players: usize) {
    let half = players.max(PLAYERS_FEW) * 2;
    if candidates.len() <= 2 * half {
        return;
    }
    candidates.sort_by_key(|one| ((one.rating - own.rating).abs(), one.nth));
    candidates[half..].sort_by_key(|one| one.nth);
    candidates.truncate(2 * half);
}

/// Whether these are part of a match among the candidates, who are in order of ratings.
fn can_be_filled(chosen: &[Candidate], candidates: &[Candidate], players: usize) -> bool {
    let ratings = || chosen.iter().map(|one| one.rating);
    let (Some(least), Some(most)) = (ratings().min(), ratings().max()) else { return false };
    let accepted = |rating: i32| chosen.iter().all(|one| one.accepts(rating));
    // Whoever accepts the lowest and the highest accepts all between them.
    let lowest = candidates.iter().filter(|one| one.rating <= least && accepted(one.rating));
    lowest.into_iter().any(|low| {
        let highest = candidates.iter().filter(|one| {
            most <= one.rating && accepted(one.rating) && one.accepts(low.rating) && low.accepts(one.rating)
        });
        highest.into_iter().any(|high| {
            let between = candidates.iter().filter(|one| {
                (low.rating..=high.rating).contains(&one.rating)
                    && one.accepts(low.rating)
                    && one.accepts(high.rating)
            });
            players <= between.count()
        })
    })
}

/// How often the window of somebody has widened.
fn steps(since: Instant, now: Instant) -> u32 {
    let waited = now.saturating_duration_since(since).as_millis() / STEP.as_millis();
    u32::try_from(waited).unwrap_or(u32::MAX).min(STEPS_MAX)
}

/// Who is accepted at once: so far away in rating.
const WINDOW: i32 = 100;
/// And so much further with each step.
const WINDOW_STEP: i32 = 50;
const STEP: Duration = Duration::from_secs(1);
/// Steps after which everybody is accepted.
const STEPS_MAX: u32 = 30;
#[expect(clippy::cast_possible_wrap, reason = "10,000")]
const EVERYBODY: i32 = RATING_MAX as i32;
/// All who wait, whatever for.
const WAITING_MAX: usize = 10_000;
/// Different wishes of one kind that have options.
const POOLS_MAX: usize = 64;
/// Of one step; what is left over is due at once.
const LOOKS_MAX: usize = 128;
const MATCHES_MAX: usize = 8;
/// A look goes through four times as many as a match has, or as this.
const PLAYERS_FEW: usize = 16;
