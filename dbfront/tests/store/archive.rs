//! A world out of each kind of database into a file, and from there into each kind: the same rows, whichever way.

use std::{collections::BTreeMap, path::Path};

use dbfront::store::{
    Cursor, Presence,
    archive::{Copied, CopyError},
    world_file::WorldFile,
};
use proto::{link::Value, tables::Table};

use crate::{
    home::Home,
    world::{World, delete, ledger, made, thing, wallet},
};

/// All that is in a world's file, by table.
fn told(file: &Path) -> (Cursor, BTreeMap<String, Vec<Vec<Value>>>) {
    let world = WorldFile::open(file).expect("opens");
    let tables = world.tables().expect("tables");
    // And the sums of the ledger's hours, which no record writes.
    assert_eq!(tables.len(), Table::ALL.len() + 1);
    let rows = tables
        .iter()
        .map(|table| (table.name.clone(), world.rows(table, None, usize::MAX >> 1).expect("rows")));
    (world.cursor().expect("a cursor"), rows.collect())
}

/// Some rows of several kinds, more of one than any step takes.
fn fill(world: &mut World) {
    let many = (1..=3_000).map(|account| wallet(account, account, 1, 1)).collect();
    world.apply(many).expect("applied");
    world.apply(vec![delete(3_001, 7, 2), wallet(3_002, 8, 5, 2), ledger(3_002, 0)]).expect("applied");
    world.apply((3_003..3_303).map(|lsn| made(lsn, &thing(lsn % 7, lsn, 3), 1)).collect()).expect("applied");
}

fn ways(from: &Home, to: &Home) {
    let mut world = World::new(from.database());
    fill(&mut world);
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (folder.path().join("first.db"), folder.path().join("second.db"));
    let mut steps: Vec<Copied> = Vec::new();
    from.archive()
        .copy_to(&first, &mut |copied| {
            steps.push(copied);
            true
        })
        .expect("copied");
    assert!(steps.is_sorted_by_key(|step| step.bytes), "{steps:?}");
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("a folder").count(),
        1,
        "one file and nothing beside it"
    );
    let (cursor, rows) = told(&first);
    assert_eq!(cursor, world.cursor);
    assert_eq!(rows["wallet"].len(), 2_999);
    assert_eq!((rows["item"].len(), rows["ledger"].len()), (300, 1));

    let target = to.archive();
    assert!(target.is_blank().expect("nothing there"));
    let loaded = target.load(&first, [9; 16], &mut |_| true).expect("loaded");
    assert_eq!(loaded, Cursor { journal: [9; 16], ..cursor });
    assert_eq!(target.presence(), Ok(Presence::Prepared), "no start takes it for a world");
    assert!(!target.is_blank().expect("loaded"));
    // Cut off here and begun again.
    target.discard().expect("forgotten");
    assert!(target.is_blank().expect("nothing there"));
    let stopped = target.load(&first, [9; 16], &mut |_| false);
    assert_eq!(stopped, Err(CopyError::Stopped));
    target.discard().expect("forgotten");
    target.load(&first, [9; 16], &mut |_| true).expect("loaded");
    let mut store = target.connect_prepared().expect("connects");
    assert_eq!(store.cursor(), Ok(loaded));
    store.checkpoint().expect("folded");
    drop(store);
    target.publish().expect("published");
    assert_eq!(target.discard().map_err(|error| error.code()), Err("DB_UNSAFE_SETTINGS"));
    target.copy_to(&second, &mut |_| true).expect("copied again");
    let (again, same) = told(&second);
    assert_eq!(again, loaded);
    assert_eq!(same, rows);
}

#[test]
fn a_world_moves_from_a_file_to_a_file() {
    ways(&Home::file(), &Home::file());
}

#[test]
fn a_world_moves_from_a_file_to_a_server_and_back() {
    let Some(server) = Home::server() else { return };
    ways(&Home::file(), &server);
    server.clear();
    ways(&server, &Home::file());
}

#[test]
fn a_copy_through_the_applying_connection_is_of_its_last_moment() {
    let home = Home::file();
    let mut world = World::new(home.database());
    fill(&mut world);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("world.db");
    // More than one step copies.
    let first = world.cursor.lsn.0 + 1;
    world.apply((first..first + 30_000).map(|lsn| ledger(lsn, 0)).collect()).expect("applied");
    let mut cursor = world.cursor;
    let mut store = world.database.connect().expect("connects");
    let mut steps = 0;
    let copied = store.copy_to(&file, &mut |apply, _| {
        steps += 1;
        // Rows of pages that were copied and of pages that were not, and new ones.
        let lsn = cursor.lsn.0 + 1;
        world.cursor = cursor;
        let batch =
            world.batch(vec![wallet(lsn, 1, 1_000 + steps, 1 + steps.cast_unsigned()), ledger(lsn, 9)]);
        apply(&batch).expect("applied");
        cursor = batch.to;
        true
    });
    assert_eq!(copied, Some(Ok(())));
    drop(store);
    WorldFile::fold(&file).expect("folded");
    let (stands, rows) = told(&file);
    assert_eq!(stands, cursor);
    assert_eq!(rows["ledger"].len(), 30_001 + usize::try_from(steps).expect("few"));
    world.cursor = cursor;
    let there: Vec<Vec<Value>> = world
        .all(Table::Wallet)
        .iter()
        .map(|found| found.row.iter().cloned().chain([proto::tables::int(found.ver.cast_signed())]).collect())
        .collect();
    assert_eq!(rows["wallet"], there);
    assert!(steps > 0, "too small to be copied in steps");
}
