//! The page itself: three files that are inside the program. Knows nothing of what it shows.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse as _, Response},
};
use ring::digest::{SHA256, digest};

use super::refusal::{NOT_FOUND, Refusal, WRONG_METHOD};
use crate::logic::hex;

/// A file of the page; every address that is no file and not of the API is the page.
pub(super) async fn page(request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return Refusal::from(NOT_FOUND).into_response();
    }
    if request.method() != Method::GET {
        return Refusal::from(WRONG_METHOD).into_response();
    }
    let known = FILES.iter().find(|(name, ..)| *name == path);
    match known.or_else(|| is_place(path).then_some(&FILES[0])) {
        Some((_, kind, bytes)) => file(request.headers(), kind, bytes),
        None => Refusal::from(NOT_FOUND).into_response(),
    }
}

/// The page shows places of its own under such addresses: words and numbers.
fn is_place(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_".contains(&byte))
}

fn file(headers: &HeaderMap, kind: &'static str, bytes: &'static [u8]) -> Response {
    let tag = format!("\"{}\"", &hex::encode(digest(&SHA256, bytes).as_ref())[..32]);
    let is_known = headers
        .get(IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, HeaderValue::from_static(kind))], bytes).into_response()
    };
    // Kept, and asked about each time: a new version is seen at once.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.headers_mut().extend(HeaderValue::try_from(tag).ok().map(|tag| (ETAG, tag)));
    response
}

/// Address, type, bytes; the first is the page.
const FILES: [(&str, &str, &[u8]); 3] = [
    (
        "/",
        "text/html; charset=utf-8",
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/dist/index.html")),
    ),
    (
        "/app.js",
        "text/javascript; charset=utf-8",
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/dist/app.js")),
    ),
    (
        "/app.css",
        "text/css; charset=utf-8",
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/dist/app.css")),
    ),
];
