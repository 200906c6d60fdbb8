//! Sessions without a connection, and how one gets another: who may have it, what it has missed, and when nobody waits
//! for it any more. A resume is judged wholly before anything is touched.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, VecDeque},
    time::{Duration, Instant},
};

use proto::{
    client::{Resume, ResumeRefused, Resumed},
    close::CloseReason,
    ids::{AccountId, Epoch},
    kinds::{self, Lane},
    limits::{RESUME_TOKEN_BYTES, SESSION_ID_BYTES, SESSION_LIFE_MS},
    packet::Packet,
    wire,
};
use rand_core::CryptoRng;
use rustc_hash::FxHashMap;
use subtle::{Choice, ConstantTimeEq as _};

use super::{
    credentials::secret_hash,
    delivery::ConnKey,
    event::Now,
    running::session,
    secret::Secret,
    sessions::{Away, Conn, REFUSALS_MAX, Session, Stage},
    tx::decode,
    world::World,
};

/// What names a session. The first four bytes are the epoch in which it began.
pub(crate) type SessionId = [u8; SESSION_ID_BYTES];

/// A token on its way to its client.
pub(crate) type Token = Secret<[u8; RESUME_TOKEN_BYTES]>;

/// What a session can be resumed with (reliability S3, S4).
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) id: SessionId,
    /// Of the token that the client was sent last.
    token_hash: [u8; 32],
    /// Of those that it was sent before, until it is known that a later one has arrived: at most [`UNHEARD_MAX`].
    before: Vec<[u8; 32]>,
    /// Of those that worked no more from then on. Who knows one guesses nothing: an owner who tried over several
    /// connections, of which one was held up.
    spent: Vec<[u8; 32]>,
    /// Wrong tokens; with the last of so many none is right.
    wrong: u32,
    /// Its client has shown that it knows a token.
    is_heard: bool,
    began: Instant,
}

impl Pass {
    /// Of a session that begins now.
    pub(crate) fn new(rng: &mut impl CryptoRng, epoch: Epoch, now: Instant) -> (Self, Token) {
        let mut id = [0; SESSION_ID_BYTES];
        rng.fill_bytes(&mut id);
        id[..EPOCH_BYTES].copy_from_slice(&epoch.0.to_le_bytes()[..EPOCH_BYTES]);
        let token = new_token(rng);
        let token_hash = secret_hash(token.expose());
        (
            Self {
                id,
                token_hash,
                before: Vec::new(),
                spent: Vec::new(),
                wrong: 0,
                is_heard: false,
                began: now,
            },
            token,
        )
    }

    /// Whether this is a token of it, in a time that does not depend on it. Counts if it is not.
    fn opens(&mut self, token: &[u8]) -> bool {
        let hash = secret_hash(token);
        let is_among =
            |hashes: &[[u8; 32]]| hashes.iter().fold(Choice::from(0), |is, one| is | hash.ct_eq(one));
        let opens =
            bool::from(hash.ct_eq(&self.token_hash) | is_among(&self.before)) && self.wrong < WRONG_MAX;
        let is_spent = bool::from(is_among(&self.spent));
        self.wrong = self.wrong.saturating_add(u32::from(!opens && !is_spent));
        opens
    }

    /// The token for the next time; those before it work until [`Self::arrived`].
    fn renew(&mut self, rng: &mut impl CryptoRng) -> Token {
        let token = new_token(rng);
        let before = std::mem::replace(&mut self.token_hash, secret_hash(token.expose()));
        self.before.push(before);
        if UNHEARD_MAX < self.before.len() {
            // The first is the one that the client has for certain.
            self.before.remove(1);
        }
        token
    }

    /// The client has spoken over its connection, so it has heard its token. True: for the first time.
    pub(crate) fn arrived(&mut self) -> bool {
        if !self.before.is_empty() {
            self.spent = std::mem::take(&mut self.before);
        }
        !std::mem::replace(&mut self.is_heard, true)
    }
}

fn new_token(rng: &mut impl CryptoRng) -> Token {
    let mut token = [0; RESUME_TOKEN_BYTES];
    rng.fill_bytes(&mut token);
    Secret::new(token)
}

/// All sessions by name, those that are away in the order in which they end, and some that have ended.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    by_id: FxHashMap<SessionId, ConnKey>,
    /// Each once, and among those that `players_max` bounds.
    away: BTreeSet<(Instant, ConnKey)>,
    ended: FxHashMap<SessionId, &'static str>,
    ended_order: VecDeque<SessionId>,
    /// Of those that were kicked last, the account and its generation then.
    kicked: VecDeque<(AccountId, u32)>,
    /// Resumes that wait until their link has room, and when it is looked again. At most one a
    /// connection.
    waiting: VecDeque<(Instant, ConnKey, Secret<Vec<u8>>)>,
    /// Of which somebody has tried too many tokens, since the last turn. Each session is there once.
    pub(super) guessed: Vec<AccountId>,
}

impl Seats {
    /// Ended sessions whose end is remembered.
    const ENDED_MAX: usize = 16_384;
    /// Kicked sessions that are told so if their gateway names them: later ones are told that they are over.
    const KICKED_MAX: usize = 1_024;

