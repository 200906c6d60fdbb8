//! A world is backed up and made again at any record of the backup, on either kind of database from either, and is
//! then, row by row, what a model says that shares no code with what applies: plain maps of text.

use std::{collections::BTreeMap, fs, path::Path};

use dbfront::{
    Config, RawConfig, RawStore,
    backup::{BackupError, check, make_offline, restore, restore_mark},
    store::Presence,
};
use proto::{
    ids::Lsn,
    link::{Mutation, Op, Record, Value, value::V},
    tables::{AccountRow, Bits, ChatBlockRow, Row as _, Table, int},
};

use crate::{
    game::{Game, opening, pay, record},
    home::{DATABASE, Home},
    server::Server,
};

/// Where a home's world is configured.
pub fn config(home: &Home) -> Config {
    let raw = RawConfig { segment_bytes: 4 << 20, ..RawConfig::default() };
    let (store, data) = match home {
        Home::File(folder) => (RawStore::default(), folder.path().to_owned()),
        Home::Server(server) => {
            let url = server.mariadb.url(DATABASE);
            (RawStore { url, ..RawStore::default() }, server.folder().join("data folder"))
        }
    };
    fs::create_dir_all(&data).expect("made");
    raw.check(store, &data).expect("sound")
}

pub fn serve(home: &Home) -> Server {
    let config = config(home);
    fs::create_dir_all(config.link_path.parent().expect("a folder")).expect("made");
    let started = match home {
        Home::File(_) => Server::start_with(config),
        Home::Server(server) => Server::start_over(server.mysql(), config),
    };
    started.expect("starts")
}

fn code_of_start(home: &Home) -> Option<&'static str> {
    let config = config(home);
    let started = match home {
        Home::File(_) => Server::start_with(config),
        Home::Server(server) => Server::start_over(server.mysql(), config),
    };
    match started {
        Ok(server) => {
            server.stop();
            None
        }
        Err(error) => Some(error.code()),
    }
}

/// Forgets world, journal and whatever an unfinished restore left.
pub fn empty(home: &Home) {
    let config = config(home);
    for folder in [config.journal_folder.as_path(), config.link_path.parent().expect("a folder")] {
        let _ = fs::remove_dir_all(folder);
    }
    let _ = fs::remove_file(restore_mark(&config));
    home.clear();
}

/// All records, by number, in turns.
#[derive(Default)]
pub struct Story {
    pub turns: Vec<Vec<Record>>,
    pub records: u64,
    wallets: [(i64, u64); 2],
}

impl Story {
    pub fn tell(&mut self, records: Vec<Record>) {
        self.records += records.len() as u64;
        self.turns.push(records);
    }

    /// Two who have so much.
    pub fn begun(gold: i64) -> Self {
        let mut story = Self { wallets: [(gold, 1), (gold, 1)], ..Self::default() };
        story.tell(vec![opening(1, gold), opening(2, gold)]);
        story
    }

    /// One pays the other.
    fn pay(&mut self, lsn: u64, from: usize, amount: i64) -> Record {
        let to = 1 - from;
        let (paying, paid) = (self.wallets[from], self.wallets[to]);
        self.wallets[from] = (paying.0 - amount, paying.1 + 1);
        self.wallets[to] = (paid.0 + amount, paid.1 + 1);
        let account = |index: usize| index as u64 + 1;
        pay(lsn, (account(from), paying.0, paying.1 + 1), (account(to), paid.0, paid.1 + 1), amount)
    }

    pub fn pays(&mut self, amounts: &[(usize, i64)]) {
        let first = self.records + 1;
        let records =
            (first..).zip(amounts).map(|(lsn, &(from, amount))| self.pay(lsn, from, amount)).collect();
        self.tell(records);
    }

