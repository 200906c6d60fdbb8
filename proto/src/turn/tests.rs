//! A turn of records, and every damage to it.

use super::*;

fn turn() -> Vec<u8> {
    let mut out = Vec::new();
    put_entry(&mut out, TxnId { account: AccountId(5), cseq: 1 }, b"first");
    put_entry(&mut out, TxnId::default(), b"");
    put_entry(&mut out, TxnId { account: AccountId(6), cseq: u64::MAX }, &[3; 100]);
    out
}

#[test]
fn records_come_back_as_they_were() {
    let turn = turn();
    let found = entries(&turn).expect("valid");
    let payloads: Vec<&[u8]> = found.iter().map(|entry| entry.payload).collect();
    assert_eq!(payloads, [&b"first"[..], b"", &[3; 100]]);
    assert_eq!(found[2].txn, TxnId { account: AccountId(6), cseq: u64::MAX });
}

#[test]
fn every_cut_but_the_borders_and_every_flipped_bit_is_refused() {
    let turn = turn();
    let borders = [29, 53];
    for cut in 0..turn.len() {
        assert_eq!(entries(&turn[..cut]).is_ok(), borders.contains(&cut), "cut at {cut}");
    }
    for bit in 0..turn.len() * 8 {
        let mut damaged = turn.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(entries(&damaged).is_err(), "bit {bit}");
    }
    assert_eq!(entries(&[]), Err(TurnError::Count(0)));
}

#[test]
fn a_transaction_is_written_as_the_operation_number_of_logs() {
    assert_eq!(TxnId { account: AccountId(4_294_967_297), cseq: 7 }.to_string(), "4294967297-7");
}
