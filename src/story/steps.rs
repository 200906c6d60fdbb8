//! A part of a match as lines of JSON, for whoever steps through it: what was heard, the state after it, its hash. Plays it
//! in a process of its own that has bounds: a room that never comes to an end, or takes all memory, ends this one alone.

use std::io::Write;

use proto::room::{Replay, State};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

use super::words;
use crate::{
    author::{
        Registry,
        replay::{Again, Differs, Verified},
    },
    exit::{Exit, Failure},
};

/// Which part, for whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// The first line is the state after this input.
    pub(super) from: u64,
    /// Nothing of kinds that have secrets.
    pub(super) public: bool,
}

/// Takes this process its right to more.
///
/// # Errors
/// The system refused.
pub(super) fn bound() -> Result<(), Failure> {
    for (resource, most) in [(Resource::Cpu, CPU_S_MAX), (Resource::As, MEMORY_BYTES_MAX)] {
        let hard = getrlimit(resource).maximum;
        let most = hard.map_or(most, |hard| hard.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: hard })
            .map_err(|error| Failure::new(Exit::Io, format!("{resource:?}: {error}")))?;
    }
    Ok(())
}

/// Writes the head, the steps, and how it ended if the end is among them. What is wrong is a line, too: the reader is a
/// program.
///
/// # Errors
/// None: they are lines.
pub(super) fn tell(
    out: &mut dyn Write,
    registry: &Registry,
    replay: &Replay,
    wish: Wish,
) -> Result<(), Failure> {
    if let Err(differs) = played(out, registry, replay, wish) {
        line(out, &json!({ "differs": { "code": differs.code(), "text": differs.to_string() } }));
    }
    Ok(())
}

fn played(
    out: &mut dyn Write,
    registry: &Registry,
    replay: &Replay,
    Wish { from, public }: Wish,
) -> Result<(), Differs> {
    let mut again = Again::open(registry, replay)?;
    line(out, &head(replay, again.has_secrets()));
    if public && again.has_secrets() {
        line(out, &json!({ "refused": "replay_is_secret" }));
        return Ok(());
    }
    let mut bytes = 0;
    let mut told = 0;
    if from == again.number() {
        bytes += step(out, &json!({ "n": from }), Some(&again))?;
        told += 1;
    } else if !again.hear_until(from.saturating_sub(1))? {
        return Ok(());
    }
    while told < STEPS_MAX && bytes < BYTES_MAX {
        let Some(heard) = again.hear()? else { return end(out, again, replay) };
        let outcomes = &heard.input.outcomes;
        let document = json!({
            "n": heard.number,
            "at_ms": heard.input.at_ms,
            "what": heard.input.what.as_ref().map(|what| words::told(what, again.kinds())),
            "deals": outcomes.iter().map(|code| if code.is_empty() { "done" } else { code }).collect::<Vec<_>>(),
            "hash": heard.hash.map(|hash| format!("{hash:016x}")),
        });
        let state = heard.hash.is_some().then_some(&again);
        bytes += step(out, &document, state)?;
        told += 1;
    }
    line(out, &json!({ "more": true }));
    Ok(())
}

fn head(replay: &Replay, secrets: bool) -> Value {
    json!({
        "head": {
            "match": replay.room.to_string(),
            "kind": replay.kind,
            "number": replay.number,
            "opened_ms": replay.opened_wall_ms,
            "options": words::body(&replay.options),
            "inputs": replay.inputs.len(),
            "outcome": replay.outcome,
            "secrets": secrets,
        }
    })
}

fn end(out: &mut dyn Write, again: Again<'_>, replay: &Replay) -> Result<(), Differs> {
    let outcome = again.outcome().unwrap_or(&replay.outcome).to_owned();
    let (verdict, hash, detail) = match again.end()? {
        Verified::Same { hash } => ("same", Some(format!("{hash:016x}")), String::new()),
        Verified::Broke { name, detail } => ("broke", None, format!("{name} {}", words::cut(&detail, 1))),
        Verified::Ended { name } => ("ended", None, name),
    };
    let document = json!({ "verdict": verdict, "hash": hash, "detail": detail, "outcome": outcome });
    line(out, &json!({ "end": document }));
    Ok(())
}

/// One step with the state of the room then, if it has one; how long the line is.
fn step(out: &mut dyn Write, document: &Value, again: Option<&Again<'_>>) -> Result<usize, Differs> {
    let mut document = document.clone();
    if let Some(again) = again {
        let state = again.state()?;
        document["state"] = shown(&state);
        if document["hash"].is_null() {
            document["hash"] = format!("{:016x}", again.hash()?).into();
            document["at_ms"] = state.at_ms.into();
        }
    }
    Ok(line(out, &json!({ "step": document })))
}

