//! Rooms in a call of which an earlier process ended: they are closed without being called again. Knows no file: the
//! driver reads its notes before the world begins, and puts one away when its room's end is durable.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};

use proto::ids::{Lsn, RoomId};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Quarantine {
    /// Not closed yet.
    rooms: BTreeSet<RoomId>,
    /// Closed by these records, in their order.
    closed: VecDeque<(Lsn, RoomId)>,
}

impl Quarantine {
    /// Of what the notes say.
    pub(crate) fn of(rooms: BTreeSet<RoomId>) -> Self {
        Self { rooms, closed: VecDeque::new() }
    }

    /// Its code must not run: it is to be closed as `ROOM_STUCK`, its stakes refunded by what is stored.
    pub(crate) fn has(&self, room: RoomId) -> bool {
        self.rooms.contains(&room)
    }

    /// It was closed by this record, the last made so far.
    pub(crate) fn closed(&mut self, room: RoomId, lsn: Lsn) {
        if self.rooms.remove(&room) {
            self.closed.push_back((lsn, room));
        }
    }

    /// These are all rooms that are stored: any other has nothing to close. Those of kinds that this program does not
    /// have, too, wait for one that has them.
    pub(crate) fn looked_at_all(&mut self, stored: &BTreeSet<RoomId>) {
        let lsn = self.closed.back().map_or(Lsn(0), |(lsn, _)| *lsn);
        let gone: Vec<RoomId> = self.rooms.difference(stored).copied().collect();
        self.rooms.retain(|room| stored.contains(room));
        self.closed.extend(gone.into_iter().map(|room| (lsn, room)));
    }

    /// Hands out those whose end is durable, each once.
    pub(crate) fn end_turn(&mut self, durable: Lsn, out: &mut Vec<RoomId>) {
        while let Some((_, room)) = self.closed.pop_front_if(|(lsn, _)| *lsn <= durable) {
            out.push(room);
        }
    }
}
