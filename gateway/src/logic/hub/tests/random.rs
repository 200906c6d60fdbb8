//! Random players and a random game against a model that keeps whole lists: groups, outboxes and their
//! limits must come to the same in every step.

use std::collections::BTreeMap;

use proto::{
    frame::{FrameBuf, FrameError},
    kinds::{CHAT_HEARD, Lane},
    limits::{LINK_PROTOCOL_MAX, SERVER_FRAME_BYTES_MAX},
    link_io::{Op, Record, take_record},
    packet::{Packet, Packets},
};

use super::world::{FakeSocket, Random, noise, packets};
use crate::logic::{
    ConnKey,
    bill::{Name, Row},
    hub::{Hub, Life},
    limits::ClientLimits,
    transport::Setup,
};

const SOFT: usize = 3_000;
const HARD: usize = 6_000;
const GROUPS: usize = 6;

/// One client as the model sees it.
struct Model {
    socket: FakeSocket,
    frames: FrameBuf,
    groups: Vec<u64>,
    /// Frames on their way, in order.
    queue: Vec<Queued>,
    /// Bytes of the first frame that have left.
    sent: usize,
    withheld: Vec<u64>,
    asked: Vec<u64>,
    is_blocked: bool,
    is_closed: bool,
    heard: Vec<u64>,
    expected: Vec<u64>,
}

struct Queued {
    number: u64,
    bytes: usize,
    latest: Option<u64>,
}

impl Model {
    fn waiting(&self) -> usize {
        self.queue.iter().map(|frame| frame.bytes).sum::<usize>() - self.sent
    }

    fn offer(&mut self, frame: Queued) {
        if frame.latest.is_some_and(|group| self.withheld.contains(&group)) {
            return;
        }
        if self.waiting() > 0 && self.waiting() + frame.bytes > SOFT {
            let begun = self.sent > 0;
            let mut index = 0;
            let withheld = &mut self.withheld;
            self.queue.retain(|queued| {
                index += 1;
                let Some(group) = queued.latest.filter(|_| !(begun && index == 1)) else {
                    return true;
                };
                withheld.push(group);
                false
            });
            if let Some(group) = frame.latest
                && (self.waiting() + frame.bytes > SOFT || self.withheld.contains(&group))
            {
                self.withheld.push(group);
                return;
            }
        }
        if self.waiting() + frame.bytes > HARD {
            self.is_closed = true;
            return;
        }
        self.queue.push(frame);
    }

    /// The socket takes bytes until its room is used up.
    fn flush(&mut self, mut room: usize) {
        if self.is_blocked || self.queue.is_empty() {
            return;
        }
        while let Some(front) = self.queue.first() {
            let taken = room.min(front.bytes - self.sent);
            self.sent += taken;
            room -= taken;
            if self.sent < front.bytes {
                self.is_blocked = true;
                break;
            }
            self.expected.push(front.number);
            self.queue.remove(0);
            self.sent = 0;
        }
    }
}

/// A chat line whose number stands in its envelope, so that each frame can be told from all others.
fn numbered(number: u64, bytes: usize) -> Vec<u8> {
    let mut out = Vec::new();
    Packet { kind: CHAT_HEARD, re: number, body: &noise(bytes), ..Packet::default() }.put(&mut out);
    out
}

