//! What the processes said of themselves in one second, as pages get it. Knows no socket.

use serde::{Serialize, Serializer, ser::SerializeMap as _};

/// All processes at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// Those that are or were there.
    pub processes: Vec<Process>,
    /// What has happened since the sample before.
    pub markers: Vec<Marker>,
}

/// Something that happened to a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Marker {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// Which.
    pub process: &'static str,
    /// What.
    pub what: What,
    /// The level, the state, the figure or the setting that is meant; empty where none is.
    pub detail: String,
}

/// See [`Marker`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It answers, after it did not.
    Started,
    /// Another process answers in its place.
    Restarted,
    /// It does not answer any more.
    Gone,
    /// It is in another state.
    State,
    /// There is more or less room for what the database does not have.
    Level,
    /// It counted something that should not be.
    Counted,
    /// Staff changed what it goes by.
    Setting,
}

/// One of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Process {
    /// `game`, `dbfront`, `gateway`, `gateway-2` …
    pub name: &'static str,
    /// Of which kind.
    pub role: &'static str,
    /// It answered.
    pub reachable: bool,
    /// It serves.
    pub ready: bool,
    /// Its own word, or why there is none.
    pub state: String,
    /// Process id, as long as it answers.
    pub pid: Option<u32>,
    /// Since when it runs, as long as it answers.
    pub up_ms: Option<u64>,
    /// Of its build.
    pub version: Option<String>,
    /// How often another process answered in its place since this console began.
    pub restarts: u64,
    /// Memory that is not swapped out, where the system tells.
    pub rss_bytes: Option<u64>,
    /// Processor time so far, where the system tells.
    pub cpu_ms: Option<u64>,
    /// How much room there is for what the database does not have yet; dbfront and game.
    pub level: Option<&'static str>,
    /// As in `ding status --json`.
    pub figures: Figures,
}

/// Figures by name, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures(pub Vec<(String, i64)>);

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
