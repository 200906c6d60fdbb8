//! What each kind of packet costs on its way out: how many, to how many, of how many bytes before and after compression, in
//! how many writes and how much time. Its sums are the sums of all that is sent: what a frame takes is shared out among its
//! packets to the byte, a write is of the frame that waited first. Rows are bounded. Knows no sockets and no clock.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use proto::{
    kinds::{BUILT_IN, Class, KindDef, subsystem},
    limits::FRAME_HEADER_BYTES,
    link::KindRule,
    packet::{Packet, take_bytes, take_varint},
};
use rustc_hash::FxHashMap;

use super::stopwatch::Stopwatch;

/// Of which packets a row is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Part of the server, see [`subsystem`]; `transport` and `other` beside those.
    pub subsystem: &'static str,
    /// Kind of room; empty where it is none's.
    pub room: String,
    /// Kind of packet; as `subsystem` where it is none.
    pub kind: String,
}

impl Name {
    /// Of what has no row of its own.
    #[must_use]
    pub fn other() -> Self {
        Self::of("other")
    }

    fn of(word: &'static str) -> Self {
        Self { subsystem: word, room: String::new(), kind: word.to_owned() }
    }
}

/// What was counted of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Packets that came from game or were said by the gateway itself, each once.
    pub messages: u64,
    /// Outboxes they were put into.
    pub receivers: u64,
    /// Bytes of that, as they would be without compression.
    pub bytes_before: u64,
    /// Bytes of that, as they are.
    pub bytes_after: u64,
    /// Calls of write on client sockets.
    pub writes: u64,
    /// Time of wrapping, compressing, handing out and writing; of many small ones some are timed and stand for all.
    pub ns: u64,
}

impl Row {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        self.messages += other.messages;
        self.receivers += other.receivers;
        self.bytes_before += other.bytes_before;
        self.bytes_after += other.bytes_after;
        self.writes += other.writes;
        self.ns += other.ns;
    }
}

/// Which row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowId(u16);

impl RowId {
    /// What no packet is behind: greetings and pongs of TLS and WebSocket.
    pub const TRANSPORT: Self = Self(1);
    const OTHER: Self = Self(0);
}

/// A time that is being taken, perhaps.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    began_ns: u64,
    /// For how many it stands; 0: it is not taken.
    weight: u64,
}

/// Where a frame went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Bytes of it, its header among them.
    pub frame_bytes: usize,
    /// Outboxes that took it.
    pub receivers: u64,
}

/// See the module. What one thread counted since it last told.
#[derive(Debug)]
pub struct Bill {
    names: Vec<Name>,
    rows: Vec<Row>,
    by_kind: FxHashMap<u32, RowId>,
    /// Of the frame that is on its way: neighbors of one row together.
    parts: Vec<Part>,
    watch: Stopwatch,
    timings: u64,
}

#[derive(Clone, Copy, Debug)]
struct Part {
    row: RowId,
    messages: u64,
    bytes: u64,
}

impl Default for Bill {
    /// Ding's own kinds.
    fn default() -> Self {
        let names = vec![Name::other(), Name::of("transport")];
        let mut bill = Self {
            rows: vec![Row::default(); names.len()],
            names,
            by_kind: FxHashMap::default(),
            parts: Vec::new(),
            watch: Stopwatch::default(),
            timings: 0,
        };
        bill.learn(&[]);
        bill
    }
}

impl Bill {
    /// By what is told how long things take.
    pub fn set_watch(&mut self, watch: Stopwatch) {
        self.watch = watch;
    }

    /// These kinds there are now, beside Ding's own. Rows of earlier ones stay.
    pub fn learn(&mut self, rules: &[KindRule]) {
        self.by_kind.clear();
        let built_in: Vec<KindRule> = BUILT_IN.iter().map(KindDef::rule).collect();
        for rule in built_in.iter().chain(rules) {
            // The gateway says pings and pongs itself.
            if matches!(Class::from_code(rule.class), Some(Class::FromServer | Class::Control)) {
                let (room, kind) = (rule.room.clone(), rule.name.clone());
                let row = self.row_of(Name { subsystem: subsystem(rule.kind), room, kind });
                self.by_kind.insert(rule.kind, row);
            }
        }
    }

