//! What staff asks of places: which rooms are listed, which part of the map is looked at.

use proto::{
    ids::RoomId,
    limits::{MAP_EDGE_MM_MAX, ROOM_KIND_BYTES_MAX},
    link::{self, RoomOrder},
};

use crate::logic::{
    map::{field::Part, ground::Place},
    staff::StaffError,
};

/// See [`super::Request::RoomList`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomPage {
    /// Only of this kind; empty: of all.
    pub kind: String,
    /// Which come first.
    pub order: RoomOrder,
    /// The last room of the page before; 0: there is none.
    pub after: RoomId,
    /// Its members then.
    pub members: u32,
}

/// See [`super::Request::Map`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Map {
    /// What never moves, too.
    pub is_ground: bool,
    /// Single ones of this part.
    pub part: Option<Part>,
}

/// A kind is no longer than kinds are; one that is not registered has no rooms.
pub(super) fn rooms(wish: link::StaffRoomList) -> Result<RoomPage, StaffError> {
    let order = wish.order();
    let link::StaffRoomList { after, kind, members, .. } = wish;
    if ROOM_KIND_BYTES_MAX < kind.len() {
        return Err(StaffError::BadRequest);
    }
    Ok(RoomPage { kind, order, after: RoomId(after), members })
}

/// A part of a map is no larger than maps are.
pub(super) fn map(wish: link::StaffMap) -> Result<Map, StaffError> {
    let link::StaffMap { ground, part, west_mm, south_mm, east_mm, north_mm } = wish;
    let is_edge = |mm: &i64| (0..=MAP_EDGE_MM_MAX).contains(mm);
    let is_part = [west_mm, south_mm, east_mm, north_mm].iter().all(is_edge)
        && west_mm <= east_mm
        && south_mm <= north_mm;
    if part && !is_part {
        return Err(StaffError::BadRequest);
    }
    let from = Place { x_mm: west_mm, y_mm: south_mm };
    let to = Place { x_mm: east_mm, y_mm: north_mm };
    Ok(Map { is_ground: ground, part: part.then_some(Part { from, to }) })
}
