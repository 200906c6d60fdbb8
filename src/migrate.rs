//! `ding init` founds a world; `ding migrate` shows what has to be changed of the database's tables, and does it.
//! Both while nobody serves.

use std::io::Write;

use crate::{
    args::operate::{Init, Migrate},
    data::{self, DataFolder, Lock},
    exit::Failure,
    load::load,
    roles::{self, Role},
    serve,
};

/// What would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Of the database; 0 before the first migration.
    pub stored: u32,
    /// Of this build.
    pub needed: u32,
    /// Head and SQL of each, in order.
    pub pending: Vec<(String, &'static str)>,
}

/// Founds a world where there is none.
///
/// # Errors
/// The named stop of who runs, or of journal and database.
pub fn init(args: &Init) -> Result<(), Failure> {
    let loaded = load(&args.source)?;
    data::keep_private();
    let folder = DataFolder::open(&args.source.data)?;
    let _lock =
        Lock::take(&folder.role_lock(Role::Dbfront)).map_err(|error| serve::held(Role::Dbfront, &error))?;
    let is_new = roles::init_store(&loaded.config).map_err(|stop| serve::failure(&stop))?;
    say(if is_new { "a world was founded\n" } else { "there is a world already: nothing to do\n" });
    Ok(())
}

/// Shows, and unless it is a dry run, migrates.
///
/// # Errors
/// The named stop of who runs, or of the database.
pub fn migrate(args: &Migrate) -> Result<(), Failure> {
    let loaded = load(&args.source)?;
    let folder = DataFolder::existing(&args.source.data);
    let Some(plan) = roles::plan_of_store(&loaded.config).map_err(|stop| serve::failure(&stop))? else {
        say("there is no world yet: `ding init` or the first start makes it as this build needs it\n");
        return Ok(());
    };
    say(&text(&plan));
    if args.dry_run || plan.pending.is_empty() {
        return Ok(());
    }
    data::keep_private();
    let _lock =
        Lock::take(&folder.role_lock(Role::Dbfront)).map_err(|error| serve::held(Role::Dbfront, &error))?;
    let migrated = roles::migrate_store(&loaded.config, !args.no_backup);
    let (ran, backup) = migrated.map_err(|stop| serve::failure(&stop))?;
    if let Some(backup) = backup {
        say(&format!("before that a backup was made: {}\n", backup.display()));
    }
    say(&format!("migrated: {ran} of them ran, the database has schema {}\n", plan.needed));
    Ok(())
}

fn text(plan: &Plan) -> String {
    let mut text = format!("the database has schema {}, this build needs {}\n", plan.stored, plan.needed);
    if plan.pending.is_empty() {
        text.push_str("nothing to do\n");
    }
    for (head, sql) in &plan.pending {
        text.push_str(&format!("\n-- {head}\n{}\n", sql.trim_end()));
    }
    text
}

fn say(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_shows_the_sql_of_what_is_missing() {
        let none = Plan { stored: 2, needed: 2, pending: Vec::new() };
        assert_eq!(text(&none), "the database has schema 2, this build needs 2\nnothing to do\n");
        let pending = vec![("2 characters".to_owned(), "CREATE TABLE a (b);\n\n")];
        let one = Plan { stored: 1, needed: 2, pending };
        assert_eq!(
            text(&one),
            "the database has schema 1, this build needs 2\n\n-- 2 characters\nCREATE TABLE a (b);\n"
        );
    }
}
