//! What became of each payment: as payers were told on one side, as ledger rows show on the other.

use std::collections::BTreeMap;

use super::{AccountRow, Claim, LedgerRow, Outcome, REASON_PAY, Rule, Tables, Verdict};

/// All uses of one command number of one account, in the order of the lives of sessions: a number that
/// was not executed may be given out again by a later login or reset.
type Uses<'a> = Vec<&'a Claim>;

pub(super) fn check_claims(claims: &[Claim], tables: &Tables, verdict: &mut Verdict) {
    let mut accounts: BTreeMap<u64, BTreeMap<u64, Uses<'_>>> = BTreeMap::new();
    for claim in claims {
        count(claim, verdict);
        accounts.entry(claim.account).or_default().entry(claim.cseq).or_default().push(claim);
    }
    let mut rows: BTreeMap<(u64, u64), &LedgerRow> = BTreeMap::new();
    for row in tables.ledger.iter().filter(|row| row.reason == REASON_PAY) {
        rows.insert((row.from, row.cseq), row);
        let payer = accounts.get(&row.from);
        if payer.is_none_or(|commands| !commands.contains_key(&row.cseq)) {
            verdict.found(Rule::NeverSent, || format!("{row:?}"));
        }
    }
    for (account, mut commands) in accounts {
        let Some(stored) = tables.accounts.get(&account) else {
            verdict.found(Rule::AccountMissing, || format!("account {account} paid and has no row"));
            continue;
        };
        for (&cseq, uses) in &mut commands {
            uses.sort_by_key(|claim| claim.life());
            check_generations(uses, stored, verdict);
            let is_last_life = |claim: &Claim| {
                claim.epoch == tables.game_epoch && is_last(claim.session_gen, stored.session_gen)
            };
            check_stored(cseq, uses, (stored, &is_last_life), verdict);
            check_row(uses, rows.get(&(account, cseq)).copied(), verdict);
        }
    }
}

/// Whether a session was begun by the account's last login: its number, or one more since its client was heard.
fn is_last(told: u64, stored: u64) -> bool {
    stored == told || told % 2 == 1 && stored == told + 1
}

fn count(claim: &Claim, verdict: &mut Verdict) {
    verdict.sent += 1;
    match claim.outcome {
        Outcome::Ok { .. } => verdict.ok += 1,
        Outcome::Refused => verdict.refused += 1,
        Outcome::ToldDone => verdict.told_done += 1,
        Outcome::ToldNot => verdict.told_not += 1,
        Outcome::Unknown => verdict.unknown += 1,
    }
}

fn check_generations(uses: &Uses<'_>, stored: &AccountRow, verdict: &mut Verdict) {
    for pair in uses.windows(2) {
        if pair[0].life() == pair[1].life() {
            verdict.found(Rule::Generation, || format!("one number twice in a life: {pair:?}"));
        }
    }
    if let Some(last) = uses.last().filter(|claim| stored.session_gen < claim.session_gen) {
        let held = stored.session_gen;
        verdict.found(Rule::Generation, || format!("generation {held} is stored, but {last:?}"));
    }
}

/// The account's own row tells of its last 64 commands as one more login would. It comes with the life that it is of.
fn check_stored(
    cseq: u64,
    uses: &Uses<'_>,
    (stored, is_last_life): (&AccountRow, &dyn Fn(&Claim) -> bool),
    verdict: &mut Verdict,
) {
    let done = uses.iter().any(|claim| claim.outcome.is_done() == Some(true));
    let not_done = uses.iter().all(|claim| claim.outcome.is_done() == Some(false));
    let Some(back) = stored.cseq_last.checked_sub(cseq) else {
        if done {
            let last = stored.cseq_last;
            verdict.found(Rule::SequenceLost, || format!("command {last} is the last stored, but {uses:?}"));
        }
        return;
    };
    if u64::from(u64::BITS) <= back {
        return;
    }
    let bit = stored.cseq_ok >> back & 1 == 1;
    if done && !bit {
        verdict.found(Rule::StoredNoUntrue, || format!("{uses:?}"));
    }
    // A number that was told not done in an earlier life may since have been a read of the wallet, which is no
    // claim: only of the last life is the bit this command's own. A session of an earlier epoch has been reset.
    let is_own = uses.last().is_some_and(|claim| is_last_life(claim));
    if not_done && bit && is_own {
        verdict.found(Rule::StoredYesUntrue, || format!("{uses:?}"));
    }
}

fn check_row(uses: &Uses<'_>, row: Option<&LedgerRow>, verdict: &mut Verdict) {
    let done: Vec<&&Claim> = uses.iter().filter(|claim| claim.outcome.is_done() == Some(true)).collect();
    // Two sessions were both told that this number was done: one row cannot be both.
    for &&claim in done.iter().skip(1) {
        verdict.found(Rule::OkMissing, || format!("{claim:?} is not the only one done under its number"));
    }
    match (done.first(), row) {
        (Some(claim), Some(row)) => check_same(claim, row, verdict),
        (Some(claim), None) => {
            let rule = match claim.outcome {
                Outcome::Ok { .. } => Rule::OkMissing,
                Outcome::ToldDone | Outcome::Refused | Outcome::ToldNot | Outcome::Unknown => {
                    Rule::ToldDoneUntrue
                }
            };
            verdict.found(rule, || format!("{claim:?} has no row"));
        }
        (None, Some(row)) => {
            let fits = |claim: &&&Claim| {
                claim.outcome == Outcome::Unknown && (claim.to, claim.amount) == (row.to, row.amount)
            };
            if uses.iter().any(|claim| fits(&claim)) {
                return;
            }
            let told = uses.iter().any(|claim| claim.outcome == Outcome::ToldNot);
            let rule = if told { Rule::ToldNotUntrue } else { Rule::RefusedButThere };
            verdict.found(rule, || format!("{row:?}, but {uses:?}"));
        }
        (None, None) => {}
    }
}

fn check_same(claim: &Claim, row: &LedgerRow, verdict: &mut Verdict) {
    if (claim.to, claim.amount) != (row.to, row.amount) {
        verdict.found(Rule::RowDiffers, || format!("{row:?}, but {claim:?}"));
    }
    if let Outcome::Ok { lsn } = claim.outcome
        && lsn != row.lsn
    {
        verdict.found(Rule::LsnDiffers, || format!("{row:?}, but {claim:?}"));
    }
}
