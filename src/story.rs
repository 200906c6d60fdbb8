//! `ding replay`: a match that was played or that broke, played again by this program's rooms and told input by input.
//! What is the same and what is not is `game`'s to say; [`words`] is how it is told, [`stored`] where matches come from,
//! [`check`] all of them at once, [`steps`] a part of one for whoever steps through it.

mod check;
mod steps;
mod stored;
mod words;

use std::{
    io::{BufWriter, Write},
    path::Path,
};

use proto::room::Replay;
use serde_json::{Value, json};

use crate::{
    args::replay::Replay as Args,
    author::{
        Registry,
        replay::{self, Again, Differs, Verified},
    },
    clock,
    exit::{Exit, Failure},
};

/// Tells, lists or saves.
///
/// # Errors
/// There is no such match, or it goes another way than then.
pub fn replay(args: &Args, registry: &Registry) -> Result<(), Failure> {
    if args.list {
        return stored::list(args);
    }
    if args.check {
        return check::check(&args.place.data, registry);
    }
    if args.steps.is_some() {
        // Before anything is read: another one's match may be of any size.
        steps::bound()?;
    }
    let what = args.what.as_deref().unwrap_or_default();
    let replay = match what.parse::<u64>() {
        Ok(id) => stored::fetch(&args.place.data, id)?,
        Err(_) => read(Path::new(what))?,
    };
    if let Some(path) = &args.save {
        std::fs::write(path, replay::to_bytes(&replay)).map_err(|error| cannot(path, &error))?;
    }
    // A reader that went away wants no more of it.
    let mut out = BufWriter::new(std::io::stdout().lock());
    if let Some(from) = args.steps {
        let told = steps::tell(&mut out, registry, &replay, steps::Wish { from, public: args.public });
        let _ = out.flush();
        return told;
    }
    let told = tell(&mut out, args, registry, &replay);
    let _ = out.flush();
    told
}

fn read(path: &Path) -> Result<Replay, Failure> {
    let bytes = std::fs::read(path).map_err(|error| cannot(path, &error))?;
    let no_replay = |error| Failure::new(Exit::Data, format!("{}: no replay: {error}", path.display()));
    replay::from_bytes(&bytes).map_err(no_replay)
}

fn tell(out: &mut dyn Write, args: &Args, registry: &Registry, replay: &Replay) -> Result<(), Failure> {
    let _ = out.write_all(words::head(replay).as_bytes());
    let mut again = Again::open(registry, replay).map_err(|differs| differing(&differs))?;
    let is_told = !args.quiet;
    while args.to.is_none_or(|to| again.number() < to) {
        let Some(step) = again.hear().map_err(|differs| differing(&differs))? else { break };
        if is_told {
            let _ = writeln!(out, "{}", words::line(&step, again.kinds()));
        }
    }
    if args.to.is_some() {
        let state = again.state().map_err(|differs| differing(&differs))?;
        let hash = again.hash().map_err(|differs| differing(&differs))?;
        let room: Value = serde_json::from_slice(&state.room).unwrap_or_default();
        let document = json!({
            "input": again.number(),
            "at_ms": state.at_ms,
            "hash": format!("{hash:016x}"),
            "members": state.members.iter().map(words::member).collect::<Vec<_>>(),
            "timers": state.timers.iter().map(|timer| json!({ "id": timer.id, "at_ms": timer.at_ms })).collect::<Vec<_>>(),
            "asks": state.asks.iter().map(|ask| json!({ "id": ask.id, "account": ask.account, "until_ms": ask.until_ms })).collect::<Vec<_>>(),
            "stakes": state.stakes.iter().map(|stake| json!({ "account": stake.account, "gold": stake.gold })).collect::<Vec<_>>(),
            "room": room,
        });
        let _ = writeln!(out, "\n{document:#}");
        return Ok(());
    }
    let outcome = again.outcome().unwrap_or_default().to_owned();
    let verified = again.end().map_err(|differs| differing(&differs))?;
    let _ = match verified {
        Verified::Same { hash } => {
            let how = match (outcome.as_str(), replay.outcome.as_str()) {
                ("", "") => "not over".to_owned(),
                ("", name) => format!("closed then as {name}"),
                (outcome, _) => format!("ended: {outcome}"),
            };
            writeln!(out, "\n{how}\nsame hash as then: {hash:016x}")
        }
        Verified::Ended { name } => writeln!(out, "\nclosed then as {name}, which nothing it heard leads to"),
        Verified::Broke { name, detail } => {
            let then = words::cut(&replay.backtrace, STORED_LINES);
            writeln!(out, "\nbreaks as then: {name}\n\n{detail}\n\nthen, in build {}:\n{then}", replay.build)
        }
    };
    Ok(())
}

/// One line that says what differs.
fn differing(differs: &Differs) -> Failure {
    let exit = match differs {
        Differs::Format(_) | Differs::Kind(_) => Exit::Data,
        _ => Exit::Failed,
    };
    Failure::new(exit, format!("{}: {differs}", differs.code()))
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Io, format!("{}: {error}", path.display()))
}

/// What a packet said, as it is shown to people: at most a line.
#[must_use]
pub fn body(bytes: &[u8]) -> String {
    words::body(bytes)
}

/// A moment since 1970.
fn moment(ms: u64) -> String {
    clock::utc(std::time::Duration::from_millis(ms))
}

/// Of the backtrace that was kept.
const STORED_LINES: usize = 12;
