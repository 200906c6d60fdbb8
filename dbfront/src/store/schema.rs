//! Numbered migrations, compiled in, the same in each dialect; what is missing of them in a database, and
//! whether this build may use it (M1, M2). Changing a table is a new file each, never an edit of an old one.
//! Knows no connection.

use super::StoreError;

/// One change of the tables, in both dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    /// A word for people.
    pub name: &'static str,
    /// Run in one transaction, which undoes it when it is cut off.
    pub sqlite: &'static str,
    /// Statements that can all be run again.
    pub mysql: &'static str,
}

macro_rules! script {
    ($name:literal, $file:literal) => {
        Script {
            name: $name,
            sqlite: include_str!(concat!("schema/sqlite/", $file)),
            mysql: include_str!(concat!("schema/mysql/", $file)),
        }
    };
}

/// All migrations; a number is position + 1.
pub const SCRIPTS: &[Script] = &[
    script!("first_tables", "0001_first_tables.sql"),
    script!("characters_and_goods", "0002_characters_and_goods.sql"),
    script!("staff_log", "0003_staff_log.sql"),
    script!("blocks_and_reports", "0004_blocks_and_reports.sql"),
    script!("rooms", "0005_rooms.sql"),
    script!("switches", "0006_switches.sql"),
    script!("campaigns", "0007_campaigns.sql"),
    script!("notes_and_deeds", "0008_notes_and_deeds.sql"),
    script!("gold_by_hour", "0009_gold_by_hour.sql"),
];

/// The schema that this build needs.
pub const LAST: u32 = 9;

const _: () = assert!(SCRIPTS.len() == LAST as usize);

/// What a database says of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which.
    pub number: u32,
    /// It ended, too.
    pub is_finished: bool,
}

/// The schema of a database, and what a migration would make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Of the database; 0 before the first migration.
    pub stored: u32,
    /// Of this build.
    pub needed: u32,
    /// What would run, in order.
    pub pending: Vec<Migration>,
}

/// One change that would run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// From 1.
    pub number: u32,
    /// A word for people.
    pub name: &'static str,
    /// In the database's dialect.
    pub sql: &'static str,
    /// It began and did not end.
    pub is_begun: bool,
}

/// What would have to run in a database with these marks.
///
/// # Errors
/// [`StoreError::SchemaTooNew`].
pub fn plan(marks: &[Mark], dialect: fn(&Script) -> &'static str) -> Result<Plan, StoreError> {
    let state = |number| marks.iter().find(|mark| mark.number == number).map(|mark| mark.is_finished);
    if let Some(got) = marks.iter().map(|mark| mark.number).max().filter(|&got| LAST < got) {
        return Err(StoreError::SchemaTooNew { got, need: LAST });
    }
    let finished = marks.iter().filter(|mark| mark.is_finished).map(|mark| mark.number).max();
    let pending = (1..=LAST).zip(SCRIPTS).filter(|(number, _)| state(*number) != Some(true));
    let pending = pending.map(|(number, script)| Migration {
        number,
        name: script.name,
        sql: dialect(script),
        is_begun: state(number) == Some(false),
    });
    Ok(Plan { stored: finished.unwrap_or(0), needed: LAST, pending: pending.collect() })
}

/// Refuses a database that is not exactly of this build's schema.
///
/// # Errors
/// [`StoreError::SchemaTooNew`], [`StoreError::MigrationDirty`], [`StoreError::SchemaTooOld`].
pub fn check(marks: &[Mark]) -> Result<(), StoreError> {
    let plan = plan(marks, |script| script.name)?;
    if let Some(begun) = plan.pending.iter().find(|one| one.is_begun) {
        return Err(StoreError::MigrationDirty { number: begun.number });
    }
    match plan.pending.first() {
        None => Ok(()),
        Some(first) => Err(StoreError::SchemaTooOld { got: first.number - 1, need: LAST }),
    }
}
