//! A small disk of its own that can stand still: whoever writes to it waits until it is let go. Takes root's rights.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use lab::needs::{Need, are_met, is_met};

/// See the module.
pub struct Disk {
    place: PathBuf,
}

impl Disk {
    /// In this folder; nothing, and a word about it, where it cannot be.
    pub fn mount(folder: &Path, mib: u64) -> Option<Self> {
        let needs = [
            Need::Program("mkfs.ext4", "e2fsprogs"),
            Need::Program("mount", "mount"),
            Need::Program("fsfreeze", "util-linux"),
        ];
        if !are_met(&needs) {
            return None;
        }
        let (image, place) = (folder.join("image"), folder.join("disk"));
        fs::create_dir(&place).expect("made");
        let file = fs::File::create(&image).expect("made");
        file.set_len(mib << 20).expect("space");
        run("mkfs.ext4", &["-q", "-F"], &[&image]).expect("a file system");
        let mounted = run("mount", &["-o", "loop,noatime"], &[&image, &place]);
        let why = mounted.err().map(|why| format!("no rights to mount: {why}"));
        is_met(why, false).then_some(Self { place })
    }

    pub fn place(&self) -> &Path {
        &self.place
    }

    /// From now on writers wait.
    pub fn freeze(&self) {
        run("fsfreeze", &["--freeze"], &[&self.place]).expect("frozen");
    }

    /// They go on.
    pub fn thaw(&self) {
        run("fsfreeze", &["--unfreeze"], &[&self.place]).expect("thawed");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whoever still waits must not do so for ever; it is not frozen where the test came to its end.
        let _ = run("fsfreeze", &["--unfreeze"], &[&self.place]);
        let _ = run("umount", &["--lazy"], &[&self.place]);
    }
}

fn run(program: &str, arguments: &[&str], paths: &[&Path]) -> Result<(), String> {
    let mut command = Command::new(program);
    let done = command.args(arguments).args(paths).stdin(Stdio::null()).output();
    let done = done.map_err(|error| error.to_string())?;
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
}
