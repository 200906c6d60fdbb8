//! `ding journal poison …`: the record that the database refuses, shown, tried again, or replaced by a reviewed one.

use std::{
    io::{BufRead as _, Write as _},
    path::Path,
    time::Duration,
};

use proto::{
    ids::Lsn,
    link::{
        PoisonAmend, PoisonRequest, PoisonResponse, PoisonRetry, PoisonShow, Record,
        control_request::What as Control, poison_request::What,
    },
    turn::TxnId,
    wire,
};
use serde_json::{Value, json};

use super::record::{parse::from_json, to_json};
use crate::{
    args::{
        Source,
        journal::{Amend, Poison, PoisonCommand},
    },
    clock,
    control::client::{AskError, call},
    data::DataFolder,
    exit::{Exit, Failure},
    load::load,
    roles::{
        Role,
        journal::{self as roles, InForce},
    },
    serve,
    staff::{link::asker, render::plain},
};

/// One of the commands.
///
/// # Errors
/// Dbfront does not run, refuses, or there is nothing to do it to.
pub fn poison(args: &Poison) -> Result<(), Failure> {
    match &args.command {
        None => show(&args.source),
        Some(PoisonCommand::Dump(source)) => dump(source),
        Some(PoisonCommand::Retry(source)) => retry(source),
        Some(PoisonCommand::Amend(args)) => amend(args),
    }
}

fn show(source: &Source) -> Result<(), Failure> {
    let found = ask(&source.data, What::Show(PoisonShow::default()), SOON)?;
    say(&if found.lsn == 0 { NONE.to_owned() } else { text(&found) });
    Ok(())
}

fn text(found: &PoisonResponse) -> String {
    let since = clock::utc(Duration::from_millis(found.since_ms));
    format!(
        "record    {}\ntable     {}\nrefused   {} times since {since}\nbecause   {}\n",
        found.lsn,
        found.table,
        found.tries,
        plain(&found.what)
    )
}

fn retry(source: &Source) -> Result<(), Failure> {
    let found = ask(&source.data, What::Retry(PoisonRetry {}), LONG)?;
    match (found.unknown, found.lsn) {
        (true, _) => Err(Failure::new(Exit::TryAgain, "it is being tried: ask `ding journal poison` again")),
        (false, 0) => {
            say("applied\n");
            Ok(())
        }
        (false, _) => {
            say(&text(&found));
            Err(Failure::new(Exit::Failed, "the database refuses it still"))
        }
    }
}

fn dump(source: &Source) -> Result<(), Failure> {
    let lsn = refused(&source.data)?;
    let (record, txn) = read_record(source, lsn)?;
    say(&format!("{:#}\n", whole(lsn, txn, &record)));
    Ok(())
}

fn amend(args: &Amend) -> Result<(), Failure> {
    let file = &args.file;
    let wrong = |text: String| Failure::new(Exit::Usage, format!("{}: {text}", file.display()));
    let content = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let wanted: Value = serde_json::from_str(&content).map_err(|error| wrong(error.to_string()))?;
    let lsn = refused(&args.source.data)?;
    if wanted["lsn"].as_str() != Some(&lsn.to_string()) {
        return Err(wrong(format!("it names another record than {lsn}, which the database refuses")));
    }
    let (in_force, txn) = read_record(&args.source, lsn)?;
    let replacement = from_json(&wanted, &in_force).map_err(wrong)?;
    let mut changes = Vec::new();
    differences("", &whole(lsn, txn, &in_force), &whole(lsn, txn, &replacement), &mut changes);
    if changes.is_empty() {
        return Err(wrong("it is the record as it is: there is nothing to replace".to_owned()));
    }
    say(&format!("record {lsn} is replaced:\n{}\n", changes.concat()));
    if !args.yes && !is_confirmed() {
        return Err(Failure::new(Exit::Interrupted, "nothing was done"));
    }
    let record = wire::encode(&replacement).into();
    let order =
        PoisonAmend { lsn: lsn.0, by: asker(), reason: args.reason.clone(), record, json: String::new() };
    ask(&args.source.data, What::Amend(order), LONG)?;
    say("journalled: everything is read again, and the game restarts with what is true\n");
    Ok(())
}

fn is_confirmed() -> bool {
    say("Type yes to replace it: ");
    let _ = std::io::stdout().lock().flush();
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).is_ok() && line.trim() == "yes"
}

/// As it is dumped, and given back edited.
#[must_use]
pub fn whole(lsn: Lsn, txn: TxnId, record: &Record) -> Value {
    let mut value = json!({
        "lsn": lsn.0.to_string(), "account": txn.account.0.to_string(), "cseq": txn.cseq.to_string(),
    });
    if let (Some(all), Value::Object(fields)) = (value.as_object_mut(), to_json(record)) {
        all.extend(fields);
    }
    value
}

/// A line for each place where two values differ.
fn differences(at: &str, before: &Value, after: &Value, out: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
            for name in names {
                let value =
                    |of: &serde_json::Map<String, Value>| of.get(name).cloned().unwrap_or(Value::Null);
                differences(&format!("{at}.{name}"), &value(old), &value(new), out);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                differences(&format!("{at}[{index}]"), old, new, out);
            }
        }
        (before, after) if before == after => {}
        (before, after) => {
            let name = at.trim_start_matches('.');
            out.push(format!("  {name}\n    - {before}\n    + {after}\n"));
        }
    }
}

/// The record that the database refuses.
fn refused(data: &Path) -> Result<Lsn, Failure> {
    match ask(data, What::Show(PoisonShow::default()), SOON)?.lsn {
        0 => Err(Failure::new(Exit::Failed, NONE.trim_end())),
        lsn => Ok(Lsn(lsn)),
    }
}

/// As it is applied until now: a second replacement is one of the first.
fn read_record(source: &Source, lsn: Lsn) -> Result<(Record, TxnId), Failure> {
    let config = load(source)?.config;
    let InForce { record, txn, .. } = roles::record(&config, lsn).map_err(|stop| serve::failure(&stop))?;
    Ok((record, txn))
}

fn ask(data: &Path, what: What, patience: Duration) -> Result<PoisonResponse, Failure> {
    let socket = DataFolder::existing(data).control_socket(Role::Dbfront);
    let request = Control::Poison(PoisonRequest { what: Some(what) });
    let answer = call(&socket, request, patience).map_err(|error| {
        let exit = if matches!(error, AskError::NotRunning) { Exit::Unavailable } else { Exit::Failed };
        Failure::new(exit, format!("dbfront of {}: {error}", data.display()))
    })?;
    match answer.error.as_str() {
        "" => Ok(answer.poison.unwrap_or_default()),
        "busy" | "journal_full" | "starting" | "unknown" => {
            Err(Failure::new(Exit::TryAgain, format!("{}: {}", answer.error, answer.detail)))
        }
        code => Err(Failure::new(Exit::Failed, format!("{code}: {}", answer.detail))),
    }
}

fn say(text: &str) {
    // Whoever does not read it does not need it.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

const NONE: &str = "the database refuses no record\n";
/// For what is known at once.
const SOON: Duration = Duration::from_secs(5);
/// For what waits for the database or the journal.
const LONG: Duration = Duration::from_secs(30);
