//! Log lines on standard error: text for people, JSON for machines, the same fields in both. Who may
//! log what is the drivers' business.

pub mod raised;
pub mod ring;
#[cfg(test)]
mod tests;

use std::{
    fmt::{self, Write as _},
    io::IsTerminal,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use proto::link::LogResponse;
use serde::Deserialize;
use serde_json::Value;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    filter::LevelFilter,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    layer::SubscriberExt,
    registry::LookupSpan,
    reload,
};

use crate::{clock, settings::problem::without_password};
use raised::{NotRaised, Raised};
use ring::Ring;

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
# The least that is logged: error, warn, info, debug or trace. (live)
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
    /// Keys that change while a process runs.
    pub const LIVE: &[&str] = &["level"];

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
        let level = self.level.as_deref().unwrap_or("info");
        let level = level_named(level)
            .ok_or_else(|| format!("log.level: error, warn, info, debug or trace, not {level:?}"))?;
        Ok(Config { json, level })
    }
}

fn level_named(name: &str) -> Option<Level> {
    match name {
        "error" => Some(Level::ERROR),
        "warn" => Some(Level::WARN),
        "info" => Some(Level::INFO),
        "debug" => Some(Level::DEBUG),
        "trace" => Some(Level::TRACE),
        _ => None,
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
    let (filter, handle) = reload::Layer::new(LevelFilter::from_level(config.level));
    let layer = tracing_subscriber::fmt::layer()
        // Standard error may be a pipe whose reader was killed; that must not end a process.
        .log_internal_errors(false)
        .with_writer(std::io::stderr)
        .event_format(lines);
    let subscriber = tracing_subscriber::registry().with(filter).with(layer);
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        let filter = Box::new(move |level| drop(handle.reload(LevelFilter::from_level(level))));
        let raised = Raised::new(config.level);
        let _ = STATE.set(Mutex::new(State { ring: Ring::default(), raised, level: config.level, filter }));
    }
}

/// What this process logged after the line of this number, and at which level it does.
#[must_use]
pub fn tail(after: u64, lines_max: usize) -> LogResponse {
    let Some(mut state) = state() else { return LogResponse::default() };
    let now = clock::now();
    let (level, left) = state.raised.level(now);
    // The time is over: lines are held back since, now they cost nothing any more.
    state.filter_by(level);
    let lines_max = if lines_max == 0 { LINES_MAX } else { lines_max.min(LINES_MAX) };
    let (lines, lost) = state.ring.after(after, lines_max);
    LogResponse {
        lines,
        lost,
        level: level.as_str().to_ascii_lowercase(),
        level_usual: state.raised.base().as_str().to_ascii_lowercase(),
        raised_ms: left.map_or(0, |left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
        held_back: state.raised.held_back(),
    }
}

/// Logs at this level for a while, ten minutes at most; then it goes back by itself.
///
/// # Errors
/// `bad_level`: there is no such level, or more is logged anyway.
pub fn raise(level: &str, time: Duration, by: &str) -> Result<(), &'static str> {
    let level = level_named(level).ok_or(BAD_LEVEL)?;
    {
        let Some(mut state) = state() else { return Err(BAD_LEVEL) };
        state.raised.raise(level, time, clock::now()).map_err(|NotRaised| BAD_LEVEL)?;
        let (level, _) = state.raised.level(clock::now());
        state.filter_by(level);
    }
    let for_s = time.min(raised::LONGEST).as_secs();
    tracing::info!(event = "log.level", level = level.as_str().to_ascii_lowercase(), for_s, by);
    Ok(())
}

/// Whether more would be logged at this level than is now.
#[must_use]
pub fn is_more(level: Level) -> bool {
    state().is_some_and(|state| state.level < level)
}

/// From now on this is the usual level; one that is raised for a while stays so, if it is more.
pub fn usual(level: Level) {
    let Some(mut state) = state() else { return };
    state.raised.set_base(level);
    let (level, _) = state.raised.level(clock::now());
    state.filter_by(level);
}

/// Of this process.
struct State {
    ring: Ring,
    raised: Raised,
    /// That the filter lets through.
    level: Level,
    filter: Box<dyn Fn(Level) + Send>,
}

impl State {
    fn filter_by(&mut self, level: Level) {
        if self.level != level {
            self.level = level;
            (self.filter)(level);
        }
    }
}

/// Nothing before logging began. Never held while something is logged.
fn state() -> Option<MutexGuard<'static, State>> {
    Some(STATE.get()?.lock().unwrap_or_else(PoisonError::into_inner))
}

static STATE: OnceLock<Mutex<State>> = OnceLock::new();
/// Of one answer.
const LINES_MAX: usize = 500;
const BAD_LEVEL: &str = "bad_level";

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
        let level = *event.metadata().level();
        if state().is_some_and(|mut state| !state.raised.admit(level, clock::now())) {
            return Ok(());
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let wall = clock::wall();
        let (name, fields) = fields.named();
        if let Some(mut state) = state() {
            let at_ms = u64::try_from(wall.as_millis()).unwrap_or(u64::MAX);
            state.ring.push(at_ms, level, &name, &fields.0);
        }
        let line = Line { at: clock::utc(wall), level, name, fields };
        out.write_str(&line.render(self))
    }
}

struct Line {
    at: String,
    level: Level,
    name: String,
    fields: Fields,
}

impl Line {
    fn render(self, style: &Lines) -> String {
        if style.json { self.json(style) } else { self.text(style) }
    }

    fn json(self, style: &Lines) -> String {
        let level = self.level.as_str().to_ascii_lowercase();
        let head =
            [("ts", self.at), ("level", level), ("process", style.process.to_owned()), ("event", self.name)];
        let head = head.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value)));
        let mut text = String::new();
        for (key, value) in head.chain(self.fields.0) {
            text.push(if text.is_empty() { '{' } else { ',' });
            let _ = write!(text, "{}:{value}", Value::String(key));
        }
        text.push_str("}\n");
        text
    }

    fn text(self, style: &Lines) -> String {
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
        let _ = write!(text, "{:<18}", self.name);
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
        self.0.push((name.to_owned(), without_secret(name, value)));
    }

    /// The event's name, and what is left.
    fn named(mut self) -> (String, Self) {
        let at = self.0.iter().position(|(key, _)| key == "event");
        match at.map(|at| self.0.remove(at).1) {
            Some(Value::String(name)) => (name, self),
            _ => ("log".to_owned(), self),
        }
    }
}

/// Nobody logs a secret; if somebody did by mistake, it is not shown.
fn without_secret(name: &str, value: Value) -> Value {
    match value {
        Value::String(_) if SECRETS.contains(&name) => Value::from("***"),
        // A URL may hold a password, wherever it stands.
        Value::String(text) if text.contains("://") => Value::String(without_password(&text)),
        other => other,
    }
}

const SECRETS: [&str; 8] =
    ["password", "secret", "token", "ticket", "cookie", "phc", "authorization", "resume_token"];

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
