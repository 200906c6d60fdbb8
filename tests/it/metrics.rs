//! What each process shows over HTTP, against the catalogue, the manual and the figures.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use ding::{
    metrics::{
        catalogue::{BILL_LABELS, CATALOGUE, Kind, Metric, Source, Unit, is_left_out},
        page::render,
    },
    roles::Live,
};
use rustix::process::Signal;

use crate::support::{
    exposition::{Family, parse},
    read, root,
    stack::{Role, Stack, run, signal},
    within_bound,
};

fn of(role: Role) -> impl Iterator<Item = &'static Metric> {
    CATALOGUE.iter().filter(move |metric| metric.is_of(role))
}

#[test]
fn names_tell_type_unit_and_process() {
    for metric in CATALOGUE {
        let name = metric.name.strip_suffix("_total").unwrap_or(metric.name);
        let unit = [("_seconds", Unit::Seconds), ("_bytes", Unit::Bytes)];
        let told =
            unit.iter().find(|(ending, _)| name.ends_with(ending)).map_or(Unit::None, |(_, unit)| *unit);
        assert_eq!(told, metric.unit, "{}", metric.name);
        match metric.role {
            Some(role) => assert!(name.starts_with(&format!("ding_{}_", role.name())), "{name}"),
            None => assert!(name.starts_with("ding_") || name.starts_with("process_"), "{name}"),
        }
        assert_eq!(
            metric.kind == Kind::Histogram,
            matches!(metric.source, Source::Distribution(_)),
            "{name}"
        );
        assert!(!metric.help.contains(['\\', '\n', '|']) && !metric.help.ends_with('.'), "{name}");
    }
}

#[test]
fn every_figure_and_distribution_of_a_process_is_a_metric() {
    for role in Role::START_ORDER {
        let live = Live::new(role);
        let figures: BTreeSet<String> = live.figures().into_iter().map(|figure| figure.name).collect();
        let distributions: BTreeSet<&str> = live.distributions().into_iter().map(|(name, _)| name).collect();
        let mut shown = BTreeSet::new();
        let mut shown_distributions = BTreeSet::new();
        for metric in of(role) {
            match metric.source {
                Source::Figure(name)
                | Source::Micros(name)
                | Source::Millis(name)
                | Source::Permille(name) => {
                    assert!(shown.insert(name.to_owned()), "{name} twice");
                }
                Source::Figures { prefix, .. } => {
                    shown.extend(figures.iter().filter(|name| name.starts_with(prefix)).cloned());
                }
                Source::Distribution(name) => assert!(shown_distributions.insert(name), "{name} twice"),
                Source::Bill(_) | Source::Process(_) | Source::Began | Source::Ready | Source::Build => {}
            }
        }
        shown.extend(figures.iter().filter(|name| is_left_out(name)).cloned());
        assert_eq!(shown, figures, "figures of {} and src/metrics/catalogue.rs", role.name());
        assert_eq!(shown_distributions, distributions, "distributions of {}", role.name());
    }
}

#[test]
fn a_page_is_strict_and_has_what_the_catalogue_says_and_no_more() {
    for role in Role::START_ORDER {
        let page = render(&Live::new(role), Duration::from_millis(1_700_000_000_123));
        assert!(page.contains("\nprocess_start_time_seconds 1700000000.123\n"), "{page}");
        compare(role, &parse(&page));
    }
}

fn compare(role: Role, page: &BTreeMap<String, Family>) {
    let listed: BTreeSet<&str> = of(role).map(|metric| metric.name).collect();
    let printed: BTreeSet<&str> = page.keys().map(String::as_str).collect();
    assert_eq!(printed, listed, "{}", role.name());
    for metric in of(role) {
        let family = &page[metric.name];
        assert_eq!((kind(metric.kind), metric.help), (family.kind.as_str(), family.help.as_str()));
        let own = if metric.kind == Kind::Histogram { "le" } else { "" };
        let labels: BTreeSet<&str> = family
            .samples
            .iter()
            .flat_map(|sample| sample.labels.iter().map(|(name, _)| name.as_str()))
            .filter(|name| *name != own)
            .collect();
        assert_eq!(labels, labels_of(metric), "{}", metric.name);
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    }
}

fn labels_of(metric: &Metric) -> BTreeSet<&'static str> {
    match metric.source {
        Source::Figures { label, .. } => BTreeSet::from([label]),
        Source::Build => BTreeSet::from(["process", "version"]),
        Source::Bill(_) => BTreeSet::from(BILL_LABELS),
        _ => BTreeSet::new(),
    }
}

