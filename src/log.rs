//! Log lines on standard error: text for people, JSON for machines, the same fields in both. Who may
//! log what is the drivers' business.

#[cfg(test)]
mod tests;

use std::{
    fmt::{self, Write as _},
    io::IsTerminal,
};

use serde::Deserialize;
use serde_json::Value;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use crate::clock;

/// The section `[log]` as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    /// `auto`, `text` or `json`.
    pub format: Option<String>,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: Option<String>,
}

/// The section as `ding config` prints it.
pub const DEFAULT_TOML: &str = "\
[log]
# auto: text on a terminal, json elsewhere; or text, or json.
# format = \"auto\"
# The least that is logged: error, warn, info, debug or trace.
# level = \"info\"
";

/// The section, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// JSON lines or text; nothing: text on a terminal.
    pub json: Option<bool>,
    /// The least that is logged.
    pub level: Level,
}

impl RawConfig {
    /// Checks it.
    ///
    /// # Errors
    /// A text that names the key.
    pub fn check(&self) -> Result<Config, String> {
        let json = match self.format.as_deref() {
            None | Some("auto") => None,
            Some("text") => Some(false),
            Some("json") => Some(true),
            Some(other) => return Err(format!("log.format: auto, text or json, not {other:?}")),
        };
        let level = match self.level.as_deref() {
            Some("error") => Level::ERROR,
            Some("warn") => Level::WARN,
            None | Some("info") => Level::INFO,
            Some("debug") => Level::DEBUG,
            Some("trace") => Level::TRACE,
            Some(other) => {
                return Err(format!("log.level: error, warn, info, debug or trace, not {other:?}"));
            }
        };
        Ok(Config { json, level })
    }
}

impl Config {
    /// Whether lines are JSON, with standard error as it is.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json.unwrap_or_else(|| !std::io::stderr().is_terminal())
    }
}

/// How a line of text names its process; JSON always has a field for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// As a word of the line.
    Word,
    /// In front, as `ding up` does with the lines of its children.
    Front,
    /// Not at all: the parent does.
    ByParent,
}

/// Begins logging for this process. A second call changes nothing.
pub fn start(config: &Config, process: &'static str, naming: Naming) {
    let lines = Lines {
        process,
        json: config.is_json(),
        color: std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        naming,
    };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(config.level)
        // Standard error may be a pipe whose reader was killed; that must not end a process.
        .log_internal_errors(false)
        .with_writer(std::io::stderr)
        .event_format(lines)
        .finish();
    let _ = tracing::subscriber::set_global_default(subscriber);
}

struct Lines {
    process: &'static str,
    json: bool,
    color: bool,
    naming: Naming,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut out: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let line = Line { at: clock::utc(clock::wall()), level: *event.metadata().level(), fields };
        out.write_str(&line.render(self))
    }
}

struct Line {
    at: String,
    level: Level,
    fields: Fields,
}

impl Line {
    fn render(mut self, style: &Lines) -> String {
        let at = self.fields.0.iter().position(|(key, _)| key == "event");
        let name = match at.map(|at| self.fields.0.remove(at).1) {
            Some(Value::String(name)) => name,
            _ => "log".to_owned(),
        };
        if style.json { self.json(style, name) } else { self.text(style, &name) }
    }

    fn json(self, style: &Lines, name: String) -> String {
        let level = self.level.as_str().to_ascii_lowercase();
        let head =
            [("ts", self.at), ("level", level), ("process", style.process.to_owned()), ("event", name)];
        let head = head.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value)));
        let mut text = String::new();
        for (key, value) in head.chain(self.fields.0) {
            text.push(if text.is_empty() { '{' } else { ',' });
            let _ = write!(text, "{}:{value}", Value::String(key));
        }
        text.push_str("}\n");
        text
    }

    fn text(self, style: &Lines, name: &str) -> String {
        let time = self.at.get(11..23).unwrap_or_default();
        let (on, off) = match (style.color, self.level) {
            (false, _) => ("", ""),
            (true, Level::ERROR) => ("\x1b[31m", "\x1b[0m"),
            (true, Level::WARN) => ("\x1b[33m", "\x1b[0m"),
            (true, _) => ("\x1b[2m", "\x1b[0m"),
        };
        let (front, word) = match style.naming {
            Naming::Word => (String::new(), format!("{:<8} ", style.process)),
            Naming::Front => (format!("{:<8} | ", style.process), String::new()),
            Naming::ByParent => (String::new(), String::new()),
        };
        let mut text = format!("{front}{time} {on}{:<5}{off} {word}", self.level.as_str());
        let _ = write!(text, "{name:<18}");
        for (key, value) in &self.fields.0 {
            let _ = match value {
                Value::String(value) if is_word(value) => write!(text, " {key}={value}"),
                other => write!(text, " {key}={other}"),
            };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }
}

/// Text that needs no quotes. Everything else is quoted and escaped, so no value can fake a line.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-.:/#+%[]@".contains(c))
}

/// The fields of one event in their order (`message` is called `text`).
#[derive(Default)]
struct Fields(Vec<(String, Value)>);

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        let name = if field.name() == "message" { "text" } else { field.name() };
        self.0.push((name.to_owned(), value));
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::String(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::String(value.to_owned()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::from(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::from(value));
    }
}
