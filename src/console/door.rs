//! `run/admin.sock`: where `ding reload` asks a `ding admin`, as it asks every other process of the folder. It says how it is and
//! reads its settings again; a console beside `ding up` is asked there.

use std::{io, path::Path, sync::Arc, time::Instant};

use proto::{
    handshake::BUILD,
    link::{ControlRequest, ControlResponse, control_request::What},
    rpc::Failure,
};

use super::Layer;
use crate::{accept::OpenDoor, clock, control::server::listen_with};

/// Opens it; the caller has the folder's one console.
///
/// # Errors
/// The socket cannot be made.
pub fn open(path: &Path, layer: Layer, started: Instant) -> io::Result<OpenDoor> {
    listen_with(path, Arc::new(move |request, _deadline, _peer| answer(&request, &layer, started)))
}

fn answer(request: &ControlRequest, layer: &Layer, started: Instant) -> Result<ControlResponse, Failure> {
    let mut said = ControlResponse::default();
    match &request.what {
        Some(What::Status(_)) => (),
        Some(What::Settings(request)) => layer.say(request, &mut said),
        _ => return Err(Failure::BadRequest),
    }
    let up = clock::now().saturating_duration_since(started);
    Ok(ControlResponse {
        role: "admin".to_owned(),
        ready: true,
        state: "ready".to_owned(),
        version: BUILD.to_owned(),
        pid: std::process::id(),
        up_ms: u64::try_from(up.as_millis()).unwrap_or(u64::MAX),
        ..said
    })
}
