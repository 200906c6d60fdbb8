//! Who hears what, and when: connections and groups as the gateways know them, and the order in which output leaves.
//! Knows no account, no room and no rule.
//!
//! Must-arrive output waits while a record of value is not durable. What leaves in one step: packets for one connection
//! at once, in order; packets for a group as one record at the end, or before somebody enters or leaves it or is told
//! something by the same room. What must arrive is kept for its session as it is written, be its connection there or not.

mod away;
#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc, time::Instant};

use proto::{
    close::CloseReason,
    figures::Distribution,
    ids::{ConnId, GroupId, LinkId, Lsn},
    kinds::Lane,
    limits::{RESEND_RING_BYTES, RESEND_RING_PACKETS},
};
use rustc_hash::{FxHashMap, FxHashSet};
use slotmap::SlotMap;

use super::{
    event::{ConnAt, TurnOut},
    groups::{Group, Groups},
    link_buf::{LinkBuf, PAYLOAD_BYTES_MAX},
    release::{ReleaseQueue, Step},
    ring::Ring,
};

slotmap::new_key_type! {
    /// A connection; stale once it is gone.
    pub(crate) struct ConnKey;
}

/// A connection as far as its output goes.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Which connection of which link; nothing: it is away.
    at: Option<(ConnAt, usize)>,
    /// As how many connections had come when its own did.
    came: u64,
    /// When each command arrived whose answer has not left.
    unanswered: VecDeque<Instant>,
    /// What must arrive and has left for it.
    ring: Ring,
    /// Groups it hears.
    groups: Vec<GroupId>,
}

/// A gateway thread.
#[derive(Debug)]
struct Link {
    id: LinkId,
    conns: FxHashMap<ConnId, ConnKey>,
    buf: LinkBuf,
    /// Its backlog is over the bound.
    is_full: bool,
    /// Latest-wins groups that it has missed.
    withheld: FxHashSet<GroupId>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Delivery {
    /// A slot is free when its link is gone.
    links: Vec<Option<Link>>,
    peers: SlotMap<ConnKey, Peer>,
    /// Connections that have come.
    came: u64,
    groups: Groups,
    queue: ReleaseQueue,
    /// The last record of value.
    gate: Lsn,
    durable: Lsn,
    /// Groups with gathered packets, in order.
    gathered: Vec<GroupId>,
    pub(crate) withheld_count: u64,
    /// From the turn that took a command in to the one that let its answer go.
    pub(crate) answered: Distribution,
    now: Option<Instant>,
}

impl Delivery {
    /// What time it is, until it is said again.
    pub(crate) fn at(&mut self, now: Instant) {
        self.now = Some(now);
    }

    pub(crate) fn link_up(&mut self, id: LinkId) {
        let link = Link {
            id,
            conns: FxHashMap::default(),
            buf: LinkBuf::default(),
            is_full: false,
            withheld: FxHashSet::default(),
        };
        match self.links.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some(link),
            None => self.links.push(Some(link)),
        }
    }

    /// Its connections; the caller removes each, then calls [`Self::link_gone`].
    pub(crate) fn link_conns(&self, id: LinkId) -> Vec<ConnKey> {
        self.find_link(id).map(|(_, link)| link.conns.values().copied().collect()).unwrap_or_default()
    }

    pub(crate) fn link_gone(&mut self, id: LinkId) {
        if let Some((index, _)) = self.find_link(id) {
            self.links[index] = None;
        }
    }

    fn find_link(&self, id: LinkId) -> Option<(usize, &Link)> {
        let is_it = |link: &&Link| link.id == id;
        self.links.iter().enumerate().find_map(|(i, slot)| Some((i, slot.as_ref().filter(is_it)?)))
    }

    /// A new connection; none if the link is unknown or has one of that name.
    pub(crate) fn open(&mut self, at: ConnAt) -> Option<ConnKey> {
        let (index, link) = self.find_link(at.link)?;
        if link.conns.contains_key(&at.conn) {
            return None;
        }
        self.came += 1;
        let peer = Peer {
            at: Some((at, index)),
            came: self.came,
            unanswered: VecDeque::new(),
            ring: Ring::default(),
            groups: Vec::new(),
        };
        let key = self.peers.insert(peer);
        if let Some(link) = &mut self.links[index] {
            link.conns.insert(at.conn, key);
        }
        Some(key)
    }

