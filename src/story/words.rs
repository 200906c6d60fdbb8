//! What a room heard, in words. Knows what a packet's number is called, and of its body only how protobuf looks.

use std::fmt::Write as _;

use proto::{
    kinds::KindDef,
    packet::{take_bytes, take_varint},
    room::{Input, Member, Replay, input::What},
};
use serde_json::{Value, json};

use super::moment;
use crate::{author::replay::Step, roles::journal::hex};

/// What is known of a match before it is played.
pub(super) fn head(replay: &Replay) -> String {
    let Replay { kind, number, room, build, .. } = replay;
    let opened = moment(replay.opened_wall_ms);
    let build = if build.is_empty() { String::new() } else { format!(" · build {build}") };
    let mut text = format!("{kind}#{number} · match {room} · opened {opened}{build}\n");
    if !replay.options.is_empty() {
        let _ = writeln!(text, "options {}", body(&replay.options));
    }
    if !replay.state.is_empty() {
        text.push_str("from the state in which it was saved last\n");
    }
    text.push('\n');
    text
}

/// An input as a line: its number, its time, who did what, what came of deals, and the hash of the state then.
pub(super) fn line(step: &Step<'_>, kinds: &[KindDef]) -> String {
    let Input { at_ms, outcomes, what } = step.input;
    let said = what.as_ref().map_or_else(|| "something unknown".to_owned(), |what| told(what, kinds));
    let hash = step.hash.map_or_else(|| "it breaks".to_owned(), |hash| format!("{hash:016x}"));
    let mut line =
        format!("{:>6} {:>9}.{:03}  {said:<64}  {hash}", step.number, at_ms / 1_000, at_ms % 1_000);
    if !outcomes.is_empty() {
        let dealt = outcomes.iter().map(|code| if code.is_empty() { "done" } else { code.as_str() });
        let _ = write!(line, "  gold: {}", dealt.collect::<Vec<_>>().join(", "));
    }
    line
}

pub(super) fn told(what: &What, kinds: &[KindDef]) -> String {
    match what {
        What::Join(member) if member.player => {
            format!("{} comes to play, rating {}", member.account, member.rating)
        }
        What::Join(member) => format!("{} comes to look on", member.account),
        What::Leave(account) => format!("{account} leaves"),
        What::Away(account) => format!("{account} is away"),
        What::Back(account) => format!("{account} is back"),
        What::Message(message) => {
            let known = kinds.iter().find(|def| def.kind == message.kind);
            let name = known.map_or_else(|| message.kind.to_string(), |def| def.name.to_owned());
            format!("{} {name} {}", message.account, body(&message.body)).trim_end().to_owned()
        }
        What::Timer(id) => format!("timer {id} is due"),
        What::Tick(_) => "tick".to_owned(),
        What::Answered(answered) if answered.given => {
            format!("ask {} is answered: {}", answered.ask, body(&answered.body))
        }
        What::Answered(answered) => format!("ask {} has no answer", answered.ask),
        What::Staff(signal) => format!("staff {} {}", signal.name, body(&signal.body)).trim_end().to_owned(),
    }
}

/// A member, as it is shown in a state.
pub(super) fn member(member: &Member) -> Value {
    let Member { account, rating, player, here, .. } = member;
    json!({ "account": account, "rating": rating, "player": player, "here": here })
}

/// So many lines of a text.
pub(super) fn cut(text: &str, lines: usize) -> String {
    text.lines().take(lines).collect::<Vec<_>>().join("\n")
}

/// Text as text, else the fields of a message, else hex; cut to be read.
pub(super) fn body(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control));
    let shown = match text {
        _ if bytes.is_empty() => return String::new(),
        Some(text) => format!("{text:?}"),
        None => fields(bytes).unwrap_or_else(|| hex(bytes)),
    };
    if shown.chars().count() <= BODY_CHARS_MAX {
        return shown;
    }
    let cut: String = shown.chars().take(BODY_CHARS_MAX).collect();
    format!("{cut}… ({} bytes)", bytes.len())
}

/// Fields by number, if that is what it is.
fn fields(mut bytes: &[u8]) -> Option<String> {
    let mut shown = Vec::new();
    while !bytes.is_empty() {
        let key = take_varint(&mut bytes).ok()?;
        let value = match key % 8 {
            0 => take_varint(&mut bytes).ok()?.to_string(),
            2 => {
                let inner = take_bytes(&mut bytes).ok()?;
                let text = std::str::from_utf8(inner).ok();
                let text = text.filter(|text| !text.chars().any(char::is_control));
                text.map_or_else(|| fields(inner).unwrap_or_else(|| hex(inner)), |text| format!("{text:?}"))
            }
            _ => return None,
        };
        (key / 8 != 0).then_some(())?;
        shown.push(format!("{}: {value}", key / 8));
    }
    Some(format!("{{{}}}", shown.join(", ")))
}

const BODY_CHARS_MAX: usize = 60;

#[cfg(test)]
mod tests {
    use proto::room::Message;

    use super::*;

    fn one(what: What, outcomes: &[&str]) -> Input {
        let outcomes = outcomes.iter().map(|code| (*code).to_owned()).collect();
        Input { at_ms: 61_204, outcomes, what: Some(what) }
    }

    #[test]
    fn an_input_is_a_line_with_number_time_deed_hash_and_what_came_of_its_deals() {
        let kinds = [crate::author::room::command(2_000, "nim_take", 16, 1)];
        let said = Message { account: 7, kind: 2_000, body: vec![8, 2, 16, 5].into() };
        let input = one(What::Message(said), &["", "wallet_full"]);
        let text = line(&Step { number: 12, input: &input, hash: Some(0xab) }, &kinds);
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!(
            words.join(" "),
            "12 61.204 7 nim_take {1: 2, 2: 5} 00000000000000ab gold: done, wallet_full"
        );
        let input = one(What::Timer(3), &[]);
        let text = line(&Step { number: 13, input: &input, hash: None }, &kinds);
        assert!(text.contains("timer 3 is due") && text.ends_with("it breaks"), "{text}");
    }

    #[test]
    fn a_body_is_text_or_fields_or_hex_and_never_longer_than_a_line() {
        assert_eq!(body(b"e2e4"), "\"e2e4\"");
        assert_eq!(body(&[8, 1, 18, 3, b'a', b'b', b'c']), "{1: 1, 2: \"abc\"}");
        assert_eq!(body(&[255, 255]), "ffff");
        assert_eq!(body(&[]), "");
        let long = body(&[b'x'; 4_096]);
        assert!(long.ends_with("… (4096 bytes)") && long.chars().count() < 80, "{long}");
    }
}
