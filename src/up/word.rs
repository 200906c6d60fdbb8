//! What a supervised role and `ding up` tell each other: one line each, on the role's standard output and nothing else
//! there, and on its standard input, whose end asks it to stop.

use serde_json::{Value, json};

/// A line from a child to its parent.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// It serves; the figures go into the ready block.
    Ready(Value),
    /// It ends by its own decision.
    Stopped {
        /// Stable name of the stop.
        name: String,
        /// What happened and what to do.
        text: String,
    },
    /// It has read its settings and waits for [`Order::Begin`].
    Standby,
    /// It has let go, see [`Order::Release`].
    Released,
}

/// A line from the parent to its child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// To one that stands by: take the place.
    Begin,
    /// To game: stop executing, have all of it durable, and end without a word to clients.
    HandOver,
    /// To a gateway: let go of lock, metrics and control socket, and go on serving.
    Release,
    /// To a gateway that let go: take them again.
    Keep,
    /// To a gateway: accept nobody any more, send the clients elsewhere, and end.
    Leave,
}

impl Order {
    const ALL: [Self; 5] = [Self::Begin, Self::HandOver, Self::Release, Self::Keep, Self::Leave];

    /// As it is written, without the line's end.
    #[must_use]
    pub fn line(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::HandOver => "hand-over",
            Self::Release => "release",
            Self::Keep => "keep",
            Self::Leave => "leave",
        }
    }

    /// As it is read; nothing for a line that is none.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.line() == line.trim_end())
    }
}

impl Word {
    /// As it is written, without the line's end.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Standby => "standby {}".to_owned(),
            Self::Released => "released {}".to_owned(),
            Self::Ready(about) => format!("ready {about}"),
            Self::Stopped { name, text } => format!("stopped {}", json!({ "name": name, "text": text })),
        }
    }

    /// As it is read; nothing for a line that is not a word.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (word, value) = line.trim_end().split_once(' ')?;
        let value: Value = serde_json::from_str(value).ok()?;
        match word {
            "standby" => Some(Self::Standby),
            "released" => Some(Self::Released),
            "ready" => Some(Self::Ready(value)),
            "stopped" => {
                let field = |name| value.get(name).and_then(Value::as_str).map(str::to_owned);
                Some(Self::Stopped { name: field("name")?, text: field("text")? })
            }
            _ => None,
        }
    }
}

/// What a role told when it became ready, in a few words.
#[must_use]
pub fn summary(about: &Value) -> String {
    let Some(fields) = about.as_object() else { return String::new() };
    // What is not told in the line of its process.
    let fields = fields.iter().filter(|(key, _)| *key != "metrics");
    let words = fields.map(|(key, value)| match value {
        Value::String(text) if key == "listen" || key == "store" => text.clone(),
        Value::String(text) => format!("{key} {text}"),
        other => format!("{key} {other}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_short() {
        assert_eq!(summary(&json!({ "epoch": 3, "accounts": 20 })), "accounts 20, epoch 3");
        let about = json!({ "listen": "127.0.0.1:7000", "metrics": "127.0.0.1:7081" });
        assert_eq!(summary(&about), "127.0.0.1:7000");
    }

    #[test]
    fn words_are_read_as_they_were_written_and_noise_is_not_a_word() {
        let words = [
            Word::Ready(json!({ "listen": "127.0.0.1:7000" })),
            Word::Standby,
            Word::Released,
            Word::Stopped { name: "FENCED".to_owned(), text: "two\nlines".to_owned() },
        ];
        for word in words {
            assert_eq!(word.line().lines().count(), 1);
            assert_eq!(Word::parse(&word.line()), Some(word));
        }
        for noise in ["", "ready", "ready {", "stopped {}", "hello {}"] {
            assert_eq!(Word::parse(noise), None, "{noise}");
        }
        for order in Order::ALL {
            assert_eq!(Order::parse(&format!("{}\n", order.line())), Some(order));
        }
        assert_eq!(Order::parse("stop"), None);
    }
}
