//! A closer look at the database, and what staff does there: a backup, and the record that the database refuses, which is
//! tried again or replaced. Dbfront does it; here it is asked, signed and written down.

use std::{io, os::unix::fs::DirBuilderExt as _, sync::Arc, time::Duration};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use proto::link::{
    BackupRequest, ControlResponse, DatabaseApplied, DatabaseRequest, PoisonAmend, PoisonRequest,
    PoisonResponse, PoisonRetry, PoisonShow, control_request::What, poison_request,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    link::Talk,
    refusal::{BAD_REQUEST, DBFRONT_AWAY, DBFRONT_SILENT, Refusal},
    request::{Asked, reason},
    route::Done,
};
use crate::logic::{
    admit::{By, Sure},
    audit::personal::{A_RECORD, kept},
    role::{Operator, Owner, Viewer},
};

/// `GET /api/database/look`: segments of the journal, the last and the slowest transactions, backups of this process.
pub(super) async fn look(desk: Arc<Desk>, _by: By<Viewer>, _asked: Asked) -> Result<Response, Refusal> {
    Ok(Json(desk.look.get(closer(&desk)).await?).into_response())
}

async fn closer(desk: &Desk) -> Result<Value, Refusal> {
    let said = ask(desk, What::Database(DatabaseRequest {}), SOON).await?;
    let look = said.database.unwrap_or_default();
    let applied = |one: &DatabaseApplied| {
        let tables = one.tables.iter().map(|rows| json!({ "table": rows.table, "rows": rows.rows }));
        json!({
            "at_ms": one.at_ms, "took_us": one.took_us, "lsn": one.lsn.to_string(), "tables": tables.collect::<Value>(),
        })
    };
    let segments = look.segments.iter().map(|one| {
        json!({
            "number": one.number.to_string(), "first_lsn": one.first_lsn.to_string(),
            "created_ms": one.created_ms, "bytes": one.bytes,
        })
    });
    let backups = look.backups.iter().map(|one| {
        json!({
            "folder": one.folder, "began_ms": one.began_ms, "ended_ms": one.ended_ms, "made": one.made,
            "cursor": one.cursor.to_string(), "last": one.last.to_string(), "bytes": one.bytes, "wrong": one.wrong,
        })
    });
    Ok(json!({
        "newest": look.newest.iter().map(applied).collect::<Value>(),
        "slowest": look.slowest.iter().map(applied).collect::<Value>(),
        "segments": segments.collect::<Value>(),
        "segments_all": look.segments_all,
        "backups": backups.collect::<Value>(),
    }))
}

/// `GET /api/database/poison`: the record that the database refuses, as it is applied until now; `lsn` is 0 without one.
pub(super) async fn poison(desk: Arc<Desk>, _by: By<Operator>, _asked: Asked) -> Result<Response, Refusal> {
    let found = refused(&desk, true).await?;
    Ok(Json(of_poison(&found)).into_response())
}

