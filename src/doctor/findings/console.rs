//! What is wrong with the console, or will hurt: its certificate, its folder, who is staff, what staff did.

use super::{Finding, Severity, encryption::of_files, finding, ok};
use crate::doctor::facts::{Chain, ConsoleFolder, Encryption, Facts, Look, Member};

/// One finding for each subject, in the order of the names.
pub(super) fn console(facts: &Facts) -> Vec<Finding> {
    let mut findings = certificate(facts);
    let Some(folder) = &facts.console.folder else {
        let advice = "the first ding up or ding admin makes it";
        findings.push(finding(Severity::Note, FOLDER, "no console was here yet", advice));
        return findings;
    };
    findings.extend([open(folder), staff(folder), audit(folder)]);
    findings
}

fn certificate(facts: &Facts) -> Vec<Finding> {
    match &facts.console.encryption {
        // Another address is refused without one: those settings are a problem of their own.
        Encryption::NotNeeded | Encryption::None => {
            vec![ok(CERTIFICATE, "none, and none is needed: staff comes from this machine")]
        }
        Encryption::Certificate(files) => of_files(CERTIFICATE, files, facts.clock_s),
    }
}

fn open(folder: &ConsoleFolder) -> Finding {
    let path = folder.path.display();
    let Some((first, mode)) = folder.open.first() else {
        return ok(FOLDER, format!("{path} is for its owner alone"));
    };
    let more = folder.open.len() - 1;
    let seen = format!("{} is open to others: mode {mode:03o}, and {more} more like it", first.display());
    let advice = format!(
        "chmod -R go= {path}: whoever reads it has hashes of passwords and secrets of second factors"
    );
    finding(Severity::Problem, FOLDER, seen, advice)
}

fn staff(folder: &ConsoleFolder) -> Finding {
    let staff = match &folder.staff {
        Ok(staff) => staff,
        Err(text) => {
            let advice = "no console starts with it: docs/OPERATING.md, Named stops, CONSOLE_STAFF";
            return finding(Severity::Problem, STAFF, text, advice);
        }
    };
    if staff.is_empty() {
        let advice = "ding up and ding admin print a link that makes the owner, once and within an hour; another start \
                      prints another";
        return finding(Severity::Note, STAFF, "nobody is staff yet", advice);
    }
    let bare = |one: &&Member| one.is_mighty && !one.is_disabled && !one.has_second_factor;
    let bare: Vec<String> =
        staff.iter().filter(bare).map(|one| format!("{} ({})", one.name, one.role)).collect();
    if bare.is_empty() {
        let disabled = staff.iter().filter(|one| one.is_disabled).count();
        return ok(
            STAFF,
            format!("{}, {disabled} of them disabled; who may much has a second factor", staff.len()),
        );
    }
    let seen = format!("a password is all that is asked of {}", bare.join(", "));
    let advice = "each of them sets up a second factor, on the console's page Password and second factor";
    finding(Severity::Warning, STAFF, seen, advice)
}

fn audit(folder: &ConsoleFolder) -> Finding {
    match &folder.audit {
        Look::Found(Chain { lines, broken_at: None }) => {
            ok(AUDIT, format!("{lines} lines, each with the hash of the one before"))
        }
        Look::Found(Chain { lines, broken_at: Some(n) }) => {
            let seen =
                format!("line {n} of {lines} does not follow the one before it: somebody changed the file");
            let advice =
                "keep a copy, compare it with one from elsewhere, and find out who could write there";
            finding(Severity::Problem, AUDIT, seen, advice)
        }
        Look::Absent => finding(Severity::Note, AUDIT, "no deed was done yet", "the first one is the set-up"),
        Look::Unfinished => {
            let advice = "a long one, or a slow disk: the console's page Audit checks all of it";
            finding(Severity::Note, AUDIT, "not read to its end in the time for it", advice)
        }
        Look::Stop(name, text) => {
            let advice = "ask as the user who runs Ding; without its log the console does nothing";
            finding(Severity::Problem, AUDIT, format!("{name}: {text}"), advice)
        }
    }
}

const CERTIFICATE: &str = "console_certificate";
const FOLDER: &str = "console_folder";
const STAFF: &str = "console_staff";
const AUDIT: &str = "console_audit";
