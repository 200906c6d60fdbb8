//! What players do to it: one account pays another, again and again, each payment one record. Where everything
//! stands after any record follows from its number alone, so whatever a crash left can be compared.

use std::{
    io::{self, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use proto::{
    link::{LinkWelcome, ReadRequest, Record},
    link_io::{self, LinkBuf, Op},
    prescan::Budget,
    wire,
};
use rusqlite::Connection;

use crate::{
    child::{Ended, Served, Wish},
    game::{get, greeting, opening, pay, turn},
};

/// A game whose link may end at any moment.
pub struct Payer {
    stream: UnixStream,
    input: LinkBuf,
    epoch: u64,
    /// What it was told.
    pub told: Told,
}

#[derive(Clone, Debug, Default)]
pub struct Told {
    pub sent: u64,
    pub durable: u64,
    pub applied: u64,
    /// Reads that were answered.
    pub replies: u64,
    /// Why the link was cut.
    pub refused: Option<String>,
}

impl Payer {
    pub fn begin(link: &Path, instance: u64) -> io::Result<Self> {
        let stream = UnixStream::connect(link)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut payer = Self { stream, input: LinkBuf::default(), epoch: 0, told: Told::default() };
        payer.send(Op::Hello, 0, 0, &wire::encode(&greeting(instance)))?;
        while payer.epoch == 0 {
            payer.hear()?;
        }
        payer.told.sent = payer.told.durable;
        Ok(payer)
    }

    fn send(&mut self, op: Op, a: u64, b: u64, payload: &[u8]) -> io::Result<()> {
        let mut out = Vec::new();
        link_io::Record::new(op, a, b, payload).put(&mut out);
        self.stream.write_all(&out)
    }

    /// One word of dbfront, or the link's end.
    pub fn hear(&mut self) -> io::Result<()> {
        loop {
            if let Some(record) = self.input.next().expect("link records") {
                let (a, payload) = (record.a, record.payload.to_vec());
                match record.op {
                    Op::Ping => self.send(Op::Pong, a, 0, &[])?,
                    Op::Durable => self.told.durable = self.told.durable.max(a),
                    Op::Applied => self.told.applied = a,
                    Op::Welcome => {
                        let welcome: LinkWelcome = wire::decode(&payload, Budget::LINK).expect("a welcome");
                        assert_eq!(welcome.refused, "", "{}", welcome.detail);
                        self.epoch = welcome.epoch;
                        (self.told.durable, self.told.applied) = (welcome.durable, welcome.applied);
                    }
                    Op::Refused => {
                        let text = String::from_utf8(payload).expect("text");
                        self.told.refused = text.split(' ').next().map(str::to_owned);
                    }
                    Op::Reply => self.told.replies += 1,
                    // How much room there is: others look at that.
                    Op::Level => {}
                    other => panic!("{other:?} was not asked for"),
                }
                return Ok(());
            }
            let mut scratch = [0; 4_096];
            match self.stream.read(&mut scratch)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                bytes => self.input.push(&scratch[..bytes]),
            }
        }
    }

    /// The next payments as one turn each, up to record `to`, each waited for; the database every `apply` ones.
    pub fn play(&mut self, to: u64, apply: u64) -> io::Result<()> {
        while self.told.sent < to {
            self.pay_next()?;
            self.until_durable(self.told.sent)?;
            if self.told.sent.is_multiple_of(apply) {
                self.until_applied(self.told.sent)?;
            }
        }
        Ok(())
    }

    /// One more, not waited for.
    pub fn pay_next(&mut self) -> io::Result<()> {
        let lsn = self.told.sent + 1;
        self.told.sent = lsn;
        self.send(Op::Turn, lsn, self.epoch, &turn(&[payment(lsn)]))
    }

    /// Asks for what the first account has.
    pub fn ask(&mut self) -> io::Result<()> {
        let request = ReadRequest { what: Some(get(&[1])) };
        self.send(Op::Call, self.told.replies + 1, 5_000, &wire::encode(&request))
    }

    /// Keeps so many on their way: one more, or a word of dbfront.
    pub fn hear_or_pay(&mut self, window: u64) -> io::Result<()> {
        // Dbfront may end between two turns; what it said before is still to be heard.
        if self.told.sent < self.told.durable + window && self.pay_next().is_ok() {
            return Ok(());
        }
        self.hear()
    }

    pub fn until_durable(&mut self, lsn: u64) -> io::Result<()> {
        while self.told.durable < lsn {
            self.hear()?;
        }
        Ok(())
    }

    pub fn until_applied(&mut self, lsn: u64) -> io::Result<()> {
        while self.told.applied < lsn {
            self.hear()?;
        }
        Ok(())
    }

    /// Listens to the end of the link, or for as long as dbfront needs to do what it does in quiet moments.
    pub fn listen(&mut self, at_most: Duration) {
        self.listen_until(at_most, |_| false);
    }
}

impl Payer {
    /// Listens until it is so, at most so long for a word.
    pub fn listen_until(&mut self, at_most: Duration, is_so: impl Fn(&Told) -> bool) {
        self.stream.set_read_timeout(Some(at_most)).expect("a timeout");
        while !is_so(&self.told) && self.hear().is_ok() {}
        self.stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    }
}

fn payment(lsn: u64) -> Record {
    match lsn {
        1 => opening(1, OPENING),
        2 => opening(2, 0),
        _ => {
            let [one, two] = gold_after(lsn - 1);
            pay(lsn, (1, one, lsn - 1), (2, two, lsn - 1), PRICE)
        }
    }
}

pub fn gold_after(lsn: u64) -> [i64; 2] {
    let paid = PRICE * i64::try_from(lsn.saturating_sub(2)).expect("small");
    [OPENING - paid, paid]
}

/// Compares the database's file, row by row, with what it must be after record `lsn`.
pub fn compare(wish: &Wish, lsn: u64, at: &str) {
    let path = wish.data.join("game.db");
    let connection = Connection::open(&path).expect("a database");
    let check: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a check");
    assert_eq!(check, "ok", "{at}");
    let numbers = |sql: &str| -> Vec<[i64; 3]> {
        let mut statement = connection.prepare(sql).expect("a statement");
        let rows = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?])).expect("rows");
        rows.map(|row| row.expect("a row")).collect()
    };
    let stored = |number: u64| i64::try_from(number).expect("63 bits");
    let cursor = numbers("SELECT lsn, 0, 0 FROM journal_cursor");
    assert_eq!(cursor, [[stored(lsn), 0, 0]], "{at}: the cursor");
    let [one, two] = gold_after(lsn);
    let ver = stored(lsn.max(2) - 1);
    let wallets = [[1, one, ver], [2, two, ver]];
    let wallets = &wallets[..usize::try_from(lsn.min(2)).expect("small")];
    assert_eq!(numbers("SELECT account, gold, ver FROM wallet ORDER BY account"), wallets, "{at}");
    let ledger: Vec<_> = (3..=lsn).map(|lsn| [stored(lsn), 0, PRICE]).collect();
    assert_eq!(numbers("SELECT lsn, n, amount FROM ledger ORDER BY lsn, n"), ledger, "{at}");
}

