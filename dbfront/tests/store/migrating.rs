//! A migration that is cut off behind any of its steps is known by its marks, finished by the next one, and has
//! changed nothing that was there; and before it, the world was copied.

use std::fs;

use dbfront::{
    backup::{check, restore},
    look::{self, Before},
    store::{hours::TABLE as GOLD_HOUR, schema::LAST, world_file::WorldFile},
};
use proto::tables::Table;

use crate::{
    backup_story::{Story, config, found_in, play, told_by},
    home::Home,
    needs::is_met,
    tmpfs::Tmpfs,
    world::{World, delete, ledger, wallet},
};

/// Of the first schema.
const FIRST: [Table; 4] = [Table::Account, Table::Name, Table::Wallet, Table::Ledger];

/// Makes of a database what the first version would have left.
fn downgrade(home: &Home) {
    let quote = if matches!(home, Home::File(_)) { '"' } else { '`' };
    for table in Table::ALL.iter().filter(|table| !FIRST.contains(table)) {
        home.sql(&format!("DROP TABLE IF EXISTS {quote}{}{quote}", table.def().name));
    }
    home.sql(&format!("DROP TABLE IF EXISTS {GOLD_HOUR}"));
    home.sql("DELETE FROM migration WHERE number > 1");
    home.sql("UPDATE journal_cursor SET schema_version = 1");
}

fn cut_off(home: &Home) {
    let mut world = World::new(home.database());
    world.apply((1..=40).map(|account| wallet(account, account, 7, 1)).collect()).expect("applied");
    world.apply(vec![delete(41, 3, 2), ledger(42, 0), wallet(43, 4, 8, 2)]).expect("applied");
    let rows = |table| world.all(table);
    let before = FIRST.map(rows);
    let archive = home.archive();
    let mut cuts = 0;
    loop {
        downgrade(home);
        let mut left = cuts;
        let mut last = None;
        let ran = archive.migrate_by_steps(&mut |step| {
            last = Some(step);
            let goes_on = left != 0;
            left -= usize::from(goes_on);
            goes_on
        });
        if ran.is_ok() {
            break;
        }
        cuts += 1;
        let is_whole = last
            .is_some_and(|step| step.number == LAST && step.done == dbfront::store::archive::Done::Finished);
        let code = archive.connect().err().map(|error| error.code());
        let expected: &[_] = match is_whole {
            true => &[None],
            false => &[Some("MIGRATION_DIRTY"), Some("SCHEMA_TOO_OLD")],
        };
        assert!(expected.contains(&code), "{code:?} after {last:?}");
        // A server may not have noticed yet that the one before is gone.
        while archive.migrate().is_err_and(|error| error.passes()) {}
        assert_eq!(archive.plan().expect("a plan").pending, [], "after {last:?}");
        drop(archive.connect().expect("as the definition has it"));
        assert_eq!(archive.look_at_cursor().expect("a cursor").schema, LAST);
        assert_eq!(FIRST.map(rows), before, "after {last:?}");
    }
    assert!(3 * 4 <= cuts, "only {cuts} cuts");
}

#[test]
fn a_migration_of_a_file_is_cut_off_behind_each_step_and_finished() {
    cut_off(&Home::file());
}

#[test]
fn a_migration_on_a_server_is_cut_off_behind_each_step_and_finished() {
    if let Some(home) = Home::server() {
        cut_off(&home);
    }
}

#[test]
fn a_file_is_copied_beside_itself_before_its_tables_change_and_two_copies_stay() {
    let home = Home::file();
    drop(World::new(home.database()));
    let Home::File(folder) = &home else { return };
    fs::write(folder.path().join("game.db.schema-0"), "").expect("written");
    assert_eq!(home.archive().migrate(), Ok(0));
    assert!(!folder.path().join("game.db.schema-5").exists(), "nothing changed");
    downgrade(&home);
    assert_eq!(home.archive().migrate(), Ok(LAST - 1));
    let kept = |schema: u32| folder.path().join(format!("game.db.schema-{schema}"));
    let world = WorldFile::open(&kept(1)).expect("a copy");
    assert_eq!((world.cursor().expect("a cursor").schema, world.tables().expect("tables").len()), (1, 4));
    home.sql(&format!("DELETE FROM migration WHERE number = {LAST}"));
    home.sql(&format!("DROP TABLE {GOLD_HOUR}"));
    assert_eq!(home.archive().migrate(), Ok(1));
    assert!(kept(LAST - 1).exists() && kept(1).exists() && !kept(0).exists());
}

/// Whoever tries again must not fill the disk that the journal is on, too.
#[test]
fn a_migration_without_space_for_the_copy_before_it_changes_nothing_and_leaves_nothing() {
    let home = Home::file();
    let Home::File(folder) = &home else { return };
    let mounted = Tmpfs::mount(folder.path(), 8);
    let why = mounted.as_ref().err().map(|why| format!("no rights to mount: {why}"));
    let (true, Ok(disk)) = (is_met(why, false), mounted) else { return };
    let mut world = World::new(home.database());
    world.apply(vec![wallet(1, 1, 7, 1)]).expect("applied");
    let before = world.all(Table::Wallet);
    downgrade(&home);
    disk.fill().expect("nothing left");
    let error = home.archive().migrate().expect_err("no space");
    assert!(error.passes() && error.to_string().contains("no space is left for the copy"), "{error}");
    let names = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("one").file_name());
    let left: Vec<_> = names.filter(|name| name.to_string_lossy().contains("schema-")).collect();
    assert!(left.is_empty(), "{left:?}");
    disk.free().expect("some left");
    assert_eq!(home.archive().migrate(), Ok(LAST - 1));
    assert!(folder.path().join("game.db.schema-1").exists());
    assert_eq!(world.all(Table::Wallet), before);
}

#[test]
fn a_world_on_a_server_is_backed_up_before_its_tables_change_and_restored_at_this_schema() {
    let Some(home) = Home::server() else { return };
    let mut story = Story::begun(1_000);
    story.pays(&[(0, 10), (1, 20)]);
    play(&home, &story, usize::MAX);
    downgrade(&home);
    let config_here = config(&home);
    let (ran, made) = look::migrate(&config_here, Before::Copy).expect("migrated");
    let made = made.expect("a backup");
    assert_eq!(ran, LAST - 1);
    assert_eq!(check(&made).expect("whole").cursor.schema, 1);
    let file = Home::file();
    restore(&config(&file), &made, None).expect("restored");
    assert_eq!(found_in(&file), told_by(&story, story.records));
    assert_eq!(look::migrate(&config_here, Before::Copy).expect("nothing to do"), (0, None));
    // Cut off, it is not made again.
    let dirty = format!("UPDATE migration SET finished = 0 WHERE number = {LAST}");
    home.sql(&dirty);
    assert!(look::migrate(&config_here, Before::Copy).expect("migrated").1.is_some());
    home.sql(&dirty);
    assert_eq!(look::migrate(&config_here, Before::Copy).expect("migrated"), (1, None));
    home.sql(&dirty);
    assert_eq!(look::migrate(&config_here, Before::Nothing).expect("migrated"), (1, None));
}
