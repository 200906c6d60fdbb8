//! A model of dbfront: receives turns, syncs when told, answers reads from all it has received. Checks
//! what the real one checks: dense positions, identical records when sent again, versions, double entry.

use std::collections::{BTreeMap, BTreeSet};

use proto::{
    entry::{check_record, row_gold, row_goods},
    ids::{AccountId, Lsn},
    limits::{RECORD_SCHEMA, SCAN_ROWS_MAX},
    link::{
        FoundRow, Key, Mutation, Op, ReadRequest, ReadResponse, Record, Row as StoredRow, Value,
        read_request::What, value::V,
    },
    prescan::Budget,
    tables::{AccountRow, ItemRow, Row, Table, WalletRow},
    turn::{TxnId, entries},
    wire,
};

use crate::logic::event::Turn;

type Rows = BTreeMap<(u32, String), (StoredRow, Vec<Value>)>;

/// See the module.
#[derive(Default)]
pub(crate) struct Store {
    /// Every record ever received and not lost, in order, with the last position of its turn.
    pub(crate) journal: Vec<(TxnId, Vec<u8>, Lsn)>,
    durable: usize,
    applied: usize,
    /// Position of the next record on this link.
    expected: u64,
    /// The effect of all of `journal`.
    live: Rows,
    pub(crate) released: Vec<(u32, String)>,
    pub(crate) reads: usize,
    seen: BTreeSet<(u64, u64)>,
}

impl Store {
    pub(crate) fn durable(&self) -> Lsn {
        Lsn(self.durable as u64)
    }

    pub(crate) fn applied(&self) -> Lsn {
        Lsn(self.applied as u64)
    }

    /// The link opens: what was received and is not durable is lost with the old one.
    pub(crate) fn link_up(&mut self) {
        self.journal.truncate(self.durable);
        self.expected = self.durable as u64 + 1;
        self.rebuild();
    }

    pub(crate) fn crash_of_game(&mut self) {
        self.link_up();
    }

    fn rebuild(&mut self) {
        self.live.clear();
        self.seen.clear();
        for (txn, payload, _) in std::mem::take(&mut self.journal) {
            self.execute(txn, &payload);
            self.journal.push((txn, payload, Lsn(0)));
        }
        for (index, entry) in self.journal.iter_mut().enumerate() {
            entry.2 = Lsn(index as u64 + 1);
        }
    }

    pub(crate) fn receive(&mut self, turn: &Turn) {
        let found = entries(&turn.bytes).unwrap();
        assert_eq!(turn.lsn_last.0, turn.lsn_first.0 + found.len() as u64 - 1);
        for (lsn, entry) in (turn.lsn_first.0..).zip(found) {
            if lsn <= self.durable as u64 {
                let known = &self.journal[usize::try_from(lsn).unwrap() - 1];
                assert_eq!((known.0, known.1.as_slice()), (entry.txn, entry.payload), "sent again, changed");
                continue;
            }
            assert_eq!(lsn, self.journal.len() as u64 + 1, "positions are dense");
            self.execute(entry.txn, entry.payload);
            self.journal.push((entry.txn, entry.payload.to_vec(), turn.lsn_last));
        }
        self.expected = turn.lsn_last.0 + 1;
    }

    /// A durable record of another process, for a game that begins after this.
    pub(crate) fn plant(&mut self, mutations: Vec<Mutation>) {
        let record = Record { schema: RECORD_SCHEMA, mutations, ..Record::default() };
        let (txn, payload) = (TxnId { account: AccountId(0), cseq: 0 }, wire::encode(&record));
        self.execute(txn, &payload);
        let lsn = Lsn(self.journal.len() as u64 + 1);
        self.journal.push((txn, payload, lsn));
        self.durable = self.journal.len();
        self.applied = self.durable;
    }

    fn execute(&mut self, txn: TxnId, payload: &[u8]) {
        if txn.cseq != 0 {
            assert!(self.seen.insert((txn.account.0, txn.cseq)), "{txn:?} happened twice");
        }
        let record: Record = wire::decode(payload, Budget::LINK).unwrap();
        check_record(&record).unwrap();
        for mutation in record.mutations {
            let def = Table::from_code(mutation.table).unwrap().def();
            let key = &mutation.row[..def.key_columns];
            let slot = (mutation.table, name(key));
            let stored = self.live.get(&slot).map(|(row, _)| row);
            let is_append = mutation.op() == Op::Append;
            let ver = stored.map_or(0, |row| row.ver) + u64::from(!is_append);
            assert_eq!(ver, mutation.ver, "version of {slot:?}");
            let gold = stored.and_then(|stored| row_gold(def, &stored.row));
            assert_eq!(gold.unwrap_or(0), mutation.gold_before, "gold of {slot:?}");
            let goods = stored.and_then(|stored| row_goods(def, &stored.row));
            assert_eq!(goods, mutation.goods_before, "goods of {slot:?}");
            let key = key.to_vec();
            match mutation.op() {
                Op::Delete => drop(self.live.remove(&slot)),
                _ => drop(self.live.insert(slot, (StoredRow { ver: mutation.ver, row: mutation.row }, key))),
            }
        }
    }

