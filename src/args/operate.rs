//! What whoever runs a server can type beside starting and stopping it.

use clap::Args;

use super::Source;

/// `ding doctor`.
#[derive(Args, Clone, Debug)]
pub struct Doctor {
    /// Settings.
    #[command(flatten)]
    pub source: Source,
    /// Print one JSON document instead of lines
    #[arg(long)]
    pub json: bool,
}

/// `ding init`.
#[derive(Args, Clone, Debug)]
pub struct Init {
    /// Settings.
    #[command(flatten)]
    pub source: Source,
}

/// `ding migrate`.
#[derive(Args, Clone, Debug)]
pub struct Migrate {
    /// Settings.
    #[command(flatten)]
    pub source: Source,
    /// Show what would run, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `ding audit`.
#[derive(Args, Clone, Debug)]
pub struct Audit {
    /// Settings.
    #[command(flatten)]
    pub source: Source,
    /// Print one JSON document instead of lines
    #[arg(long)]
    pub json: bool,
}

/// For `ding doctor --help`.
pub const DOCTOR_HELP: &str = "\
Exit codes: 0 no problem, 1 a problem

Examples:
  ding doctor
  ding doctor --json --data /srv/ding --config /etc/ding.toml";

/// For `ding init --help`.
pub const INIT_HELP: &str = "\
Examples:
  ding init
  ding init --data /srv/ding --set store.url=mysql://ding@db.example.org/ding \\
            --set store.password_file=/etc/ding/password";

/// For `ding migrate --help`.
pub const MIGRATE_HELP: &str = "\
Examples:
  ding migrate --dry-run
  ding migrate --data /srv/ding";

/// For `ding audit --help`.
pub const AUDIT_HELP: &str = "\
Exit codes: 0 everything holds, 1 something does not

Examples:
  ding audit
  ding audit --json --data /srv/ding --config /etc/ding.toml";
