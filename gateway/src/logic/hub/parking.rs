//! Clients outlive game: whom the gateway keeps when the link is lost, whom it names to the next game, and when each is
//! read again. Knows of no epoch: whoever brings a link up has been believed.

use proto::{
    close::CloseReason,
    kinds::{Lane, PAUSED},
    limits::LINK_PROTOCOL_SEATED,
    link::KindRule,
    link_io::{GREETED_LOGS_IN, GREETED_RESUMES, Op, Record, Seat},
    wire,
};

use super::{
    super::{
        kind_table::KindTable,
        limits::{RETRY_AFTER_MS_MIN, RETURN_SPREAD_MS_MIN},
        session::{Kept, Login, Stage},
    },
    ConnKey, Hub, Life, LinkFault,
    apply::Gathering,
};

/// What is remembered of all who are parked.
#[derive(Debug, Default)]
pub(super) struct Parking {
    /// The game of now, or the last one, can be told of clients that an earlier one knew.
    is_spoken: bool,
    /// Clients that were admitted and are parked now.
    parked: usize,
    /// Clients that were kept when the link was lost last.
    kept: usize,
    reseated: Reseated,
}

/// Who has a seat again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reseated {
    /// So many clients.
    pub clients: usize,
    /// For how long the longest of them was parked.
    pub longest_ms: u64,
}

impl Parking {
    /// A client of this stage leaves.
    pub(super) fn leave(&mut self, stage: Stage) {
        self.parked -= usize::from(stage.is_parked() && stage.is_logged_in());
    }
}

impl Hub {
    /// Game is there, speaks this version of the link and knows these kinds. What it hears first is who was kept.
    pub fn link_up(&mut self, now_ms: u64, protocol: u32, kinds: &[KindRule]) {
        self.desk.kinds = KindTable::new(kinds);
        self.desk.bill.learn(kinds);
        self.parking.is_spoken = LINK_PROTOCOL_SEATED <= protocol;
        let kept = self.keys_where(Stage::is_parked);
        if !self.parking.is_spoken {
            // It has never heard of them: they go before it could be told that they did.
            self.close_each(&kept, now_ms, CloseReason::GameAway);
        }
        self.desk.batch.open();
        if self.parking.is_spoken {
            for key in kept {
                self.hand_over(key, now_ms);
            }
        }
    }

    /// Game is gone, and its groups mean nothing any more. Its clients are kept, if the next game can be told of them;
    /// returns how many of those that are parked now were admitted.
    pub fn link_down(&mut self, now_ms: u64) -> usize {
        self.desk.batch.close();
        self.desk.probes.clear();
        self.gathering = Gathering::default();
        self.groups.clear();
        let known = self.keys_where(Stage::is_opened);
        self.parking.kept = known.len();
        if self.parking.is_spoken && 0 < self.outlet.limits.park_ms {
            for key in known {
                self.park(key, now_ms);
            }
            self.close_overwhelmed(now_ms);
        } else {
            self.close_each(&known, now_ms, CloseReason::GameAway);
        }
        self.parking.parked
    }

    /// Clients that were admitted and are parked now.
    #[must_use]
    pub fn parked(&self) -> usize {
        self.parking.parked
    }

    /// Who has a seat again since this was last taken, once nobody waits for one.
    pub fn take_reseated(&mut self) -> Option<Reseated> {
        let is_done = 0 < self.parking.reseated.clients && self.parking.parked == 0;
        is_done.then(|| std::mem::take(&mut self.parking.reseated))
    }

    /// What a client is told that is to come back later: each another moment, spread over so many as may.
    pub(super) fn return_after_ms(&mut self) -> u32 {
        let clients = u32::try_from(self.parking.kept.max(self.clients.len())).unwrap_or(u32::MAX);
        let spread_ms = clients.max(RETURN_SPREAD_MS_MIN);
        RETRY_AFTER_MS_MIN + self.chance.up_to(spread_ms - RETRY_AFTER_MS_MIN)
    }

