//! The key in the data folder by which a gateway knows whom dbfront let write: made once, by whoever starts first.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use proto::epoch::LinkKey;

/// Reads it; makes it where there is none.
///
/// # Errors
/// The system's, and `InvalidData` for a file that is no key.
pub fn of(data: &Path) -> io::Result<LinkKey> {
    let path = data.join(NAME);
    loop {
        match fs::File::open(&path) {
            Ok(file) => {
                let mut bytes = Vec::new();
                file.take(KEY_BYTES + 1).read_to_end(&mut bytes)?;
                let key = <[u8; 32]>::try_from(bytes.as_slice());
                return key.map(LinkKey::new).map_err(|_| io::ErrorKind::InvalidData.into());
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(data, &path)?,
            Err(error) => return Err(error),
        }
    }
}

/// Whole or not at all: two may do this at once, and the first one's stays.
fn make(data: &Path, path: &Path) -> io::Result<()> {
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let aside = data.join(format!("{NAME}.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    let made =
        file.write_all(&bytes).and_then(|()| file.sync_all()).and_then(|()| fs::hard_link(&aside, path));
    fs::remove_file(&aside)?;
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

const NAME: &str = "link.key";
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
}
