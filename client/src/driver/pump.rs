//! The task behind a [`crate::Client`]: owns the connection, hands answers to who waits for them.

use std::collections::BTreeMap;

use proto::{client::LoggedIn, close::CloseReason, kinds::Lane};
use tokio::sync::{
    mpsc::{self, error::TrySendError},
    oneshot,
};

use crate::{
    driver::{error::Error, stream::Stream},
    logic::types::{Event, Login, Outcome, Push},
};

type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// What a handle asks for.
#[derive(Debug)]
pub(super) enum Request {
    Login { login: Login, reply: Reply<LoggedIn> },
    Command { kind: u32, body: Vec<u8>, reply: Reply<Outcome> },
    Signal { kind: u32, body: Vec<u8>, reply: Reply<()> },
    Logout { reply: Reply<()> },
}

/// Runs until the connection or all handles are gone; returns why.
pub(super) async fn pump(
    stream: Stream,
    mut requests: mpsc::Receiver<Request>,
    pushes: mpsc::Sender<Push>,
) -> Error {
    let mut pump = Pump { stream, pushes, commands: BTreeMap::new(), login: None, logout: None };
    let cause = loop {
        // A full window leaves further commands in the channel, and then in their callers.
        let has_room = pump.stream.session().window().is_none_or(|window| window.has_room());
        tokio::select! {
            event = pump.stream.next() => match event {
                Ok(event) => if let Err(cause) = pump.on_event(event) { break cause },
                Err(cause) => break cause,
            },
            request = requests.recv(), if has_room => match request {
                Some(request) => pump.on_request(request),
                None => break Error::Gone,
            },
        }
    };
    pump.end(&cause);
    cause
}

struct Pump {
    stream: Stream,
    pushes: mpsc::Sender<Push>,
    commands: BTreeMap<u64, Reply<Outcome>>,
    login: Option<Reply<LoggedIn>>,
    logout: Option<Reply<()>>,
}

impl Pump {
    fn on_request(&mut self, request: Request) {
        // A caller that gave up does not read its reply; that is its right.
        match request {
            Request::Login { login, reply } => match self.stream.session().login(&login) {
                Ok(()) => self.login = Some(reply),
                Err(error) => drop(reply.send(Err(error.into()))),
            },
            Request::Command { kind, body, reply } => match self.stream.command(kind, &body) {
                Ok(cseq) => drop(self.commands.insert(cseq, reply)),
                Err(error) => drop(reply.send(Err(error.into()))),
            },
            Request::Signal { kind, body, reply } => {
                let result = self.stream.session().signal(kind, &body);
                let _ = reply.send(result.map_err(Error::from));
            }
            Request::Logout { reply } => match self.stream.session().logout() {
                Ok(()) => self.logout = Some(reply),
                Err(error) => drop(reply.send(Err(error.into()))),
            },
        }
    }

    fn on_event(&mut self, event: Event) -> Result<(), Error> {
        match event {
            Event::LoggedIn(logged_in) => self.on_login(Ok(logged_in)),
            Event::LoginRefused { name, detail } => self.on_login(Err(Error::LoginRefused { name, detail })),
            Event::Answered { cseq, outcome } => {
                if let Some(reply) = self.commands.remove(&cseq) {
                    let _ = reply.send(Ok(outcome));
                }
            }
            Event::Push(push) => return self.push(push),
            // The reason is what `Stream::next` returns from now on.
            Event::Closed(_)
            | Event::Welcomed(_)
            | Event::LoginQueued { .. }
            | Event::Paused
            | Event::Resumed(_)
            | Event::ResumeRefused { .. }
            | Event::Reset(_)
            | Event::Reconnect { .. } => {}
        }
        Ok(())
    }

    fn on_login(&mut self, result: Result<LoggedIn, Error>) {
        if let Some(reply) = self.login.take() {
            let _ = reply.send(result);
        }
    }

    fn push(&mut self, push: Push) -> Result<(), Error> {
        match self.pushes.try_send(push) {
            Ok(()) | Err(TrySendError::Closed(_)) => Ok(()),
            Err(TrySendError::Full(push)) => match push.lane() {
                Lane::LatestWins | Lane::Expiring | Lane::Control => Ok(()),
                Lane::MustArrive => Err(Error::PushesFull { max: self.pushes.max_capacity() }),
            },
        }
    }

    fn end(self, cause: &Error) {
        for (cseq, reply) in self.commands {
            let _ = reply.send(Err(Error::Unanswered { cseq, cause: Box::new(cause.clone()) }));
        }
        if let Some(reply) = self.login {
            let _ = reply.send(Err(cause.clone()));
        }
        if let Some(reply) = self.logout {
            let said_goodbye =
                matches!(cause, Error::Closed(closed) if closed.reason == Some(CloseReason::LoggedOut));
            let _ = reply.send(if said_goodbye { Ok(()) } else { Err(cause.clone()) });
        }
    }
}
