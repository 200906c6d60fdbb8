//! Several gateways on one address: each has players, each comes back alone, and every command knows them all.

use std::{io::ErrorKind, net::TcpStream};

use bot::{Options, Scenario};
use ding::data::DataFolder;

use crate::support::{
    bots::Bots,
    stack::{Role, Seat, Stack, run},
};

fn gateways(number: u8) -> Vec<Seat> {
    (1..=number).filter_map(Seat::gateway).collect()
}

fn bots(stack: &Stack, players: u32) -> Bots {
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = Scenario::Small;
    options.players = players;
    options.reconnect = true;
    Bots::play_until_enough(options)
}

#[test]
fn three_gateways_share_an_address_and_one_that_is_killed_comes_back_beside_the_others() {
    let stack = Stack::start(&["--gateways", "3"]);
    let data = stack.data().to_str().expect("UTF-8").to_owned();
    let seats = gateways(3);
    let table = String::from_utf8_lossy(&run(&["status", "--data", &data]).stdout).into_owned();
    for name in ["gateway ", "gateway-2 ", "gateway-3 "] {
        assert!(table.contains(name), "{table}");
    }
    let playing = bots(&stack, 60);
    let connections = |seat| stack.process(seat)["figures"]["connections"].as_i64().unwrap_or_default();
    stack.until("each gateway has players", || seats.iter().all(|seat| 0 < connections(*seat)));

    let before: Vec<u32> = seats.iter().map(|seat| stack.pid(*seat)).collect();
    stack.kill(seats[1]);
    for _ in 0..50 {
        // The system may give it to the one that was killed a moment ago, and it is reset then; it is never refused.
        match TcpStream::connect(stack.listen) {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            connected => drop(connected.expect("others listen")),
        }
    }
    stack.log.wait_for(0, &["\"child.back\"", "\"gateway-2\""]);
    let after: Vec<u32> = seats.iter().map(|seat| stack.pid(*seat)).collect();
    assert_eq!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
    assert_eq!(before[2], after[2]);
    playing.good();

    // Each logs by its own name, and has metrics of its own.
    let log = stack.log.text();
    for seat in &seats {
        let named = format!("\"process\":\"{}\",\"event\":\"metrics.listening\"", seat.name());
        assert!(log.contains(&named), "{named}");
    }
    let listen = format!("gateway.listen={}", stack.listen);
    let doctor = run(&[
        "doctor",
        "--data",
        &data,
        "--set",
        &listen,
        "--set",
        "gateway.processes=3",
        "--set",
        "gateway.max_connections=64",
        "--set",
        "metrics.gateway=off",
        "--set",
        "metrics.game=off",
        "--set",
        "metrics.dbfront=off",
    ]);
    let found = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(doctor.status.success() && found.contains("gateway-3 ready"), "{found}");
    assert!(found.contains("is ours"), "{found}");

    assert!(run(&["stop", "--data", &data]).status.success());
    let folder = DataFolder::existing(stack.data());
    assert!(seats.iter().all(|seat| !folder.control_socket(*seat).exists()));
}

#[test]
fn a_gateway_started_by_hand_beside_them_is_refused() {
    let stack = Stack::start(&["--gateways", "2"]);
    let data = stack.data().to_str().expect("UTF-8");
    let listen = format!("gateway.listen={}", stack.listen);
    let second = run(&["gateway", "--data", data, "--set", &listen]);
    let text = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(75), "{text}");
    assert!(text.contains("ROLE_RUNNING"), "{text}");
    assert_eq!(stack.status()["ready"], true);
}

#[test]
fn another_server_at_the_address_is_in_the_way_of_several_gateways_too() {
    let one = Stack::start(&["--gateways", "2"]);
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let listen = one.listen.to_string();
    let up = run(&["up", "--gateways", "2", "--data", data.to_str().expect("UTF-8"), "--listen", &listen]);
    let text = String::from_utf8_lossy(&up.stderr).into_owned();
    assert_eq!(up.status.code(), Some(69), "{text}");
    assert!(text.contains("ADDRESS_IN_USE"), "{text}");
}

#[test]
fn fewer_gateways_after_a_crash_of_more_leave_nothing_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let mut many = Stack::start_in(&data, &["--set", "gateway.processes=3"]);
    for seat in gateways(3) {
        many.kill(seat);
    }
    many.kill_up();
    let one = Stack::start_in(&data, &[]);
    let roles = one.status()["roles"].as_array().expect("a list").len();
    assert_eq!(roles, Role::START_ORDER.len());
    assert_eq!(one.stop().status.code(), Some(0));
    let left = |name: &str| data.join("run").join(name).exists();
    assert!(!left("gateway-2.sock") && !left("gateway-2.lock"));
    for number in ["0", "9"] {
        assert_eq!(run(&["up", "--gateways", number]).status.code(), Some(2));
    }
}
