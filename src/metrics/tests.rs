//! Health by its words, and addresses that are taken.

use std::net::TcpListener;

use super::*;

#[test]
fn a_loop_lives_as_long_as_it_turned_within_ten_seconds() {
    let now = clock::now();
    let ago = |s| now.checked_sub(Duration::from_secs(s));
    assert_eq!(alive(None, "loading", now), Response::text(200, "loading"));
    assert_eq!(alive(ago(0), "ready", now), Response::text(200, "ready"));
    assert_eq!(alive(ago(10), "ready", now), Response::text(200, "ready"));
    assert_eq!(alive(ago(11), "ready", now), Response::text(503, "no turn for 11 s"));
    assert_eq!(alive(ago(11), "stopping", now), Response::text(200, "stopping"));
}

#[test]
fn who_serves_is_ready_and_who_does_not_says_why() {
    for role in Role::START_ORDER {
        let live = Live::new(role);
        let routes = routes(live.clone(), None);
        let ask = |method: &str, path: &str| {
            let (method, path) = (method.to_owned(), path.to_owned());
            routes(&Request { method, path, headers: Vec::new(), body: Vec::new() })
        };
        assert_eq!(ask("GET", "/ready"), Response::text(503, &live.state()));
        assert_eq!(ask("GET", "/live"), Response::text(200, &live.state()));
        assert_eq!(ask("GET", "/metrics").content_type, page::CONTENT_TYPE);
        assert_eq!(ask("POST", "/metrics").status, 405);
        assert_eq!(ask("GET", "/").status, 404);
    }
    assert_eq!(ready(true, "ready"), Response::text(200, "ready"));
}

#[test]
fn a_taken_address_ends_the_start_only_if_somebody_chose_it() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    for role in Role::START_ORDER {
        let live = Live::new(role);
        let (stop, exit) =
            super::listen(Listen::At { address, is_chosen: true }, &live, None).expect_err("taken");
        assert_eq!((stop.name.as_str(), exit), ("ADDRESS_IN_USE", Exit::Unavailable));
        assert!(stop.text.starts_with(&format!("metrics.{}: ", role.name())), "{}", stop.text);
        let off = super::listen(Listen::Off, &live, None).expect("nothing to do");
        assert!(off.is_none());
    }
    let by_default = Listen::At { address, is_chosen: false };
    assert!(super::listen(by_default, &Live::new(Role::Game), None).expect("a warning").is_none());
}

#[test]
fn a_setting_is_an_address_or_off() {
    let config = |text: &str| {
        let game = Some(text.to_owned());
        config::RawConfig { game, ..config::RawConfig::default() }.check().map(|config| config.of(Role::Game))
    };
    assert_eq!(config("off"), Ok(Listen::Off));
    let chosen = Listen::At { address: SocketAddr::from(([0, 0, 0, 0], 9000)), is_chosen: true };
    assert_eq!(config("0.0.0.0:9000"), Ok(chosen));
    let default = config::RawConfig::default().check().map(|config| config.of(Role::Game));
    assert_eq!(config("127.0.0.1:7082"), default);
    assert!(config("7082").is_err_and(|text| text.starts_with("metrics.game: ")));
}
