//! An account's characters: looked at, made, deleted for a while, restored. Who is in the world is told
//! from outside, and so is time. Knows no map.

pub(in crate::logic) mod gone;

use proto::{
    client::{CharCreate, CharDelete, CharRestore, Character, Characters, Progress as ProgressSeen},
    ids::AccountId,
    kinds,
    limits::{CHARACTERS_ALIVE_MAX, CHARACTERS_KEPT_MAX},
    packet::Packet,
    tables::{CharacterNameRow, CharacterRow, ItemRow, Place},
    wire,
};

use crate::logic::{
    design::{Bonus, Design, Gained, Progress, Strength},
    names::canonical,
    outputs::Audience,
    tx::{Call, Halt, Tx, decode},
};

/// `char_list`.
pub(super) fn list(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let own = own(tx, call.account)?;
    let characters = own.iter().map(|row| seen(tx, row)).collect();
    let result = Characters { characters, in_world: tx.in_world.unwrap_or(0) };
    tx.answer(call, &wire::encode(&result));
    Ok(())
}

/// `char_create`.
pub(super) fn create(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let CharCreate { name } = decode(call.body)?;
    let name = canonical(&name).map_err(|error| Halt::Reject(error.code()))?;
    let key = name.key().to_owned();
    tx.want::<CharacterNameRow>(std::slice::from_ref(&key));
    let own = own(tx, call.account)?;
    if CHARACTERS_ALIVE_MAX <= alive(&own) || CHARACTERS_KEPT_MAX <= own.len() {
        return Err(TOO_MANY);
    }
    if is_taken(tx, &key)? {
        return Err(Halt::Reject("name_taken"));
    }
    let id = tx.new_id()?;
    let Progress { level, xp, hp } = tx.design.levels().begin();
    let row = CharacterRow {
        account: call.account.0,
        id,
        name: name.shown().to_owned(),
        level,
        xp,
        hp,
        map: NOWHERE_YET,
        x_mm: 0,
        y_mm: 0,
        created_ms: tx.now.wall_ms,
        deleted_ms: None,
        dead: false,
    };
    tx.put(CharacterNameRow { name_key: key, account: call.account.0, character: id });
    say(tx, call, row)
}

/// `char_delete`.
pub(super) fn delete(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let CharDelete { character } = decode(call.body)?;
    let row = one(&own(tx, call.account)?, character)?;
    if row.deleted_ms.is_some() {
        return Err(DELETED);
    }
    if tx.in_world == Some(character) {
        return Err(Halt::Reject("character_in_world"));
    }
    let deleted_ms = Some(tx.now.wall_ms);
    say(tx, call, CharacterRow { deleted_ms, ..row })
}

/// `char_restore`.
pub(super) fn restore(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let CharRestore { character } = decode(call.body)?;
    let own = own(tx, call.account)?;
    let row = one(&own, character)?;
    if row.deleted_ms.is_none() {
        return Err(Halt::Reject("character_not_deleted"));
    }
    if CHARACTERS_ALIVE_MAX <= alive(&own) {
        return Err(TOO_MANY);
    }
    say(tx, call, CharacterRow { deleted_ms: None, ..row })
}

/// The character with which `char_enter` may go into the world. Writes nothing.
pub(in crate::logic) fn to_enter(
    tx: &mut Tx<'_>,
    account: AccountId,
    character: u64,
) -> Result<CharacterRow, Halt> {
    let row = one(&tx.set::<CharacterRow>(account.0)?, character)?;
    match row.deleted_ms {
        None => Ok(row),
        Some(_) if is_over(tx, &row) => Err(NONE),
        Some(_) => Err(DELETED),
    }
}

/// Experience for a character that wears so much, which its account is told. What it is now, and how many levels it
/// rose: whoever rises is whole again, but the dead.
pub(in crate::logic) fn award(
    tx: &mut Tx<'_>,
    account: AccountId,
    (character, worn): (u64, Bonus),
    xp: u32,
) -> Result<(CharacterRow, u32), Halt> {
    let row = one(&tx.set::<CharacterRow>(account.0)?, character)?;
    let before = Progress { level: row.level, xp: row.xp, hp: row.hp };
    let Gained { progress: Progress { level, xp, hp }, levels } = tx.design.levels().gain(before, xp.into());
    let is_whole = 0 < levels && !row.dead;
    let hp = if is_whole { tx.design.strength(level, worn).hp_max } else { hp };
    let row = CharacterRow { level, xp, hp, ..row };
    tx.put(row.clone());
    tell_progress(tx, account, &row, worn);
    Ok((row, levels))
}

/// How a character is, told to its account.
pub(in crate::logic) fn tell_progress(tx: &mut Tx<'_>, account: AccountId, row: &CharacterRow, worn: Bonus) {
    let progress = progress(tx.design, row, worn);
    tx.send(Audience::Account(account), |bytes| {
        wire::put(bytes, Packet { kind: kinds::PROGRESS, ..Packet::default() }, &progress);
    });
}

