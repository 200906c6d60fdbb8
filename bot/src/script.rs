//! Scenarios of a game's own: a function plays one thing, a match or a visit, as one player, again and again. Knows no
//! schedule and no report.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    time::{Duration, Instant},
};

use client::{Client, Error as ClientError, News, Outcome, Push, Pushes, Violation};
use proto::client::RoomLeft;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use tokio::time::{sleep_until, timeout, timeout_at};

use crate::{driver::clock, report::ComebackFigures};

/// A scenario of a game's own.
pub struct Script {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) play: Play,
}

/// Plays once, and gives the player back with what came of it.
pub(crate) type Play = Box<dyn Fn(Actor) -> Playing>;
type Playing = Pin<Box<dyn Future<Output = (Actor, Result<(), Failed>)>>>;

impl Script {
    /// `play` is called again and again for each player while the run lasts; one that has begun is played to its end.
    pub fn new(
        name: &'static str,
        about: &'static str,
        play: impl AsyncFn(&mut Actor) -> Result<(), Failed> + Copy + 'static,
    ) -> Self {
        let play = move |mut actor: Actor| -> Playing {
            Box::pin(async move {
                let said = play(&mut actor).await;
                (actor, said)
            })
        };
        Self { name, about, play: Box::new(play) }
    }

    /// As it is typed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// For the help, one line.
    #[must_use]
    pub fn about(&self) -> &'static str {
        self.about
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One player of a run.
#[derive(Debug)]
pub struct Actor {
    /// Sends, and comes back by itself when the connection or the server dies.
    pub client: Client,
    /// Its account.
    pub account: u64,
    /// Which of the players of this run, from 0.
    pub number: u32,
    /// How many they are.
    pub players: u32,
    pub(crate) comebacks: ComebackFigures,
    pushes: Pushes,
    rng: ChaCha8Rng,
    over_at: Instant,
}

impl Actor {
    pub(crate) fn new(client: Client, pushes: Pushes, account: u64, place: Place) -> Self {
        let Place { number, players, seed, over_at } = place;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number.into());
        let comebacks = ComebackFigures::default();
        Self { client, account, number, players, comebacks, pushes, rng, over_at }
    }

    /// What the server tells next without being asked, over however many connections. Nothing within 60 s is a failure,
    /// and within 5 s once the run is over the end of this play. A room that was finished while it was away has been left
    /// like any other.
    ///
    /// # Errors
    /// The connection has ended for good, or nothing came.
    pub async fn next(&mut self) -> Result<Push, Failed> {
        let now = clock::now();
        let until = (now + WAIT).min(self.over_at.max(now) + WAIT_WHEN_OVER);
        loop {
            match timeout_at(until.into(), self.pushes.news()).await {
                Ok(Ok(News::Push(push))) => return Ok(push),
                Ok(Ok(News::Away { .. })) => self.comebacks.sockets_lost += 1,
                Ok(Ok(News::Paused)) => self.comebacks.pauses += 1,
                Ok(Ok(News::Resumed { .. })) => self.comebacks.resumes += 1,
                Ok(Ok(News::Reset(_) | News::LoggedInAgain(_))) => self.comebacks.resets += 1,
                Ok(Ok(News::RoomGone { room })) => {
                    return Ok(Push::RoomLeft(RoomLeft { room, reason: "finished".to_owned() }));
                }
                Ok(Ok(News::WentBack { .. } | News::LoginQueued { .. })) => {}
                Ok(Err(ended)) => return Err(ended.into()),
                Err(_) if self.over_at <= clock::now() => return Err(Failed::Over),
                Err(_) => {
                    let heard = format!("nothing heard for {} s", WAIT.as_secs());
                    return Err(Failed::wrong("silence", heard));
                }
            }
        }
    }

    /// A number below this one, the same for the same seed and player.
    ///
    /// # Panics
    /// If `end` is 0.
    pub fn below(&mut self, end: u32) -> u32 {
        self.rng.next_u32() % end
    }

    /// Thinks for so long. A player has a budget of commands: one that never thinks is soon told `too_fast`.
    pub async fn think(&self, time: Duration) {
        sleep_until((clock::now() + time).into()).await;
    }

    /// Passes over what came before and was not looked at.
    pub(crate) async fn settle(&mut self) {
        while timeout(Duration::ZERO, self.pushes.next()).await.is_ok_and(|push| push.is_ok()) {}
    }
}

/// Which player of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) number: u32,
    pub(crate) players: u32,
    pub(crate) seed: u64,
    /// From then on nobody begins another play.
    pub(crate) over_at: Instant,
}

/// Why a play came to nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failed {
    /// The connection, or the login.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The run is over, and nothing comes any more: nobody's fault.
    #[error("the run was over")]
    Over,
    /// The server did what it must not do.
    #[error("{code}: {detail}")]
    Wrong {
        /// Stable.
        code: String,
        /// For people.
        detail: String,
    },
}

impl Failed {
    /// Something is not as it has to be.
    pub fn wrong(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Wrong { code: code.into(), detail: detail.into() }
    }

    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Client(error) => error.code(),
            Self::Over => "over",
            Self::Wrong { code, .. } => code,
        }
    }
}

impl From<Violation> for Failed {
    fn from(violation: Violation) -> Self {
        Self::Client(violation.into())
    }
}

/// What a command that has to be done gave.
///
/// # Errors
/// Any other answer is wrong.
pub fn done<T>(outcome: Outcome<T>) -> Result<T, Failed> {
    match outcome {
        Outcome::Ok(result) => Ok(result),
        Outcome::Rejected(code) => Err(Failed::wrong(code, "refused, and it had to be done")),
        Outcome::RetryLater { code, .. } => Err(Failed::wrong(code, "put off, and it had to be done")),
    }
}

/// For whatever has to come.
const WAIT: Duration = Duration::from_secs(60);
/// The same when others may have gone.
const WAIT_WHEN_OVER: Duration = Duration::from_secs(5);