    /// Makes whole turns durable, at least `records` records if there are as many.
    pub(crate) fn sync(&mut self, records: u64) -> Lsn {
        let wanted = (self.durable as u64).saturating_add(records).min(self.journal.len() as u64);
        if self.durable as u64 != wanted {
            let last = &self.journal[usize::try_from(wanted).unwrap() - 1];
            self.durable = usize::try_from(last.2.0).unwrap();
        }
        self.durable()
    }

    pub(crate) fn apply(&mut self) -> Lsn {
        self.applied = self.durable;
        self.applied()
    }

    /// Counts a request that came.
    pub(crate) fn prepare(&mut self, request: &ReadRequest) {
        let _ = request;
        self.reads += 1;
    }

    pub(crate) fn answer(&mut self, request: &ReadRequest) -> ReadResponse {
        let lsn = self.journal.len() as u64;
        match request.what.clone().unwrap() {
            What::Get(get) => {
                let rows = get.keys.iter().map(|Key { key }| {
                    let row = self.live.get(&(get.table, name(key))).map(|(row, _)| row.clone());
                    FoundRow { found: row.is_some(), row }
                });
                ReadResponse { rows: rows.collect(), done: true, lsn, error: String::new() }
            }
            What::Scan(scan) => {
                let after = (scan.table, name(&scan.after));
                let of_table = self.live.range(after.clone()..).filter(|(key, _)| key.0 == scan.table);
                let mut rows: Vec<FoundRow> = of_table
                    .filter(|(key, (_, columns))| **key != after && columns.starts_with(&scan.prefix))
                    .map(|(_, (row, _))| FoundRow { found: true, row: Some(row.clone()) })
                    .collect();
                // Small pages of tables, so that scripts see more than one; sets come whole.
                let asked = usize::try_from(scan.rows_max).unwrap();
                let page = if scan.prefix.is_empty() { 2 } else { asked.min(SCAN_ROWS_MAX) };
                let done = rows.len() <= page;
                rows.truncate(page);
                ReadResponse { rows, done, lsn, error: String::new() }
            }
            What::Latest(latest) => {
                assert!(Table::from_code(latest.table).unwrap().def().append, "the overlay is not in this");
                let end = (latest.table + u32::from(latest.before.is_empty()), name(&latest.before));
                let of_table = self.live.range((latest.table, String::new())..end).rev();
                let mut rows: Vec<FoundRow> =
                    of_table.map(|(_, (row, _))| FoundRow { found: true, row: Some(row.clone()) }).collect();
                let page = usize::try_from(latest.rows_max).unwrap();
                let done = rows.len() <= page;
                rows.truncate(page);
                ReadResponse { rows, done, lsn, error: String::new() }
            }
            What::Release(release) => {
                let keys = release.keys.iter().map(|Key { key }| (release.table, name(key)));
                self.released.extend(keys);
                ReadResponse::default()
            }
        }
    }

    pub(crate) fn account(&self, id: u64) -> Option<AccountRow> {
        self.row(id)
    }

    pub(crate) fn gold(&self, account: u64) -> i64 {
        self.row::<WalletRow>(account).map_or(0, |wallet| wallet.gold)
    }

    pub(crate) fn item(&self, holder: u64, id: u64) -> Option<ItemRow> {
        let key = name(&[holder, id].map(|part| proto::tables::int(part.cast_signed())));
        ItemRow::from_values(&self.live.get(&(Table::Item as u32, key))?.0.row)
    }

    /// All rows of a table, by key.
    pub(crate) fn rows<R: Row>(&self) -> Vec<R> {
        let table = R::DEF.table as u32;
        let of_table = self.live.iter().filter(|(key, _)| key.0 == table);
        of_table.map(|(_, (row, _))| R::from_values(&row.row).unwrap()).collect()
    }

    /// The same, each with its version.
    pub(crate) fn versions<R: Row>(&self) -> Vec<(u64, R)> {
        let table = R::DEF.table as u32;
        let of_table = self.live.iter().filter(|(key, _)| key.0 == table);
        of_table.map(|(_, (row, _))| (row.ver, R::from_values(&row.row).unwrap())).collect()
    }

    fn row<R: Row>(&self, id: u64) -> Option<R> {
        let key = name(&[proto::tables::int(id.cast_signed())]);
        R::from_values(&self.live.get(&(R::DEF.table as u32, key))?.0.row)
    }
}

fn name(key: &[Value]) -> String {
    let part = |value: &Value| match &value.v {
        Some(V::Int(number)) => format!("{number:020}"),
        Some(V::Text(text)) => text.clone(),
        other => format!("{other:?}"),
    };
    key.iter().map(part).collect::<Vec<_>>().join("/")
}
