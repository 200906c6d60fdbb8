//! The keys in the data folder, each made once, by whoever starts first and needs it: the one by which a gateway knows whom
//! dbfront let write, and the one that game alone has.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use proto::epoch::{LinkKey, SealKey};

/// Reads the one of the links; makes it where there is none.
///
/// # Errors
/// The system's, and `InvalidData` for a file that is no key.
pub fn of(data: &Path) -> io::Result<LinkKey> {
    bytes_of(data, NAME).map(LinkKey::new)
}

/// The same for the one that secrets of guests are made from, which nobody but game reads.
///
/// # Errors
/// As above.
pub fn of_guests(data: &Path) -> io::Result<SealKey> {
    bytes_of(data, NAME_OF_GUESTS).map(SealKey::new)
}

fn bytes_of(data: &Path, name: &str) -> io::Result<[u8; 32]> {
    let path = data.join(name);
    loop {
        match fs::File::open(&path) {
            Ok(file) => {
                let mut bytes = Vec::new();
                file.take(KEY_BYTES + 1).read_to_end(&mut bytes)?;
                return bytes.as_slice().try_into().map_err(|_| io::ErrorKind::InvalidData.into());
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(data, name)?,
            Err(error) => return Err(error),
        }
    }
}

/// Whole or not at all: two may do this at once, and the first one's stays.
fn make(data: &Path, name: &str) -> io::Result<()> {
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let aside = data.join(format!("{name}.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    let made = file
        .write_all(&bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(&aside, data.join(name)));
    fs::remove_file(&aside)?;
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

const NAME: &str = "link.key";
const NAME_OF_GUESTS: &str = "guests.key";
const KEY_BYTES: u64 = 32;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_user_alone_and_a_file_that_is_none_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = of(folder.path()).expect("made");
        assert_eq!(of(folder.path()).expect("read"), first);
        let path = folder.path().join(NAME);
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left");
        fs::write(&path, "short").expect("written");
        assert_eq!(of(folder.path()).expect_err("no key").kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn the_key_for_guests_is_a_file_of_its_own_that_the_one_of_the_links_tells_nothing_of() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME_OF_GUESTS);
        let link = of(folder.path()).expect("made");
        assert!(!path.exists(), "dbfront and gateways make none");
        let guests = of_guests(folder.path()).expect("made");
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        assert_ne!(guests, link.seal_key());
        // Renewed, the key of the links leaves it as it is.
        fs::remove_file(folder.path().join(NAME)).expect("removed");
        assert_ne!(of(folder.path()).expect("made again"), link);
        assert_eq!(of_guests(folder.path()).expect("read"), guests);
    }
}
