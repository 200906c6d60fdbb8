//! A fight through the whole: a client and real processes on a map with one rat, and what the tables say of it.

use client::{Client, Options, Outcome, Push, Pushes};
use proto::{
    client::{Attacked, CellState},
    kinds,
    prescan::Budget,
    wire,
};
use rusqlite::{Connection, OpenFlags};

use crate::support::{root, stack::Stack};

/// The bundled tables, and a map with one rat a meter from where characters begin.
fn one_rat() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(root().join("design")).expect("the bundled tables") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, folder.path().join(path.file_name().expect("a file"))).expect("copied");
    }
    let map = "number = 1\nwidth_mm = 100000\nheight_mm = 100000\nview_mm = 40000\nspeed_mm_per_s = 6000\n\
               [[spawn]]\nx_mm = 50000\ny_mm = 50000\n\
               [[monster]]\nnumber = 1\nx_mm = 51000\ny_mm = 50000\n";
    std::fs::write(folder.path().join("map.toml"), map).expect("written");
    folder
}

/// The number of the first monster that is seen.
async fn rat(pushes: &mut Pushes) -> u32 {
    loop {
        let push = pushes.next().await.expect("the server is there");
        let Push::Other { kind: kinds::CELL_STATE, body, .. } = push else { continue };
        let state: CellState = wire::decode(&body, Budget::LINK).expect("a cell");
        if let Some(seen) = state.appeared.iter().find(|seen| seen.monster == 1) {
            assert_eq!((seen.name.as_str(), seen.life, seen.character), ("Rat", 100, 0));
            return seen.avatar;
        }
    }
}

/// Strikes whenever it strikes back, to the last blow; the experience that it brought.
async fn slay(ana: &Client, pushes: &mut Pushes, rat: u32) -> u64 {
    let strike = async || match ana.attack(rat).await.expect("answered") {
        // It strikes back sooner than one may strike again.
        Outcome::Ok(Attacked { .. }) | Outcome::RetryLater { .. } => {}
        other => panic!("{other:?}"),
    };
    strike().await;
    loop {
        match pushes.next().await.expect("the server is there") {
            Push::Hit(hit) if hit.by == rat => strike().await,
            Push::Progress(progress) if 0 < progress.xp => return progress.xp,
            _ => {}
        }
    }
}

#[test]
fn a_rat_is_slain_and_the_tables_say_what_it_left() {
    let design = one_rat();
    let folder = tempfile::tempdir().expect("a folder");
    let setting = format!("game.design={}", design.path().display());
    let stack = Stack::start_in(&folder.path().join("d"), &["--set", &setting]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (xp, things, gold) = runtime.block_on(async {
        let fight = async {
            let options = Options::new(stack.listen.to_string());
            let (ana, mut pushes) = Client::connect(&options).await.expect("the server listens");
            ana.login_guest().await.expect("in");
            let Ok(Outcome::Ok(ida)) = ana.create_character("Ida").await else { panic!("no character") };
            ana.enter(ida.id).await.expect("answered");
            let rat = rat(&mut pushes).await;
            let xp = slay(&ana, &mut pushes, rat).await;
            let Ok(Outcome::Ok(bag)) = ana.bag().await else { panic!("no bag") };
            let Ok(Outcome::Ok(wallet)) = ana.wallet().await else { panic!("no wallet") };
            (xp, bag.items.iter().map(|item| i64::from(item.quantity)).sum::<i64>(), wallet.gold)
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), fight).await.expect("in time")
    });
    assert_eq!(xp, 8);
    let database = stack.data().join("game.db");
    let kept = folder.path().join("game.db");
    let ended = stack.stop_and(|| {
        std::fs::copy(&database, &kept).expect("a closed database is one file");
    });
    assert!(ended.status.success(), "{}", ended.log);
    let sql = Connection::open_with_flags(&kept, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a database");
    let number = |text: &str| sql.query_row(text, [], |row| row.get::<_, i64>(0)).expect("a number");
    assert_eq!(number("SELECT xp FROM character"), 8);
    assert_eq!(number("SELECT coalesce(sum(quantity), 0) FROM item"), things);
    assert_eq!(number("SELECT coalesce(sum(quantity), 0) FROM goods_log WHERE reason = 3"), things);
    assert_eq!(number("SELECT coalesce(sum(amount), 0) FROM ledger WHERE reason = 3"), gold - 1_000);
    assert_eq!(number("SELECT gold FROM wallet"), gold);
}