    /// Everything that a database is applied to before somebody stops it, and everything after.
    pub fn both_parts() -> (Self, usize) {
        let mut story = Self { wallets: [(1_000, 1), (50, 1)], ..Self::default() };
        story.tell(vec![opening(1, 1_000), opening(2, 50)]);
        story.pays(&[(0, 10), (0, 20), (1, 5)]);
        story.tell(vec![record(vec![account(1, 1)], 0), record(vec![block(1, 2, 1), block(1, 3, 1)], 0)]);
        story.pays(&[(0, 100)]);
        let before = story.turns.len();
        story.pays(&[(1, 11)]);
        story.tell(vec![record(vec![unblock(1, 3, 2)], 0), record(vec![block(1, 2, 2)], 0)]);
        story.pays(&[(0, 1), (0, 2), (0, 3), (0, 4)]);
        story.tell(vec![record(vec![account(1, 2), block(1, 3, 1)], 0)]);
        story.pays(&[(1, 6)]);
        (story, before)
    }
}

fn upsert(table: Table, ver: u64, row: Vec<Value>) -> Mutation {
    Mutation { table: table as u32, op: Op::Upsert.into(), ver, row, ..Mutation::default() }
}

fn account(id: u64, ver: u64) -> Mutation {
    let row = AccountRow {
        id,
        name: Some("Zoë 'the' quick".to_owned()),
        secret_hash: Some(format!("{ver:032}").into_bytes().into()),
        password: None,
        session_gen: 1,
        cseq_last: 4,
        cseq_ok: Bits(u64::MAX),
        created_ms: 5,
    };
    upsert(Table::Account, ver, row.values())
}

fn block(account: u64, blocked: u64, ver: u64) -> Mutation {
    let row = ChatBlockRow { account, blocked, name: String::new(), since_ms: ver };
    upsert(Table::ChatBlock, ver, row.values())
}

fn unblock(account: i64, blocked: i64, ver: u64) -> Mutation {
    let row = vec![int(account), int(blocked)];
    Mutation { op: Op::Delete.into(), ..upsert(Table::ChatBlock, ver, row) }
}

/// Lines of each table.
pub type Told = BTreeMap<&'static str, Vec<String>>;

/// The model: what records up to this one leave.
pub fn told_by(story: &Story, through: u64) -> Told {
    let mut tables: BTreeMap<&'static str, BTreeMap<String, String>> = BTreeMap::new();
    let records = story.turns.iter().flatten().take(usize::try_from(through).expect("few"));
    for mutation in records.flat_map(|record| &record.mutations) {
        let def = Table::from_code(mutation.table).expect("a table").def();
        let words: Vec<String> = mutation.row.iter().map(word).collect();
        let rows = tables.entry(def.name).or_default();
        let key = words[..def.key_columns].join("\t");
        match mutation.op() {
            Op::Upsert => drop(rows.insert(key, format!("{}\t{}", words.join("\t"), mutation.ver))),
            Op::Append => drop(rows.insert(key, words.join("\t"))),
            Op::Delete => drop(rows.remove(&key)),
        }
    }
    let tables = Table::ALL.iter().map(|table| table.def().name).map(|name| {
        let mut lines: Vec<String> = tables.remove(name).unwrap_or_default().into_values().collect();
        lines.sort();
        (name, lines)
    });
    tables.collect()
}

fn word(value: &Value) -> String {
    match &value.v {
        None => "NULL".to_owned(),
        Some(V::Int(number)) => number.to_string(),
        Some(V::Text(text)) => text.clone(),
        Some(V::Blob(bytes)) => String::from_utf8(bytes.to_vec()).expect("text in these"),
    }
}

/// What is in the database, asked past everything of ours.
pub fn found_in(home: &Home) -> Told {
    let tables = Table::ALL.iter().map(|table| table.def().name).map(|name| {
        let mut lines: Vec<String> = match home {
            Home::File(folder) => {
                let path = folder.path().join("game.db");
                let connection = rusqlite::Connection::open(path).expect("opens");
                let mut all = connection.prepare(&format!("SELECT * FROM \"{name}\"")).expect("a table");
                let width = all.column_count();
                let rows = all.query_map([], |row| {
                    let words = (0..width).map(|index| {
                        Ok(match row.get_ref(index)? {
                            rusqlite::types::ValueRef::Null => "NULL".to_owned(),
                            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                            other => String::from_utf8(other.as_bytes()?.to_vec()).expect("text"),
                        })
                    });
                    Ok(words.collect::<rusqlite::Result<Vec<_>>>()?.join("\t"))
                });
                rows.expect("rows").collect::<rusqlite::Result<_>>().expect("rows")
            }
            Home::Server(server) => {
                server.sql(&format!("SELECT * FROM `{name}`")).lines().map(str::to_owned).collect()
            }
        };
        lines.sort();
        (name, lines)
    });
    tables.collect()
}

