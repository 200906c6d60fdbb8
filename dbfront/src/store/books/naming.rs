//! Who stands in lines of the logs: what each holder is, as far as its lines say, and of accounts and characters the names,
//! looked up by their ids alone. Knows no trail.

use std::collections::{BTreeMap, BTreeSet};

use super::{Books, Holder, HolderKind};
use crate::{
    logic::trail::{Line, What, holders},
    store::StoreError,
};

/// Everybody in these lines, in the order of their ids: accounts of the ledger, characters of the log of things.
///
/// # Errors
/// See [`StoreError`].
pub fn who<'a>(
    books: &mut dyn Books,
    lines: impl IntoIterator<Item = &'a Line>,
) -> Result<Vec<Holder>, StoreError> {
    let mut whats: BTreeMap<u64, (What, bool)> = BTreeMap::new();
    for line in lines {
        for (id, what) in holders(line).into_iter().filter(|(id, _)| *id != 0) {
            let (known, _) = whats.entry(id).or_insert((what, line.item != 0));
            // One line that knows is enough.
            *known = what.max(*known);
        }
    }
    let people = |of_goods: bool| -> BTreeSet<u64> {
        let people = whats.iter().filter(|(_, known)| **known == (What::Person, of_goods));
        people.map(|(id, _)| *id).collect()
    };
    let mut holders = books.accounts(&people(false))?;
    holders.extend(books.characters(&people(true))?);
    let known: BTreeSet<u64> = holders.iter().map(|holder| holder.id).collect();
    for (id, (what, _)) in whats.into_iter().filter(|(id, _)| !known.contains(id)) {
        let what = match what {
            What::Person => HolderKind::Gone,
            What::Letter => HolderKind::Letter,
            What::Match => HolderKind::Match,
        };
        holders.push(Holder { id, what, name: String::new(), account: 0 });
    }
    holders.sort_by_key(|holder| holder.id);
    Ok(holders)
}
