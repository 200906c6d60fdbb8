//! Switches of the world, and accounts whose wealth is frozen: switched in one record with the row of the staff log, told
//! as they were and as they are. Knows no player's command.

use proto::{
    ids::AccountId,
    limits::FREEZES_MAX,
    link::{StaffResponse, StaffSwitchState},
    tables::{FreezeRow, SwitchRow},
    turn::TxnId,
};
use slotmap::Key as _;

use super::{
    Ask, Signed, StaffError, Who, account,
    ask::Switching,
    log::{Deed, keep_change},
};
use crate::logic::{
    cache::Cached as _,
    delivery::ConnKey,
    event::Now,
    switches::{STAFF_ONLY, Switch, row},
    tx::{Halt, Tx},
    world::World,
};

impl World {
    /// All of them, from memory: on a bad day the database may be away.
    pub(super) fn staff_switches(&self) -> StaffResponse {
        let of_world = Switch::ALL.iter().map(|switch| self.switch_state(switch.name()));
        let switches = of_world.chain([self.staff_only_state()]).collect();
        StaffResponse { switches, ..StaffResponse::default() }
    }

    /// Whether only staff may log in.
    pub(super) fn staff_only_state(&self) -> StaffSwitchState {
        self.maintenance.as_ref().map_or_else(
            || StaffSwitchState { name: STAFF_ONLY.to_owned(), ..StaffSwitchState::default() },
            |reason| {
                // Who switched it while game was down left no row, or that of an earlier time.
                let known = self.switch_state(STAFF_ONLY);
                let known = if known.reason == *reason { known } else { StaffSwitchState::default() };
                StaffSwitchState { name: STAFF_ONLY.to_owned(), value: 1, reason: reason.clone(), ..known }
            },
        )
    }

    fn switch_state(&self, name: &str) -> StaffSwitchState {
        let name = name.to_owned();
        match row(&self.cache, &name) {
            None => StaffSwitchState { name, ..StaffSwitchState::default() },
            Some(SwitchRow { value, reason, staff, since_ms, .. }) => StaffSwitchState {
                name,
                value: *value,
                reason: reason.clone(),
                by: staff.clone(),
                since_ms: *since_ms,
            },
        }
    }

    /// From its record on nothing happens that it forbids; the answer says that the record is durable.
    pub(super) fn staff_switch(
        &mut self,
        ask: &Ask,
        Switching { switch, value }: Switching,
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        let was = self.switch_state(switch.name());
        self.in_tx(ConnKey::null(), None, now, |tx| {
            put(tx, &ask.signed, switch.name(), value)?;
            let became = line(value, &ask.signed.reason, &ask.signed.by);
            keep_change(tx, ask, Deed { account: 0, until_ms: None }, told(&was), became);
            Ok(())
        })?;
        self.commit(TxnId { account: AccountId(0), cseq: 0 }, now)?;
        Ok(StaffResponse { switch_was: Some(was), ..self.staff_switches() })
    }

    /// The account plays on.
    pub(super) fn staff_freeze(
        &mut self,
        ask: &Ask,
        who: &Who,
        is_lift: bool,
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        let (row, was_frozen) = self.in_tx(ConnKey::null(), None, now, |tx| freeze(tx, ask, who, is_lift))?;
        let response = StaffResponse { was_frozen, ..self.staff_about(&row) };
        self.commit(TxnId { account: AccountId(row.id), cseq: 0 }, now)?;
        Ok(response)
    }
}

/// Puts the row of a switch, or takes it away.
pub(super) fn put(tx: &mut Tx<'_>, signed: &Signed, name: &str, value: u64) -> Result<(), Halt> {
    let name = name.to_owned();
    let is_on = tx.row::<SwitchRow>(&name)?.is_some();
    if value != 0 {
        let Signed { by: staff, reason } = signed.clone();
        tx.put(SwitchRow { name, value, reason, staff, since_ms: tx.now.wall_ms });
    } else if is_on {
        tx.delete::<SwitchRow>(&name);
    }
    Ok(())
}

/// A switch as it is, in a line for the staff log.
pub(super) fn told(switch: &StaffSwitchState) -> String {
    line(switch.value, &switch.reason, &switch.by)
}

/// The same of its parts.
pub(super) fn line(value: u64, reason: &str, by: &str) -> String {
    if value == 0 { OFF.to_owned() } else { because(value.to_string(), reason, by) }
}

/// Something with why it is so and whose deed it was, as far as that is known.
fn because(mut line: String, reason: &str, by: &str) -> String {
    if !reason.is_empty() {
        line.push_str(&format!(": {reason}"));
    }
    if !by.is_empty() {
        line.push_str(&format!(" ({by})"));
    }
    line
}

fn freeze(
    tx: &mut Tx<'_>,
    ask: &Ask,
    who: &Who,
    is_lift: bool,
) -> Result<(proto::tables::AccountRow, bool), Halt> {
    let account = account(tx, who)?;
    let row = tx.row::<FreezeRow>(&account.id)?;
    let was = row.is_some();
    let before = row.map_or_else(|| FREE.to_owned(), |row| frozen(&row.reason, &row.staff));
    let after = if is_lift { FREE.to_owned() } else { frozen(&ask.signed.reason, &ask.signed.by) };
    if is_lift && was {
        tx.delete::<FreezeRow>(&account.id);
    } else if !is_lift {
        if !was && FREEZES_MAX <= FreezeRow::table(tx.cache).rows() {
            return Err(StaffError::TooManyFrozen.into());
        }
        let Signed { by: staff, reason } = ask.signed.clone();
        tx.put(FreezeRow { account: account.id, reason, staff, since_ms: tx.now.wall_ms });
    }
    keep_change(tx, ask, Deed { account: account.id, until_ms: None }, before, after);
    Ok((account, was))
}

fn frozen(reason: &str, by: &str) -> String {
    because("frozen".to_owned(), reason, by)
}

const OFF: &str = "off";
const FREE: &str = "not frozen";
