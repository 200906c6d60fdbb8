//! What a supervised role tells `ding up`: one line each on its standard output, nothing else.

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
}

impl Word {
    /// As it is written, without the line's end.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
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
            Word::Stopped { name: "FENCED".to_owned(), text: "two\nlines".to_owned() },
        ];
        for word in words {
            assert_eq!(word.line().lines().count(), 1);
            assert_eq!(Word::parse(&word.line()), Some(word));
        }
        for noise in ["", "ready", "ready {", "stopped {}", "hello {}"] {
            assert_eq!(Word::parse(noise), None, "{noise}");
        }
    }
}