    fn row_of(&mut self, name: Name) -> RowId {
        let known = self.names.iter().position(|known| *known == name);
        let at = known.or_else(|| {
            (self.names.len() < ROWS_MAX).then(|| {
                self.names.push(name);
                self.rows.push(Row::default());
                self.names.len() - 1
            })
        });
        at.and_then(|at| u16::try_from(at).ok()).map_or(RowId::OTHER, RowId)
    }

    /// Begins to take a time, of each or of some.
    pub fn begin(&mut self, each: bool) -> Timing {
        self.timings = self.timings.wrapping_add(1);
        let weight = match each {
            true => 1,
            false if self.timings.is_multiple_of(TIMED_EACH) => TIMED_EACH,
            false => return Timing { began_ns: 0, weight: 0 },
        };
        Timing { began_ns: self.watch.ns(), weight }
    }

    /// Reads of which kinds the packets of a frame are; returns the row of the first.
    pub fn open(&mut self, packets: &[u8]) -> RowId {
        self.parts.clear();
        let mut rest = packets;
        while !rest.is_empty() {
            let before = rest.len();
            let row = match take_bytes(&mut rest) {
                Ok(packet) => kind(packet).and_then(|kind| self.by_kind.get(&kind).copied()),
                Err(_) => {
                    // No packet of ours; it is sent all the same, and counted.
                    rest = &[];
                    None
                }
            };
            let row = row.unwrap_or(RowId::OTHER);
            let bytes = (before - rest.len()) as u64;
            match self.parts.last_mut() {
                Some(last) if last.row == row => {
                    last.messages += 1;
                    last.bytes += bytes;
                }
                _ => self.parts.push(Part { row, messages: 1, bytes }),
            }
        }
        self.parts.first().map_or(RowId::OTHER, |part| part.row)
    }

    /// The frame that was opened went there, in this time.
    pub fn charge(&mut self, sent: Sent, timing: Timing) {
        let all: u64 = self.parts.iter().map(|part| part.bytes).sum();
        let ns = self.taken(timing);
        let before = all + FRAME_HEADER_BYTES as u64;
        let mut sum = 0;
        for part in &self.parts {
            // To where the last part ends it is all, so that nothing is lost to rounding.
            let (from, to) = (sum, sum + part.bytes);
            let share =
                |of: u64| (of * to).checked_div(all).unwrap_or(0) - (of * from).checked_div(all).unwrap_or(0);
            let row = &mut self.rows[usize::from(part.row.0)];
            row.messages += part.messages;
            row.receivers += part.messages * sent.receivers;
            row.bytes_before += share(before) * sent.receivers;
            row.bytes_after += share(sent.frame_bytes as u64) * sent.receivers;
            row.ns += share(ns);
            sum = to;
        }
        self.parts.clear();
    }

    /// So many writes were made for whoever waited first, in this time.
    pub fn wrote(&mut self, row: RowId, writes: u32, timing: Timing) {
        let ns = self.taken(timing);
        let row = &mut self.rows[usize::from(row.0)];
        row.writes += u64::from(writes);
        row.ns += ns;
    }

    fn taken(&self, timing: Timing) -> u64 {
        if timing.weight == 0 { 0 } else { self.watch.since_ns(timing.began_ns) * timing.weight }
    }

    /// Adds what was counted to what was told before, and begins again at nothing.
    pub fn tell(&mut self, told: &mut BTreeMap<Name, Row>) {
        told.entry(Name::other()).or_default();
        for (name, row) in self.names.iter().zip(&mut self.rows) {
            if *row == Row::default() {
                continue;
            }
            let row = std::mem::take(row);
            let is_known = told.contains_key(name) || told.len() < ROWS_MAX;
            let name = if is_known { name.clone() } else { Name::other() };
            told.entry(name).or_default().add(&row);
        }
    }
}

/// Of a packet without its length. Ours have it first.
fn kind(packet: &[u8]) -> Option<u32> {
    match packet {
        [KIND_FIRST, rest @ ..] => u32::try_from(take_varint(&mut &*rest).ok()?).ok(),
        other => Packet::decode(other).ok().map(|packet| packet.kind),
    }
}

/// Field 1, a number.
const KIND_FIRST: u8 = 1 << 3;
/// The kinds of Ding and of some dozens of games; what comes beyond is `other`.
const ROWS_MAX: usize = 512;
/// So seldom that even where reading a clock is a call into the system it costs next to nothing; a prime, so that no habit
/// of game's turns falls in with it.
const TIMED_EACH: u64 = 127;
