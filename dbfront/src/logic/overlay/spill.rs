//! Rows that wait for the database and do not fit memory: in at most two runs on a disk, each dropped as a whole
//! once the database has everything in it. Knows no file; a run is an ordered map of bytes.
//!
//! Must stay true: what a run says of a row is the row's last state, unless memory or a newer run has the row.

use std::{collections::VecDeque, fmt::Debug};

use proto::{ids::Lsn, tables::Table};

use crate::logic::{
    packing::{key_of, put_key, put_row, take_row},
    row::{Row, RowKey},
};

/// Where runs lie. What is left of an earlier process there is nobody's.
pub trait SpillPlace: Debug + Send {
    /// Begins an empty run.
    ///
    /// # Errors
    /// See [`SpillError`].
    fn begin(&mut self) -> Result<Box<dyn SpillRun>, SpillError>;
}

/// An ordered map from keys to values, gone when it is dropped. Its caller waits for it: answers come within the
/// time of a few reads of a disk.
pub trait SpillRun: Debug + Send {
    /// Puts these in, over what is there; all or nothing. They come in order of their keys.
    ///
    /// # Errors
    /// See [`SpillError`].
    fn put(&mut self, rows: &[(Vec<u8>, Vec<u8>)]) -> Result<(), SpillError>;

    /// The value of a key.
    ///
    /// # Errors
    /// See [`SpillError`].
    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, SpillError>;

    /// What comes after one key up to and with another, in order, the first so many.
    ///
    /// # Errors
    /// See [`SpillError`].
    fn range(&mut self, after: &[u8], upto: &[u8], rows_max: usize) -> Result<Packed, SpillError>;

    /// That it takes of the disk.
    fn bytes(&self) -> u64;
}

/// Keys and values in order.
pub type Packed = Vec<(Vec<u8>, Vec<u8>)>;

/// Why rows cannot leave memory, or cannot be read back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpillError {
    /// No room, by the configured maximum or by the disk; what was there is there.
    #[error("no room for rows that wait for the database")]
    Full,
    /// The disk's.
    #[error("rows that wait for the database cannot be kept on disk: {detail}")]
    Failed {
        /// What it said.
        detail: String,
    },
}

/// What is known of a row on disk: its version, and its columns unless it was deleted.
pub(super) type Found = (u64, Option<Row>);

/// A row that leaves memory.
#[derive(Debug)]
pub(super) struct Leaving {
    pub(super) table: Table,
    pub(super) key: RowKey,
    pub(super) ver: u64,
    pub(super) row: Option<Row>,
    pub(super) changed: Lsn,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Spilled {
    place: Box<dyn SpillPlace>,
    bytes_max: u64,
    /// The oldest first.
    runs: VecDeque<Run>,
    begun: u32,
    /// Rows could not leave memory the last time.
    trouble: Option<SpillError>,
    /// A row could not be read back: nothing that was said since is sure.
    broken: Option<SpillError>,
}

#[derive(Debug)]
struct Run {
    number: u32,
    file: Box<dyn SpillRun>,
    /// The last record when it began.
    began: Lsn,
    /// The last record that changed a row in it.
    changed: Lsn,
    rows: u64,
    /// By number.
    tables: Vec<Table>,
}

impl Spilled {
    pub(super) fn new(place: Box<dyn SpillPlace>, bytes_max: u64) -> Self {
        Self { place, bytes_max, runs: VecDeque::new(), begun: 0, trouble: None, broken: None }
    }

    /// The run in which a row that memory does not have may be; 0: there is none.
    pub(super) fn newest(&self) -> u32 {
        self.runs.back().map_or(0, |run| run.number)
    }

    /// Whether a row in memory may have an older state of itself on disk, which was there when this was the newest
    /// run.
    pub(super) fn shadows(&self, newest: u32) -> bool {
        self.runs.front().is_some_and(|oldest| oldest.number <= newest)
    }

    pub(super) fn rows(&self) -> u64 {
        self.runs.iter().map(|run| run.rows).sum()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.runs.iter().map(|run| run.file.bytes()).sum()
    }

    pub(super) fn trouble(&self) -> Option<&SpillError> {
        self.trouble.as_ref()
    }

    pub(super) fn broken(&self) -> Option<&SpillError> {
        self.broken.as_ref()
    }

    /// Takes rows; all or nothing.
    pub(super) fn put(&mut self, leaving: &[Leaving], last: Lsn) -> bool {
        let put = self.try_put(leaving, last);
        self.trouble = put.err();
        self.trouble.is_none()
    }

    fn try_put(&mut self, leaving: &[Leaving], last: Lsn) -> Result<(), SpillError> {
        if self.bytes_max <= self.bytes() {
            return Err(SpillError::Full);
        }
        let mut packed: Packed = leaving
            .iter()
            .map(|row| {
                let mut value = Vec::new();
                put_row(&mut value, row.ver, row.row.as_deref());
                (place_of(row.table, &row.key), value)
            })
            .collect();
        packed.sort_unstable();
        if self.runs.is_empty() {
            self.begin(last)?;
        }
        let Some(run) = self.runs.back_mut() else { return Ok(()) };
        run.file.put(&packed)?;
        run.rows += packed.len() as u64;
        for row in leaving {
            run.changed = run.changed.max(row.changed);
            if !run.tables.contains(&row.table) {
                run.tables.push(row.table);
            }
        }
        Ok(())
    }