/// The same as a message.
pub(in crate::logic) fn progress(design: &Design, row: &CharacterRow, worn: Bonus) -> ProgressSeen {
    let Strength { attack, defense, hp_max } = design.strength(row.level, worn);
    let CharacterRow { id: character, level, xp, hp, .. } = *row;
    let xp_next = design.levels().next_xp(level).unwrap_or(0);
    ProgressSeen { character, level, xp, xp_next, hp, hp_max, attack, defense }
}

/// What all that a character wears adds.
pub(in crate::logic) fn worn(tx: &mut Tx<'_>, character: u64) -> Result<Bonus, Halt> {
    let items = tx.set::<ItemRow>(character)?;
    let worn = items.iter().filter(|row| row.place == Place::Worn as u32).map(|row| row.kind);
    Ok(tx.design.bonus(worn))
}

/// The account and the id of the character that has this name. One that is deleted has nobody who could read or
/// hear, also while it can be restored.
pub(in crate::logic) fn by_name(tx: &mut Tx<'_>, name: &str) -> Result<(AccountId, u64), Halt> {
    let Ok(name) = canonical(name) else { return Err(NONE) };
    let owner = tx.row::<CharacterNameRow>(&name.key().to_owned())?.ok_or(NONE)?;
    let theirs = tx.set::<CharacterRow>(owner.account)?;
    let is_there = |row: &CharacterRow| row.id == owner.character && row.deleted_ms.is_none();
    if theirs.iter().any(is_there) { Ok((AccountId(owner.account), owner.character)) } else { Err(NONE) }
}

/// A character as its account sees it: with what it wears, if it is in the world.
pub(in crate::logic) fn seen(tx: &Tx<'_>, row: &CharacterRow) -> Character {
    let is_in_world = tx.in_world == Some(row.id);
    seen_with(tx, row, if is_in_world { tx.worn } else { Bonus::default() })
}

/// One that wears so much.
pub(in crate::logic) fn seen_with(tx: &Tx<'_>, row: &CharacterRow, worn: Bonus) -> Character {
    let Strength { attack, defense, hp_max } = tx.design.strength(row.level, worn);
    Character {
        id: row.id,
        name: row.name.clone(),
        level: row.level,
        xp: row.xp,
        xp_next: tx.design.levels().next_xp(row.level).unwrap_or(0),
        hp: row.hp,
        hp_max,
        attack,
        defense,
        dead: row.dead,
        created_ms: row.created_ms,
        gone_ms: gone_ms(tx, row).unwrap_or(0),
    }
}

/// Keeps a row and answers with it.
fn say(tx: &mut Tx<'_>, call: &Call<'_>, row: CharacterRow) -> Result<(), Halt> {
    let result = wire::encode(&seen(tx, &row));
    tx.put(row);
    tx.answer(call, &result);
    Ok(())
}

/// An account's characters that can still be had, oldest first. Of those whose grace is over one goes for good
/// on the way: all at once could be too much for one record.
fn own(tx: &mut Tx<'_>, account: AccountId) -> Result<Vec<CharacterRow>, Halt> {
    let (over, own): (Vec<_>, Vec<_>) =
        tx.set::<CharacterRow>(account.0)?.into_iter().partition(|row| is_over(tx, row));
    if let Some(row) = over.first() {
        gone::for_good(tx, row)?;
    }
    Ok(own)
}

fn one(own: &[CharacterRow], character: u64) -> Result<CharacterRow, Halt> {
    own.iter().find(|row| row.id == character).cloned().ok_or(NONE)
}

fn alive(own: &[CharacterRow]) -> usize {
    own.iter().filter(|row| row.deleted_ms.is_none()).count()
}

/// Whether a character that can still be had has this name.
fn is_taken(tx: &mut Tx<'_>, key: &str) -> Result<bool, Halt> {
    let Some(owner) = tx.row::<CharacterNameRow>(&key.to_owned())? else { return Ok(false) };
    let theirs = tx.set::<CharacterRow>(owner.account)?;
    match theirs.iter().find(|row| row.id == owner.character) {
        None => Ok(false),
        Some(row) if is_over(tx, row) => {
            gone::for_good(tx, row)?;
            Ok(false)
        }
        Some(_) => Ok(true),
    }
}

fn is_over(tx: &Tx<'_>, row: &CharacterRow) -> bool {
    gone_ms(tx, row).is_some_and(|gone_ms| gone_ms <= tx.now.wall_ms)
}

/// When a deleted character can no longer be restored.
fn gone_ms(tx: &Tx<'_>, row: &CharacterRow) -> Option<u64> {
    let grace_ms = u64::try_from(tx.config.character_grace.as_millis()).unwrap_or(u64::MAX);
    Some(row.deleted_ms?.saturating_add(grace_ms))
}

const TOO_MANY: Halt = Halt::Reject("too_many_characters");
const NONE: Halt = Halt::Reject("no_such_character");
const DELETED: Halt = Halt::Reject("character_deleted");
/// Whoever enters the world from there is put where newcomers begin.
const NOWHERE_YET: u32 = 0;
