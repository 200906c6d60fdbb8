//! The audit of a database: every rule about gold and things that a prefix of the journal keeps, each one query in
//! plain SQL. Reads in one transaction and changes nothing, so that it may look at a database which is in use. Knows
//! tables as `docs/TABLES.md` describes them, not the code that writes them.

mod gold;
mod histories;
mod items;
mod people;
mod records;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, path::Path};

use rusqlite::{Connection, OpenFlags};
use serde::Serialize;

use crate::error::Error;

/// One thing that must hold.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable.
    pub name: &'static str,
    /// In a sentence.
    pub says: &'static str,
    /// A row of one text for each violation.
    sql: &'static str,
}

/// One thing that must not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// Where, for people.
    pub what: String,
}

/// What an audit saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// The record that the database had been brought to.
    pub lsn: u64,
    /// Rows that were compared.
    pub counts: Counts,
    /// What players were told, if that was asked for.
    pub told: Vec<Told>,
    /// Violations of every rule, 0 where it holds.
    pub rules: BTreeMap<&'static str, u64>,
    /// The first [`FINDINGS_MAX`] of each rule.
    pub findings: Vec<Finding>,
}

/// So often players were told this of a deed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// As in the log: `shop_buy` and so on.
    pub deed: String,
    /// As in the log: `ok` and so on.
    pub outcome: String,
    /// Why it was refused, else empty.
    pub code: String,
    /// Lines.
    pub count: u64,
}

/// How much there was to compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rows.
    pub accounts: u64,
    /// Rows, with those that can be restored.
    pub characters: u64,
    /// Rows.
    pub items: u64,
    /// Rows.
    pub letters: u64,
    /// Rows.
    pub ledger_lines: u64,
    /// Rows.
    pub goods_lines: u64,
    /// Records in which two traded.
    pub trades: u64,
    /// Letters that were ever sent with gold or things.
    pub letters_filled: u64,
    /// In wallets, letters and pots of matches.
    pub gold: i128,
}

impl Audit {
    /// True if nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations() == 0
    }

    /// Of all rules together.
    #[must_use]
    pub fn violations(&self) -> u64 {
        self.rules.values().sum()
    }
}

impl Counts {
    /// Of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let Self { accounts, characters, items, letters, ledger_lines, goods_lines, .. } = self;
        accounts + characters + items + letters + ledger_lines + goods_lines
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { accounts, characters, items, letters, ledger_lines, goods_lines, gold, .. } =
            self.counts;
        let Counts { trades, letters_filled, .. } = self.counts;
        writeln!(
            f,
            "at record {}: {accounts} accounts with {gold} gold, {characters} characters, {items} items, \
             {letters} letters, {ledger_lines} ledger lines, {goods_lines} lines of goods; {trades} trades, \
             {letters_filled} letters with gold or things",
            self.lsn
        )?;
        for (rule, count) in self.rules.iter().filter(|(_, count)| 0 < **count) {
            let says =
                rules().chain(rules_told()).find(|known| known.name == *rule).map_or("", |known| known.says);
            writeln!(f, "VIOLATED {rule} × {count}: {says}")?;
            for finding in self.findings.iter().filter(|finding| finding.rule == *rule) {
                writeln!(f, "  {}", finding.what)?;
            }
        }
        let (rules, rows) = (self.rules.len(), self.counts.rows());
        write!(f, "{rules} rules over {rows} rows: {} violations", self.violations())
    }
}

/// Every rule about a database alone, in the order of the audit.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [items::RULES, gold::RULES, people::RULES, records::RULES].into_iter().flatten()
}

/// The further rules about what players were told.
pub fn rules_told() -> impl Iterator<Item = &'static Rule> {
    histories::RULES.iter()
}

/// Judges a database.
///
/// # Errors
/// [`Error::Sqlite`]: it cannot be read, or its tables are not those that the rules are about.
pub fn audit(path: &Path) -> Result<Audit, Error> {
    look(path, None)
}

/// Judges a database beside the log of the bots that were its only players, see `bot`'s `deal`.
///
/// # Errors
/// As [`audit`], and [`Error::Io`] with the log.
pub fn audit_told(path: &Path, log: &Path) -> Result<Audit, Error> {
    look(path, Some(log))
}

fn look(path: &Path, log: Option<&Path>) -> Result<Audit, Error> {
    let what = "auditing the database";
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags).map_err(Error::sqlite(what))?;
    // One snapshot for all rules, whoever writes meanwhile.
    let db = db.transaction().map_err(Error::sqlite(what))?;
    db.execute_batch(WORK_TABLES).map_err(Error::sqlite(what))?;
    let mut audit = Audit { counts: count(&db).map_err(Error::sqlite(what))?, ..Audit::default() };
    audit.lsn = number(&db, "SELECT lsn FROM main.journal_cursor").map_err(Error::sqlite(what))?;
    let mut told = None;
    if let Some(log) = log {
        histories::load(&db, log)?;
        audit.told = histories::count(&db).map_err(Error::sqlite(what))?;
        told = Some(rules_told());
    }
    for rule in rules().chain(told.into_iter().flatten()) {
        judge(&db, rule, &mut audit).map_err(|source| Error::Rule { rule: rule.name, source })?;
    }
    Ok(audit)
}

fn judge(db: &Connection, rule: &Rule, audit: &mut Audit) -> Result<(), rusqlite::Error> {
    let count = audit.rules.entry(rule.name).or_default();
    let mut statement = db.prepare(rule.sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if *count < FINDINGS_MAX {
            audit.findings.push(Finding { rule: rule.name, what: row.get(0)? });
        }
        *count += 1;
    }
    Ok(())
}

fn count(db: &Connection) -> Result<Counts, rusqlite::Error> {
    let rows = |table| number(db, &format!("SELECT COUNT(*) FROM {table}"));
    // In two halves, for all gold together may be more than a number holds.
    let gold = "SELECT coalesce(SUM(gold / 1000000), 0), coalesce(SUM(gold % 1000000), 0)
        FROM (SELECT gold FROM main.wallet UNION ALL SELECT gold FROM main.mail
            UNION ALL SELECT gold FROM main.room_stake)";
    let (high, low) = db.query_row(gold, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    Ok(Counts {
        accounts: rows("main.account")?,
        characters: rows("main.character")?,
        items: rows("main.item")?,
        letters: rows("main.mail")?,
        ledger_lines: rows("main.ledger")?,
        goods_lines: rows("main.goods_log")?,
        trades: rows(
            "(SELECT lsn FROM goods_move WHERE reason = 6 UNION SELECT lsn FROM gold_move WHERE reason = 6)",
        )?,
        letters_filled: rows(
            "(SELECT to_holder FROM main.goods_log WHERE reason = 7 \
             UNION SELECT to_account FROM main.ledger WHERE reason = 7)",
        )?,
        gold: i128::from(high) * 1_000_000 + i128::from(low),
    })
}

fn number(db: &Connection, sql: &str) -> Result<u64, rusqlite::Error> {
    db.query_row(sql, [], |row| row.get(0)).map(i64::cast_unsigned)
}

const WORK_TABLES: &str = include_str!("audit/work_tables.sql");
/// Violations of a rule that an audit spells out.
pub const FINDINGS_MAX: u64 = 10;
