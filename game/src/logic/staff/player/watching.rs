//! How players play now, as staff sees it: sessions, places, what was said in public. Changes nothing; what is looked
//! through in one turn is bounded.

use proto::{
    ids::AccountId,
    link::{StaffKind, StaffPlayerAnswer, StaffResponse, StaffSaid, StaffSession},
    tables::AccountRow,
};
use slotmap::Key as _;

use super::StaffError;
use crate::logic::{
    delivery::ConnKey,
    event::Now,
    sessions::{Conn, Stage},
    tx::Halt,
    world::World,
};

impl World {
    /// One player: its session, if it has one, and its last public lines.
    pub(super) fn staff_watch(&mut self, account: AccountId, now: Now) -> Result<StaffResponse, Halt> {
        let row = self.in_tx(ConnKey::null(), None, now, |tx| {
            Ok(tx.row::<AccountRow>(&account.0)?.ok_or(StaffError::NoSuchAccount)?)
        })?;
        let key = self.online.get(&account);
        let session = key.and_then(|key| self.conns.get(*key)).and_then(|conn| self.session_seen(conn));
        let said = self.talking.heard.said_by(account.0).into_iter().map(|said| StaffSaid {
            wall_ms: said.wall_ms,
            r#where: said.to.name().to_owned(),
            name: said.name.clone(),
            text: said.text.clone(),
        });
        let player = StaffPlayerAnswer {
            sessions: session.into_iter().collect(),
            said: said.collect(),
            ..StaffPlayerAnswer::default()
        };
        Ok(StaffResponse { player: Some(player), ..self.staff_about(&row) })
    }

    /// The next sessions, of addresses that begin so, in the order of their places in memory.
    pub(super) fn staff_sessions(&self, after: u64, block: &[u8]) -> StaffResponse {
        let mut player = StaffPlayerAnswer { next: after, ..StaffPlayerAnswer::default() };
        // Beyond the places of the page before; walking there costs nothing that counts, looking does.
        let rest = self.conns.iter().filter(|(key, _)| after < place(*key));
        let mut rest = rest.take(SESSIONS_LOOKED_MAX + 1);
        for (key, conn) in rest.by_ref().take(SESSIONS_LOOKED_MAX) {
            if SESSIONS_SHOWN_MAX <= player.sessions.len() {
                return StaffResponse { player: Some(player), ..StaffResponse::default() };
            }
            player.next = place(key);
            if conn.address.starts_with(block) {
                player.sessions.extend(self.session_seen(conn));
            }
        }
        let done = rest.next().is_none();
        StaffResponse { player: Some(player), done, ..StaffResponse::default() }
    }

    /// Those of them that play.
    pub(super) fn staff_playing(&self, accounts: &[u64]) -> StaffResponse {
        let plays = |account: &&u64| self.online.contains_key(&AccountId(**account));
        let playing = accounts.iter().filter(plays).copied().collect();
        let player = StaffPlayerAnswer { playing, ..StaffPlayerAnswer::default() };
        StaffResponse { player: Some(player), ..StaffResponse::default() }
    }

    /// Kinds of items with greater numbers.
    pub(super) fn staff_kinds(&self, after: u32) -> StaffResponse {
        let mut rest = self.design.items().filter(|item| after < item.number);
        let kinds = rest.by_ref().take(KINDS_SHOWN_MAX).map(|item| StaffKind {
            kind: item.number,
            name: item.name.clone(),
            stack: item.stack,
        });
        let player = StaffPlayerAnswer { kinds: kinds.collect(), ..StaffPlayerAnswer::default() };
        let done = rest.next().is_none();
        StaffResponse { player: Some(player), done, ..StaffResponse::default() }
    }

    /// A session as staff sees it; none: nobody has logged in on this connection.
    fn session_seen(&self, conn: &Conn) -> Option<StaffSession> {
        let Stage::Playing(session) = &conn.stage else { return None };
        let row = self.cached_account(session.account);
        let there = self.roaming.avatar_of(session.account);
        let at = there.and_then(|(avatar, _)| self.roaming.field.at(avatar));
        Some(StaffSession {
            account: session.account.0,
            name: row.and_then(|row| row.name.clone()).unwrap_or_default(),
            address: conn.address.to_vec().into(),
            since_ms: session.since_ms,
            client: conn.client.clone(),
            away: session.away.is_some(),
            character: there.map_or(0, |(_, roamer)| roamer.character),
            on_map: at.is_some(),
            map: if at.is_some() { self.design.map().number() } else { 0 },
            x_mm: at.map_or(0, |at| at.x_mm),
            y_mm: at.map_or(0, |at| at.y_mm),
            room: session.room.map_or(0, |room| room.0),
        })
    }
}

/// Where a connection is in memory, from 1.
fn place(key: ConnKey) -> u64 {
    key.data().as_ffi() & u64::from(u32::MAX)
}

/// Sessions that one request looks at.
const SESSIONS_LOOKED_MAX: usize = 4_096;
/// Of those that are shown: some two hundred bytes each.
const SESSIONS_SHOWN_MAX: usize = 64;
/// A name has at most 64 bytes.
const KINDS_SHOWN_MAX: usize = 256;
