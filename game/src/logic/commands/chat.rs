//! Chat: one line, heard by everyone who is logged in, its author too; by those near; or by one character. Knows no
//! map, and not who is in the world.

pub(in crate::logic) mod people;

use proto::{
    client::{ChatHeard, ChatNear, ChatNearHeard, ChatPrivate, ChatPrivateHeard, ChatSay},
    ids::AccountId,
    kinds,
    limits::{CHAT_BYTES_MAX, CHAT_GRAPHEMES_MAX},
    packet::Packet,
    tables::{AccountRow, CharacterRow},
    wire,
};

use crate::logic::{
    commands::characters,
    heard::{Hearers, Said},
    outputs::Audience,
    restrictions,
    sessions::chat_rate,
    text,
    tx::{Call, Halt, Tx, decode},
    voice::Hush,
};

/// `chat_say`.
pub(in crate::logic) fn say(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Said, Halt> {
    let ChatSay { text } = decode(call.body)?;
    let text = line(tx, call, &text)?;
    take_turn(tx, &text)?;
    let author = tx.row::<AccountRow>(&call.account.0)?.ok_or(Halt::Reject("internal"))?;
    let name = author.name.unwrap_or_default();
    let heard = ChatHeard { from: author.id, name: name.clone(), text: text.clone() };
    tx.send(Audience::Everyone, |bytes| {
        wire::put(bytes, Packet { kind: kinds::CHAT_HEARD, ..Packet::default() }, &heard);
    });
    Ok(said(tx, call, (name, text), Hearers::Everyone))
}

/// What those near hear of a `chat_near`.
pub(in crate::logic) fn near(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(ChatNearHeard, Said), Halt> {
    let ChatNear { text } = decode(call.body)?;
    let text = line(tx, call, &text)?;
    let CharacterRow { id, name, .. } = author(tx, call)?;
    take_turn(tx, &text)?;
    let heard = ChatNearHeard { from: id, name: name.clone(), text: text.clone(), account: call.account.0 };
    Ok((heard, said(tx, call, (name, text), Hearers::Near)))
}

/// To whom a `chat_private` was said.
pub(in crate::logic) struct Addressed {
    pub(in crate::logic) account: AccountId,
    pub(in crate::logic) character: u64,
    /// Nothing if that account does not want to hear it. Who said it is not told: it would only come back as somebody
    /// else. That the author has to wait matters only if somebody is there.
    pub(in crate::logic) said: Result<Option<Said>, Halt>,
}

/// Says a `chat_private` to the account of whom it is for. Whether that is in the world is for the caller to know.
pub(in crate::logic) fn private(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Addressed, Halt> {
    let ChatPrivate { to, text } = decode(call.body)?;
    let text = line(tx, call, &text)?;
    let CharacterRow { id, name, .. } = author(tx, call)?;
    let (account, character) = characters::by_name(tx, &to)?;
    let is_blocked = people::is_blocked(tx, account, call.account)?;
    if let Err(halt) = take_turn(tx, &text) {
        return Ok(Addressed { account, character, said: Err(halt) });
    }
    if is_blocked {
        return Ok(Addressed { account, character, said: Ok(None) });
    }
    let heard = ChatPrivateHeard { from: id, name: name.clone(), text: text.clone() };
    tx.send(Audience::Account(account), |bytes| {
        wire::put(bytes, Packet { kind: kinds::CHAT_PRIVATE_HEARD, ..Packet::default() }, &heard);
    });
    let said = said(tx, call, (name, text), Hearers::One(account.0));
    Ok(Addressed { account, character, said: Ok(Some(said)) })
}

fn said(tx: &Tx<'_>, call: &Call<'_>, (name, text): (String, String), to: Hearers) -> Said {
    Said { n: 0, account: call.account.0, name, to, text, wall_ms: tx.now.wall_ms }
}

/// The character with which somebody speaks.
fn author(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<CharacterRow, Halt> {
    let character = tx.plays.ok_or(Halt::Reject("not_in_world"))?;
    tx.row::<CharacterRow>(&(call.account.0, character))?.ok_or(Halt::Reject("internal"))
}

/// A line as others may hear it, from somebody who may speak.
fn line(tx: &mut Tx<'_>, call: &Call<'_>, typed: &str) -> Result<String, Halt> {
    let text = shown(tx, typed, CHAT_BYTES_MAX)?;
    if CHAT_GRAPHEMES_MAX < text::graphemes(&text) {
        return Err(Halt::Reject("text_too_long"));
    }
    if text.is_empty() {
        return Err(Halt::Reject("text_empty"));
    }
    restrictions::may_speak(tx, call.account.0)?;
    Ok(text)
}

/// What somebody typed, as others see it; refused if it was or becomes too long.
pub(super) fn shown(tx: &Tx<'_>, typed: &str, bytes_max: usize) -> Result<String, Halt> {
    const TOO_LONG: Halt = Halt::Reject("text_too_long");
    if bytes_max < typed.len() {
        return Err(TOO_LONG);
    }
    let text = text::shown(typed, tx.config.chat_links);
    if bytes_max < text.len() { Err(TOO_LONG) } else { Ok(text) }
}

/// One line of the session's budget of chat, which is paid when the command is done.
pub(super) fn take_turn(tx: &mut Tx<'_>, text: &str) -> Result<(), Halt> {
    let (rate, now) = (chat_rate(tx.config), tx.now.instant);
    let Some(mut voice) = tx.chat.cloned() else { return Ok(()) };
    let (error, wait) = match voice.take(text, rate, now) {
        Ok(()) => {
            *tx.spoken = Some(voice);
            return Ok(());
        }
        Err(Hush::TooFast(wait)) => (TOO_FAST_CODE, wait),
        Err(Hush::Repeated(wait)) => (REPEATED_CODE, wait),
    };
    Err(Halt::Later { error, retry_after_ms: u32::try_from(wait.as_millis()).unwrap_or(u32::MAX) })
}

const TOO_FAST_CODE: &str = "chat_too_fast";
const REPEATED_CODE: &str = "chat_repeated";
