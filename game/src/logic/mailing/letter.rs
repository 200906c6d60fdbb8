//! Some letters of a campaign: who of these is meant, to which of its characters it goes, and what is in it, which comes
//! from outside the world. With them in one record goes how far it has come.

use proto::{
    client::MailCame,
    ids::AccountId,
    kinds,
    limits::MAILBOX_MAX,
    link::{Goods, StaffMailFilter, StaffMailing},
    packet::Packet,
    tables::{
        AccountRow, CampaignRow, CharacterRow, GoodsLogRow, ItemRow, LedgerRow, MailRow, Place, Reason,
    },
    wire,
};

use super::{DONE, FULL, RUNNING, STOPPED, Slice, wish};
use crate::logic::{
    outputs::Audience,
    tx::{Halt, Tx},
};

/// Writes them. How it goes on with the campaign: its state.
pub(super) fn write(tx: &mut Tx<'_>, slice: &Slice) -> Result<u32, Halt> {
    let Slice { key, accounts, is_last, is_skipped } = slice;
    let Some(row) = tx.row::<CampaignRow>(key)?.filter(|row| row.state == RUNNING) else {
        return Ok(STOPPED);
    };
    let Some(wish) = wish(&row) else { return Err(Halt::Reject("internal")) };
    let mut row = row;
    if *is_skipped {
        row.skipped += accounts.len() as u64;
    } else {
        tx.want::<AccountRow>(accounts);
        tx.want::<CharacterRow>(accounts);
        let filter = wish.filter.clone().unwrap_or_default();
        let mut meant = Vec::with_capacity(accounts.len());
        for account in accounts {
            let account_row = tx.row::<AccountRow>(account)?;
            let characters = tx.set::<CharacterRow>(*account)?;
            let Some(account_row) = account_row.filter(|one| one.created_ms <= row.started_ms) else {
                continue;
            };
            match reader(&characters) {
                Some(reader) if is_meant(&filter, account_row.created_ms, reader.level) => {
                    meant.push((*account, reader.id));
                }
                // Who was meant by name and has nobody to read it is told of.
                None if !filter.ids.is_empty() => row.skipped += 1,
                Some(_) | None => {}
            }
        }
        let readers: Vec<u64> = meant.iter().map(|(_, reader)| *reader).collect();
        tx.want::<MailRow>(&readers);
        for reader in &readers {
            tx.set::<MailRow>(*reader)?;
        }
        for (account, reader) in meant {
            // What was agreed to is not exceeded by those who came since.
            if wish.letters_max != 0 && wish.letters_max <= row.sent {
                row.state = FULL;
                break;
            }
            if MAILBOX_MAX <= tx.set::<MailRow>(reader)?.len() {
                row.skipped += 1;
            } else {
                put(tx, &wish, AccountId(account), reader)?;
                row.sent += 1;
            }
        }
    }
    row.reached = accounts.last().copied().unwrap_or(row.reached);
    if *is_last && row.state == RUNNING {
        row.state = DONE;
    }
    if row.state != RUNNING {
        row.ended_ms = Some(tx.now.wall_ms);
    }
    let state = row.state;
    tx.put(row);
    Ok(state)
}

/// The character of an account that reads it: the highest that is not deleted, and of several the first.
pub(crate) fn reader(characters: &[CharacterRow]) -> Option<&CharacterRow> {
    let there = characters.iter().filter(|row| row.deleted_ms.is_none());
    there.reduce(|best, row| if best.level < row.level { row } else { best })
}

/// Whether an account with this reader is meant.
pub(crate) fn is_meant(filter: &StaffMailFilter, created_ms: u64, level: u32) -> bool {
    let StaffMailFilter { created_from_ms, created_to_ms, level_min, level_max, .. } = filter;
    let is_of_time = *created_from_ms <= created_ms && (*created_to_ms == 0 || created_ms < *created_to_ms);
    is_of_time && *level_min <= level && (*level_max == 0 || level <= *level_max)
}

/// One letter of the house, and news of it for whoever plays.
fn put(tx: &mut Tx<'_>, wish: &StaffMailing, account: AccountId, reader: u64) -> Result<(), Halt> {
    let StaffMailing { subject, text, gold, things, .. } = wish;
    let mail = tx.new_id()?;
    let (lsn, wall_ms) = (tx.lsn.0, tx.now.wall_ms);
    for (slot, Goods { kind, quantity }) in (0..).zip(things) {
        let (kind, quantity, id) = (*kind, *quantity, tx.new_id()?);
        tx.goods_flow(Reason::Staff, kind, quantity.into());
        tx.put(ItemRow { holder: mail, id, kind, quantity, place: Place::Mail as u32, slot });
        let n = tx.appended();
        tx.append(&GoodsLogRow {
            lsn,
            n,
            item: id,
            kind,
            quantity,
            from_holder: 0,
            to_holder: mail,
            reason: Reason::Staff as u32,
            account: 0,
            cseq: 0,
            wall_ms,
        });
    }
    if *gold != 0 {
        tx.flow(Reason::Staff, *gold);
        let n = tx.appended();
        tx.append(&LedgerRow {
            lsn,
            n,
            from_account: 0,
            to_account: mail,
            amount: *gold,
            reason: Reason::Staff as u32,
            cseq: 0,
            wall_ms,
        });
    }
    tx.put(MailRow {
        to_character: reader,
        id: mail,
        from_character: 0,
        from_name: String::new(),
        subject: subject.clone(),
        text: text.clone(),
        gold: *gold,
        sent_ms: wall_ms,
        read: false,
    });
    let came = MailCame { to: reader, mail, from_name: String::new(), subject: subject.clone() };
    tx.send(Audience::Account(account), |bytes| {
        wire::put(bytes, Packet { kind: kinds::MAIL_CAME, ..Packet::default() }, &came);
    });
    Ok(())
}
