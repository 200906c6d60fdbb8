//! `run/up.sock`: where `ding restart` asks a `ding up`. The link is that of every control socket.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        mpsc::{SyncSender, sync_channel},
    },
    time::Instant,
};

use proto::{
    handshake::BUILD,
    link::{ControlRequest, ControlResponse, RestartRequest, RestartResponse, control_request},
    rpc::Failure,
};

use super::{
    news::{Heard, News},
    stack::Event,
};
use crate::{
    accept::OpenDoor,
    args::operate::What,
    clock,
    console::Layer,
    control::server::{STAFF_SHARE, listen_with},
};

/// What it answers from.
#[derive(Clone, Debug)]
pub struct Desk {
    events: SyncSender<Event>,
    news: News,
    started: Instant,
    layer: Layer,
}

/// Opens it; the caller holds the lock of `ding up`.
///
/// # Errors
/// The socket cannot be made.
pub fn open(path: &Path, desk: Desk) -> io::Result<OpenDoor> {
    listen_with(path, Arc::new(move |request, deadline, _peer| desk.answer(request, deadline)))
}

impl Desk {
    /// Requests go to `events`, answers come from `news`.
    #[must_use]
    pub fn new(events: SyncSender<Event>, news: News, started: Instant, layer: Layer) -> Self {
        Self { events, news, started, layer }
    }

    fn answer(&self, request: ControlRequest, deadline: Instant) -> Result<ControlResponse, Failure> {
        let now = clock::now();
        let deadline = now + deadline.saturating_duration_since(now).mul_f32(STAFF_SHARE);
        let mut said = ControlResponse::default();
        match request.what {
            Some(control_request::What::Status(_)) => (),
            Some(control_request::What::Stop(_)) => {
                self.events.try_send(Event::Stop).map_err(|_| Failure::Busy)?;
            }
            Some(control_request::What::Restart(request)) if request.what.is_empty() => {
                self.hear(&request, deadline, &mut said)?;
            }
            Some(control_request::What::Restart(request)) => {
                let what = request.what.parse().map_err(|_| Failure::BadRequest)?;
                self.begin(what, deadline, &mut said)?;
            }
            Some(control_request::What::Settings(request)) => self.layer.say(&request, &mut said),
            _ => return Err(Failure::BadRequest),
        }
        let up = now.saturating_duration_since(self.started);
        Ok(ControlResponse {
            role: "up".to_owned(),
            ready: true,
            state: "ready".to_owned(),
            version: BUILD.to_owned(),
            pid: std::process::id(),
            up_ms: u64::try_from(up.as_millis()).unwrap_or(u64::MAX),
            ..said
        })
    }

    /// Begins one.
    fn begin(&self, what: What, deadline: Instant, said: &mut ControlResponse) -> Result<(), Failure> {
        let (answer, answered) = sync_channel(1);
        self.events.try_send(Event::Restart(what, answer)).map_err(|_| Failure::Busy)?;
        let left = deadline.saturating_duration_since(clock::now());
        match answered.recv_timeout(left).map_err(|_| Failure::Deadline)? {
            Ok(number) => said.restart = Some(RestartResponse { number, ..RestartResponse::default() }),
            Err(refused) => (said.error, said.detail) = (refused.code().to_owned(), refused.to_string()),
        }
        Ok(())
    }

    /// Waits for news of one.
    fn hear(
        &self,
        request: &RestartRequest,
        deadline: Instant,
        said: &mut ControlResponse,
    ) -> Result<(), Failure> {
        let seen = usize::try_from(request.seen).unwrap_or(usize::MAX);
        let heard = self.news.hear(request.number, seen, deadline).ok_or(Failure::BadRequest)?;
        let Heard { lines, over } = heard;
        said.restart = Some(RestartResponse { number: request.number, done: over.is_some(), lines });
        if let Some(Err(why)) = over {
            (said.error, said.detail) = (FAILED.to_owned(), why);
        }
        Ok(())
    }
}

/// Of one that began.
const FAILED: &str = "RESTART_FAILED";
