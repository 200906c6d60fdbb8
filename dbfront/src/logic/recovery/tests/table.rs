//! The decision table: complete, without overlap, and in the document.

use super::super::table::{End, Follows, Proof, ROWS, decide};

#[test]
fn each_combination_fits_exactly_one_row() {
    for end in End::ALL {
        for follows in Follows::ALL {
            for proof in Proof::ALL {
                let fitting: Vec<_> = ROWS.iter().filter(|row| row.fits(end, follows, proof)).collect();
                assert_eq!(fitting.len(), 1, "{end:?}, {follows:?}, {proof:?}");
                assert_eq!(decide(end, follows, proof), fitting[0].verdict);
            }
        }
    }
}

#[test]
fn every_row_is_of_use() {
    for row in &ROWS {
        assert!(!row.ends.is_empty() && !row.follows.is_empty() && !row.proofs.is_empty(), "{row:?}");
    }
}
