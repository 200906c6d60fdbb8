//! Who the player is, and by which ways it can come in again: on with its session, by its ticket, by what it
//! logged in with. Each way that is refused is a way less. Knows no connection.

use std::time::{Duration, Instant};

use bytes::Bytes;
use proto::{
    client::LoggedIn,
    limits::{QUEUE_PLACE_BYTES_MAX, SESSION_LIFE_MS},
};

use crate::logic::{
    session::Carry,
    types::{Login, Secret},
};

/// What brings a player back.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    /// What it logs in with when nothing else is left.
    login: Option<Login>,
    ticket: Option<(Secret, Instant)>,
    carry: Option<Carry>,
    /// When the connection died over which it played last.
    lost_at: Option<Instant>,
    place: Option<(Bytes, Instant)>,
}

/// A way to come in.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// On with the session.
    Resume(Carry),
    /// By ticket, or by what it logged in with.
    Login(Login),
}

impl Ways {
    /// It came in by `login`.
    pub fn logged_in(&mut self, login: Login, reply: &LoggedIn, now: Instant) {
        let account = reply.account;
        let lasting = match login {
            Login::Guest if reply.secret.is_empty() => None,
            Login::Guest => Some(Login::Secret { account, secret: Secret(reply.secret.to_vec()) }),
            Login::Register { name, password } => Some(Login::Password { name, password }),
            // It was worth one login; there may be something better from an earlier one.
            Login::Ticket(_) => None,
            again @ (Login::Secret { .. } | Login::Password { .. }) => Some(again),
        };
        self.login = lasting.or(self.login.take());
        self.reset(reply, now);
    }

    /// As after a login, but nobody logged in.
    pub fn reset(&mut self, reply: &LoggedIn, now: Instant) {
        self.ticket = None;
        self.ticket(&reply.ticket, now);
        self.place = None;
        self.resumed();
    }

    /// A ticket came, which takes the place of the one before; nothing of none.
    pub fn ticket(&mut self, ticket: &[u8], now: Instant) {
        if !ticket.is_empty() {
            self.ticket = Some((Secret(ticket.to_vec()), now + SESSION_LIFE));
        }
    }

    /// The session goes on over another connection.
    pub fn resumed(&mut self) {
        self.carry = None;
        self.lost_at = None;
    }

    /// A guest's account got a name: its secret works no more.
    pub fn bound(&mut self, name: String, password: Secret) {
        self.login = Some(Login::Password { name, password });
    }

    /// The connection died, and left that.
    pub fn lost(&mut self, carry: Option<Carry>, now: Instant) {
        self.carry = carry.or(self.carry.take());
        self.lost_at.get_or_insert(now);
    }

    /// The session is not to go on.
    pub fn forget_session(&mut self) {
        self.carry = None;
    }

    /// The ticket is worth nothing.
    pub fn forget_ticket(&mut self) {
        self.ticket = None;
    }

    /// It stands in the queue there.
    pub fn queued(&mut self, place: Bytes, now: Instant) {
        if !place.is_empty() && place.len() <= QUEUE_PLACE_BYTES_MAX {
            self.place = Some((place, now + PLACE_LIFE));
        }
    }

    /// Where it stood in the queue, if that still counts; told once.
    pub fn place(&mut self, now: Instant) -> Option<Bytes> {
        self.place.take().filter(|(_, until)| now < *until).map(|(place, _)| place)
    }

    /// The best way that is left.
    #[must_use]
    pub fn best(&self, now: Instant) -> Option<Way> {
        let lost_at = self.lost_at.unwrap_or(now);
        let carry = self.carry.as_ref().filter(|carry| now < lost_at + carry.grace());
        let ticket = self.ticket.as_ref().filter(|(_, until)| now < *until);
        carry
            .map(|carry| Way::Resume(carry.clone()))
            .or_else(|| ticket.map(|(ticket, _)| Way::Login(Login::Ticket(ticket.clone()))))
            .or_else(|| self.login.clone().map(Way::Login))
    }
}

const SESSION_LIFE: Duration = Duration::from_millis(SESSION_LIFE_MS);
/// How long a place in the queue is kept.
const PLACE_LIFE: Duration = Duration::from_mins(3);
