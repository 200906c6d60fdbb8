//! The reference model: records carried out one after the other on plain maps. Says what a record did that it must not
//! do: a version that does not follow, gold or things that its flows do not tell of.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::Cell;

/// The whole journal as it was dumped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// In the order of the dump.
    pub records: Vec<Record>,
    /// Of every frame, the last record then and its epoch.
    pub epochs: Vec<(u64, u64)>,
    /// Places that the dump itself calls wrong.
    pub wrong: Vec<String>,
}

/// What one event of the game did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its place.
    pub lsn: u64,
    /// Of whoever wrote it.
    pub epoch: u64,
    /// Whose command did it; 0: nobody's.
    pub account: u64,
    /// Which; 0: none.
    pub cseq: u64,
    /// Gold that came (positive) and went, by reason.
    pub flows: Vec<(u64, i64)>,
    /// Things that came and went, by kind.
    pub goods: Vec<(u64, i64)>,
    /// Rows.
    pub mutations: Vec<Mutation>,
}

impl Record {
    /// Whether it is of one of the deeds that players' logs tell of: gold or things went from one to another.
    #[must_use]
    pub fn moves_something(&self) -> bool {
        let is_line = |mutation: &&Mutation| ["ledger", "goods_log"].contains(&mutation.table.as_str());
        let reason = |mutation: &Mutation| mutation.row.get("reason").map_or(0, Said::number);
        self.mutations.iter().filter(is_line).any(|mutation| DEEDS.contains(&reason(mutation)))
    }
}

/// What it did to one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// By name.
    pub table: String,
    /// What.
    pub op: Op,
    /// Which row.
    pub key: Vec<String>,
    /// The row's version after it; of a log 0.
    pub ver: u64,
    /// All columns; none of a deleted row.
    pub row: BTreeMap<String, Said>,
}

/// See [`Mutation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// A row as it is from now on.
    Upsert,
    /// It is gone.
    Delete,
    /// A line of a log.
    Append,
}

/// A value as the dump says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// None.
    Null,
    /// Numbers in decimal, text as it is, bytes in hexadecimal.
    Text(String),
    /// Only its checksum.
    Secret(String),
}

impl Said {
    /// Whether a database's cell is this.
    #[must_use]
    pub fn is(&self, cell: &Cell) -> bool {
        match (self, cell) {
            (Self::Null, Cell::Null) => true,
            (Self::Text(text), Cell::Int(number)) => text.parse() == Ok(*number),
            (Self::Text(text), Cell::Bytes(bytes)) => text.as_bytes() == bytes || *text == hex(bytes),
            (Self::Secret(sum), Cell::Bytes(bytes)) => {
                *sum == hex(&blake3::derive_key("ding journal dump secret", bytes)[..8])
            }
            (Self::Null | Self::Secret(_), _) | (Self::Text(_), Cell::Null) => false,
        }
    }

    fn number(&self) -> i64 {
        match self {
            Self::Text(text) => text.parse().unwrap_or(0),
            Self::Null | Self::Secret(_) => 0,
        }
    }
}

/// How a database's key is written in a dump.
#[must_use]
pub fn key_text(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Int(number) => number.to_string(),
        Cell::Bytes(bytes) => String::from_utf8(bytes.clone()).unwrap_or_else(|_| hex(bytes)),
    }
}

/// A row of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelRow {
    /// How often it was written.
    pub ver: u64,
    /// The record that wrote it last.
    pub lsn: u64,
    /// Every column.
    pub row: BTreeMap<String, Said>,
}

/// The world after some records.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// By table and key.
    pub tables: BTreeMap<String, BTreeMap<Vec<String>, ModelRow>>,
    /// What records did that they must not: the invariant and the words.
    pub wrong: Vec<(u8, String)>,
}

