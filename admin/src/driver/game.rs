//! What staff asks of game: one link a request, few at a time, and what its refusals mean to a page. Knows no page.

use std::{path::PathBuf, sync::Arc, time::Duration};

use axum::http::StatusCode;
use proto::{
    limits::{
        MAIL_SUBJECT_BYTES_MAX, MAIL_TEXT_BYTES_MAX, MAILBOX_MAX, MAILING_BYTES_MAX, MAILINGS_KEPT_MAX,
        REPORT_EVIDENCE_BYTES_MAX, REPORT_REASON_BYTES_MAX, REPORTS_KEPT_MAX,
    },
    link::{
        Row, StaffFind, StaffRequest, StaffResponse, StaffRows, StaffWho, Value, control_request,
        staff_request,
    },
    rpc::Failure,
    tables::Table,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    link::{Away, Talk},
    refusal::{BUSY, Refusal, TOO_MANY_ROWS},
};

/// The way to game.
#[derive(Debug)]
pub(super) struct Game {
    socket: PathBuf,
    /// To look at what the store has: such a look may wait for a database that is away.
    looks: Arc<Semaphore>,
    /// To look at what game has in memory: never behind a look at the store.
    memory: Arc<Semaphore>,
    /// For files, each of many pages.
    exports: Arc<Semaphore>,
    /// To act: never behind who looks.
    acts: Arc<Semaphore>,
    /// To switch something of the world: never behind deeds on players, whose rows may have to be read first.
    switches: Arc<Semaphore>,
    explain: fn(&str) -> Option<String>,
}

/// One request's link to it.
#[derive(Debug)]
pub(super) struct Asking {
    link: Arc<Taken>,
    by: String,
    patience: Duration,
    explain: fn(&str) -> Option<String>,
}

/// A link and its place. Whoever goes before it is answered leaves it to the question: game is at that, and has no other
/// link to spare meanwhile.
#[derive(Debug)]
struct Taken {
    talk: Talk,
    _place: OwnedSemaphorePermit,
}

/// Which rows.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) table: Table,
    /// Whose, where the key begins with an id; 0: everybody's.
    pub(super) of: u64,
    /// Not empty: only rows that name one of these.
    pub(super) ids: Vec<u64>,
    /// After this key, or before it where the last row comes first.
    pub(super) after: Vec<Value>,
    pub(super) rows_max: u32,
    /// The last one first.
    pub(super) is_latest: bool,
}

impl Page {
    /// Those whose key begins with this id.
    pub(super) fn of(table: Table, of: u64) -> Self {
        Self { table, of, ids: Vec::new(), after: Vec::new(), rows_max: ROWS_MAX, is_latest: false }
    }

    fn wish(self) -> staff_request::What {
        let Self { table, of, ids, after, rows_max, is_latest } = self;
        let latest = is_latest;
        staff_request::What::Rows(StaffRows { table: table as u32, of, after, ids, rows_max, latest })
    }
}

impl Game {
    pub(super) fn new(socket: PathBuf, explain: fn(&str) -> Option<String>) -> Self {
        Self {
            socket,
            looks: Arc::new(Semaphore::new(LOOKS)),
            memory: Arc::new(Semaphore::new(MEMORY_LOOKS)),
            exports: Arc::new(Semaphore::new(EXPORTS)),
            acts: Arc::new(Semaphore::new(ACTS)),
            switches: Arc::new(Semaphore::new(SWITCHES)),
            explain,
        }
    }

    /// Opens a link for somebody of the staff who looks at what the store has.
    pub(super) async fn open(&self, by: &str) -> Result<Asking, Refusal> {
        self.open_in(&self.looks, by, PATIENCE).await
    }

    /// The same for what game answers from memory, at once: on a bad day just this is looked at, while all others wait.
    pub(super) async fn open_now(&self, by: &str) -> Result<Asking, Refusal> {
        self.open_in(&self.memory, by, PATIENCE_FOR_MEMORY).await
    }

    /// The same for a file of many pages.
    pub(super) async fn open_to_export(&self, by: &str) -> Result<Asking, Refusal> {
        self.open_in(&self.exports, by, PATIENCE).await
    }

    /// The same for somebody who changes something.
    pub(super) async fn open_to_act(&self, by: &str) -> Result<Asking, Refusal> {
        self.open_in(&self.acts, by, PATIENCE).await
    }

    /// The same for somebody who switches something of the world, for which no row has to be read.
    pub(super) async fn open_to_switch(&self, by: &str) -> Result<Asking, Refusal> {
        self.open_in(&self.switches, by, PATIENCE).await
    }

    async fn open_in(
        &self,
        places: &Arc<Semaphore>,
        by: &str,
        patience: Duration,
    ) -> Result<Asking, Refusal> {
        let place = timeout(PATIENCE, Arc::clone(places).acquire_owned()).await;
        let place = place.ok().and_then(Result::ok).ok_or(BUSY)?;
        let talk = Talk::open(&self.socket, patience).await.map_err(|away| unreachable(&away))?;
        let link = Arc::new(Taken { talk, _place: place });
        Ok(Asking { link, by: by.to_owned(), patience, explain: self.explain })
    }
}

