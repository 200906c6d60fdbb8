//! All that is stored about a person, table by table as `proto::personal` lists them: a table that is listed
//! there is in every export.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use proto::{
    link::Value as Cell,
    personal::{Found, PERSONAL, Whose},
    tables::Table,
};
use serde_json::{Map, Value, json};

use super::{
    link::{Game, Pages},
    render,
};
use crate::{clock, exit::Failure};

/// Every row of a person.
///
/// # Errors
/// Nobody is called so, or game does not answer.
pub fn person(game: &Game, who: &str) -> Result<Value, Failure> {
    let found = game.find(who)?;
    let mut holders = Holders { account: found.account, ..Holders::default() };
    let mut tables = Map::new();
    for personal in PERSONAL {
        let table = personal.table;
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for pages in holders.pages(table, personal.found) {
            game.each(pages, |row| {
                rows.push(row);
                true
            })?;
        }
        holders.learn(table, &rows);
        // Asked for by many ids, a row that names two of them may come twice.
        let mut seen = BTreeSet::new();
        rows.retain(|row| seen.insert(format!("{row:?}")));
        rows.iter_mut().for_each(|row| personal.hide(row, &[holders.account]));
        let rows: Vec<Value> = rows.iter().map(|row| render::row_json(table, row)).collect();
        tables.insert(table.def().name.to_owned(), rows.into());
    }
    Ok(json!({ "account": found.account, "exported": clock::utc(clock::wall()), "tables": tables }))
}

/// Ids under which something of the person is found.
#[derive(Debug, Default)]
struct Holders {
    account: u64,
    characters: BTreeSet<u64>,
    mails: BTreeSet<u64>,
}

impl Holders {
    /// What is read of a table.
    fn pages(&self, table: Table, found: Found) -> Vec<Pages> {
        match found {
            Found::Nobody => Vec::new(),
            Found::Prefix(Whose::Account) => vec![Pages::of(table, self.account)],
            Found::Prefix(Whose::CharacterOrMail) => {
                self.characters.union(&self.mails).map(|holder| Pages::of(table, *holder)).collect()
            }
            Found::Columns(_) => {
                let ids = std::iter::once(self.account).chain(self.characters.iter().copied());
                let ids: Vec<u64> = ids.chain(self.mails.iter().copied()).collect();
                let all = |ids: &[u64]| Pages { ids: ids.to_vec(), ..Pages::all(table) };
                ids.chunks(IDS_MAX).map(all).collect()
            }
        }
    }

    fn learn(&mut self, table: Table, rows: &[Vec<Cell>]) {
        let ids = |name| rows.iter().map(move |row| render::number(table, row, name));
        match table {
            Table::Character => self.characters.extend(ids("id")),
            Table::Mail => {
                let owners = ids("to_character").zip(ids("id"));
                let own = owners.filter(|(owner, _)| self.characters.contains(owner)).map(|(_, id)| id);
                let own: Vec<u64> = own.collect();
                self.mails.extend(own);
            }
            _ => {}
        }
    }
}

/// Of one request.
const IDS_MAX: usize = proto::limits::READ_KEYS_MAX;
