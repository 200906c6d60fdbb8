//! Rows that a read brought, into memory. Knows nobody who waits for them.

use proto::link::ReadResponse;

use super::{
    held::{Cache, UnitKey},
    running::{Refusal, store_away},
    tx::Halt,
};

/// Takes in what a read brought: single rows, one for each key, or all rows of one set.
pub(super) fn take_in(cache: &mut Cache, keys: &[UnitKey], response: &ReadResponse) -> Result<(), Refusal> {
    let rows = || response.rows.iter().map(|found| found.row.as_ref().filter(|_| found.found));
    if let [key] = keys
        && key.is_set()
    {
        let is_too_large = !response.done || response.error == SET_TOO_LARGE_IN_BYTES;
        if is_too_large {
            return Err(set_too_large);
        }
        let is_taken = response.error.is_empty() && cache.fill(key, rows().flatten());
        return if is_taken { Ok(()) } else { Err(store_away) };
    }
    let is_whole = response.error.is_empty() && response.rows.len() == keys.len();
    let is_taken = is_whole && keys.iter().zip(rows()).all(|(key, row)| cache.fill(key, row.into_iter()));
    if is_taken { Ok(()) } else { Err(store_away) }
}

fn set_too_large() -> Halt {
    Halt::Reject("set_too_large")
}

/// dbfront's word for rows that do not fit one answer.
const SET_TOO_LARGE_IN_BYTES: &str = "too_large";
