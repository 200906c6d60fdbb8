//! `ding journal …`: looks at the journal of a data folder, beside a running server or without one, and mends what the
//! database refuses of it.

pub mod dump;
pub mod loss;
pub mod poison;
pub mod record;
use std::{fmt::Write as _, io::Write as _, time::Duration};

use serde_json::{Value, json};

use crate::{
    args::journal::{JournalCommand, Look},
    clock,
    exit::{Exit, Failure},
    load::load,
    roles::journal::{
        self as roles, Checked, End, HowEnded, JournalInfo, Lost, Parent, SegmentInfo, Start, hex,
    },
    serve, staff,
};

/// One of the commands.
///
/// # Errors
/// The named stop of the journal, or what was found.
pub fn journal(command: &JournalCommand) -> Result<(), Failure> {
    match command {
        JournalCommand::Info(look) => info(look),
        JournalCommand::Check(look) => check(look),
        JournalCommand::Dump(args) => dump::dump(args),
        JournalCommand::Poison(args) => poison::poison(args),
        JournalCommand::AcceptLoss(args) => loss::accept(args),
    }
}

fn info(look: &Look) -> Result<(), Failure> {
    let config = load(&look.source)?.config;
    let info = roles::info(&config).map_err(|stop| serve::failure(&stop))?;
    say(&if look.json { format!("{}\n", info_json(&info)) } else { info_text(&info) });
    Ok(())
}

fn check(look: &Look) -> Result<(), Failure> {
    let config = load(&look.source)?.config;
    let began = clock::now();
    let checked = roles::check(&config).map_err(|stop| serve::failure(&stop))?;
    let took = clock::now().saturating_duration_since(began);
    say(&if look.json { format!("{}\n", check_json(&checked, took)) } else { check_text(&checked, took) });
    match (&checked.start, checked.wrong) {
        (Start::Stops { code, .. }, _) => Err(Failure::new(Exit::of_stop(code), "")),
        (Start::GoesOn { .. }, Some(_)) => Err(Failure::new(Exit::Failed, "")),
        (Start::GoesOn { .. }, None) => Ok(()),
    }
}

fn info_json(info: &JournalInfo) -> Value {
    let segments: Vec<Value> = info.segments.iter().map(|segment| segment_json(info, segment)).collect();
    json!({
        "uuid": hex(&info.identity.journal_uuid), "world_hash": hex(&info.identity.world_hash),
        "is_of_this_world": info.is_ours, "last_lsn": info.end.tail.last_lsn.0,
        "durable_lsn": info.durable.0, "epoch": info.end.tail.epoch.0, "end": how(&info.end),
        "segments": segments, "parent": parent(info).map(|parent| json!({
            "uuid": hex(&parent.journal_uuid), "last_lsn": parent.lsn.0,
            "lost_from": parent.lost.map(|lost| lost.from.0), "lost_to": parent.lost.map(|lost| lost.to.0),
        })),
    })
}

/// Told by the first segment, as long as it is kept.
fn parent(info: &JournalInfo) -> Option<Parent> {
    info.segments.iter().find_map(|segment| segment.header.parent)
}

fn segment_json(info: &JournalInfo, segment: &SegmentInfo) -> Value {
    let header = &segment.header;
    json!({
        "number": header.number, "first_lsn": header.first_lsn.0, "last_lsn": segment.last_lsn.0,
        "bytes": segment.bytes, "made_ms": header.created_ms, "epoch": header.epoch.0,
        "sealed": is_sealed(info, segment), "supersedes_from": header.supersedes_from.map(|lsn| lsn.0),
        "recycled": header.recycled,
    })
}

/// A SEAL is kept only in the last segment: a start begins the next one in its place.
fn is_sealed(info: &JournalInfo, segment: &SegmentInfo) -> bool {
    info.end.segment == segment.header.number && info.end.how == HowEnded::Sealed
}

