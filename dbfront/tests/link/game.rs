//! A game reduced to its link: greets, sends turns, reads rows, and waits for what it is told.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use proto::{
    handshake::{Role, hello},
    ids::AccountId,
    limits::RECORD_SCHEMA,
    link::{
        Flow, Get, Key, LinkHello, LinkWelcome, Mutation, Op as MutationOp, ReadRequest, ReadResponse,
        Record, Scan, Value, read_request::What,
    },
    link_io::{self, LinkBuf, Op},
    prescan::Budget,
    tables::{LedgerRow, Reason, Row, Table, WalletRow, int},
    turn::{TxnId, put_entry},
    wire,
};

/// One link.
pub struct Game {
    stream: UnixStream,
    input: LinkBuf,
    pub welcome: LinkWelcome,
    calls: u64,
    pub durable: u64,
    pub applied: u64,
}

/// A link record, owned.
#[derive(Debug)]
pub struct Said {
    pub op: Op,
    pub a: u64,
    pub b: u64,
    pub payload: Vec<u8>,
}

pub fn greeting(instance: u64) -> LinkHello {
    LinkHello { schema: RECORD_SCHEMA, ..hello(Role::Game, instance) }
}

impl Game {
    /// Connects and greets, whatever the answer is.
    pub fn knock(path: &Path, hello: &LinkHello) -> Self {
        let stream = UnixStream::connect(path).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        let welcome = LinkWelcome::default();
        let mut game = Self { stream, input: LinkBuf::default(), welcome, calls: 0, durable: 0, applied: 0 };
        game.send(Op::Hello, 0, 0, &wire::encode(hello));
        let said = game.hear().expect("an answer");
        assert_eq!(said.op, Op::Welcome);
        game.welcome = wire::decode(&said.payload, Budget::LINK).expect("a welcome");
        game.durable = game.welcome.durable;
        game.applied = game.welcome.applied;
        game
    }

    /// Connects as a new writer.
    pub fn begin(path: &Path, instance: u64) -> Self {
        let game = Self::knock(path, &greeting(instance));
        assert_eq!(game.welcome.refused, "", "{}", game.welcome.detail);
        game
    }

    pub fn send(&mut self, op: Op, a: u64, b: u64, payload: &[u8]) {
        let mut out = Vec::new();
        link_io::Record::new(op, a, b, payload).put(&mut out);
        self.stream.write_all(&out).expect("it reads");
    }

    pub fn turn(&mut self, first: u64, records: &[Record]) {
        let epoch = self.welcome.epoch;
        self.send(Op::Turn, first, epoch, &turn(records));
    }