    pub(crate) fn find(&self, at: ConnAt) -> Option<ConnKey> {
        self.find_link(at.link)?.1.conns.get(&at.conn).copied()
    }

    /// Commands whose answer has not left.
    pub(crate) fn unanswered(&self, key: ConnKey) -> usize {
        self.peers.get(key).map_or(0, |peer| peer.unanswered.len())
    }

    /// A command arrived, whose answer will come.
    pub(crate) fn asked(&mut self, key: ConnKey, now: Instant) {
        if let Some(peer) = self.peers.get_mut(key) {
            peer.unanswered.push_back(now);
        }
    }

    /// Forgets a connection for good: the gateway closed it, or is told to by [`Self::close`].
    pub(crate) fn remove(&mut self, key: ConnKey) {
        self.detach(key);
        let Some(peer) = self.peers.remove(key) else { return };
        for group in peer.groups {
            self.groups.forget(group, key);
        }
    }

    /// Ends a connection at once, after these packets. What waits for it is dropped.
    pub(crate) fn close(&mut self, key: ConnKey, reason: CloseReason, packets: &[u8]) {
        self.end_connection(key, reason, packets);
        self.remove(key);
    }

    /// Must-arrive packets that have left for a connection.
    pub(crate) fn released(&self, key: ConnKey) -> u64 {
        self.peers.get(key).map_or(0, |peer| peer.ring.released())
    }

    /// A client says how many of them it has.
    pub(crate) fn acked(&mut self, key: ConnKey, received: u64) {
        if let Some(peer) = self.peers.get_mut(key) {
            peer.ring.acked(received);
        }
    }

    /// A record of value was executed: what comes now waits for it.
    pub(crate) fn wait_for(&mut self, gate: Lsn) {
        self.gate = gate;
    }

    /// Everything up to here is durable: lets go what waited for it.
    pub(crate) fn durable_up_to(&mut self, durable: Lsn) {
        self.durable = durable;
        while let Some(batch) = self.queue.pop(durable) {
            for (step, packets) in batch.steps() {
                self.perform(step, packets);
            }
            self.queue.reuse(batch);
        }
    }

    /// Whether output may still be made to wait.
    pub(crate) fn has_room(&self) -> bool {
        self.queue.has_room()
    }

    pub(crate) fn waiting_bytes(&self) -> usize {
        self.queue.bytes()
    }

    /// A step in its place in the order.
    pub(crate) fn step(&mut self, step: Step, packets: &[u8]) {
        if self.queue.is_empty() && self.gate <= self.durable {
            self.perform(step, packets);
        } else {
            self.queue.push(self.gate, step, packets);
        }
    }

    /// A packet that overtakes: REJECTED, RETRY_LATER, and what belongs to no session.
    pub(crate) fn send_now(&mut self, to: ConnKey, lane: Lane, is_answer: bool, packets: &[u8]) {
        self.perform(Step::Send { to, lane, is_answer }, packets);
    }

    fn perform(&mut self, step: Step, packets: &[u8]) {
        match step {
            Step::Send { to, lane, is_answer } => {
                let Some(peer) = self.peers.get_mut(to) else { return };
                if lane == Lane::MustArrive {
                    peer.ring.push(packets);
                }
                if let Some((at, link)) = peer.at
                    && let Some(link) = &mut self.links[link]
                {
                    link.buf.send(at.conn, lane, packets);
                }
                // Of several unanswered, the oldest is taken to be the one: exact in the sum, and answers that
                // overtake are rare.
                if is_answer && let (Some(asked), Some(now)) = (peer.unanswered.pop_front(), self.now) {
                    self.answered.observe(now.saturating_duration_since(asked));
                }
            }
            Step::Publish { group } => self.gather(group, packets),
            Step::Flush { group } => self.flush_group(group),
            Step::Subscribe { conn, group } => self.subscribe(conn, group),
            Step::Unsubscribe { conn, group } => self.unsubscribe(conn, group),
            Step::Admit { conn, account, seat } => {
                if let Some((conn, buf)) = self.conn_and_buf(conn) {
                    buf.admit(conn, account, seat);
                }
            }
            Step::End { group } => {
                self.flush_group(group);
                self.groups.remove(group);
            }
        }
    }

    /// Where to write for a connection that is there.
    fn conn_and_buf(&mut self, key: ConnKey) -> Option<(ConnId, &mut LinkBuf)> {
        let (at, link) = self.peers.get(key)?.at?;
        Some((at.conn, &mut self.links[link].as_mut()?.buf))
    }

