//! What whoever runs a server can type beside starting and stopping it.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use clap::{Args, Subcommand};

use super::Source;
use crate::roles::{Role, Seat};

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

/// `ding admin`.
#[derive(Args, Clone, Debug)]
pub struct Admin {
    /// Settings.
    #[command(flatten)]
    pub source: Source,
    /// Address of the pages, as --set console.listen=ADDR [default: 127.0.0.1:7080]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
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
    /// Make no backup before; there is no other way back
    #[arg(long)]
    pub no_backup: bool,
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

/// `ding backup`.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Backup {
    /// Something else than making one.
    #[command(subcommand)]
    pub command: Option<BackupCommand>,
    /// Folder to make: absent or empty
    #[arg(value_name = "DIR", required = true)]
    pub folder: Option<PathBuf>,
    /// Settings.
    #[command(flatten)]
    pub source: Source,
}

/// `ding backup …`.
#[derive(Clone, Debug, Subcommand)]
pub enum BackupCommand {
    /// Read a backup through and say whether it is whole
    #[command(after_help = BACKUP_HELP)]
    Check {
        /// The backup
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// `ding restore`.
#[derive(Args, Clone, Debug)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The last record to restore [default: the backup's last one]
    #[arg(long, value_name = "N")]
    pub to_lsn: Option<u64>,
    /// Settings.
    #[command(flatten)]
    pub source: Source,
}

/// `ding restart`.
#[derive(Args, Clone, Debug)]
pub struct Restart {
    /// gateway (all of them, one by one), gateway-1, gateway-2 and so on, game, dbfront, or all
    #[arg(value_name = "WHAT", value_parser = What::from_str)]
    pub what: What,
    /// Folder of the installation
    #[arg(long, value_name = "DIR", default_value = super::DATA_DEFAULT)]
    pub data: PathBuf,
}

/// What is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Each process, in the order of an upgrade.
    All,
    /// Every gateway.
    Gateways,
    /// This one.
    One(Seat),
}

impl What {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Gateways => "gateway",
            Self::One(seat) if seat == Role::Gateway.into() => "gateway-1",
            Self::One(seat) => seat.name(),
        }
    }
}

impl FromStr for What {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "all" => Ok(Self::All),
            "gateway" => Ok(Self::Gateways),
            // The first of several: its own name means them all.
            "gateway-1" => Ok(Self::One(Role::Gateway.into())),
            name => Seat::named(name)
                .map(Self::One)
                .ok_or_else(|| "gateway, gateway-1 to gateway-8, game, dbfront or all".to_owned()),
        }
    }
}

/// After the help.
pub const ADMIN_HELP: &str = "\
Exit codes: 0 stopped, 65 its list of staff is damaged, 69 the address is taken, 75 another console of the folder runs

Examples:
  ding admin
  ding admin --data /srv/ding --listen 127.0.0.1:7180";

/// For `ding doctor --help`.
pub const DOCTOR_HELP: &str = "\
Exit codes: 0 no problem, 1 a problem

Examples:
  ding doctor
  ding doctor --json --data /srv/ding --config /etc/ding.toml";

/// For `ding restart --help`.
pub const RESTART_HELP: &str = "\
Exit codes: 0 done, 1 failed, 69 no ding up runs, 75 another restart is under way

Examples:
  ding restart game                    after the program file was replaced: the new one takes over
  ding restart all --data /srv/ding    dbfront, game, gateways: an upgrade";

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

/// For `ding backup --help`.
pub const BACKUP_HELP: &str = "\
Examples:
  ding backup /backups/monday
  ding backup check /backups/monday";

/// For `ding restore --help`.
pub const RESTORE_HELP: &str = "\
Examples:
  ding restore /backups/monday --data /srv/restored
  ding restore /backups/monday --to-lsn 51200 --data /srv/restored";

/// For `ding audit --help`.
pub const AUDIT_HELP: &str = "\
Exit codes: 0 everything holds, 1 something does not

Examples:
  ding audit
  ding audit --json --data /srv/ding --config /etc/ding.toml";
