//! What a role shows over HTTP: `/metrics` for Prometheus, `/live` and `/ready` for whoever supervises. What
//! there is to show is listed in [`catalogue`]; how it looks is [`page`]'s, where it is shown [`config`]'s.

pub mod catalogue;
pub mod config;
pub mod page;
mod process;
#[cfg(test)]
mod tests;

use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    clock,
    exit::Exit,
    grants::{self, Grants},
    http::{self, Handler, Request, Response, Server},
    roles::{Live, NamedStop, Role},
};
use config::Listen;

/// Begins to answer for this role, game also for [`grants`]; tells where, if anywhere.
///
/// # Errors
/// An address that somebody configured cannot be had. A default one that is taken is only a warning: players
/// are served without it.
pub fn listen(
    listen: Listen,
    live: &Live,
    grants: Option<Grants>,
) -> Result<Option<Server>, (NamedStop, Exit)> {
    let Listen::At { address, is_chosen } = listen else { return Ok(None) };
    let handler = routes(live.clone(), grants);
    let mut outcome = http::listen(address, Arc::clone(&handler));
    if !is_chosen && live.role() == Role::Gateway {
        for number in 1..GATEWAYS_MAX {
            if !is_taken(&outcome) {
                break;
            }
            // Of another gateway on this machine, most likely.
            let port = address.port().saturating_add(number * GATEWAY_PORTS_APART);
            outcome = http::listen(SocketAddr::new(address.ip(), port), Arc::clone(&handler));
        }
    }
    match outcome {
        Ok(server) => {
            let address = server.address;
            tracing::info!(event = "metrics.listening", address = %address);
            if !address.ip().is_loopback() {
                tracing::warn!(
                    event = "metrics.open",
                    address = %address,
                    text = "other machines can read the metrics of this process"
                );
            }
            Ok(Some(server))
        }
        Err(error) if !is_chosen => {
            let key = live.role().name();
            tracing::warn!(
                event = "metrics.unavailable",
                address = %address,
                reason = %error,
                text = format!("serving without metrics; choose an address with metrics.{key}, or \"off\"")
            );
            Ok(None)
        }
        Err(error) => {
            let name =
                if is_taken::<()>(&Err(error.kind().into())) { "ADDRESS_IN_USE" } else { "LISTEN_FAILED" };
            let key = live.role().name();
            let text = format!("metrics.{key}: cannot listen on {address}: {error}");
            Err((NamedStop { name: name.to_owned(), text }, Exit::of_stop(name)))
        }
    }
}

fn is_taken<T>(outcome: &io::Result<T>) -> bool {
    outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
}

/// What each path answers.
fn routes(live: Live, grants: Option<Grants>) -> Handler {
    let began = clock::wall();
    Arc::new(move |request: &Request| {
        if live.role() == Role::Game && request.path == grants::PATH {
            return grants.as_ref().map_or_else(grants::disabled, |grants| grants.answer(&live, request));
        }
        let answer: fn(&Live, Duration) -> Response = match request.path.as_str() {
            "/metrics" => |live, began| Response {
                status: 200,
                content_type: page::CONTENT_TYPE,
                headers: Vec::new(),
                body: page::render(live, began).into_bytes(),
            },
            "/live" => |live, _| alive(live.last_turn(), &live.state(), clock::now()),
            "/ready" => |live, _| ready(live.is_ready(), &live.state()),
            _ => return Response::text(404, "there are /metrics, /live and /ready"),
        };
        match request.method.as_str() {
            "GET" => answer(&live, began),
            _ => Response { headers: vec![("Allow", "GET")], ..Response::text(405, "only GET") },
        }
    })
}

/// 200 while the role's main loop turns. Before its first turn it starts, which may take as long as its data
/// are large; on its way out, who stops it has the patience.
fn alive(last_turn: Option<Instant>, state: &str, now: Instant) -> Response {
    let silent = last_turn.map(|turned| now.saturating_duration_since(turned));
    match silent {
        Some(silent) if TURN_MAX < silent && state != "stopping" => {
            Response::text(503, &format!("no turn for {} s", silent.as_secs()))
        }
        _ => Response::text(200, state),
    }
}

/// 200 while it serves; the word is the one of `ding status`.
fn ready(is_ready: bool, state: &str) -> Response {
    Response::text(if is_ready { 200 } else { 503 }, state)
}

/// Each main loop turns at least once a second.
const TURN_MAX: Duration = Duration::from_secs(10);
/// Between the ports of two gateways on one machine.
const GATEWAY_PORTS_APART: u16 = 10;
/// Gateways that find a port of their own.
const GATEWAYS_MAX: u16 = 8;

const _: () = assert!(config::PORT_GATEWAY <= u16::MAX - GATEWAYS_MAX * GATEWAY_PORTS_APART);
