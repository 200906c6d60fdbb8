//! How a player comes in, the first time and again: which way is tried next, and which refusal is the last word.
//! Knows no commands.

use std::time::Instant;

use proto::client::LoggedIn;

use super::{Lasting, Stage};
use crate::logic::{
    lasting::{Cut, News, Step, Told, Way},
    session::Session,
    types::Login,
};

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

    pub(super) fn on_login_refused(
        &mut self,
        name: String,
        detail: String,
        session: &mut Session,
        now: Instant,
    ) -> Step {
        match &mut self.stage {
            Stage::Entering { login, again, insist } => {
                let insist = *insist;
                if name == RESTARTED {
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
                    return refused(name, detail);
                }
                self.stage = Stage::Outside;
                self.away_since = None;
                self.told.push_back(Told::LoginRefused { name, detail });
                Step::Stay
            }
            Stage::Returning(way) => match (name.as_str(), way) {
                (RESTARTED, _) => self.try_next_way(session, now),
                (BAD_CREDENTIALS, Way::Login(Login::Ticket(_))) => {
                    self.ways.forget_ticket();
                    self.try_next_way(session, now)
                }
                _ => refused(name, detail),
            },
            // Why the connection is about to be closed; the close says it too.
            Stage::In | Stage::Outside | Stage::Away => Step::Stay,
        }
    }

    pub(super) fn on_resume_refused(&mut self, name: String, session: &mut Session, now: Instant) -> Step {
        self.ways.forget_session();
        if name == SUPERSEDED {
            // Whoever comes by password now pushes out who plays.
            return Step::Over { name, detail: String::new() };
        }
        self.try_next_way(session, now)
    }

    fn try_next_way(&mut self, session: &mut Session, now: Instant) -> Step {
        self.come_back(session, now);
        match self.stage {
            Stage::Returning(_) => Step::Stay,
            Stage::Outside | Stage::Entering { .. } | Stage::Away | Stage::In => {
                Step::Over { name: BAD_CREDENTIALS.to_owned(), detail: "no way back is left".to_owned() }
            }
        }
    }

    /// Takes the best way that is left; stays away if there is none.
    pub(super) fn come_back(&mut self, session: &mut Session, now: Instant) {
        self.stage = Stage::Away;
        let Some(way) = self.ways.best(now) else { return };
        match &way {
            Way::Resume(carry) => {
                // The session was welcomed, and nothing else was asked of it.
                let _ = session.resume(carry.clone());
            }
            Way::Login(login) => self.enter(login, session, now),
        }
        self.stage = Stage::Returning(way);
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
fn refused(name: String, detail: String) -> Step {
    match name.as_str() {
        BAD_CREDENTIALS | BANNED => Step::Over { name, detail },
        _ => Step::Leave(Cut::Refused),
    }
}

const SUPERSEDED: &str = "superseded";
const RESTARTED: &str = "restarted";
const NAME_TAKEN: &str = "name_taken";
const BAD_CREDENTIALS: &str = "bad_credentials";
const BANNED: &str = "banned";
