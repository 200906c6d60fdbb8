//! Who waits behind whom for game: looks at the store that do not come to an end keep nobody from what is in memory, nor
//! from switching.

use std::{
    io::Write as _,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use proto::{
    link::{StaffRequest, StaffResponse, staff_request::What},
    tables::Table,
};
use serde_json::json;

use super::{
    browser::{Browser, connect},
    fake::Fake,
    site::{PASSWORD, Site},
};

/// How many looks at the store are held, and whether they still are.
#[derive(Debug)]
struct Held {
    looks: usize,
    is_over: bool,
}

static HELD: Mutex<Held> = Mutex::new(Held { looks: 0, is_over: false });
static CHANGED: Condvar = Condvar::new();

fn held() -> MutexGuard<'static, Held> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Until so many are.
fn wait_for(looks: usize) {
    let (held, waited) = CHANGED
        .wait_timeout_while(held(), Duration::from_secs(60), |held| held.looks < looks)
        .unwrap_or_else(PoisonError::into_inner);
    assert!(!waited.timed_out(), "{held:?}, and {looks} were asked for");
}

/// Lets go of them, also where the test fails.
struct Release;

impl Drop for Release {
    fn drop(&mut self) {
        held().is_over = true;
        CHANGED.notify_all();
    }
}

/// A game whose database is away: what it has to read does not come.
fn game(request: &StaffRequest) -> StaffResponse {
    if matches!(request.what, Some(What::Rows(_))) {
        let mut held = held();
        held.looks += 1;
        CHANGED.notify_all();
        drop(CHANGED.wait_while(held, |held| !held.is_over));
        return StaffResponse { error: "too_late".to_owned(), ..StaffResponse::default() };
    }
    StaffResponse { account: 7, name: "Ana".to_owned(), done: true, ..StaffResponse::default() }
}

fn behind(request: &StaffRequest) -> StaffResponse {
    let is_append = |what: &What| match what {
        What::Rows(rows) => Table::from_code(rows.table).is_some_and(|table| table.def().append),
        _ => false,
    };
    let error = if request.what.as_ref().is_some_and(is_append) { "store_behind" } else { "" };
    StaffResponse { error: error.to_owned(), done: true, ..StaffResponse::default() }
}

#[test]
fn looks_and_files_that_wait_for_the_database_keep_nobody_from_memory_nor_from_freezing_wealth() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    thread::scope(|scope| {
        let release = Release;
        // Who looks goes on to another page before there is an answer: game is still at the first.
        for before in 0..3 {
            let mut gone = connect(site.address);
            let (host, cookie) = (site.address, owner.cookie.as_deref().expect("logged in"));
            write!(gone, "GET /api/players/7 HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n")
                .expect("sent");
            wait_for(before + 1);
        }
        let look = |path: &'static str| {
            let browser = Browser { address: site.address, cookie: owner.cookie.clone() };
            scope.spawn(move || browser.get(path));
        };
        look("/api/players/export");
        wait_for(4);
        (0..3).for_each(|_| look("/api/players/7"));
        for path in
            ["/api/switches", "/api/chat", "/api/map", "/api/rooms", "/api/players/7/live", "/api/items"]
        {
            assert_eq!(owner.get(path).status, 200, "{path}");
        }
        let wish = json!({ "on": true, "reason": "gold is copied", "password": PASSWORD });
        assert_eq!(owner.post("/api/switches/wealth", &wish).status, 200);
        let now = held();
        assert!(
            now.looks == 4 && !now.is_over,
            "all of them still wait, and no more were let to game: {now:?}"
        );
        drop(now);
        drop(release);
    });
}

#[test]
fn what_waits_for_a_database_that_is_behind_does_not_wait_long_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, behind);
    let site = Site::start(folder.path());
    let owner = site.owner();
    for path in ["/api/players/7/ledger", "/api/players/7/log", "/api/players/7/history", "/api/log/export"] {
        assert_eq!(owner.get(path).refusal(), (503, "store_behind".to_owned()), "{path}");
        assert!(game.patience_ms() < 10_000, "{path} waits {} ms", game.patience_ms());
    }
}
