//! The door for most programs: a handle that many tasks may share, commands as futures, pushes as a
//! stream, and one task behind it that owns the socket, and makes another when it dies.

use proto::{
    client::{BindName, ChatSay, LoggedIn, Pay, PayResult, Wallet},
    kinds::{BIND_NAME, CHAT_SAY, PAY, WALLET_READ},
    wire::{DecodeError, decode, encode},
};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    driver::{
        error::Error,
        options::Options,
        pump::{Request, pump},
        stream::Stream,
    },
    logic::{
        echo::{ECHO, FROM_SERVER},
        lasting::{Insist, News},
        types::{Login, Outcome, Push, Secret},
        violation::Violation,
    },
};

/// A player on a server. Clones share it; it ends when the last one is dropped.
///
/// Once logged in it outlives its connections, unless [`Options::reconnect`] says otherwise: it comes back by
/// itself, goes on with its session, and commands that were on their way get their answers as if nothing had
/// happened. Where the server itself had to begin anew, each command that has no answer fails with its fate
/// ([`Error::Unanswered`]), or is sent again by a handle that insists ([`Self::insisting`]). A command is never
/// executed twice. What happened is told as [`News`].
///
/// It does not come back after `superseded`, `kicked`, `banned`, `logged_out`, `version` and `client_too_old`, when
/// the server takes neither ticket nor password any more, and when [`Options::reconnect_for`] is over.
#[derive(Clone, Debug)]
pub struct Client {
    requests: mpsc::Sender<Request>,
    end: watch::Receiver<Option<Error>>,
    insist: Insist,
}

/// What the server tells without being asked, and what happens to the connection, in order.
#[derive(Debug)]
pub struct Pushes {
    news: mpsc::Receiver<News>,
    end: watch::Receiver<Option<Error>>,
}

impl Client {
    /// Connects, waits for the welcome, and starts the task behind the handle on the current runtime.
    ///
    /// # Errors
    /// See [`Stream::connect`].
    pub async fn connect(options: &Options) -> Result<(Self, Pushes), Error> {
        let stream = Stream::connect(options).await?;
        let (requests, requests_in) = mpsc::channel(REQUESTS_MAX);
        let (news_out, news) = mpsc::channel(options.pushes_max.max(1));
        let (end_out, end) = watch::channel(None);
        let options = options.clone();
        tokio::spawn(async move {
            let _ = end_out.send(Some(pump(stream, options, requests_in, news_out).await));
        });
        Ok((Self { requests, end: end.clone(), insist: Insist::No }, Pushes { news, end }))
    }

    /// A handle whose commands are sent again, as new commands, when the server had to begin anew and they did not
    /// happen. For what is right however late it is done, and however often it is *heard*: what leaves no record
    /// (chat, echo) may have been done and be told as not done.
    #[must_use]
    pub fn insisting(&self) -> Self {
        Self { insist: Insist::Yes, ..self.clone() }
    }

    /// A new account without a name. Keep `account` and `secret` to come back.
    ///
    /// # Errors
    /// As all logins: [`Error::LoginRefused`] (another may follow), or why the connection ended.
    pub async fn login_guest(&self) -> Result<LoggedIn, Error> {
        self.login(Login::Guest).await
    }

    /// Comes back as a guest.
    ///
    /// # Errors
    /// See [`Self::login_guest`].
    pub async fn login_secret(&self, account: u64, secret: &[u8]) -> Result<LoggedIn, Error> {
        self.login(Login::Secret { account, secret: Secret(secret.to_vec()) }).await
    }

    /// A new account with a name.
    ///
    /// # Errors
    /// See [`Self::login_guest`].
    pub async fn register(&self, name: &str, password: &str) -> Result<LoggedIn, Error> {
        self.login(Login::Register { name: name.to_owned(), password: password.into() }).await
    }

    /// An account with a name. The password may wait in the server's queue.
    ///
    /// # Errors
    /// See [`Self::login_guest`].
    pub async fn login_password(&self, name: &str, password: &str) -> Result<LoggedIn, Error> {
        self.login(Login::Password { name: name.to_owned(), password: password.into() }).await
    }

    /// Comes back by the ticket of the last `LoggedIn` or reset, without a password; within 12 h, and while nobody
    /// else has logged in.
    ///
    /// # Errors
    /// See [`Self::login_guest`].
    pub async fn login_ticket(&self, ticket: &[u8]) -> Result<LoggedIn, Error> {
        self.login(Login::Ticket(Secret(ticket.to_vec()))).await
    }

    async fn login(&self, login: Login) -> Result<LoggedIn, Error> {
        self.ask(|reply| Request::Login { login, reply }).await
    }

