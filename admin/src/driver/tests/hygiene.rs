//! Requests that no browser makes: too large, too slow, ambiguous, by other methods, for what is not there.

use std::{
    io::{Read as _, Write as _},
    time::Duration,
};

use super::{
    browser::{connect, parse, raw},
    site::Site,
};
use crate::driver::request::BODY_BYTES_MAX;

/// A request that changes something, with such a framing of its body.
fn change(site: &Site, framing: &str, body: &str) -> Vec<u8> {
    let address = site.address;
    format!(
        "POST /api/login HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nX-Ding: 1\r\n\
         Content-Type: application/json\r\nConnection: close\r\n{framing}\r\n\r\n{body}"
    )
    .into_bytes()
}

#[test]
fn only_get_and_post_are_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let owner = site.owner();
    for method in ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"] {
        for path in ["/", "/api/session"] {
            let answer = owner.send(method, path, &[("X-Canary", "reflected")], "");
            let is_refused = [400, 405, 421].contains(&answer.status);
            assert!(is_refused && !answer.body.contains("reflected"), "{method} {path}: {answer:?}");
        }
    }
}

#[test]
fn there_is_nothing_beside_the_page_and_the_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let owner = site.owner();
    for path in [
        "/.git/config",
        "/../staff.json",
        "/%2e%2e/console/staff.json",
        "/index.html",
        "/api",
        "/api/",
        "/api/x",
    ] {
        let answer = owner.get(path);
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
    for path in ["/metrics", "/debug/pprof", "/console/"] {
        assert!(
            owner.get(path).body.contains("<title>Ding</title>"),
            "{path}: the page, and nothing of the server"
        );
    }
}

#[test]
fn what_is_too_large_or_framed_in_two_ways_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let status = |bytes: &[u8]| parse(&raw(site.address, bytes)).status;
    let long = format!("Content-Length: {}", BODY_BYTES_MAX + 1);
    assert_eq!(status(&change(&site, &long, "")), 413, "before a byte of it came");
    let most = "x".repeat(BODY_BYTES_MAX);
    assert_eq!(
        status(&change(&site, &format!("Content-Length: {}", most.len()), &most)),
        400,
        "read, and no JSON"
    );
    for (framing, body) in [
        ("Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 2", "2\r\n{}\r\n0\r\n\r\n"),
        ("Content-Length: 2\r\nContent-Length: 3", "{}"),
        ("Content-Length: +2", "{}"),
        ("X-None: 1", ""),
        ("Content-Length : 2", "{}"),
    ] {
        assert_eq!(status(&change(&site, framing, body)), 400, "{framing}");
    }
    let headers = format!("X-Long: {}", "x".repeat(32 * 1024));
    let answer = raw(site.address, &change(&site, &headers, ""));
    assert!(answer.is_empty() || parse(&answer).status == 431, "{answer}");
    let many: String = (0..100).map(|n| format!("X-{n}: 1\r\n")).collect();
    assert_eq!(status(&change(&site, many.trim_end(), "")), 431);
    assert_eq!(status(b"NOT HTTP\r\n\r\n"), 400);
}

#[test]
fn whoever_sends_slowly_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start_with(folder.path(), Duration::from_millis(300));
    let mut half = connect(site.address);
    half.write_all(b"GET / HTTP/1.1\r\nHost: loc").expect("sent");
    let mut answer = Vec::new();
    half.read_to_end(&mut answer).expect("closed");
    let text = String::from_utf8_lossy(&answer);
    assert!(text.is_empty() || parse(&text).status == 408, "{text}");
    let body = change(&site, "Content-Length: 100", "{");
    assert_eq!(parse(&raw(site.address, &body)).refusal(), (408, "too_slow".to_owned()));
}

#[test]
fn whoever_does_not_read_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start_with(folder.path(), Duration::from_millis(300));
    let mut deaf = connect(site.address);
    let look = format!("GET /app.js HTTP/1.1\r\nHost: {}\r\n\r\n", site.address);
    // Much more than the system keeps for somebody who does not read.
    deaf.write_all(look.repeat(200).as_bytes()).expect("sent");
    let other = format!("GET /api/session HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", site.address);
    let mut served = 0;
    // Each look takes as long as a pause would.
    let is_left = |_| {
        // Whoever was slow itself has no answer.
        let said = raw(site.address, other.as_bytes());
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 200 "), "{said}");
        served += u32::from(!said.is_empty());
        deaf.write_all(b" ").is_err()
    };
    assert!((0..20_000).any(is_left), "it is waited for");
    assert!(0 < served, "others are served meanwhile");
}

#[test]
fn connections_beyond_the_bound_are_closed_and_places_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start_with(folder.path(), Duration::from_secs(2));
    let mut idle: Vec<_> = (0..200).map(|_| connect(site.address)).collect();
    let mut closed = 0;
    for socket in &mut idle {
        socket.set_read_timeout(Some(Duration::from_millis(20))).expect("a socket");
        let mut byte = [0; 1];
        // An end, or nothing yet.
        closed += usize::from(matches!(socket.read(&mut byte), Ok(0)));
    }
    assert!(closed >= 200 - 128, "{closed}");
    drop(idle);
    let look = format!("GET /api/session HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", site.address);
    // Each look takes as long as a pause would.
    let is_back = |_| raw(site.address, look.as_bytes()).starts_with("HTTP/1.1 200 ");
    assert!((0..20_000).any(is_back), "places come back");
}
