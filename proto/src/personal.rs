//! What every table holds about a person: how a person's rows are found, which columns leave the server
//! for nobody, and what becomes of the rows when the person asks to be forgotten (reliability V36). One
//! line a table; a table without a line does not pass the tests. Knows no stored row.

#[cfg(test)]
mod tests;

use crate::{
    link::{Value, value::V},
    tables::Table,
};

/// One table's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Personal {
    /// Which.
    pub table: Table,
    /// How the rows of a person are found.
    pub found: Found,
    /// Columns that are shown to nobody: what a login is compared with.
    pub secret: &'static [&'static str],
    /// In rows in which the first of these columns is the person, the second is somebody else, whom an export does
    /// not tell.
    pub hides: Option<(&'static str, &'static str)>,
    /// What is left when the person is forgotten.
    pub erased: Erased,
}

/// How the rows of a person are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The key begins with an id of this kind: a short scan.
    Prefix(Whose),
    /// One of these columns is an id of the person: all rows are looked at.
    Columns(&'static [&'static str]),
    /// It holds nothing about anybody.
    Nobody,
}

/// Whose id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The account's.
    Account,
    /// A character's, or a mail's.
    CharacterOrMail,
}

/// What becomes of a forgotten person's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    /// They go.
    Deleted,
    /// They stay, without what the person wrote or is known by.
    Emptied,
    /// They stay as they are: numbers, which explain other people's balances, and what staff did.
    Kept,
}

/// Every table, in the order in which an export goes through them.
pub const PERSONAL: &[Personal] = &[
    Personal {
        table: Table::Account,
        found: Found::Prefix(Whose::Account),
        secret: &["secret_hash", "password"],
        hides: None,
        erased: Erased::Emptied,
    },
    Personal {
        table: Table::Name,
        found: Found::Columns(&["account"]),
        secret: &[],
        hides: None,
        erased: Erased::Deleted,
    },
    Personal {
        table: Table::Wallet,
        found: Found::Prefix(Whose::Account),
        secret: &[],
        hides: None,
        erased: Erased::Deleted,
    },
    Personal {
        table: Table::Restriction,
        found: Found::Prefix(Whose::Account),
        secret: &[],
        hides: None,
        erased: Erased::Deleted,
    },
    Personal {
        table: Table::Freeze,
        found: Found::Prefix(Whose::Account),
        secret: &[],
        hides: None,
        erased: Erased::Deleted,
    },
    Personal {
        table: Table::Character,
        found: Found::Prefix(Whose::Account),
        secret: &[],
        hides: None,
        erased: Erased::Deleted,
    },
    Personal {
        table: Table::CharacterName,
        found: Found::Columns(&["account"]),
        secret: &[],
        hides: None,
        erased: Erased::Deleted,
    },
    // Before items: a mail holds some. What the person wrote to others is theirs by now: it is exported, and stays
    // without the person's name.
    Personal {
        table: Table::Mail,
        found: Found::Columns(&["to_character", "from_character"]),
        secret: &[],
        hides: None,
        erased: Erased::Deleted,
    },
    Personal {
        table: Table::Item,
        found: Found::Prefix(Whose::CharacterOrMail),
        secret: &[],
        hides: None,
        erased: Erased::Deleted,
    },
    // In other people's lists the person stays, as a number.
    Personal {
        table: Table::ChatBlock,
        found: Found::Prefix(Whose::Account),
        secret: &[],
        hides: None,
        erased: Erased::Deleted,
    },
    // What is reported of the person is its own to read, and who reported it is not. What it reported of others stays,
    // as its letters do, without its name in it.
    Personal {
        table: Table::Report,
        found: Found::Columns(&["account", "by_account"]),
        secret: &[],
        hides: Some(("account", "by_account")),
        erased: Erased::Deleted,
    },
    Personal {
        table: Table::Rating,
        found: Found::Prefix(Whose::Account),
        secret: &[],
        hides: None,
        erased: Erased::Deleted,
    },
    Personal {
        table: Table::ReplayPlayer,
        found: Found::Prefix(Whose::Account),
        secret: &[],
        hides: None,
        erased: Erased::Deleted,
    },
    // Gold in a pot is the match's until it is settled, and goes with it.
    Personal {
        table: Table::RoomStake,
        found: Found::Columns(&["account"]),
        secret: &[],
        hides: None,
        erased: Erased::Kept,
    },
    // What a match heard is as much the others' who were in it: they could not play it again without. It knows people by
    // their numbers, and goes with its age.
    Personal { table: Table::Room, found: Found::Nobody, secret: &[], hides: None, erased: Erased::Kept },
    Personal {
        table: Table::RoomEntry,
        found: Found::Nobody,
        secret: &[],
        hides: None,
        erased: Erased::Kept,
    },
    Personal { table: Table::Replay, found: Found::Nobody, secret: &[], hides: None, erased: Erased::Kept },
    Personal {
        table: Table::ReplayChunk,
        found: Found::Nobody,
        secret: &[],
        hides: None,
        erased: Erased::Kept,
    },
    Personal {
        table: Table::RoomClock,
        found: Found::Nobody,
        secret: &[],
        hides: None,
        erased: Erased::Kept,
    },
    // Whom staff named for a letter it named by number.
    Personal { table: Table::Campaign, found: Found::Nobody, secret: &[], hides: None, erased: Erased::Kept },
    Personal { table: Table::Switch, found: Found::Nobody, secret: &[], hides: None, erased: Erased::Kept },
    Personal {
        table: Table::Ledger,
        found: Found::Columns(&["from_account", "to_account"]),
        secret: &[],
        hides: None,
        erased: Erased::Kept,
    },
    Personal {
        table: Table::GoodsLog,
        found: Found::Columns(&["from_holder", "to_holder", "account"]),
        secret: &[],
        hides: None,
        erased: Erased::Kept,
    },
    Personal {
        table: Table::GrantKey,
        found: Found::Columns(&["account"]),
        secret: &[],
        hides: None,
        erased: Erased::Kept,
    },
    Personal {
        table: Table::StaffNote,
        found: Found::Prefix(Whose::Account),
        secret: &[],
        hides: None,
        erased: Erased::Deleted,
    },
    Personal {
        table: Table::DeedKey,
        found: Found::Columns(&["account"]),
        secret: &[],
        hides: None,
        erased: Erased::Kept,
    },
    // Staff has to answer for what it did, also to people who are gone.
    Personal {
        table: Table::StaffLog,
        found: Found::Columns(&["account"]),
        secret: &[],
        hides: None,
        erased: Erased::Kept,
    },
    Personal {
        table: Table::StaffChange,
        found: Found::Columns(&["account"]),
        secret: &[],
        hides: None,
        erased: Erased::Kept,
    },
];

