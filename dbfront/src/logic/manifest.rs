//! What a backup says of itself: written last, so that a folder without it is no backup. Knows no files.

use proto::ids::{Epoch, Lsn};
use serde::{Deserialize, Serialize};

use crate::store::Cursor;

/// Of the folder's form. Only grows with what an earlier build could not restore. From 2 on a manifest ends with a
/// hash of itself.
pub const MANIFEST_FORMAT: u32 = 2;
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

/// Why bytes are no manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Something else.
    #[error("none")]
    None,
    /// Not what was written.
    #[error("not what was written")]
    Changed,
    /// Of a later build.
    #[error("of format {format}")]
    TooNew {
        /// Its format.
        format: u32,
    },
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
    /// Its bytes: all of it, and then their hash, so that a changed number is not taken for another one.
    #[must_use]
    pub fn encode(&self) -> String {
        // Strings, numbers and lists of them: nothing that JSON has no form for.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        let open = text.strip_suffix(END).unwrap_or(&text);
        format!("{open}{}", seal(open.as_bytes()))
    }

    /// Reads one.
    ///
    /// # Errors
    /// See [`ManifestError`].
    pub fn read(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|_| ManifestError::None)?;
        if MANIFEST_FORMAT < manifest.format {
            return Err(ManifestError::TooNew { format: manifest.format });
        }
        let sealed = bytes.windows(SEAL.len()).rposition(|window| window == SEAL.as_bytes());
        match sealed {
            Some(at) if bytes[at..] == *seal(&bytes[..at]).as_bytes() => Ok(manifest),
            None if manifest.format < SEALED_FROM => Ok(manifest),
            Some(_) | None => Err(ManifestError::Changed),
        }
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

/// The end of a manifest that begins like this.
fn seal(begun: &[u8]) -> String {
    format!("{SEAL}{}\"{END}\n", hex(blake3::hash(begun).as_bytes()))
}

/// Sixteen bytes out of hexadecimal digits; nothing for any others.
#[must_use]
pub fn bytes(hex: &str) -> Option<[u8; 16]> {
    let number = (hex.len() == 32).then(|| u128::from_str_radix(hex, 16).ok())?;
    number.map(u128::to_be_bytes)
}

/// How JSON of many lines ends.
const END: &str = "\n}";
/// Behind everything else that a manifest says.
const SEAL: &str = ",\n  \"blake3\": \"";
/// Manifests before had no hash of themselves.
const SEALED_FROM: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> (Manifest, Cursor) {
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
        (manifest, cursor)
    }

    #[test]
    fn a_manifest_comes_back_as_it_was_and_nothing_else_is_one() {
        let (manifest, cursor) = manifest();
        let text = manifest.encode();
        assert_eq!(Manifest::read(text.as_bytes()), Ok(manifest.clone()));
        assert_eq!((manifest.cursor(), manifest.bytes()), (Some(cursor), 9));
        for cut in 0..text.len() {
            assert!(Manifest::read(&text.as_bytes()[..cut]).is_err(), "cut at {cut}");
        }
        for wrong in ["", "a7", &"g".repeat(32), &"a".repeat(33)] {
            assert_eq!(Manifest { journal: wrong.to_owned(), ..manifest.clone() }.cursor(), None);
        }
        let later = Manifest { format: MANIFEST_FORMAT + 1, ..manifest };
        let too_new = ManifestError::TooNew { format: later.format };
        assert_eq!(Manifest::read(later.encode().as_bytes()), Err(too_new));
    }

    #[test]
    fn no_byte_of_a_manifest_can_be_another_one() {
        let whole = manifest().0.encode().into_bytes();
        for at in 0..whole.len() {
            for byte in (0..=u8::MAX).filter(|byte| *byte != whole[at]) {
                let mut changed = whole.clone();
                changed[at] = byte;
                let text = String::from_utf8_lossy(&changed);
                assert!(Manifest::read(&changed).is_err(), "byte {at} is {byte}: {text}");
            }
        }
    }

    #[test]
    fn a_manifest_of_the_first_format_has_no_hash_of_itself_and_is_read() {
        let first = Manifest { format: 1, ..manifest().0 };
        let text = serde_json::to_string_pretty(&first).expect("JSON") + "\n";
        assert_eq!(Manifest::read(text.as_bytes()), Ok(first));
    }
}