/// A state without its randomness, from which one could tell what is drawn next. A room's own that is too long is left out.
fn shown(state: &State) -> Value {
    let room = if state.room.len() <= STATE_BYTES_MAX {
        serde_json::from_slice(&state.room).unwrap_or_default()
    } else {
        json!({ "too_long": state.room.len() })
    };
    json!({
        "members": state.members.iter().map(|member| json!({
            "account": member.account.to_string(),
            "player": member.player,
            "here": member.here,
            "rating": member.rating,
        })).collect::<Vec<_>>(),
        "timers": state.timers.iter()
            .map(|timer| json!({ "id": timer.id, "at_ms": timer.at_ms })).collect::<Vec<_>>(),
        "asks": state.asks.iter().map(|ask| json!({
            "id": ask.id, "account": ask.account.to_string(), "until_ms": ask.until_ms,
        })).collect::<Vec<_>>(),
        "stakes": state.stakes.iter()
            .map(|stake| json!({ "account": stake.account.to_string(), "gold": stake.gold })).collect::<Vec<_>>(),
        "room": room,
    })
}

/// A reader that went away wants no more of it.
fn line(out: &mut dyn Write, document: &Value) -> usize {
    let text = format!("{document}\n");
    let _ = out.write_all(text.as_bytes());
    text.len()
}

/// Steps of one part.
const STEPS_MAX: usize = 256;
/// After so many bytes no further step begins.
const BYTES_MAX: usize = 1024 * 1024;
/// Of a room's own state.
const STATE_BYTES_MAX: usize = 64 * 1024;
/// Processor time, seconds.
const CPU_S_MAX: u64 = 10;
/// Of memory, mapped.
const MEMORY_BYTES_MAX: u64 = 1024 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use proto::{
        ids::AccountId,
        room::{Input, Member, input::What},
    };

    use super::*;

    /// A doudizhu table at which three sit down: its players have secrets of each other.
    fn replay(kind: &str, joins: u64) -> Replay {
        let joins = (1..=joins).map(|account| Input {
            at_ms: account * 10,
            outcomes: Vec::new(),
            what: Some(What::Join(Member {
                account: AccountId(account).0,
                rating: 1_500,
                player: true,
                here: true,
            })),
        });
        Replay {
            format: 1,
            kind: kind.to_owned(),
            seed: vec![7; 32].into(),
            inputs: joins.collect(),
            hash: 1,
            ..Replay::default()
        }
    }

    fn told(replay: &Replay, wish: Wish) -> Vec<Value> {
        let mut out = Vec::new();
        tell(&mut out, &Registry::bundled(), replay, wish).expect("lines");
        let text = String::from_utf8(out).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    #[test]
    fn steps_come_with_state_and_hash_from_where_one_asks_and_the_end_says_what_differs() {
        let lines = told(&replay("echo", 3), Wish { from: 0, public: true });
        assert_eq!(lines[0]["head"]["inputs"], 3);
        let numbers: Vec<&Value> = lines[1..5].iter().map(|line| &line["step"]["n"]).collect();
        assert_eq!(numbers, [0, 1, 2, 3]);
        assert_eq!(lines[1]["step"]["state"]["members"], json!([]));
        assert_eq!(lines[3]["step"]["what"], "2 comes to play, rating 1500");
        assert_eq!(lines[3]["step"]["state"]["members"][1]["account"], "2");
        assert!(lines[3]["step"]["hash"] != lines[4]["step"]["hash"] && lines[4]["step"]["hash"].is_string());
        assert_eq!(lines[5]["differs"]["code"], "hash", "{}", lines[5]);
        let later = told(&replay("echo", 3), Wish { from: 2, public: true });
        assert_eq!((&later[1], later.len()), (&lines[3], 4));
        assert_eq!(
            told(&replay("echo", 3), Wish { from: 9, public: true }).len(),
            1,
            "there is no such input"
        );
    }

    #[test]
    fn a_game_with_secrets_is_shown_to_those_alone_who_may_see_them() {
        let lines = told(&replay("doudizhu", 1), Wish { from: 0, public: true });
        assert_eq!((lines.len(), &lines[1]), (2, &json!({ "refused": "replay_is_secret" })));
        assert_eq!(lines[0]["head"]["secrets"], true);
        let lines = told(&replay("doudizhu", 1), Wish { from: 0, public: false });
        assert!(lines[1]["step"]["state"]["room"].is_object(), "{}", lines[1]);
    }

    #[test]
    fn a_long_match_comes_in_parts() {
        let mut long = replay("echo", 1);
        let tick = Input { at_ms: 20, outcomes: Vec::new(), what: Some(What::Tick(true)) };
        long.inputs.extend(std::iter::repeat_n(tick, 600));
        let lines = told(&long, Wish { from: 0, public: true });
        assert_eq!((lines.len(), &lines[257]), (258, &json!({ "more": true })));
        let lines = told(&long, Wish { from: 255, public: true });
        assert_eq!((&lines[1]["step"]["n"], &lines[256]["step"]["n"]), (&json!(255), &json!(510)));
        assert_eq!(told(&long, Wish { from: 510, public: true }).len(), 1 + 92 + 1);
    }

    #[test]
    fn a_kind_that_is_not_here_is_said_to_be_so() {
        let lines = told(&replay("nothing", 1), Wish { from: 0, public: true });
        assert_eq!(lines[0]["differs"]["code"], "kind");
    }
}
