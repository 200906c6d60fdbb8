//! What the players on the map hear of it: which cells a connection hears, a snapshot when it begins to, the news of
//! every cell at each tick. Who is where is [`super::roaming`]'s.

use proto::{
    client::MoveRefused,
    ids::{AccountId, GroupId},
    kinds::{self, Lane},
    packet::Packet,
    wire,
};
use rustc_hash::FxHashMap;

use super::{
    delivery::{ConnKey, Delivery},
    event::Now,
    hits::Hits,
    map::{cells::Cell, field::Crossing},
    release::Step,
    roaming::{Roaming, coordinate},
    world::World,
};

/// Who hears a cell.
#[derive(Clone, Copy, Debug)]
struct CellGroups {
    /// Latest-wins: who is where.
    state: GroupId,
    /// Expiring: what happens.
    events: GroupId,
}

/// The groups of all cells, and what is written for whoever comes to hear one.
#[derive(Debug)]
pub(crate) struct Hearing {
    groups: Vec<CellGroups>,
    /// By latest-wins group.
    by_group: FxHashMap<GroupId, Cell>,
    crossings: Vec<Crossing>,
    snapshots: Snapshots,
    hits: Hits,
}

/// Snapshots of this tick, each written once for all who come to hear that cell.
#[derive(Debug, Default)]
struct Snapshots {
    bytes: Vec<u8>,
    made: Vec<(Cell, usize, usize)>,
}

impl Hearing {
    /// Of a map with so many cells.
    pub(super) fn new(cells: u32, delivery: &mut Delivery) -> Self {
        let groups: Vec<CellGroups> = (0..cells)
            .map(|_| CellGroups {
                state: delivery.group(Lane::LatestWins),
                events: delivery.expiring_group(EVENT_TTL_MS),
            })
            .collect();
        let by_group = (0..).zip(&groups).map(|(cell, groups)| (groups.state, Cell(cell))).collect();
        Self {
            groups,
            by_group,
            crossings: Vec::new(),
            snapshots: Snapshots::default(),
            hits: Hits::new(cells),
        }
    }

    /// Blows wait for the tick.
    pub(super) fn has_hits(&self) -> bool {
        !self.hits.is_empty()
    }

    /// Every snapshot from now on is of another moment.
    pub(super) fn begin(&mut self) {
        self.snapshots.clear();
    }

    fn of(&self, cell: Cell) -> CellGroups {
        self.groups[cell.0 as usize]
    }
}

impl World {
    /// All cells together: each cell's blows are told first, while whoever fell of them is still there; whoever changed
    /// its cell hears others from now on; then each cell's news are told to all who hear it.
    pub(super) fn tick_map(&mut self, now: Now) {
        let tick = self.roaming.tick_number(now.instant, self.config.tick);
        self.roaming.ticked_at = Some(now.instant);
        self.roaming.hearing.begin();
        self.tell_hits();
        let mut crossings = std::mem::take(&mut self.roaming.hearing.crossings);
        self.roaming.field.tick(&mut crossings);
        for Crossing { avatar, from, to } in crossings.drain(..) {
            let Some(Ok(key)) = self.roaming.roamers.get(avatar).map(|roamer| roamer.conn) else { continue };
            let grid = self.roaming.field.grid();
            let (old, new) = (grid.heard(from), grid.heard(to));
            for cell in old.without(&new).iter() {
                self.hear_no_more(key, *cell);
            }
            for cell in new.without(&old).iter() {
                self.hear(key, *cell, tick);
            }
        }
        self.roaming.hearing.crossings = crossings;
        while let Some(cell) = self.roaming.field.next_news() {
            let group = self.roaming.hearing.of(cell).state;
            if !self.delivery.is_heard(group) {
                self.roaming.field.forget(cell);
                continue;
            }
            self.figures.cells_told += 1;
            self.roaming.field.tell(cell, tick, |packet| self.delivery.collect(group, packet));
            for key in self.delivery.tick(group) {
                self.refresh_cell(key, cell, now);
            }
        }
        self.tell_refused();
    }

    fn tell_refused(&mut self) {
        let mut bytes = Vec::new();
        while let Some((avatar, seq, refused)) = self.roaming.field.next_refused() {
            self.figures.moves_refused += 1;
            let Some(at) = self.roaming.field.at(avatar) else { continue };
            let Some(Ok(key)) = self.roaming.roamers.get(avatar).map(|roamer| roamer.conn) else { continue };
            bytes.clear();
            let (x_mm, y_mm) = (coordinate(at.x_mm), coordinate(at.y_mm));
            let told = MoveRefused { seq, x_mm, y_mm, reason: refused.code().to_owned() };
            wire::put(&mut bytes, Packet { kind: kinds::MOVE_REFUSED, ..Packet::default() }, &told);
            self.delivery.send_now(key, Lane::MustArrive, false, &bytes);
        }
    }

