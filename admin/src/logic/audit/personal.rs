//! What a line of the audit log, which is never changed, keeps of words about a person or to one: whoever is forgotten is
//! forgotten there too. That there were such words, how many bytes, and of all but names, which could be guessed from it, a
//! hash. Ids stay: as long as the person is there, the words are found by them. Knows no deed.

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::logic::hex;

/// As game calls them in its staff log.
pub const A_NAME: &str = "a name";
/// The same.
pub const A_NOTE: &str = "a note";
/// Shown once.
pub const A_MESSAGE: &str = "a message";
/// Of a letter, its first line or the rest.
pub const A_LETTER: &str = "words of a letter";

/// As JSON: it may hold anything of anybody. The journal has it as long as it keeps it.
pub const A_RECORD: &str = "a record";

/// What is kept of a text; nothing of none.
#[must_use]
pub fn kept(word: &str, text: &str) -> Value {
    match (text, word) {
        ("", _) => "".into(),
        (name, A_NAME) => json!({ "kept": A_NAME, "bytes": name.len() }),
        (text, word) => {
            let hash = hex::encode(digest(&SHA256, text.as_bytes()).as_ref());
            json!({ "kept": word, "bytes": text.len(), "sha256": hash })
        }
    }
}

/// What was wished, by the deed's name, as it came: with what is kept of its words.
#[must_use]
pub fn wish(action: &str, mut wish: Value) -> Value {
    let fields: &[(&str, &str)] = match action {
        "player.message" => &[("text", A_MESSAGE)],
        "player.rename" => &[("name", A_NAME)],
        "player.note" => &[("text", A_NOTE)],
        "player.mail" | "mailing.send" => &LETTER,
        "poison.amend" => &[("record", A_RECORD)],
        _ => &[],
    };
    hide(&mut wish, fields);
    if let Some(Value::String(list)) = wish.get_mut("whom").and_then(|whom| whom.get_mut("list")) {
        *list = ids(list);
    }
    wish
}

/// Of ids and names with commas between, the ids.
fn ids(list: &str) -> String {
    let is_id = |one: &str| one.bytes().all(|byte| byte.is_ascii_digit());
    let each = list.split(',').map(str::trim).map(|one| if is_id(one) { one } else { A_NAME });
    each.collect::<Vec<_>>().join(", ")
}

/// The same of a document with a gift in it: a letter to one, or to some who are listed. A letter to all is nobody's own.
#[must_use]
pub fn gift(mut document: Value) -> Value {
    let gift = &mut document["gift"];
    let is_of_some = gift["whom"]["ids"].as_array().is_some_and(|ids| !ids.is_empty());
    let is_letter = gift["what"] == "letter";
    if is_letter || is_of_some {
        hide(gift, &LETTER);
    }
    if gift.is_null() {
        document.as_object_mut().map(|document| document.remove("gift"));
    }
    // Game says which letter it was, and then its first line.
    if is_letter && let Some((letter, _)) = document["after"].as_str().and_then(|line| line.split_once(':')) {
        document["after"] = letter.into();
    }
    document
}

fn hide(document: &mut Value, fields: &[(&str, &str)]) {
    for (field, word) in fields {
        if let Some(value) = document.get_mut(*field) {
            *value = match &*value {
                Value::String(text) => kept(word, text),
                other => kept(word, &other.to_string()),
            };
        }
    }
}

const LETTER: [(&str, &str); 2] = [("subject", A_LETTER), ("text", A_LETTER)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_words_it_keeps_that_there_were_some_their_bytes_and_a_hash_but_of_a_name_none() {
        assert_eq!(kept(A_NAME, "Bela"), json!({ "kept": "a name", "bytes": 4 }));
        let note = kept(A_NOTE, "abc");
        assert_eq!((&note["kept"], &note["bytes"]), (&json!("a note"), &json!(3)));
        assert_eq!(note["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(kept(A_NOTE, ""), json!(""));
    }

    #[test]
    fn a_wish_keeps_its_ids_and_numbers_and_whatever_came_instead_of_words_is_hidden_too() {
        let rename = wish("player.rename", json!({ "character": "9", "name": "Bela", "reason": "rude" }));
        assert_eq!(
            rename,
            json!({ "character": "9", "name": { "kept": "a name", "bytes": 4 }, "reason": "rude" })
        );
        let odd = wish("player.message", json!({ "text": { "x": "secret" } }));
        assert!(!odd.to_string().contains("secret"), "{odd}");
        let others = json!({ "text": "at noon", "name": "ben" });
        assert_eq!(wish("announce", others.clone()), others);
    }

    #[test]
    fn a_letter_to_one_or_to_some_is_hidden_and_a_letter_to_all_is_not() {
        let gift_of = |one: Value| gift(json!({ "gift": one, "after": "letter 55: psst, gold 5" }));
        let one = gift_of(
            json!({ "what": "letter", "character": 9, "subject": "psst", "text": "psst", "gold": 5 }),
        );
        assert!(!one.to_string().contains("psst"), "{one}");
        assert_eq!((&one["after"], &one["gift"]["gold"]), (&json!("letter 55"), &json!(5)));
        let some = gift_of(json!({ "what": "mailing", "text": "psst", "whom": { "ids": ["7"] } }));
        assert_eq!(some["gift"]["text"]["bytes"], 4);
        let all = gift_of(json!({ "what": "mailing", "text": "hello", "whom": { "ids": [] } }));
        assert_eq!(all["gift"]["text"], "hello");
        assert_eq!(gift(json!({ "is": 1 })), json!({ "is": 1 }));
    }
}
