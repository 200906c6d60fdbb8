//! What a test needs that not every machine has: rights, programs. Without it the test says so and passes; where
//! `./check` runs as root on Debian, which installs the programs, a missing one is a failure. Uses nothing else, so
//! that tests anywhere can include this file.

use std::{
    path::Path,
    process::{Command, Stdio},
};

/// What a test cannot do without.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// Namespaces of its own for network, mounts and time, with all rights within: root's, outside of most sandboxes.
    Namespaces,
    /// A program, and the Debian package that brings it.
    Program(&'static str, &'static str),
}

/// Whether a test can go on; if not, it has been said.
///
/// # Panics
/// Something is missing that was promised to be there.
#[must_use]
pub fn are_met(needs: &[Need]) -> bool {
    needs.iter().all(|need| match need {
        Need::Namespaces => {
            let made = runs("unshare", &["--net", "--mount", "--time", "true"]);
            made || is_met(Some("no rights to make namespaces".to_owned()), false)
        }
        Need::Program(program, package) => {
            let lost = !is_found(program);
            is_met(lost.then(|| format!("no {program}: install Debian's {package}")), true)
        }
    })
}

/// The same for something that was looked for elsewhere: why it is missing, if it is, and whether `./check`
/// installs it.
///
/// # Panics
/// As above.
#[must_use]
pub fn is_met(missing: Option<String>, installable: bool) -> bool {
    let Some(why) = missing else { return true };
    let promised = installable && tier().is_some() && is_root() && Path::new("/usr/bin/apt-get").exists();
    assert!(!promised, "skipped: {why}");
    println!("skipped: {why}");
    false
}

/// How much is to be done, as `DING_TIER` says; nothing outside of `./check`.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "only the runner knows what is promised")]
pub fn tier() -> Option<String> {
    std::env::var("DING_TIER").ok()
}

fn is_found(program: &str) -> bool {
    ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"]
        .iter()
        .any(|folder| Path::new(folder).join(program).exists())
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:\t0\t"))
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