/// Plays the story on a new world whose database stops following before its end; returns the last record that it has.
pub fn play(home: &Home, story: &Story, before: usize) -> u64 {
    dbfront::look::init(&config(home)).expect("founded");
    let server = serve(home);
    let mut game = Game::begin(&server.config.link_path, 7);
    let mut lsn = 1;
    let mut applied = 0;
    for (index, turn) in story.turns.iter().enumerate() {
        if index == before {
            applied = lsn - 1;
            game.until_applied(applied);
            home.sql(refusing(home));
        }
        game.turn(lsn, turn);
        lsn += turn.len() as u64;
    }
    game.until_durable(lsn - 1);
    if story.turns.len() <= before {
        applied = lsn - 1;
        game.until_applied(applied);
    }
    server.stop();
    if before < story.turns.len() {
        home.sql("DROP TRIGGER no_zero");
    }
    applied
}

/// What keeps the database from following, whatever is merged.
fn refusing(home: &Home) -> &'static str {
    match home {
        Home::File(_) => {
            "CREATE TRIGGER no_zero BEFORE UPDATE ON wallet BEGIN SELECT RAISE(ABORT, 'no'); END"
        }
        Home::Server(_) => "CREATE TRIGGER no_zero BEFORE UPDATE ON wallet FOR EACH ROW SET NEW.gold = NULL",
    }
}

/// Backs up from one and restores to the other at many records.
fn ways(from: &Home, to: &Home) {
    let (mut story, before) = Story::both_parts();
    let applied = play(from, &story, before);
    let last = story.records;
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("backup");
    let made = make_offline(&config(from), &backup).expect("made");
    assert_eq!((made.cursor, made.last), (Lsn(applied), Lsn(last)));
    assert_eq!(check(&backup).expect("whole").manifest.last_lsn, last);
    let old_journal = folder.path().join("old journal");
    fs::rename(&config(from).journal_folder, &old_journal).expect("moved");
    empty(from);

    let target = config(to);
    for outside in [0, applied - 1, last + 1] {
        let error = restore(&target, &backup, Some(Lsn(outside))).expect_err("not in it");
        assert_eq!(error.code(), "RESTORE_OUT_OF_RANGE", "{error}");
    }
    // The cursor, in the middle of a turn, between two, the end.
    for to_lsn in (applied..=last).map(Some).chain([None]) {
        empty(to);
        let restored = restore(&target, &backup, to_lsn.map(Lsn)).expect("restored");
        let lsn = to_lsn.unwrap_or(last);
        assert_eq!(restored.lsn, Lsn(lsn));
        assert_eq!(found_in(to), told_by(&story, lsn), "at record {lsn}");
        let again = restore(&target, &backup, None).expect_err("there is a world");
        assert_eq!(again.code(), "RESTORE_NOT_EMPTY");
    }

    // Players go on where it ends, and nothing of before is taken for its own.
    let server = serve(to);
    let mut game = Game::begin(&server.config.link_path, 9);
    assert_eq!(game.durable, last);
    story.pays(&[(0, 40), (0, 2)]);
    game.turn(last + 1, &story.turns[story.turns.len() - 1]);
    game.until_applied(last + 2);
    server.stop();
    assert_eq!(found_in(to), told_by(&story, last + 2));
    // A backup of what was restored, whose journal begins with it.
    let second = folder.path().join("second");
    make_offline(&target, &second).expect("made");
    check(&second).expect("whole");
    let _ = fs::remove_dir_all(&target.journal_folder);
    fs::rename(&old_journal, &target.journal_folder).expect("moved");
    assert_eq!(code_of_start(to), Some("WRONG_JOURNAL"));
}

