//! The task behind a [`crate::Client`]: owns the connection, makes the next one when it has died, hands answers
//! and news to who waits for them. What is to be done when is [`Lasting`]'s to say.

use std::{collections::BTreeMap, time::Instant};

use proto::{client::LoggedIn, close::CloseReason, kinds::Lane};
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    time::sleep_until,
};

use crate::{
    driver::{clock, error::Error, options::Options, stream::Stream},
    logic::{
        lasting::{CommandId, Cut, Insist, Lasting, News, Next, Step, Terms, Told},
        types::{Login, Outcome},
    },
};

type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// What a handle asks for.
#[derive(Debug)]
pub(super) enum Request {
    Login { login: Login, reply: Reply<LoggedIn> },
    Command { kind: u32, body: Vec<u8>, insist: Insist, reply: Reply<Outcome> },
    Signal { kind: u32, body: Vec<u8>, reply: Reply<()> },
    Logout { reply: Reply<()> },
}

/// Runs until all handles are gone or an end is final; returns why.
pub(super) async fn pump(
    stream: Stream,
    options: Options,
    requests: mpsc::Receiver<Request>,
    news: mpsc::Sender<News>,
) -> Error {
    let Options { reconnect, go_back, reconnect_for: away_max, .. } = options;
    // Without randomness of the system clients come back together, and that is all.
    let mut seed = [0; 8];
    let seed = getrandom::fill(&mut seed).map_or(0, |()| u64::from_le_bytes(seed));
    let mut pump = Pump {
        options,
        requests,
        news,
        lasting: Lasting::new(Terms { reconnect, go_back, away_max }, seed),
        commands: BTreeMap::new(),
        login: None,
        logout: None,
        cause: None,
    };
    let cause = pump.live(stream).await;
    pump.end(&cause);
    cause
}

struct Pump {
    options: Options,
    requests: mpsc::Receiver<Request>,
    news: mpsc::Sender<News>,
    lasting: Lasting,
    commands: BTreeMap<CommandId, Reply<Outcome>>,
    login: Option<Reply<LoggedIn>>,
    logout: Option<Reply<()>>,
    /// Why the last connection ended, while the player is away.
    cause: Option<Error>,
}

/// Nothing more is to be done.
struct Over(Error);

impl Pump {
    async fn live(&mut self, mut stream: Stream) -> Error {
        loop {
            let (cut, cause) = match self.serve(&mut stream).await {
                Ok(ended) => ended,
                Err(Over(cause)) => return cause,
            };
            let next = self.lasting.ended(&cut, Some(stream.session()), clock::now());
            self.cause = Some(cause.clone());
            // The server learns at once that this connection is not used any more.
            drop(stream);
            if let Err(Over(cause)) = self.hand_on() {
                return cause;
            }
            stream = match self.connect(next, cause).await {
                Ok(stream) => stream,
                Err(Over(cause)) => return cause,
            };
        }
    }

    /// Until the connection has ended; how, and why.
    async fn serve(&mut self, stream: &mut Stream) -> Result<(Cut, Error), Over> {
        let mut step = self.lasting.connected(stream.session(), clock::now());
        loop {
            self.hand_on()?;
            match step {
                Step::Stay => {}
                Step::Leave(cut) => return Ok((cut, Error::Gone)),
                Step::Over { name, detail } => {
                    return Err(Over(Error::LoginRefused { name, detail, retry_after_ms: 0 }));
                }
            }
            let deadline = self.lasting.deadline(stream.session());
            let wake_at = deadline.unwrap_or_else(clock::now);
            step = tokio::select! {
                event = stream.next() => match event {
                    Ok(event) => self.lasting.on_event(event, stream.session(), clock::now()),
                    Err(cause) => return Ok((cut(&cause)?, cause)),
                },
                // More commands than have room wait in the channel, and then in their callers.
                request = self.requests.recv(), if self.lasting.has_room() => {
                    self.on_request(request, Some(stream))?;
                    Step::Stay
                }
                () = sleep_until(wake_at.into()), if deadline.is_some() => {
                    self.lasting.on_time(stream.session(), clock::now())
                }
            };
        }
    }

    /// Waits and connects, again and again.
    async fn connect(&mut self, mut next: Next, mut cause: Error) -> Result<Stream, Over> {
        loop {
            let Next::Connect { after } = next else { return Err(Over(cause)) };
            self.wait(clock::now() + after).await?;
            let options = self.options.clone();
            let mut connecting = Box::pin(Stream::connect(&options));
            let result = loop {
                tokio::select! {
                    result = &mut connecting => break result,
                    request = self.requests.recv(), if self.lasting.has_room() => {
                        self.on_request(request, None)?;
                    }
                }
            };
            cause = match result {
                Ok(stream) => return Ok(stream),
                Err(error) => error,
            };
            next = self.lasting.ended(&cut(&cause)?, None, clock::now());
        }
    }

