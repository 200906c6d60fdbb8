//! Bytes from outside that were right once and are not any more (F66): whatever reads them answers or refuses, never
//! panics, and keeps no more than its limit. In a hurry the corpus beside this file and a few thousand mutations; in
//! full a minute of them for each reader. What one finds goes into the corpus.

#[path = "../../lab/src/needs.rs"]
#[expect(dead_code, reason = "others need rights and programs")]
mod needs;

use std::time::Duration;

use proto::{
    client,
    deflate::{Deflater, Inflater},
    frame::{FrameBuf, FrameError, put_frame},
    kinds::Lane,
    limits::FRAME_HEADER_BYTES,
    link, link_io,
    packet::{Packet, Packets},
    prescan::Budget,
    turn, wire,
};

/// A reader of bytes, and something right for it to read.
struct Target {
    name: &'static str,
    right: Vec<Vec<u8>>,
    read: fn(&[u8], &mut Chance),
}

const MAX: usize = 64 * 1024;

fn targets() -> Vec<Target> {
    let login = wire::encode(&client::LoginPassword { name: "Ana".into(), password: "correct horse".into() });
    let pay = wire::encode(&client::Pay { to: 7, amount: 10 });
    let mut packets = Vec::new();
    for (cseq, body) in [(0, &login), (1, &pay), (2, &pay)] {
        Packet { kind: 40, cseq, re: 3, ack: 4, body }.put(&mut packets);
    }
    let text = packets.repeat(20);
    let mut deflated = Vec::new();
    assert!(Deflater::default().deflate(&text, &mut deflated));
    let mut frames = Vec::new();
    put_frame(&mut frames, Lane::MustArrive, false, &packets);
    put_frame(&mut frames, Lane::LatestWins, true, &deflated);
    let mut entries = Vec::new();
    let who = turn::TxnId { account: proto::ids::AccountId(7), cseq: 3 };
    turn::put_entry(&mut entries, who, &wire::encode(&link::Record { schema: 1, ..link::Record::default() }));
    turn::put_entry(&mut entries, who, &[9; 40]);
    let mut records = Vec::new();
    link_io::Record::new(link_io::Op::Turn, 1, 2, &entries).put(&mut records);
    link_io::Record::new(link_io::Op::Durable, 1, 0, &[]).put(&mut records);
    vec![
        Target { name: "frame", right: vec![frames], read: read_frames },
        Target { name: "inflate", right: vec![deflated], read: read_deflated },
        Target { name: "packet", right: vec![packets], read: read_packets },
        Target { name: "message", right: vec![login, pay], read: read_messages },
        Target { name: "link", right: vec![records], read: read_link },
        Target { name: "turn", right: vec![entries], read: read_turn },
    ]
}

/// In pieces of any size, as sockets give them.
fn read_frames(bytes: &[u8], chance: &mut Chance) {
    let (mut frames, mut rest) = (FrameBuf::default(), bytes);
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(1 + chance.below(rest.len()));
        rest = later;
        let fed = frames.feed(piece, MAX, |_, body| {
            assert!(body.len() <= MAX);
            Ok::<_, FrameError>(())
        });
        assert!(frames.partial_bytes() <= MAX + FRAME_HEADER_BYTES);
        if fed.is_err() {
            return;
        }
    }
}

fn read_deflated(bytes: &[u8], _: &mut Chance) {
    let mut out = Vec::new();
    let read = Inflater::default().inflate(bytes, MAX, &mut out);
    assert!(read.is_err() || out.len() <= MAX, "{}", out.len());
}

fn read_packets(bytes: &[u8], _: &mut Chance) {
    let taken: usize = Packets::new(bytes).map_while(Result::ok).map(|packet| packet.body.len()).sum();
    assert!(taken <= bytes.len());
}

fn read_messages(bytes: &[u8], _: &mut Chance) {
    let _ = wire::decode::<client::LoginPassword>(bytes, Budget::CLIENT);
    let _ = wire::decode::<client::Pay>(bytes, Budget::CLIENT);
    let _ = wire::decode::<client::TradeOffer>(bytes, Budget::CLIENT);
    let _ = wire::decode::<client::MailSend>(bytes, Budget::CLIENT);
    let _ = wire::decode::<link::Record>(bytes, Budget::LINK);
    let _ = wire::decode::<link::ReadRequest>(bytes, Budget::LINK);
}

fn read_link(bytes: &[u8], chance: &mut Chance) {
    let (mut input, mut rest) = (link_io::LinkBuf::default(), bytes);
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(1 + chance.below(rest.len()));
        rest = later;
        input.push(piece);
        loop {
            match input.next() {
                Ok(Some(record)) => assert!(record.payload.len() <= bytes.len()),
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
    assert!(input.waiting_bytes() <= bytes.len());
}

fn read_turn(bytes: &[u8], _: &mut Chance) {
    let taken = turn::entries(bytes).map_or(0, |all| all.iter().map(|entry| entry.payload.len()).sum());
    assert!(taken <= bytes.len());
}

/// Bytes flipped, cut, doubled, moved, made extreme, or taken from another input.
fn mutate(bytes: &mut Vec<u8>, other: &[u8], chance: &mut Chance) {
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len().max(1));
        match chance.below(8) {
            _ if bytes.is_empty() => bytes.push(chance.byte()),
            0 => bytes[at] ^= 1 << chance.below(8),
            1 => bytes[at] = chance.byte(),
            2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][chance.below(5)],
            3 => bytes.truncate(at),
            4 => drop(bytes.remove(at)),
            5 => bytes.insert(at, chance.byte()),
            6 => bytes.extend_from_within(at..),
            _ => {
                let from = chance.below(other.len().max(1)).min(other.len());
                bytes.splice(at.., other[from..].iter().copied());
            }
        }
        bytes.truncate(4 * MAX);
    }
}

/// Enough of it: xorshift64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0 to one less than this, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("it fits")
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }
}

/// A line each, in hexadecimal.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let path = format!("{}/tests/corpus/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let digits = |line: &str| {
        let pairs = line.as_bytes().chunks(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16);
        pairs.map(|pair| byte(pair).expect("two digits")).collect()
    };
    text.lines().map(digits).collect()
}

#[test]
fn what_was_right_once_is_read_and_everything_in_the_corpus_is_survived() {
    for Target { name, right, read } in targets() {
        let kept = corpus(name);
        assert!(20 <= kept.len(), "{name}: {}", kept.len());
        for bytes in right.iter().chain(&kept) {
            for seed in 1..4 {
                read(bytes, &mut Chance(seed));
            }
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a bound of time for a search that has no end")]
fn whatever_becomes_of_bytes_their_readers_answer_or_refuse() {
    let is_full = needs::tier().as_deref() == Some("full");
    for Target { name, right, read } in targets() {
        let known: Vec<Vec<u8>> = right.into_iter().chain(corpus(name)).collect();
        let mut chance = Chance(0x0d1e_5eed);
        let end = std::time::Instant::now() + Duration::from_mins(1);
        let mut count = 0u32;
        while count < 20_000 || is_full && std::time::Instant::now() < end {
            count += 1;
            let mut bytes = known[chance.below(known.len())].clone();
            let other = &known[chance.below(known.len())];
            mutate(&mut bytes, other, &mut chance);
            let again = chance.0;
            let survived = std::panic::catch_unwind(|| read(&bytes, &mut Chance(again)));
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(survived.is_ok(), "{name} does not survive {digits}");
        }
        println!("{name}: {count} mutations");
    }
}
