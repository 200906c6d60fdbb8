//! People's questions about gold and things, on a connection of their own: one snapshot of the server's.

use std::collections::BTreeSet;

use mysql_async::{Row, Value as Bound};
use proto::ids::Lsn;

use super::{
    Lock, PUBLISHED,
    failure::away,
    read_cursor,
    session::{self, Session},
};
use crate::{
    logic::trail::Line,
    store::{
        StoreError,
        books::{Books, Holder, HolderKind, IDS_MAX, Pile, Place, Rich, Stock, listed},
        hours::{HourKey, HourSum},
    },
};

/// See the module.
pub(super) struct MysqlBooks {
    session: Session,
    lsn: Lsn,
}

impl MysqlBooks {
    pub(super) fn open(mut session: Session) -> Result<Self, StoreError> {
        session.run(BEGIN).map_err(|error| away(&error))?;
        let lsn = read_cursor(&mut session, PUBLISHED, Lock::None)?.lsn;
        Ok(Self { session, lsn })
    }

    /// Rows of an answer, each read by `read`.
    fn ask<T>(
        &mut self,
        sql: &str,
        values: Vec<Bound>,
        read: impl Fn(&Row) -> Option<T>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.session.rows(sql, values).map_err(|error| away(&error))?;
        let read: Option<Vec<T>> = rows.iter().map(read).collect();
        read.ok_or_else(|| StoreError::Unsafe {
            what: "a sum or a line is not of the expected form".to_owned(),
        })
    }

    fn pile(&mut self, table: &str) -> Result<Pile, StoreError> {
        let sql = format!("SELECT COALESCE(SUM(`gold`), 0), COUNT(*) FROM `{table}`");
        let piles =
            self.ask(&sql, Vec::new(), |row| Some(Pile { gold: whole(row, 0)?, holders: number(row, 1)? }))?;
        Ok(piles.first().copied().unwrap_or_default())
    }

    fn holders(
        &mut self,
        ids: &BTreeSet<u64>,
        sql: fn(&str) -> String,
        what: HolderKind,
    ) -> Result<Vec<Holder>, StoreError> {
        let ids: Vec<u64> = ids.iter().copied().collect();
        let mut found = Vec::new();
        for chunk in ids.chunks(IDS_MAX) {
            found.extend(self.ask(&sql(&listed(chunk)), Vec::new(), |row| {
                let (id, account) = (number(row, 0)?, number(row, 1)?);
                Some(Holder { id, what, name: session::text(row, 2), account })
            })?);
        }
        Ok(found)
    }
}

impl Books for MysqlBooks {
    fn lsn(&self) -> Lsn {
        self.lsn
    }

    fn hours(&mut self, since_ms: i64, rows_max: u32) -> Result<Vec<(HourKey, HourSum)>, StoreError> {
        let sql = "SELECT `hour_ms`, `reason`, `gold_in`, `gold_out`, `gold_moved`, `lines` FROM `gold_hour` \
                   WHERE `hour_ms` >= ? ORDER BY `hour_ms`, `reason` LIMIT ?";
        self.ask(sql, vec![since_ms.into(), rows_max.into()], |row| {
            let int = |column| session::int(row, column);
            let key = HourKey { hour_ms: int(0)?, reason: int(1)? };
            Some((key, HourSum { gold_in: int(2)?, gold_out: int(3)?, gold_moved: int(4)?, lines: int(5)? }))
        })
    }

    fn gold_before(&mut self, until_ms: i64) -> Result<i128, StoreError> {
        let sql = "SELECT COALESCE(SUM(`gold_in`), 0), COALESCE(SUM(`gold_out`), 0) FROM `gold_hour` \
                   WHERE `hour_ms` < ?";
        let sums = self.ask(sql, vec![until_ms.into()], |row| Some(whole(row, 0)? - whole(row, 1)?))?;
        Ok(sums.first().copied().unwrap_or_default())
    }

    fn stock(&mut self) -> Result<Stock, StoreError> {
        let (wallets, letters, pots) = (self.pile("wallet")?, self.pile("mail")?, self.pile("room_stake")?);
        Ok(Stock { wallets, letters, pots })
    }

