//! Counts that go up, are refused by name, and come down to nothing.

use super::*;

fn v4(last: [u8; 4]) -> Address {
    let mut address = [0; 16];
    address[10] = 0xff;
    address[11] = 0xff;
    address[12..].copy_from_slice(&last);
    address
}

fn admission(limit_loopback: bool) -> Admission {
    Admission::new(AdmissionLimits {
        connections_max: 6,
        per_address_max: 3,
        half_done_per_block_max: 2,
        half_done_max: 4,
        limit_loopback,
    })
}

#[test]
fn a_block_of_addresses_holds_few_half_done_connections() {
    let mut admission = admission(true);
    assert_eq!(admission.arrive(&v4([10, 0, 0, 1])), Ok(()));
    assert_eq!(admission.arrive(&v4([10, 0, 0, 2])), Ok(()));
    assert_eq!(admission.arrive(&v4([10, 0, 0, 3])), Err(CloseReason::AddressFull));
    assert_eq!(admission.arrive(&v4([10, 0, 1, 3])), Ok(()), "another block");
    admission.admit(&v4([10, 0, 0, 1]));
    assert_eq!(admission.arrive(&v4([10, 0, 0, 3])), Ok(()));
}

#[test]
fn an_address_and_the_server_hold_only_so_many() {
    let mut admission = admission(true);
    let home = v4([127, 0, 0, 1]);
    for _ in 0..3 {
        assert_eq!(admission.arrive(&home), Ok(()));
        admission.admit(&home);
    }
    assert_eq!(admission.arrive(&home), Err(CloseReason::AddressFull));
    for last in 0..3 {
        assert_eq!(admission.arrive(&v4([10, 0, last, 1])), Ok(()));
    }
    assert_eq!(admission.arrive(&v4([10, 0, 9, 1])), Err(CloseReason::ServerFull));
}

#[test]
fn loopback_is_not_limited_per_address_unless_asked() {
    let mut admission = admission(false);
    for _ in 0..4 {
        assert_eq!(admission.arrive(&v4([127, 0, 0, 1])), Ok(()));
    }
    assert_eq!(admission.arrive(&v4([127, 0, 0, 1])), Err(CloseReason::ServerFull), "half done in all");
}

#[test]
fn when_all_have_left_nothing_is_kept() {
    let mut admission = admission(true);
    for last in 0..2u8 {
        admission.arrive(&v4([10, 0, last, 1])).expect("room");
    }
    admission.admit(&v4([10, 0, 0, 1]));
    admission.leave(&v4([10, 0, 0, 1]), true);
    admission.leave(&v4([10, 0, 1, 1]), false);
    assert_eq!((admission.connections, admission.half_done), (0, 0));
    assert!(admission.by_address.is_empty() && admission.half_done_by_block.is_empty());
}