#[test]
fn a_world_in_a_file_is_restored_to_any_record() {
    ways(&Home::file(), &Home::file());
}

#[test]
fn a_world_in_a_file_is_restored_on_a_server() {
    let Some(server) = Home::server() else { return };
    ways(&Home::file(), &server);
}

#[test]
fn a_world_on_a_server_is_restored_in_a_file() {
    let Some(server) = Home::server() else { return };
    ways(&server, &Home::file());
}

fn interrupted(home: &Home) {
    let from = Home::file();
    let (story, before) = Story::both_parts();
    play(&from, &story, before);
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("backup");
    make_offline(&config(&from), &backup).expect("made");
    let target = config(home);
    let mark = restore_mark(&target);
    let unpublish = || match home {
        Home::File(folder) => {
            let path = folder.path().join("game.db");
            fs::rename(&path, path.with_file_name("game.db.init")).expect("moved");
        }
        Home::Server(_) => home.sql("UPDATE journal_cursor SET id = 0"),
    };
    let end = |what: &str| {
        assert_eq!(code_of_start(home), Some("RESTORE_UNFINISHED"), "{what}");
        assert_eq!(dbfront::look::init(&target).expect_err("refused").code(), "RESTORE_UNFINISHED");
        restore(&target, &backup, None).expect(what);
        assert!(!mark.exists());
        assert_eq!(found_in(home), told_by(&story, story.records), "{what}");
        empty(home);
    };

    fs::write(&mark, "").expect("written");
    end("before anything was loaded");

    fs::write(&mark, "").expect("written");
    home.archive().load(&backup.join("world.db"), [3; 16], &mut |_| true).expect("loaded");
    end("when the world was loaded");

    restore(&target, &backup, None).expect("restored");
    unpublish();
    fs::write(&mark, "").expect("written");
    end("when the journal was made");

    restore(&target, &backup, None).expect("restored");
    unpublish();
    assert_eq!(home.database().presence(), Ok(Presence::Prepared));
    assert_eq!(code_of_start(home), None, "all was there but its name");
    assert_eq!(found_in(home), told_by(&story, story.records));
}

#[test]
fn a_restore_that_was_cut_off_is_no_world_and_is_begun_again_in_a_file() {
    interrupted(&Home::file());
}

#[test]
fn a_restore_that_was_cut_off_is_no_world_and_is_begun_again_on_a_server() {
    let Some(server) = Home::server() else { return };
    interrupted(&server);
}

/// Somebody put a world there after a restore was cut off: it is theirs, whatever the mark says.
fn put_there_since(home: &Home) {
    let from = Home::file();
    let (story, before) = Story::both_parts();
    play(&from, &story, before);
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("backup");
    make_offline(&config(&from), &backup).expect("made");
    assert!(dbfront::backup::mark_path(&config(&from)).is_file(), "the journal is kept from it on");
    play(home, &story, before);
    let stands = found_in(home);
    fs::write(restore_mark(&config(home)), "").expect("written");
    let code = restore(&config(home), &backup, None).expect_err("refused").code();
    assert_eq!(code, "RESTORE_NOT_EMPTY");
    assert_eq!(found_in(home), stands);
    fs::remove_file(restore_mark(&config(home))).expect("gone");
    assert_eq!(code_of_start(home), None, "its journal is whole");
}

#[test]
fn a_restore_that_is_begun_again_leaves_a_world_alone_that_was_put_there_since() {
    put_there_since(&Home::file());
    if let Some(server) = Home::server() {
        put_there_since(&server);
    }
}

#[test]
fn a_restore_that_is_begun_again_leaves_the_tables_of_others_alone() {
    let Some(server) = Home::server() else { return };
    server.sql("CREATE TABLE item (name VARCHAR(20)); INSERT INTO item VALUES ('theirs')");
    assert_eq!(server.archive().discard().map_err(|error| error.code()), Err("DB_UNSAFE_SETTINGS"));
    server.sql("INSERT INTO item VALUES ('still there')");
}