#[test]
fn the_manual_lists_the_catalogue_and_nothing_else() {
    let manual = read(&root().join("docs/OPERATING.md"));
    // Other tables have fewer columns.
    let is_row = |line: &&str| {
        (line.starts_with("| `ding_") || line.starts_with("| `process_")) && line.matches(" | ").count() == 3
    };
    let listed: BTreeSet<String> = manual.lines().filter(is_row).map(str::to_owned).collect();
    let expected: BTreeSet<String> = CATALOGUE
        .iter()
        .map(|metric| {
            let labels: Vec<&str> = labels_of(metric).into_iter().collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let role = metric.role.map_or("all", Role::name);
            format!("| `{}{labels}` | {} | {role} | {} |", metric.name, kind(metric.kind), metric.help)
        })
        .collect();
    let missing: Vec<_> = expected.difference(&listed).collect();
    let unknown: Vec<_> = listed.difference(&expected).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing: {missing:#?}\nunknown: {unknown:#?}");
}

pub(crate) fn get(address: &str, path: &str) -> (u16, String) {
    let mut socket = TcpStream::connect(address).expect("it listens");
    socket.set_read_timeout(Some(crate::support::BOUND)).expect("set");
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("sent");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("answered");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head[9..12].parse().expect("a number"), body.to_owned())
}

pub(crate) fn addresses(stack: &Stack) -> [(Role, String); 3] {
    let text = stack.out.text();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("Metrics ")).expect("a line").to_owned();
    let mut addresses = line
        .split_whitespace()
        .map(|url| url.trim_start_matches("http://").trim_end_matches("/metrics").to_owned());
    Role::STOP_ORDER.map(|role| (role, addresses.next().expect("an address")))
}

#[test]
fn running_processes_show_their_metrics_and_say_whether_they_live_and_serve() {
    let stack = Stack::start(&[]);
    let server = stack.listen.to_string();
    let bots = run(&["bot", "run", "pay", "--players", "4", "--duration", "1s", "--server", &server]);
    assert!(bots.status.success(), "{}", String::from_utf8_lossy(&bots.stderr));
    for (role, address) in addresses(&stack) {
        let (status, body) = get(&address, "/metrics");
        assert_eq!(status, 200);
        let page = parse(&body);
        compare(role, &page);
        let value = |name: &str| page[name].samples.last().expect("a value").value;
        assert_eq!(value("ding_ready"), 1.0);
        assert!(0.0 < value("process_resident_memory_bytes") && 3.0 < value("process_open_fds"));
        let counted: &[&str] = match role {
            Role::Gateway => &["ding_gateway_connections_opened_total", "ding_gateway_received_bytes_total"],
            Role::Game => {
                &["ding_game_commands_total", "ding_game_command_seconds", "ding_game_turn_seconds"]
            }
            Role::Dbfront => &["ding_dbfront_journal_sync_seconds", "ding_dbfront_apply_batch_seconds"],
        };
        for name in counted {
            assert!(0.0 < value(name), "{name} in {body}");
        }
        if role == Role::Game {
            assert_eq!(
                value("ding_game_command_seconds"),
                value("ding_game_commands_total"),
                "each was answered"
            );
        }
        assert_eq!(get(&address, "/live"), (200, "ready\n".to_owned()));
        assert_eq!(get(&address, "/ready"), (200, "ready\n".to_owned()));
    }
}

#[test]
fn a_gateway_that_misses_game_lives_and_is_not_ready_until_it_has_it_again() {
    let stack = Stack::start(&[]);
    let [(_, gateway), _, (_, dbfront)] = addresses(&stack);
    // Stopped, game answers nobody, and is not gone: gateway notices after a while.
    let game = stack.pid(Role::Game);
    signal(game, Signal::STOP);
    let asked = gateway.clone();
    let word = within_bound("gateway misses game", move || {
        loop {
            let (status, word) = get(&asked, "/ready");
            if status == 503 {
                break word;
            }
        }
    });
    assert_eq!(word, "waiting_for_game\n");
    assert_eq!(get(&gateway, "/live").0, 200);
    assert_eq!(get(&dbfront, "/ready").0, 200);
    signal(game, Signal::CONT);
    let word = within_bound("gateway has game again", move || {
        loop {
            let (status, word) = get(&gateway, "/ready");
            if status == 200 {
                break word;
            }
        }
    });
    assert_eq!(word, "ready\n");
}

#[test]
fn a_chosen_address_that_is_taken_ends_the_start_by_name() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let set = format!("metrics.dbfront={address}");
    let up = run(&["up", "--data", data.to_str().expect("UTF-8"), "--listen", "127.0.0.1:0", "--set", &set]);
    let text = String::from_utf8_lossy(&up.stderr).into_owned();
    assert_eq!(up.status.code(), Some(69), "{text}");
    assert!(text.contains("ADDRESS_IN_USE") && text.contains("metrics.dbfront"), "{text}");
}
