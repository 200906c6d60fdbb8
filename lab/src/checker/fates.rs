//! What became of each payment: told by answers and logins on one side, by ledger rows on the other.

use std::collections::BTreeMap;

use super::{Answer, Diary, Event, LedgerRow, REASON_PAY, Rule, Tables, Verdict};

/// Ledger rows of payments, by command and by name.
pub(super) struct Payments {
    by_command: BTreeMap<(u64, u64), LedgerRow>,
    by_lsn: BTreeMap<u64, Vec<LedgerRow>>,
}

impl Payments {
    pub(super) fn index(tables: &Tables) -> Self {
        let pays = || tables.ledger.iter().filter(|row| row.reason == REASON_PAY);
        let mut by_lsn: BTreeMap<u64, Vec<LedgerRow>> = BTreeMap::new();
        for row in pays() {
            by_lsn.entry(row.lsn).or_default().push(*row);
        }
        Self { by_command: pays().map(|row| ((row.from, row.cseq), *row)).collect(), by_lsn }
    }

    fn of(&self, account: u64) -> impl Iterator<Item = &LedgerRow> {
        self.by_command.range((account, 0)..=(account, u64::MAX)).map(|(_, row)| row)
    }
}

/// One use of a command number.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    to: u64,
    amount: i64,
    answer: Option<Answer>,
    told: Option<bool>,
}

impl Attempt {
    /// True: it must be there. False: it must not. Nothing: nobody said.
    fn happened(self) -> Option<bool> {
        match self.answer {
            Some(Answer::Ok { .. }) => Some(true),
            Some(Answer::No) => Some(false),
            None => self.told,
        }
    }
}

/// What a login, or the stored row, says about commands.
#[derive(Clone, Copy)]
struct Told {
    cseq_last: u64,
    cseq_ok: u64,
}

impl Told {
    /// True: done. False: not done. Nothing: too old to tell.
    fn about(self, cseq: u64) -> Option<bool> {
        let Some(back) = self.cseq_last.checked_sub(cseq) else { return Some(false) };
        (back < u64::from(u64::BITS)).then(|| self.cseq_ok >> back & 1 == 1)
    }
}

pub(super) fn check_diary(diary: &Diary, tables: &Tables, payments: &Payments, verdict: &mut Verdict) {
    let account = diary.account;
    let mut attempts: BTreeMap<u64, Attempt> = BTreeMap::new();
    let mut generation = 0;
    for event in &diary.events {
        match *event {
            Event::LoggedIn { session_gen, cseq_last, cseq_ok } => {
                if session_gen <= generation {
                    verdict.found(Rule::Generation, || {
                        format!("account {account}: {session_gen} after {generation}")
                    });
                }
                generation = session_gen;
                let told = Told { cseq_last, cseq_ok };
                tell(account, &mut attempts, told, true, verdict);
                retire_unseen(account, &mut attempts, cseq_last, verdict);
            }
            Event::Sent { cseq, to, amount } => {
                verdict.sent += 1;
                attempts.insert(cseq, Attempt { to, amount, answer: None, told: None });
            }
            Event::Answered { cseq, answer } => {
                match answer {
                    Answer::Ok { .. } => verdict.ok += 1,
                    Answer::No => verdict.refused += 1,
                }
                if let Some(attempt) = attempts.get_mut(&cseq) {
                    attempt.answer = Some(answer);
                }
            }
            Event::Heard { from, amount, lsn } => {
                verdict.heard += 1;
                let rows = payments.by_lsn.get(&lsn).map_or(&[][..], Vec::as_slice);
                if !rows.iter().any(|row| row.from == from && row.to == account && row.amount == amount) {
                    verdict.found(Rule::HeardUntrue, || {
                        format!("account {account} heard {amount} from {from} as {lsn}")
                    });
                }
            }
        }
    }
    check_stored(account, generation, &mut attempts, tables, verdict);
    for (&cseq, attempt) in &attempts {
        check_attempt(account, cseq, *attempt, payments, verdict);
    }
    for row in payments.of(account) {
        if !attempts.contains_key(&row.cseq) {
            verdict.found(Rule::NeverSent, || format!("{row:?}"));
        }
    }
}

