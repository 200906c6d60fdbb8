//! Whom a player does not want to hear, and whom staff should look at. By account: whoever makes another character is
//! the same. Knows no way to speak.

use proto::{
    client::{Blocked, Blocks, ChatBlock, ChatReport},
    ids::AccountId,
    limits::{BLOCKED_MAX, REPORT_REASON_BYTES_MAX, REPORTS_KEPT_MAX},
    tables::{AccountRow, CharacterNameRow, CharacterRow, ChatBlockRow, ReportRow},
    wire,
};

use crate::logic::{
    heard::Heard,
    names::canonical,
    text,
    tx::{Call, Halt, Tx, decode},
};

/// `chat_block`.
pub(in crate::logic::commands) fn block(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ChatBlock { character, account, lift } = decode(call.body)?;
    let own = call.account.0;
    tx.want::<ChatBlockRow>(&[own]);
    let whom = whom(tx, &character, account)?;
    let rows = tx.set::<ChatBlockRow>(own)?;
    if let Some(Whom { account: blocked, name }) = whom {
        if blocked == own {
            return Err(Halt::Reject("own_account"));
        }
        match (rows.iter().any(|row| row.blocked == blocked), lift) {
            (true, true) => tx.delete::<ChatBlockRow>(&(own, blocked)),
            (false, false) if BLOCKED_MAX <= rows.len() => return Err(Halt::Reject("too_many_blocked")),
            (false, false) => {
                tx.put(ChatBlockRow { account: own, blocked, name, since_ms: tx.now.wall_ms });
            }
            (true, false) | (false, true) => {}
        }
    }
    let rows = tx.set::<ChatBlockRow>(own)?;
    let blocked =
        rows.into_iter().map(|row| Blocked { account: row.blocked, name: row.name, since_ms: row.since_ms });
    tx.answer(call, &wire::encode(&Blocks { blocked: blocked.collect() }));
    Ok(())
}

/// Whether somebody does not want to hear an account.
pub(in crate::logic) fn is_blocked(tx: &mut Tx<'_>, by: AccountId, who: AccountId) -> Result<bool, Halt> {
    Ok(tx.set::<ChatBlockRow>(by.0)?.iter().any(|row| row.blocked == who.0))
}

/// Refuses to bring somebody what it does not want from this account. Things of value cannot be passed over in
/// silence as words can, so this has a name.
pub(in crate::logic) fn must_not_be_blocked(
    tx: &mut Tx<'_>,
    by: AccountId,
    who: AccountId,
) -> Result<(), Halt> {
    if is_blocked(tx, by, who)? { Err(Halt::Reject("they_refuse")) } else { Ok(()) }
}

/// `chat_report`, with what was heard. Who says more than one thing about somebody is kept with the last.
pub(in crate::logic) fn report(tx: &mut Tx<'_>, call: &Call<'_>, heard: &Heard) -> Result<(), Halt> {
    let ChatReport { character, account, reason } = decode(call.body)?;
    if REPORT_REASON_BYTES_MAX < reason.len() {
        return Err(Halt::Reject("text_too_long"));
    }
    let reason = text::clean(&reason);
    if reason.is_empty() {
        return Err(Halt::Reject("text_empty"));
    }
    let by_account = call.account.0;
    let Whom { account, name } = whom(tx, &character, account)?.ok_or(Halt::Reject("bad_body"))?;
    if account == by_account {
        return Err(Halt::Reject("own_account"));
    }
    let kept = tx.set::<ReportRow>(account)?;
    let is_new = kept.iter().all(|row| row.by_account != by_account);
    if is_new
        && REPORTS_KEPT_MAX <= kept.len()
        && let Some(oldest) = kept.iter().min_by_key(|row| row.wall_ms)
    {
        // Staff knows of this one. Were one that staff may not have read to go, friends could wash it out.
        if tx.now.wall_ms.saturating_sub(oldest.wall_ms) < UNREAD_MS {
            return Ok(());
        }
        tx.delete::<ReportRow>(&(account, oldest.by_account));
    }
    let evidence = heard.evidence(account, by_account);
    tx.put(ReportRow { account, by_account, name, reason, evidence, wall_ms: tx.now.wall_ms });
    Ok(())
}

/// A report stays so long, however many come after it: a week.
const UNREAD_MS: u64 = 7 * 24 * 3_600_000;

/// An account, and under which name somebody meant it.
struct Whom {
    account: u64,
    name: String,
}

/// Who is meant, if anybody. One whose character is deleted can be meant as long as it keeps its name.
fn whom(tx: &mut Tx<'_>, character: &str, account: u64) -> Result<Option<Whom>, Halt> {
    const NONE: Halt = Halt::Reject("no_such_character");
    match (character, account) {
        ("", 0) => Ok(None),
        ("", id) => {
            let row = tx.row::<AccountRow>(&id)?.ok_or(Halt::Reject("no_such_account"))?;
            Ok(Some(Whom { account: id, name: row.name.unwrap_or_default() }))
        }
        (name, 0) => {
            let Ok(name) = canonical(name) else { return Err(NONE) };
            let owner = tx.row::<CharacterNameRow>(&name.key().to_owned())?.ok_or(NONE)?;
            let row = tx.row::<CharacterRow>(&(owner.account, owner.character))?.ok_or(NONE)?;
            Ok(Some(Whom { account: owner.account, name: row.name }))
        }
        _ => Err(Halt::Reject("bad_body")),
    }
}
