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
    /// Of an append-only table: the last row first, `after` is before which to begin.
    pub latest: bool,
}

impl Pages {
    /// All rows of a table.
    #[must_use]
    pub fn all(table: Table) -> Self {
        Self { table, of: 0, ids: Vec::new(), after: Vec::new(), latest: false }
    }

    /// The rows of an append-only table that name this id, or all of them if it is 0; the last one first.
    #[must_use]
    pub fn latest(table: Table, id: u64) -> Self {
        let ids = if id == 0 { Vec::new() } else { vec![id] };
        Self { ids, latest: true, ..Self::all(table) }
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
        self.ask_because(what, "")
    }

    /// The same, with what the staff log keeps of why.
    ///
    /// # Errors
    /// As of [`Self::ask`].
    pub fn ask_because(&self, what: What, reason: &str) -> Result<StaffResponse, Failure> {
        let request = StaffRequest { by: asker(), reason: reason.to_owned(), what: Some(what) };
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
    pub fn each(&self, pages: Pages, take: impl FnMut(Vec<Value>) -> bool) -> Result<(), Failure> {
        self.each_of(pages, usize::MAX, take).map(drop)
    }

    /// The same for so many pages; the key after which nothing was looked at, if there is something.
    ///
    /// # Errors
    /// As of [`Self::ask`].
    pub fn each_of(
        &self,
        pages: Pages,
        pages_max: usize,
        mut take: impl FnMut(Vec<Value>) -> bool,
    ) -> Result<Option<Vec<Value>>, Failure> {
        let Pages { table, of, ids, mut after, latest } = pages;
        for _ in 0..pages_max {
            let ids = ids.clone();
            let rows = StaffRows { table: table as u32, of, after, ids, rows_max: PAGE_ROWS, latest };
            let page = self.ask(What::Rows(rows))?;
            for row in page.rows {
                if !take(row.row) {
                    return Ok(None);
                }
            }
            if page.done {
                return Ok(None);
            }
            after = page.after;
        }
        Ok(Some(after))
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

/// A name for the staff log, beside the user that game sees for itself: of whoever became that user by sudo, else
/// as the system calls the user.
#[expect(clippy::disallowed_methods, reason = "this is the command line, and it is no setting")]
pub fn asker() -> String {
    let user = rustix::process::getuid().as_raw().to_string();
    let known = || {
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)? == user).then(|| name.to_owned())
        })
    };
    std::env::var("SUDO_USER").ok().or_else(known).unwrap_or_default()
}

/// For an answer: a password may wait for others, a page for the database.
const PATIENCE: Duration = Duration::from_secs(15);
const PAGE_ROWS: u32 = 256;
