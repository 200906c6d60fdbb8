//! What is wrong with what connections are encrypted with, or will soon be: players', and those of staff.

use super::{Finding, Severity, finding, ok};
use crate::{
    clock,
    doctor::facts::{About, Certificate, Encryption, Facts},
};

/// At least one finding.
pub(super) fn encryption(facts: &Facts) -> Vec<Finding> {
    let certificate = match &facts.encryption {
        Encryption::NotNeeded => {
            return vec![ok(NAME, "none, and none is needed: players come from this machine")];
        }
        Encryption::None => {
            let seen = "players come in from other machines without encryption: gateway.insecure";
            let advice = "gateway.tls_certificate and gateway.tls_key, unless something in front encrypts";
            return vec![finding(Severity::Note, NAME, seen, advice)];
        }
        Encryption::Certificate(certificate) => certificate,
    };
    of_files(NAME, certificate, facts.clock_s)
}

/// Of a certificate and its key, whoever serves with it.
pub(super) fn of_files(name: &'static str, certificate: &Certificate, now_s: u64) -> Vec<Finding> {
    let mut findings = vec![validity(name, certificate, now_s)];
    let key = certificate.key.display();
    match certificate.key_mode {
        Some(mode) if mode & 0o007 != 0 => {
            let seen = format!("{key} is open to everybody on this machine: mode {mode:03o}");
            findings.push(finding(Severity::Problem, name, seen, format!("chmod o= {key}, and a new key")));
        }
        Some(_) | None => {}
    }
    findings
}

fn validity(name: &'static str, certificate: &Certificate, now_s: u64) -> Finding {
    let file = certificate.file.display();
    let About { valid_from_s, valid_until_s, names } = match &certificate.about {
        Ok(about) => about,
        Err(text) => {
            let advice = "a matching pair of PEM files that the user of the server may read";
            return finding(Severity::Problem, name, text, advice);
        }
    };
    let day =
        |at_s: u64| clock::utc(std::time::Duration::from_secs(at_s)).chars().take(10).collect::<String>();
    let for_whom = names.join(", ");
    let seen = format!("{file} for {for_whom}, {} to {}", day(*valid_from_s), day(*valid_until_s));
    if now_s < *valid_from_s {
        let advice = "clients refuse it until then: is the clock right, is it the right file?";
        return finding(Severity::Problem, name, seen, advice);
    }
    match valid_until_s.checked_sub(now_s) {
        None | Some(0) => {
            let advice =
                "it has expired and clients refuse it: put a new one in its place, it is read at once";
            finding(Severity::Problem, name, seen, advice)
        }
        Some(_) if names.is_empty() => {
            let seen = format!("{file} is for no name and no address");
            finding(Severity::Problem, name, seen, "clients refuse it: one with subject alternative names")
        }
        Some(left_s) if left_s < SOON_S => {
            let advice = "it ends within 30 days: put a new one in its place, it is read at once";
            finding(Severity::Warning, name, seen, advice)
        }
        Some(_) => ok(name, seen),
    }
}

const NAME: &str = "certificate";
const SOON_S: u64 = 30 * 86_400;