    pub(super) fn begin(&mut self, id: SessionId, key: ConnKey) {
        self.by_id.insert(id, key);
    }

    pub(super) fn end(&mut self, session: &Session, why: &'static str) {
        let id = session.pass.id;
        if let (Some(key), Some(away)) = (self.by_id.remove(&id), session.away) {
            self.away.remove(&(away.until, key));
        }
        if Self::ENDED_MAX <= self.ended_order.len()
            && let Some(oldest) = self.ended_order.pop_front()
        {
            self.ended.remove(&oldest);
        }
        self.ended_order.push_back(id);
        self.ended.insert(id, why);
        if why == KICKED {
            self.kicked.truncate(Self::KICKED_MAX - 1);
            self.kicked.push_front((session.account, session.seat.session_gen));
        }
    }

    /// Sessions without a connection.
    pub(super) fn away_count(&self) -> usize {
        self.away.len()
    }

    /// Whether this game kicked that session of an account, as far as it remembers.
    pub(super) fn was_kicked(&self, account: AccountId, session_gen: u32) -> bool {
        self.kicked.contains(&(account, session_gen))
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let ends_at = self.away.first().map(|(at, _)| *at);
        let waits_until = self.waiting.front().map(|(at, ..)| *at);
        [ends_at, waits_until].into_iter().flatten().min()
    }

    /// Why there is no session of this name.
    fn why_gone(&self, id: &[u8], epoch: Epoch) -> &'static str {
        let Ok(id) = SessionId::try_from(id) else { return BAD };
        match self.ended.get(&id) {
            Some(why) => why,
            None if id[..EPOCH_BYTES] != epoch.0.to_le_bytes()[..EPOCH_BYTES] => RESTARTED,
            None => EXPIRED,
        }
    }
}

impl World {
    /// A session's connection is gone: it waits. False: there is no session here, or it does not wait.
    pub(super) fn go_away(&mut self, key: ConnKey, now: Now) -> bool {
        let grace = self.config.resume_grace;
        let Some(account) = session(&mut self.conns, key).map(|session| session.account) else {
            return false;
        };
        if grace.is_zero() {
            return false;
        }
        self.delivery.detach(key);
        let has_avatar = self.lose_avatar(key, account, grace.max(self.config.linkdead), now);
        let until = now.instant + grace;
        let room = session(&mut self.conns, key).and_then(|session| session.room);
        self.room_away(account, room, now);
        if let Some(session) = session(&mut self.conns, key) {
            session.away = Some(Away { until, has_avatar });
            self.seats.away.insert((until, key));
        }
        true
    }

    /// Sessions wait for so much longer: whoever comes back to one may have come already.
    pub(super) fn wait_longer(&mut self, time: Duration) {
        for (until, key) in std::mem::take(&mut self.seats.away) {
            if let Some(away) = session(&mut self.conns, key).and_then(|session| session.away.as_mut()) {
                away.until += time;
            }
            self.seats.away.insert((until + time, key));
        }
    }

    /// Nobody came back in time for these.
    pub(super) fn away_due(&mut self, now: Now) {
        for _ in 0..ENDS_PER_TURN {
            let due = self.seats.away.first().filter(|(until, _)| *until <= now.instant).copied();
            let Some(due @ (_, key)) = due else { return };
            self.seats.away.remove(&due);
            self.end_session(key, EXPIRED, now);
        }
    }

    fn end_session(&mut self, key: ConnKey, why: &'static str, now: Now) {
        self.delivery.close(key, CloseReason::Superseded, &[]);
        self.leave_world(key, why, now);
    }

    /// Resumes for which their links had no room.
    pub(super) fn resumes_due(&mut self, now: Now) {
        while let Some((_, newcomer, body)) = self.seats.waiting.pop_front_if(|(at, ..)| *at <= now.instant) {
            let Some(conn) = self.conns.get_mut(newcomer) else { continue };
            if std::mem::take(&mut conn.is_resuming) && matches!(conn.stage, Stage::ExpectLogin) {
                self.resume_session(newcomer, body.expose(), now);
            }
        }
    }

    /// The packet `resume`. A crowd that comes back at once, each with a full ring, takes turns.
    pub(super) fn resume_session(&mut self, newcomer: ConnKey, body: &[u8], now: Now) {
        let Ok(Resume { session: id, token, received }) = decode(body) else {
            return self.close(newcomer, CloseReason::BadBody, &[], now);
        };
        let Some(conn) = self.conns.get_mut(newcomer) else { return };
        // Until it is answered it is to say nothing else.
        if std::mem::take(&mut conn.is_resuming) {
            return self.close(newcomer, CloseReason::OutOfTurn, &[], now);
        }
        if self.delivery.is_link_busy(newcomer) {
            conn.is_resuming = true;
            let again = now.instant + NEXT_TURN;
            return self.seats.waiting.push_back((again, newcomer, Secret::new(body.to_vec())));
        }
        let token = Secret::new(token.to_vec());
        match self.may_resume(newcomer, &id, &token, received, now) {
            Ok((key, missed)) => self.go_on(key, newcomer, (received, missed), now),
            Err(name) => self.refuse_resume(newcomer, name, now),
        }
    }

