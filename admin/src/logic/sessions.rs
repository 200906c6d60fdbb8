//! Who is logged in. A session is known by the hash of its token, ends after 15 minutes without a request and 8 hours
//! after it began, and what its owner may is asked anew each time ([`super::staff`]). Knows no cookie.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use ring::digest::{SHA256, digest};

use super::hex;

/// What a browser shows to be known again: 256 random bits.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// Of these bits, which nobody can guess.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// As it travels.
    #[must_use]
    pub fn text(&self) -> String {
        hex::encode(&self.0)
    }

    /// As it came.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        hex::decode(text).map(Self)
    }

    /// What is kept of it.
    #[must_use]
    pub fn key(&self) -> Key {
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, &self.0).as_ref());
        Key(key)
    }
}

/// A token's hash: whoever reads it in memory cannot log in with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key([u8; 32]);

#[derive(Debug)]
struct Session {
    name: String,
    opened: Instant,
    used: Instant,
    /// The second factor that its owner is about to set.
    totp: Option<Vec<u8>>,
}

impl Session {
    fn lives(&self, now: Instant) -> bool {
        now < self.opened + LIFE && now < self.used + IDLE
    }
}

/// All of them, at most [`SESSIONS_MAX`].
#[derive(Debug, Default)]
pub struct Sessions(BTreeMap<Key, Session>);

impl Sessions {
    /// Somebody logged in. Where there is no room, the session ends that was not used for longest: of the same name, if it
    /// has as many as one may have, so that nobody's logins end the sessions of others.
    pub fn open(&mut self, key: Key, name: &str, now: Instant) {
        self.0.retain(|_, session| session.lives(now));
        let own = self.0.values().filter(|session| session.name == name).count();
        if SESSIONS_OF_ONE_MAX <= own {
            self.end_idlest(|session| session.name == name);
        } else if SESSIONS_MAX <= self.0.len() {
            self.end_idlest(|_| true);
        }
        self.0.insert(key, Session { name: name.to_owned(), opened: now, used: now, totp: None });
    }

    fn end_idlest(&mut self, is_meant: impl Fn(&Session) -> bool) {
        let meant = self.0.iter().filter(|(_, session)| is_meant(session));
        let idlest = meant.min_by_key(|(_, session)| session.used).map(|(key, _)| *key);
        idlest.and_then(|key| self.0.remove(&key));
    }

    /// Whose session this is; it counts as used.
    pub fn find(&mut self, key: Key, now: Instant) -> Option<&str> {
        self.0.retain(|_, session| session.lives(now));
        let session = self.0.get_mut(&key)?;
        session.used = now;
        Some(&session.name)
    }

    /// The same, without counting.
    #[must_use]
    pub fn look(&self, key: Key, now: Instant) -> Option<&str> {
        self.0.get(&key).filter(|session| session.lives(now)).map(|session| session.name.as_str())
    }

    /// Somebody logged out.
    pub fn close(&mut self, key: Key) {
        self.0.remove(&key);
    }

    /// All sessions of a name end, but this one.
    pub fn close_all(&mut self, name: &str, but: Option<Key>) {
        self.0.retain(|key, session| session.name != name || Some(*key) == but);
    }

    /// Keeps the secret of a second factor until its owner shows that it has it.
    pub fn keep_totp(&mut self, key: Key, secret: Vec<u8>) {
        if let Some(session) = self.0.get_mut(&key) {
            session.totp = Some(secret);
        }
    }

    /// The secret that was kept.
    #[must_use]
    pub fn kept_totp(&self, key: Key) -> Option<&[u8]> {
        self.0.get(&key)?.totp.as_deref()
    }
}

/// At a time.
pub const SESSIONS_MAX: usize = 64;
/// Of one name: some browsers.
pub const SESSIONS_OF_ONE_MAX: usize = 8;
/// Without a request.
pub const IDLE: Duration = Duration::from_secs(15 * 60);
/// Whatever is done with it.
pub const LIFE: Duration = Duration::from_secs(8 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> Key {
        Token::new([n; 32]).key()
    }

    #[expect(clippy::disallowed_methods, reason = "a moment to count from")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_session_ends_after_fifteen_idle_minutes_and_after_eight_hours_whatever_is_done() {
        let (mut sessions, start) = (Sessions::default(), start());
        sessions.open(key(1), "anna", start);
        let before = start + IDLE - Duration::from_secs(1);
        assert_eq!(sessions.look(key(1), before), Some("anna"));
        assert_eq!(sessions.look(key(1), start + IDLE), None, "looking does not keep it");
        let mut now = start;
        while now < start + LIFE {
            assert_eq!(sessions.find(key(1), now), Some("anna"), "after {:?}", now - start);
            now += Duration::from_secs(14 * 60);
        }
        assert_eq!(sessions.find(key(1), start + LIFE), None);
    }

    #[test]
    fn only_the_token_itself_is_a_key_and_a_name_that_loses_its_sessions_loses_all_of_them() {
        let (mut sessions, now) = (Sessions::default(), start());
        for n in 1..=3 {
            sessions.open(key(n), "anna", now);
        }
        sessions.open(key(4), "ben", now);
        assert_eq!(sessions.find(Key([1; 32]), now), None, "not the token's bytes");
        sessions.close_all("anna", Some(key(2)));
        let left = [1, 2, 3, 4].map(|n| sessions.find(key(n), now).is_some());
        assert_eq!(left, [false, true, false, true]);
        sessions.close(key(4));
        assert_eq!(sessions.find(key(4), now), None);
    }

    #[test]
    fn there_are_never_more_than_the_bound_and_the_idlest_goes_first() {
        let (mut sessions, start) = (Sessions::default(), start());
        for n in 0..=u8::try_from(SESSIONS_MAX).expect("small") {
            sessions.open(key(n), &format!("staff{}", n / 8), start + Duration::from_secs(n.into()));
        }
        let now = start + Duration::from_secs(100);
        assert_eq!(sessions.0.len(), SESSIONS_MAX);
        assert_eq!((sessions.look(key(0), now), sessions.look(key(1), now)), (None, Some("staff0")));
    }

    #[test]
    fn whoever_logs_in_again_and_again_ends_its_own_sessions_alone() {
        let (mut sessions, start) = (Sessions::default(), start());
        sessions.open(key(255), "anna", start);
        for n in 0..100 {
            sessions.open(key(n), "vi", start + Duration::from_secs(n.into()));
        }
        let now = start + Duration::from_secs(200);
        assert_eq!(sessions.0.len(), SESSIONS_OF_ONE_MAX + 1);
        assert_eq!((sessions.look(key(255), now), sessions.look(key(99), now)), (Some("anna"), Some("vi")));
    }

    #[test]
    fn a_token_travels_as_text() {
        let token = Token::new([0xa5; 32]);
        assert_eq!(Token::parse(&token.text()).map(|token| token.key()), Some(token.key()));
        assert!(Token::parse("a5").is_none());
    }
}
