//! Who stands in lines of the logs that a page shows, which are about ids alone: dbfront looks them up by those. Knows
//! neither the logs nor a page.

use std::{collections::BTreeSet, time::Duration};

use proto::{
    limits::BOOKS_LINES_MAX,
    link::{BooksHolder, BooksLine, BooksWho, books_request::What},
};
use serde_json::{Map, Value, json};

use super::{desk::Desk, economy};

/// What of a line says who stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    /// Of the log of things; else of the ledger.
    pub(super) is_goods: bool,
    /// 0: nobody.
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) reason: u32,
}

/// Holders by their ids, as pages get them: what each is, its name, and the account to look at if there is one.
pub(super) fn told<'a>(holders: impl IntoIterator<Item = &'a BooksHolder>) -> Map<String, Value> {
    let told = holders.into_iter().map(|holder| {
        let account = (holder.account != 0).then(|| holder.account.to_string());
        let about = json!({ "what": holder.what, "name": holder.name, "account": account });
        (holder.id.to_string(), about)
    });
    told.collect()
}

/// Everybody in these lines; nothing where dbfront does not say it soon, for a page is of use without names too.
pub(super) async fn who(desk: &Desk, lines: &BTreeSet<Line>) -> Option<Map<String, Value>> {
    let lines: Vec<BooksLine> = lines
        .iter()
        .map(|&Line { is_goods, from, to, reason }| BooksLine { goods: is_goods, from, to, reason })
        .collect();
    let mut found: Vec<BooksHolder> = Vec::new();
    for lines in lines.chunks(BOOKS_LINES_MAX) {
        let wish = What::Who(BooksWho { lines: lines.to_vec() });
        found.extend(economy::ask(desk, wish, PATIENCE).await.ok()?.holders);
    }
    // Of some lines one may know what others do not: the last one said of an id is kept.
    found.sort_by_key(|holder| holder.what != UNKNOWN);
    Some(told(&found))
}

const UNKNOWN: &str = "gone";
const PATIENCE: Duration = Duration::from_secs(3);
