//! What a console's folder looks like to somebody who changes nothing in it, whether a console serves or not: modes, who is
//! staff, whether the audit log is whole. Judges nothing.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use super::store;
use crate::{
    error::Error,
    logic::{
        audit::{Chain, LINE_BYTES_MAX},
        role::Role,
    },
};

/// See the module.
#[derive(Debug)]
pub struct Look {
    /// The folder, and what is in it: the lower nine bits of their modes.
    pub modes: Vec<(PathBuf, u32)>,
    /// Who is staff, by name.
    pub staff: Result<Vec<Standing>, Error>,
}

/// One of the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Of the account.
    pub name: String,
    /// What it may, by name.
    pub role: &'static str,
    /// It changes the world, or who is staff.
    pub is_mighty: bool,
    /// A code is asked for beside the password.
    pub has_second_factor: bool,
    /// It cannot log in.
    pub is_disabled: bool,
}

/// What is in the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Whole ones.
    pub lines: u64,
    /// The first that does not hold the hash of the one before it.
    pub broken_at: Option<u64>,
}

/// Looks; nothing: the data folder has none of a console.
#[must_use]
pub fn look(data: &Path) -> Option<Look> {
    let folder = data.join("console");
    let mode = |path: &Path| fs::metadata(path).ok().map(|meta| meta.permissions().mode() & 0o777);
    let mut modes = vec![(folder.clone(), mode(&folder)?)];
    let within = fs::read_dir(&folder).into_iter().flatten().flatten().take(ENTRIES_MAX);
    modes.extend(within.filter_map(|entry| Some((entry.path(), mode(&entry.path())?))));
    let staff = store::staff_in(&folder).map(|roster| {
        let standing = |(name, member): (&str, &crate::logic::staff::Member)| Standing {
            name: name.to_owned(),
            role: member.role.name(),
            is_mighty: Role::Operator <= member.role,
            has_second_factor: member.totp.is_some(),
            is_disabled: member.disabled,
        };
        roster.all().map(standing).collect()
    });
    Some(Look { modes, staff })
}

/// Reads the audit log to its end; nothing: there is none yet. A last line without its end is one that is just being
/// written, or that a crash tore: nobody was told of it.
#[must_use]
pub fn audit(data: &Path) -> Option<io::Result<Audit>> {
    match File::open(data.join("console/audit.log")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        file => Some(file.and_then(read)),
    }
}

fn read(file: File) -> io::Result<Audit> {
    let mut reader = BufReader::new(file);
    let (mut chain, mut line) = (Chain::default(), Vec::new());
    let mut found = Audit { lines: 0, broken_at: None };
    loop {
        line.clear();
        reader.by_ref().take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut line)?;
        let whole = match line.strip_suffix(b"\n") {
            Some(whole) => whole,
            None if line.len() < LINE_BYTES_MAX => return Ok(found),
            // No line is so long: it is told as the one that is none.
            None => &line,
        };
        if !chain.follow(&String::from_utf8_lossy(whole)) {
            found.broken_at.get_or_insert(chain.next() - 1);
        }
        found.lines += 1;
    }
}

/// It has four, and some that are just replaced.
const ENTRIES_MAX: usize = 64;