impl Asking {
    /// Asks; what is answered is durable.
    pub(super) async fn ask(
        &self,
        what: staff_request::What,
        reason: &str,
    ) -> Result<StaffResponse, Refusal> {
        self.ask_within(what, reason, self.patience).await
    }

    async fn ask_within(
        &self,
        what: staff_request::What,
        reason: &str,
        patience: Duration,
    ) -> Result<StaffResponse, Refusal> {
        let request = StaffRequest { by: self.by.clone(), reason: reason.to_owned(), what: Some(what) };
        let link = Arc::clone(&self.link);
        let asked = async move { link.talk.ask(control_request::What::Staff(request), patience).await };
        let said = tokio::spawn(asked).await.unwrap_or(Err(Away::Lost));
        let said = said.map_err(|away| unanswered(&away))?;
        let said = said.staff.ok_or_else(|| unanswered(&Away::Garbage))?;
        if said.error.is_empty() { Ok(said) } else { Err(self.refused(&said.error)) }
    }

    /// Who has this id.
    pub(super) async fn find(&self, account: u64) -> Result<StaffResponse, Refusal> {
        let who = Some(StaffWho { account, name: String::new() });
        self.ask(staff_request::What::Find(StaffFind { who }), "").await
    }

    /// One page of a table. Of an append-only one game waits until the database has all that was done before, which a
    /// database that is away never has: it is not waited for long, and that is what game says then.
    pub(super) async fn rows(&self, page: Page) -> Result<StaffResponse, Refusal> {
        let patience = if page.table.def().append { PATIENCE_BEHIND } else { self.patience };
        self.ask_within(page.wish(), "", patience).await
    }

    /// All rows of a page's wish from its `after` on: of one owner, or of a table that has few. An answer ends where it is
    /// full, so they come page by page.
    pub(super) async fn all(&self, mut page: Page) -> Result<Vec<Row>, Refusal> {
        let mut all = Vec::new();
        for _ in 0..PAGES_MAX {
            let said = self.rows(page.clone()).await?;
            all.extend(said.rows);
            if said.done {
                return Ok(all);
            }
            page.after = said.after;
        }
        Err(TOO_MANY_ROWS.into())
    }

    /// One page where somebody waits for something else: a page takes as long as the database does.
    pub(super) async fn rows_soon(&self, page: Page) -> Result<StaffResponse, Refusal> {
        self.ask_within(page.wish(), "", PATIENCE_SHORT).await
    }

    fn refused(&self, code: &str) -> Refusal {
        let status = match code {
            "bad_request" => StatusCode::BAD_REQUEST,
            "no_such_account" | "room_not_open" => StatusCode::NOT_FOUND,
            "starting" | "busy" | "too_late" | "store_away" | "store_behind" => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            "outcome_unknown" => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::CONFLICT,
        };
        let text = (self.explain)(code);
        Refusal::new(status, code, text.unwrap_or_else(|| "game refused".to_owned()))
    }
}

/// Nothing was asked of it.
fn unreachable(away: &Away) -> Refusal {
    let text = format!("game does not answer: is it running? ({away})");
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "game_away", text)
}

/// It was asked: without a word that it was refused, nobody knows whether it was done.
fn unanswered(away: &Away) -> Refusal {
    match away {
        Away::Failed(Failure::Busy | Failure::BadRequest | Failure::TooLarge) => unreachable(away),
        _ => {
            let text = format!("game does not answer: it may or may not have been done ({away})");
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "game_silent", text)
        }
    }
}

/// Of the sixteen links that game's control socket takes; `ding status` and the console's own look need some.
const LOOKS: usize = 3;
const MEMORY_LOOKS: usize = 4;
const EXPORTS: usize = 1;
const ACTS: usize = 2;
const SWITCHES: usize = 1;
const _: () = assert!(LOOKS + MEMORY_LOOKS + EXPORTS + ACTS + SWITCHES + 5 <= 16);
/// A page may wait for the database.
const PATIENCE: Duration = Duration::from_secs(15);
/// What is in memory is there within a turn; one who plays no more is read from the store.
const PATIENCE_FOR_MEMORY: Duration = Duration::from_secs(5);
/// For the database to have all that was done: that is a moment, or it is away.
const PATIENCE_BEHIND: Duration = Duration::from_secs(5);
const PATIENCE_SHORT: Duration = Duration::from_secs(2);
/// Of one page, as game allows.
pub(super) const ROWS_MAX: u32 = 256;
/// Pages of what is read whole.
const PAGES_MAX: usize = 32;
const _: () = {
    // Bytes that a page has at least unless it is the last: game ends one once it has 48 KiB.
    const BYTES: usize = 40 * 1024;
    assert!(MAILBOX_MAX * (MAIL_SUBJECT_BYTES_MAX + MAIL_TEXT_BYTES_MAX + 256) < PAGES_MAX * BYTES);
    assert!(
        REPORTS_KEPT_MAX * (REPORT_EVIDENCE_BYTES_MAX + REPORT_REASON_BYTES_MAX + 256) < PAGES_MAX * BYTES
    );
    assert!(MAILINGS_KEPT_MAX * (MAILING_BYTES_MAX + 512) < PAGES_MAX * BYTES);
};
