//! Quarantine notes: one small file for each room in a call of which a process ended. Written when it ends, read when
//! the next begins, put away when the room's end is durable. The only files that game writes.

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use proto::{handshake, ids::RoomId};
use serde::{Deserialize, Serialize};

use super::slot::{BODY_BYTES_MAX, Call};
use crate::logic::rooms::watch::Lasts;

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Notes {
    folder: PathBuf,
}

/// A note of an earlier process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) room: RoomId,
    pub(crate) lasts: Lasts,
    /// As registered; empty: the note cannot be read, only its name.
    pub(crate) kind: String,
    pub(crate) why: String,
}

/// As it is written.
#[derive(Debug, Serialize)]
struct Note<'a> {
    room: u64,
    kind: &'a str,
    number: u32,
    durable: bool,
    /// It was a match that is over, played again.
    replay: bool,
    why: &'a str,
    input: Input<'a>,
    /// Milliseconds since 1970.
    wall_ms: u64,
    build: &'a str,
}

#[derive(Debug, Serialize)]
struct Input<'a> {
    what: &'a str,
    account: u64,
    number: u64,
    body_bytes: usize,
    /// Hexadecimal, the first 64 KiB.
    body: &'a str,
}

/// As it is read: what is for people alone is left out.
#[derive(Debug, Deserialize)]
struct Read {
    durable: bool,
    #[serde(default)]
    replay: bool,
    kind: String,
    why: String,
}

impl Notes {
    /// In this folder, which is made if it is absent; of notes that were put away, and of those of replays, only the last
    /// stay.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let notes = Self { folder };
        for (ending, most) in [(DONE, DONE_MAX), (REPLAY, REPLAYS_MAX)] {
            let mut old = notes.rooms(ending)?;
            old.truncate(old.len().saturating_sub(most));
            for room in old {
                fs::remove_file(notes.path(room, ending))?;
            }
        }
        Ok(notes)
    }

    /// Those that are not put away, in the order of their rooms, at most 1,000: more come at the next start.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn pending(&self) -> io::Result<Vec<Noted>> {
        let mut rooms = self.rooms(PENDING)?;
        rooms.truncate(PENDING_MAX);
        let noted = |room| {
            let read = fs::read(self.path(room, PENDING)).map(|bytes| serde_json::from_slice(&bytes));
            match read {
                Ok(Ok(Read { durable, replay, kind, why })) => {
                    let lasts = match (durable, replay) {
                        (true, _) => Lasts::Room,
                        (false, true) => Lasts::Replay,
                        (false, false) => Lasts::No,
                    };
                    Noted { room, lasts, kind, why }
                }
                // Its name says enough.
                Ok(Err(_)) | Err(_) => {
                    Noted { room, lasts: Lasts::Room, kind: String::new(), why: "unreadable".to_owned() }
                }
            }
        };
        Ok(rooms.into_iter().map(noted).collect())
    }

    /// It is for people only from now on.
    ///
    /// # Errors
    /// The system's: the next start finds it again.
    pub(crate) fn put_away(&self, room: RoomId) -> io::Result<()> {
        fs::rename(self.path(room, PENDING), self.path(room, DONE))
    }

    /// It is of a match that is over, which is not played again as long as this is there.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn keep_replay(&self, room: RoomId) -> io::Result<()> {
        fs::rename(self.path(room, PENDING), self.path(room, REPLAY))
    }

    /// Those.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn replays(&self) -> io::Result<Vec<RoomId>> {
        self.rooms(REPLAY)
    }

    /// What can write one note, without memory that is not there yet.
    pub(super) fn writer(&self) -> Writer {
        Writer {
            folder: self.folder.clone(),
            part: self.folder.join("note.part"),
            path: PathBuf::with_capacity(self.folder.as_os_str().len() + NAME_BYTES_MAX),
            hex: String::with_capacity(2 * BODY_BYTES_MAX),
            json: Vec::with_capacity(2 * BODY_BYTES_MAX + JSON_BYTES_MAX),
        }
    }

    fn path(&self, room: RoomId, ending: &str) -> PathBuf {
        self.folder.join(format!("{room}.{ending}"))
    }

    fn rooms(&self, ending: &str) -> io::Result<Vec<RoomId>> {
        let mut rooms = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let name = Path::new(&name);
            let number = name.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            if name.extension().is_some_and(|found| found == ending) {
                rooms.extend(number.map(RoomId));
            }
        }
        rooms.sort_unstable();
        Ok(rooms)
    }
}

/// See [`Notes::writer`].
#[derive(Debug)]
pub(super) struct Writer {
    folder: PathBuf,
    part: PathBuf,
    path: PathBuf,
    hex: String,
    json: Vec<u8>,
}

impl Writer {
    /// Writes the note of this call: whole and durable, or not at all.
    pub(super) fn write(&mut self, call: &Call, why: &str, wall_ms: u64) -> io::Result<()> {
        self.hex.clear();
        for byte in &call.input.body {
            self.hex.extend(
                [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('?')),
            );
        }
        let note = Note {
            room: call.room.0,
            kind: call.kind,
            number: call.number,
            durable: call.lasts == Lasts::Room,
            replay: call.lasts == Lasts::Replay,
            why,
            input: Input {
                what: call.input.what,
                account: call.input.account,
                number: call.input.number,
                body_bytes: call.input.body_bytes,
                body: &self.hex,
            },
            wall_ms,
            build: handshake::BUILD,
        };
        self.json.clear();
        serde_json::to_writer(&mut self.json, &note)?;
        self.json.push(b'\n');
        self.path.clear();
        self.path.push(&self.folder);
        self.path.push(format!("{}.{PENDING}", call.room));
        let mut file = File::create(&self.part)?;
        file.write_all(&self.json)?;
        file.sync_all()?;
        fs::rename(&self.part, &self.path)?;
        File::open(&self.folder)?.sync_all()
    }

    /// Of the last note.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

const PENDING: &str = "json";
const DONE: &str = "done";
const REPLAY: &str = "replay";
const PENDING_MAX: usize = 1_000;
/// Notes for people.
const DONE_MAX: usize = 64;
/// Of each of them somebody made a process end: nobody gets so many without being noticed.
const REPLAYS_MAX: usize = 1_000;
/// `/`, twenty digits, an ending.
const NAME_BYTES_MAX: usize = 32;
/// All of a note but the body.
const JSON_BYTES_MAX: usize = 4 * 1024;