    /// Game accepted this client's credentials, or has its seat again.
    pub(super) fn admit(&mut self, key: ConnKey, record: Record<'_>, now_ms: u64) -> Result<(), LinkFault> {
        let seat = match Seat::take(record.payload) {
            Some((seat, _)) => seat,
            None if !self.parking.is_spoken => Seat::default(),
            None => return Err(LinkFault::Seat(record.payload.len())),
        };
        let client = &mut self.clients[key];
        let stage = match client.session.stage {
            Stage::Admitted | Stage::Reseated { .. } => return Ok(()),
            Stage::Parked { since_ms, kept } => {
                self.parking.leave(client.session.stage);
                let pause_ms = now_ms.saturating_sub(since_ms);
                self.desk.tally.pauses_ms.push(pause_ms);
                let reseated = &mut self.parking.reseated;
                reseated.clients += 1;
                reseated.longest_ms = reseated.longest_ms.max(pause_ms);
                self.read_on(key, now_ms);
                match kept {
                    Kept::Seated { untaken } => Stage::Reseated { untaken, is_due: true },
                    // Nobody is parked so while a link is up.
                    Kept::Greeted(_) => Stage::Admitted,
                }
            }
            Stage::TurnedAway(_) | Stage::ExpectHello | Stage::BeforeLogin(_) => {
                self.leave_half_done(key);
                Stage::Admitted
            }
        };
        let session = &mut self.clients[key].session;
        (session.stage, session.account, session.seat) = (stage, record.b, seat);
        Ok(())
    }

    /// Keeps one client that game knew. It is told at once, unless it was before.
    fn park(&mut self, key: ConnKey, now_ms: u64) {
        let client = &mut self.clients[key];
        let kept = match client.session.stage {
            Stage::Admitted => Kept::Seated { untaken: 0 },
            Stage::Reseated { untaken, .. } => Kept::Seated { untaken },
            Stage::BeforeLogin(greeted) if greeted.is_welcomed => Kept::Greeted(greeted),
            // Its hello would never be answered.
            Stage::BeforeLogin(_) => return self.close(key, now_ms, CloseReason::GameAway),
            Stage::TurnedAway(_) | Stage::ExpectHello | Stage::Parked { .. } => return,
        };
        client.session.stage = Stage::Parked { since_ms: now_ms, kept };
        let lost = &mut self.desk.tally.lost;
        client.outbox.forget_groups(self.outlet.bounds, &mut self.outlet.pool, lost);
        if std::mem::take(&mut client.is_over_rate) {
            // Nobody else would look whether it has hung up.
            self.resumed.push(key);
        }
        if matches!(kept, Kept::Seated { .. }) {
            self.parking.parked += 1;
            let mut paused = Vec::new();
            wire::put_plain(&mut paused, PAUSED, &[]);
            self.send(key, now_ms, Lane::Control, &paused);
        }
        self.arm(key);
    }

    /// Names one that was kept to a game that has come.
    fn hand_over(&mut self, key: ConnKey, now_ms: u64) {
        let client = &mut self.clients[key];
        let session = &mut client.session;
        let Stage::Parked { since_ms, kept } = session.stage else { return };
        match kept {
            Kept::Seated { .. } => {
                let mut payload = [0; Seat::BYTES + ADDRESS_BYTES];
                payload[..Seat::BYTES].copy_from_slice(&session.seat.to_bytes());
                payload[Seat::BYTES..].copy_from_slice(&session.address);
                self.desk.batch.put(Op::Seated, key.id(), session.account, &payload);
            }
            Kept::Greeted(greeted) => {
                let waits = match greeted.login {
                    Login::Waiting => GREETED_LOGS_IN,
                    Login::Resuming => GREETED_RESUMES,
                    Login::NotSent | Login::Refused => 0,
                };
                self.desk.batch.put(Op::Greeted, key.id(), waits, &session.address);
                session.stage = Stage::BeforeLogin(greeted);
                // The time that game was away is not its fault.
                client.opened_ms += now_ms.saturating_sub(since_ms);
                self.read_on(key, now_ms);
            }
        }
    }

    /// Bytes may wait in its transport and in its socket, of which nobody will tell again.
    fn read_on(&mut self, key: ConnKey, now_ms: u64) {
        let client = &mut self.clients[key];
        client.heard_ms = now_ms;
        client.is_held = true;
        self.resumed.push(key);
    }

    fn keys_where(&self, is_meant: impl Fn(Stage) -> bool) -> Vec<ConnKey> {
        let open = self.clients.iter().filter(|(_, client)| client.life == Life::Open);
        open.filter(|(_, client)| is_meant(client.session.stage)).map(|(key, _)| key).collect()
    }

    pub(super) fn close_each(&mut self, keys: &[ConnKey], now_ms: u64, reason: CloseReason) {
        for &key in keys {
            self.close(key, now_ms, reason);
        }
    }
}

const ADDRESS_BYTES: usize = 16;
const _: () = assert!(RETRY_AFTER_MS_MIN < RETURN_SPREAD_MS_MIN);
