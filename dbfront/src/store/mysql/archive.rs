//! The world on a server out into a file, from one snapshot and in key order, and a world's file in, many rows a
//! statement. Tables and columns are the file's, which has the same ones.

use std::path::Path;

use mysql_async::Value as Bound;
use proto::{link::Value, tables::Table};

use super::{
    Lock, Mysql, MysqlStore, PREPARED, PUBLISHED, catalog, failure,
    failure::away,
    migrate,
    pieces::{Filling, statement_rows},
    read_cursor,
    session::{self, Session},
    sql,
};
use crate::{
    logic::row::row_bytes,
    store::{
        Cursor, Database, Presence, Store, StoreError,
        archive::{Archive, Copied, CopyError, Step, Watch},
        hours, schema,
        world_file::{FileTable, WorldFile},
    },
};

impl Archive for Mysql {
    fn kind(&self) -> &'static str {
        "mysql"
    }

    fn copy_to(&self, file: &Path, watch: Watch<'_>) -> Result<(), CopyError> {
        let mut session = self.session_there()?;
        session.run(SNAPSHOT).map_err(|error| away(&error))?;
        let cursor = read_cursor(&mut session, PUBLISHED, Lock::None)?;
        let sizes = "SELECT SUM(DATA_LENGTH) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()";
        let sizes = session.rows(sizes, Vec::new()).map_err(|error| away(&error))?;
        let estimate = sizes.first().and_then(|row| session::int(row, 0)).unwrap_or(0);
        let mut copied = Copied { bytes: 0, bytes_total: estimate.max(0).cast_unsigned() };
        let mut world = WorldFile::create(file, cursor.schema)?;
        for table in world.tables()? {
            let mut after: Option<Vec<Value>> = None;
            loop {
                let rows = read(&mut session, &table, after.as_deref())?;
                world.insert(&table, &rows)?;
                copied.bytes += rows.iter().map(|row| bytes(row)).sum::<u64>();
                if !watch(copied) {
                    return Err(CopyError::Stopped);
                }
                match rows.last() {
                    Some(last) if rows.len() == READ_ROWS => after = Some(table.key(last).to_vec()),
                    _ => break,
                }
            }
        }
        world.put_cursor(&cursor)?;
        session.run("COMMIT").map_err(|error| away(&error))?;
        world.finish()
    }

    fn is_blank(&self) -> Result<bool, StoreError> {
        let Some(mut session) = self.session()? else { return Ok(true) };
        if self.presence()? != Presence::Absent {
            return Ok(false);
        }
        for name in tables() {
            if session.has_table(name).map_err(|error| away(&error))? {
                let sql = format!("SELECT 1 FROM `{name}` LIMIT 1");
                if !session.rows(&sql, Vec::new()).map_err(|error| away(&error))?.is_empty() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn discard(&self) -> Result<(), StoreError> {
        let Some(mut session) = self.session()? else { return Ok(()) };
        match self.presence()? {
            Presence::Prepared => {}
            // What a try left that was cut off before it said so holds no row; tables of somebody else may.
            Presence::Absent if self.is_blank()? => {}
            Presence::Absent => {
                return Err(StoreError::Unsafe { what: "it has tables of somebody else".to_owned() });
            }
            Presence::Present => {
                return Err(StoreError::Unsafe { what: "it holds a world that is in use".to_owned() });
            }
        }
        for name in tables().chain(["journal_cursor", "migration"]) {
            session.run(&format!("DROP TABLE IF EXISTS `{name}`")).map_err(|error| away(&error))?;
        }
        Ok(())
    }

    fn load(&self, file: &Path, journal: [u8; 16], watch: Watch<'_>) -> Result<Cursor, CopyError> {
        let world = WorldFile::open(file)?;
        let first = Cursor { journal, ..world.cursor()? };
        // Makes the tables, with a cursor that no start takes for a world.
        self.prepare(first)?;
        let mut session = self.session_there()?;
        let mut copied =
            Copied { bytes: 0, bytes_total: std::fs::metadata(file).map_or(0, |meta| meta.len()) };
        for table in world.tables()? {
            let mut after: Option<Vec<Value>> = None;
            loop {
                let rows = world.rows(&table, after.as_deref(), LOAD_ROWS)?;
                insert(&mut session, &table, &rows)?;
                copied.bytes += rows.iter().map(|row| bytes(row)).sum::<u64>();
                if !watch(copied) {
                    return Err(CopyError::Stopped);
                }
                match rows.last() {
                    Some(last) if rows.len() == LOAD_ROWS => after = Some(table.key(last).to_vec()),
                    _ => break,
                }
            }
        }
        Ok(read_cursor(&mut session, PREPARED, Lock::None)?)
    }

    fn migrate_by_steps(&self, goes_on: &mut dyn FnMut(Step) -> bool) -> Result<u32, StoreError> {
        let mut session = self.session_there()?;
        super::settings::check(&mut session)?;
        migrate::run(&mut session, goes_on)
    }

    fn connect_prepared(&self) -> Result<Box<dyn Store>, StoreError> {
        let mut session = self.session_there()?;
        super::settings::check(&mut session)?;
        schema::check(&migrate::marks(&mut session)?)?;
        catalog::check(&mut session)?;
        session.wait_for_ever();
        Ok(Box::new(MysqlStore { session, id: PREPARED, cramped: None }))
    }
}

fn tables() -> impl Iterator<Item = &'static str> {
    Table::ALL.iter().map(|table| table.def().name).chain([hours::TABLE])
}

/// The next rows in key order.
fn read(
    session: &mut Session,
    table: &FileTable,
    after: Option<&[Value]>,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let keys = &table.columns[..table.key_columns];
    let names = |count: usize| {
        let names: Vec<String> =
            table.columns[..count].iter().map(|column| format!("`{}`", column.name)).collect();
        names.join(", ")
    };
    let mut values: Vec<Bound> = Vec::new();
    let mut beyond = "TRUE".to_owned();
    if let Some(key) = after {
        // Spelled out column by column, for only so does the server begin at the right place of the index.
        let parts = (0..keys.len()).map(|last| {
            values.extend(key[..=last].iter().map(sql::bound));
            let equal: String =
                keys[..last].iter().map(|column| format!("`{}` = ? AND ", column.name)).collect();
            format!("({equal}`{}` > ?)", keys[last].name)
        });
        beyond = parts.collect::<Vec<_>>().join(" OR ");
    }
    values.push(Bound::UInt(READ_ROWS as u64));
    let (all, keys) = (names(table.columns.len()), names(table.key_columns));
    let sql = format!("SELECT {all} FROM `{}` WHERE {beyond} ORDER BY {keys} LIMIT ?", table.name);
    let found = session.rows(&sql, values).map_err(|error| away(&error))?;
    let rows: Option<Vec<Vec<Value>>> = found
        .iter()
        .map(|row| {
            let columns = table.columns.iter().enumerate();
            columns.map(|(index, column)| sql::found(column.kind, row.as_ref(index)?)).collect()
        })
        .collect();
    rows.ok_or_else(|| StoreError::Unsafe {
        what: format!("a row of {} is not of the expected form", table.name),
    })
}

/// All of these rows in one transaction.
fn insert(session: &mut Session, table: &FileTable, rows: &[Vec<Value>]) -> Result<(), StoreError> {
    let names: Vec<String> = table.columns.iter().map(|column| format!("`{}`", column.name)).collect();
    let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
    let mut put = || -> mysql_async::Result<()> {
        session.run("START TRANSACTION")?;
        let mut rest = rows;
        while !rest.is_empty() {
            let size = statement_rows(rest, STATEMENT_ROWS_MAX, Filling::Never, |row| row_bytes(row));
            let (chunk, after) = rest.split_at(size);
            let marks = vec![row.as_str(); size].join(", ");
            let sql = format!("INSERT INTO `{}` ({}) VALUES {marks}", table.name, names.join(", "));
            session.exec(&sql, chunk.iter().flatten().map(sql::bound).collect())?;
            rest = after;
        }
        session.run("COMMIT").map(drop)
    };
    put().map_err(|error| match failure::passes(&error) {
        true => away(&error),
        false => StoreError::Unsafe { what: format!("{}: {}", table.name, failure::describe(&error)) },
    })
}

fn bytes(row: &[Value]) -> u64 {
    row_bytes(row) as u64
}

const SNAPSHOT: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
/// Rows of one question; of a table's longest ones they are some megabytes.
const READ_ROWS: usize = 512;
/// Rows of one transaction, each of which the server flushes.
const LOAD_ROWS: usize = 4_096;
const STATEMENT_ROWS_MAX: usize = 256;
