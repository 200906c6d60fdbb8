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
        new_per_address_per_s: 100,
        half_done_per_block_max: 2,
        half_done_max: 4,
        limit_loopback,
    })
}

#[test]
fn a_block_of_addresses_holds_few_half_done_connections() {
    let mut admission = admission(true);
    assert_eq!(admission.arrive(&v4([10, 0, 0, 1]), 0), Ok(Arrival::Free));
    assert_eq!(admission.arrive(&v4([10, 0, 0, 2]), 0), Ok(Arrival::Free));
    assert_eq!(admission.arrive(&v4([10, 0, 0, 3]), 0), Err(CloseReason::AddressFull));
    assert_eq!(admission.arrive(&v4([10, 0, 1, 3]), 0), Ok(Arrival::Free), "another block");
    admission.admit(&v4([10, 0, 0, 1]));
    assert_eq!(admission.arrive(&v4([10, 0, 0, 3]), 0), Ok(Arrival::Free));
}

#[test]
fn an_address_and_the_server_hold_only_so_many() {
    let mut admission = admission(true);
    let home = v4([127, 0, 0, 1]);
    for _ in 0..3 {
        assert_eq!(admission.arrive(&home, 0), Ok(Arrival::Free));
        admission.admit(&home);
    }
    assert_eq!(admission.arrive(&home, 0), Err(CloseReason::AddressFull));
    for last in 0..3 {
        assert_eq!(admission.arrive(&v4([10, 0, last, 1]), 0), Ok(Arrival::Free));
    }
    assert_eq!(admission.arrive(&v4([10, 0, 9, 1]), 0), Err(CloseReason::ServerFull));
}

#[test]
fn loopback_is_not_limited_per_address_unless_asked() {
    let mut admission = admission(false);
    for _ in 0..4 {
        assert_eq!(admission.arrive(&v4([127, 0, 0, 1]), 0), Ok(Arrival::Free));
    }
    assert_eq!(admission.arrive(&v4([127, 0, 0, 1]), 0), Ok(Arrival::Crowded), "half done in all");
}

#[test]
fn when_all_have_left_nothing_is_kept() {
    let mut admission = admission(true);
    for last in 0..2u8 {
        assert_eq!(admission.arrive(&v4([10, 0, last, 1]), 0), Ok(Arrival::Free));
    }
    admission.admit(&v4([10, 0, 0, 1]));
    admission.leave(&v4([10, 0, 0, 1]), true);
    admission.leave(&v4([10, 0, 1, 1]), false);
    assert_eq!((admission.connections, admission.half_done), (0, 0));
    assert!(admission.by_address.is_empty() && admission.half_done_by_block.is_empty());
}

#[test]
fn an_address_brings_only_so_many_a_second_and_its_neighbor_is_another() {
    let limits = AdmissionLimits {
        connections_max: 1_000,
        per_address_max: 1_000,
        new_per_address_per_s: 2,
        half_done_per_block_max: 1_000,
        half_done_max: 1_000,
        limit_loopback: false,
    };
    let mut admission = Admission::new(limits);
    let (home, neighbor) = (v4([10, 0, 0, 1]), v4([10, 0, 0, 2]));
    let mut six = [0x20; 16];
    for _ in 0..4 {
        assert_eq!(admission.arrive(&home, 0), Ok(Arrival::Free));
        assert_eq!(admission.arrive(&six, 0), Ok(Arrival::Free));
        six[15] += 1;
    }
    for now_ms in [0, 499] {
        assert_eq!(admission.arrive(&home, now_ms), Err(CloseReason::AddressTooFast));
        assert_eq!(admission.arrive(&six, now_ms), Err(CloseReason::AddressTooFast), "the same /64");
    }
    assert_eq!(admission.arrive(&neighbor, 499), Ok(Arrival::Free));
    assert_eq!(admission.arrive(&home, 500), Ok(Arrival::Free));
    for _ in 0..100 {
        assert_eq!(admission.arrive(&v4([127, 0, 0, 1]), 500), Ok(Arrival::Free));
    }
}

#[test]
fn other_limits_hold_for_who_comes_and_nobody_goes_for_them() {
    let mut admission = admission(true);
    let home = v4([10, 0, 0, 1]);
    for _ in 0..2 {
        assert_eq!(admission.arrive(&home, 0), Ok(Arrival::Free));
        admission.admit(&home);
    }
    admission.set_limits(100, 1, 100);
    assert_eq!(admission.arrive(&home, 0), Err(CloseReason::AddressFull));
    admission.leave(&home, true);
    assert_eq!(admission.arrive(&home, 0), Err(CloseReason::AddressFull), "one is here still");
    admission.set_limits(1, 100, 100);
    assert_eq!(admission.arrive(&v4([10, 0, 1, 1]), 0), Err(CloseReason::ServerFull));
    admission.set_limits(100, 100, 1);
    for now_ms in [10, 20] {
        assert_eq!(admission.arrive(&home, now_ms), Ok(Arrival::Free), "twice as many at once");
        admission.admit(&home);
    }
    assert_eq!(admission.arrive(&home, 30), Err(CloseReason::AddressTooFast), "what was saved up is cut");
}

#[test]
fn addresses_of_the_past_are_forgotten_and_too_many_at_once_are_let_in() {
    let mut admission = admission(true);
    for number in 0..u32::try_from(ARRIVALS_MAX).expect("fits") {
        admission.arrivals.insert(v4(number.to_be_bytes()), Bucket::full(Rate { per_s: 1, burst: 0 }, 5_000));
    }
    for last in [1, 2] {
        assert_eq!(admission.arrive(&v4([10, 0, 0, last]), 5_000), Ok(Arrival::Free));
    }
    assert_eq!(admission.arrivals.len(), ARRIVALS_MAX, "no room, so not remembered");
    assert_eq!(admission.arrive(&v4([10, 0, 1, 1]), 9_000), Ok(Arrival::Free));
    assert_eq!(admission.arrivals.len(), 1, "all but the newest had their second");
}
