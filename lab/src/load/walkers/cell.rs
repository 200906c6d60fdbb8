//! Reads `CellState` in place: a thousand walkers hear a million moves a second. Knows no walker.

use proto::packet::{PacketError, take_bytes, take_varint};

use super::plan::{CELL_MM, Point};

/// One packet of a cell.
#[derive(Clone, Copy, Debug, Default)]
pub struct CellRef<'a> {
    /// Which.
    pub cell: u32,
    /// Of the map's clock.
    pub tick: u32,
    body: &'a [u8],
    moved: &'a [u8],
    moved_to: &'a [u8],
}

impl<'a> CellRef<'a> {
    /// Cuts a body into its fields.
    ///
    /// # Errors
    /// It is no message.
    pub fn read(body: &'a [u8]) -> Result<Self, PacketError> {
        let mut read = Self { body, ..Self::default() };
        let mut rest = body;
        while !rest.is_empty() {
            match take_varint(&mut rest)? {
                0x08 => read.cell = number(take_varint(&mut rest)?),
                0x10 => read.tick = number(take_varint(&mut rest)?),
                0x2a => read.moved = take_bytes(&mut rest)?,
                0x32 => read.moved_to = take_bytes(&mut rest)?,
                key if key & 7 == 2 => drop(take_bytes(&mut rest)?),
                _ => drop(take_varint(&mut rest)?),
            }
        }
        Ok(read)
    }

    /// Who moved where on a map of so many columns.
    ///
    /// # Errors
    /// It is no message.
    pub fn each_moved(self, columns: u32, mut on: impl FnMut(u32, Point)) -> Result<(), PacketError> {
        let corner = |index: u32| i32::try_from(index).unwrap_or(0).saturating_mul(CELL_MM);
        let (x_mm, y_mm) = (corner(self.cell % columns), corner(self.cell / columns));
        let (mut avatars, mut to) = (self.moved, self.moved_to);
        while !avatars.is_empty() {
            let avatar = number(take_varint(&mut avatars)?);
            let x_mm = x_mm.saturating_add(signed(take_varint(&mut to)?));
            let y_mm = y_mm.saturating_add(signed(take_varint(&mut to)?));
            on(avatar, Point { x_mm, y_mm });
        }
        Ok(())
    }

    /// Whether somebody appeared in it.
    ///
    /// # Errors
    /// It is no message.
    pub fn has_appeared(self, avatar: u32) -> Result<bool, PacketError> {
        let mut rest = self.body;
        while !rest.is_empty() {
            match take_varint(&mut rest)? {
                0x22 => {
                    let mut appeared = take_bytes(&mut rest)?;
                    if take_varint(&mut appeared)? == 0x08 && number(take_varint(&mut appeared)?) == avatar {
                        return Ok(true);
                    }
                }
                key if key & 7 == 2 => drop(take_bytes(&mut rest)?),
                _ => drop(take_varint(&mut rest)?),
            }
        }
        Ok(false)
    }
}

fn number(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Zigzag.
fn signed(value: u64) -> i32 {
    let half = i32::try_from(value >> 1).unwrap_or(i32::MAX);
    if value & 1 == 0 { half } else { -half - 1 }
}

#[cfg(test)]
mod tests {
    use proto::{
        client::{Appeared, CellState},
        wire,
    };

    use super::*;

    #[test]
    fn a_cell_reads_as_it_was_written() {
        let appeared = Appeared { avatar: 9, character: 77, name: "ana".to_owned(), ..Appeared::default() };
        let state = CellState {
            cell: 12,
            tick: 900,
            whole: true,
            appeared: vec![Appeared { avatar: 300, ..appeared.clone() }, appeared],
            moved: vec![5, 300],
            moved_to: vec![1_000, -2_000, 49_999, 0],
            vanished: vec![4, 8],
            hurt: vec![9],
            hurt_to: vec![50],
        };
        let body = wire::encode(&state);
        let cell = CellRef::read(&body).unwrap();
        assert_eq!((cell.cell, cell.tick), (12, 900));
        assert_eq!([9, 300, 5].map(|avatar| cell.has_appeared(avatar).unwrap()), [true, true, false]);
        let mut moved = Vec::new();
        cell.each_moved(5, |avatar, at| moved.push((avatar, at.x_mm, at.y_mm))).unwrap();
        assert_eq!(moved, [(5, 101_000, 98_000), (300, 149_999, 100_000)]);
        assert!(CellRef::read(&body[..body.len() - 1]).is_err());
    }
}