/// `POST /api/database/poison/retry`: has the refused record tried at once.
pub(super) async fn retry(desk: Arc<Desk>, _by: By<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
    }
    let Body { reason: why } = asked.body()?;
    let why = reason(&why).map_err(|refusal| refusal.of(DATABASE, ""))?;
    let done = async {
        let before = refused(&desk, false).await?;
        let wish = poison_request::What::Retry(PoisonRetry {});
        let said = ask(&desk, What::Poison(PoisonRequest { what: Some(wish) }), LONG).await?;
        let after = said.poison.unwrap_or_default();
        let outcome = match (after.unknown, after.lsn) {
            (true, _) => "trying",
            (false, 0) => "applied",
            (false, _) => "refused",
        };
        let after = json!({ "outcome": outcome, "what": after.what });
        let target = format!("record {}", before.lsn);
        let before = json!({ "table": before.table, "what": before.what, "tries": before.tries });
        Ok(Done { reason: why.clone(), before, after: after.clone(), answer: after, ..Done::to(target) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(DATABASE, &why))
}

/// `POST /api/database/poison/amend`: replaces the refused record by what was shown of it, edited. Everything is read again.
pub(super) async fn amend(desk: Arc<Desk>, by: Sure<Owner>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        lsn: String,
        record: String,
    }
    let Body { reason: why, lsn, record } = asked.body()?;
    let target = format!("record {}", lsn.chars().take(20).filter(char::is_ascii_digit).collect::<String>());
    let why = reason(&why).map_err(|refusal| refusal.of(&target, ""))?;
    let done = async {
        let lsn: u64 = lsn.parse().map_err(|_| BAD_REQUEST)?;
        let _: Value = serde_json::from_str(&record).map_err(|_| BAD_REQUEST)?;
        let before = kept(A_RECORD, &refused(&desk, true).await?.json);
        let after = kept(A_RECORD, &record);
        let (by, reason) = (by.caller().name.clone(), why.clone());
        let order = PoisonAmend { lsn, by, reason, json: record.clone(), ..PoisonAmend::default() };
        let wish = poison_request::What::Amend(order);
        ask(&desk, What::Poison(PoisonRequest { what: Some(wish) }), LONG).await?;
        Ok(Done { reason: why.clone(), before, after, ..Done::to(&target) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&target, &why))
}

/// `POST /api/database/backup`: begins a backup in a folder of this name below `backups` in the data folder.
pub(super) async fn backup(desk: Arc<Desk>, _by: By<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        name: String,
    }
    let Body { reason: why, name } = asked.body()?;
    let target =
        format!("backup {}", name.chars().filter(|c| is_plain(*c)).take(NAME_MAX).collect::<String>());
    let why = reason(&why).map_err(|refusal| refusal.of(&target, ""))?;
    let done = async {
        let is_name =
            (1..=NAME_MAX).contains(&name.len()) && name.chars().all(is_plain) && !name.starts_with('.');
        if !is_name {
            return Err(BAD_REQUEST.into());
        }
        let all = desk.data.join("backups");
        match std::fs::DirBuilder::new().mode(0o700).create(&all) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                let text = format!("{}: {error}", all.display());
                return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "store_failed", text));
            }
            Err(_) | Ok(()) => (),
        }
        let folder = std::path::absolute(all.join(&name)).ok();
        let folder = folder.and_then(|folder| Some(folder.to_str()?.to_owned())).ok_or(BAD_REQUEST)?;
        let wish = BackupRequest { folder: folder.clone(), number: 0 };
        let said = ask(&desk, What::Backup(wish), SOON).await?;
        let number = said.backup.unwrap_or_default().number;
        let after = json!({ "folder": folder, "number": number.to_string() });
        Ok(Done { reason: why.clone(), after: after.clone(), answer: after, ..Done::to(&target) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&target, &why))
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-".contains(c)
}

/// The record that the database refuses; with all that is in it, for which the journal is read to its end.
async fn refused(desk: &Desk, record: bool) -> Result<PoisonResponse, Refusal> {
    let wish = poison_request::What::Show(PoisonShow { record });
    let patience = if record { LONG } else { SOON };
    let said = ask(desk, What::Poison(PoisonRequest { what: Some(wish) }), patience).await?;
    Ok(said.poison.unwrap_or_default())
}

fn of_poison(found: &PoisonResponse) -> Value {
    json!({
        "lsn": found.lsn.to_string(),
        "table": found.table,
        "what": found.what,
        "since_ms": found.since_ms,
        "tries": found.tries,
        "record": found.json,
    })
}

/// Asks dbfront; what it refuses keeps its name.
async fn ask(desk: &Desk, what: What, patience: Duration) -> Result<ControlResponse, Refusal> {
    let talk = Talk::open(&desk.dbfront, SOON).await.map_err(|_| DBFRONT_AWAY)?;
    // Once it was asked, whatever keeps the answer away says nothing about what was done.
    let said = talk.ask(what, patience).await.map_err(|_| DBFRONT_SILENT)?;
    match said.error.as_str() {
        "" => Ok(said),
        // It was told, and did not say in time what became of it.
        "unknown" => Err(DBFRONT_SILENT.into()),
        code => Err(Refusal::new(StatusCode::CONFLICT, code, &said.detail)),
    }
}

/// On what deeds are done that name no record.
const DATABASE: &str = "database";
/// Of a folder of a backup, bytes.
const NAME_MAX: usize = 64;
/// For what is known at once.
const SOON: Duration = Duration::from_secs(5);
/// For what waits for the database or the journal.
const LONG: Duration = Duration::from_secs(30);
