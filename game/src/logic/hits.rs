//! The blows since the last tick, cell by cell, so that whoever hears a cell is written to once for all of them. Knows
//! neither who hears a cell nor what a blow is.

use super::map::cells::Cell;

/// See the module.
#[derive(Debug)]
pub(super) struct Hits {
    /// Packets, by cell.
    packets: Vec<Vec<u8>>,
    /// Cells that have some, in the order of their first.
    struck: Vec<Cell>,
}

impl Hits {
    /// Packets of a cell between two ticks: more blows than anybody can follow.
    pub(super) const CELL_BYTES_MAX: usize = 8 * 1024;

    /// Of a map with so many cells.
    pub(super) fn new(cells: u32) -> Self {
        Self { packets: (0..cells).map(|_| Vec::new()).collect(), struck: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.struck.is_empty()
    }

    /// Keeps a packet for the tick. False: the cell is full, and nobody hears of this blow.
    pub(super) fn push(&mut self, cell: Cell, packet: &[u8]) -> bool {
        let packets = &mut self.packets[cell.0 as usize];
        if Self::CELL_BYTES_MAX < packets.len() + packet.len() {
            return false;
        }
        if packets.is_empty() {
            self.struck.push(cell);
        }
        packets.extend_from_slice(packet);
        true
    }

    /// Hands out what each cell has, and forgets it.
    pub(super) fn drain(&mut self, mut tell: impl FnMut(Cell, &[u8])) {
        for cell in self.struck.drain(..) {
            let packets = &mut self.packets[cell.0 as usize];
            tell(cell, packets);
            packets.clear();
        }
    }
}

const _: () = assert!(
    Hits::CELL_BYTES_MAX <= super::link_buf::PAYLOAD_BYTES_MAX,
    "a cell's blows of a tick are one record to a gateway"
);