    /// A snapshot of a cell whose news a connection has missed. False: it is no cell's group.
    pub(super) fn refresh_map(&mut self, key: ConnKey, group: GroupId, now: Now) -> bool {
        let Some(cell) = self.roaming.hearing.by_group.get(&group).copied() else { return false };
        self.refresh_cell(key, cell, now);
        true
    }

    fn refresh_cell(&mut self, key: ConnKey, cell: Cell, now: Now) {
        let tick = self.roaming.tick_number(now.instant, self.config.tick);
        self.roaming.hearing.begin();
        self.snapshot(key, cell, tick);
    }

    /// Tells all who hear the cell in which an account's avatar is what happens there; it expires. False: it
    /// has none.
    pub fn tell_near(&mut self, account: AccountId, packets: &[u8]) -> bool {
        let Some((avatar, _)) = self.roaming.avatar_of(account) else { return false };
        let Some(home) = self.roaming.field.home(avatar) else { return false };
        self.tell_cell(home, packets);
        true
    }

    /// The same, but not before what was executed before it is durable: it tells of a record.
    pub(super) fn tell_near_after(&mut self, account: AccountId, packets: &[u8]) {
        let Some((avatar, _)) = self.roaming.avatar_of(account) else { return };
        let Some(home) = self.roaming.field.home(avatar) else { return };
        let group = self.roaming.hearing.of(home).events;
        self.delivery.step(Step::Publish { group }, packets);
    }

    /// The same of a cell, at once.
    pub(super) fn tell_cell(&mut self, cell: Cell, packets: &[u8]) {
        self.delivery.publish_now(self.roaming.hearing.of(cell).events, packets);
    }

    /// Tells of a blow in a cell at the next tick, in one publish with all the others there.
    pub(super) fn tell_hit_at_tick(&mut self, cell: Cell, packet: &[u8]) {
        let group = self.roaming.hearing.of(cell).events;
        if self.delivery.is_heard(group) && !self.roaming.hearing.hits.push(cell, packet) {
            self.delivery.withheld_count += 1;
        }
    }

    fn tell_hits(&mut self) {
        let Hearing { hits, groups, .. } = &mut self.roaming.hearing;
        hits.drain(|cell, packets| self.delivery.publish_ahead(groups[cell.0 as usize].events, packets));
    }

    pub(super) fn hear(&mut self, key: ConnKey, cell: Cell, tick: u32) {
        let CellGroups { state, events } = self.roaming.hearing.of(cell);
        self.delivery.subscribe(key, state);
        self.delivery.subscribe(key, events);
        self.snapshot(key, cell, tick);
    }

    pub(super) fn hear_no_more(&mut self, key: ConnKey, cell: Cell) {
        let CellGroups { state, events } = self.roaming.hearing.of(cell);
        self.delivery.unsubscribe(key, state);
        self.delivery.unsubscribe(key, events);
    }

    fn snapshot(&mut self, key: ConnKey, cell: Cell, tick: u32) {
        let Roaming { field, hearing: Hearing { snapshots, groups, .. }, .. } = &mut self.roaming;
        let packets = snapshots.of(cell, |bytes| {
            self.figures.cells_snapshot += 1;
            field.snapshot(cell, tick, |packet| bytes.extend_from_slice(packet));
        });
        self.delivery.refreshed(key, groups[cell.0 as usize].state, packets);
    }
}

impl Snapshots {
    fn clear(&mut self) {
        self.bytes.clear();
        self.made.clear();
    }

    /// A cell's snapshot, written by `write` if it is the first of this tick.
    fn of(&mut self, cell: Cell, write: impl FnOnce(&mut Vec<u8>)) -> &[u8] {
        let known = self.made.iter().find(|(known, ..)| *known == cell).copied();
        let (_, start, end) = known.unwrap_or_else(|| {
            let start = self.bytes.len();
            write(&mut self.bytes);
            let made = (cell, start, self.bytes.len());
            self.made.push(made);
            made
        });
        &self.bytes[start..end]
    }
}

/// What happens in a cell is not worth seeing later, milliseconds.
const EVENT_TTL_MS: u16 = 2_000;
