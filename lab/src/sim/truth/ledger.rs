//! Rows as the records say, in plain maps, with versions and double entry counted anew: shares with the code under
//! test only the messages' decoding and the definition of the tables.

use std::collections::{BTreeMap, BTreeSet};

use dbfront::logic::row::StoredRow;
use proto::{
    ids::Lsn,
    link::{Op, Record, Value, value::V},
    prescan::Budget,
    tables::Table,
    wire,
};

use super::{Wrong, wrong};
use crate::sim::database::Rows;

/// A row's key columns, in an order of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim) enum Key {
    Null,
    Int(i64),
    Bytes(Vec<u8>),
}

type Place = (u32, Vec<Key>);

/// See the module.
#[derive(Clone, Debug, Default)]
pub(in crate::sim) struct Ledger {
    rows: BTreeMap<Place, (u64, Vec<Value>)>,
    /// By table, for tables whose rows are kept for ever.
    gold: i128,
    /// By item, its holder.
    holders: BTreeMap<i64, i64>,
}

impl Ledger {
    /// Takes a record in; says whether it is one of value.
    pub(super) fn apply(&mut self, lsn: Lsn, payload: &[u8]) -> Result<bool, Wrong> {
        self.apply_touching(lsn, payload, &mut BTreeSet::new())
    }

    /// The same; notes which rows it changed.
    pub(super) fn apply_touching(
        &mut self,
        lsn: Lsn,
        payload: &[u8],
        touched: &mut BTreeSet<Place>,
    ) -> Result<bool, Wrong> {
        let Ok(record) = wire::decode::<Record>(payload, Budget::LINK) else {
            return wrong("I2", format!("record {lsn} does not decode"));
        };
        let before = self.gold;
        // What leaves one place comes to another within one record.
        let mut left = BTreeSet::new();
        let mut came = BTreeSet::new();
        for mutation in &record.mutations {
            let Some(table) = Table::from_code(mutation.table) else {
                return wrong("I2", format!("record {lsn} is of an unknown table"));
            };
            let def = table.def();
            let place = (mutation.table, key(&mutation.row, def.key_columns));
            let stands = self.rows.get(&place).map_or(0, |(ver, _)| *ver);
            if mutation.op() == Op::Append {
                if self.rows.contains_key(&place) {
                    return wrong("I3", format!("record {lsn} appends a row of {} that is there", def.name));
                }
            } else if stands + 1 != mutation.ver {
                let ver = mutation.ver;
                return wrong("I3", format!("record {lsn} makes {ver} of version {stands} in {}", def.name));
            }
            let gold = |row: &[Value]| def.gold.map_or(0, |column| i128::from(int(row.get(column))));
            if let Some((_, row)) = self.rows.get(&place) {
                self.gold -= gold(row);
            }
            let item = def.goods.map(|goods| int(mutation.row.get(goods.item)));
            if mutation.op() == Op::Delete {
                self.rows.remove(&place);
                left.extend(item);
            } else {
                self.gold += gold(&mutation.row);
                let holder = int(mutation.row.first());
                if let Some(item) = item {
                    came.insert((item, holder));
                }
                self.rows.insert(place.clone(), (mutation.ver, mutation.row.clone()));
            }
            touched.insert(place);
        }
        for item in left {
            self.holders.remove(&item);
        }
        for (item, holder) in came {
            if self.holders.insert(item, holder).is_some_and(|held| held != holder) {
                return wrong("I4", format!("record {lsn}: item {item} has two holders"));
            }
        }
        let stated: i128 = record.flows.iter().map(|flow| i128::from(flow.amount)).sum();
        if self.gold - before != stated {
            let moved = self.gold - before;
            return wrong("I4", format!("record {lsn} moves {moved} gold, its flows say {stated}"));
        }
        Ok(record.value)
    }

    /// Compares these rows with the database's.
    pub(super) fn compare(&self, rows: &Rows, touched: &BTreeSet<Place>) -> Result<(), Wrong> {
        for place in touched {
            let Some(table) = Table::from_code(place.0) else { continue };
            let stored = find(rows, table, &place.1);
            let told = self.rows.get(place).map(|(ver, row)| (*ver, row.as_slice()));
            if stored.map(|stored| (stored.ver, &stored.row[..])) != told {
                return wrong("I3", differs(table, &place.1, stored, told));
            }
        }
        Ok(())
    }

    /// Compares all rows, both ways.
    pub(super) fn compare_all(&self, rows: &Rows) -> Result<(), Wrong> {
        let touched: BTreeSet<Place> = self.rows.keys().cloned().collect();
        self.compare(rows, &touched)?;
        if rows.len() != self.rows.len() {
            let (has, must) = (rows.len(), self.rows.len());
            return wrong("I3", format!("the database has {has} rows, the records made {must}"));
        }
        Ok(())
    }
}

fn find<'a>(rows: &'a Rows, table: Table, columns: &[Key]) -> Option<&'a StoredRow> {
    let values: Vec<Value> = columns.iter().map(Key::value).collect();
    rows.get(&(table, dbfront::logic::row::RowKey::of(table.def(), &values)))
}

fn differs(table: Table, key: &[Key], stored: Option<&StoredRow>, told: Option<(u64, &[Value])>) -> String {
    let name = table.def().name;
    format!("{name} {key:?}: the database has {stored:?}, the records say {told:?}")
}

fn key(row: &[Value], columns: usize) -> Vec<Key> {
    row.iter().take(columns).map(Key::of).collect()
}

impl Key {
    fn of(value: &Value) -> Self {
        match &value.v {
            None => Self::Null,
            Some(V::Int(number)) => Self::Int(*number),
            Some(V::Text(text)) => Self::Bytes(text.as_bytes().to_vec()),
            Some(V::Blob(blob)) => Self::Bytes(blob.to_vec()),
        }
    }

    fn value(&self) -> Value {
        let v = match self {
            Self::Null => None,
            Self::Int(number) => Some(V::Int(*number)),
            Self::Bytes(bytes) => Some(V::Text(String::from_utf8_lossy(bytes).into_owned())),
        };
        Value { v }
    }
}

fn int(value: Option<&Value>) -> i64 {
    match value {
        Some(Value { v: Some(V::Int(number)) }) => *number,
        _ => 0,
    }
}
