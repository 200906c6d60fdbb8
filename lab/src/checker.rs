//! The independent judge of a kill test: compares what payers were told with what the tables hold.
//! Shares no code with game or dbfront; reads the tables by plain SQL.
//!
//! It holds: whatever was answered OK is there once and as it was asked; whatever was refused is not;
//! what `cseq_ok` told about the rest is true; gold is conserved and each wallet is the sum of its
//! ledger rows; versions are dense.

pub mod audit;
mod fates;
pub mod invariants;
pub mod scratch;
pub mod tables;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

pub use tables::{AccountRow, LedgerRow, Tables, WalletRow};

/// One payment as its payer knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The payer.
    pub account: u64,
    /// The session in which it was sent.
    pub session_gen: u64,
    /// Of the game process in which that session began, or was reset last.
    pub epoch: u64,
    /// The command's number; one that was not executed may be used again in a later life of a session.
    pub cseq: u64,
    /// The payee.
    pub to: u64,
    /// Gold.
    pub amount: i64,
    /// What the payer was told.
    pub outcome: Outcome,
}

impl Claim {
    /// In which life of a session it was sent: a login begins one, and so does a reset, which goes on with the session
    /// after its game process is gone and gives out the numbers again that were not executed. In order of time.
    #[must_use]
    pub fn life(&self) -> (u64, u64) {
        (self.session_gen, self.epoch)
    }
}

/// What a payer was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered: done, durable, and named so.
    Ok {
        /// The payment's name.
        lsn: u64,
    },
    /// Answered: not executed.
    Refused,
    /// No answer; `cseq_ok` of the next login or reset said that it was done.
    ToldDone,
    /// No answer; the next login or reset said that it was not.
    ToldNot,
    /// Nobody said.
    Unknown,
}

impl Outcome {
    /// True: it must be there. False: it must not. Nothing: both are right.
    #[must_use]
    pub fn is_done(self) -> Option<bool> {
        match self {
            Self::Ok { .. } | Self::ToldDone => Some(true),
            Self::Refused | Self::ToldNot => Some(false),
            Self::Unknown => None,
        }
    }
}

/// One thing that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// Where, for people.
    pub what: String,
}

/// The rules, each with a planted violation in the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// A payment answered OK is not in the ledger.
    OkMissing,
    /// More than one ledger row for one command.
    Doubled,
    /// A refused payment is in the ledger.
    RefusedButThere,
    /// The row is not what was asked for.
    RowDiffers,
    /// The answer named another payment than the row.
    LsnDiffers,
    /// A login or reset said done of a payment that is not there.
    ToldDoneUntrue,
    /// A login or reset said not done of a payment that is there.
    ToldNotUntrue,
    /// The stored `cseq_ok` says yes to a payment that was refused or told not done.
    StoredYesUntrue,
    /// The stored `cseq_ok` says no to a payment that was done.
    StoredNoUntrue,
    /// A ledger row for a command that its payer never sent.
    NeverSent,
    /// A number came twice in one life of a session, or the tables hold an older generation than was told.
    Generation,
    /// The stored `cseq_last` lies before a command that was done.
    SequenceLost,
    /// All wallets together are not what faucets gave and sinks took.
    GoldNotConserved,
    /// A wallet is not the sum of its ledger rows.
    WalletOff,
    /// A wallet below zero.
    WalletNegative,
    /// A ledger row or a payer of an account without a row or a wallet.
    AccountMissing,
    /// An account without exactly one start gold.
    Start,
    /// A wallet's version is not the number of records that touched it.
    VersionGap,
    /// The rows of one record are not numbered 0, 1, 2 ….
    LedgerNumbering,
    /// A payment of nothing, to oneself or from nobody.
    Senseless,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.what)
    }
}

/// What a check saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Payments that were sent.
    pub sent: u64,
    /// Of them answered OK.
    pub ok: u64,
    /// Of them answered no.
    pub refused: u64,
    /// Without an answer, told done by the next login.
    pub told_done: u64,
    /// Without an answer, told not done.
    pub told_not: u64,
    /// Of which nobody said anything.
    pub unknown: u64,
    /// Ledger rows of payments.
    pub rows: u64,
    /// Gold in all wallets.
    pub gold: i128,
    /// The first [`VIOLATIONS_MAX`] violations.
    pub violations: Vec<Violation>,
    /// How many there are of each rule.
    pub by_rule: BTreeMap<Rule, u64>,
}

impl Verdict {
    /// True if nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.by_rule.is_empty()
    }

    fn found(&mut self, rule: Rule, what: impl FnOnce() -> String) {
        *self.by_rule.entry(rule).or_default() += 1;
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(Violation { rule, what: what() });
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, ok, refused, told_done, told_not, unknown, rows, gold, .. } = self;
        writeln!(
            f,
            "payments: {sent} sent, {ok} OK, {refused} refused, {told_done} told done, {told_not} told not \
             done, {unknown} unknown; {rows} rows, {gold} gold"
        )?;
        for (rule, count) in &self.by_rule {
            writeln!(f, "VIOLATED {rule:?} × {count}")?;
        }
        for violation in &self.violations {
            writeln!(f, "  {violation}")?;
        }
        Ok(())
    }
}