/// Notes what is said about every attempt, and where that contradicts an answer or what was said before.
fn tell(
    account: u64,
    attempts: &mut BTreeMap<u64, Attempt>,
    told: Told,
    is_login: bool,
    verdict: &mut Verdict,
) {
    for (&cseq, attempt) in attempts.iter_mut() {
        let Some(done) = told.about(cseq) else { continue };
        match (attempt.answer, done) {
            (Some(Answer::Ok { .. }), false) => {
                let rule = if told.cseq_last < cseq { Rule::SequenceLost } else { Rule::ToldNoUntrue };
                verdict.found(rule, || format!("command {cseq} of {account} was answered OK"));
            }
            (Some(Answer::No), true) => {
                verdict.found(Rule::ToldYesUntrue, || format!("command {cseq} of {account} was refused"));
            }
            (Some(_), _) => {}
            (None, _) => match attempt.told.replace(done) {
                Some(before) if before != done => {
                    let rule = if before { Rule::ToldYesUntrue } else { Rule::ToldNoUntrue };
                    verdict
                        .found(rule, || format!("command {cseq} of {account}: told {before}, then {done}"));
                }
                Some(_) => {}
                None if is_login && done => verdict.told_yes += 1,
                None if is_login => verdict.told_no += 1,
                None => {}
            },
        }
    }
}

/// Numbers after `cseq_last` will be used again: what carried them did not happen, and is forgotten so
/// that a row under such a number counts for its next user.
fn retire_unseen(account: u64, attempts: &mut BTreeMap<u64, Attempt>, cseq_last: u64, verdict: &mut Verdict) {
    let unseen = attempts.split_off(&(cseq_last + 1));
    for (cseq, attempt) in unseen {
        if matches!(attempt.answer, Some(Answer::Ok { .. })) {
            verdict.found(Rule::OkMissing, || format!("command {cseq} of {account} was OK and is unknown"));
        }
    }
}

/// The stored row speaks as one more login would.
fn check_stored(
    account: u64,
    generation: u64,
    attempts: &mut BTreeMap<u64, Attempt>,
    tables: &Tables,
    verdict: &mut Verdict,
) {
    let Some(stored) = tables.accounts.get(&account) else {
        verdict.found(Rule::AccountMissing, || format!("account {account} has a diary and no row"));
        return;
    };
    if stored.session_gen < generation {
        let held = stored.session_gen;
        verdict.found(Rule::Generation, || format!("account {account}: {held} stored, {generation} told"));
    }
    let told = Told { cseq_last: stored.cseq_last, cseq_ok: stored.cseq_ok };
    tell(account, attempts, told, false, verdict);
}

fn check_attempt(account: u64, cseq: u64, attempt: Attempt, payments: &Payments, verdict: &mut Verdict) {
    let row = payments.by_command.get(&(account, cseq));
    let name = || format!("command {cseq} of {account}: {attempt:?}, row {row:?}");
    match (row, attempt.happened()) {
        (None, Some(true)) if attempt.answer.is_some() => verdict.found(Rule::OkMissing, name),
        (None, Some(true)) => verdict.found(Rule::ToldYesUntrue, name),
        (Some(_), Some(false)) if attempt.answer.is_some() => verdict.found(Rule::RefusedButThere, name),
        (Some(_), Some(false)) => verdict.found(Rule::ToldNoUntrue, name),
        (Some(row), _) => {
            if row.to != attempt.to || row.amount != attempt.amount {
                verdict.found(Rule::RowDiffers, name);
            }
            if let Some(Answer::Ok { lsn }) = attempt.answer
                && lsn != row.lsn
            {
                verdict.found(Rule::LsnDiffers, name);
            }
        }
        (None, _) => {}
    }
    if attempt.happened().is_none() {
        verdict.untold += 1;
    }
}
