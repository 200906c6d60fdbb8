//! People's questions about gold and things, on a connection of their own: one transaction, so one snapshot. The log
//! beside the file grows as long as it is open.

use std::collections::BTreeSet;

use proto::ids::Lsn;
use rusqlite::{Connection, Row, params};

use super::{away, read_cursor, stored};
use crate::{
    logic::trail::Line,
    store::{
        StoreError,
        books::{Books, Holder, HolderKind, IDS_MAX, Pile, Place, Rich, Stock, listed},
        hours::{HourKey, HourSum},
    },
};

/// See the module.
pub(super) struct SqliteBooks {
    connection: Connection,
    lsn: Lsn,
}

impl SqliteBooks {
    pub(super) fn open(connection: Connection) -> Result<Self, StoreError> {
        // What is read once serves nobody again.
        let begin = |connection: &Connection| {
            connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
            connection.execute_batch("BEGIN DEFERRED")
        };
        begin(&connection).map_err(|error| away(&error))?;
        // A deferred transaction has its snapshot from its first read on: this one.
        let lsn = read_cursor(&connection)?.lsn;
        Ok(Self { connection, lsn })
    }

    fn pile(&self, table: &str) -> Result<Pile, StoreError> {
        // In two halves, for all gold together may be more than a number holds.
        let sql = format!(
            "SELECT coalesce(SUM(gold / {HALF}), 0), coalesce(SUM(gold % {HALF}), 0), COUNT(*) FROM {table}"
        );
        let pile = self.connection.query_row(&sql, [], |row| {
            let (high, low): (i64, i64) = (row.get(0)?, row.get(1)?);
            let gold = i128::from(high) * i128::from(HALF) + i128::from(low);
            Ok(Pile { gold, holders: row.get::<_, i64>(2)?.cast_unsigned() })
        });
        pile.map_err(|error| away(&error))
    }

    fn lines(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: fn(&Row<'_>) -> rusqlite::Result<Line>,
    ) -> Result<Vec<Line>, StoreError> {
        let run = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_map(values, read)?.collect::<rusqlite::Result<Vec<_>>>()
        };
        run().map_err(|error| away(&error))
    }

    fn holders(
        &self,
        ids: &BTreeSet<u64>,
        sql: fn(&str) -> String,
        what: HolderKind,
    ) -> Result<Vec<Holder>, StoreError> {
        let ids: Vec<u64> = ids.iter().copied().collect();
        let mut found = Vec::new();
        for chunk in ids.chunks(IDS_MAX) {
            let mut run = || -> rusqlite::Result<()> {
                let mut statement = self.connection.prepare(&sql(&listed(chunk)))?;
                let rows = statement.query_map([], |row| {
                    let name: Option<String> = row.get(2)?;
                    let (id, account) = (number(row, 0)?, number(row, 1)?);
                    Ok(Holder { id, what, name: name.unwrap_or_default(), account })
                })?;
                for row in rows {
                    found.push(row?);
                }
                Ok(())
            };
            run().map_err(|error| away(&error))?;
        }
        Ok(found)
    }
}

impl Books for SqliteBooks {
    fn lsn(&self) -> Lsn {
        self.lsn
    }

