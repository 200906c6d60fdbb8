//! How a player comes in, the first time and again: on with its session, by ticket, by what it logged in with; all on
//! one connection, as long as that lasts.

use std::time::Instant;

use client::{
    Error as ClientError, Login, Resumption, Stream,
    logic::{lasting::Way, session::Carry},
};
use proto::client::{LoggedIn, Resumed};

use crate::{
    driver::{clock, life::Life},
    logic::stats::{Deed, Ending},
};

/// What an attempt to come in came to.
enum Entry {
    In,
    /// That way is none any more; another may be, on the same connection.
    NotSo,
    /// In, and out again: now the way that is to be tested, by password.
    Anew,
}

impl Life {
    /// Connects and comes in; `due` is when that was wanted.
    pub(super) async fn enter(&mut self, deed: Deed, due: Instant) -> Result<Stream, ClientError> {
        loop {
            let mut stream = Stream::connect(&self.reach()).await?;
            let entry = loop {
                let entry = match self.ways.best(clock::now()) {
                    Some(Way::Resume(carry)) => self.resume(carry, &mut stream, deed, due).await,
                    Some(Way::Login(login)) => self.log_in(login, &mut stream, deed, due).await,
                    None => {
                        let login = self.first_login();
                        self.log_in(login, &mut stream, deed, due).await
                    }
                };
                match entry {
                    Ok(Entry::NotSo) => {}
                    Ok(entry) => break Ok(entry),
                    Err(error) => break Err(error),
                }
            };
            match entry {
                Ok(Entry::In | Entry::NotSo) => return Ok(stream),
                Ok(Entry::Anew) => self.add_traffic(&stream),
                Err(error) => {
                    self.add_traffic(&stream);
                    return Err(error);
                }
            }
        }
    }

    async fn resume(
        &mut self,
        carry: Carry,
        stream: &mut Stream,
        deed: Deed,
        due: Instant,
    ) -> Result<Entry, ClientError> {
        let reply = stream.resume(carry).await;
        self.shared.world.borrow_mut().stats.sent(deed);
        match reply {
            Ok(Resumption::Resumed(resumed)) => {
                self.came_in(deed, due);
                self.on_resumed(&resumed, stream)?;
                Ok(Entry::In)
            }
            Ok(Resumption::Reset(reset)) => {
                self.came_in(deed, due);
                let now = clock::now();
                self.ways.reset(&reset, now);
                self.go_on();
                self.player.reset(&reset, now, &mut self.shared.world.borrow_mut());
                Ok(Entry::In)
            }
            Err(ClientError::ResumeRefused { name }) => {
                self.shared.world.borrow_mut().comebacks.refused(&name);
                self.ways.forget_session();
                self.fall();
                Ok(Entry::NotSo)
            }
            Err(error) => {
                if let ClientError::Violation(_) = error {
                    self.ways.forget_session();
                }
                Err(error)
            }
        }
    }

    fn on_resumed(&mut self, resumed: &Resumed, stream: &mut Stream) -> Result<(), ClientError> {
        self.ways.resumed();
        let mut world = self.shared.world.borrow_mut();
        for again in self.player.resumed(resumed, clock::now(), &mut world) {
            let cseq = stream.command(again.kind, &again.body)?;
            if cseq != again.cseq {
                self.player.renumbered(&again, cseq, &mut world);
            }
        }
        drop(world);
        self.go_on();
        Ok(())
    }

    async fn log_in(
        &mut self,
        login: Login,
        stream: &mut Stream,
        deed: Deed,
        due: Instant,
    ) -> Result<Entry, ClientError> {
        let reply = stream.login(&login).await;
        self.shared.world.borrow_mut().stats.sent(deed);
        match reply {
            Ok(reply) => {
                self.came_in(deed, due);
                Ok(self.on_logged_in(login, &reply))
            }
            Err(error) => {
                let is_wrong =
                    matches!(&error, ClientError::LoginRefused { name, .. } if name == BAD_CREDENTIALS);
                if is_wrong && let Login::Ticket(_) = login {
                    self.on_error(&error);
                    self.ways.forget_ticket();
                    return Ok(Entry::NotSo);
                }
                if is_wrong {
                    // The registration whose answer was lost did not happen.
                    self.has_registered = false;
                }
                Err(error)
            }
        }
    }

    fn on_logged_in(&mut self, login: Login, reply: &LoggedIn) -> Entry {
        self.fall();
        let is_new_name = matches!(login, Login::Register { .. });
        let now = clock::now();
        self.ways.logged_in(login, reply, now);
        self.player.logged_in(reply, now, &mut self.shared.world.borrow_mut());
        if is_new_name {
            self.ways.forget_ticket();
            return Entry::Anew;
        }
        Entry::In
    }

    fn came_in(&mut self, deed: Deed, due: Instant) {
        let mut world = self.shared.world.borrow_mut();
        let now = clock::now();
        world.pass(now);
        world.stats.ended(deed, Ending::Ok, now.saturating_duration_since(due));
        if deed == Deed::Reconnect {
            world.reconnects += 1;
        }
    }

    fn first_login(&mut self) -> Login {
        if !self.shared.options.password_login {
            return Login::Guest;
        }
        let run = self.shared.world.borrow().run;
        let name = format!("b{:06x}{:05}", run & 0x00ff_ffff, self.id);
        let password = format!("{run:016x}-{}", self.id).as_str().into();
        if std::mem::replace(&mut self.has_registered, true) {
            Login::Password { name, password }
        } else {
            Login::Register { name, password }
        }
    }

    fn add_traffic(&self, stream: &Stream) {
        self.shared.world.borrow_mut().add_traffic(stream.traffic(), stream.wire());
    }
}

const BAD_CREDENTIALS: &str = "bad_credentials";