    /// Takes what handles ask for meanwhile.
    async fn wait(&mut self, until: Instant) -> Result<(), Over> {
        loop {
            tokio::select! {
                () = sleep_until(until.into()) => return Ok(()),
                request = self.requests.recv(), if self.lasting.has_room() => self.on_request(request, None)?,
            }
        }
    }

    fn on_request(&mut self, request: Option<Request>, stream: Option<&mut Stream>) -> Result<(), Over> {
        let session = stream.map(Stream::session);
        // A caller that gave up does not read its reply; that is its right.
        match request {
            None => return Err(Over(Error::Gone)),
            Some(Request::Login { login, reply }) => {
                let Some(session) = session else {
                    // One connection less, and the next one is not there yet.
                    let _ = reply.send(Err(self.cause.clone().unwrap_or(Error::Gone)));
                    return Ok(());
                };
                match self.lasting.login(login, session) {
                    Ok(()) => self.login = Some(reply),
                    Err(error) => drop(reply.send(Err(error.into()))),
                }
            }
            Some(Request::Command { kind, body, insist, reply }) => {
                match self.lasting.command(kind, body, insist) {
                    Ok(id) => drop(self.commands.insert(id, reply)),
                    Err(error) => drop(reply.send(Err(error.into()))),
                }
                if let Some(session) = session {
                    self.lasting.flush(session, clock::now());
                }
            }
            Some(Request::Signal { kind, body, reply }) => {
                // Who is away says nothing: the next signal will be newer.
                let result = session.map_or(Ok(()), |session| self.lasting.signal(kind, &body, session));
                let _ = reply.send(result.map_err(Error::from));
            }
            Some(Request::Logout { reply }) => match self.lasting.logout(session) {
                Ok(()) => self.logout = Some(reply),
                Err(error) => drop(reply.send(Err(error.into()))),
            },
        }
        Ok(())
    }

    /// Gives everybody what is theirs.
    fn hand_on(&mut self) -> Result<(), Over> {
        while let Some(told) = self.lasting.take_told() {
            match told {
                Told::LoggedIn(logged_in) => self.on_login(Ok(logged_in)),
                Told::LoginRefused { name, detail, retry_after_ms } => {
                    self.on_login(Err(Error::LoginRefused { name, detail, retry_after_ms }));
                }
                Told::Answered { id, outcome, .. } => self.on_command(id, Ok(outcome)),
                Told::Unsendable { id, error } => self.on_command(id, Err(error.into())),
                Told::Fate { id, cseq, fate } => {
                    let cause = Box::new(self.cause.clone().unwrap_or(Error::Reset));
                    self.on_command(id, Err(Error::Unanswered { cseq, fate: Some(fate), cause }));
                }
                Told::News(news) => self.on_news(news)?,
            }
        }
        Ok(())
    }

    fn on_login(&mut self, result: Result<LoggedIn, Error>) {
        self.cause = None;
        if let Some(reply) = self.login.take() {
            let _ = reply.send(result);
        }
    }

    fn on_command(&mut self, id: CommandId, result: Result<Outcome, Error>) {
        if let Some(reply) = self.commands.remove(&id) {
            let _ = reply.send(result);
        }
    }

    fn on_news(&mut self, news: News) -> Result<(), Over> {
        let lane = match &news {
            News::Push(push) => push.lane(),
            News::Resumed { .. } | News::Reset(_) | News::LoggedInAgain(_) => {
                self.cause = None;
                Lane::MustArrive
            }
            News::Paused
            | News::Away { .. }
            | News::LoginQueued { .. }
            | News::RoomGone { .. }
            | News::WentBack { .. } => Lane::MustArrive,
        };
        match self.news.try_send(news) {
            Ok(()) | Err(TrySendError::Closed(_)) => Ok(()),
            Err(TrySendError::Full(_)) => match lane {
                Lane::LatestWins | Lane::Expiring | Lane::Control => Ok(()),
                Lane::MustArrive => Err(Over(Error::PushesFull { max: self.news.max_capacity() })),
            },
        }
    }

    fn end(mut self, cause: &Error) {
        for (cseq, id) in self.lasting.end() {
            let error = match cseq {
                Some(cseq) => Error::Unanswered { cseq, fate: None, cause: Box::new(cause.clone()) },
                None => cause.clone(),
            };
            self.on_command(id, Err(error));
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

/// What an error of a connection is to the player.
fn cut(error: &Error) -> Result<Cut, Over> {
    error.cut().ok_or_else(|| Over(error.clone()))
}