    /// Sends a command and waits for its one answer, over as many connections as that takes. Calls from several
    /// tasks are pipelined; at most 64 are without an answer, more wait here. While the client is away, or the
    /// server paused, commands wait and are sent when it is back.
    ///
    /// Whoever drops the future, as `tokio::time::timeout` does, gives up the answer and not the command: once the task
    /// behind the handle has it (at the first poll, while fewer than 64 wait for that task), it is sent and executed
    /// like any other, and its answer is nobody's. Look afterwards what became of it.
    ///
    /// # Errors
    /// [`Error::Unanswered`] with what became of it, [`Error::Command`] when nothing was sent, or why the client
    /// had ended before.
    pub async fn command(&self, kind: u32, body: &[u8]) -> Result<Outcome, Error> {
        let (body, insist) = (body.to_vec(), self.insist);
        self.ask(|reply| Request::Command { kind, body, insist, reply }).await
    }

    /// Sends a signal: no answer, the newest wins. While the client is away it is dropped.
    ///
    /// # Errors
    /// [`Error::Command`], or why the client ended.
    pub async fn signal(&self, kind: u32, body: &[u8]) -> Result<(), Error> {
        let body = body.to_vec();
        self.ask(|reply| Request::Signal { kind, body, reply }).await
    }

    /// Gives a guest's account a name and a password; its secret stops working.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn bind_name(&self, name: &str, password: &str) -> Result<Outcome, Error> {
        let bind = BindName { name: name.to_owned(), password: password.to_owned() };
        self.command(BIND_NAME, &encode(&bind)).await
    }

    /// Gold to somebody else.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn pay(&self, to: u64, amount: i64) -> Result<Outcome<PayResult>, Error> {
        let outcome = self.command(PAY, &encode(&Pay { to, amount })).await?;
        outcome.read(PAY, |body| decode(body, FROM_SERVER))
    }

    /// The own wallet.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn wallet(&self) -> Result<Outcome<Wallet>, Error> {
        let outcome = self.command(WALLET_READ, &[]).await?;
        outcome.read(WALLET_READ, |body| decode(body, FROM_SERVER))
    }

    /// A line for everyone, at most 512 bytes; everyone hears it, this client too.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn say(&self, text: &str) -> Result<Outcome, Error> {
        self.command(CHAT_SAY, &encode(&ChatSay { text: text.to_owned() })).await
    }

    /// Bytes that come back, in the bundled room `echo`.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn echo(&self, bytes: &[u8]) -> Result<Outcome, Error> {
        self.command(ECHO, bytes).await
    }

    /// Says goodbye and waits until the server has closed; what it still sends is pushed. A client that is away comes
    /// back for it, so that the server does not wait for the player.
    ///
    /// # Errors
    /// Why the client ended, if not by this.
    pub async fn logout(&self) -> Result<(), Error> {
        self.ask(|reply| Request::Logout { reply }).await
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Request,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        if self.requests.send(request(reply)).await.is_err() {
            return Err(cause(self.end.clone()).await);
        }
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(cause(self.end.clone()).await),
        }
    }
}

impl Pushes {
    /// Waits for the next push; other news are passed over.
    ///
    /// # Errors
    /// Why the client ended, after all pushes before it.
    pub async fn next(&mut self) -> Result<Push, Error> {
        loop {
            if let News::Push(push) = self.news().await? {
                return Ok(push);
            }
        }
    }

    /// Waits for whatever happens next: a push, or something about the connection.
    ///
    /// # Errors
    /// Why the client ended, after all news before it.
    pub async fn news(&mut self) -> Result<News, Error> {
        match self.news.recv().await {
            Some(news) => Ok(news),
            None => Err(cause(self.end.clone()).await),
        }
    }
}

impl Outcome {
    pub(super) fn read<T>(
        self,
        kind: u32,
        decode: impl FnOnce(&[u8]) -> Result<T, DecodeError>,
    ) -> Result<Outcome<T>, Error> {
        Ok(match self {
            Self::Ok(body) => Outcome::Ok(decode(&body).map_err(|cause| Violation::Body { kind, cause })?),
            Self::Rejected(code) => Outcome::Rejected(code),
            Self::RetryLater { after_ms, code } => Outcome::RetryLater { after_ms, code },
        })
    }
}

/// Why the task behind the handle ended; it is ending or has ended.
async fn cause(mut end: watch::Receiver<Option<Error>>) -> Error {
    let ended = end.wait_for(Option::is_some).await;
    ended.ok().and_then(|end| end.clone()).unwrap_or(Error::Gone)
}

/// Requests on their way to the task; more wait in their own futures.
const REQUESTS_MAX: usize = 64;