fn info_text(info: &JournalInfo) -> String {
    let mut text = format!("journal   {}\n", hex(&info.identity.journal_uuid));
    let world = if info.is_ours { "the configured one" } else { "another one than is configured" };
    text.push_str(&format!("world     {} ({world})\n", hex(&info.identity.world_hash)));
    if let Some(Parent { journal_uuid, lsn, lost, .. }) = parent(info) {
        text.push_str(&format!("goes on   after record {lsn} of journal {}\n", hex(&journal_uuid)));
        if let Some(Lost { from, to }) = lost {
            text.push_str(&format!(
                "lost      records {from} to {to} of that one are in no journal: accepted\n"
            ));
        }
    }
    text.push_str(&format!("epoch     {}\n", info.end.tail.epoch));
    text.push_str(&format!("last      record {}, {}\n", info.end.tail.last_lsn, how(&info.end)));
    text.push_str(&format!("durable   record {} by what lies in the files\n", info.durable));
    text.push_str(&format!(
        "\n{:<17}{:>14}{:>14}{:>12}  {:<25}{}\n",
        "SEGMENT", "FIRST", "LAST", "BYTES", "MADE", "STATE"
    ));
    for segment in &info.segments {
        let header = &segment.header;
        let made = clock::utc(Duration::from_millis(header.created_ms));
        let state = match (is_sealed(info, segment), info.end.segment == header.number) {
            (true, _) => "sealed",
            (false, true) => "open",
            (false, false) => "ended",
        };
        let last =
            if segment.last_lsn < header.first_lsn { "–".to_owned() } else { segment.last_lsn.to_string() };
        // A String takes everything.
        let _ = writeln!(
            text,
            "{:016x} {:>14}{last:>14}{:>12}  {made:<25}{state}",
            header.number, header.first_lsn.0, segment.bytes
        );
    }
    text
}

fn how(end: &End) -> &'static str {
    match end.how {
        HowEnded::Sealed => "sealed",
        HowEnded::Open => "open",
        HowEnded::Torn { .. } => "torn",
    }
}

fn check_json(checked: &Checked, took: Duration) -> Value {
    let start = match &checked.start {
        Start::GoesOn { last, clean, cut_bytes } => {
            json!({ "goes_on": true, "last_lsn": last.0, "clean": clean, "cut_bytes": cut_bytes })
        }
        Start::Stops { code, text } => json!({ "goes_on": false, "stop": code, "text": text }),
    };
    let wrong = checked.wrong.map(|wrong| {
        json!({ "segment": wrong.segment, "offset": wrong.offset, "lsn": wrong.lsn.0, "what": wrong.what })
    });
    json!({
        "segments": checked.segments, "frames": checked.frames, "records": checked.records,
        "bytes": checked.bytes, "gone": checked.gone, "ms": took.as_millis(), "mb_per_s": rate(checked, took),
        "end": checked.end.as_ref().map(how), "wrong": wrong, "applied_lsn": checked.cursor.map(|lsn| lsn.0),
        "start": start,
    })
}

fn check_text(checked: &Checked, took: Duration) -> String {
    let Checked { segments, frames, records, .. } = checked;
    let mut text = format!(
        "read      {segments} segments, {frames} frames, {records} records: {} bytes in {:.2} s, {:.0} MB/s\n",
        checked.bytes,
        took.as_secs_f64(),
        rate(checked, took)
    );
    if checked.gone != 0 {
        text.push_str(&format!("gone      {} settled segments while they were read\n", checked.gone));
    }
    match checked.wrong {
        None => text.push_str("bytes     all of them are right\n"),
        Some(wrong) => text.push_str(&format!(
            "bytes     WRONG in segment {:016x} at byte {}, where record {} should follow: {}\n",
            wrong.segment, wrong.offset, wrong.lsn, wrong.what
        )),
    }
    text.push_str(&match checked.cursor {
        Some(lsn) => format!("database  has everything up to record {lsn}\n"),
        None => "database  there is none that answers: what follows is of the journal alone\n".to_owned(),
    });
    text.push_str(&match &checked.start {
        Start::GoesOn { last, clean: true, .. } => {
            format!("start     goes on after record {last}, after a clean stop\n")
        }
        Start::GoesOn { last, clean: false, cut_bytes: 0 } => {
            format!("start     goes on after record {last}; no clean stop yet, or a server is running\n")
        }
        Start::GoesOn { last, cut_bytes, .. } => format!(
            "start     goes on after record {last}, and sets {cut_bytes} bytes behind it aside that nobody was told of\n"
        ),
        Start::Stops { code, text } => format!("start     STOPS with {code}: {}\n", staff::render::plain(text)),
    });
    text
}

/// Megabytes a second.
#[expect(clippy::cast_precision_loss, reason = "for people")]
fn rate(checked: &Checked, took: Duration) -> f64 {
    (checked.bytes as f64 / 1e6 / took.as_secs_f64().max(1e-9) * 10.0).round() / 10.0
}

fn say(text: &str) {
    // Whoever does not read it does not need it.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
