//! The checker finds every planted violation, and nothing in a world without one.

use super::{
    AccountRow, Claim, LedgerRow, Outcome, REASON_PAY, REASON_START, Rule, Tables, WalletRow, check,
};

/// Ana (1) pays bo (2) and cy (3) through two sessions, of which the first ended with three commands in
/// the air: 4 was done, 5 was not, 6 was never seen and its number was used again.
fn world() -> (Vec<Claim>, Tables) {
    let mut tables = Tables { game_epoch: 3, ..Tables::default() };
    for account in 1..=3 {
        ledger(&mut tables, account, 0, 0, account, 1_000, REASON_START, 0);
    }
    for (lsn, to, amount, cseq) in [(10, 2, 5, 1), (11, 3, 7, 2), (12, 2, 9, 4), (13, 3, 1, 6)] {
        ledger(&mut tables, lsn, 0, 1, to, amount, REASON_PAY, cseq);
    }
    for (account, gold, ver) in [(1, 978, 5), (2, 1_014, 3), (3, 1_008, 3)] {
        tables.wallets.insert(account, WalletRow { gold, ver });
        tables.accounts.insert(account, AccountRow { session_gen: 1, ..AccountRow::default() });
    }
    // Bits from the newest: 7 unknown and not done, 6 yes, 5 no, 4 yes, 3 no, 2 yes, 1 yes.
    tables.accounts.insert(1, AccountRow { session_gen: 2, cseq_last: 7, cseq_ok: 0b110_1010 });
    let claim = |session_gen, cseq, to, amount, outcome| Claim {
        account: 1,
        session_gen,
        epoch: 1 + session_gen,
        cseq,
        to,
        amount,
        outcome,
    };
    let claims = vec![
        claim(1, 1, 2, 5, Outcome::Ok { lsn: 10 }),
        claim(1, 2, 3, 7, Outcome::Ok { lsn: 11 }),
        claim(1, 3, 2, 4_000, Outcome::Refused),
        claim(1, 4, 2, 9, Outcome::ToldDone),
        claim(1, 5, 3, 3, Outcome::ToldNot),
        claim(1, 6, 2, 8, Outcome::ToldNot),
        claim(2, 6, 3, 1, Outcome::Ok { lsn: 13 }),
        claim(2, 7, 2, 2, Outcome::Unknown),
    ];
    (claims, tables)
}

#[expect(clippy::too_many_arguments, reason = "the columns of a row")]
fn ledger(tables: &mut Tables, lsn: u64, n: u64, from: u64, to: u64, amount: i64, reason: u64, cseq: u64) {
    tables.ledger.push(LedgerRow { lsn, n, from, to, amount, reason, cseq });
}

/// Plants one thing and expects that this rule, maybe among others, reports it.
#[track_caller]
fn planted(rule: Rule, plant: impl FnOnce(&mut Vec<Claim>, &mut Tables)) {
    let (mut claims, mut tables) = world();
    plant(&mut claims, &mut tables);
    let verdict = check(&claims, &tables);
    assert!(verdict.by_rule.contains_key(&rule), "{rule:?} not found in:\n{verdict}");
    assert!(!verdict.is_clean());
}

fn row(tables: &mut Tables, lsn: u64) -> &mut LedgerRow {
    tables.ledger.iter_mut().find(|row| row.lsn == lsn).unwrap()
}

fn wallet(tables: &mut Tables, account: u64) -> &mut WalletRow {
    tables.wallets.get_mut(&account).unwrap()
}

fn account(tables: &mut Tables, account: u64) -> &mut AccountRow {
    tables.accounts.get_mut(&account).unwrap()
}

#[test]
fn a_world_without_a_fault_is_clean_and_counted() {
    let (claims, tables) = world();
    let verdict = check(&claims, &tables);
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!((verdict.sent, verdict.ok, verdict.refused), (8, 3, 1));
    assert_eq!((verdict.told_done, verdict.told_not, verdict.unknown), (1, 2, 1));
    assert_eq!((verdict.rows, verdict.gold), (4, 3_000));
}

#[test]
fn what_nobody_told_may_have_happened_but_only_as_it_was_sent() {
    let (claims, mut tables) = world();
    ledger(&mut tables, 14, 0, 1, 2, 2, REASON_PAY, 7);
    account(&mut tables, 1).cseq_ok |= 1;
    *wallet(&mut tables, 1) = WalletRow { gold: 976, ver: 6 };
    *wallet(&mut tables, 2) = WalletRow { gold: 1_016, ver: 4 };
    assert!(check(&claims, &tables).is_clean());
    planted(Rule::RefusedButThere, |_, tables| ledger(tables, 14, 0, 1, 3, 2, REASON_PAY, 7));
}

