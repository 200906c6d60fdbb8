//! docs/PROTOCOL.md against the code: its tables are exactly ours, its examples encode and decode.

use proto::{
    client,
    close::CloseReason,
    deflate::{Deflater, Inflater},
    frame::{FrameBuf, FrameError, put_frame},
    kinds::{self, Class, Lane},
    packet::{Packet, Packets},
    rpc::Failure,
    wire,
};

const DOCUMENT: &str = include_str!("../../docs/PROTOCOL.md");

/// The cells of each row of the table under this heading row.
fn table(heading: &str) -> Vec<Vec<String>> {
    let start = DOCUMENT.find(heading).unwrap_or_else(|| panic!("no table {heading}"));
    DOCUMENT[start..]
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

#[test]
fn the_table_of_kinds_is_the_code() {
    let rows = table("| kind | name | from | message | bytes max | lane |");
    assert_eq!(rows.len(), kinds::BUILT_IN.len());
    for (row, def) in rows.iter().zip(kinds::BUILT_IN) {
        let lane = if def.class == Class::FromServer || def.lane == Lane::Control {
            def.lane
        } else {
            Lane::MustArrive
        };
        assert_eq!(row[0], def.kind.to_string());
        assert_eq!(row[1], def.name);
        assert_eq!(
            row[2],
            if def.class == Class::FromServer {
                "S"
            } else if matches!(def.kind, kinds::PING | kinds::PONG) {
                "C S"
            } else {
                "C"
            }
        );
        assert_eq!(row[4], def.body_max.to_string(), "{}", def.name);
        assert_eq!(row[5], (lane as u8).to_string(), "{}", def.name);
        let command = def.class == Class::Command;
        let is_signal = def.kind == kinds::MOVE;
        assert_eq!(def.class == Class::Signal, is_signal, "{}: what the page says of signals", def.name);
        assert_eq!(
            command,
            def.kind >= 30 && row[2] == "C" && !is_signal,
            "{}: what the page says of commands",
            def.name
        );
    }
}

#[test]
fn the_table_of_close_reasons_is_the_code() {
    let rows = table("| code | name | whose doing |");
    let ours: Vec<Vec<String>> = CloseReason::ALL
        .iter()
        .map(|reason| {
            vec![
                (*reason as u16).to_string(),
                reason.name().to_owned(),
                format!("{:?}", reason.fault()).to_lowercase(),
            ]
        })
        .collect();
    assert_eq!(rows, ours);
}

#[test]
fn the_table_of_failures_is_the_code() {
    let rows = table("| failure | name | meaning |");
    let ours: Vec<_> = Failure::ALL
        .iter()
        .map(|failure| [(*failure as u64).to_string(), failure.name().to_owned()])
        .collect();
    let told: Vec<_> = rows.iter().map(|row| [row[0].clone(), row[1].clone()]).collect();
    assert_eq!(told, ours);
}

/// What each example stands for: its lane, and its packets' bytes.
fn examples() -> Vec<(&'static str, Lane, bool, Vec<u8>)> {
    let packet = |kind, cseq, re, ack, body: &[u8]| {
        let mut out = Vec::new();
        Packet { kind, cseq, re, ack, body }.put(&mut out);
        out
    };
    let hello = wire::encode(&client::Hello { protocol: 1, client: "demo 1".into() });
    let pay = wire::encode(&client::Pay { to: 300, amount: 25 });
    let mut answer = Vec::new();
    wire::put_answer_ok(
        &mut answer,
        7,
        &wire::encode(&client::PayResult { wallet: Some(client::Wallet { gold: 975, ver: 2 }), lsn: 12 }),
    );
    let mut no = Vec::new();
    wire::put_answer_no(&mut no, 8, client::Status::Rejected, "not_enough_gold", 0);
    let mut close = Vec::new();
    wire::put_close(&mut close, CloseReason::GameAway, 1000);
    let heard = wire::encode(&client::ChatHeard { from: 5, name: "ana".into(), text: "hi ".repeat(100) });
    let moved = wire::encode(&client::Move { seq: 7, x_mm: 12_500, y_mm: 3_000 });
    let state = wire::encode(&client::CellState {
        cell: 12,
        tick: 900,
        moved: vec![5],
        moved_to: vec![1_000, 2_000],
        vanished: vec![6],
        ..client::CellState::default()
    });
    vec![
        ("hello", Lane::MustArrive, false, packet(kinds::HELLO, 0, 0, 0, &hello)),
        ("login_guest", Lane::MustArrive, false, packet(kinds::LOGIN_GUEST, 0, 0, 0, &[])),
        (
            "pay 25 to account 300, command 7, after 3 counted packets",
            Lane::MustArrive,
            false,
            packet(kinds::PAY, 7, 0, 3, &pay),
        ),
        ("its OK", Lane::MustArrive, false, answer),
        ("command 8 rejected", Lane::MustArrive, false, no),
        (
            "two packets in one frame: ping, wallet_read as command 9",
            Lane::MustArrive,
            false,
            [packet(kinds::PING, 0, 0, 0, b"now"), packet(kinds::WALLET_READ, 9, 0, 0, &[])].concat(),
        ),
        ("a chat line, deflated", Lane::MustArrive, true, packet(kinds::CHAT_HEARD, 0, 0, 0, &heard)),
        (
            "move 7, to 12.5 m east and 3 m north of the corner",
            Lane::MustArrive,
            false,
            packet(kinds::MOVE, 0, 0, 0, &moved),
        ),
        (
            "in cell 12 at tick 900, avatar 5 moved to 1 m, 2 m; avatar 6 vanished",
            Lane::LatestWins,
            false,
            packet(kinds::CELL_STATE, 0, 0, 0, &state),
        ),
        ("close game_away, try again in 1 s", Lane::Control, false, close),
    ]
}

fn frame_of(lane: Lane, deflated: bool, packets: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut frame = Vec::new();
    if deflated {
        assert!(Deflater::default().deflate(packets, &mut body));
    } else {
        body.extend_from_slice(packets);
    }
    put_frame(&mut frame, lane, deflated, &body);
    frame
}

#[test]
fn the_examples_decode_to_what_they_say() {
    let rows = table("| what | bytes |");
    let ours = examples();
    assert_eq!(rows.len(), ours.len());
    for (row, (what, lane, deflated, packets)) in rows.iter().zip(&ours) {
        assert_eq!(row[0], *what);
        let digits: String = row[1].chars().filter(char::is_ascii_hexdigit).collect();
        let bytes: Vec<u8> = (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal"))
            .collect();
        let mut seen = 0;
        FrameBuf::default()
            .feed(&bytes, 1 << 18, |header, body| {
                assert_eq!((header.lane, header.deflated), (*lane, *deflated), "{what}");
                let mut inflated = Vec::new();
                if header.deflated {
                    Inflater::default().inflate(body, 1 << 18, &mut inflated).expect("valid");
                } else {
                    inflated.extend_from_slice(body);
                }
                assert_eq!(inflated, *packets, "{what}");
                assert!(Packets::new(&inflated).all(|packet| packet.is_ok()), "{what}");
                seen += 1;
                Ok::<_, FrameError>(())
            })
            .expect("valid");
        assert_eq!(seen, 1, "{what}");
        if !deflated {
            let ours = frame_of(*lane, *deflated, packets);
            let hex: Vec<String> = ours.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(bytes, ours, "{what} is now `{}`", hex.join(" "));
        }
    }
}
