//! Chat: one line, heard by everyone who is logged in, its author too; by those near; or by one character. Knows no
//! map, and not who is in the world.

use proto::{
    client::{ChatHeard, ChatNear, ChatNearHeard, ChatPrivate, ChatPrivateHeard, ChatSay},
    ids::AccountId,
    kinds,
    limits::CHAT_BYTES_MAX,
    packet::Packet,
    tables::{AccountRow, CharacterRow},
    wire,
};

use crate::logic::{
    commands::characters,
    outputs::Audience,
    restrictions,
    sessions::chat_rate,
    tx::{Call, Halt, Tx, decode},
};

/// `chat_say`.
pub(super) fn say(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ChatSay { text } = decode(call.body)?;
    let text = line(tx, call, &text)?;
    take_turn(tx)?;
    let author = tx.row::<AccountRow>(&call.account.0)?.ok_or(Halt::Reject("internal"))?;
    let heard = ChatHeard { from: author.id, name: author.name.unwrap_or_default(), text };
    tx.send(Audience::Everyone, |bytes| {
        wire::put(bytes, Packet { kind: kinds::CHAT_HEARD, ..Packet::default() }, &heard);
    });
    Ok(())
}

/// What those near hear of a `chat_near`.
pub(in crate::logic) fn near(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<ChatNearHeard, Halt> {
    let ChatNear { text } = decode(call.body)?;
    let text = line(tx, call, &text)?;
    let CharacterRow { id, name, .. } = author(tx, call)?;
    take_turn(tx)?;
    Ok(ChatNearHeard { from: id, name, text })
}

/// Says a `chat_private` to the account of whom it is for; which account that is, and the character. Whether it is in
/// the world is for the caller to know.
pub(in crate::logic) fn private(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(AccountId, u64), Halt> {
    let ChatPrivate { to, text } = decode(call.body)?;
    let text = line(tx, call, &text)?;
    let CharacterRow { id, name, .. } = author(tx, call)?;
    let (owner, to) = characters::by_name(tx, &to)?;
    take_turn(tx)?;
    let heard = ChatPrivateHeard { from: id, name, text };
    tx.send(Audience::Account(owner), |bytes| {
        wire::put(bytes, Packet { kind: kinds::CHAT_PRIVATE_HEARD, ..Packet::default() }, &heard);
    });
    Ok((owner, to))
}

/// The character with which somebody speaks.
fn author(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<CharacterRow, Halt> {
    let character = tx.plays.ok_or(Halt::Reject("not_in_world"))?;
    tx.row::<CharacterRow>(&(call.account.0, character))?.ok_or(Halt::Reject("internal"))
}

/// A line as others may hear it, from somebody who may speak.
fn line(tx: &mut Tx<'_>, call: &Call<'_>, text: &str) -> Result<String, Halt> {
    if CHAT_BYTES_MAX < text.len() {
        return Err(Halt::Reject("text_too_long"));
    }
    let text = clean(text);
    if text.is_empty() {
        return Err(Halt::Reject("text_empty"));
    }
    restrictions::may_speak(tx, call.account.0)?;
    Ok(text)
}

/// One line of the session's budget of chat. A handler that can still miss rows would pay twice.
pub(super) fn take_turn(tx: &mut Tx<'_>) -> Result<(), Halt> {
    let (rate, now) = (chat_rate(tx.config), tx.now.instant);
    let Some(wait) = tx.chat.as_mut().and_then(|chat| chat.take(1, rate, now).err()) else { return Ok(()) };
    let retry_after_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
    Err(Halt::Later { error: "chat_too_fast", retry_after_ms })
}

/// Without control characters and those that turn the direction of text, and without space around it.
pub(super) fn clean(text: &str) -> String {
    let is_plain =
        |c: &char| !c.is_control() && !matches!(*c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(is_plain).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_chat_loses_what_could_disturb_the_screen_of_others() {
        assert_eq!(clean("  hi\u{7}\u{1b}[31m \n there\u{202e} "), "hi[31m  there");
        assert_eq!(clean("鼎 👨‍👩‍👧"), "鼎 👨‍👩‍👧");
        assert_eq!(clean(" \t\u{2066} "), "");
    }
}
