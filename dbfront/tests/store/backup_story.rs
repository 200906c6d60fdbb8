//! What tests of backups play: a story of records on a home of either kind, its world as rows of text, and what a model
//! says of it that shares no code with what applies: plain maps of text.

use std::{collections::BTreeMap, fs, path::PathBuf};

use dbfront::{
    Config, RawConfig, RawStore,
    backup::{make_offline, restore_mark},
};
use proto::{
    link::{Mutation, Op, Record, Value, value::V},
    tables::{AccountRow, Bits, ChatBlockRow, Row as _, Table, int},
};
use tempfile::TempDir;

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

pub fn code_of_start(home: &Home) -> Option<&'static str> {
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
pub fn refusing(home: &Home) -> &'static str {
    match home {
        Home::File(_) => {
            "CREATE TRIGGER no_zero BEFORE UPDATE ON wallet BEGIN SELECT RAISE(ABORT, 'no'); END"
        }
        Home::Server(_) => "CREATE TRIGGER no_zero BEFORE UPDATE ON wallet FOR EACH ROW SET NEW.gold = NULL",
    }
}

/// A backup of a whole story.
pub struct Backed {
    pub story: Story,
    pub folder: TempDir,
    /// In that folder.
    pub backup: PathBuf,
    /// The record at which its world stands.
    pub cursor: u64,
}

/// Plays the story of both parts in a file and backs it up.
pub fn backed_up() -> Backed {
    backed_up_from(&Home::file())
}

/// The same in this home, which stays as it is.
pub fn backed_up_from(home: &Home) -> Backed {
    let (story, before) = Story::both_parts();
    let cursor = play(home, &story, before);
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("backup");
    let made = make_offline(&config(home), &backup).expect("made");
    assert_eq!((made.cursor.0, made.last.0), (cursor, story.records));
    Backed { story, folder, backup, cursor }
}