impl Model {
    /// Carries out one more.
    pub fn execute(&mut self, record: &Record) {
        let (mut gold, mut goods) = (0i128, BTreeMap::<i64, i128>::new());
        let mut touched = BTreeSet::new();
        for mutation in &record.mutations {
            touched.insert((mutation.table.as_str(), &mutation.key));
            let table = self.tables.entry(mutation.table.clone()).or_default();
            let before = table.get(&mutation.key);
            let expected = before.map_or(1, |row| row.ver + 1);
            let what = match mutation.op {
                Op::Append => before.map(|row| format!("was written by record {} already", row.lsn)),
                Op::Delete if before.is_none() => Some("is deleted and is not there".to_owned()),
                Op::Upsert | Op::Delete => (mutation.ver != expected)
                    .then(|| format!("gets version {} after {}", mutation.ver, expected - 1)),
            };
            if let Some(what) = what {
                let Mutation { table, key, .. } = mutation;
                self.wrong.push((3, format!("record {}: row {key:?} of {table} {what}", record.lsn)));
            }
            let amount = |row: &BTreeMap<String, Said>, column: &str| row.get(column).map_or(0, Said::number);
            let old = before.map(|row| &row.row);
            let new = (mutation.op != Op::Delete).then_some(&mutation.row);
            if HOLD_GOLD.contains(&mutation.table.as_str()) {
                gold += new.map_or(0, |row| i128::from(amount(row, "gold")));
                gold -= old.map_or(0, |row| i128::from(amount(row, "gold")));
            }
            if mutation.table == "item" {
                for (row, sign) in [(old, -1), (new, 1)] {
                    if let Some(row) = row {
                        *goods.entry(amount(row, "kind")).or_default() +=
                            sign * i128::from(amount(row, "quantity"));
                    }
                }
            }
            match mutation.op {
                Op::Delete => drop(table.remove(&mutation.key)),
                Op::Upsert | Op::Append => {
                    let row = ModelRow { ver: mutation.ver, lsn: record.lsn, row: mutation.row.clone() };
                    table.insert(mutation.key.clone(), row);
                }
            }
        }
        self.sums(record, gold, goods);
        self.halves(record, &touched);
    }

    /// What moved must be what its flows say (A4).
    fn sums(&mut self, record: &Record, gold: i128, mut goods: BTreeMap<i64, i128>) {
        let flows: i128 = record.flows.iter().map(|(_, amount)| i128::from(*amount)).sum();
        if gold != flows {
            let what = format!("record {}: {gold} gold came in, its flows say {flows}", record.lsn);
            self.wrong.push((4, what));
        }
        for (kind, amount) in &record.goods {
            *goods.entry(kind.cast_signed()).or_default() -= i128::from(*amount);
        }
        for (kind, amount) in goods.into_iter().filter(|(_, amount)| *amount != 0) {
            let what =
                format!("record {}: {amount} of kind {kind} more than its flows say came in", record.lsn);
            self.wrong.push((4, what));
        }
    }

    /// A line of a log stands beside every row that it speaks of: no half of a deal is in another record.
    fn halves(&mut self, record: &Record, touched: &BTreeSet<(&str, &Vec<String>)>) {
        let changes = |table: &str, of: &str| {
            touched.iter().any(|(name, key)| *name == table && key.iter().any(|part| part == of))
        };
        for line in &record.mutations {
            let text = |column: &str| match line.row.get(column) {
                Some(Said::Text(text)) => text.as_str(),
                _ => "0",
            };
            let (table, lost): (_, Vec<&str>) = match line.table.as_str() {
                "ledger" => {
                    let holders = [text("from_account"), text("to_account")];
                    let lost = |holder: &&str| {
                        *holder != "0"
                            && !changes("wallet", holder)
                            && !changes("mail", holder)
                            && !OF_MATCHES.iter().any(|table| changes(table, holder))
                    };
                    ("wallet", holders.into_iter().filter(lost).collect())
                }
                "goods_log" => {
                    let item = [text("item")];
                    ("item", item.into_iter().filter(|item| !changes("item", item)).collect())
                }
                _ => continue,
            };
            for lost in lost {
                let what = format!(
                    "record {}: a line of {} names {lost}, no {table} of it changes",
                    record.lsn, line.table
                );
                self.wrong.push((5, what));
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reasons of pay, shops, trades and letters, as they are stored.
const DEEDS: &[i64] = &[2, 4, 5, 6, 7, 8];
/// Tables with a column `gold`.
const HOLD_GOLD: &[&str] = &["wallet", "mail", "room_stake"];
/// Tables with rows of matches: one that got and gave gold in one record may have no stake before or after it.
const OF_MATCHES: &[&str] = &["room", "room_entry", "room_stake", "replay"];
