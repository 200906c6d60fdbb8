//! The console over TLS, by real handshakes: what its answers say then, whom it waits for, and a certificate that is
//! replaced.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
};
use serde_json::json;

use super::{
    browser::{Answer, connect, parse},
    site::{NAME, PASSWORD, Site},
};
use crate::{TlsFiles, driver::guard::HSTS};

/// A new certificate for the console's name, in files that may be there already.
fn certify(folder: &Path) -> (TlsFiles, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).expect("a certificate");
    let [certificate, key] = ["chain.pem", "key.pem"].map(|name| folder.join(name));
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    std::fs::write(&certificate, made.cert.pem()).expect("a file");
    (TlsFiles { certificate, key }, made.cert.der().clone())
}

/// A handshake that succeeds only with this certificate.
fn tls(
    address: SocketAddr,
    certificate: &CertificateDer<'static>,
) -> Result<StreamOwned<ClientConnection, TcpStream>, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(NAME).expect("a name");
    let mut session = ClientConnection::new(Arc::new(config), name).expect("a session");
    let mut socket = connect(address);
    while session.is_handshaking() {
        session.complete_io(&mut socket)?;
    }
    Ok(StreamOwned::new(session, socket))
}

fn send(site: &Site, certificate: &CertificateDer<'static>, head: &str, body: &str) -> Answer {
    let mut stream = tls(site.address, certificate).expect("a handshake");
    let host = format!("{NAME}:{}", site.address.port());
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let text = format!("{head}Host: {host}\r\n{length}Connection: close\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    parse(&String::from_utf8_lossy(&answer))
}

#[test]
fn over_tls_the_cookie_is_bound_to_the_host_and_browsers_are_told_to_stay_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (files, certificate) = certify(folder.path());
    let site = Site::start_secure(folder.path(), super::browser::BOUND, files);
    let origin = format!("https://{NAME}:{}", site.address.port());
    assert!(site.link.as_deref().is_some_and(|link| link.starts_with(&format!("{origin}/setup#"))));
    let page = send(&site, &certificate, "GET / HTTP/1.1\r\n", "");
    assert_eq!((page.status, page.header("strict-transport-security")), (200, Some(HSTS)));
    let head = |path: &str, origin: &str, cookie: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nX-Ding: 1\r\nOrigin: {origin}\r\nCookie: {cookie}\r\n"
        )
    };
    let body = json!({ "token": site.token(), "name": "anna", "password": PASSWORD }).to_string();
    let plain = origin.replace("https:", "http:");
    let refused = send(&site, &certificate, &head("/api/setup", &plain, "a=b"), &body);
    assert_eq!(refused.refusal(), (403, "cross_site".to_owned()), "a page without TLS is another's");
    let made = send(&site, &certificate, &head("/api/setup", &origin, "a=b"), &body);
    let cookie = made.header("set-cookie").expect("a session").to_owned();
    assert!(cookie.starts_with("__Host-ding_console="), "{cookie}");
    for word in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.split("; ").any(|part| part == word), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let cookie = cookie.split(';').next().expect("it").to_owned();
    let with = |cookie: &str| {
        send(&site, &certificate, &format!("GET /api/routes HTTP/1.1\r\nCookie: {cookie}\r\n"), "").status
    };
    assert_eq!(with(&cookie), 200);
    assert_eq!(with(cookie.trim_start_matches("__Host-")), 401, "a cookie that a neighbor can set is none");
    let out = send(&site, &certificate, &head("/api/logout", &origin, &cookie), "{}");
    assert!(out.header("set-cookie").is_some_and(|cookie| cookie.contains("Secure; Max-Age=0")), "{out:?}");
}

#[test]
fn without_tls_nobody_is_told_that_there_is_any() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let page = super::browser::Browser::at(site.address).get("/");
    assert_eq!(page.header("strict-transport-security"), None);
}

#[test]
fn whoever_never_ends_its_handshake_or_speaks_plainly_is_let_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let (files, certificate) = certify(folder.path());
    let site = Site::start_secure(folder.path(), Duration::from_secs(2), files);
    let mut silent: Vec<TcpStream> = (0..8).map(|_| connect(site.address)).collect();
    let mut plain = connect(site.address);
    plain.write_all(b"GET / HTTP/1.1\r\nHost: console.example\r\n\r\n").expect("sent");
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "nothing is said in the clear");
    #[expect(clippy::disallowed_methods, reason = "how long a connection is kept is what is measured")]
    let begun = Instant::now();
    for socket in &mut silent {
        // Closed, or reset: either way it is over.
        assert!(!socket.read(&mut [0; 1]).is_ok_and(|bytes| bytes != 0));
    }
    assert!(begun.elapsed() < super::browser::BOUND / 2, "they were let go, not waited for");
    assert_eq!(send(&site, &certificate, "GET / HTTP/1.1\r\n", "").status, 200);
}

#[test]
fn a_new_certificate_serves_the_next_connection_and_one_that_is_none_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (files, first) = certify(folder.path());
    let site = Site::start_secure(folder.path(), super::browser::BOUND, files.clone());
    assert!(tls(site.address, &first).is_ok());
    let (_, second) = certify(folder.path());
    assert!(tls(site.address, &second).is_ok(), "the new one, without a restart");
    assert!(tls(site.address, &first).is_err(), "and no longer the one before");
    std::fs::write(&files.certificate, "no certificate any more").expect("written");
    assert!(tls(site.address, &second).is_ok(), "the last good one stays");
}

#[test]
fn what_is_no_certificate_keeps_the_console_from_starting() {
    let folder = tempfile::tempdir().expect("a folder");
    let (files, _) = certify(folder.path());
    assert!(crate::check_certificate(&files).is_ok());
    let other = rcgen::generate_simple_self_signed([NAME.to_owned()]).expect("a certificate");
    std::fs::write(&files.key, other.signing_key.serialize_pem()).expect("written");
    let code = |files: &TlsFiles| crate::check_certificate(files).map_err(|error| error.code());
    assert_eq!(code(&files), Err("BAD_CERTIFICATE"), "somebody else's key");
    std::fs::remove_file(&files.key).expect("removed");
    assert_eq!(code(&files), Err("BAD_CERTIFICATE"));
}
