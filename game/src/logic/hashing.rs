//! Commands and logins that wait for a password's hash: in which queue, what they are told meanwhile, and
//! who goes when it is full.

use std::time::Duration;

use proto::{
    client::LoginQueued,
    kinds::{self, Lane},
    packet::Packet,
    wire,
};

use super::{
    delivery::ConnKey,
    event::{HashJob, HashJobId, HashResult, Now},
    guests::{address_block, is_loopback},
    hash_queue::{Origin, is_notable},
    parking::{ParkId, Parked, Waiter},
    running::busy,
    tx::HashWish,
    world::World,
};

impl World {
    fn origin(&self, key: ConnKey) -> Origin {
        let conn = self.conns.get(key);
        let address = conn.map(|conn| conn.address).unwrap_or_default();
        // Staff has no connection.
        let is_counted = conn.is_some() && (self.config.limit_loopback || !is_loopback(address));
        Origin { block: address_block(address), is_counted }
    }

    /// Whether one more password from this connection may wait.
    pub(super) fn hash_has_room(&self, key: ConnKey) -> bool {
        self.hashes.has_room(self.origin(key))
    }

    /// Lets it wait; there must be room. A login is told its position.
    pub(super) fn park_for_hash(&mut self, mut parked: Parked, wish: HashWish, now: Now) -> ParkId {
        let key = parked.waiter.conn();
        let is_login = matches!(parked.waiter, Waiter::Client { cseq: 0, .. });
        if let HashWish::Verify { phc, .. } = &wish {
            parked.compared.clone_from(phc);
        }
        let (park, id, wanted) = self.parking.park_for_hash(parked);
        let job = match wish {
            HashWish::Make(password) => HashJob::Make { id, password, wanted },
            HashWish::Verify { password, phc } => HashJob::Verify { id, password, phc, wanted },
        };
        if let Some(displaced) = self.hashes.push(self.origin(key), job) {
            self.figures.hashes_refused += 1;
            self.displaced.extend(self.parking.hash_done(displaced, HashResult::Failed));
        }
        self.hashes.tell_at.get_or_insert(now.instant + TELL_AGAIN);
        if is_login {
            let position = self.hashes.positions().find(|(job, _)| *job == id).map_or(1, |(_, at)| at);
            self.tell_position(park, position);
        }
        park
    }

    pub(super) fn on_hash(&mut self, job: HashJobId, result: HashResult, now: Now) {
        self.hashes.done(now.instant);
        if let Some(park) = self.parking.hash_done(job, result) {
            self.resume(park, None, now);
        }
    }

    /// Who had to make room is told so, whoever waited long enough hears where it is now, and the next
    /// passwords are handed out.
    pub(super) fn hashes_due(&mut self, now: Now) {
        while let Some(park) = self.displaced.pop() {
            self.resume(park, Some(busy), now);
        }
        if self.hashes.tell_at.is_some_and(|at| at <= now.instant) {
            self.hashes.tell_at = self.hashes.is_waiting().then_some(now.instant + TELL_AGAIN);
            let positions: Vec<(HashJobId, u32)> = self.hashes.positions().collect();
            for (job, position) in positions {
                let Some((park, told)) = self.parking.told(job) else { continue };
                if told.is_some_and(|told| is_notable(told, position)) {
                    self.tell_position(park, position);
                }
            }
        }
    }

    fn tell_position(&mut self, park: ParkId, position: u32) {
        let Some(key) = self.parking.tell(park, position) else { return };
        let mut bytes = Vec::new();
        let head = Packet { kind: kinds::LOGIN_QUEUED, ..Packet::default() };
        wire::put(
            &mut bytes,
            head,
            &LoginQueued { position, wait_ms: self.hashes.wait_ms(position), ..LoginQueued::default() },
        );
        self.delivery.send_now(key, Lane::Control, false, &bytes);
    }

    /// Its password waits no longer, if it is not being hashed already.
    pub(super) fn unqueue(&mut self, parked: &Parked) {
        if let Some((job, _)) = parked.wants
            && self.hashes.remove(job)
        {
            self.parking.hash_gone(job);
        }
    }
}

/// Between two times that one who waits hears of its position.
const TELL_AGAIN: Duration = Duration::from_secs(1);
