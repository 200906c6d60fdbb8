//! The door for most programs: a handle that many tasks may share, commands as futures, pushes as a
//! stream, and one task behind it that owns the socket.

use proto::{
    client::{BindName, ChatSay, LoggedIn, Pay, PayResult, RoomJoin, RoomJoined, Wallet},
    kinds::{BIND_NAME, CHAT_SAY, PAY, ROOM_JOIN, ROOM_LEAVE, WALLET_READ},
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
        types::{Login, Outcome, Push, Secret},
        violation::Violation,
    },
};

/// A connection to a server. Clones share it; it ends when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Client {
    requests: mpsc::Sender<Request>,
    end: watch::Receiver<Option<Error>>,
}

/// What the server tells without being asked, in order.
#[derive(Debug)]
pub struct Pushes {
    pushes: mpsc::Receiver<Push>,
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
        let (pushes_out, pushes) = mpsc::channel(options.pushes_max.max(1));
        let (end_out, end) = watch::channel(None);
        tokio::spawn(async move {
            let _ = end_out.send(Some(pump(stream, requests_in, pushes_out).await));
        });
        Ok((Self { requests, end: end.clone() }, Pushes { pushes, end }))
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

    async fn login(&self, login: Login) -> Result<LoggedIn, Error> {
        self.ask(|reply| Request::Login { login, reply }).await
    }

    /// Sends a command and waits for its one answer. Calls from several tasks are pipelined; at most 64
    /// are without an answer, more wait here.
    ///
    /// # Errors
    /// [`Error::Unanswered`] with the number to ask the next login about, [`Error::Command`] when nothing
    /// was sent, or why the connection had ended before.
    pub async fn command(&self, kind: u32, body: &[u8]) -> Result<Outcome, Error> {
        let body = body.to_vec();
        self.ask(|reply| Request::Command { kind, body, reply }).await
    }

    /// Sends a signal: no answer, the newest wins.
    ///
    /// # Errors
    /// [`Error::Command`], or why the connection ended.
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

    /// Enters a room: its kind, or `kind#number`.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn join(&self, room: &str) -> Result<Outcome<RoomJoined>, Error> {
        let outcome = self.command(ROOM_JOIN, &encode(&RoomJoin { room: room.to_owned() })).await?;
        outcome.read(ROOM_JOIN, |body| decode(body, FROM_SERVER))
    }

    /// Leaves the room.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn leave(&self) -> Result<Outcome, Error> {
        self.command(ROOM_LEAVE, &[]).await
    }

    /// Bytes that come back, in the bundled room `echo`.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn echo(&self, bytes: &[u8]) -> Result<Outcome, Error> {
        self.command(ECHO, bytes).await
    }

    /// Says goodbye and waits until the server has closed; what it still sends is pushed.
    ///
    /// # Errors
    /// Why the connection ended, if not by this.
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
    /// Waits for the next push.
    ///
    /// # Errors
    /// Why the connection ended, after all pushes before it.
    pub async fn next(&mut self) -> Result<Push, Error> {
        match self.pushes.recv().await {
            Some(push) => Ok(push),
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