    fn begin(&mut self, last: Lsn) -> Result<(), SpillError> {
        let file = self.place.begin()?;
        self.begun += 1;
        let run = Run { number: self.begun, file, began: last, changed: Lsn(0), rows: 0, tables: Vec::new() };
        self.runs.push_back(run);
        Ok(())
    }

    /// The database has everything up to `horizon`, and so has whoever reads it: drops what is not needed any more
    /// and says of which tables rows went. While a database is always a little behind, this is what bounds the disk: a
    /// run takes rows until all that waited when it began is applied, and then goes with its last row.
    pub(super) fn settle(&mut self, horizon: Lsn, last: Lsn) -> Vec<Table> {
        let mut lost = Vec::new();
        while let Some(run) = self.runs.pop_front_if(|run| run.changed <= horizon) {
            lost.extend(run.tables);
        }
        if let [run] = self.runs.make_contiguous()
            && run.began <= horizon
            && run.rows != 0
        {
            self.trouble = self.begin(last).err();
        }
        lost
    }

    /// What is on disk of a row that is not in memory.
    pub(super) fn find(&mut self, table: Table, key: &RowKey) -> Option<Found> {
        if self.runs.is_empty() {
            return None;
        }
        let place = place_of(table, key);
        for run in self.runs.iter_mut().rev() {
            match run.file.get(&place) {
                Ok(None) => {}
                Ok(Some(value)) => {
                    let found = take_row(&mut value.as_slice());
                    if found.is_none() {
                        self.broken = Some(strange());
                    }
                    return found;
                }
                Err(error) => {
                    self.broken = Some(error);
                    return None;
                }
            }
        }
        None
    }

    /// All rows after one key up to and with another, in order.
    pub(super) fn walk(&mut self, table: Table, after: Option<&RowKey>, upto: Option<&RowKey>) -> Walk<'_> {
        let code = table as u32;
        let after = after.map_or_else(|| code.to_be_bytes().to_vec(), |key| place_of(table, key));
        let upto = upto.map_or_else(|| (code + 1).to_be_bytes().to_vec(), |key| place_of(table, key));
        let is_done = self.runs.is_empty();
        Walk { spilled: self, after, upto, found: VecDeque::new(), is_done }
    }

    /// The first so many of a range over all runs; a row is as its newest run has it.
    fn range(&mut self, after: &[u8], upto: &[u8], rows_max: usize) -> Packed {
        let mut all: Packed = Vec::new();
        for run in self.runs.iter_mut().rev() {
            match run.file.range(after, upto, rows_max) {
                Ok(rows) => all.extend(rows),
                Err(error) => {
                    self.broken = Some(error);
                    return Vec::new();
                }
            }
        }
        // Stable: of one key the newest comes first and stays. The first so many of the whole are among the first so
        // many of each.
        all.sort_by(|(left, _), (right, _)| left.cmp(right));
        all.dedup_by(|(later, _), (first, _)| later == first);
        all.truncate(rows_max);
        all
    }
}

/// Goes through a range.
pub(super) struct Walk<'a> {
    spilled: &'a mut Spilled,
    after: Vec<u8>,
    upto: Vec<u8>,
    found: VecDeque<(RowKey, Found)>,
    is_done: bool,
}

impl Walk<'_> {
    /// The key of the next.
    pub(super) fn peek(&mut self) -> Option<&RowKey> {
        if self.found.is_empty() && !self.is_done {
            let rows = self.spilled.range(&self.after, &self.upto, WALK_ROWS);
            self.is_done = rows.len() < WALK_ROWS;
            if let Some((last, _)) = rows.last() {
                self.after.clone_from(last);
            }
            for (place, value) in rows {
                let Some(found) = key_of(&place[TABLE_BYTES..]).zip(take_row(&mut value.as_slice())) else {
                    self.spilled.broken = Some(strange());
                    continue;
                };
                self.found.push_back(found);
            }
        }
        self.found.front().map(|(key, _)| key)
    }

    /// The next, after [`Self::peek`].
    pub(super) fn take(&mut self) -> Option<(RowKey, Found)> {
        self.found.pop_front()
    }
}

fn place_of(table: Table, key: &RowKey) -> Vec<u8> {
    let mut place = Vec::with_capacity(TABLE_BYTES + 9);
    place.extend_from_slice(&(table as u32).to_be_bytes());
    put_key(&mut place, key);
    place
}

fn strange() -> SpillError {
    SpillError::Failed { detail: "what was read back is not what was written".to_owned() }
}

const TABLE_BYTES: usize = 4;
/// Rows read at a time.
const WALK_ROWS: usize = 256;