/// Starts it again, plays to the end, and compares: nothing told is gone, nothing is there twice (I1–I3).
pub fn survives(wish: &Wish, told: &Told, to: u64, at: &str) {
    let served = Served::start(wish).unwrap_or_else(|ended| panic!("{at}: {ended:?}"));
    let mut payer = Payer::begin(&served.link, 1 << 32).unwrap_or_else(|error| panic!("{at}: {error}"));
    let found = payer.told.durable;
    assert!(told.durable <= found && found <= told.sent.max(told.durable), "{at}: {told:?}, found {found}");
    payer.play(to, u64::MAX).and_then(|()| payer.until_applied(to.max(found))).expect("a sound disk");
    let ended = served.stop();
    assert!(ended.status.success(), "{at}: {ended:?}");
    compare(wish, to.max(found), at);
}

/// One life: plays to record `to` if it can, and is stopped then. What it was told, and how it ended; nothing was
/// told if it never served.
pub fn live(wish: &Wish, to: u64, apply: u64) -> (Told, Ended) {
    let served = match Served::start(wish) {
        Ok(served) => served,
        Err(ended) => return (Told::default(), ended),
    };
    let mut told = Told::default();
    if let Ok(mut payer) = Payer::begin(&served.link, u64::from(std::process::id())) {
        let played = payer.play(to, apply).and_then(|()| payer.until_applied(payer.told.durable));
        if played.is_ok() {
            payer.listen(QUIET);
        } else {
            // What it still says before the end.
            payer.listen(PATIENCE);
        }
        told = payer.told;
    }
    (told, served.stop())
}

const OPENING: i64 = 1_000_000;
const PRICE: i64 = 7;
/// For an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// A MARK is written after 50 ms.
const QUIET: Duration = Duration::from_millis(150);
