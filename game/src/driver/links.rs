//! The thread on which tokio moves the bytes of all links, and its start and end.

use std::{
    io,
    os::unix::net::UnixStream,
    path::PathBuf,
    thread::{self, JoinHandle},
};

use proto::link::LinkWelcome;
use tokio::{io::AsyncReadExt, runtime, sync::oneshot};

use super::{
    gateways,
    input::{Input, Inputs, Sentinel},
    stopping::Farewell,
    store,
};
use crate::HAND_OVER;

/// What the thread is told to do, by the logic thread. Dropping it ends the thread and closes every link.
#[derive(Debug)]
pub(super) struct Links {
    listen: Option<oneshot::Sender<LinkWelcome>>,
    _open: oneshot::Sender<()>,
}

/// Where the sockets are.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) game_link: PathBuf,
    pub(super) dbfront_link: PathBuf,
    pub(super) arrival: store::Arrival,
}

impl Links {
    /// Starts the thread: it looks for dbfront at once, and watches `stop`.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn start(
        places: Places,
        stop: UnixStream,
        inputs: Inputs,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        stop.set_nonblocking(true)?;
        let (listen, welcome) = oneshot::channel();
        let (open, closed) = oneshot::channel::<()>();
        let thread = thread::Builder::new().name("game-links".to_owned()).spawn(move || {
            let _sentinel = Sentinel { inputs: inputs.clone(), part: "the links' thread" };
            runtime.block_on(async move {
                tokio::select! {
                    _ = closed => (),
                    () = store::keep(&places.dbfront_link, places.arrival.clone(), inputs.clone()) => (),
                    () = open_to_gateways(&places, welcome, inputs.clone()) => (),
                    () = watch(stop, inputs.clone()) => (),
                }
            });
        })?;
        Ok((Self { listen: Some(listen), _open: open }, thread))
    }

    /// Lets gateways in; comes back as [`Input::Listening`]. Only the first call counts.
    pub(super) fn listen(&mut self, welcome: LinkWelcome) {
        if let Some(listen) = self.listen.take() {
            // The thread is gone: its sentinel has said so.
            let _ = listen.send(welcome);
        }
    }
}

async fn open_to_gateways(places: &Places, welcome: oneshot::Receiver<LinkWelcome>, inputs: Inputs) {
    let Ok(welcome) = welcome.await else { return std::future::pending().await };
    match gateways::listen(&places.game_link) {
        Ok(listener) => {
            let _open = gateways::Place::of(&places.game_link);
            inputs.send(Input::Listening(Ok(())));
            gateways::serve(listener, welcome, inputs).await;
        }
        Err(error) => {
            inputs.send(Input::Listening(Err(error)));
            std::future::pending::<()>().await;
        }
    }
}

/// Anything on this stream, or its end, asks us to stop.
async fn watch(stop: UnixStream, inputs: Inputs) {
    let mut said = [0];
    if let Ok(mut stop) = tokio::net::UnixStream::from_std(stop) {
        let _asked = stop.read(&mut said).await;
    }
    let farewell = if said == [HAND_OVER] { Farewell::HandOver } else { Farewell::CloseClients };
    inputs.send(Input::Stop(farewell));
    std::future::pending::<()>().await;
}
