//! What a backup says of itself: written last, so that a folder without it is no backup. Knows no files.

use proto::ids::{Epoch, Lsn};
use serde::{Deserialize, Serialize};

use crate::store::Cursor;

/// Of the folder's form. Only grows with what an earlier build could not restore.
pub const MANIFEST_FORMAT: u32 = 1;
/// Its name in the folder.
pub const MANIFEST_NAME: &str = "manifest.json";
/// The world as it stood at the cursor, in the folder.
pub const WORLD_NAME: &str = "world.db";
/// Where the journal's segments are, in the folder.
pub const SEGMENTS_NAME: &str = "segments";
/// A manifest of more bytes is none.
pub const MANIFEST_BYTES_MAX: u64 = 16 << 20;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// See [`MANIFEST_FORMAT`].
    pub format: u32,
    /// The world's name.
    pub world: String,
    /// Of which kind the database was: the file is the same.
    pub store: String,
    /// Milliseconds since 1970, when it began.
    pub made_ms: u64,
    /// Which build made it.
    pub build: String,
    /// Uuid of the journal, in hexadecimal digits.
    pub journal: String,
    /// Where the world's file stands.
    pub cursor: ManifestCursor,
    /// The last record in the segments: a restore can go to any from the cursor's to this one.
    pub last_lsn: u64,
    /// Every other file in the folder.
    pub files: Vec<ManifestFile>,
}

/// Where the world's file stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestCursor {
    /// The last record in it.
    pub lsn: u64,
    /// The journal's chain there, in hexadecimal digits.
    pub chain: String,
    /// The writer's epoch there.
    pub game_epoch: u64,
    /// The last one who applied.
    pub dbf_epoch: u64,
    /// Of the tables.
    pub schema: u32,
}

/// A file of the backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Its path in the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 of all of it, in hexadecimal digits.
    pub blake3: String,
}

impl ManifestCursor {
    /// Of a database's.
    #[must_use]
    pub fn of(cursor: &Cursor) -> Self {
        Self {
            lsn: cursor.lsn.0,
            chain: hex(&cursor.chain),
            game_epoch: cursor.game_epoch.0,
            dbf_epoch: cursor.dbf_epoch,
            schema: cursor.schema,
        }
    }
}

impl Manifest {
    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> String {
        // Strings, numbers and lists of them: nothing that JSON has no form for.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads one; nothing for any other bytes.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The cursor of its world's file; nothing if no cursor is written like this.
    #[must_use]
    pub fn cursor(&self) -> Option<Cursor> {
        Some(Cursor {
            journal: bytes(&self.journal)?,
            lsn: Lsn(self.cursor.lsn),
            chain: bytes(&self.cursor.chain)?,
            game_epoch: Epoch(self.cursor.game_epoch),
            dbf_epoch: self.cursor.dbf_epoch,
            schema: self.cursor.schema,
        })
    }

    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// In hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<[u8; 16]> {
    let number = (hex.len() == 32).then(|| u128::from_str_radix(hex, 16).ok())?;
    number.map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_comes_back_as_it_was_and_nothing_else_is_one() {
        let cursor = Cursor {
            journal: [0xa7; 16],
            lsn: Lsn(7),
            chain: [1; 16],
            game_epoch: Epoch(3),
            dbf_epoch: 2,
            schema: 4,
        };
        let manifest = Manifest {
            format: MANIFEST_FORMAT,
            world: "main".into(),
            store: "sqlite".into(),
            made_ms: 5,
            build: "ding".into(),
            journal: hex(&cursor.journal),
            cursor: ManifestCursor::of(&cursor),
            last_lsn: u64::MAX >> 1,
            files: vec![ManifestFile { name: WORLD_NAME.into(), bytes: 9, blake3: hex(&[255; 32]) }],
        };
        let text = manifest.encode();
        assert_eq!(Manifest::parse(text.as_bytes()), Some(manifest.clone()));
        assert_eq!((manifest.cursor(), manifest.bytes()), (Some(cursor), 9));
        for cut in 0..text.len() - 1 {
            assert_eq!(Manifest::parse(&text.as_bytes()[..cut]), None, "cut at {cut}");
        }
        for wrong in ["", "a7", &"g".repeat(32), &"a".repeat(33)] {
            assert_eq!(Manifest { journal: wrong.to_owned(), ..manifest.clone() }.cursor(), None);
        }
    }
}