#[test]
fn whatever_is_changed_in_a_backup_is_found_before_anything_is_made_of_it() {
    let from = Home::file();
    let (story, before) = Story::both_parts();
    play(&from, &story, before);
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("backup");
    make_offline(&config(&from), &backup).expect("made");
    let to = Home::file();
    let code = || {
        let checked = check(&backup).map(drop).map_err(|error| error.code());
        let restored = restore(&config(&to), &backup, None).map(drop).map_err(|error| error.code());
        assert_eq!(checked, restored);
        assert!(!config(&to).journal_folder.exists(), "nothing was made");
        checked.expect_err("damaged")
    };
    let manifest = check(&backup).expect("whole").manifest;
    for file in manifest.files.iter().map(|file| file.name.as_str()) {
        let path = backup.join(file);
        let whole = fs::read(&path).expect("readable");
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, damaged).expect("written");
            assert_eq!(code(), "BACKUP_DAMAGED", "{file} at {at}");
        }
        fs::write(&path, &whole[..whole.len() - 1]).expect("written");
        assert_eq!(code(), "BACKUP_DAMAGED", "{file} cut");
        fs::remove_file(&path).expect("gone");
        assert_eq!(code(), "BACKUP_DAMAGED", "{file} gone");
        fs::write(&path, whole).expect("written");
    }
    let foreign = backup.join("segments/00000000000000ff.seg");
    fs::write(&foreign, "x").expect("written");
    assert_eq!(code(), "BACKUP_DAMAGED");
    fs::remove_file(&foreign).expect("gone");
    let path = backup.join("manifest.json");
    let whole = fs::read_to_string(&path).expect("readable");
    for (was, is, name) in [
        ("\"format\": 1", "\"format\": 2", "SCHEMA_TOO_NEW"),
        ("\"schema\": ", "\"schema\": 9", "SCHEMA_TOO_NEW"),
        ("\"last_lsn\": ", "\"last_lsn\": 1", "BACKUP_DAMAGED"),
        ("{", "", "BACKUP_DAMAGED"),
    ] {
        fs::write(&path, whole.replacen(was, is, 1)).expect("written");
        assert_eq!(code(), name, "{was}");
    }
    fs::remove_file(&path).expect("gone");
    assert_eq!(code(), "BACKUP_ABSENT");
    fs::write(&path, whole).expect("written");
    check(&backup).expect("whole again");
    let other = Config { world: "other".to_owned(), ..config(&to) };
    assert_eq!(restore(&other, &backup, None).expect_err("refused").code(), "BACKUP_OF_OTHER_WORLD");
}

#[test]
fn a_backup_goes_only_where_nothing_is_and_what_a_crash_left_of_one_is_none() {
    let home = Home::file();
    let folder = tempfile::tempdir().expect("a folder");
    let code =
        |path: &Path| make_offline(&config(&home), path).map(drop).map_err(|error: BackupError| error.code());
    let target = folder.path().join("backup");
    assert_eq!(code(&target), Err("BACKUP_NO_WORLD"));
    let (story, before) = Story::both_parts();
    play(&home, &story, before);

    let partial = folder.path().join("backup.partial");
    fs::create_dir_all(partial.join("segments")).expect("made");
    fs::write(partial.join("world.db"), "half").expect("written");
    assert_eq!(check(&partial).expect_err("none").code(), "BACKUP_ABSENT");
    fs::write(partial.join("mine.txt"), "kept").expect("written");
    assert_eq!(code(&target), Err("BACKUP_NOT_EMPTY"));
    fs::remove_file(partial.join("mine.txt")).expect("gone");
    // An empty folder is as good as none.
    fs::create_dir(&target).expect("made");
    assert_eq!(code(&target), Ok(()));
    assert!(!partial.exists());
    assert_eq!(code(&target), Err("BACKUP_NOT_EMPTY"));
    let server = serve(&home);
    assert_eq!(code(&folder.path().join("second")), Err("WRITER_EXISTS"));
    assert!(!folder.path().join("second.partial").exists());
    server.stop();
    assert_eq!(code(&folder.path().join("no folder/second")), Err("BACKUP_FAILED"));
}