    /// The next record, or nothing at the link's end. Pings are answered.
    pub fn hear(&mut self) -> Option<Said> {
        loop {
            let next = self.input.next().expect("link records");
            if let Some(record) = next {
                let said = Said { op: record.op, a: record.a, b: record.b, payload: record.payload.to_vec() };
                match said.op {
                    Op::Ping => self.send(Op::Pong, said.a, 0, &[]),
                    Op::Durable => self.durable = self.durable.max(said.a),
                    Op::Applied => self.applied = said.a,
                    _ => return Some(said),
                }
                return Some(said);
            }
            let mut scratch = [0; 4_096];
            match self.stream.read(&mut scratch) {
                Ok(0) => return None,
                Ok(bytes) => self.input.push(&scratch[..bytes]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("waited in vain: {error}"),
            }
        }
    }

    pub fn until_durable(&mut self, lsn: u64) {
        while self.durable < lsn {
            self.hear().expect("the link stays");
        }
    }

    pub fn until_applied(&mut self, lsn: u64) {
        while self.applied < lsn {
            self.hear().expect("the link stays");
        }
    }

    /// The name with which the link is cut.
    pub fn until_refused(&mut self) -> String {
        loop {
            let said = self.hear().expect("a word before the end");
            if said.op == Op::Refused {
                let text = String::from_utf8(said.payload).expect("text");
                return text.split(' ').next().unwrap_or_default().to_owned();
            }
        }
    }

    /// Calls and waits for its reply: the failure's code, or the response.
    pub fn read(&mut self, what: What, deadline_ms: u64) -> Result<ReadResponse, u64> {
        self.calls += 1;
        let call = self.calls;
        self.send(Op::Call, call, deadline_ms, &wire::encode(&ReadRequest { what: Some(what) }));
        loop {
            let said = self.hear().expect("the link stays");
            if said.op == Op::Reply && said.a == call {
                return match said.b {
                    0 => Ok(wire::decode(&said.payload, Budget::LINK).expect("a response")),
                    code => Err(code),
                };
            }
        }
    }

    /// Gold of these accounts; nothing where there is no wallet.
    pub fn gold(&mut self, accounts: &[u64]) -> Vec<Option<i64>> {
        let response = self.read(get(accounts), 30_000).expect("an answer");
        response.rows.iter().map(|found| found.row.as_ref().map(|row| gold_of(&row.row))).collect()
    }

    /// All wallets, page by page.
    pub fn all_gold(&mut self, rows_max: u32) -> Vec<(u64, i64)> {
        let mut all: Vec<(u64, i64)> = Vec::new();
        loop {
            let after = all.last().map(|&(account, _)| vec![id(account)]).unwrap_or_default();
            let scan = Scan { table: Table::Wallet as u32, prefix: vec![], after, rows_max };
            let response = self.read(What::Scan(scan), 30_000).expect("an answer");
            for row in response.rows.iter().filter_map(|found| found.row.as_ref()) {
                let wallet = WalletRow::from_values(&row.row).expect("a wallet");
                all.push((wallet.account, wallet.gold));
            }
            if response.done {
                return all;
            }
        }
    }
}

pub fn id(account: u64) -> Value {
    int(i64::try_from(account).expect("63 bits"))
}

pub fn get(accounts: &[u64]) -> What {
    let keys = accounts.iter().map(|&account| Key { key: vec![id(account)] }).collect();
    What::Get(Get { table: Table::Wallet as u32, keys })
}

fn gold_of(row: &[Value]) -> i64 {
    WalletRow::from_values(row).expect("a wallet").gold
}

pub fn turn(records: &[Record]) -> Vec<u8> {
    let mut out = Vec::new();
    for record in records {
        put_entry(&mut out, TxnId { account: AccountId(1), cseq: 1 }, &wire::encode(record));
    }
    out
}

pub fn wallet(account: u64, before: i64, after: i64, ver: u64) -> Mutation {
    Mutation {
        table: Table::Wallet as u32,
        op: MutationOp::Upsert.into(),
        ver,
        row: WalletRow { account, gold: after }.values(),
        gold_before: before,
        goods_before: None,
    }
}

pub fn record(mutations: Vec<Mutation>, flow: i64) -> Record {
    let flows = if flow == 0 { vec![] } else { vec![Flow { reason: Reason::Start as u32, amount: flow }] };
    Record { schema: RECORD_SCHEMA, value: true, flows, mutations, wall_ms: 1, goods: vec![] }
}

/// A new wallet with so much.
pub fn opening(account: u64, gold: i64) -> Record {
    record(vec![wallet(account, 0, gold, 1)], gold)
}

/// One pays another: (account, gold before, version after) each.
pub fn pay(lsn: u64, from: (u64, i64, u64), to: (u64, i64, u64), amount: i64) -> Record {
    let row = LedgerRow {
        lsn,
        n: 0,
        from_account: from.0,
        to_account: to.0,
        amount,
        reason: Reason::Pay as u32,
        cseq: 1,
        wall_ms: 1,
    };
    let ledger = Mutation {
        table: Table::Ledger as u32,
        op: MutationOp::Append.into(),
        row: row.values(),
        ..Mutation::default()
    };
    let from = wallet(from.0, from.1, from.1 - amount, from.2);
    let to = wallet(to.0, to.1, to.1 + amount, to.2);
    record(vec![from, to, ledger], 0)
}