    /// Judges it wholly. Only what can never be resumed ends here.
    fn may_resume(
        &mut self,
        newcomer: ConnKey,
        id: &[u8],
        token: &Secret<Vec<u8>>,
        received: u64,
        now: Now,
    ) -> Result<(ConnKey, u32), &'static str> {
        let epoch = self.pipeline.epoch().unwrap_or_default();
        let known = SessionId::try_from(id).ok().and_then(|id| self.seats.by_id.get(&id).copied());
        let key = known.ok_or_else(|| self.seats.why_gone(id, epoch))?;
        let Some(held) = session(&mut self.conns, key) else { return Err(EXPIRED) };
        let is_over = SESSION_LIFE <= now.instant.saturating_duration_since(held.pass.began);
        let wrong = held.pass.wrong;
        if !held.pass.opens(token.expose()) {
            if wrong < WRONG_MAX && held.pass.wrong == WRONG_MAX {
                self.seats.guessed.push(held.account);
            }
            return Err(BAD);
        }
        // Its client has given it up for the one that the session has now, and this was on its way for long.
        if self.delivery.is_older(newcomer, key) {
            return Err(BAD);
        }
        let ended = match self.delivery.missed_after(key, received) {
            Some(missed) if !is_over => return Ok((key, u32::try_from(missed).unwrap_or(u32::MAX))),
            Some(_) => EXPIRED,
            None => GAP,
        };
        self.end_session(key, ended, now);
        Err(ended)
    }

    /// The session goes on with the newcomer's connection.
    fn go_on(&mut self, key: ConnKey, newcomer: ConnKey, (received, missed): (u64, u32), now: Now) {
        // A connection that still seems to live is one that its client has given up.
        self.delivery.end_connection(key, CloseReason::Superseded, &[]);
        let came = self.conns.remove(newcomer);
        let Some(conn) = self.conns.get_mut(key) else { return };
        if let Some(Conn { address, client, .. }) = came {
            (conn.address, conn.client) = (address, client);
        }
        let Some(held) = session(&mut self.conns, key) else { return };
        held.seat.attach = held.seat.attach.saturating_add(1);
        let renewed = held.pass.renew(&mut self.pass_rng);
        // Nobody else knows a token of it.
        let is_news = !std::mem::replace(&mut held.pass.is_heard, true);
        let (account, seat, cseq_last) = (held.account, held.seat, held.numbers.last);
        let away = held.away.take();
        if is_news {
            self.client_heard(account, now);
        }
        let ticket = self.ticket(account, seat.session_gen, now).into();
        let resumed = Resumed { token: renewed.expose().to_vec().into(), cseq_last, missed, ticket };
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::RESUMED, ..Packet::default() }, &resumed);
        self.delivery.attach(key, newcomer, (account, seat), &bytes, received);
        if let Some(away) = away {
            self.seats.away.remove(&(away.until, key));
        }
        self.figures.resumes += 1;
        for group in self.delivery.latest_wins_of(key) {
            self.refresh(key, group, now);
        }
        let room = session(&mut self.conns, key).and_then(|session| session.room);
        self.room_back(account, room, now);
        if away.is_some_and(|away| away.has_avatar) {
            self.regain_avatar(key, account, now);
        }
    }

    fn refuse_resume(&mut self, key: ConnKey, name: &'static str, now: Now) {
        self.figures.resumes_refused += 1;
        let Some(conn) = self.conns.get_mut(key) else { return };
        conn.refusals += 1;
        let is_last = REFUSALS_MAX <= conn.refusals;
        let mut bytes = Vec::new();
        let refused = ResumeRefused { name: name.to_owned() };
        wire::put(&mut bytes, Packet { kind: kinds::RESUME_REFUSED, ..Packet::default() }, &refused);
        if is_last {
            self.close(key, CloseReason::TooManyLogins, &bytes, now);
        } else {
            self.delivery.send_now(key, Lane::Control, false, &bytes);
        }
    }
}

/// The grace, or the session's life, is over; or nobody knows it any more.
pub(super) const EXPIRED: &str = "expired";
/// More was missed than is kept.
const GAP: &str = "gap";
/// The account has logged in since.
pub(super) const SUPERSEDED: &str = "superseded";
/// Staff ended it.
pub(super) const KICKED: &str = "kicked";
/// It is a session of another game process.
const RESTARTED: &str = "restarted";
/// No such token.
const BAD: &str = "bad";

const EPOCH_BYTES: usize = 4;
/// Resumes in a row of which the client heard nothing.
const UNHEARD_MAX: usize = 4;
/// Nobody guesses 256 random bits in so many tries, and who tries more is not the owner.
const WRONG_MAX: u32 = 5;
/// A gateway's worth of players that did not come back is not to be seen as a pause by those who did.
const ENDS_PER_TURN: usize = 200;
/// What left in this turn has reached the gateway's socket by then.
const NEXT_TURN: Duration = Duration::from_millis(5);
const SESSION_LIFE: Duration = Duration::from_millis(SESSION_LIFE_MS);
