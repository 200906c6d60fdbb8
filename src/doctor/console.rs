//! Asks the console's folder and settings. Judges nothing.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use super::facts::{Certificate, Chain, Console, ConsoleFolder, Encryption, Look, Member};
use crate::roles::{self, Config};

/// All of it but the audit log, which may be long.
#[must_use]
pub fn look(config: &Config, data: &Path, audit: Look<Chain>) -> Console {
    let folder = admin::look(data).map(|look| ConsoleFolder {
        path: data.join("console"),
        open: look.modes.into_iter().filter(|(_, mode)| mode & 0o077 != 0).collect(),
        staff: look
            .staff
            .map(|staff| staff.into_iter().map(member).collect())
            .map_err(|error| format!("{}: {error}", error.code())),
        audit,
    });
    let pid = admin::running(data).map(|running| running.pid);
    Console { pid, encryption: encryption(config), folder }
}

/// Reads the audit log to its end.
#[must_use]
pub fn audit(data: &Path) -> Look<Chain> {
    match admin::audit(data) {
        None => Look::Absent,
        Some(Ok(admin::Audit { lines, broken_at })) => Look::Found(Chain { lines, broken_at }),
        Some(Err(error)) => Look::Stop("IO".to_owned(), error.to_string()),
    }
}

fn member(standing: admin::Standing) -> Member {
    let admin::Standing { name, role, is_mighty, has_second_factor, is_disabled } = standing;
    Member { name, role, is_mighty, has_second_factor, is_disabled }
}

fn encryption(config: &Config) -> Encryption {
    let Some(files) = &config.console.tls else { return Encryption::NotNeeded };
    let (file, key) = (files.certificate.clone(), files.key.clone());
    let key_mode = fs::metadata(&key).ok().map(|meta| meta.mode() & 0o777);
    let about = roles::look_at_certificate(&file, &key);
    Encryption::Certificate(Certificate { file, key, key_mode, about })
}
