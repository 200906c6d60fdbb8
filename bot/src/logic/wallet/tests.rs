//! Wallets as scripts: what is told, and what the player makes of it.

use super::*;

fn wallet(gold: i64, ver: u64) -> Wallet {
    Wallet { gold, ver }
}

fn started() -> WalletModel {
    let mut model = WalletModel::default();
    model.read(wallet(1_000, 1)).expect("the first word is believed");
    model
}

fn code(result: Result<(), Finding>) -> &'static str {
    result.map_or_else(|finding| finding.code, |()| "fine")
}

#[test]
fn every_change_is_one_version_and_its_amount() {
    let mut model = started();
    assert_eq!(code(model.paid_out(Some(wallet(990, 2)), 10, 5)), "fine");
    assert_eq!(code(model.paid_in(Some(wallet(993, 3)), 3, 6)), "fine");
    assert_eq!(code(model.read(wallet(993, 3))), "fine");
    assert_eq!((model.gold(), model.start_gold()), (993, 1_000));
}

#[test]
fn a_wrong_amount_a_skipped_version_and_a_repeated_lsn_are_found() {
    for (told, lsn, finding) in [
        (wallet(991, 2), 5, "wallet_gold"),
        (wallet(990, 3), 5, "wallet_ver"),
        (wallet(990, 1), 5, "wallet_ver"),
        (wallet(990, 2), 4, "lsn_repeated"),
        (wallet(990, 2), 5, "fine"),
    ] {
        let mut model = started();
        model.lsn_last = 4;
        assert_eq!(code(model.paid_out(Some(told), 10, lsn)), finding, "{told:?} at {lsn}");
    }
    assert_eq!(code(started().paid_in(None, 1, 1)), "wallet_absent");
}

#[test]
fn a_payment_told_twice_is_found() {
    let mut model = started();
    assert_eq!(code(model.paid_in(Some(wallet(1_003, 2)), 3, 6)), "fine");
    assert_eq!(code(model.paid_in(Some(wallet(1_003, 2)), 3, 6)), "lsn_repeated");
}

#[test]
fn after_a_gap_gold_may_have_come_in_but_none_may_be_gone() {
    let mut more = started();
    more.gap();
    assert_eq!(code(more.read(wallet(1_007, 3))), "fine");
    for told in [wallet(999, 1), wallet(999, 2), wallet(1_000, 2), wallet(1_001, 1)] {
        let mut model = started();
        model.gap();
        assert_ne!(code(model.read(told)), "fine", "{told:?}");
    }
}

#[test]
fn a_payment_that_happened_unheard_is_in_the_model_before_the_next_word() {
    let mut model = started();
    model.gap();
    model.happened(10);
    assert_eq!(code(model.read(wallet(990, 2))), "fine");
    // News of another payment is the first word after the gap.
    let mut model = started();
    model.gap();
    model.happened(10);
    assert_eq!(code(model.paid_in(Some(wallet(995, 4)), 3, 9)), "fine");
}

#[test]
fn an_unknown_fate_ends_the_checking_of_amounts_but_not_of_numbers() {
    let mut model = started();
    model.lose_track();
    assert_eq!(code(model.read(wallet(17, 9))), "fine");
    assert!(!model.is_exact());
    assert_eq!(code(model.paid_in(Some(wallet(20, 10)), 3, 9)), "fine");
    assert_eq!(code(model.paid_in(Some(wallet(20, 10)), 3, 9)), "lsn_repeated");
}

#[test]
fn a_deal_tells_what_it_changes_in_the_order_of_the_journal() {
    let wallet = |gold, ver| Wallet { gold, ver };
    let mut model = WalletModel::default();
    assert_eq!(model.read(wallet(100, 1)), Ok(()));
    assert_eq!(model.dealt(Some(wallet(93, 2)), -7, 5), Ok(()));
    assert_eq!(model.dealt(Some(wallet(93, 2)), 0, 6), Ok(()), "both gave the same");
    assert_eq!(model.dealt(None, 0, 7), Ok(()), "no gold was in it");
    assert_eq!(model.dealt(None, 0, 7).expect_err("once").code, "lsn_repeated");
    assert_eq!(model.dealt(None, 3, 8).expect_err("gold came").code, "wallet_absent");
    assert_eq!(model.dealt(Some(wallet(94, 3)), 2, 9).expect_err("one too few").code, "wallet_gold");
}

#[test]
fn a_deal_that_nobody_heard_fits_or_does_not() {
    let mut model = WalletModel::default();
    assert_eq!(model.read(Wallet { gold: 100, ver: 1 }), Ok(()));
    let told = |gold, ver| Wallet { gold, ver };
    assert!(model.fits(&told(100, 1), 0) && model.fits(&told(104, 2), 4));
    assert!(!model.fits(&told(104, 2), 0) && !model.fits(&told(104, 1), 4) && !model.fits(&told(100, 1), 4));
}
