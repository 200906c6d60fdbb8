//! How a player comes in, the first time and again: which way is tried next, and which refusal is the last word.
//! Knows no commands.

use std::time::{Duration, Instant};

use proto::client::LoggedIn;

use super::{Lasting, Stage};
use crate::logic::{
    lasting::{Cut, News, Step, Told, Way},
    session::Session,
    types::Login,
};

/// Why a login did not let the player in.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Stable code of the server.
    pub(super) name: String,
    /// For people.
    pub(super) detail: String,
    /// Milliseconds that the server asks to wait; 0: no wish.
    pub(super) retry_after_ms: u32,
}

impl Lasting {
    /// The answer to a login.
    pub(super) fn on_logged_in(&mut self, logged_in: LoggedIn, now: Instant) {
        // The session takes no login that was not asked for.
        let _unasked = self.login_done(logged_in, News::LoggedInAgain, now);
    }

    /// What stands for an answer to a login, or comes to whoever is in.
    pub(super) fn on_reset(&mut self, logged_in: LoggedIn, now: Instant) {
        if let Some(logged_in) = self.login_done(logged_in, News::Reset, now) {
            self.ways.reset(&logged_in, now);
            self.begin_anew(&logged_in, News::Reset(logged_in.clone()));
        }
    }

    /// Ends a login that was under way; hands it back if none was.
    fn login_done(
        &mut self,
        logged_in: LoggedIn,
        news: fn(LoggedIn) -> News,
        now: Instant,
    ) -> Option<LoggedIn> {
        match std::mem::replace(&mut self.stage, Stage::In) {
            Stage::Entering { login, .. } => {
                self.ways.logged_in(login, &logged_in, now);
                self.came_in();
                // It was in no room before, as far as anybody here knows.
                let _none = self.whereabouts.kept(logged_in.room);
                self.told.push_back(Told::LoggedIn(logged_in));
                None
            }
            Stage::Returning(Way::Login(login)) => {
                self.ways.logged_in(login, &logged_in, now);
                self.begin_anew(&logged_in, news(logged_in.clone()));
                None
            }
            Stage::Returning(Way::Resume(_)) | Stage::Outside | Stage::Away | Stage::In => Some(logged_in),
        }
    }

    pub(super) fn on_login_refused(&mut self, refusal: Refusal, session: &mut Session, now: Instant) -> Step {
        let Refusal { name, detail, retry_after_ms } = refusal;
        match &mut self.stage {
            Stage::Entering { login, again, insist } => {
                let insist = *insist;
                if name == RESTARTED {
                    // The game that died may have done it.
                    *again = true;
                    let login = login.clone();
                    self.enter(&login, session, now);
                    return Step::Stay;
                }
                if let (NAME_TAKEN, true, Login::Register { name, password }) =
                    (name.as_str(), *again, &*login)
                {
                    // By the registration whose reply was lost, if the password says so.
                    let login = Login::Password { name: name.clone(), password: password.clone() };
                    self.enter(&login, session, now);
                    self.stage = Stage::Entering { login, again: true, insist };
                    return Step::Stay;
                }
                if insist {
                    return refused(name, detail, retry_after_ms);
                }
                self.stage = Stage::Outside;
                self.away_since = None;
                self.told.push_back(Told::LoginRefused { name, detail, retry_after_ms });
                Step::Stay
            }
            Stage::Returning(way) => match (name.as_str(), way) {
                (RESTARTED, _) => self.come_back(session, now),
                (BAD_CREDENTIALS, Way::Login(Login::Ticket(_))) => {
                    self.ways.forget_ticket();
                    self.come_back(session, now)
                }
                _ => refused(name, detail, retry_after_ms),
            },
            // Why the connection is about to be closed; the close says it too.
            Stage::In | Stage::Outside | Stage::Away => Step::Stay,
        }
    }

    pub(super) fn on_resume_refused(&mut self, name: String, session: &mut Session, now: Instant) -> Step {
        self.ways.forget_session();
        if name == SUPERSEDED || name == KICKED {
            // Whoever comes by password now pushes out who plays, or undoes what staff did.
            return Step::Over { name, detail: String::new() };
        }
        self.come_back(session, now)
    }

    /// Takes the best way that is left. Without one nothing that the server could say would let the player in.
    pub(super) fn come_back(&mut self, session: &mut Session, now: Instant) -> Step {
        self.stage = Stage::Away;
        let Some(way) = self.ways.best(now) else {
            return Step::Over { name: BAD_CREDENTIALS.to_owned(), detail: "no way back is left".to_owned() };
        };
        match &way {
            Way::Resume(carry) => {
                // The session was welcomed, and nothing else was asked of it.
                let _ = session.resume(carry.clone());
            }
            Way::Login(login) => self.enter(login, session, now),
        }
        self.stage = Stage::Returning(way);
        Step::Stay
    }

    pub(super) fn enter(&mut self, login: &Login, session: &mut Session, now: Instant) {
        if let Some(place) = self.ways.place(now) {
            let _ = session.queue_place(&place);
        }
        // The session was welcomed, and the server took this login before.
        let _ = session.login(login);
    }
}

/// A way in was refused to one that tries again, if that can help.
fn refused(name: String, detail: String, retry_after_ms: u32) -> Step {
    match name.as_str() {
        BAD_CREDENTIALS | BANNED => Step::Over { name, detail },
        // Rules of names and passwords, and a name that is somebody else's.
        rule if rule.starts_with("name_") || rule.starts_with("password_") => Step::Over { name, detail },
        _ => Step::Leave(Cut::Refused { after: Duration::from_millis(retry_after_ms.into()) }),
    }
}

const SUPERSEDED: &str = "superseded";
const KICKED: &str = "kicked";
/// Game is another one; also why a room is gone with the one before.
pub(super) const RESTARTED: &str = "restarted";
const NAME_TAKEN: &str = "name_taken";
const BAD_CREDENTIALS: &str = "bad_credentials";
const BANNED: &str = "banned";
