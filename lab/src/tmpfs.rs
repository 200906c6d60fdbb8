//! A small disk of memory, mounted where a test wants it, which can be filled and emptied; it goes with its owner.
//! Uses nothing else, so that tests anywhere can include this file. Mounting takes root's rights.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// See the module.
pub struct Tmpfs {
    place: PathBuf,
}

impl Tmpfs {
    /// Mounted on this folder, which is made, with room for so much.
    ///
    /// # Errors
    /// No rights to, or what the system says.
    pub fn mount(place: &Path, mib: u32) -> io::Result<Self> {
        fs::create_dir_all(place)?;
        let size = format!("size={mib}m,mode=0700");
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(place))?;
        Ok(Self { place: place.to_owned() })
    }

    /// Leaves no byte on it; says how many there were.
    ///
    /// # Errors
    /// What the system says, but that there is no space.
    pub fn fill(&self) -> io::Result<u64> {
        let mut file = fs::File::create(self.place.join(FILLER))?;
        let (mut filled, zeros) = (0, [0; 4_096]);
        loop {
            match file.write(&zeros) {
                Ok(written) => filled += written as u64,
                Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(filled),
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes room again.
    ///
    /// # Errors
    /// What the system says.
    pub fn free(&self) -> io::Result<()> {
        fs::remove_file(self.place.join(FILLER))
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // Though somebody has a file open: it goes with the last of them.
        let _ = run(Command::new("umount").arg("--lazy").arg(&self.place));
    }
}

fn run(command: &mut Command) -> io::Result<()> {
    let done = command.stdin(Stdio::null()).stdout(Stdio::null()).output()?;
    if done.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&done.stderr).into_owned()))
}

const FILLER: &str = "filler";
