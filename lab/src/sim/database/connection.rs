//! Connections to the model: one that applies, whose transaction may stay half open after an error, and one that
//! reads a snapshot.

use std::ops::Bound;

use dbfront::{
    logic::row::{RowKey, StoredRow},
    store::{ApplyBatch, Cursor, Query, Reader, Snapshot, Store, StoreError},
};

use super::{Database, Rows, Server, Staged, gone};
use crate::sim::{fault::FaultKind, lie::Lie};

/// The connection that applies.
#[derive(Debug)]
pub(in crate::sim) struct Connection {
    database: Database,
    life: u64,
    /// The client was told that it is gone.
    is_lost: bool,
    /// Statements of a transaction that a 1205 left open.
    open: Vec<Staged>,
    /// A 1213 ended the transaction: what comes next commits by itself.
    is_autocommit: bool,
}

impl Connection {
    pub(super) fn new(database: Database, life: u64) -> Self {
        Self { database, life, is_lost: false, open: Vec::new(), is_autocommit: false }
    }

    fn is_dead(&self, server: &Server) -> bool {
        self.is_lost || server.life != self.life || server.is_away
    }
}

impl Store for Connection {
    fn cursor(&mut self) -> Result<Cursor, StoreError> {
        let server = self.database.lock();
        if self.is_dead(&server) { Err(gone("server has gone away")) } else { Ok(server.cursor) }
    }

    fn begin_term(&mut self, seen: &Cursor) -> Result<Cursor, StoreError> {
        let mut server = self.database.lock();
        if self.is_dead(&server) {
            return Err(gone("server has gone away"));
        }
        if server.cursor != *seen {
            return Err(StoreError::CursorMoved);
        }
        let fault = server.fault();
        if let Some(fault) = fault {
            self.is_lost = true;
            if fault != FaultKind::StoreUnknownDone {
                return Err(gone("the term did not begin"));
            }
        }
        server.cursor.dbf_epoch += 1;
        match fault {
            None => Ok(server.cursor),
            Some(_) => Err(StoreError::Unknown { detail: "commit of a term".to_owned() }),
        }
    }

    fn apply(&mut self, batch: &ApplyBatch) -> Result<(), StoreError> {
        let mut server = self.database.lock();
        if self.is_dead(&server) {
            return Err(gone("server has gone away"));
        }
        let is_careless = server.lie == Some(Lie::ErrorMeansUndone);
        if !server.same_cursor(&batch.from) && !is_careless {
            return Err(StoreError::CursorMoved);
        }
        let mut staged = server.stage(batch)?;
        if self.is_autocommit {
            // Each statement by itself; whoever counts on the transaction finds that only at its end.
            server.commit(staged);
            return Err(gone("there is no transaction"));
        }
        if server.lie == Some(Lie::RowIsSkipped) && 6 < staged.len() && server.faults.below(8) == 0 {
            staged.remove(3);
        }
        let fault = server.fault();
        if server.lie == Some(Lie::CursorOutside) {
            server.commit(std::mem::take(&mut staged));
        }
        match fault {
            Some(FaultKind::StoreConnectionLost) => {
                self.is_lost = true;
                Err(gone("lost connection to server during query"))
            }
            Some(FaultKind::StoreDeadlock) => {
                self.is_autocommit = true;
                Err(gone("1213: deadlock"))
            }
            Some(FaultKind::StoreLockWait) => {
                staged.truncate(staged.len() / 2);
                self.open.append(&mut staged);
                Err(gone("1205: lock wait timeout"))
            }
            Some(FaultKind::StoreUnknownUndone) => {
                self.is_lost = true;
                Err(StoreError::Unknown { detail: "commit".to_owned() })
            }
            done => {
                let mut all = std::mem::take(&mut self.open);
                all.append(&mut staged);
                server.commit(all);
                server.move_cursor(batch.to);
                self.is_lost |= done.is_some();
                match done {
                    None => Ok(()),
                    Some(_) => Err(StoreError::Unknown { detail: "commit".to_owned() }),
                }
            }
        }
    }

    fn checkpoint(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The connection that reads.
#[derive(Debug)]
pub(in crate::sim) struct Reading {
    database: Database,
    life: u64,
}

impl Reading {
    pub(super) fn new(database: Database, life: u64) -> Self {
        Self { database, life }
    }
}

impl Reader for Reading {
    fn read(&mut self, queries: &[Query]) -> Result<Snapshot, StoreError> {
        let server = self.database.lock();
        if server.life != self.life || server.is_away || server.faults.strikes(FaultKind::StoreConnectionLost)
        {
            return Err(gone("server has gone away"));
        }
        let answers = queries.iter().map(|query| answer(&server.rows, query)).collect();
        Ok(Snapshot { lsn: server.cursor.lsn, answers })
    }
}

fn answer(rows: &Rows, query: &Query) -> Vec<Option<StoredRow>> {
    match query {
        Query::Get { table, keys } => {
            let find = |key: &Vec<_>| rows.get(&(*table, RowKey::of(table.def(), key))).cloned();
            keys.iter().map(find).collect()
        }
        Query::Scan { table, prefix, after, rows_max } => {
            let of_table = rows.iter().filter(|((of, _), _)| of == table);
            let after = (!after.is_empty()).then(|| RowKey::of(table.def(), after));
            let first = after.map_or(Bound::Unbounded, Bound::Excluded);
            let is_in = |key: &RowKey| match &first {
                Bound::Excluded(after) => after < key,
                _ => true,
            };
            let found = of_table
                .filter(|((_, key), row)| is_in(key) && row.row.starts_with(prefix))
                .map(|(_, row)| Some(row.clone()));
            found.take(*rows_max).collect()
        }
        Query::Latest { table, before, rows_max } => {
            let before = (!before.is_empty()).then(|| RowKey::of(table.def(), before));
            let of_table = rows.iter().rev().filter(|((of, _), _)| of == table);
            let found = of_table
                .filter(|((_, key), _)| before.as_ref().is_none_or(|before| key < before))
                .map(|(_, row)| Some(row.clone()));
            found.take(*rows_max).collect()
        }
    }
}
