//! `ding audit`: asks the database, in use or not, for everything about gold and things that must hold. The rules are
//! `lab`'s, which shares no code with what wrote it. Of a world on a server it asks a copy.

mod copy;

use std::{io::Write, path::Path};

use lab::checker::audit::{self, Audit};
use serde_json::Value;

use self::copy::Copy;
use crate::{
    args::operate,
    exit::{Exit, Failure},
    load::load,
    roles,
};

/// Asks and tells.
///
/// # Errors
/// Something does not hold, or the database cannot be read.
pub fn audit(args: &operate::Audit) -> Result<(), Failure> {
    let config = load(&args.source)?.config;
    let audit = match roles::file_of_store(&config) {
        Some(path) if !path.exists() => {
            let text = format!("there is no database at {}: the first start makes it", path.display());
            return Err(Failure::new(Exit::Data, text));
        }
        Some(path) => judge(path)?,
        None => judge(Copy::make(&config, &args.source.data)?.path())?,
    };
    let text = if args.json { as_json(&audit)? } else { audit.to_string() };
    let _ = writeln!(std::io::stdout().lock(), "{text}");
    if audit.is_clean() { Ok(()) } else { Err(Failure::new(Exit::Failed, "")) }
}

fn judge(path: &Path) -> Result<Audit, Failure> {
    audit::audit(path).map_err(|error| {
        let hint = "not of this version? `ding migrate --dry-run` tells; damaged? `ding doctor` looks";
        Failure::new(Exit::Data, format!("{}: {error}\n{hint}", path.display()))
    })
}

fn as_json(audit: &Audit) -> Result<String, Failure> {
    let failed = |error: serde_json::Error| Failure::new(Exit::Internal, error.to_string());
    let mut told = serde_json::to_value(audit).map_err(failed)?;
    // What is violated, in words: a name alone tells nobody.
    let violated = audit::rules().filter(|rule| audit.rules.get(rule.name).is_some_and(|count| 0 < *count));
    told["says"] = violated.map(|rule| (rule.name.to_owned(), Value::from(rule.says))).collect();
    serde_json::to_string(&told).map_err(failed)
}
