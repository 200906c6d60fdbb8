//! Requests of staff over game's control link: who is asked, how long, and what its errors mean here.

use std::{path::Path, time::Duration};

use proto::{
    link::{
        StaffFind, StaffRequest, StaffResponse, StaffRows, StaffWho, Value, control_request,
        staff_request::What,
    },
    tables::Table,
};

use crate::{
    control::client::{AskError, call},
    data::DataFolder,
    exit::{Exit, Failure},
    roles::Role,
};

/// The game of one data folder.
#[derive(Debug)]
pub struct Game {
    socket: std::path::PathBuf,
    data: std::path::PathBuf,
}

/// One page's place: the rows of a table, of whom, after which.
#[derive(Clone, Debug)]
pub struct Pages {
    /// Which.
    pub table: Table,
    /// Whose rows, where the key begins with an id; 0: everybody's.
    pub of: u64,
    /// Not empty: only rows that name one of these.
    pub ids: Vec<u64>,
    /// Begin after this key.
    pub after: Vec<Value>,
}

impl Pages {
    /// All rows of a table.
    #[must_use]
    pub fn all(table: Table) -> Self {
        Self { table, of: 0, ids: Vec::new(), after: Vec::new() }
    }

    /// Those whose key begins with this id.
    #[must_use]
    pub fn of(table: Table, of: u64) -> Self {
        Self { of, ..Self::all(table) }
    }
}

impl Game {
    /// Of this folder.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        let socket = DataFolder::existing(data).control_socket(Role::Game);
        Self { socket, data: data.to_owned() }
    }

    /// Asks once. What is answered is durable.
    ///
    /// # Errors
    /// Game does not run or does not answer, or it refused.
    pub fn ask(&self, what: What) -> Result<StaffResponse, Failure> {
        let request = StaffRequest { by: asker(), what: Some(what) };
        let response = call(&self.socket, control_request::What::Staff(request), PATIENCE)
            .map_err(|error| self.failure(&error))?;
        let staff = response.staff.ok_or_else(|| self.failure(&AskError::Garbage))?;
        match refusal(&staff.error) {
            None => Ok(staff),
            Some(text) => Err(Failure::new(Exit::Failed, text)),
        }
    }

    /// The account that is meant.
    ///
    /// # Errors
    /// As of [`Self::ask`].
    pub fn find(&self, who: &str) -> Result<StaffResponse, Failure> {
        self.ask(What::Find(StaffFind { who: Some(named(who)) }))
    }

    /// Page after page; `take` sees each row, and says whether to go on.
    ///
    /// # Errors
    /// As of [`Self::ask`].
    pub fn each(&self, pages: Pages, mut take: impl FnMut(Vec<Value>) -> bool) -> Result<(), Failure> {
        let Pages { table, of, ids, mut after } = pages;
        loop {
            let rows = StaffRows { table: table as u32, of, after, ids: ids.clone(), rows_max: PAGE_ROWS };
            let page = self.ask(What::Rows(rows))?;
            for row in page.rows {
                if !take(row.row) {
                    return Ok(());
                }
            }
            if page.done {
                return Ok(());
            }
            after = page.after;
        }
    }

    fn failure(&self, error: &AskError) -> Failure {
        let text = match error {
            AskError::NotRunning => {
                format!("game does not run on {}. Start it: ding up --data {0}", self.data.display())
            }
            other => format!("game: {other}"),
        };
        Failure::new(Exit::Unavailable, text)
    }
}

/// An id, or a name: names have a letter.
#[must_use]
pub fn named(who: &str) -> StaffWho {
    match who.parse() {
        Ok(account) => StaffWho { account, name: String::new() },
        Err(_) => StaffWho { account: 0, name: who.to_owned() },
    }
}

/// What a refusal says to whoever typed the command.
fn refusal(error: &str) -> Option<String> {
    if error.is_empty() {
        return None;
    }
    let text = crate::roles::staff_error_text(error);
    Some(text.map_or_else(
        || format!("{error}: see this name under Refusals in docs/OPERATING.md"),
        |text| format!("{error}: {text}"),
    ))
}

/// For game's log: on one machine the user says enough.
fn asker() -> String {
    format!("uid {}", rustix::process::getuid().as_raw())
}

/// For an answer: a password may wait for others, a page for the database.
const PATIENCE: Duration = Duration::from_secs(15);
const PAGE_ROWS: u32 = 256;
