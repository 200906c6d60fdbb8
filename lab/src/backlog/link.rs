//! A game reduced to its link to dbfront: greets, sends turns of wallets without waiting for each, reads wallets.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use proto::{
    handshake::{Role, hello},
    limits::RECORD_SCHEMA,
    link::{Get, Key, LinkHello, LinkWelcome, ReadRequest, ReadResponse, Scan, read_request::What},
    link_io::{self, LinkBuf, Op},
    prescan::Budget,
    tables::{Row as _, Table, WalletRow, int},
    wire,
};

use crate::error::Error;

/// Account, gold, version.
pub(super) type Wallet = (u64, i64, u64);

/// See the module.
pub(super) struct Link {
    stream: UnixStream,
    input: LinkBuf,
    scratch: Vec<u8>,
    epoch: u64,
    calls: u64,
    pub(super) durable: u64,
    pub(super) applied: u64,
}

impl Link {
    pub(super) fn open(data: &Path, instance: u64) -> Result<Self, Error> {
        let stream = UnixStream::connect(data.join("run/dbfront.link")).map_err(Error::io("connecting"))?;
        stream.set_read_timeout(Some(Duration::from_secs(1))).map_err(Error::io("connecting"))?;
        let (input, scratch) = (LinkBuf::default(), vec![0; 256 * 1024]);
        let mut link = Self { stream, input, scratch, epoch: 0, calls: 0, durable: 0, applied: 0 };
        let hello = LinkHello { schema: RECORD_SCHEMA, ..hello(Role::Game, instance) };
        link.send(Op::Hello, 0, 0, &wire::encode(&hello))?;
        let welcome = link.until(|op, _, _, payload| {
            (op == Op::Welcome).then(|| wire::decode::<LinkWelcome>(payload, Budget::LINK))
        })?;
        let welcome = welcome.map_err(|_| strange("no welcome"))?;
        if !welcome.refused.is_empty() {
            return Err(strange(&welcome.refused));
        }
        link.epoch = welcome.epoch;
        link.durable = welcome.durable;
        link.applied = welcome.applied;
        Ok(link)
    }

    fn send(&mut self, op: Op, a: u64, b: u64, payload: &[u8]) -> Result<(), Error> {
        let mut out = Vec::new();
        link_io::Record::new(op, a, b, payload).put(&mut out);
        self.stream.write_all(&out).map_err(Error::io("writing to dbfront"))
    }

    pub(super) fn turn(&mut self, first: u64, body: &[u8]) -> Result<(), Error> {
        self.send(Op::Turn, first, self.epoch, body)
    }

    /// Hears until something is made of what comes: op, both numbers, payload.
    fn until<T>(&mut self, mut read: impl FnMut(Op, u64, u64, &[u8]) -> Option<T>) -> Result<T, Error> {
        loop {
            while let Some(record) = self.input.next().map_err(|_| strange("no link records"))? {
                let (op, a, b) = (record.op, record.a, record.b);
                let found = read(op, a, b, record.payload);
                match op {
                    Op::Durable => self.durable = a,
                    Op::Applied => self.applied = a,
                    Op::Refused => return Err(strange(&String::from_utf8_lossy(record.payload))),
                    Op::Ping => self.send(Op::Pong, a, 0, &[])?,
                    _ => {}
                }
                if let Some(found) = found {
                    return Ok(found);
                }
            }
            let bytes = self.receive()?;
            self.input.push(&self.scratch[..bytes]);
        }
    }

    /// Some bytes. Whoever only listens is taken for dead, so this says something each second.
    fn receive(&mut self) -> Result<usize, Error> {
        for _ in 0..SILENCE_S {
            match self.stream.read(&mut self.scratch) {
                Ok(0) => return Err(strange("the link has ended")),
                Ok(bytes) => return Ok(bytes),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    self.send(Op::Ping, 0, 0, &[])?;
                }
                Err(error) => return Err(Error::io("reading from dbfront")(error)),
            }
        }
        Err(strange("it is silent"))
    }

    pub(super) fn until_durable(&mut self, lsn: u64) -> Result<(), Error> {
        while self.durable < lsn {
            self.until(|op, _, _, _| (op == Op::Durable).then_some(()))?;
        }
        Ok(())
    }

    /// The next word about what is applied; said, too, for words about it may come without a pause.
    pub(super) fn until_more_applied(&mut self) -> Result<u64, Error> {
        self.send(Op::Ping, 0, 0, &[])?;
        self.until(|op, a, _, _| (op == Op::Applied).then_some(a))
    }

    fn read(&mut self, what: What) -> Result<ReadResponse, Error> {
        self.calls += 1;
        let call = self.calls;
        self.send(Op::Call, call, 60_000, &wire::encode(&ReadRequest { what: Some(what) }))?;
        self.until(|op, a, b, payload| {
            (op == Op::Reply && a == call).then(|| match b {
                0 => wire::decode::<ReadResponse>(payload, Budget::LINK).map_err(|_| strange("no response")),
                code => Err(strange(&format!("a read failed with {code}"))),
            })
        })?
    }

    /// Account, gold and version of these; they must be there.
    pub(super) fn wallets(&mut self, accounts: &[u64]) -> Result<Vec<Wallet>, Error> {
        let keys = accounts.iter().map(|&account| Key { key: vec![int(account.cast_signed())] }).collect();
        wallets(self.read(What::Get(Get { table: Table::Wallet as u32, keys }))?)
    }

    /// The next page after an account, and whether it is the last.
    pub(super) fn page(&mut self, after: u64) -> Result<(Vec<Wallet>, bool), Error> {
        let after = if after == 0 { Vec::new() } else { vec![int(after.cast_signed())] };
        let scan = Scan { table: Table::Wallet as u32, prefix: Vec::new(), after, rows_max: PAGE_ROWS };
        let response = self.read(What::Scan(scan))?;
        let done = response.done;
        Ok((wallets(response)?, done))
    }
}

fn wallets(response: ReadResponse) -> Result<Vec<Wallet>, Error> {
    let wallet = |row: proto::link::Row| {
        let wallet = WalletRow::from_values(&row.row)?;
        Some((wallet.account, wallet.gold, row.ver))
    };
    let rows = response.rows.into_iter().map(|found| found.row.and_then(wallet));
    rows.collect::<Option<_>>().ok_or_else(|| strange("a wallet is missing"))
}

fn strange(what: &str) -> Error {
    Error::Store(format!("dbfront: {what}"))
}

/// Longer than any pause that is not a mistake.
const SILENCE_S: u32 = 120;
const PAGE_ROWS: u32 = 1_000;
