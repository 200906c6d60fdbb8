//! What can be asked of a running dbfront about a record that the database refuses.

use std::time::Duration;

use dbfront::{OrderError, Poison, Replacement, Tried};
use proto::{
    ids::Lsn,
    link::{PoisonAmend, PoisonRequest, PoisonResponse, PoisonShow, Record, poison_request::What},
    wire,
};
use serde_json::Value;

use super::live::{Live, Own};
use crate::journal::{poison::whole, record::parse::from_json};

impl Live {
    /// Asks about the record that the database refuses; nothing: this role has no database. `by`: who asks, for
    /// sure.
    ///
    /// # Errors
    /// A stable name, and what is wrong.
    pub fn poison(
        &self,
        request: PoisonRequest,
        by: impl FnOnce(&str) -> String,
        patience: Duration,
    ) -> Option<Result<PoisonResponse, (&'static str, String)>> {
        let Own::Dbfront(_, orders) = self.own() else { return None };
        let done = match request.what? {
            What::Show(PoisonShow { record }) => orders.poison().map(|poison| {
                let lsn = poison.as_ref().map(|poison| poison.lsn).filter(|_| record);
                // Without it the rest is told all the same.
                let in_force = lsn.and_then(|lsn| Some((lsn, orders.in_force(lsn).ok()?)));
                let json = in_force.map(|(lsn, found)| format!("{:#}", whole(lsn, found.txn, &found.record)));
                let json = json.filter(|json| json.len() <= JSON_BYTES_MAX).unwrap_or_default();
                PoisonResponse { json, ..told(poison) }
            }),
            What::Retry(_) => orders.retry(patience).map(|tried| match tried {
                Tried::Applied => PoisonResponse::default(),
                Tried::Refused(poison) => told(Some(poison)),
                Tried::Unknown => PoisonResponse { unknown: true, ..PoisonResponse::default() },
            }),
            What::Amend(PoisonAmend { lsn, by: name, reason, record, json }) => {
                let (lsn, author) = (Lsn(lsn), by(&name));
                let record = match json.as_str() {
                    "" => Ok(record.to_vec()),
                    json => orders.in_force(lsn).and_then(|was| edited(json, lsn, &was.record)),
                };
                let wanted = record.map(|record| Replacement { lsn, record, author, reason });
                wanted.and_then(|wanted| orders.amend(wanted, patience)).map(|()| PoisonResponse::default())
            }
        };
        Some(done.map_err(|error: OrderError| (error.code(), error.to_string())))
    }
}

/// The record that an edited text says.
fn edited(json: &str, lsn: Lsn, was: &Record) -> Result<Vec<u8>, OrderError> {
    let broken = OrderError::Broken;
    let wanted: Value = serde_json::from_str(json).map_err(|error| broken(error.to_string()))?;
    if wanted["lsn"].as_str() != Some(&lsn.to_string()) {
        return Err(broken(format!("it names another record than {lsn}")));
    }
    let record = from_json(&wanted, was).map_err(broken)?;
    if record == *was {
        return Err(broken("it is the record as it is: there is nothing to replace".to_owned()));
    }
    Ok(wire::encode(&record))
}

fn told(poison: Option<Poison>) -> PoisonResponse {
    poison.map_or_else(PoisonResponse::default, |poison| PoisonResponse {
        lsn: poison.lsn.0,
        table: poison.table.to_owned(),
        what: poison.detail,
        since_ms: poison.since_ms,
        tries: poison.tries,
        ..PoisonResponse::default()
    })
}

/// What fits a request of the console with room to spare.
const JSON_BYTES_MAX: usize = 48 * 1024;
