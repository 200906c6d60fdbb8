//! Chat between real processes: a flood that others hardly notice (F73), text that is cleaned on its way, a block
//! and a report that outlive game, and what staff sees of it.

use std::time::Duration;

use proto::{
    client::{Blocks, ChatBlock, ChatHeard, ChatLines, ChatReport, ChatSay, Status},
    kinds,
    packet::Packet,
    prescan::Budget,
    wire,
};

use crate::support::{
    Tier,
    raw::Raw,
    stack::{Role, Stack, run},
};

fn say(text: &str) -> Vec<u8> {
    wire::encode(&ChatSay { text: text.to_owned() })
}

/// The next line that this one hears from that account.
fn hears(player: &mut Raw, from: u64) -> String {
    loop {
        let (_, body) = player.wait_for(kinds::CHAT_HEARD).expect("a line");
        let line: ChatHeard = wire::decode(&body, Budget::CLIENT).expect("a line");
        if line.from == from {
            return line.text;
        }
    }
}

#[test]
fn a_flood_of_chat_is_held_back_and_what_others_say_is_heard_meanwhile() {
    let (flooders, rounds) = Tier::current().pick((12, 6), (100, 20));
    let stack = Stack::start(&[]);
    let mut ana = Raw::connect(stack.listen);
    let mut bo = Raw::connect(stack.listen);
    let from = ana.guest().account;
    bo.guest();
    let (slowest, refused, heard) = std::thread::scope(|scope| {
        let flood = |number: usize| {
            let mut player = Raw::connect(stack.listen);
            player.guest();
            let (mut refused, mut heard) = (0, 0);
            for round in 0..rounds {
                let mut packets = Vec::new();
                for n in 1..=LINES {
                    let body = say(&format!("flood {number} {round} {n} {}", "x".repeat(200)));
                    Packet {
                        kind: kinds::CHAT_SAY,
                        cseq: round * LINES + n,
                        body: &body,
                        ..Packet::default()
                    }
                    .put(&mut packets);
                }
                player.send_packets(&packets);
                let mut answers = 0;
                while answers < LINES {
                    let (_, body) = player.wait_for(kinds::ANSWER).expect("an answer");
                    let answer: proto::client::Answer = wire::decode(&body, Budget::CLIENT).expect("one");
                    answers += 1;
                    match answer.status() {
                        Status::Ok => heard += 1,
                        Status::RetryLater => {
                            assert!(
                                ["too_fast", "chat_too_fast"].contains(&answer.error.as_str()),
                                "{answer:?}"
                            );
                            refused += 1;
                        }
                        Status::Rejected => panic!("{answer:?}"),
                    }
                }
            }
            (refused, heard)
        };
        let floods: Vec<_> = (0..flooders).map(|number| scope.spawn(move || flood(number))).collect();
        let mut slowest = Duration::ZERO;
        for cseq in 1..=CALM_LINES {
            let text = format!("calm {cseq}");
            let began = ding::clock::wall();
            ana.send_packet(kinds::CHAT_SAY, cseq, &say(&text));
            assert_eq!(hears(&mut bo, from), text);
            slowest = slowest.max(ding::clock::wall().saturating_sub(began));
        }
        let counts = floods.into_iter().map(|flood| flood.join().expect("it ends"));
        let (refused, heard) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        (slowest, refused, heard)
    });
    eprintln!(
        "the slowest of {CALM_LINES} lines took {slowest:?}; of the flood {heard} were heard, {refused} refused"
    );
    assert!(heard < refused, "the flood is held back");
    assert!(slowest < DELAY_MAX, "{slowest:?}");

    // And 8 KiB of text are no chat at all.
    let mut big = Raw::connect(stack.listen);
    big.guest();
    big.send_packet(kinds::CHAT_SAY, 1, &say(&"x".repeat(8 * 1024)));
    assert_eq!(big.close_name(), "body_too_large");
}

#[test]
fn text_is_cleaned_blocks_and_reports_outlive_game_and_staff_sees_what_was_said() {
    let stack = Stack::start(&[]);
    let (mut ana, mut bo) = (Raw::connect(stack.listen), Raw::connect(stack.listen));
    let own = ana.guest();
    let from = bo.guest().account;
    let mut cseq = 0;
    for (typed, seen) in [
        ("鼎 שלום مرحبا नमस्ते สวัสดี 👨\u{200d}👩\u{200d}👧", "鼎 שלום مرحبا नमस्ते สวัสดี 👨\u{200d}👩\u{200d}👧"),
        ("\u{1b}[31mred\u{202e} https://evil.com", "[31mred https: //evil. com"),
        ("<b>'; DROP TABLE report; --</b>", "<b>'; DROP TABLE report; --</b>"),
    ] {
        cseq += 1;
        assert_eq!(bo.command(kinds::CHAT_SAY, cseq, &say(typed)).status(), Status::Ok);
        assert_eq!(hears(&mut ana, from), seen);
    }
    let lines = ana.command(kinds::CHAT_HISTORY, 1, &[]);
    let lines: ChatLines = wire::decode(&lines.result, Budget::LINK).expect("lines");
    assert_eq!(lines.lines.len(), 3);
    let block = wire::encode(&ChatBlock { account: from, ..ChatBlock::default() });
    assert_eq!(ana.command(kinds::CHAT_BLOCK, 2, &block).status(), Status::Ok);
    let report = ChatReport { account: from, reason: "spam \u{1b}[2J".to_owned(), ..ChatReport::default() };
    assert_eq!(ana.command(kinds::CHAT_REPORT, 3, &wire::encode(&report)).status(), Status::Ok);

    stack.kill_and_wait(Role::Game);
    let data = stack.data().to_str().expect("UTF-8");
    for words in [vec!["account", "reports"], vec!["account", "reports", &from.to_string()]] {
        let output = run(&[&words[..], &["--data", data]].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            text.contains(&format!("account {from} as (guest), by {}: spam [2J\n", own.account)),
            "{text}"
        );
        assert!(text.contains("world : [31mred https: //evil. com\n") && !text.contains('\u{1b}'), "{text}");
    }
    let mut ana = loop {
        let mut again = Raw::connect(stack.listen);
        let hello = proto::client::Hello { protocol: 1, client: "chat test".to_owned() };
        again.send_packet(kinds::HELLO, 0, &wire::encode(&hello));
        if again.wait_for(kinds::WELCOME).is_some() {
            break again;
        }
    };
    let login = proto::client::LoginSecret { account: own.account, secret: own.secret };
    ana.send_packet(kinds::LOGIN_SECRET, 0, &wire::encode(&login));
    let (_, body) = ana.wait_for(kinds::LOGGED_IN).expect("in");
    let next = wire::decode::<proto::client::LoggedIn>(&body, Budget::CLIENT).expect("a login").cseq_last + 1;
    let blocks = ana.command(kinds::CHAT_BLOCK, next, &[]);
    let blocks: Blocks = wire::decode(&blocks.result, Budget::CLIENT).expect("a list");
    assert_eq!(blocks.blocked.iter().map(|one| one.account).collect::<Vec<_>>(), [from]);
    let lines = ana.command(kinds::CHAT_HISTORY, next + 1, &[]);
    assert!(lines.result.is_empty(), "world chat is gone with game");
}

/// Below what may be unanswered.
const LINES: u64 = 60;
const CALM_LINES: u64 = 12;
/// Tests run beside each other here; on a machine of its own it is a fraction of this.
const DELAY_MAX: Duration = Duration::from_secs(30);
