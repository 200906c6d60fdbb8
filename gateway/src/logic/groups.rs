//! Which connections hear which group. Leaving costs the same in a large group as in a small one: each
//! side knows its place in the other's list. Knows no frames.

#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;
use slotmap::SecondaryMap;

use super::{ConnKey, encoder::DeflatePace, limits::GROUPS_PER_CONN_MAX, outbox::Group};

/// Groups of one I/O thread.
#[derive(Debug, Default)]
pub struct Groups {
    groups: FxHashMap<Group, Audience>,
    joined: SecondaryMap<ConnKey, Vec<Joined>>,
}

/// One group's members, and how well its frames compress.
#[derive(Debug, Default)]
pub struct Audience {
    members: Vec<Member>,
    /// See [`DeflatePace`].
    pub pace: DeflatePace,
}

impl Audience {
    /// Its members, in no order.
    pub fn members(&self) -> impl Iterator<Item = ConnKey> + '_ {
        self.members.iter().map(|member| member.key)
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Never true between calls: an empty group is forgotten.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

#[derive(Clone, Copy, Debug)]
struct Member {
    key: ConnKey,
    /// Where this group stands in the connection's list.
    back: usize,
}

#[derive(Clone, Copy, Debug)]
struct Joined {
    group: Group,
    /// Where the connection stands in the group's list.
    place: usize,
}

/// What became of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subscribed {
    /// It hears the group from now on, or did already.
    Hears,
    /// It is in as many groups as it may be.
    TooMany,
}

impl Groups {
    /// Adds a living connection to a group.
    pub fn subscribe(&mut self, key: ConnKey, group: Group) -> Subscribed {
        if !self.joined.contains_key(key) {
            self.joined.insert(key, Vec::new());
        }
        let Some(joined) = self.joined.get_mut(key) else {
            // A younger tenant holds the slot: `key` is not alive, which its caller has checked.
            debug_assert!(false, "a stale connection subscribes");
            return Subscribed::TooMany;
        };
        if joined.iter().any(|joined| joined.group == group) {
            return Subscribed::Hears;
        }
        if joined.len() >= GROUPS_PER_CONN_MAX {
            return Subscribed::TooMany;
        }
        let members = &mut self.groups.entry(group).or_default().members;
        let (back, place) = (joined.len(), members.len());
        joined.push(Joined { group, place });
        members.push(Member { key, back });
        Subscribed::Hears
    }

    /// Takes a connection out of a group; says whether it was in it.
    pub fn unsubscribe(&mut self, key: ConnKey, group: Group) -> bool {
        let Some(joined) = self.joined.get_mut(key) else {
            return false;
        };
        let Some(back) = joined.iter().position(|joined| joined.group == group) else {
            return false;
        };
        let left = joined.swap_remove(back);
        // The group that took the place in this connection's list learns its new place.
        if let Some(moved) = joined.get(back)
            && let Some(audience) = self.groups.get_mut(&moved.group)
        {
            audience.members[moved.place].back = back;
        }
        if joined.is_empty() {
            self.joined.remove(key);
        }
        self.remove_member(left);
        true
    }

    /// Takes a connection out of all its groups.
    pub fn forget(&mut self, key: ConnKey) {
        for left in self.joined.remove(key).unwrap_or_default() {
            self.remove_member(left);
        }
    }

    /// Forgets everything: game is away.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// One group, if anybody here hears it.
    pub fn audience(&mut self, group: Group) -> Option<&mut Audience> {
        self.groups.get_mut(&group)
    }

    /// Groups with members here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// No group has a member here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    fn remove_member(&mut self, left: Joined) {
        let Some(audience) = self.groups.get_mut(&left.group) else {
            return;
        };
        audience.members.swap_remove(left.place);
        // The member that took the place in this group's list learns its new place.
        if let Some(&moved) = audience.members.get(left.place)
            && let Some(joined) = self.joined.get_mut(moved.key)
        {
            joined[moved.back].place = left.place;
        }
        if audience.members.is_empty() {
            self.groups.remove(&left.group);
        }
    }

    #[cfg(test)]
    fn check(&self) {
        for (&group, audience) in &self.groups {
            assert!(!audience.is_empty());
            for (place, member) in audience.members.iter().enumerate() {
                let joined = self.joined[member.key][member.back];
                assert!(joined.group == group && joined.place == place);
            }
        }
        let memberships: usize = self.groups.values().map(Audience::len).sum();
        assert_eq!(self.joined.values().map(Vec::len).sum::<usize>(), memberships);
    }
}
