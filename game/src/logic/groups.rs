//! Groups of connections that hear the same packets, as the gateways know them at this moment.

use proto::{ids::GroupId, kinds::Lane};
use rustc_hash::FxHashMap;

use super::delivery::ConnKey;

/// One group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) lane: Lane,
    /// Expiring: milliseconds to live; 0 elsewhere.
    pub(crate) ttl_ms: u16,
    /// Links with members, and how many. A gateway without members is not told.
    pub(crate) links: Vec<(usize, u32)>,
    /// Must-arrive: who has them counted and kept, also while its connection is away.
    pub(crate) members: Vec<ConnKey>,
    /// Must-arrive and expiring: released packets that leave as one record.
    pub(crate) gathered: Vec<u8>,
    /// How many these are.
    pub(crate) gathered_packets: u32,
    /// Latest-wins: packets that wait for the tick, and where each ends.
    pub(crate) collected: Vec<u8>,
    pub(crate) ends: Vec<usize>,
    /// Too much was collected: the members get a snapshot instead.
    pub(crate) is_overfull: bool,
}

impl Group {
    /// Latest-wins bytes between two ticks.
    const COLLECTED_BYTES_MAX: usize = 1024 * 1024;

    pub(crate) fn collect(&mut self, packets: &[u8]) {
        if self.links.is_empty() {
            return;
        }
        if Self::COLLECTED_BYTES_MAX < self.collected.len() + packets.len() {
            self.is_overfull = true;
            return;
        }
        self.collected.extend_from_slice(packets);
        self.ends.push(self.collected.len());
    }
}

/// All groups. Numbers are never used again.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    all: FxHashMap<GroupId, Group>,
    made: u64,
}

impl Groups {
    pub(crate) fn make(&mut self, lane: Lane, ttl_ms: u16) -> GroupId {
        self.made += 1;
        let group = Group {
            lane,
            ttl_ms,
            links: Vec::new(),
            members: Vec::new(),
            gathered: Vec::new(),
            gathered_packets: 0,
            collected: Vec::new(),
            ends: Vec::new(),
            is_overfull: false,
        };
        self.all.insert(GroupId(self.made), group);
        GroupId(self.made)
    }

    pub(crate) fn remove(&mut self, id: GroupId) {
        self.all.remove(&id);
    }

    pub(crate) fn find(&mut self, id: GroupId) -> Option<&mut Group> {
        self.all.get_mut(&id)
    }

    /// One more that hears it on a link. False: the group is over.
    pub(crate) fn enter(&mut self, id: GroupId, link: usize) -> bool {
        let Some(group) = self.all.get_mut(&id) else { return false };
        match group.links.iter_mut().find(|(known, _)| *known == link) {
            Some((_, members)) => *members += 1,
            None => group.links.push((link, 1)),
        }
        true
    }

    /// One less.
    pub(crate) fn leave(&mut self, id: GroupId, link: usize) {
        let Some(group) = self.all.get_mut(&id) else { return };
        let Some(index) = group.links.iter().position(|(known, _)| *known == link) else { return };
        group.links[index].1 -= 1;
        if group.links[index].1 == 0 {
            group.links.swap_remove(index);
        }
    }

    /// A member keeps its packets no more.
    pub(crate) fn forget(&mut self, id: GroupId, member: ConnKey) {
        let Some(group) = self.all.get_mut(&id) else { return };
        if let Some(index) = group.members.iter().position(|known| *known == member) {
            group.members.swap_remove(index);
        }
    }
}
