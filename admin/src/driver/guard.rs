//! What every request passes before anything is looked at, and what every answer carries. Knows no route.

#[cfg(test)]
mod tests;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{
        HeaderValue, Method,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, REFERRER_POLICY,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::refusal::{Refusal, WRONG_HOST, WRONG_METHOD};

/// How the console is asked: under which names, and whether nobody between can listen.
#[derive(Clone, Debug)]
pub(super) struct Front {
    hosts: Arc<[String]>,
    is_secure: bool,
}

impl Front {
    /// Of a console at this address, with these names beside. A name that somebody else's page was made to resolve to it is
    /// none of them.
    pub(super) fn new(address: SocketAddr, names: &[String], is_secure: bool) -> Self {
        let port = address.port();
        let mut hosts = Vec::new();
        for name in names {
            let end = name.rsplit(']').next().unwrap_or_default();
            if end.contains(':') {
                hosts.push(name.clone());
            } else {
                hosts.push(format!("{name}:{port}"));
            }
        }
        if !address.ip().is_unspecified() {
            hosts.push(address.to_string());
        }
        hosts.push(format!("localhost:{port}"));
        // Browsers leave out the port that everybody expects.
        let usual = if is_secure { ":443" } else { ":80" };
        let short: Vec<String> =
            hosts.iter().filter_map(|host| host.strip_suffix(usual).map(str::to_owned)).collect();
        hosts.extend(short);
        Self { hosts: hosts.into(), is_secure }
    }

    /// Where its pages are.
    pub(super) fn url(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}", self.hosts.first().map_or("", String::as_str))
    }

    fn check(&self, request: &Request) -> Result<(), Refusal> {
        let mut hosts = request.headers().get_all(HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        let is_one = hosts.next().is_none();
        let is_known =
            host.is_some_and(|host| self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host)));
        // A target with an authority of its own is for a proxy, which this is not.
        if is_one && is_known && request.uri().authority().is_none() {
            Ok(())
        } else {
            Err(WRONG_HOST.into())
        }
    }
}

/// Lets a request in, or says why not.
pub(super) async fn front(State(state): State<Front>, request: Request, next: Next) -> Response {
    let is_method = [Method::GET, Method::POST].contains(request.method());
    let mut response = match state.check(&request) {
        Err(refusal) => refusal.into_response(),
        Ok(()) if !is_method => Refusal::from(WRONG_METHOD).into_response(),
        Ok(()) => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name.clone(), HeaderValue::from_static(value));
    }
    if state.is_secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Of every answer.
pub(super) const HEADERS: [(HeaderName, &str); 4] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// A year, of this name alone: what is below it may be others'.
pub(super) const HSTS: &str = "max-age=31536000";
