//! Who is where on the map, and what those who hear a cell have not been told yet. Moves are taken when they
//! come; who changes its cell, and what each cell's hearers are told, is decided once a tick. Knows no
//! connection and no group.

mod driven;
mod overseen;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Instant};

use rustc_hash::FxHashMap;

use slotmap::SlotMap;

use super::{
    cell_tick::{CellWriter, Head, Looks, Shape},
    cells::{Cell, Grid},
    ground::{Ground, Place},
    pace::{Pace, TooFast},
};

pub use self::overseen::{Part, Seen, Tile};

slotmap::new_key_type! {
    /// An avatar; stale once it is gone.
    pub struct AvatarKey;
}

/// Somebody on the map.
#[derive(Debug)]
pub struct Avatar {
    number: u32,
    looks: Looks,
    at: Place,
    /// Its cell since the last tick.
    home: Cell,
    /// Its place in that cell's list.
    seat: usize,
    /// The hearers of that cell know it as it looks.
    is_told: bool,
    /// It is in the list of those with something to tell.
    is_changed: bool,
    is_moved: bool,
    is_hurt: bool,
    is_gone: bool,
    /// Dead: it stays where it is.
    is_still: bool,
    /// Of 100; 0: dead.
    life: u8,
    pace: Pace,
    seq: u32,
    refused: Option<Refused>,
}

/// Why a move did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Longer than the budget.
    TooFast,
    /// Through a wall, or into it.
    IntoWall,
    /// Beyond the map's border.
    OffMap,
    /// The dead stay where they fell.
    Dead,
    /// Staff has put it somewhere else.
    Elsewhere,
}

impl Refused {
    /// Stable: `MoveRefused.reason`.
    #[must_use]
    pub fn code(self) -> &'static str {
        const TOO_FAST_CODE: &str = "move_too_fast";
        const INTO_WALL_CODE: &str = "move_into_wall";
        const OFF_MAP_CODE: &str = "move_off_map";
        const DEAD_CODE: &str = "character_dead";
        const ELSEWHERE_CODE: &str = "moved_by_staff";
        match self {
            Self::TooFast => TOO_FAST_CODE,
            Self::IntoWall => INTO_WALL_CODE,
            Self::OffMap => OFF_MAP_CODE,
            Self::Dead => DEAD_CODE,
            Self::Elsewhere => ELSEWHERE_CODE,
        }
    }
}

/// One avatar changed its cell: its player hears other cells from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Whose.
    pub avatar: AvatarKey,
    /// Where it was.
    pub from: Cell,
    /// Where it is.
    pub to: Cell,
}

impl Avatar {
    fn shape(&self) -> Shape {
        Shape { avatar: self.number, at: self.at, life: self.life }
    }
}

/// A move that a client claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The client's own count.
    pub seq: u32,
    /// Straight from where it is.
    pub to: Place,
}

/// The next tick's news of a cell.
#[derive(Clone, Copy, Debug)]
enum Change {
    Appeared(AvatarKey),
    Moved(AvatarKey),
    Hurt(AvatarKey),
    Vanished(u32),
}

#[derive(Debug, Default)]
struct Square {
    members: Vec<AvatarKey>,
    /// Those of them that are players' characters.
    players: u32,
    changes: Vec<Change>,
}

/// See the module.
#[derive(Debug)]
pub struct Field {
    ground: Arc<Ground>,
    grid: Grid,
    avatars: SlotMap<AvatarKey, Avatar>,
    by_number: FxHashMap<u32, AvatarKey>,
    squares: Vec<Square>,
    /// Avatars with something to tell, each once.
    changed: Vec<AvatarKey>,
    /// Avatars with a refusal to tell, each once.
    refused: Vec<AvatarKey>,
    /// Cells with something to tell, each once.
    news: Vec<Cell>,
    /// Cells in which there was no player, and is one.
    arrivals: Vec<Cell>,
    made: u32,
    writer: CellWriter,
}

impl Field {
    /// Nobody is there.
    #[must_use]
    pub fn new(ground: Arc<Ground>) -> Self {
        let grid = Grid::new(&ground);
        let squares = (0..grid.len()).map(|_| Square::default()).collect();
        Self {
            ground,
            grid,
            avatars: SlotMap::with_key(),
            by_number: FxHashMap::default(),
            squares,
            changed: Vec::new(),
            refused: Vec::new(),
            news: Vec::new(),
            arrivals: Vec::new(),
            made: 0,
            writer: CellWriter::default(),
        }
    }

    /// The map.
    #[must_use]
    pub fn ground(&self) -> &Arc<Ground> {
        &self.ground
    }

    /// Its cells.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Avatars, those included that are gone since the last tick.
    #[must_use]
    pub fn len(&self) -> usize {
        self.avatars.len()
    }