struct Run {
    hub: Hub,
    random: Random,
    models: BTreeMap<ConnKey, Model>,
    number: u64,
    /// What all sockets together took, in how many calls, and what each kind of packet cost.
    got: u64,
    writes: usize,
    bill: BTreeMap<Name, Row>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let limits = ClientLimits {
            outbox_soft_bytes: SOFT,
            outbox_hard_bytes: HARD,
            outbox_grace_ms: u64::MAX / 2,
            ..ClientLimits::default()
        };
        let mut hub = Hub::new(limits, Setup::default());
        hub.link_up(0, LINK_PROTOCOL_MAX, &[]);
        let (models, bill) = (BTreeMap::new(), BTreeMap::new());
        Self { hub, random: Random(seed), models, number: 0, got: 0, writes: 0, bill }
    }

    fn pick(&mut self) -> Option<ConnKey> {
        let index = self.random.below(self.models.len().max(1));
        self.models.keys().nth(index).copied()
    }

    fn game(&mut self, record: Record<'_>) {
        self.hub.apply(record, 0).expect("within the rules");
        self.hub.end_batch(0);
    }

    fn step(&mut self) {
        let action = self.random.below(100);
        let group = self.random.below(GROUPS) as u64;
        let key = self.pick();
        match (action, key) {
            (0..10, _) | (_, None) => self.connect(),
            (10..13, Some(key)) => {
                self.hub.hung_up(key, proto::close::CloseReason::Gone);
                self.models.remove(&key);
            }
            (13..28, Some(key)) => {
                self.game(Record::new(Op::Subscribe, key.id(), group, &[]));
                let groups = &mut self.models.get_mut(&key).expect("here").groups;
                if !groups.contains(&group) {
                    groups.push(group);
                }
            }
            (28..33, Some(key)) => {
                self.game(Record::new(Op::Unsubscribe, key.id(), group, &[]));
                let model = self.models.get_mut(&key).expect("here");
                model.groups.retain(|&other| other != group);
                model.withheld.retain(|&other| other != group);
                model.asked.retain(|&other| other != group);
            }
            (33..60, Some(_)) => self.publish(group),
            (60..70, Some(key)) => {
                let bytes = self.random.below(1_500);
                let payload = self.next_packet(bytes);
                self.game(Record::new(Op::Send, key.id(), 0, &payload));
                let frame = Queued { number: self.number, bytes: payload.len() + 4, latest: None };
                self.models.get_mut(&key).expect("here").offer(frame);
            }
            (70..78, Some(key)) => self.refresh(key, group),
            (_, Some(key)) => {
                let room = self.random.below(3_000);
                let model = self.models.get_mut(&key).expect("here");
                model.socket.room = if room > 2_500 { usize::MAX } else { room };
                model.is_blocked = false;
                self.hub.writable(key);
            }
        }
        self.settle();
    }

    fn next_packet(&mut self, bytes: usize) -> Vec<u8> {
        self.number += 1;
        numbered(self.number, bytes)
    }

    fn connect(&mut self) {
        let key = self.hub.open(0, [0; 16], 1, None);
        for text in ["hello", "login_guest"] {
            let mut frame = Vec::new();
            proto::frame::put_frame(&mut frame, Lane::MustArrive, false, &packets(text));
            self.hub.receive(key, 0, &frame);
        }
        let model = Model {
            socket: FakeSocket { room: usize::MAX, got: Vec::new(), writes: 0 },
            frames: FrameBuf::default(),
            groups: Vec::new(),
            queue: Vec::new(),
            sent: 0,
            withheld: Vec::new(),
            asked: Vec::new(),
            is_blocked: false,
            is_closed: false,
            heard: Vec::new(),
            expected: Vec::new(),
        };
        self.models.insert(key, model);
    }

    /// Groups with even numbers are latest-wins.
    fn publish(&mut self, group: u64) {
        let bytes = self.random.below(2_000);
        let payload = self.next_packet(bytes);
        let (lane, latest) =
            if group.is_multiple_of(2) { (Lane::LatestWins, Some(group)) } else { (Lane::MustArrive, None) };
        self.game(Record { lane, ..Record::new(Op::Publish, 0, group, &payload) });
        for model in self.models.values_mut().filter(|model| model.groups.contains(&group)) {
            model.offer(Queued { number: self.number, bytes: payload.len() + 4, latest });
        }
    }

    fn refresh(&mut self, key: ConnKey, group: u64) {
        let bytes = self.random.below(2_000);
        let payload = self.next_packet(bytes);
        self.game(Record::new(Op::Refreshed, key.id(), group, &payload));
        let model = self.models.get_mut(&key).expect("here");
        model.withheld.retain(|&other| other != group);
        model.asked.retain(|&other| other != group);
        model.offer(Queued { number: self.number, bytes: payload.len() + 4, latest: Some(group) });
    }

    fn settle(&mut self) {
        let mut touched = Vec::new();
        self.hub.take_touched(usize::MAX, &mut touched);
        for (_, model) in self.models.iter_mut().filter(|(_, model)| !model.is_closed) {
            model.flush(model.socket.room);
        }
        for key in touched {
            if let Some(model) = self.models.get_mut(&key) {
                self.hub.flush(key, 0, &mut model.socket);
            }
        }
        let mut asked: Vec<(ConnKey, u64)> = Vec::new();
        let bytes = self.hub.batch().waiting().to_vec();
        self.hub.batch().consume(bytes.len());
        let mut rest = &bytes[..];
        while let Some((record, used)) = take_record(rest).expect("records") {
            if record.op == Op::Refresh {
                asked.push((ConnKey::from_id(record.a), record.b));
            }
            rest = &rest[used..];
        }
        self.hub.take_ended(|_, _| {});
        self.add_up();
        self.compare(&asked);
    }

    /// Every byte and every call that a socket saw is in the bill, and what was never sent is known.
    fn add_up(&mut self) {
        for model in self.models.values_mut() {
            self.got += model.socket.got.len() as u64;
            self.writes += std::mem::take(&mut model.socket.writes);
        }
        let waiting: usize = self
            .hub
            .clients
            .values()
            .filter(|client| client.life != Life::Ended)
            .map(|client| client.outbox.waiting_bytes())
            .sum();
        self.hub.bill().tell(&mut self.bill);
        let sum = |of: fn(&Row) -> u64| self.bill.values().map(of).sum::<u64>();
        let tally = &self.hub.desk.tally;
        assert_eq!(sum(|row| row.bytes_after), tally.bytes_queued);
        assert_eq!(self.got + tally.lost.bytes + waiting as u64, tally.bytes_queued, "sent, lost or waiting");
        assert_eq!((self.got, self.writes as u64), (tally.bytes_out, tally.writes));
        assert_eq!(sum(|row| row.writes), tally.writes);
        assert_eq!(sum(|row| row.receivers), tally.frames_out, "one packet in each frame");
    }

    fn compare(&mut self, asked: &[(ConnKey, u64)]) {
        for (&key, model) in &mut self.models {
            let client = self.hub.client(key).expect("still here");
            assert_eq!(client.life != Life::Open, model.is_closed, "who is too slow");
            if model.is_closed {
                continue;
            }
            let got = std::mem::take(&mut model.socket.got);
            let heard = &mut model.heard;
            let result = model.frames.feed(&got, SERVER_FRAME_BYTES_MAX, |_, body| {
                heard.extend(Packets::new(body).map(|packet| packet.expect("a packet").re));
                Ok::<_, FrameError>(())
            });
            result.expect("frames");
            assert_eq!(model.heard, model.expected, "what is heard");
            assert_eq!(client.outbox.waiting_bytes(), model.waiting(), "bytes are counted exactly");
            model.heard.clear();
            model.expected.clear();
            let mut now: Vec<u64> =
                asked.iter().filter(|(who, _)| *who == key).map(|(_, group)| *group).collect();
            let mut due = Vec::new();
            // All may have been dropped while the socket took nothing: that is not drained yet.
            if model.waiting() == 0 && !model.is_blocked {
                for &group in &model.withheld {
                    if !model.asked.contains(&group) {
                        model.asked.push(group);
                        due.push(group);
                    }
                }
            }
            now.sort_unstable();
            due.sort_unstable();
            assert_eq!(now, due, "snapshots asked for");
        }
        self.models.retain(|_, model| !model.is_closed);
    }
}

#[test]
fn groups_and_outboxes_agree_with_a_model_that_keeps_lists() {
    for seed in 1..=40 {
        let mut run = Run::new(seed * 0x1234_5678_9abc);
        for _ in 0..600 {
            run.step();
        }
    }
}
