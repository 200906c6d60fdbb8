//! Groups of connections that hear the same packets, as the gateways know them at this moment.

use proto::{ids::GroupId, kinds::Lane};
use rustc_hash::FxHashMap;

/// One group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) lane: Lane,
    /// Expiring: milliseconds to live; 0 elsewhere.
    pub(crate) ttl_ms: u16,
    /// Links with members, and how many. A gateway without members is not told.
    pub(crate) links: Vec<(usize, u32)>,
    /// Must-arrive and expiring: released packets that leave as one record.
    pub(crate) gathered: Vec<u8>,
    /// Must-arrive: packets released so far. Members' counts are differences of it.
    pub(crate) published: u64,
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
            gathered: Vec::new(),
            published: 0,
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

    /// Packets published so far, 0 for a group that is over.
    pub(crate) fn published(&self, id: GroupId) -> u64 {
        self.all.get(&id).map_or(0, |group| group.published)
    }

    /// One more member on a link: the group's count at this moment; none for a group that is over.
    pub(crate) fn enter(&mut self, id: GroupId, link: usize) -> Option<u64> {
        let group = self.all.get_mut(&id)?;
        match group.links.iter_mut().find(|(known, _)| *known == link) {
            Some((_, members)) => *members += 1,
            None => group.links.push((link, 1)),
        }
        Some(group.published)
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
}