    /// Nobody is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.avatars.is_empty()
    }

    /// A tick would tell somebody something.
    #[must_use]
    pub fn has_news(&self) -> bool {
        !(self.changed.is_empty() && self.refused.is_empty())
    }

    /// Somebody comes. `at` has to be free.
    pub fn enter(&mut self, looks: Looks, at: Place, now: Instant) -> AvatarKey {
        self.made = self.made.wrapping_add(1);
        let home = self.grid.at(at);
        let pace = Pace::new(self.ground.speed_mm_s(), now);
        let avatar = Avatar {
            number: self.made,
            looks,
            at,
            home,
            seat: 0,
            is_told: false,
            is_changed: true,
            is_moved: false,
            is_hurt: false,
            is_gone: false,
            is_still: false,
            life: LIFE_WHOLE,
            pace,
            seq: 0,
            refused: None,
        };
        let key = self.avatars.insert(avatar);
        self.by_number.insert(self.made, key);
        self.seat(key, home);
        self.changed.push(key);
        key
    }

    /// It goes; its key is stale from the next tick on.
    pub fn leave(&mut self, key: AvatarKey) {
        let Some(avatar) = self.avatars.get_mut(key) else { return };
        if std::mem::replace(&mut avatar.is_gone, true) {
            return;
        }
        let (home, seat) = (avatar.home, avatar.seat);
        if !std::mem::replace(&mut avatar.is_changed, true) {
            self.changed.push(key);
        }
        self.by_number.remove(&avatar.number);
        self.unseat(home, seat);
    }

    /// Another client plays it from now on: it counts its moves from the start.
    pub fn take_over(&mut self, key: AvatarKey, looks: Looks) {
        let Some(avatar) = self.avatars.get_mut(key) else { return };
        avatar.seq = 0;
        avatar.refused = None;
        self.look(key, looks);
    }

    /// What it has of its budget.
    #[must_use]
    pub fn pace(&self, key: AvatarKey) -> Option<Pace> {
        self.avatars.get(key).map(|avatar| avatar.pace)
    }

    /// One that has just come goes on with this budget instead of a full one.
    pub fn go_on_with(&mut self, key: AvatarKey, pace: Pace) {
        if let Some(avatar) = self.avatars.get_mut(key) {
            avatar.pace = pace;
        }
    }

    /// It looks otherwise from now on.
    pub fn look(&mut self, key: AvatarKey, looks: Looks) {
        let Some(avatar) = self.avatars.get_mut(key) else { return };
        if avatar.looks != looks {
            avatar.looks = looks;
            avatar.is_told = false;
            if !std::mem::replace(&mut avatar.is_changed, true) {
                self.changed.push(key);
            }
        }
    }

    /// A client says where its avatar is. A claim that is not newer than the last is passed over.
    pub fn claim(&mut self, key: AvatarKey, claim: Claim, now: Instant) {
        let Some(avatar) = self.avatars.get_mut(key) else { return };
        if claim.seq <= avatar.seq || avatar.is_gone {
            return;
        }
        avatar.seq = claim.seq;
        match allowed(&self.ground, avatar, claim.to, now) {
            Ok(pace) => {
                avatar.pace = pace;
                avatar.at = claim.to;
                avatar.is_moved = true;
                if !std::mem::replace(&mut avatar.is_changed, true) {
                    self.changed.push(key);
                }
            }
            Err(refused) => match &mut avatar.refused {
                // What was on its way when staff moved it is too far from here: that it was moved is what it has to hear.
                Some(Refused::Elsewhere) => {}
                Some(before) => *before = refused,
                none => {
                    *none = Some(refused);
                    self.refused.push(key);
                }
            },
        }
    }

    /// Begins a tick: puts every avatar into its cell, and says who changed it. What cells have to tell is
    /// then read with [`Self::tell`].
    pub fn tick(&mut self, crossings: &mut Vec<Crossing>) {
        let mut changed = std::mem::take(&mut self.changed);
        for key in changed.drain(..) {
            let Some(avatar) = self.avatars.get_mut(key) else { continue };
            avatar.is_changed = false;
            let is_moved = std::mem::take(&mut avatar.is_moved);
            let is_hurt = std::mem::take(&mut avatar.is_hurt);
            let (number, from, seat, was_told) = (avatar.number, avatar.home, avatar.seat, avatar.is_told);
            if avatar.is_gone {
                self.avatars.remove(key);
                if was_told {
                    self.news(from, Change::Vanished(number));
                }
                continue;
            }
            avatar.is_told = true;
            let to = self.grid.home(from, avatar.at);
            if from != to {
                self.unseat(from, seat);
                self.seat(key, to);
                crossings.push(Crossing { avatar: key, from, to });
                if was_told {
                    self.news(from, Change::Vanished(number));
                }
                self.news(to, Change::Appeared(key));
            } else if was_told {
                if is_moved {
                    self.news(from, Change::Moved(key));
                }
                if is_hurt {
                    self.news(from, Change::Hurt(key));
                }
            } else {
                self.news(from, Change::Appeared(key));
            }
        }
        self.changed = changed;
    }

    /// The next cell that has something to tell, if any.
    #[must_use]
    pub fn next_news(&mut self) -> Option<Cell> {
        self.news.pop()
    }

    /// Writes what a cell of [`Self::next_news`] has to tell.
    pub fn tell(&mut self, cell: Cell, tick: u32, emit: impl FnMut(&[u8])) {
        let Self { avatars, squares, grid, writer, .. } = self;
        let mut telling = writer.cell(Head { cell, tick, whole: false }, grid.corner(cell), emit);
        for change in squares[index(cell)].changes.drain(..) {
            match change {
                Change::Appeared(key) => {
                    if let Some(avatar) = avatars.get(key) {
                        telling.appeared(&avatar.looks, avatar.shape());
                    }
                }
                Change::Moved(key) => {
                    if let Some(avatar) = avatars.get(key) {
                        telling.moved(avatar.number, avatar.at);
                    }
                }
                Change::Hurt(key) => {
                    if let Some(avatar) = avatars.get(key) {
                        telling.hurt(avatar.number, avatar.life);
                    }
                }
                Change::Vanished(number) => telling.vanished(number),
            }
        }
        telling.end();
    }

    /// Nobody hears this cell of [`Self::next_news`].
    pub fn forget(&mut self, cell: Cell) {
        self.squares[index(cell)].changes.clear();
    }

    /// Writes all that is in a cell.
    pub fn snapshot(&mut self, cell: Cell, tick: u32, emit: impl FnMut(&[u8])) {
        let Self { avatars, squares, grid, writer, .. } = self;
        let mut telling = writer.cell(Head { cell, tick, whole: true }, grid.corner(cell), emit);
        for key in &squares[index(cell)].members {
            if let Some(avatar) = avatars.get(*key) {
                telling.appeared(&avatar.looks, avatar.shape());
            }
        }
        telling.end();
    }

    /// The next avatar whose client has to be told that it did not move: its last claim, and why.
    pub fn next_refused(&mut self) -> Option<(AvatarKey, u32, Refused)> {
        while let Some(key) = self.refused.pop() {
            let Some(avatar) = self.avatars.get_mut(key) else { continue };
            if let Some(refused) = avatar.refused.take() {
                return Some((key, avatar.seq, refused));
            }
        }
        None
    }

    /// Where it is.
    #[must_use]
    pub fn at(&self, key: AvatarKey) -> Option<Place> {
        self.avatars.get(key).map(|avatar| avatar.at)
    }

    /// Its cell since the last tick, around which its player hears.
    #[must_use]
    pub fn home(&self, key: AvatarKey) -> Option<Cell> {
        self.avatars.get(key).map(|avatar| avatar.home)
    }

    /// Its number in packets.
    #[must_use]
    pub fn number(&self, key: AvatarKey) -> Option<u32> {
        self.avatars.get(key).map(|avatar| avatar.number)
    }

    fn news(&mut self, cell: Cell, change: Change) {
        let changes = &mut self.squares[index(cell)].changes;
        if changes.is_empty() {
            self.news.push(cell);
        }
        changes.push(change);
    }

    fn seat(&mut self, key: AvatarKey, cell: Cell) {
        let square = &mut self.squares[index(cell)];
        if let Some(avatar) = self.avatars.get_mut(key) {
            avatar.home = cell;
            avatar.seat = square.members.len();
            square.members.push(key);
            if avatar.looks.monster == 0 {
                if square.players == 0 {
                    self.arrivals.push(cell);
                }
                square.players += 1;
            }
        }
    }

    fn unseat(&mut self, cell: Cell, seat: usize) {
        let Square { members, players, .. } = &mut self.squares[index(cell)];
        let gone = members.swap_remove(seat);
        if self.avatars.get(gone).is_some_and(|avatar| avatar.looks.monster == 0) {
            *players -= 1;
        }
        // Whoever took the seat learns it.
        if let Some(avatar) = members.get(seat).and_then(|moved| self.avatars.get_mut(*moved)) {
            avatar.seat = seat;
        }
    }
}

/// What is left of the budget after the way. The budget bounds the way before walls are looked for.
fn allowed(ground: &Ground, avatar: &Avatar, to: Place, now: Instant) -> Result<Pace, Refused> {
    if avatar.is_still {
        return Err(Refused::Dead);
    }
    if !ground.holds(to) {
        return Err(Refused::OffMap);
    }
    let mut pace = avatar.pace;
    pace.go(avatar.at, to, now).map_err(|TooFast| Refused::TooFast)?;
    if ground.walls().blocks(avatar.at, to) {
        return Err(Refused::IntoWall);
    }
    Ok(pace)
}

fn index(cell: Cell) -> usize {
    cell.0 as usize
}

/// The life of whoever is not hurt.
pub const LIFE_WHOLE: u8 = 100;
