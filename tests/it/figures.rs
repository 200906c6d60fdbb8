//! What processes say of themselves, held against what is counted outside of them, and against each other: one number is
//! the same wherever it is shown.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use ding::{
    control::client::call,
    data::DataFolder,
    metrics::catalogue::{BillColumn, CATALOGUE, Source},
};
use game::rooms::echo::{ECHO_ALL, ECHO_HEARD, WAVE};
use proto::{
    client::{ChatSay, RoomJoin},
    kinds::{BUILT_IN, CHAT_SAY, ROOM_JOIN, ROOM_KINDS_FIRST},
    link::{BillLine, BillRequest, control_request::What},
    wire,
};
use serde_json::Value;

use crate::{
    metrics::{addresses, get},
    support::{
        BOUND,
        browser::Browser,
        exposition::parse,
        raw::Raw,
        stack::{Role, Stack, run},
    },
};

fn bill(stack: &Stack) -> Vec<BillLine> {
    let socket = DataFolder::existing(stack.data()).control_socket(Role::Gateway);
    let said = call(&socket, What::Bill(BillRequest {}), BOUND).expect("answered");
    said.bill.expect("a bill").lines
}

fn sum(lines: &[BillLine], of: fn(&BillLine) -> u64) -> i64 {
    i64::try_from(lines.iter().map(of).sum::<u64>()).expect("small")
}

#[test]
fn the_bill_adds_up_to_what_clients_counted_and_to_what_the_process_counted() {
    let stack = Stack::start(&["--set", "console.listen=127.0.0.1:0"]);
    let owner = Browser::owner(&stack);
    let mut crowd: Vec<Raw> = (0..PLAYERS).map(|_| Raw::connect(stack.listen)).collect();
    for (nth, player) in (1..).zip(&mut crowd) {
        player.guest();
        let join = RoomJoin { room: "echo".to_owned(), spectate: false };
        player.command(ROOM_JOIN, 1, &wire::encode(&join));
        let say = ChatSay { text: format!("{nth} {}", "and so on ".repeat(20)) };
        player.command(CHAT_SAY, 2, &wire::encode(&say));
        // What compresses well, and what comes of waves.
        player.command(ECHO_ALL, 3, &[b'a'; 2_000]);
        player.send_packet(WAVE, 0, b"here");
    }
    let crowd = RefCell::new(crowd);
    let said = u64::try_from(PLAYERS * (PLAYERS + 1) / 2).expect("small");
    stack.until("clients have counted what the bill and the process have", || {
        let crowd = &mut *crowd.borrow_mut();
        crowd.iter_mut().for_each(Raw::drain);
        let bytes: u64 = crowd.iter().map(|player| player.heard.bytes).sum();
        let mut packets: BTreeMap<u32, u64> = BTreeMap::new();
        for (kind, count) in crowd.iter().flat_map(|player| &player.heard.packets) {
            *packets.entry(*kind).or_default() += count;
        }
        let (gateway, lines) = (stack.role(Role::Gateway), bill(&stack));
        let figure = |name: &str| gateway["figures"][name].as_i64().expect("a figure");
        packets.get(&ECHO_HEARD) == Some(&said)
            && sum(&lines, |line| line.bytes_after) == i64::try_from(bytes).expect("small")
            && figure("bytes_out") == sum(&lines, |line| line.bytes_after)
            && figure("bytes_queued") == figure("bytes_out")
            && figure("writes") == sum(&lines, |line| line.writes)
            && packets.iter().all(|(kind, count)| receivers(&lines, *kind) == *count)
    });
    let lines = bill(&stack);
    let of = |kind: &str| lines.iter().find(|line| line.kind == kind).expect("a line");
    let echo = of("echo_heard");
    assert_eq!((echo.subsystem.as_str(), echo.room.as_str()), ("rooms", "echo"));
    assert!(echo.bytes_after < echo.bytes_before / 4, "what repeats itself is compressed: {echo:?}");
    assert!(0 < echo.writes && echo.messages < echo.receivers, "{echo:?}");
    assert_eq!(of("chat_heard").subsystem, "chat");
    // The console tells the same, as far as nothing was sent since.
    stack.until("the console's bill is the process's", || {
        let shown = owner.read("/api/bill");
        let lines = bill(&stack);
        let column = |name: &str| -> i64 {
            shown["lines"].as_array().expect("lines").iter().filter_map(|line| line[name].as_i64()).sum()
        };
        column("bytes_after") == sum(&lines, |line| line.bytes_after)
            && column("messages") == sum(&lines, |line| line.messages)
    });
    drop(crowd);
    stack.stop();
}

/// How many packets of this kind the bill says that clients got.
fn receivers(lines: &[BillLine], kind: u32) -> u64 {
    let name = BUILT_IN.iter().find(|known| known.kind == kind).map(|known| known.name);
    let is_it = |line: &&BillLine| match name {
        Some(name) => line.kind == name,
        None => {
            line.room == "echo"
                && kind.checked_sub(ROOM_KINDS_FIRST).is_some_and(|nth| echo(nth) == line.kind)
        }
    };
    lines.iter().filter(is_it).map(|line| line.receivers).sum()
}