    fn hours(&mut self, since_ms: i64, rows_max: u32) -> Result<Vec<(HourKey, HourSum)>, StoreError> {
        let run = || {
            let mut statement = self.connection.prepare(
                "SELECT hour_ms, reason, gold_in, gold_out, gold_moved, lines FROM gold_hour \
                 WHERE hour_ms >= ?1 ORDER BY hour_ms, reason LIMIT ?2",
            )?;
            let rows = statement.query_map(params![since_ms, rows_max], |row| {
                let key = HourKey { hour_ms: row.get(0)?, reason: row.get(1)? };
                let (gold_in, gold_out, gold_moved) = (row.get(2)?, row.get(3)?, row.get(4)?);
                Ok((key, HourSum { gold_in, gold_out, gold_moved, lines: row.get(5)? }))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        run().map_err(|error| away(&error))
    }

    fn gold_before(&mut self, until_ms: i64) -> Result<i128, StoreError> {
        let run = || -> rusqlite::Result<i128> {
            let mut statement =
                self.connection.prepare("SELECT gold_in, gold_out FROM gold_hour WHERE hour_ms < ?1")?;
            let mut rows = statement.query([until_ms])?;
            let mut gold = 0;
            while let Some(row) = rows.next()? {
                gold += i128::from(row.get::<_, i64>(0)?) - i128::from(row.get::<_, i64>(1)?);
            }
            Ok(gold)
        };
        run().map_err(|error| away(&error))
    }

    fn stock(&mut self) -> Result<Stock, StoreError> {
        let (wallets, letters, pots) = (self.pile("wallet")?, self.pile("mail")?, self.pile("room_stake")?);
        Ok(Stock { wallets, letters, pots })
    }

    fn richest(&mut self, rows_max: u32) -> Result<Vec<Rich>, StoreError> {
        let run = || {
            let mut statement = self.connection.prepare(
                "SELECT w.account, a.name, w.gold FROM (SELECT account, gold FROM wallet WHERE 0 < gold \
                 ORDER BY gold DESC, account LIMIT ?1) AS w LEFT JOIN account AS a ON a.id = w.account \
                 ORDER BY w.gold DESC, w.account",
            )?;
            let rows = statement.query_map([rows_max], |row| {
                let name: Option<String> = row.get(1)?;
                Ok(Rich { account: number(row, 0)?, name: name.unwrap_or_default(), gold: row.get(2)? })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        run().map_err(|error| away(&error))
    }

    fn gold_lines(&mut self, after: Place, rows_max: u32) -> Result<Vec<Line>, StoreError> {
        let sql = "SELECT lsn, n, from_account, to_account, amount, reason, wall_ms FROM ledger \
                   WHERE (lsn, n) > (?1, ?2) ORDER BY lsn, n LIMIT ?3";
        self.lines(sql, params![stored(after.0), after.1, rows_max], gold_line)
    }

    fn gold_lines_of(
        &mut self,
        givers: &BTreeSet<u64>,
        after: Place,
        to_lsn: u64,
        rows_max: u32,
    ) -> Result<Vec<Line>, StoreError> {
        let givers: Vec<u64> = givers.iter().copied().collect();
        let sql = format!(
            "SELECT lsn, n, from_account, to_account, amount, reason, wall_ms FROM ledger \
             WHERE (lsn, n) > (?1, ?2) AND lsn <= ?3 AND from_account IN ({}) ORDER BY lsn, n LIMIT ?4",
            listed(&givers)
        );
        self.lines(&sql, params![stored(after.0), after.1, stored(to_lsn), rows_max], gold_line)
    }

    fn item_lines(&mut self, item: u64, after: Place, rows_max: u32) -> Result<Vec<Line>, StoreError> {
        let sql = format!(
            "SELECT {GOODS} FROM goods_log WHERE item = ?1 AND (lsn, n) > (?2, ?3) ORDER BY lsn, n LIMIT ?4"
        );
        self.lines(&sql, params![stored(item), stored(after.0), after.1, rows_max], goods_line)
    }

    fn arranged_lines(&mut self, lsn: u64) -> Result<Vec<Line>, StoreError> {
        let sql = format!("SELECT {GOODS} FROM goods_log WHERE lsn = ?1 AND reason = 14 ORDER BY lsn, n");
        self.lines(&sql, params![stored(lsn)], goods_line)
    }

    fn accounts(&mut self, ids: &BTreeSet<u64>) -> Result<Vec<Holder>, StoreError> {
        let sql = |ids: &str| format!("SELECT id, id, name FROM account WHERE id IN ({ids})");
        self.holders(ids, sql, HolderKind::Account)
    }

    fn characters(&mut self, ids: &BTreeSet<u64>) -> Result<Vec<Holder>, StoreError> {
        let sql = |ids: &str| format!("SELECT id, account, name FROM character WHERE id IN ({ids})");
        self.holders(ids, sql, HolderKind::Character)
    }
}

fn gold_line(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line {
        lsn: number(row, 0)?,
        n: row.get(1)?,
        item: 0,
        kind: 0,
        from: number(row, 2)?,
        to: number(row, 3)?,
        amount: row.get(4)?,
        reason: row.get(5)?,
        wall_ms: number(row, 6)?,
    })
}

fn goods_line(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line { item: number(row, 7)?, kind: row.get(8)?, ..gold_line(row)? })
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

/// As of a ledger's line, and which things.
const GOODS: &str = "lsn, n, from_holder, to_holder, quantity, reason, wall_ms, item, kind";
const HALF: i64 = 1_000_000;
const CACHE_KIB: i64 = 4 * 1024;