/// A table's line.
#[must_use]
pub fn of(table: Table) -> Option<&'static Personal> {
    PERSONAL.iter().find(|personal| personal.table == table)
}

impl Personal {
    /// Whether a whole row names one of these ids in a column by which people are found.
    #[must_use]
    pub fn names(&self, row: &[Value], ids: &[u64]) -> bool {
        let columns: &[&str] = match self.found {
            Found::Prefix(_) => &[self.table.def().columns[0].name],
            Found::Columns(columns) => columns,
            Found::Nobody => &[],
        };
        let is_one = |value: &Value| match value.v {
            Some(V::Int(id)) => u64::try_from(id).is_ok_and(|id| ids.contains(&id)),
            _ => false,
        };
        self.cells(row).any(|(name, value)| columns.contains(&name) && is_one(value))
    }

    /// Takes out of a whole row what is shown to nobody.
    pub fn redact(&self, row: &mut [Value]) {
        for (column, value) in self.table.def().columns.iter().zip(row) {
            if self.secret.contains(&column.name) {
                *value = Value { v: None };
            }
        }
    }

    /// Takes out of a whole row, found by these ids of a person, who somebody else is.
    pub fn hide(&self, row: &mut [Value], ids: &[u64]) {
        let Some((own, other)) = self.hides else { return };
        let is_own = |name| {
            self.cells(row).any(|(column, value)| {
                let id = match value.v {
                    Some(V::Int(id)) => u64::try_from(id).ok(),
                    _ => None,
                };
                column == name && id.is_some_and(|id| ids.contains(&id))
            })
        };
        if is_own(own) && !is_own(other) {
            for (column, value) in self.table.def().columns.iter().zip(row) {
                if column.name == other {
                    *value = Value { v: None };
                }
            }
        }
    }

    fn cells<'a>(&self, row: &'a [Value]) -> impl Iterator<Item = (&'static str, &'a Value)> {
        self.table.def().columns.iter().map(|column| column.name).zip(row)
    }
}