    /// Makes a group.
    pub(crate) fn group(&mut self, lane: Lane) -> GroupId {
        self.groups.make(lane, 0)
    }

    /// The same whose packets are not worth having later than this.
    pub(crate) fn expiring_group(&mut self, ttl_ms: u16) -> GroupId {
        self.groups.make(Lane::Expiring, ttl_ms)
    }

    /// Whether anybody hears a group.
    pub(crate) fn is_heard(&mut self, group: GroupId) -> bool {
        self.groups.find(group).is_some_and(|group| !group.links.is_empty())
    }

    /// One packet for an expiring group, in this turn.
    pub(crate) fn publish_now(&mut self, group: GroupId, packet: &[u8]) {
        self.gather(group, packet);
    }

    /// The same, ahead of whatever else leaves from here on.
    pub(crate) fn publish_ahead(&mut self, group: GroupId, packets: &[u8]) {
        self.gather(group, packets);
        self.flush_group(group);
    }

    /// Ends a latest-wins group, which nobody hears any more.
    pub(crate) fn end_group(&mut self, group: GroupId) {
        self.groups.remove(group);
    }

    fn gather(&mut self, group: GroupId, packets: &[u8]) {
        let Some(found) = self.groups.find(group) else { return };
        if found.links.is_empty() && found.members.is_empty() {
            return;
        }
        let is_long = found.lane == Lane::MustArrive
            && (RUN_PACKETS_MAX <= found.gathered_packets as usize
                || RUN_BYTES_MAX < found.gathered.len() + packets.len());
        if is_long || PAYLOAD_BYTES_MAX < found.gathered.len() + packets.len() {
            self.flush_group(group);
        }
        let Some(found) = self.groups.find(group) else { return };
        if found.gathered.is_empty() {
            self.gathered.push(group);
        }
        found.gathered.extend_from_slice(packets);
        found.gathered_packets += 1;
    }

    fn flush_group(&mut self, group: GroupId) {
        let Some(found) = self.groups.find(group) else { return };
        if found.gathered.is_empty() {
            return;
        }
        for (index, _) in &found.links {
            let Some(link) = &mut self.links[*index] else { continue };
            if link.is_full && found.lane == Lane::Expiring {
                self.withheld_count += 1;
                continue;
            }
            link.buf.publish(group, found.lane, found.ttl_ms, &found.gathered);
        }
        if !found.members.is_empty() {
            let shared: Arc<[u8]> = found.gathered.as_slice().into();
            for member in &found.members {
                if let Some(peer) = self.peers.get_mut(*member) {
                    peer.ring.push_shared(found.gathered_packets, &shared);
                }
            }
        }
        found.gathered.clear();
        found.gathered_packets = 0;
    }

    /// At once: for a latest-wins group, or when its turn has come.
    pub(crate) fn subscribe(&mut self, conn: ConnKey, group: GroupId) {
        self.flush_group(group);
        let Some(peer) = self.peers.get_mut(conn).filter(|peer| !peer.groups.contains(&group)) else {
            return;
        };
        let Some(found) = self.groups.find(group) else { return };
        if found.lane == Lane::MustArrive {
            found.members.push(conn);
        }
        peer.groups.push(group);
        self.begin_to_hear(conn, group);
    }

    /// See [`Self::subscribe`].
    pub(crate) fn unsubscribe(&mut self, conn: ConnKey, group: GroupId) {
        self.flush_group(group);
        let Some(peer) = self.peers.get_mut(conn) else { return };
        let Some(index) = peer.groups.iter().position(|known| *known == group) else { return };
        peer.groups.swap_remove(index);
        let link = peer.at.map(|(_, link)| link);
        self.groups.forget(group, conn);
        if let Some(link) = link {
            self.groups.leave(group, link);
        }
        if let Some((conn, buf)) = self.conn_and_buf(conn) {
            buf.unsubscribe(conn, group);
        }
    }

    /// Its gateway lets a connection that is there hear a group.
    fn begin_to_hear(&mut self, key: ConnKey, group: GroupId) {
        let Some((_, link)) = self.peers.get(key).and_then(|peer| peer.at) else { return };
        if self.groups.enter(group, link)
            && let Some((conn, buf)) = self.conn_and_buf(key)
        {
            buf.subscribe(conn, group);
        }
    }

