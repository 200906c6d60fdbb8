//! `ding doctor`: looks at this machine and an installation, running or not, and says what is well, what is not
//! and what to do. [`gather`] asks, [`findings`] judges.

mod console;
mod disk;
pub mod facts;
pub mod findings;
mod gather;
mod ports;
#[cfg(test)]
mod tests;

use std::io::Write;

use serde_json::{Value, json};

use crate::{
    args::operate::Doctor,
    exit::{Exit, Failure},
};
use findings::{Finding, Severity, judge};

/// Looks and tells.
///
/// # Errors
/// There is a problem.
pub fn doctor(args: &Doctor) -> Result<(), Failure> {
    let findings = judge(&gather::gather(&args.source)?);
    let text = if args.json { format!("{}\n", as_json(&findings)) } else { as_text(&findings) };
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    if count(&findings, Severity::Problem) == 0 { Ok(()) } else { Err(Failure::new(Exit::Failed, "")) }
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.severity == severity).count()
}

fn as_text(findings: &[Finding]) -> String {
    let lines: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
    let (problems, warnings) = (count(findings, Severity::Problem), count(findings, Severity::Warning));
    format!("{lines}problems: {problems}, warnings: {warnings}\n")
}

fn as_json(findings: &[Finding]) -> Value {
    let rows = findings.iter().map(|Finding { severity, name, seen, advice }| {
        json!({ "severity": severity.name(), "name": name, "seen": seen, "advice": advice })
    });
    json!({ "well": count(findings, Severity::Problem) == 0, "findings": rows.collect::<Vec<_>>() })
}
