//! What every request passes before anything is looked at, and what every answer carries. Knows no route.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{
        HeaderValue, Method,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::refusal::{Refusal, WRONG_HOST, WRONG_METHOD};

/// Names under which the console is asked.
#[derive(Clone, Debug)]
pub(super) struct Hosts(Arc<[String]>);

impl Hosts {
    /// Of a console at this address. A name that somebody else's page was made to resolve to it is none of them.
    pub(super) fn of(address: SocketAddr) -> Self {
        Self([address.to_string(), format!("localhost:{}", address.port())].into())
    }

    fn check(&self, request: &Request) -> Result<(), Refusal> {
        let mut hosts = request.headers().get_all(HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        let is_one = hosts.next().is_none();
        let is_known = host.is_some_and(|host| self.0.iter().any(|known| known.eq_ignore_ascii_case(host)));
        // A target with an authority of its own is for a proxy, which this is not.
        if is_one && is_known && request.uri().authority().is_none() {
            Ok(())
        } else {
            Err(WRONG_HOST.into())
        }
    }
}

/// Lets a request in, or says why not.
pub(super) async fn front(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    let is_method = [Method::GET, Method::POST].contains(request.method());
    let mut response = match hosts.check(&request) {
        Err(refusal) => refusal.into_response(),
        Ok(()) if !is_method => Refusal::from(WRONG_METHOD).into_response(),
        Ok(()) => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name.clone(), HeaderValue::from_static(value));
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
