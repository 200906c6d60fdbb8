//! What an account may not do for now: play, speak, or play while only staff does. Each ends by itself at
//! its time, which is wall time: nobody has to lift it. Knows no connection.

use proto::tables::{AccountRow, RestrictionRow};

use super::{
    event::WorldConfig,
    names::canonical,
    staff::Who,
    tx::{Barred, Halt, Tx},
};

/// Whether an account may log in.
pub(super) fn may_play(tx: &mut Tx<'_>, account: u64) -> Result<(), Halt> {
    let wall_ms = tx.now.wall_ms;
    match tx.row::<RestrictionRow>(&account)?.filter(|row| is_on(row.banned_until_ms, wall_ms)) {
        Some(row) => Err(Halt::Barred(banned(&row))),
        None => Ok(()),
    }
}

/// Whether an account may say something that others hear.
pub(super) fn may_speak(tx: &mut Tx<'_>, account: u64) -> Result<(), Halt> {
    let wall_ms = tx.now.wall_ms;
    let row = tx.row::<RestrictionRow>(&account)?;
    if row.is_some_and(|row| is_on(row.muted_until_ms, wall_ms)) {
        Err(Halt::Reject("muted"))
    } else {
        Ok(())
    }
}

/// What a banned player is told.
pub(super) fn banned(row: &RestrictionRow) -> Barred {
    let until_ms = row.banned_until_ms.filter(|until| *until != FOR_EVER_MS).unwrap_or(0);
    Barred {
        error: BANNED_CODE,
        detail: row.ban_reason.clone().unwrap_or_default(),
        until_ms,
        retry_after_ms: 0,
    }
}

/// Who may not play while only staff does.
pub(super) fn maintenance(reason: &str) -> Halt {
    Halt::Barred(Barred {
        error: MAINTENANCE_CODE,
        detail: reason.to_owned(),
        until_ms: 0,
        retry_after_ms: 0,
    })
}

/// Whether an account plays in maintenance.
pub(super) fn is_staff(config: &WorldConfig, row: &AccountRow) -> bool {
    let name = row.name.as_deref().and_then(|name| canonical(name).ok());
    config.maintenance_accounts.iter().any(|who| match who {
        Who::Id(id) => id.0 == row.id,
        Who::Name(key) => name.as_ref().is_some_and(|name| name.key() == key),
    })
}

fn is_on(until_ms: Option<u64>, wall_ms: u64) -> bool {
    until_ms.is_some_and(|until_ms| wall_ms < until_ms)
}

/// Stored for "until it is lifted".
pub(super) const FOR_EVER_MS: u64 = i64::MAX.cast_unsigned();
pub(super) const BANNED_CODE: &str = "banned";
const MAINTENANCE_CODE: &str = "maintenance";
