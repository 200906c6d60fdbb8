//! What `ding up` shows: its own block on standard output, the children's log lines on standard error.
//! Writes whole lines only, and lives on when nobody reads them.

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
    time::Duration,
};

use serde_json::{Value, json};

use super::{stack::About, word};
use crate::{
    clock,
    console::Pages,
    roles::{NamedStop, Role, Seat},
};

/// Where lines go and how they look.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    json: bool,
    color: bool,
}

impl Screen {
    /// For the terminal, file or pipe that standard error is.
    #[must_use]
    pub fn new(json: bool) -> Self {
        let color = !json && io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { json, color }
    }

    /// The first line.
    pub fn header(&self, data: &Path, settings: Option<&Path>) {
        let settings = settings.map_or("built-in".to_owned(), |file| file.display().to_string());
        let version = env!("CARGO_PKG_VERSION");
        print(&format!("ding {version} · data in {} · settings: {settings}", data.display()));
    }

    /// A process serves.
    pub fn serves(&self, seat: Seat, pid: u32, about: &Value, took: Duration) {
        let name = seat.name();
        print(&format!(
            "  ok  {name:<8} pid {pid:<8} {:<28} {:>6} ms",
            word::summary(about),
            took.as_millis()
        ));
    }

    /// The block that says what to do next.
    pub fn ready(&self, about: &About, listen: &str, metrics: &[String], took: Duration) {
        let About { data, has_tls, pages, .. } = about;
        let is_default = data.as_path() == Path::new("./ding-data");
        let folder = data.display();
        let data = if is_default { String::new() } else { format!(" --data {folder}") };
        let server = if listen == "127.0.0.1:7000" { String::new() } else { format!(" --server {listen}") };
        let ways = if *has_tls { "TCP, TLS and WebSocket" } else { "TCP and WebSocket" };
        let metrics = match metrics {
            [] => String::new(),
            some => format!("  Metrics   {}\n", some.join("  ")),
        };
        let console = pages.as_ref().map(Pages::lines).unwrap_or_default();
        let seconds = took.as_secs_f64();
        print(&format!(
            "Ready in {seconds:.2} s.\n\n  \
             Players   {listen}   {ways} on one port\n  \
             Data      {folder}   journal, database, sockets\n  \
             Try       ding bot run mixed --players 100{server}\n  \
             Look      ding status{data}\n{console}{metrics}  \
             Stop      Ctrl-C, or: ding stop{data}\n"
        ));
    }

    /// A process is not started again.
    pub fn left_down(&self, seat: Seat, stop: &NamedStop) {
        self.note(&format!("{} stopped and stays down: {}: {}", seat.name(), stop.name, stop.text));
        self.note(&format!("the rest goes on; the way out of {}: docs/OPERATING.md", stop.name));
    }

    /// A line for whoever sits at the terminal.
    pub fn note(&self, text: &str) {
        print(text);
    }

    /// A line that a child wrote.
    pub fn child_line(&self, seat: Seat, line: &str) {
        let name = seat.name();
        let text = match (self.json, self.color) {
            (true, _) if line.starts_with('{') => line.to_owned(),
            (true, _) => json!({
                "ts": clock::utc(clock::wall()), "level": "error", "process": name, "event": "stderr", "text": line,
            })
            .to_string(),
            (false, true) => format!("{}{name:<8}\x1b[0m | {line}", color(seat.role())),
            (false, false) => format!("{name:<8} | {line}"),
        };
        let mut err = io::stderr().lock();
        let _ = err.write_all(format!("{text}\n").as_bytes());
    }
}

fn color(role: Role) -> &'static str {
    match role {
        Role::Gateway => "\x1b[36m",
        Role::Game => "\x1b[35m",
        Role::Dbfront => "\x1b[34m",
    }
}

fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(format!("{text}\n").as_bytes()).and_then(|()| out.flush());
}
