//! Kicks, bans, mutes and maintenance: what keeps players out or quiet, until its time is over or staff lifts it.

use proto::{
    close::CloseReason,
    ids::AccountId,
    link::StaffResponse,
    tables::{AccountRow, RestrictionRow},
    turn::TxnId,
};
use slotmap::Key;

use super::{
    Ask, Signed, Who, account,
    ask::{Maintenance, Restrict},
    log::{Deed, keep_change},
    switches,
};
use crate::logic::{
    delivery::ConnKey,
    event::Now,
    generation::Generation,
    logins::refusal,
    restrictions::{FOR_EVER_MS, banned, is_staff, maintenance},
    sessions::Stage,
    switches::STAFF_ONLY,
    tx::{Halt, Tx},
    world::World,
};

impl World {
    /// Of who does not play nothing is kept: nothing was done. A session that was kicked is over also where the close gets
    /// lost on its way: neither its seat, nor its ticket, nor its token is worth anything from here on (S11).
    pub(super) fn staff_kick(&mut self, ask: &Ask, who: &Who, now: Now) -> Result<StaffResponse, Halt> {
        let none = ConnKey::null();
        let mut row = self.in_tx(none, None, now, |tx| account(tx, who))?;
        let mut response = self.staff_about(&row);
        // Who waits for the seat that an earlier game gave plays as far as anybody can see.
        response.online |= !self.returning_as(AccountId(row.id)).is_empty();
        if response.online {
            let deed = Deed { account: row.id, until_ms: None };
            row.session_gen = Generation(row.session_gen).cut().0;
            self.in_tx(none, None, now, |tx| {
                tx.put(row.clone());
                keep_change(tx, ask, deed, PLAYS.to_owned(), KICKED.to_owned());
                Ok(())
            })?;
            self.commit(TxnId { account: AccountId(row.id), cseq: 0 }, now)?;
            self.end_sessions(AccountId(row.id), CloseReason::Kicked, &[], now);
        }
        Ok(response)
    }

    /// Durable before it is answered. Who is banned and plays is told why and closed; what its logins gave is worth nothing
    /// when the ban is over either (S11).
    pub(super) fn staff_restrict(
        &mut self,
        ask: &Ask,
        restrict: &Restrict,
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        let (account, row) = self.in_tx(ConnKey::null(), None, now, |tx| write(tx, ask, restrict))?;
        let mut response = self.staff_about(&account);
        response.until_ms =
            if restrict.is_mute { row.muted_until_ms } else { row.banned_until_ms }.unwrap_or(0);
        let account = AccountId(account.id);
        self.commit(TxnId { account, cseq: 0 }, now)?;
        if !restrict.is_mute && row.banned_until_ms.is_some() {
            self.end_sessions(account, CloseReason::Banned, &refusal(&banned(&row)), now);
        }
        Ok(response)
    }

    /// Whoever lets the request in keeps what survives a restart; see `WorldConfig::maintenance`. The row tells who did it.
    pub(super) fn staff_maintenance(
        &mut self,
        ask: &Ask,
        wish: &Maintenance,
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        let Maintenance { reason, is_kick } = wish;
        let was = switches::told(&self.staff_only_state());
        self.in_tx(ConnKey::null(), None, now, |tx| {
            let told = Signed { reason: reason.clone().unwrap_or_default(), ..ask.signed.clone() };
            let value = u64::from(reason.is_some());
            switches::put(tx, &told, STAFF_ONLY, value)?;
            let mut became = switches::line(value, &told.reason, &told.by);
            if value != 0 && *is_kick {
                became.push_str(PUT_OUT);
            }
            keep_change(tx, ask, Deed { account: 0, until_ms: None }, was.clone(), became);
            Ok(())
        })?;
        self.commit(TxnId { account: AccountId(0), cseq: 0 }, now)?;
        self.maintenance.clone_from(reason);
        if let (Some(reason), true) = (reason, is_kick)
            && let Halt::Barred(barred) = maintenance(reason)
        {
            let told = refusal(&barred);
            for key in self.players_but_staff() {
                self.close(key, CloseReason::Maintenance, &told, now);
            }
        }
        Ok(StaffResponse::default())
    }

    fn players_but_staff(&self) -> Vec<ConnKey> {
        let is_player = |key: &ConnKey| match self.conns.get(*key).map(|conn| &conn.stage) {
            Some(Stage::Playing(session)) => {
                let row = self.cached_account(session.account);
                !row.is_some_and(|row| is_staff(&self.config, row))
            }
            _ => false,
        };
        self.online.values().copied().filter(is_player).collect()
    }
}

fn write(tx: &mut Tx<'_>, ask: &Ask, restrict: &Restrict) -> Result<(AccountRow, RestrictionRow), Halt> {
    let Restrict { who, is_mute, is_lift, for_ms, reason } = restrict;
    if let Who::Id(id) = who {
        tx.want::<RestrictionRow>(&[id.0]);
    }
    let mut account = account(tx, who)?;
    let row = tx.row::<RestrictionRow>(&account.id)?;
    let mut row = row.unwrap_or(RestrictionRow {
        account: account.id,
        banned_until_ms: None,
        ban_reason: None,
        muted_until_ms: None,
    });
    let was = if *is_mute { row.muted_until_ms } else { row.banned_until_ms };
    let until = match (is_lift, for_ms) {
        (true, _) => None,
        (false, 0) => Some(FOR_EVER_MS),
        (false, for_ms) => Some(tx.now.wall_ms.saturating_add(*for_ms).min(FOR_EVER_MS)),
    };
    if *is_mute {
        row.muted_until_ms = until;
    } else {
        row.banned_until_ms = until;
        row.ban_reason = until.map(|_| reason.clone());
    }
    tx.put(row.clone());
    if !is_mute && !is_lift {
        account.session_gen = Generation(account.session_gen).cut().0;
        tx.put(account.clone());
    }
    let deed = Deed { account: account.id, until_ms: until };
    keep_change(tx, ask, deed, term(was), term(until));
    Ok((account, row))
}

/// Until when, milliseconds since 1970.
fn term(until_ms: Option<u64>) -> String {
    match until_ms {
        None => "not restricted".to_owned(),
        Some(FOR_EVER_MS) => "for ever".to_owned(),
        Some(until_ms) => format!("until {until_ms}"),
    }
}

const PUT_OUT: &str = ", who played is put out";
const PLAYS: &str = "plays";
const KICKED: &str = "kicked";