#[test]
fn a_payment_answered_ok_that_is_gone_is_found() {
    planted(Rule::OkMissing, |_, tables| tables.ledger.retain(|row| row.lsn != 11));
}

#[test]
fn two_sessions_told_done_under_one_number_are_found() {
    planted(Rule::OkMissing, |claims, _| claims[5].outcome = Outcome::ToldDone);
    planted(Rule::OkMissing, |claims, _| claims[5].outcome = Outcome::Ok { lsn: 14 });
}

#[test]
fn a_payment_that_happened_twice_is_found() {
    planted(Rule::Doubled, |_, tables| ledger(tables, 20, 0, 1, 2, 5, REASON_PAY, 1));
}

#[test]
fn a_refused_payment_that_happened_is_found() {
    planted(Rule::RefusedButThere, |_, tables| ledger(tables, 20, 0, 1, 2, 4_000, REASON_PAY, 3));
}

#[test]
fn another_payee_or_amount_is_found() {
    planted(Rule::RowDiffers, |_, tables| row(tables, 10).to = 3);
    planted(Rule::RowDiffers, |_, tables| row(tables, 10).amount = 6);
    // The row of the first use of a number instead of the one that was answered OK.
    planted(Rule::RowDiffers, |_, tables| (row(tables, 13).to, row(tables, 13).amount) = (2, 8));
}

#[test]
fn an_answer_that_names_another_payment_is_found() {
    planted(Rule::LsnDiffers, |claims, _| claims[0].outcome = Outcome::Ok { lsn: 99 });
}

#[test]
fn a_login_that_said_done_without_a_row_is_found() {
    planted(Rule::ToldDoneUntrue, |_, tables| tables.ledger.retain(|row| row.lsn != 12));
}

#[test]
fn a_login_that_said_not_done_with_a_row_is_found() {
    planted(Rule::ToldNotUntrue, |_, tables| ledger(tables, 20, 0, 1, 3, 3, REASON_PAY, 5));
}

#[test]
fn a_stored_bit_that_contradicts_what_was_told_is_found() {
    planted(Rule::StoredNoUntrue, |_, tables| account(tables, 1).cseq_ok &= !0b10);
    planted(Rule::StoredNoUntrue, |_, tables| account(tables, 1).cseq_ok &= !0b1000);
    for not_done in [Outcome::Refused, Outcome::ToldNot] {
        planted(Rule::StoredYesUntrue, |claims, tables| {
            claims[7].outcome = not_done;
            account(tables, 1).cseq_ok |= 1;
        });
    }
}

/// The second session is reset once: 7 was told not done, by a reset of an earlier epoch than the last.
fn reset() -> (Vec<Claim>, Tables) {
    let (mut claims, mut tables) = world();
    claims[7].outcome = Outcome::ToldNot;
    tables.game_epoch += 1;
    (claims, tables)
}

#[test]
fn a_number_that_a_reset_told_not_done_is_given_to_another_command_of_the_session() {
    let (mut claims, mut tables) = reset();
    account(&mut tables, 1).cseq_ok |= 1;
    let verdict = check(&claims, &tables);
    assert!(verdict.is_clean(), "a read had it next: {verdict}");
    ledger(&mut tables, 14, 0, 1, 3, 4, REASON_PAY, 7);
    *wallet(&mut tables, 1) = WalletRow { gold: 974, ver: 6 };
    *wallet(&mut tables, 3) = WalletRow { gold: 1_012, ver: 4 };
    let next = Claim { epoch: 4, to: 3, amount: 4, outcome: Outcome::Ok { lsn: 14 }, ..claims[7] };
    // Players learn of their fates in any order.
    claims.insert(0, next);
    let verdict = check(&claims, &tables);
    assert!(verdict.is_clean(), "a payment had it next: {verdict}");
    claims[0].epoch = 3;
    let verdict = check(&claims, &tables);
    assert_eq!(verdict.by_rule, [(Rule::Generation, 1)].into(), "twice in one life");
}

#[test]
fn a_stored_bit_that_contradicts_what_was_told_after_a_reset_is_found() {
    for (epoch, outcome, rule) in [
        (4, Outcome::Refused, Rule::StoredYesUntrue),
        (4, Outcome::ToldNot, Rule::StoredYesUntrue),
        (3, Outcome::ToldDone, Rule::StoredNoUntrue),
    ] {
        let (mut claims, mut tables) = reset();
        account(&mut tables, 1).cseq_ok |= u64::from(rule == Rule::StoredYesUntrue);
        (claims[7].epoch, claims[7].outcome) = (epoch, outcome);
        let verdict = check(&claims, &tables);
        assert!(verdict.by_rule.contains_key(&rule), "{rule:?} not found in:\n{verdict}");
    }
}