/// Judges claims, which must be all that were ever made, against tables.
#[must_use]
pub fn check(claims: &[Claim], tables: &Tables) -> Verdict {
    let mut verdict = Verdict::default();
    check_ledger(tables, &mut verdict);
    check_wallets(tables, &mut verdict);
    fates::check_claims(claims, tables, &mut verdict);
    verdict
}

/// Judges only what payers were told, in a world where others do more than pay.
#[must_use]
pub fn check_told(claims: &[Claim], tables: &Tables) -> Verdict {
    let mut verdict = Verdict::default();
    fates::check_claims(claims, tables, &mut verdict);
    verdict.gold = tables.wallets.values().map(|wallet| i128::from(wallet.gold)).sum();
    verdict.rows = tables.ledger.iter().filter(|row| row.reason == REASON_PAY).count() as u64;
    verdict
}

fn check_ledger(tables: &Tables, verdict: &mut Verdict) {
    let mut commands: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    let mut numbers: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut starts: BTreeMap<u64, u64> = BTreeMap::new();
    for row in &tables.ledger {
        numbers.entry(row.lsn).or_default().push(row.n);
        if row.reason == REASON_START {
            *starts.entry(row.to).or_default() += 1;
        }
        if row.reason == REASON_PAY {
            verdict.rows += 1;
            *commands.entry((row.from, row.cseq)).or_default() += 1;
            if row.amount < 1 || row.from == row.to || row.from == 0 || row.to == 0 || row.cseq == 0 {
                verdict.found(Rule::Senseless, || format!("{row:?}"));
            }
        }
        for account in [row.from, row.to] {
            let known = tables.accounts.contains_key(&account) && tables.wallets.contains_key(&account);
            if account != 0 && !known {
                verdict.found(Rule::AccountMissing, || format!("account {account} of {row:?}"));
            }
        }
    }
    for ((from, cseq), count) in commands {
        if count > 1 {
            verdict.found(Rule::Doubled, || format!("{count} rows for command {cseq} of {from}"));
        }
    }
    for (lsn, mut numbers) in numbers {
        numbers.sort_unstable();
        if !numbers.iter().copied().eq(0..numbers.len() as u64) {
            verdict.found(Rule::LedgerNumbering, || format!("record {lsn}: {numbers:?}"));
        }
    }
    for &account in tables.accounts.keys() {
        let count = starts.get(&account).copied().unwrap_or(0);
        if count != 1 {
            verdict.found(Rule::Start, || format!("account {account} was given {count} starts"));
        }
    }
}

fn check_wallets(tables: &Tables, verdict: &mut Verdict) {
    #[derive(Default)]
    struct Sum {
        gold: i128,
        records: u64,
    }
    let mut sums: BTreeMap<u64, Sum> = BTreeMap::new();
    let mut issued = 0i128;
    for row in &tables.ledger {
        let amount = i128::from(row.amount);
        match (row.from, row.to) {
            (0, 0) => {}
            (0, _) => issued += amount,
            (_, 0) => issued -= amount,
            (_, _) => {}
        }
        for (account, signed) in [(row.from, -amount), (row.to, amount)] {
            let sum = sums.entry(account).or_default();
            sum.gold += signed;
            sum.records += 1;
        }
    }
    for (&account, wallet) in &tables.wallets {
        let sum = sums.remove(&account).unwrap_or_default();
        verdict.gold += i128::from(wallet.gold);
        if wallet.gold < 0 {
            verdict.found(Rule::WalletNegative, || format!("account {account} has {}", wallet.gold));
        }
        if sum.gold != i128::from(wallet.gold) {
            let (held, told) = (wallet.gold, sum.gold);
            verdict
                .found(Rule::WalletOff, || format!("account {account} has {held}, its ledger says {told}"));
        }
        if sum.records != wallet.ver {
            let (held, told) = (wallet.ver, sum.records);
            verdict.found(Rule::VersionGap, || {
                format!("wallet of {account} has version {held} after {told} records")
            });
        }
    }
    if verdict.gold != issued {
        let held = verdict.gold;
        verdict.found(Rule::GoldNotConserved, || format!("{held} in wallets, {issued} were issued"));
    }
}

/// `proto::tables::Reason::Start` as it is stored.
const REASON_START: u64 = 1;
/// `proto::tables::Reason::Pay` as it is stored.
const REASON_PAY: u64 = 2;
/// Violations that a verdict spells out.
pub const VIOLATIONS_MAX: usize = 50;
