//! Players as scripts that do not know what they will do next: they come and go, deal, lose their connections, come
//! again and find out what happened of what they had asked for (reliability §3, S8).

mod deeds;
mod hearing;
mod learning;

use std::collections::BTreeMap;

use proto::{
    client::{Hello, LoginSecret},
    ids::{ConnId, Lsn},
    kinds,
    link_io::Op,
    packet::Packet,
    wire,
};

use self::deeds::{Deed, Known, Other};
use super::{
    around::Around,
    fault::FaultKind,
    game::{Game, Outgoing},
    truth::Wrong,
};

/// All of them.
#[derive(Debug)]
pub(super) struct Players {
    all: Vec<Player>,
    conns: u64,
    /// Answers OK to things of value.
    pub(super) deals: u64,
    /// The highest position of which anybody has been answered.
    answered: Lsn,
}

/// See the module.
#[derive(Debug, Default)]
struct Player {
    name: String,
    conn: Option<ConnId>,
    is_in: bool,
    account: u64,
    secret: Vec<u8>,
    cseq: u64,
    known: Known,
    /// Must-arrive packets that came in this session.
    received: u64,
    /// What came and was not looked at yet.
    inbox: Vec<Outgoing>,
    asked: BTreeMap<u64, Asked>,
    /// Commands answered OK in the last sessions, with a record each.
    done: BTreeMap<u64, Lsn>,
    idle_until_ms: u64,
    /// Its login was refused.
    gives_up: bool,
}

/// A command without an answer.
#[derive(Debug)]
struct Asked {
    deed: Deed,
    /// What anybody had been answered before it was sent.
    after: Lsn,
}

impl Players {
    pub(super) fn new(count: usize) -> Self {
        let named = |name: &&str| Player { name: (*name).to_owned(), ..Player::default() };
        Self { all: NAMES.iter().take(count).map(named).collect(), conns: 0, deals: 0, answered: Lsn(0) }
    }

    /// One of them does something. `may_begin`: also something new.
    pub(super) fn step(
        &mut self,
        game: &mut Game,
        around: &mut Around,
        may_begin: bool,
    ) -> Result<bool, Wrong> {
        let at = around.dice.index(self.all.len());
        if self.all[at].conn.is_some() && around.faults.strikes(FaultKind::PlayerGone) {
            self.drop_conn(at, game, around);
            return Ok(true);
        }
        if self.hear(at, around)? {
            return Ok(true);
        }
        if std::mem::take(&mut self.all[at].gives_up) {
            self.drop_conn(at, game, around);
            return Ok(true);
        }
        let now_ms = around.clock.ms();
        let player = &mut self.all[at];
        if player.conn.is_none() {
            if now_ms < player.idle_until_ms || !game.is_ready() {
                return Ok(false);
            }
            self.connect(at, game);
            return Ok(true);
        }
        if !player.is_in || UNANSWERED <= player.asked.len() || !may_begin {
            return Ok(false);
        }
        let others = self.all.iter().enumerate().filter(|(other, _)| *other != at);
        let others: Vec<Other> = others
            .map(|(_, Player { account, known, name, .. })| {
                let (account, character, name) = (*account, known.character, name.clone());
                Other { account, character, name }
            })
            .collect();
        let player = &self.all[at];
        let deed = Deed::draw(&player.name, &player.known, &others, &mut around.dice);
        self.ask(at, deed, game);
        Ok(true)
    }

    /// Nobody waits for anything.
    pub(super) fn are_settled(&self) -> bool {
        let is_settled = |player: &Player| player.is_in && player.asked.is_empty() && player.inbox.is_empty();
        self.all.iter().all(is_settled)
    }

    /// What the game sent.
    pub(super) fn take(&mut self, sent: &mut Vec<Outgoing>) {
        for outgoing in sent.drain(..) {
            if let Some(player) = self.all.iter_mut().find(|player| player.conn == Some(outgoing.conn)) {
                player.inbox.push(outgoing);
            }
        }
    }

    /// The game's process is gone, and with it all connections.
    pub(super) fn game_gone(&mut self, around: &mut Around) {
        for player in &mut self.all {
            // What had left before may still arrive.
            let keep = around.dice.index(player.inbox.len() + 1);
            player.inbox.truncate(keep);
            player.lose();
        }
    }

    fn drop_conn(&mut self, at: usize, game: &mut Game, around: &mut Around) {
        let player = &mut self.all[at];
        let Some(conn) = player.conn else { return };
        player.inbox.clear();
        player.lose();
        player.idle_until_ms = around.clock.ms() + around.dice.below(200);
        game.send(Op::Closed, conn, 1, &[]);
    }

    fn connect(&mut self, at: usize, game: &mut Game) {
        self.conns += 1;
        let conn = ConnId(self.conns);
        let player = &mut self.all[at];
        player.conn = Some(conn);
        player.received = 0;
        game.send(Op::Opened, conn, 0, &[0x20; 16]);
        let hello = Hello { protocol: 1, client: "sim".to_owned() };
        player.packet(kinds::HELLO, 0, &wire::encode(&hello), game);
        if player.secret.is_empty() {
            player.packet(kinds::LOGIN_GUEST, 0, &[], game);
        } else {
            let login = LoginSecret { account: player.account, secret: player.secret.clone().into() };
            player.packet(kinds::LOGIN_SECRET, 0, &wire::encode(&login), game);
        }
    }

    fn ask(&mut self, at: usize, deed: Deed, game: &mut Game) {
        let after = self.answered;
        let player = &mut self.all[at];
        player.cseq += 1;
        let cseq = player.cseq;
        player.packet(deed.kind, cseq, &deed.body, game);
        player.asked.insert(cseq, Asked { deed, after });
    }
}

impl Player {
    /// Its connection is gone; what already came is still looked at.
    fn lose(&mut self) {
        self.conn = None;
        self.is_in = false;
        self.known.in_world = false;
        self.known.trade = 0;
    }

    fn packet(&mut self, kind: u32, cseq: u64, body: &[u8], game: &mut Game) {
        let Some(conn) = self.conn else { return };
        let mut bytes = Vec::new();
        Packet { kind, cseq, ack: self.received, body, ..Packet::default() }.put(&mut bytes);
        game.send(Op::Packets, conn, 0, &bytes);
    }
}

const UNANSWERED: usize = 6;
/// Of their characters, too.
const NAMES: [&str; 5] = ["Anna", "Berta", "Clara", "Dora", "Emilia"];
