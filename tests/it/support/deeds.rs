//! What is done through the console's page in a browser, over a real server: which test uses which of the routes that change
//! something, and that none of the table's is left out. Knows no page.

use std::{collections::BTreeSet, path::Path};

use rusqlite::{Connection, OpenFlags};

/// `browsing`: what is done to players and their rooms, while a hundred play.
pub const TO_PEOPLE: &[&str] = &[
    "/api/setup",
    "/api/players/{id}/ban",
    "/api/players/{id}/give",
    "/api/players/{id}/grant",
    "/api/players/{id}/kick",
    "/api/players/{id}/mail",
    "/api/players/{id}/message",
    "/api/players/{id}/move",
    "/api/players/{id}/mute",
    "/api/players/{id}/note",
    "/api/players/{id}/remove",
    "/api/players/{id}/rename",
    "/api/players/{id}/take",
    "/api/players/{id}/unban",
    "/api/players/{id}/unmute",
    "/api/players/{id}/unnote",
    "/api/rooms/{id}/close",
    "/api/rooms/{id}/say",
];

/// `browsing::house`: what is done to the house, and to and by the staff.
pub const TO_THE_HOUSE: &[&str] = &[
    "/api/login",
    "/api/logout",
    "/api/password",
    "/api/totp/begin",
    "/api/totp/confirm",
    "/api/staff/create",
    "/api/staff/{name}/disable",
    "/api/staff/{name}/enable",
    "/api/staff/{name}/reset",
    "/api/staff/{name}/role",
    "/api/gifts/{id}/approve",
    "/api/gifts/{id}/decline",
    "/api/database/backup",
    "/api/database/poison/amend",
    "/api/database/poison/retry",
    "/api/economy/check/begin",
    "/api/logs/level",
    "/api/mailing/stop",
    "/api/replays/{id}/open",
    "/api/rooms/{id}/open",
];

/// `bad_day`: what is switched for all, and said and sent to all.
pub const ON_A_BAD_DAY: &[&str] = &[
    "/api/announce",
    "/api/config/set",
    "/api/config/unset",
    "/api/mailing/send",
    "/api/players/{id}/freeze",
    "/api/players/{id}/unfreeze",
    "/api/switches/accounts",
    "/api/switches/chat",
    "/api/switches/staff_only",
    "/api/switches/wealth",
];

/// Beginnings of routes that no browser uses here, each with the reason.
const NOT_HERE: &[(&str, &str)] = &[];

/// Each of these is among the paths where a page changed something.
pub fn were_done(routes: &[&str], paths: &BTreeSet<String>) {
    let left = left_of(routes, paths);
    assert!(left.is_empty(), "not done through the page: {left:?}; done: {paths:?}");
}

/// No browser leaves one of these out, and none is said to do what is not there.
pub fn are_all_in_a_list(changing: &BTreeSet<String>) {
    let missing = not_in_a_list(changing);
    assert!(missing.is_empty(), "no test in a browser uses these routes: {missing:?}");
    let lists = [TO_PEOPLE, TO_THE_HOUSE, ON_A_BAD_DAY].concat();
    let gone: Vec<_> = lists.iter().filter(|route| !changing.contains(**route)).collect();
    assert!(gone.is_empty(), "there are no such routes any more: {gone:?}");
}

/// Those of the routes that none of the paths is of.
pub fn left_of<'a>(routes: &[&'a str], paths: &BTreeSet<String>) -> Vec<&'a str> {
    let is_done = |route: &str| paths.iter().any(|path| is_of(path, route));
    routes.iter().copied().filter(|route| !is_done(route)).collect()
}

/// Those that no test does through the page.
pub fn not_in_a_list(changing: &BTreeSet<String>) -> Vec<&str> {
    let lists = [TO_PEOPLE, TO_THE_HOUSE, ON_A_BAD_DAY].concat();
    let is_known =
        |route: &str| lists.contains(&route) || NOT_HERE.iter().any(|(begin, _)| route.starts_with(begin));
    changing.iter().map(String::as_str).filter(|route| !is_known(route)).collect()
}

/// Whether a path is one of this route's.
fn is_of(path: &str, route: &str) -> bool {
    let words = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (path, route) = (words(path), words(route));
    path.len() == route.len()
        && path.iter().zip(&route).all(|(word, wanted)| word == wanted || wanted.starts_with('{'))
}

/// The audit page names who did each of these, and why.
pub fn are_told(page: &str, by: &str, deeds: &[(&str, &str)]) {
    for (deed, reason) in deeds {
        let is_it = |line: &str| [by, deed, reason].iter().all(|words| line.contains(words));
        assert!(page.lines().any(is_it), "{by}: {deed}: {reason} is not in\n{page}");
    }
}

/// A database that nobody writes to any more.
pub struct Tables(Connection);

impl Tables {
    /// This one.
    pub fn of(database: &Path) -> Self {
        let sql = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY);
        Self(sql.expect("a database"))
    }

    /// Rows, their columns with a space between.
    pub fn rows(&self, query: &str) -> Vec<String> {
        let mut statement = self.0.prepare(query).expect("a query");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("rows");
        let mut all = Vec::new();
        while let Some(row) = rows.next().expect("a row") {
            let text = |column| match row.get::<_, rusqlite::types::Value>(column).expect("a column") {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            };
            all.push((0..columns).map(text).collect::<Vec<_>>().join(" "));
        }
        all
    }

    /// What the log of staff has on this account: each deed and its reason, and all by anna.
    pub fn deeds_on(&self, account: u64) -> Vec<String> {
        let foreign = "SELECT staff FROM staff_log WHERE staff NOT LIKE '%anna%' AND account = ";
        assert_eq!(self.rows(&format!("{foreign}{account}")), Vec::<String>::new());
        self.rows(&format!(
            "SELECT deed || ': ' || reason FROM staff_log WHERE account = {account} ORDER BY lsn, n"
        ))
    }
}
