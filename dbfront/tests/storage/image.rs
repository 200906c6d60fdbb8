//! A small disk of its own whose power can be cut: a file with ext4 in it, mounted, and the call by which that file
//! system forgets what was not synced. Takes root's rights.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::needs::{Need, are_met, is_met};

/// See the module.
pub struct Image {
    folder: TempDir,
    place: PathBuf,
}

/// What reaches the disk of what was not synced.
#[derive(Clone, Copy, Debug)]
pub enum Loss {
    /// The file system's own log, so the newest names and sizes without the newest bytes.
    Bytes = 1,
    /// Nothing at all.
    Everything = 2,
}

impl Image {
    /// A fresh one; nothing, and a word about it, where it cannot be.
    pub fn new(mib: u64) -> Option<Self> {
        const NEEDS: &[Need] = &[
            Need::Program("mkfs.ext4", "e2fsprogs"),
            Need::Program("mount", "mount"),
            Need::Program("perl", "perl-base"),
        ];
        if !are_met(NEEDS) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("disk");
        fs::create_dir(&place).expect("made");
        let file = fs::File::create(folder.path().join("image")).expect("made");
        file.set_len(mib << 20).expect("space");
        let image = Self { folder, place };
        run("mkfs.ext4", &["-q", "-F"], &image.file()).expect("a file system");
        let mounted = image.mount();
        let why = mounted.err().map(|why| format!("no rights to mount: {why}"));
        is_met(why, false).then_some(image)
    }

    pub fn place(&self) -> &Path {
        &self.place
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn mount(&self) -> Result<(), String> {
        let file = self.file();
        run("mount", &["-o", "loop,noatime", file.to_str().expect("UTF-8")], &self.place)
    }

    /// All that was written to it is on it.
    pub fn sync(&self) {
        run("sync", &["--file-system"], &self.place).expect("synced");
    }

    /// The power goes. Nobody can write any more.
    pub fn cut(&self, loss: Loss) {
        // EXT4_IOC_SHUTDOWN of the kernel's fs/ext4/ext4.h; by a program, for a call like this is not safe Rust.
        let script = "open(my $disk, '<', $ARGV[0]) or die $!; my $how = pack('L', $ENV{HOW}); \
                      ioctl($disk, 0x8004587d, $how) or die $!";
        let how = (loss as u32).to_string();
        let perl = Command::new("perl").args(["-e", script]).arg(&self.place).env("HOW", how).output();
        let perl = perl.expect("perl runs");
        assert!(perl.status.success(), "{}", String::from_utf8_lossy(&perl.stderr));
    }

    /// It is back, with what had reached it. Nobody may have a file on it open for long.
    pub fn restore(&self) {
        let is_left = |_| run("umount", &[], &self.place).is_ok();
        assert!((0..TRIES).any(is_left), "somebody is there");
        self.mount().expect("as before");
    }

    /// As the kernel does it after an error, whoever writes to it.
    pub fn make_read_only(&self) {
        run("mount", &["-o", "remount,abort"], &self.place).expect("read-only");
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        // Though somebody has a file open: it goes with the last of them.
        let _ = run("umount", &["--lazy"], &self.place);
    }
}

/// Each is a process that asks.
const TRIES: u32 = 20_000;

fn run(program: &str, arguments: &[&str], last: &Path) -> Result<(), String> {
    let done = Command::new(program).args(arguments).arg(last).output().map_err(|error| error.to_string())?;
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
}

#[test]
fn what_was_not_synced_is_gone_with_the_power_and_what_was_is_not() {
    for loss in [Loss::Bytes, Loss::Everything] {
        let Some(image) = Image::new(16) else { return };
        let path = |name| image.place().join(name);
        fs::write(path("synced"), "text").expect("written");
        fs::File::open(path("synced")).and_then(|file| file.sync_all()).expect("synced");
        fs::write(path("not synced"), "text").expect("written");
        image.cut(loss);
        assert!(fs::write(path("late"), "text").is_err());
        image.restore();
        assert_eq!(fs::read_to_string(path("synced")).expect("there"), "text");
        // Its name may be there, its text cannot.
        assert_eq!(fs::read_to_string(path("not synced")).unwrap_or_default(), "", "{loss:?}");
    }
}
