//! Gateways as models: each has a link to game, connections of players, and for each what is under way in both
//! directions. One that loses its game keeps who has been admitted and names them to the next (docs/PROTOCOL.md). Knows
//! no command.

mod lying;
mod passing;
mod streams;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use proto::{
    close::CloseReason,
    ids::LinkId,
    kinds::Lane,
    link_io::{Op, Seat},
};

use self::{lying::Twists, streams::Streams};
use super::{
    around::Around,
    game::{Game, Leaving},
    truth::Wrong,
};

/// A connection: of which gateway, and its name there. Names of different gateways are alike.
pub(super) type Place = (usize, u64);

/// See the module.
#[derive(Debug)]
pub(super) struct Gates {
    all: Vec<Gate>,
    links: u64,
    streams: Streams,
    twists: Twists,
    /// Players of whom a connection was named to a game, and who may not know what came of it.
    pub(super) reseated: BTreeSet<usize>,
}

#[derive(Debug, Default)]
struct Gate {
    /// To the game that is up.
    link: Option<LinkId>,
    /// When it connects anew.
    comes_ms: u64,
    conns: BTreeMap<u64, Conn>,
    made: u64,
    /// What left game and was not read yet.
    unread: VecDeque<Leaving>,
}

#[derive(Debug)]
struct Conn {
    player: usize,
    stage: Stage,
    /// Its game is gone: nothing is taken from its client.
    is_parked: bool,
    /// What its client sends is not for the game that is up.
    discards: bool,
    /// It was admitted again, and its reset has not come from game.
    is_reset_due: bool,
    /// Those that its client has not answered.
    resets: u32,
    /// Whether a login or a resume of it has no answer, as the link says it.
    waits: u64,
    /// The last resume that was passed on: session, token, count.
    resume: Option<(Bytes, Bytes, u64)>,
    /// Its session, and how many counted packets have come of it.
    stream: Option<(Bytes, u64)>,
    /// Its client has left it, and when that is noticed.
    left_ms: Option<u64>,
    /// Game has ended it.
    is_over: bool,
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Coming>,
    groups: BTreeSet<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    New,
    /// Hello was passed on, nothing came back.
    Greeting,
    Greeted,
    Admitted(u64, Seat),
}

/// What comes to a player.
#[derive(Clone, Debug)]
pub(super) struct Coming {
    /// When it left game.
    pub(super) ms: u64,
    pub(super) lane: Lane,
    /// The connection ends after it.
    pub(super) close: Option<CloseReason>,
    pub(super) packets: Bytes,
}

impl Gates {
    pub(super) fn new(count: usize) -> Self {
        Self {
            all: (0..count).map(|_| Gate::default()).collect(),
            links: 0,
            streams: Streams::default(),
            twists: Twists::default(),
            reseated: BTreeSet::new(),
        }
    }

    /// A player connects to any that serves.
    pub(super) fn open(&mut self, player: usize, game: &mut Game, around: &mut Around) -> Option<Place> {
        let serve: Vec<usize> = (0..self.all.len()).filter(|at| self.all[*at].link.is_some()).collect();
        let at = around.dice.pick(&serve)?;
        let gate = &mut self.all[at];
        gate.made += 1;
        gate.conns.insert(gate.made, Conn::new(player));
        game.send(gate.link?, Op::Opened, gate.made, 0, &ADDRESS);
        Some((at, gate.made))
    }

    /// A player sends a frame.
    pub(super) fn send(&mut self, (at, conn): Place, frame: Vec<u8>) {
        if let Some(conn) = self.all[at].conns.get_mut(&conn).filter(|conn| !conn.is_over) {
            conn.up.push_back(frame);
        }
    }

    /// The oldest that came to a player.
    pub(super) fn hear(&mut self, (at, conn): Place) -> Option<Coming> {
        self.all[at].conns.get_mut(&conn)?.down.pop_front()
    }

    pub(super) fn has_news(&self, (at, conn): Place) -> bool {
        self.all[at].conns.get(&conn).is_some_and(|conn| !conn.down.is_empty())
    }

    /// Of what is under way only a beginning arrives: at the player, who hears it before anything else happens.
    pub(super) fn cut_down(&mut self, (at, conn): Place, around: &mut Around) {
        if let Some(conn) = self.all[at].conns.get_mut(&conn) {
            let keep = around.dice.index(conn.down.len() + 1);
            conn.down.truncate(keep);
        }
    }

    /// A player's connection is gone: the gateway takes a beginning of what was on its way, and notices now or later.
    pub(super) fn leave(&mut self, (at, name): Place, is_half_open: bool, around: &mut Around) {
        let gate = &mut self.all[at];
        let Some(conn) = gate.conns.get_mut(&name) else { return };
        let later = if is_half_open { around.dice.within(1_000, 45_000) } else { 0 };
        let keep = around.dice.share(conn.up.len());
        conn.up.truncate(keep);
        conn.down.clear();
        conn.left_ms = Some(around.clock.ms() + later);
        if conn.is_over {
            gate.conns.remove(&name);
        }
    }

    /// Game's process is gone, or stands still: a beginning of what it sent arrives, and all wait for the next one.
    pub(super) fn game_gone(&mut self, around: &mut Around) -> Result<(), Wrong> {
        for at in 0..self.all.len() {
            self.lose_link(at, around)?;
        }
        Ok(())
    }

