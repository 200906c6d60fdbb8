//! What the tables say of matches: which are open and how far they are, which are over and how long they took by the
//! clock of rooms and by the clock on the wall, and what the ledger has of their gold. Reads a database in use; each look
//! is one transaction. Knows nothing of processes.

use std::{collections::BTreeMap, path::Path};

use ding::{
    Registry,
    replay::{self, Again},
};
use proto::room::{Entry, Replay};
use rusqlite::{Connection, OpenFlags, Row};

/// A match that is not over, made again from its rows.
#[derive(Clone, Debug)]
pub struct Open {
    pub kind: String,
    /// Who sits in it and does not only look on.
    pub players: usize,
}

/// A match that is over.
#[derive(Clone, Debug)]
pub struct Over {
    pub id: u64,
    pub kind: String,
    pub outcome: String,
    /// Milliseconds since 1970.
    pub opened_ms: u64,
    pub ended_ms: u64,
    /// Who played in it, those who left included.
    pub players: usize,
    /// By its own clock, when it heard its last input.
    pub at_ms: u64,
    /// Of no input was the time before that of the one before it.
    pub goes_forward: bool,
}

/// What the clock of rooms showed, and the clock on the wall at the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beat {
    pub at_ms: u64,
    pub wall_ms: u64,
}

/// Gold that went through the pot of a match, as the ledger tells it.
#[derive(Clone, Copy, Debug)]
pub struct Pot {
    pub room: u64,
    pub staked: i64,
    /// Given back, paid out or kept by the house.
    pub left: i64,
    /// Records in which it was shared out.
    pub settlements: u64,
}

/// A database, read only.
pub struct Tables {
    sql: Connection,
}

impl Tables {
    pub fn of(database: &Path) -> Self {
        let sql = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let sql = sql.expect("a database");
        sql.busy_timeout(super::BOUND).expect("a setting");
        Self { sql }
    }

    /// One number.
    pub fn number(&self, query: &str) -> i64 {
        self.sql.query_row(query, [], |row| row.get(0)).expect("a number")
    }

    fn all<T>(&self, query: &str, of: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let mut statement = self.sql.prepare(query).expect("a query");
        let rows = statement.query_map([], of).expect("rows");
        rows.collect::<rusqlite::Result<_>>().expect("columns")
    }

    /// Matches that are not over, by their numbers.
    pub fn open(&self) -> BTreeMap<u64, Open> {
        let registry = Registry::bundled();
        let moment = self.sql.unchecked_transaction().expect("one moment");
        let rooms = self.all("SELECT id, kind, number, options, seed, state FROM room", |row| {
            Ok(Replay {
                format: replay::FORMAT,
                room: whole(row, 0)?,
                kind: row.get(1)?,
                number: row.get(2)?,
                options: row.get::<_, Vec<u8>>(3)?.into(),
                seed: row.get::<_, Vec<u8>>(4)?.into(),
                state: row.get::<_, Vec<u8>>(5)?.into(),
                hash: 1,
                ..Replay::default()
            })
        });
        let mut entries: BTreeMap<u64, Vec<Entry>> = BTreeMap::new();
        for (room, bytes) in self.all("SELECT room, inputs FROM room_entry ORDER BY room, first", |row| {
            Ok((whole(row, 0)?, row.get::<_, Vec<u8>>(1)?))
        }) {
            entries.entry(room).or_default().push(entry(&bytes));
        }
        drop(moment);
        let open = rooms.into_iter().map(|mut replay| {
            let heard = entries.remove(&replay.room).unwrap_or_default();
            replay.inputs = heard.into_iter().flat_map(|entry| entry.inputs).collect();
            let mut again = Again::open(&registry, &replay).expect("it was saved");
            while again.hear().unwrap_or_else(|differs| panic!("{}: {differs}", replay.room)).is_some() {}
            let state = again.state().expect("a state");
            let players = state.members.iter().filter(|member| member.player).count();
            (replay.room, Open { kind: replay.kind.clone(), players })
        });
        open.collect()
    }

    /// Matches that are over.
    pub fn over(&self) -> Vec<Over> {
        let moment = self.sql.unchecked_transaction().expect("one moment");
        let mut parts: BTreeMap<u64, Vec<Vec<u8>>> = BTreeMap::new();
        for (id, part) in self.all("SELECT replay, inputs FROM replay_chunk ORDER BY replay, n", |row| {
            Ok((whole(row, 0)?, row.get::<_, Vec<u8>>(1)?))
        }) {
            parts.entry(id).or_default().push(part);
        }
        let over = self.all("SELECT id, kind, outcome, opened_ms, ended_ms, players FROM replay", |row| {
            Ok(Over {
                id: whole(row, 0)?,
                kind: row.get(1)?,
                outcome: row.get(2)?,
                opened_ms: whole(row, 3)?,
                ended_ms: whole(row, 4)?,
                players: serde_json::from_str::<Vec<u64>>(&row.get::<_, String>(5)?).expect("accounts").len(),
                at_ms: 0,
                goes_forward: true,
            })
        });
        drop(moment);
        let timed = over.into_iter().map(|over| {
            let parts = parts.remove(&over.id).unwrap_or_default();
            let heard = replay::inputs(parts.iter().map(Vec::as_slice)).expect("what it heard");
            let times: Vec<u64> = heard.iter().map(|input| input.at_ms).collect();
            Over { at_ms: times.last().copied().unwrap_or(0), goes_forward: times.is_sorted(), ..over }
        });
        timed.collect()
    }

    /// Numbers of all matches that are not over.
    pub fn ids(&self) -> Vec<u64> {
        self.all("SELECT id FROM room", |row| whole(row, 0))
    }

    /// Pots of all matches in which there was ever gold.
    pub fn pots(&self) -> Vec<Pot> {
        let query = "SELECT room, SUM(staked), SUM(gone), COUNT(DISTINCT settled) FROM (
                SELECT to_account AS room, amount AS staked, 0 AS gone, NULL AS settled
                    FROM ledger WHERE reason = 15
                UNION ALL SELECT from_account, 0, amount, CASE reason WHEN 17 THEN lsn END
                    FROM ledger WHERE reason IN (16, 17, 18))
            GROUP BY room";
        self.all(query, |row| {
            Ok(Pot {
                room: whole(row, 0)?,
                staked: row.get(1)?,
                left: row.get(2)?,
                settlements: whole(row, 3)?,
            })
        })
    }

    /// What the clock of rooms showed when it was written down last; nothing before that.
    pub fn beat(&self) -> Option<Beat> {
        let beats = self.all("SELECT at_ms, wall_ms FROM room_clock", |row| {
            Ok(Beat { at_ms: whole(row, 0)?, wall_ms: whole(row, 1)? })
        });
        beats.first().copied()
    }
}

/// A number that is never below 0.
fn whole(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

fn entry(bytes: &[u8]) -> Entry {
    proto::wire::decode(bytes, proto::prescan::Budget::LINK).expect("what it heard")
}
