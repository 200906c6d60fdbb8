//! Requests that another site's page makes in somebody's browser: none has an effect. And what every answer carries, so
//! that text of players never becomes a script.

use serde_json::json;

use super::site::{PASSWORD, Site};
use crate::driver::{guard::HEADERS, table::table};

#[test]
fn a_request_without_each_of_the_marks_of_the_own_page_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let owner = site.owner();
    let own = format!("http://{}", site.address);
    let body = json!({
        "name": "eve", "role": "owner", "new_password": PASSWORD, "password": PASSWORD, "reason": "none",
    });
    let whole = [
        ("Content-Type", "application/json"),
        ("X-Ding", "1"),
        ("Origin", own.as_str()),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    let with = |name: &str, value: &'static str| {
        let mut headers = whole.to_vec();
        headers.retain(|(known, _)| *known != name);
        headers
            .extend((!value.is_empty()).then(|| (whole.iter().find(|h| h.0 == name).expect("it").0, value)));
        headers
    };
    let other_port = "http://127.0.0.1:1";
    for headers in [
        with("Content-Type", ""),
        with("Content-Type", "text/plain"),
        with("Content-Type", "application/x-www-form-urlencoded"),
        with("Content-Type", "multipart/form-data; boundary=application/json"),
        with("X-Ding", ""),
        with("X-Ding", "0"),
        with("Origin", ""),
        with("Origin", "null"),
        with("Origin", "http://evil.example"),
        with("Origin", other_port),
        with("Sec-Fetch-Site", "cross-site"),
        with("Sec-Fetch-Site", "same-site"),
    ] {
        let answer = owner.send("POST", "/api/staff/create", &headers, &body.to_string());
        assert_eq!(answer.refusal(), (403, "cross_site".to_owned()), "{headers:?}");
    }
    let image = owner.send("GET", "/api/staff/create", &[("Sec-Fetch-Site", "cross-site")], "");
    assert_eq!(image.status, 405);
    let embedded = owner.send("GET", "/api/staff", &[("Sec-Fetch-Site", "cross-site")], "");
    assert_eq!(embedded.refusal(), (403, "cross_site".to_owned()));
    assert_eq!(owner.get("/api/staff").ok()["staff"].as_array().map(Vec::len), Some(1), "no effect");
    let good = owner.send("POST", "/api/staff/create", &whole, &body.to_string());
    assert_eq!(good.status, 200, "{good:?}");
}

#[test]
fn a_name_that_was_made_to_lead_here_is_not_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let owner = site.owner();
    let port = site.address.port();
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        (format!("LOCALHOST:{port}"), 200),
        (format!("evil.example:{port}"), 421),
        ("127.0.0.1".to_owned(), 421),
        (format!("127.0.0.1:{port}.evil.example"), 421),
        (String::new(), 421),
    ] {
        for path in ["/", "/api/session", "/api/staff"] {
            assert_eq!(owner.send("GET", path, &[("Host", &host)], "").status, status, "{host} {path}");
        }
    }
    let proxy = format!("http://evil.example:{port}/api/staff");
    let host = format!("127.0.0.1:{port}");
    assert_eq!(owner.send("GET", &proxy, &[("Host", &host)], "").status, 421);
}

#[test]
fn every_answer_says_what_a_browser_may_do_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let owner = site.owner();
    let routes = table().into_iter().map(|route| route.path).filter(|path| *path != "/api/live");
    let paths = routes.chain(["/", "/app.js", "/app.css", "/players/7", "/none.php", "/api/none"]);
    for path in paths {
        for method in ["GET", "POST", "PUT"] {
            let answer = owner.send(method, path, &[], "");
            for (name, value) in HEADERS {
                assert_eq!(answer.header(name.as_str()), Some(value), "{method} {path}");
            }
            let kept = answer.header("cache-control").expect("said");
            let is_file = answer.header("etag").is_some();
            assert_eq!(kept, if is_file { "no-cache" } else { "no-store" }, "{method} {path}");
            assert!(!is_file || !path.starts_with("/api"), "{path}");
        }
    }
    let csp = HEADERS[0].1;
    assert!(!csp.contains("unsafe") && !csp.contains('*') && csp.contains("frame-ancestors 'none'"), "{csp}");
}

#[test]
fn the_page_has_no_script_within_it_and_is_asked_about_only_when_it_is_new() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let browser = super::browser::Browser::at(site.address);
    let page = browser.get("/setup");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    for (at, _) in page.body.match_indices("<script") {
        assert!(
            page.body[at..].split('>').next().is_some_and(|tag| tag.contains("src=\"/")),
            "{}",
            page.body
        );
    }
    // Of a picture within the page: a name, which is never asked for.
    let body = page.body.replace("http://www.w3.org/2000/svg", "");
    for inline in [" onload=", " onclick=", "javascript:", "<style", " style=", "http://", "https://"] {
        assert!(!body.contains(inline), "{inline}");
    }
    let tag = page.header("etag").expect("a tag").to_owned();
    let again = browser.send("GET", "/", &[("If-None-Match", &tag)], "");
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(browser.send("GET", "/", &[("If-None-Match", "\"other\"")], "").status, 200);
    for (path, kind) in
        [("/app.js", "text/javascript; charset=utf-8"), ("/app.css", "text/css; charset=utf-8")]
    {
        assert_eq!(browser.get(path).header("content-type"), Some(kind));
    }
}
