//! What can be asked of a running dbfront about a record that the database refuses.

use std::time::Duration;

use dbfront::{OrderError, Poison, Replacement, Tried};
use proto::{
    ids::Lsn,
    link::{PoisonAmend, PoisonRequest, PoisonResponse, poison_request::What},
};

use super::Live;

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
        let Self::Dbfront(_, orders) = self else { return None };
        let done = match request.what? {
            What::Show(_) => orders.poison().map(told),
            What::Retry(_) => orders.retry(patience).map(|tried| match tried {
                Tried::Applied => PoisonResponse::default(),
                Tried::Refused(poison) => told(Some(poison)),
                Tried::Unknown => PoisonResponse { unknown: true, ..PoisonResponse::default() },
            }),
            What::Amend(PoisonAmend { lsn, by: name, reason, record }) => {
                let wanted =
                    Replacement { lsn: Lsn(lsn), record: record.to_vec(), author: by(&name), reason };
                orders.amend(wanted, patience).map(|()| PoisonResponse::default())
            }
        };
        Some(done.map_err(|error: OrderError| (error.code(), error.to_string())))
    }
}

fn told(poison: Option<Poison>) -> PoisonResponse {
    poison.map_or_else(PoisonResponse::default, |poison| PoisonResponse {
        lsn: poison.lsn.0,
        table: poison.table.to_owned(),
        what: poison.detail,
        since_ms: poison.since_ms,
        tries: poison.tries,
        unknown: false,
    })
}