    /// The link of one of them breaks, its game lives.
    pub(super) fn cut_link(&mut self, game: &mut Game, around: &mut Around) -> Result<(), Wrong> {
        let at = around.dice.index(self.all.len());
        let Some(link) = self.all[at].link else { return Ok(()) };
        around.tell("gateway", format_args!("{at} loses its link to game"));
        game.link_down(link);
        self.lose_link(at, around)
    }

    /// One of them ends, and another one takes its place. Says who was connected to it.
    pub(super) fn kill(&mut self, game: &mut Game, around: &mut Around) -> Option<usize> {
        let at = around.dice.index(self.all.len());
        let link = self.all[at].link?;
        around.tell("gateway", format_args!("{at} is killed"));
        game.link_down(link);
        Some(at)
    }

    /// The last of a killed one.
    pub(super) fn forget(&mut self, at: usize, around: &mut Around) {
        let gate = &mut self.all[at];
        gate.link = None;
        gate.conns.clear();
        gate.unread.clear();
        gate.comes_ms = around.clock.ms() + around.dice.within(5, 300);
    }

    fn lose_link(&mut self, at: usize, around: &mut Around) -> Result<(), Wrong> {
        if self.all[at].link.is_none() {
            return Ok(());
        }
        let keep = around.dice.share(self.all[at].unread.len());
        self.all[at].unread.truncate(keep);
        while let Some(leaving) = self.all[at].unread.pop_front() {
            self.pass_down(at, leaving)?;
        }
        let gate = &mut self.all[at];
        gate.link = None;
        let late = if around.dice.below(4) == 0 { 4_000 } else { 100 };
        gate.comes_ms = around.clock.ms() + around.dice.below(late);
        for conn in gate.conns.values_mut() {
            conn.is_parked = true;
            conn.is_reset_due = false;
            conn.groups.clear();
            if conn.stage == Stage::Greeting && !conn.is_over {
                // No game has answered its hello: it begins anew.
                conn.is_over = true;
                conn.down.push_back(Coming::close(CloseReason::GameAway, around));
            }
        }
        gate.conns.retain(|_, conn| conn.left_ms.is_none() || !conn.is_over);
        Ok(())
    }

    /// What game wrote for its gateways.
    pub(super) fn take(&mut self, left: &mut Vec<Leaving>, around: &mut Around) -> Result<(), Wrong> {
        for leaving in left.drain(..) {
            let Some(at) = self.all.iter().position(|gate| gate.link == Some(leaving.link)) else { continue };
            for leaving in self.twists.down(around.lie, leaving) {
                self.all[at].unread.push_back(leaving);
            }
        }
        Ok(())
    }

    /// One of them does something.
    pub(super) fn step(&mut self, game: &mut Game, around: &mut Around) -> Result<bool, Wrong> {
        let at = around.dice.index(self.all.len());
        if self.all[at].link.is_none() {
            if around.clock.ms() < self.all[at].comes_ms || !game.is_ready() {
                return Ok(false);
            }
            self.connect(at, game, around);
            return Ok(true);
        }
        let some = around.dice.share(self.all[at].unread.len());
        for _ in 0..some {
            if let Some(leaving) = self.all[at].unread.pop_front() {
                self.pass_down(at, leaving)?;
            }
        }
        let names: Vec<u64> = self.all[at].conns.keys().copied().collect();
        let mut did = some != 0;
        for name in names {
            did |= self.pass_up((at, name), game, around);
        }
        Ok(did)
    }

    /// Nothing is under way.
    pub(super) fn are_settled(&self) -> bool {
        let is_idle = |conn: &Conn| {
            conn.left_ms.is_some() || conn.up.is_empty() && conn.down.is_empty() && !conn.is_parked
        };
        self.all
            .iter()
            .all(|gate| gate.link.is_some() && gate.unread.is_empty() && gate.conns.values().all(is_idle))
    }

    /// Whether no connection but this one of a player is known, and nothing is under way to anybody.
    pub(super) fn is_alone(&self, player: usize, place: Place) -> bool {
        let others = |at: usize, gate: &Gate| {
            gate.conns.iter().any(|(name, conn)| conn.player == player && (at, *name) != place)
        };
        let is_quiet = self.all.iter().all(|gate| gate.unread.is_empty());
        let is_served = self.all[place.0].conns.get(&place.1).is_some_and(|conn| !conn.is_parked);
        is_quiet
            && is_served
            && !self.has_news(place)
            && !(0..).zip(&self.all).any(|(at, gate)| others(at, gate))
    }

    /// What had left for a session after so many packets: packets and bytes.
    pub(super) fn left_after(&self, session: &[u8], received: u64) -> (usize, usize) {
        self.streams.left_after(session, received)
    }
}

impl Conn {
    fn new(player: usize) -> Self {
        Self {
            player,
            stage: Stage::New,
            is_parked: false,
            discards: false,
            is_reset_due: false,
            resets: 0,
            waits: 0,
            resume: None,
            stream: None,
            left_ms: None,
            is_over: false,
            up: VecDeque::new(),
            down: VecDeque::new(),
            groups: BTreeSet::new(),
        }
    }
}

impl Coming {
    fn close(reason: CloseReason, around: &Around) -> Self {
        Self { ms: around.clock.ms(), lane: Lane::Control, close: Some(reason), packets: Bytes::new() }
    }
}

const ADDRESS: [u8; 16] = [0x20; 16];