    fn richest(&mut self, rows_max: u32) -> Result<Vec<Rich>, StoreError> {
        let sql = "SELECT w.`account`, a.`name`, w.`gold` FROM (SELECT `account`, `gold` FROM `wallet` \
                   WHERE 0 < `gold` ORDER BY `gold` DESC, `account` LIMIT ?) AS w \
                   LEFT JOIN `account` AS a ON a.`id` = w.`account` ORDER BY w.`gold` DESC, w.`account`";
        self.ask(sql, vec![rows_max.into()], |row| {
            Some(Rich { account: number(row, 0)?, name: session::text(row, 1), gold: session::int(row, 2)? })
        })
    }

    // Spelled out column by column, for only so does the server begin at the right place of the index.
    fn gold_lines(&mut self, after: Place, rows_max: u32) -> Result<Vec<Line>, StoreError> {
        let sql = "SELECT `lsn`, `n`, `from_account`, `to_account`, `amount`, `reason`, `wall_ms` FROM `ledger` \
                   WHERE (`lsn` = ? AND `n` > ?) OR `lsn` > ? ORDER BY `lsn`, `n` LIMIT ?";
        let values = vec![after.0.into(), after.1.into(), after.0.into(), rows_max.into()];
        self.ask(sql, values, gold_line)
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
            "SELECT `lsn`, `n`, `from_account`, `to_account`, `amount`, `reason`, `wall_ms` FROM `ledger` \
             WHERE ((`lsn` = ? AND `n` > ?) OR `lsn` > ?) AND `lsn` <= ? AND `from_account` IN ({}) \
             ORDER BY `lsn`, `n` LIMIT ?",
            listed(&givers)
        );
        let values = vec![after.0.into(), after.1.into(), after.0.into(), to_lsn.into(), rows_max.into()];
        self.ask(&sql, values, gold_line)
    }

    fn item_lines(&mut self, item: u64, after: Place, rows_max: u32) -> Result<Vec<Line>, StoreError> {
        let sql = format!(
            "SELECT {GOODS} FROM `goods_log` WHERE `item` = ? AND ((`lsn` = ? AND `n` > ?) OR `lsn` > ?) \
             ORDER BY `lsn`, `n` LIMIT ?"
        );
        let values = vec![item.into(), after.0.into(), after.1.into(), after.0.into(), rows_max.into()];
        self.ask(&sql, values, goods_line)
    }

    fn arranged_lines(&mut self, lsn: u64) -> Result<Vec<Line>, StoreError> {
        let sql =
            format!("SELECT {GOODS} FROM `goods_log` WHERE `lsn` = ? AND `reason` = 14 ORDER BY `lsn`, `n`");
        self.ask(&sql, vec![lsn.into()], goods_line)
    }

    fn accounts(&mut self, ids: &BTreeSet<u64>) -> Result<Vec<Holder>, StoreError> {
        let sql = |ids: &str| format!("SELECT `id`, `id`, `name` FROM `account` WHERE `id` IN ({ids})");
        self.holders(ids, sql, HolderKind::Account)
    }

    fn characters(&mut self, ids: &BTreeSet<u64>) -> Result<Vec<Holder>, StoreError> {
        let sql =
            |ids: &str| format!("SELECT `id`, `account`, `name` FROM `character` WHERE `id` IN ({ids})");
        self.holders(ids, sql, HolderKind::Character)
    }
}

fn gold_line(row: &Row) -> Option<Line> {
    let small = |column| u32::try_from(session::int(row, column)?).ok();
    Some(Line {
        lsn: number(row, 0)?,
        n: small(1)?,
        item: 0,
        kind: 0,
        from: number(row, 2)?,
        to: number(row, 3)?,
        amount: session::int(row, 4)?,
        reason: small(5)?,
        wall_ms: number(row, 6)?,
    })
}

fn goods_line(row: &Row) -> Option<Line> {
    let kind = u32::try_from(session::int(row, 8)?).ok()?;
    Some(Line { item: number(row, 7)?, kind, ..gold_line(row)? })
}

fn number(row: &Row, column: usize) -> Option<u64> {
    session::int(row, column).map(i64::cast_unsigned)
}

/// A sum, which a server tells in decimal digits.
fn whole(row: &Row, column: usize) -> Option<i128> {
    match session::bytes(row, column) {
        Some(digits) => std::str::from_utf8(digits).ok()?.parse().ok(),
        None => session::int(row, column).map(i128::from),
    }
}

const BEGIN: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
/// As of a ledger's line, and which things.
const GOODS: &str = "`lsn`, `n`, `from_holder`, `to_holder`, `quantity`, `reason`, `wall_ms`, `item`, `kind`";
