//! Somebody who plays over a client of bytes, goes away, comes back with a token, a ticket or a secret, and writes down
//! every sum that others paid it.

use std::net::SocketAddr;

use proto::{
    client::{Answer, Close, Hello, LoggedIn, LoginSecret, LoginTicket, Paid, Pay, Status, Wallet},
    kinds,
    prescan::Budget,
    wire,
};

use super::raw::Raw;

/// See the module.
pub struct Player {
    pub raw: Raw,
    server: SocketAddr,
    /// As its last login told.
    pub known: LoggedIn,
    /// To resume with, as it was told last.
    pub token: Vec<u8>,
    /// The number of its last command.
    pub cseq: u64,
    /// Amounts that others paid it, as they came.
    pub paid: Vec<i64>,
    secret: Vec<u8>,
}

impl Player {
    /// A new guest.
    pub fn guest(server: SocketAddr) -> Self {
        let mut raw = Raw::connect(server);
        let known = raw.guest();
        let mut player = Self::of(server, raw, known);
        player.secret = player.known.secret.to_vec();
        player
    }

    /// Who has just logged in there.
    pub fn of(server: SocketAddr, raw: Raw, known: LoggedIn) -> Self {
        let (token, cseq) = (known.token.to_vec(), known.cseq_last);
        Self { raw, server, known, token, cseq, paid: Vec::new(), secret: Vec::new() }
    }

    /// A connection that was welcomed: just after game has died the gateway still sends players away.
    pub fn door(&self) -> Raw {
        let hello = wire::encode(&Hello { protocol: 1, client: "player".to_owned() });
        let welcomed = (0..DOORS).find_map(|_| {
            let mut raw = Raw::connect(self.server);
            raw.send_packet(kinds::HELLO, 0, &hello);
            raw.wait_for(kinds::WELCOME).map(|_| raw)
        });
        welcomed.expect("a door that opens")
    }

    /// Over another connection; the one before stays, if this one is refused.
    pub fn resumes(&mut self) -> Result<(), String> {
        self.anew(Self::resumes_here)
    }

    /// Over a connection that was welcomed.
    pub fn resumes_here(&mut self) -> Result<(), String> {
        let resumed = self.raw.resume(&self.known.session, &self.token, self.raw.received)?;
        assert_eq!(resumed.cseq_last, self.cseq, "what arrived");
        self.token = resumed.token.to_vec();
        Ok(())
    }

    /// Over another connection, without saying where its commands have come: the number of the last that arrived.
    pub fn resumes_where_it_is(&mut self) -> Result<u64, String> {
        let mut raw = self.door();
        let resumed = raw.resume(&self.known.session, &self.token, self.raw.received)?;
        (self.raw, self.token) = (raw, resumed.token.to_vec());
        Ok(resumed.cseq_last)
    }

    fn anew(&mut self, way: impl FnOnce(&mut Self) -> Result<(), String>) -> Result<(), String> {
        let mut door = self.door();
        door.received = self.raw.received;
        let before = std::mem::replace(&mut self.raw, door);
        way(self).inspect_err(|_| self.raw = before)
    }

    /// Without a password, over another connection.
    pub fn comes_by_ticket(&mut self) -> Result<(), String> {
        self.comes(kinds::LOGIN_TICKET, &self.ticket_login())
    }

    /// As the guest that it is, over another connection.
    pub fn comes_by_secret(&mut self) -> Result<(), String> {
        self.comes(kinds::LOGIN_SECRET, &self.secret_login())
    }

    /// By any login, over another connection.
    pub fn comes(&mut self, kind: u32, body: &[u8]) -> Result<(), String> {
        self.anew(|player| player.comes_here(kind, body))
    }

    /// The same over a connection that was welcomed.
    pub fn comes_here(&mut self, kind: u32, body: &[u8]) -> Result<(), String> {
        self.raw.received = 0;
        self.known = self.raw.login(kind, body)?;
        (self.token, self.cseq) = (self.known.token.to_vec(), self.known.cseq_last);
        Ok(())
    }

    /// The body of a login by its ticket.
    pub fn ticket_login(&self) -> Vec<u8> {
        wire::encode(&LoginTicket { ticket: self.known.ticket.clone() })
    }

    /// The body of a login by its secret.
    pub fn secret_login(&self) -> Vec<u8> {
        let secret = self.secret.clone().into();
        wire::encode(&LoginSecret { account: self.known.account, secret })
    }

    /// The same player at another door, who has heard as much, and wrote nothing down yet.
    pub fn twin(&self) -> Self {
        let mut raw = self.door();
        raw.received = self.raw.received;
        Self {
            raw,
            server: self.server,
            known: self.known.clone(),
            token: self.token.clone(),
            cseq: self.cseq,
            paid: Vec::new(),
            secret: self.secret.clone(),
        }
    }

    /// The next packet; a payment is written down.
    pub fn next(&mut self) -> Option<(u32, u64, Vec<u8>)> {
        let packet = self.raw.next()?;
        if let (kinds::PAID, _, body) = &packet {
            self.paid.push(wire::decode::<Paid>(body, Budget::CLIENT).expect("a payment").amount);
        }
        Some(packet)
    }

    /// Sends a command.
    pub fn sends(&mut self, kind: u32, body: &[u8]) {
        self.cseq += 1;
        self.raw.send_packet(kind, self.cseq, body);
    }

    /// Waits for the answer to its last command, or for the name under which the server closes.
    pub fn is_answered(&mut self) -> Result<Answer, String> {
        self.answers(self.cseq)
    }

    /// The same for any command.
    pub fn answers(&mut self, cseq: u64) -> Result<Answer, String> {
        loop {
            match self.next() {
                Some((kinds::ANSWER, re, body)) if re == cseq => {
                    return Ok(wire::decode(&body, Budget::CLIENT).expect("an answer"));
                }
                Some((kinds::CLOSE, _, body)) => {
                    return Err(wire::decode::<Close>(&body, Budget::CLIENT).expect("a close").name);
                }
                None => return Err("eof".to_owned()),
                Some(_) => {}
            }
        }
    }

    /// A command that must go well.
    pub fn ok(&mut self, kind: u32, body: &[u8]) -> Vec<u8> {
        self.sends(kind, body);
        let answer = self.is_answered().expect("it plays");
        assert_eq!(answer.status(), Status::Ok, "{kind}: {}", answer.error);
        answer.result.to_vec()
    }

    pub fn pays(&mut self, to: u64, amount: i64) {
        self.ok(kinds::PAY, &wire::encode(&Pay { to, amount }));
    }

    pub fn gold(&mut self) -> i64 {
        wire::decode::<Wallet>(&self.ok(kinds::WALLET_READ, &[]), Budget::CLIENT).expect("a wallet").gold
    }

    /// Reads until so many payments came, and one answer more: there is none beyond.
    pub fn has_been_paid(&mut self, times: usize) {
        while self.paid.len() < times {
            self.next().expect("it plays");
        }
        self.gold();
        assert_eq!(self.paid.len(), times, "{:?}", self.paid);
    }
}

/// Each costs a connection.
const DOORS: usize = 100_000;