fn echo(nth: u32) -> &'static str {
    ["echo", "echo_all", "echo_heard", "wave", "waved"].get(nth as usize).copied().unwrap_or_default()
}

/// What `/metrics` shows under this source must be what the figure says.
fn scaled(source: Source, value: f64) -> Option<(&'static str, f64)> {
    match source {
        Source::Figure(name) => Some((name, value)),
        Source::Micros(name) => Some((name, value * 1e6)),
        Source::Millis(name) | Source::Permille(name) => Some((name, value * 1e3)),
        _ => None,
    }
}

#[test]
fn status_metrics_and_console_show_the_same_numbers() {
    let stack = Stack::start(&["--set", "console.listen=127.0.0.1:0"]);
    let owner = Browser::owner(&stack);
    let server = stack.listen.to_string();
    let bots = run(&["bot", "run", "pay", "--players", "4", "--duration", "1s", "--server", &server]);
    assert!(bots.status.success(), "{}", String::from_utf8_lossy(&bots.stderr));
    for (role, address) in addresses(&stack) {
        let last: RefCell<Vec<String>> = RefCell::default();
        let agree = || {
            // What moves on by itself is bracketed: metrics were asked between the two.
            let before = stack.role(role)["figures"].clone();
            let (status, page) = get(&address, "/metrics");
            let after = stack.role(role)["figures"].clone();
            let shown = console(&owner, role);
            assert_eq!(status, 200);
            let page = parse(&page);
            let mut wrong = Vec::new();
            let mut compared = 0;
            for metric in CATALOGUE.iter().filter(|metric| metric.is_of(role)) {
                let value = page[metric.name].samples.first().map(|sample| sample.value);
                let Some((name, value)) = value.and_then(|value| scaled(metric.source, value)) else {
                    continue;
                };
                let figure = |of: &Value| of[name].as_i64().expect("a figure") as f64;
                let (low, high) = (figure(&before).min(figure(&after)), figure(&before).max(figure(&after)));
                compared += 1;
                if !(low - 0.5..=high + 0.5).contains(&value) {
                    wrong.push(format!("{name}: metrics {value}, status {low} to {high}"));
                }
                // What stands still is in the console as it is.
                if low == high && figure(&shown) != low && !MOVING.contains(&name) {
                    wrong.push(format!("{name}: console {}, status {low}", figure(&shown)));
                }
            }
            assert!(20 < compared, "{compared} figures of {}", role.name());
            *last.borrow_mut() = wrong;
            last.borrow().is_empty()
        };
        stack.until(&format!("all say the same of {}", role.name()), agree);
    }
    stack.stop();
}

fn console(owner: &Browser, role: Role) -> Value {
    let history = owner.read("/api/history?span=15m");
    let series = history["series"].as_object().expect("columns");
    let prefix = format!("{}.", role.name());
    let last = series.iter().filter_map(|(name, values)| {
        let value = values.as_array()?.last()?.clone();
        Some((name.strip_prefix(&prefix)?.to_owned(), value))
    });
    Value::Object(last.collect())
}

#[test]
fn the_bill_in_metrics_is_the_bill() {
    let stack = Stack::start(&[]);
    let mut ana = Raw::connect(stack.listen);
    ana.guest();
    let say = ChatSay { text: "hello".to_owned() };
    ana.command(CHAT_SAY, 1, &wire::encode(&say));
    let (_, address) = addresses(&stack).into_iter().find(|(role, _)| *role == Role::Gateway).expect("it");
    stack.until("the bill in metrics is the bill", || {
        let (before, page, after) = (bill(&stack), parse(&get(&address, "/metrics").1), bill(&stack));
        let columns = CATALOGUE.iter().filter_map(|metric| match metric.source {
            Source::Bill(column) => Some((metric.name, column)),
            _ => None,
        });
        before == after
            && columns.clone().count() == 6
            && columns.into_iter().all(|(name, column)| {
                let shown: f64 = page[name].samples.iter().map(|sample| sample.value).sum();
                let known: f64 = before.iter().map(|line| of_line(line, column)).sum();
                (shown - known).abs() < 1e-3
            })
            && before.iter().any(|line| line.kind == "chat_heard" && 0 < line.receivers)
    });
    stack.stop();
}

fn of_line(line: &BillLine, column: BillColumn) -> f64 {
    let value = match column {
        BillColumn::Messages => line.messages,
        BillColumn::Receivers => line.receivers,
        BillColumn::BytesBefore => line.bytes_before,
        BillColumn::BytesAfter => line.bytes_after,
        BillColumn::Writes => line.writes,
        BillColumn::Micros => return Duration::from_nanos(line.ns).as_secs_f64(),
    };
    value as f64
}

/// Figures that may have moved since the console asked, and not since.
const MOVING: [&str; 3] = ["turn_us_max", "turns", "journal_free_bytes"];
const PLAYERS: usize = 12;
