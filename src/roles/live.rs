//! One running role as the command line sees it: what it says of itself, and what can be asked of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use dbfront::looks::{Applied, Backup, Segment};
use proto::{
    figures::Distribution,
    link::{
        BackupRequest, BackupResponse, BillLine, DatabaseApplied, DatabaseBackup, DatabaseResponse,
        DatabaseRows, DatabaseSegment, Figure, StaffRequest, StaffResponse,
    },
};

use super::{NamedStop, Role, recent::Recent, refusal_of_design, summary};
use crate::clock;

/// What a running role says of itself.
#[derive(Clone, Debug)]
pub struct Live {
    own: Own,
    recent: Recent,
}

/// What only one role has.
#[derive(Clone, Debug)]
pub(super) enum Own {
    /// Gateway, and its ear for orders.
    Gateway(Arc<gateway::Metrics>, gateway::Orders),
    /// Game, and its door for staff.
    Game(Arc<game::Metrics>, game::staff::Desk),
    /// Dbfront, and its ear for orders.
    Dbfront(Arc<dbfront::Metrics>, dbfront::Orders),
}

impl Live {
    /// All at zero.
    #[must_use]
    pub fn new(role: Role) -> Self {
        let own = match role {
            Role::Gateway => Own::Gateway(Arc::default(), gateway::Orders::default()),
            Role::Game => Own::Game(Arc::default(), game::staff::Desk::default()),
            Role::Dbfront => Own::Dbfront(Arc::default(), dbfront::Orders::default()),
        };
        Self { own, recent: Recent::default() }
    }

    /// What only this role has.
    pub(super) fn own(&self) -> &Own {
        &self.own
    }

    /// The same, to be run.
    pub(super) fn into_own(self) -> Own {
        self.own
    }

    /// Of which kind.
    #[must_use]
    pub fn role(&self) -> Role {
        match &self.own {
            Own::Gateway(..) => Role::Gateway,
            Own::Game(..) => Role::Game,
            Own::Dbfront(..) => Role::Dbfront,
        }
    }

    /// Whether it serves.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        match &self.own {
            Own::Gateway(metrics, _) => metrics.is_ready(),
            Own::Game(metrics, _) => metrics.is_ready(),
            Own::Dbfront(metrics, _) => metrics.is_ready(),
        }
    }

    /// One word.
    #[must_use]
    pub fn state(&self) -> String {
        match &self.own {
            Own::Gateway(metrics, _) => metrics.state(),
            Own::Game(metrics, _) => metrics.state(),
            Own::Dbfront(metrics, _) => metrics.state(),
        }
    }

    /// How long things take, by name.
    #[must_use]
    pub fn distributions(&self) -> Vec<(&'static str, Distribution)> {
        match &self.own {
            Own::Gateway(metrics, _) => metrics.distributions(),
            Own::Game(metrics, _) => metrics.distributions(),
            Own::Dbfront(metrics, _) => metrics.distributions(),
        }
    }

    /// When its main loop turned last; nothing before it did.
    #[must_use]
    pub fn last_turn(&self) -> Option<Instant> {
        match &self.own {
            Own::Gateway(metrics, _) => metrics.last_turn(),
            Own::Game(metrics, _) => metrics.last_turn(),
            Own::Dbfront(metrics, _) => metrics.last_turn(),
        }
    }

    /// Asks for staff; nothing: this role has no ear for it.
    #[must_use]
    pub fn staff(&self, request: StaffRequest, patience: Duration) -> Option<StaffResponse> {
        let Own::Game(_, desk) = &self.own else { return None };
        Some(desk.ask(request, patience).unwrap_or_else(|error| StaffResponse {
            error: error.code().to_owned(),
            ..StaffResponse::default()
        }))
    }

    /// Begins a backup or waits for the end of one; nothing: this role makes none.
    ///
    /// # Errors
    /// The named stop by which there is none.
    #[must_use]
    pub fn backup(
        &self,
        request: &BackupRequest,
        patience: Duration,
    ) -> Option<Result<BackupResponse, NamedStop>> {
        let Own::Dbfront(metrics, _) = &self.own else { return None };
        let answer = metrics.backups.answer(request, patience);
        Some(answer.map_err(|failed| NamedStop { name: failed.code.to_owned(), text: failed.text }))
    }

    /// Reads the designers' tables again, and says what is in them; nothing: this role has none.
    ///
    /// # Errors
    /// A stable name, and what is wrong.
    pub fn reload(&self, patience: Duration) -> Option<Result<String, (&'static str, String)>> {
        let Own::Game(_, desk) = &self.own else { return None };
        Some(match desk.shelf().reload(patience) {
            Ok(design) => Ok(summary(&design)),
            Err(error) => {
                let text = match &error {
                    game::design::ReloadError::Wrong(problems) => refusal_of_design(problems),
                    other => other.to_string(),
                };
                Err((error.code(), text))
            }
        })
    }

    /// What each kind of packet cost; nothing: this role sends none to clients.
    #[must_use]
    pub fn bill(&self) -> Option<Vec<BillLine>> {
        let Own::Gateway(metrics, _) = &self.own else { return None };
        let lines = metrics.bill().into_iter().map(|(name, row)| BillLine {
            subsystem: name.subsystem.to_owned(),
            room: name.room,
            kind: name.kind,
            messages: row.messages,
            receivers: row.receivers,
            bytes_before: row.bytes_before,
            bytes_after: row.bytes_after,
            writes: row.writes,
            ns: row.ns,
        });
        Some(lines.collect())
    }

    /// What whoever looks closer at the database is shown; nothing: this role has none.
    #[must_use]
    pub fn database(&self) -> Option<DatabaseResponse> {
        let Own::Dbfront(metrics, _) = &self.own else { return None };
        let look = metrics.looks.read();
        let applied = |one: &Applied| DatabaseApplied {
            at_ms: one.at_ms,
            took_us: one.took_us,
            lsn: one.lsn.0,
            tables: one
                .tables
                .iter()
                .map(|(table, rows)| DatabaseRows { table: (*table).to_owned(), rows: *rows })
                .collect(),
        };
        let segment = |one: &Segment| DatabaseSegment {
            number: one.number,
            first_lsn: one.first.0,
            created_ms: one.created_ms,
            bytes: one.bytes,
        };
        let backup = |one: &Backup| DatabaseBackup {
            folder: one.folder.clone(),
            began_ms: one.began_ms,
            ended_ms: one.ended_ms,
            cursor: one.records.0.0,
            last: one.records.1.0,
            bytes: one.bytes,
            made: one.is_made,
            wrong: one.wrong.clone(),
        };
        Some(DatabaseResponse {
            newest: look.newest.iter().map(applied).collect(),
            slowest: look.slowest.iter().map(applied).collect(),
            segments: look.segments.iter().map(segment).collect(),
            segments_all: look.segments_all as u64,
            backups: look.backups.iter().map(backup).collect(),
        })
    }

    /// Counters and gauges, and how long things took lately: see [`Recent`].
    #[must_use]
    pub fn figures(&self) -> Vec<Figure> {
        let mut figures = match &self.own {
            Own::Gateway(metrics, _) => metrics.figures(),
            Own::Game(metrics, _) => metrics.figures(),
            Own::Dbfront(metrics, _) => metrics.figures(),
        };
        figures.extend(self.recent.figures(clock::now(), self.distributions()));
        figures
    }
}
