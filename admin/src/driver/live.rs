//! Live pages: what the processes say, each second, as long as the session is open. Whoever does not read loses the
//! stream, nothing else. Knows no figure.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header::CONTENT_TYPE},
    response::Response,
};
use hyper::body::Frame;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};

use super::{
    desk::Desk,
    refusal::{Refusal, STREAMS_FULL},
    request::Asked,
};
use crate::logic::{admit::By, role::Viewer, sessions::Key};

/// `GET /api/live`.
pub(super) async fn live(desk: Arc<Desk>, by: By<Viewer>, _asked: Asked) -> Result<Response, Refusal> {
    let place = Arc::clone(&desk.streams).try_acquire_owned().map_err(|_| STREAMS_FULL)?;
    let own = OwnPage::take(&desk, &by.caller().name).ok_or(STREAMS_FULL)?;
    let (events, stream) = mpsc::channel(EVENTS_MAX);
    tokio::spawn(feed(desk, by.caller().session, (place, own), events));
    let mut response = Response::new(Body::new(Stream(stream)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

/// One of the live pages that one of the staff may have.
struct OwnPage {
    desk: Arc<Desk>,
    name: String,
}

impl OwnPage {
    fn take(desk: &Arc<Desk>, name: &str) -> Option<Self> {
        let mut state = desk.state();
        let pages = state.pages.entry(name.to_owned()).or_default();
        if STREAMS_OF_ONE_MAX <= *pages {
            return None;
        }
        *pages += 1;
        Some(Self { desk: Arc::clone(desk), name: name.to_owned() })
    }
}

impl Drop for OwnPage {
    fn drop(&mut self) {
        let mut state = self.desk.state();
        if let Some(pages) = state.pages.get_mut(&self.name) {
            *pages -= 1;
            if *pages == 0 {
                state.pages.remove(&self.name);
            }
        }
    }
}

async fn feed(
    desk: Arc<Desk>,
    session: Key,
    _places: (OwnedSemaphorePermit, OwnPage),
    events: mpsc::Sender<Bytes>,
) {
    let mut latest = desk.latest.clone();
    // What is known already, at once.
    latest.mark_changed();
    loop {
        let changed = tokio::select! {
            changed = latest.changed() => changed.is_ok(),
            () = events.closed() => false,
        };
        if !changed || !desk.is_open(session) {
            return;
        }
        let event = latest.borrow_and_update().event.clone();
        if event.is_empty() {
            continue;
        }
        if !timeout(PATIENCE, events.send(event)).await.is_ok_and(|sent| sent.is_ok()) {
            return;
        }
    }
}

/// A body that goes on.
struct Stream(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Of one name: so many that nobody's pages keep others from theirs.
const STREAMS_OF_ONE_MAX: usize = 12;
/// Seconds that may wait for a page.
const EVENTS_MAX: usize = 2;
const PATIENCE: Duration = Duration::from_secs(10);
