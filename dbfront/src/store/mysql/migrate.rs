//! Migrations on a server that takes no change of tables back: each is marked begun before and finished
//! after, and can be run again (M1). One at a time, whoever asks.

use super::{
    failure::away,
    session::{self, Session},
};
use crate::store::{
    StoreError,
    archive::{Done, GoesOn, ask},
    schema::{Mark, Migration, plan},
};

/// Runs what is not finished; returns how many.
pub(super) fn run(session: &mut Session, goes_on: GoesOn<'_>) -> Result<u32, StoreError> {
    let locked = session.rows(LOCK, Vec::new()).map_err(|error| away(&error))?;
    if locked.first().and_then(|row| session::int(row, 0)) != Some(1) {
        return Err(StoreError::Transient { detail: "somebody else changes its tables now".to_owned() });
    }
    session.run(MARKS).map_err(|error| away(&error))?;
    // Rows are copied while a table changes: that takes as long as it takes.
    session.wait_for_ever();
    let mut ran = 0;
    for migration in plan(&marks(session)?, |script| script.mysql)?.pending {
        run_one(session, &migration, goes_on)?;
        ran += 1;
    }
    session.run(UNLOCK).map_err(|error| away(&error))?;
    Ok(ran)
}

/// Every step of it can be done again, wherever it was cut off.
fn run_one(session: &mut Session, migration: &Migration, goes_on: GoesOn<'_>) -> Result<(), StoreError> {
    let number = migration.number;
    session
        .exec(
            "INSERT INTO `migration` (`number`, `name`, `finished`) VALUES (?, ?, 0) \
             ON DUPLICATE KEY UPDATE `name` = VALUES(`name`)",
            vec![number.into(), migration.name.into()],
        )
        .map_err(|error| away(&error))?;
    ask(goes_on, number, Done::Begun)?;
    for (statement, count) in statements(migration.sql).iter().zip(1..) {
        session.run(statement).map_err(|error| away(&error))?;
        ask(goes_on, number, Done::Statements(count))?;
    }
    session
        .exec("UPDATE `journal_cursor` SET `schema_version` = ?", vec![number.into()])
        .map_err(|error| away(&error))?;
    ask(goes_on, number, Done::Versioned)?;
    session
        .exec("UPDATE `migration` SET `finished` = 1 WHERE `number` = ?", vec![number.into()])
        .map_err(|error| away(&error))?;
    ask(goes_on, number, Done::Finished)
}

/// A script's statements one by one; none of ours has a semicolon inside.
fn statements(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let code = code.join("\n");
    code.split(';').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// Refuses to found a world among the tables of somebody else.
pub(super) fn check_is_ours(session: &mut Session) -> Result<(), StoreError> {
    let is_ours = session.has_table("migration").map_err(|error| away(&error))?;
    let sql = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() LIMIT 1";
    let others = session.rows(sql, Vec::new()).map_err(|error| away(&error))?;
    match others.first() {
        Some(row) if !is_ours => Err(StoreError::Unsafe {
            what: format!(
                "it holds tables that are not of Ding, `{}` for one: give Ding a database of its own",
                session::text(row, 0)
            ),
        }),
        _ => Ok(()),
    }
}

/// Which migrations began here, and whether they finished.
pub(super) fn marks(session: &mut Session) -> Result<Vec<Mark>, StoreError> {
    let rows = session.rows("SELECT `number`, `finished` FROM `migration` ORDER BY `number`", Vec::new());
    let rows = rows.map_err(|error| away(&error))?;
    let mark = |row| {
        let number = session::int(row, 0).and_then(|number| u32::try_from(number).ok())?;
        Some(Mark { number, is_finished: session::int(row, 1) == Some(1) })
    };
    Ok(rows.iter().filter_map(mark).collect())
}

const MARKS: &str = "CREATE TABLE IF NOT EXISTS `migration` (`number` INT NOT NULL, `name` VARCHAR(64) NOT NULL, \
                     `finished` INT NOT NULL, PRIMARY KEY (`number`)) \
                     ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
/// Held by the connection, which may be lost with it.
const LOCK: &str = "SELECT GET_LOCK(CONCAT('ding.', SHA1(DATABASE())), 0)";
const UNLOCK: &str = "DO RELEASE_LOCK(CONCAT('ding.', SHA1(DATABASE())))";