    /// A latest-wins packet: waits in its group for the tick. False: there is too much of it, and a
    /// snapshot for everybody will take its place.
    pub(crate) fn collect(&mut self, group: GroupId, packets: &[u8]) {
        if let Some(found) = self.groups.find(group) {
            found.collect(packets);
        }
    }

    /// The tick of a latest-wins group. Whoever is returned needs a snapshot instead.
    pub(crate) fn tick(&mut self, group: GroupId) -> Vec<ConnKey> {
        let Some(found) = self.groups.find(group) else { return Vec::new() };
        let Group { links, collected, ends, is_overfull, lane, .. } = found;
        if std::mem::take(is_overfull) {
            collected.clear();
            ends.clear();
            return self.peers.iter().filter(|(_, p)| hears(p, group)).map(|(key, _)| key).collect();
        }
        if collected.is_empty() {
            return Vec::new();
        }
        for (index, _) in links.iter() {
            let Some(link) = &mut self.links[*index] else { continue };
            if link.is_full {
                link.withheld.insert(group);
                self.withheld_count += 1;
                continue;
            }
            for chunk in chunks(collected, ends) {
                link.buf.publish(group, *lane, 0, chunk);
            }
        }
        collected.clear();
        ends.clear();
        Vec::new()
    }

    /// A snapshot for one member, at once. `packets` end at `ends`.
    pub(crate) fn refreshed(&mut self, conn: ConnKey, group: GroupId, packets: &[u8]) {
        if !self.peers.get(conn).is_some_and(|peer| hears(peer, group)) {
            return;
        }
        if let Some((conn, buf)) = self.conn_and_buf(conn) {
            let mut ends = Vec::new();
            packet_ends(packets, &mut ends);
            if packets.is_empty() {
                buf.refreshed(conn, group, &[]);
            }
            for chunk in chunks(packets, &ends) {
                buf.refreshed(conn, group, chunk);
            }
        }
    }

    /// How much waits on a link. Returns who missed what, once it has drained.
    pub(crate) fn backlog(&mut self, id: LinkId, bytes: usize) -> Vec<(ConnKey, GroupId)> {
        let Some((index, _)) = self.find_link(id) else { return Vec::new() };
        let Some(link) = &mut self.links[index] else { return Vec::new() };
        link.is_full = proto::limits::LINK_DOWN_LATEST_BYTES < bytes;
        if link.is_full || link.withheld.is_empty() {
            return Vec::new();
        }
        let withheld = std::mem::take(&mut link.withheld);
        let mut missed = Vec::new();
        for key in link.conns.values() {
            let Some(peer) = self.peers.get(*key) else { continue };
            missed.extend(
                peer.groups.iter().filter(|group| withheld.contains(group)).map(|group| (*key, *group)),
            );
        }
        missed
    }

    /// Moves all that may leave into the turn's buffers.
    pub(crate) fn flush(&mut self, out: &mut TurnOut) {
        for group in std::mem::take(&mut self.gathered) {
            self.flush_group(group);
        }
        for link in self.links.iter_mut().flatten() {
            if !link.buf.is_empty() {
                link.buf.take(out.link(link.id));
            }
        }
    }

    pub(crate) fn conn_count(&self) -> usize {
        self.peers.len()
    }
}

fn hears(peer: &Peer, group: GroupId) -> bool {
    peer.groups.contains(&group)
}

/// Of what must arrive: rings keep a run whole or not at all, and two of them always.
const RUN_PACKETS_MAX: usize = RESEND_RING_PACKETS / 2;
const RUN_BYTES_MAX: usize = RESEND_RING_BYTES / 2;

/// Cuts packets that end at `ends` into runs of at most [`PAYLOAD_BYTES_MAX`].
fn chunks<'a>(packets: &'a [u8], ends: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut start = 0;
    let mut index = 0;
    std::iter::from_fn(move || {
        let mut end = None;
        while let Some(next) = ends.get(index).filter(|next| **next - start <= PAYLOAD_BYTES_MAX) {
            end = Some(*next);
            index += 1;
        }
        let chunk = &packets[start..end?];
        start = end?;
        Some(chunk)
    })
}

fn packet_ends(packets: &[u8], ends: &mut Vec<usize>) {
    let mut rest = packets;
    while proto::packet::take_bytes(&mut rest).is_ok() {
        ends.push(packets.len() - rest.len());
        if rest.is_empty() {
            break;
        }
    }
}
