//! A kill test of payments: the payers' log as the checker takes it, and its verdict.

use std::{collections::BTreeMap, fmt, path::Path};

use crate::{
    checker::{self, Claim, Outcome, Tables, Verdict},
    error::Error,
};

/// What the tables show of what the payers were told.
#[derive(Clone, Debug)]
pub struct Payments {
    /// The checker's.
    pub verdict: Verdict,
    /// Refused ones by the stable code.
    pub refused: BTreeMap<String, u64>,
}

impl fmt::Display for Payments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: Vec<_> = self.refused.iter().map(|(code, count)| format!("{code} {count}")).collect();
        writeln!(f, "refused: {}", if refused.is_empty() { "none".to_owned() } else { refused.join(", ") })?;
        write!(f, "{}", self.verdict)
    }
}

/// Compares what payers were told with a closed database.
///
/// # Errors
/// A log or tables that cannot be read.
pub fn judge(database: &Path, log: &Path) -> Result<Payments, Error> {
    judge_by(checker::check, database, log)
}

/// The same where others deal in other ways: their rows are passed over.
///
/// # Errors
/// A log or tables that cannot be read.
pub fn judge_told(database: &Path, log: &Path) -> Result<Payments, Error> {
    judge_by(checker::check_told, database, log)
}

fn judge_by(check: fn(&[Claim], &Tables) -> Verdict, database: &Path, log: &Path) -> Result<Payments, Error> {
    let text = std::fs::read_to_string(log).map_err(Error::io("reading the payment log"))?;
    let (mut claims, mut refused) = (Vec::new(), BTreeMap::<String, u64>::new());
    for line in text.lines() {
        let payment: bot::Payment = serde_json::from_str(line)
            .map_err(|error| Error::Content { path: log.to_owned(), what: error.to_string() })?;
        let code = match payment.outcome {
            bot::PaymentOutcome::Rejected => Some(payment.code.clone()),
            bot::PaymentOutcome::RetryLater => Some("retry_later".to_owned()),
            bot::PaymentOutcome::Ok
            | bot::PaymentOutcome::Happened
            | bot::PaymentOutcome::DidNot
            | bot::PaymentOutcome::Unknown => None,
        };
        if let Some(code) = code {
            *refused.entry(code).or_default() += 1;
        }
        claims.push(claim(&payment));
    }
    Ok(Payments { verdict: check(&claims, &Tables::read(database)?), refused })
}

pub(super) fn claim(payment: &bot::Payment) -> Claim {
    Claim {
        account: payment.account,
        session_gen: payment.session_gen.into(),
        epoch: payment.epoch.into(),
        cseq: payment.cseq,
        to: payment.to,
        amount: payment.amount,
        outcome: match payment.outcome {
            bot::PaymentOutcome::Ok => Outcome::Ok { lsn: payment.lsn },
            bot::PaymentOutcome::Rejected | bot::PaymentOutcome::RetryLater => Outcome::Refused,
            bot::PaymentOutcome::Happened => Outcome::ToldDone,
            bot::PaymentOutcome::DidNot => Outcome::ToldNot,
            bot::PaymentOutcome::Unknown => Outcome::Unknown,
        },
    }
}
