//! Reads: all queries of a call in one snapshot, together with the cursor as it stood then.

use std::collections::HashMap;

use mysql_async::Value as Bound;
use proto::{link::Value, tables::TableDef};

use super::{
    Lock, PUBLISHED,
    failure::{away, passes},
    read_cursor,
    session::Session,
    sql,
};
use crate::{
    logic::row::{RowKey, StoredRow},
    store::{Query, Reader, Snapshot, StoreError, place::Address},
};

/// The reading connection.
pub(super) struct MysqlReader {
    pub(super) address: Address,
    pub(super) session: Session,
}

impl Reader for MysqlReader {
    fn read(&mut self, queries: &[Query]) -> Result<Snapshot, StoreError> {
        self.begin()?;
        let lsn = read_cursor(&mut self.session, PUBLISHED, Lock::None)?.lsn;
        let session = &mut self.session;
        let answers = queries
            .iter()
            .map(|query| match query {
                Query::Get { table, keys } => get(session, table.def(), keys),
                Query::Scan { table, prefix, after, rows_max } => {
                    let sql = sql::scan(table.def(), prefix.len(), after.is_empty());
                    range(session, table.def(), &sql, sql::range_values(prefix, after, *rows_max))
                }
                Query::Latest { table, before, rows_max } => {
                    let sql = sql::latest(table.def(), before.is_empty());
                    range(session, table.def(), &sql, sql::range_values(&[], before, *rows_max))
                }
            })
            .collect::<Result<_, _>>()?;
        self.session.run("COMMIT").map_err(|error| away(&error))?;
        Ok(Snapshot { lsn, answers })
    }
}

impl MysqlReader {
    /// A new snapshot; on a new connection if the server has closed the old one for being idle.
    fn begin(&mut self) -> Result<(), StoreError> {
        match self.session.run(BEGIN) {
            Ok(_) => return Ok(()),
            Err(error) if !passes(&error) => return Err(away(&error)),
            Err(_) => {}
        }
        let open = Session::open(&self.address, Some(&self.address.database));
        self.session = open.map_err(|error| away(&error))?;
        self.session.run(BEGIN).map(drop).map_err(|error| away(&error))
    }
}

fn get(
    session: &mut Session,
    def: &TableDef,
    keys: &[Vec<Value>],
) -> Result<Vec<Option<StoredRow>>, StoreError> {
    let mut found: HashMap<RowKey, StoredRow> = HashMap::new();
    for chunk in keys.chunks(KEYS_MAX) {
        let size = SIZES.iter().copied().find(|&size| chunk.len() <= size).unwrap_or(KEYS_MAX);
        // Filled up with the last key, which is found once whatever it says.
        let keys = (0..size).filter_map(|index| chunk.get(index).or(chunk.last()));
        let values = keys.flatten().map(sql::bound).collect();
        for row in stored(session, def, &sql::get(def, size), values)? {
            found.insert(RowKey::of(def, &row.row), row);
        }
    }
    Ok(keys.iter().map(|key| found.get(&RowKey::of(def, key)).cloned()).collect())
}

fn range(
    session: &mut Session,
    def: &TableDef,
    sql: &str,
    values: Vec<Bound>,
) -> Result<Vec<Option<StoredRow>>, StoreError> {
    Ok(stored(session, def, sql, values)?.into_iter().map(Some).collect())
}

fn stored(
    session: &mut Session,
    def: &TableDef,
    sql: &str,
    values: Vec<Bound>,
) -> Result<Vec<StoredRow>, StoreError> {
    let rows = session.rows(sql, values).map_err(|error| away(&error))?;
    let rows: Option<Vec<StoredRow>> = rows.iter().map(|row| sql::stored_row(def, row)).collect();
    rows.ok_or_else(|| StoreError::Unsafe {
        what: format!("a row of {} is not of the expected form", def.name),
    })
}

const BEGIN: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
/// Keys of one statement: few sizes, for each is a statement that the server keeps.
const SIZES: &[usize] = &[1, 4, 16, KEYS_MAX];
const KEYS_MAX: usize = 64;
