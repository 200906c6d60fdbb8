//! Where a person is named in what others have: letters that it wrote, lists of those who do not want to hear it, and
//! what players reported of others. Page after page each of these tables is looked through past the cache, and rows that
//! name the person lose the name, a few in one record. Knows nothing of what is the person's own.

#[cfg(test)]
mod tests;

use proto::{
    limits::{REPORT_EVIDENCE_BYTES_MAX, REPORT_REASON_BYTES_MAX},
    link::{ReadResponse, Value, value::V},
    tables::{AccountRow, CharacterRow, ChatBlockRow, MailRow, ReportRow, Row as _, Table, int},
};

use crate::logic::tx::{Halt, Tx};

/// Looked through in this order.
pub(in crate::logic::staff) const TABLES: [Table; 3] = [Table::Mail, Table::ChatBlock, Table::Report];

/// A page of rows of others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Those that are still to be looked at.
    pub waiting: Vec<Line>,
    /// The last of the page.
    pub after: Vec<Value>,
    /// There is none after it.
    pub is_last: bool,
}

/// A row, as far as it may name somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Whose row it is, and which.
    key: [u64; 2],
    /// Of letters and lists: whose number stands there.
    whose: u64,
    /// Where the name may be.
    text: String,
}

/// Who is forgotten.
pub(super) struct Person {
    account: u64,
    characters: Vec<u64>,
    /// The longest first: one may be a part of another.
    names: Vec<String>,
}

impl Person {
    pub(super) fn new(account: &AccountRow, characters: &[CharacterRow]) -> Self {
        let of_characters = characters.iter().map(|character| &character.name);
        let mut names: Vec<String> = account.name.iter().chain(of_characters).cloned().collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let characters = characters.iter().map(|character| character.id).collect();
        Self { account: account.id, characters, names }
    }

    fn is_named(&self, table: Table, line: &Line) -> bool {
        match table {
            Table::Mail => self.characters.contains(&line.whose) && !line.text.is_empty(),
            Table::ChatBlock => line.whose == self.account && line.text != FORGOTTEN,
            // What is reported of the person itself goes altogether.
            _ => line.key[0] != self.account && names_one_of(&line.text, &self.names),
        }
    }
}

/// Where to begin, from what an answer before said.
pub(in crate::logic::staff) fn place(mut after: Vec<Value>) -> Option<(Table, Vec<Value>)> {
    if after.is_empty() {
        return Some((TABLES[0], after));
    }
    let Some(V::Int(number)) = after.remove(0).v else { return None };
    let table = TABLES.into_iter().find(|table| i64::from(*table as u32) == number)?;
    table.def().check_key(&after).ok().map(|()| (table, after))
}

/// What an answer says for that.
pub(super) fn after(table: Table, key: Vec<Value>) -> Vec<Value> {
    std::iter::once(int(i64::from(table as u32))).chain(key).collect()
}

/// The table after this one.
pub(super) fn next(table: Table) -> Option<Table> {
    TABLES.into_iter().skip_while(|other| *other != table).nth(1)
}

/// What came of a table.
pub(in crate::logic::staff) fn page(table: Table, found: &ReadResponse) -> Page {
    let rows = || found.rows.iter().filter_map(|found| found.row.as_ref());
    let line = |row: &[Value]| match table {
        Table::Mail => MailRow::from_values(row).map(|row| Line {
            key: [row.to_character, row.id],
            whose: row.from_character,
            text: row.from_name,
        }),
        Table::ChatBlock => ChatBlockRow::from_values(row).map(|row| Line {
            key: [row.account, row.blocked],
            whose: row.blocked,
            text: row.name,
        }),
        _ => ReportRow::from_values(row).map(|row| Line {
            key: [row.account, row.by_account],
            whose: 0,
            text: row.reason + "\n" + &row.evidence,
        }),
    };
    let keys = table.def().key_columns;
    let last = rows().next_back().map(|row| row.row[..keys.min(row.row.len())].to_vec());
    let waiting = rows().filter_map(|row| line(&row.row)).collect();
    Page { is_last: found.done || last.is_none(), after: last.unwrap_or_default(), waiting }
}

/// Takes the names from the first of these rows that have them; returns how many need not be looked at again.
pub(super) fn unname(
    tx: &mut Tx<'_>,
    table: Table,
    person: &Person,
    waiting: &[Line],
) -> Result<usize, Halt> {
    let mut named = waiting.iter().enumerate().filter(|(_, line)| person.is_named(table, line));
    let now: Vec<[u64; 2]> = named.by_ref().take(ROWS_AT_ONCE).map(|(_, line)| line.key).collect();
    let looked_at = named.next().map_or(waiting.len(), |(next, _)| next);
    let owners: Vec<u64> = now.iter().map(|[owner, _]| *owner).collect();
    match table {
        Table::Mail => tx.want::<MailRow>(&owners),
        Table::ChatBlock => tx.want::<ChatBlockRow>(&owners),
        _ => tx.want::<ReportRow>(&owners),
    }
    for [owner, which] in now {
        // It may have gone since.
        match table {
            Table::Mail => {
                if let Some(row) = tx.row::<MailRow>(&(owner, which))? {
                    tx.put(MailRow { from_name: String::new(), ..row });
                }
            }
            Table::ChatBlock => {
                if let Some(row) = tx.row::<ChatBlockRow>(&(owner, which))? {
                    tx.put(ChatBlockRow { name: FORGOTTEN.to_owned(), ..row });
                }
            }
            _ => {
                if let Some(row) = tx.row::<ReportRow>(&(owner, which))? {
                    let reason = without(&row.reason, &person.names, REPORT_REASON_BYTES_MAX);
                    let evidence = without(&row.evidence, &person.names, REPORT_EVIDENCE_BYTES_MAX);
                    tx.put(ReportRow { reason, evidence, ..row });
                }
            }
        }
    }
    Ok(looked_at)
}

fn names_one_of(text: &str, names: &[String]) -> bool {
    words(text).any(|(at, _)| names.iter().any(|name| is_at(&text[at..], name).is_some()))
}

/// The text with each name in it replaced, and cut off where that makes it too long.
fn without(text: &str, names: &[String], bytes_max: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, _) in words(text) {
        if at < copied {
            continue;
        }
        if let Some(bytes) = names.iter().find_map(|name| is_at(&text[at..], name)) {
            out.push_str(&text[copied..at]);
            out.push_str(FORGOTTEN);
            copied = at + bytes;
        }
    }
    out.push_str(&text[copied..]);
    let mut bytes = bytes_max.min(out.len());
    while !out.is_char_boundary(bytes) {
        bytes -= 1;
    }
    out.truncate(bytes);
    out
}

/// Where a word may begin.
fn words(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut before = ' ';
    text.char_indices().filter(move |(_, c)| !std::mem::replace(&mut before, *c).is_alphanumeric())
}

/// Whether a text begins with this name, in whatever case, and the word ends with it; how long it is there.
fn is_at(text: &str, name: &str) -> Option<usize> {
    let mut rest = text.chars();
    let is_same = !name.is_empty()
        && name.chars().all(|c| rest.next().is_some_and(|other| c.to_lowercase().eq(other.to_lowercase())));
    let bytes = text.len() - rest.as_str().len();
    let is_end = !rest.next().is_some_and(char::is_alphanumeric);
    (is_same && is_end).then_some(bytes)
}

/// Stands where a name was: nobody can be called so.
pub(in crate::logic) const FORGOTTEN: &str = "(deleted)";
/// Of one record, for each may bring all of somebody's letters into memory.
const ROWS_AT_ONCE: usize = 16;
