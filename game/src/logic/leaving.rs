//! How a connection ends, from either side, and all that its player was in with it.

use proto::{close::CloseReason, tables::AccountRow};

use super::{
    cache::Cached,
    delivery::ConnKey,
    event::Now,
    resuming::{EXPIRED, KICKED, SUPERSEDED},
    running::session,
    sessions::{Numbers, Stage},
    world::World,
};

impl World {
    /// Closes every connection. What waits for durability is dropped: the caller has waited for it.
    pub fn close_all(&mut self, reason: CloseReason, now: Now) {
        let keys: Vec<ConnKey> = self.conns.keys().collect();
        for key in keys {
            self.close(key, reason, &[], now);
        }
    }

    /// Ends a connection from our side, after these packets.
    pub(super) fn close(&mut self, key: ConnKey, reason: CloseReason, packets: &[u8], now: Now) {
        let leaves = session(&mut self.conns, key).filter(|_| reason == CloseReason::LoggedOut);
        if let Some(account) = leaves.map(|session| session.account) {
            self.leave_map(account, now);
        }
        self.delivery.close(key, reason, packets);
        let why = match reason {
            CloseReason::Superseded => SUPERSEDED,
            CloseReason::Kicked => KICKED,
            _ => EXPIRED,
        };
        self.leave_world(key, why, now);
    }

    /// The gateway has closed it, or is gone itself. A session waits for its player to come back.
    pub(super) fn conn_gone(&mut self, key: ConnKey, now: Now) {
        if !self.go_away(key, now) {
            self.delivery.remove(key);
            self.leave_world(key, EXPIRED, now);
        }
    }

    /// Takes a connection's player out of everything, in one step. `why`: what a later resume is told.
    pub(super) fn leave_world(&mut self, key: ConnKey, why: &'static str, now: Now) {
        let Some(conn) = self.conns.remove(key) else { return };
        match conn.stage {
            Stage::ExpectHello | Stage::ExpectLogin | Stage::Returning { park: None, .. } => {}
            Stage::Queued(spot) => self.left_queue(spot, now),
            Stage::LoggingIn(park) | Stage::Returning { park: Some(park), .. } => {
                drop(self.drop_parked(park));
            }
            Stage::Playing(session) => {
                self.online.remove(&session.account);
                self.lobby.leave(session.account);
                self.seats.end(&session, why);
                self.scarcity.note_gone(session.account, now.instant);
                let accounts = AccountRow::table_mut(&mut self.cache);
                let stored = accounts.find(&session.account.0);
                if stored.is_some_and(|held| Numbers::of(&held.row) != session.numbers)
                    && let Some(row) = accounts.row_mut(&session.account.0)
                {
                    session.numbers.store(row);
                }
                if let Some(park) = session.parked {
                    drop(self.drop_parked(park));
                }
                if let Some(room) = session.room
                    && !self.room_outlived(key, session.account, room, now)
                {
                    self.leave_room(key, session.account, room, None, now);
                }
                self.lose_avatar(key, session.account, self.config.linkdead, now);
            }
        }
    }
}