#[test]
fn a_payment_that_nobody_sent_is_found() {
    planted(Rule::NeverSent, |_, tables| ledger(tables, 20, 0, 1, 3, 1, REASON_PAY, 8));
}

#[test]
fn a_generation_that_does_not_grow_or_is_lost_is_found() {
    planted(Rule::Generation, |claims, _| {
        let first = claims[5].life();
        (claims[6].session_gen, claims[6].epoch) = first;
    });
    planted(Rule::Generation, |_, tables| account(tables, 1).session_gen = 1);
}

#[test]
fn a_stored_sequence_before_a_done_command_is_found() {
    planted(Rule::SequenceLost, |_, tables| account(tables, 1).cseq_last = 5);
}

#[test]
fn gold_from_nowhere_is_found_in_the_sum_and_in_the_wallet() {
    planted(Rule::GoldNotConserved, |_, tables| wallet(tables, 2).gold += 1);
    planted(Rule::WalletOff, |_, tables| wallet(tables, 2).gold += 1);
    // Moved between two wallets without a row: the sum alone would not see it.
    planted(Rule::WalletOff, |_, tables| {
        wallet(tables, 2).gold += 1;
        wallet(tables, 3).gold -= 1;
    });
}

#[test]
fn a_wallet_below_zero_is_found() {
    planted(Rule::WalletNegative, |_, tables| wallet(tables, 2).gold = -1);
}

#[test]
fn an_account_that_is_gone_is_found() {
    planted(Rule::AccountMissing, |_, tables| tables.accounts.retain(|id, _| *id != 3));
    planted(Rule::AccountMissing, |_, tables| tables.wallets.retain(|id, _| *id != 3));
}

#[test]
fn a_start_given_twice_or_never_is_found() {
    planted(Rule::Start, |_, tables| ledger(tables, 20, 0, 0, 2, 1_000, REASON_START, 0));
    planted(Rule::Start, |_, tables| tables.ledger.retain(|row| row.lsn != 2));
}

#[test]
fn a_version_that_skips_or_repeats_is_found() {
    planted(Rule::VersionGap, |_, tables| wallet(tables, 2).ver += 1);
    planted(Rule::VersionGap, |_, tables| wallet(tables, 2).ver -= 1);
}

#[test]
fn rows_of_a_record_with_a_gap_are_found() {
    planted(Rule::LedgerNumbering, |_, tables| row(tables, 10).n = 1);
}

#[test]
fn payments_without_sense_are_found() {
    planted(Rule::Senseless, |_, tables| row(tables, 10).amount = 0);
    planted(Rule::Senseless, |_, tables| row(tables, 10).to = 1);
    planted(Rule::Senseless, |_, tables| row(tables, 10).cseq = 0);
}

#[test]
fn a_verdict_counts_all_violations_and_spells_out_only_the_first() {
    let (claims, mut tables) = world();
    for lsn in 100..1_100 {
        ledger(&mut tables, lsn, 0, 2, 3, 1, REASON_PAY, lsn);
    }
    let verdict = check(&claims, &tables);
    assert_eq!(verdict.by_rule.get(&Rule::NeverSent), Some(&1_000));
    assert_eq!(verdict.violations.len(), super::VIOLATIONS_MAX);
}

#[test]
fn the_tables_are_read_as_they_are_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("game.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(
        "CREATE TABLE journal_cursor (id, lsn, game_epoch);
         INSERT INTO journal_cursor VALUES (1, 2, 5);
         CREATE TABLE account (id, name, session_gen, cseq_last, cseq_ok, ver);
         CREATE TABLE wallet (account, gold, ver);
         CREATE TABLE ledger (lsn, n, from_account, to_account, amount, reason, cseq, wall_ms);
         INSERT INTO account VALUES (1, NULL, 2, 70, -1, 9);
         INSERT INTO wallet VALUES (1, 990, 2);
         INSERT INTO ledger VALUES (1, 0, 0, 1, 1000, 1, 0, 5), (2, 0, 1, 2, 10, 2, 70, 6);",
    )
    .unwrap();
    drop(db);
    let tables = Tables::read(&path).unwrap();
    assert_eq!(tables.game_epoch, 5);
    assert_eq!(tables.accounts[&1], AccountRow { session_gen: 2, cseq_last: 70, cseq_ok: u64::MAX });
    assert_eq!(tables.wallets[&1], WalletRow { gold: 990, ver: 2 });
    let paid = LedgerRow { lsn: 2, n: 0, from: 1, to: 2, amount: 10, reason: 2, cseq: 70 };
    assert_eq!(tables.ledger[1], paid);
}
