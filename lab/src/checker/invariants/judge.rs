//! One judgment for each invariant.

use std::collections::BTreeMap;

use bot::PaymentOutcome;

use super::{
    Cause, Evidence, Id, Judgment,
    model::{Journal, Model, key_text},
    rows::{NO_VER, Rows},
    told::Op,
};
use crate::checker::Rule;

/// Judges everything.
#[must_use]
pub fn judge(evidence: &Evidence) -> Judgment {
    let mut judgment = Judgment::default();
    bases(evidence, &mut judgment);
    match &evidence.journal {
        Some(journal) => records(evidence, journal, &mut judgment),
        None => {
            judgment.skip(2, "no dump of the journal");
            judgment.skip(8, "no dump of the journal");
        }
    }
    rules(evidence, &mut judgment);
    players(evidence, &mut judgment);
    processes(evidence, &mut judgment);
    witness(&evidence.told, &mut judgment);
    judgment
}

fn bases(evidence: &Evidence, judgment: &mut Judgment) {
    let Evidence { told, audit, journal, rows, .. } = evidence;
    let done = told.iter().filter(|op| op.outcome.moved() == Some(true)).count();
    let not = told.iter().filter(|op| op.outcome.moved() == Some(false)).count();
    let open = told.len() - done - not;
    let records = journal.as_ref().map_or(0, |journal| journal.records.len());
    let stored: usize = rows.tables.values().map(|table| table.rows.len()).sum();
    let beside =
        if journal.is_some() { format!("{records} records") } else { "tables alone, no dump".to_owned() };
    judgment.basis(1, format!("{done} told done, {not} told not, {open} unknown, beside {beside}"));
    judgment.basis(2, format!("{stored} rows of {} tables beside {records} records", rows.tables.len()));
    judgment.basis(3, format!("versions of {stored} rows, {} lines of payments", evidence.payments.rows));
    let counts = audit.counts;
    judgment.basis(4, format!("{} gold, {} items, {} rules", counts.gold, counts.items, audit.rules.len()));
    judgment.basis(5, format!("{} trades, {} letters with something", counts.trades, counts.letters_filled));
    judgment.basis(6, format!("commands of {} accounts", counts.accounts));
    judgment.skip(13, "nobody attacks");
}

/// By account and number: the record, and whether gold or things move in it.
type Commands = BTreeMap<(u64, u64), (u64, bool)>;

/// Journal beside what was told and beside the tables.
fn records(evidence: &Evidence, journal: &Journal, judgment: &mut Judgment) {
    judgment.basis(8, format!("epochs of {} frames", journal.epochs.len()));
    for wrong in &journal.wrong {
        judgment.found(2, || wrong.clone());
    }
    let (mut lsn_last, mut epoch_last) = (0, 0);
    let mut commands = Commands::new();
    let mut model = Model::default();
    for record in &journal.records {
        if record.lsn != lsn_last + 1 {
            judgment.found(2, || format!("record {} follows {lsn_last}", record.lsn));
        }
        if record.epoch < epoch_last {
            judgment
                .found(8, || format!("record {} of epoch {} after {epoch_last}", record.lsn, record.epoch));
        }
        (lsn_last, epoch_last) = (record.lsn.max(lsn_last), record.epoch.max(epoch_last));
        if record.cseq != 0
            && let Some((before, _)) =
                commands.insert((record.account, record.cseq), (record.lsn, record.moves_something()))
        {
            let (account, cseq, lsn) = (record.account, record.cseq, record.lsn);
            judgment.found(6, || format!("command {cseq} of {account} is in records {before} and {lsn}"));
        }
        if record.lsn <= evidence.rows.cursor {
            model.execute(record);
        }
    }
    for pair in journal.epochs.windows(2) {
        if pair[1].1 < pair[0].1 {
            judgment.found(8, || format!("a frame of epoch {} after one of {}", pair[1].1, pair[0].1));
        }
    }
    if lsn_last < evidence.rows.cursor {
        judgment.found(2, || {
            format!("the database is at record {}, the journal ends at {lsn_last}", evidence.rows.cursor)
        });
    }
    for (id, what) in std::mem::take(&mut model.wrong) {
        judgment.found(id, || what);
    }
    compare(&model, &evidence.rows, judgment);
    claims(&evidence.told, &commands, lsn_last, judgment);
}

/// Row by row.
fn compare(model: &Model, rows: &Rows, judgment: &mut Judgment) {
    let empty = BTreeMap::new();
    for (name, table) in &rows.tables {
        let expected = model.tables.get(name).unwrap_or(&empty);
        let mut matched = 0;
        for (key, stored) in &table.rows {
            let key: Vec<String> = key.iter().map(key_text).collect();
            let Some(row) = expected.get(&key) else {
                judgment.found(2, || format!("row {key:?} of {name} is of no record"));
                continue;
            };
            matched += 1;
            for (column, cell) in table.columns.iter().zip(&stored.cells) {
                if !row.row.get(column).is_some_and(|said| said.is(cell)) {
                    let told = row.row.get(column);
                    let lsn = row.lsn;
                    judgment.found(2, || {
                        format!("{column} of row {key:?} of {name} is {cell:?}, record {lsn} says {told:?}")
                    });
                }
            }
            if stored.ver != NO_VER && stored.ver != row.ver {
                let (held, made, lsn) = (stored.ver, row.ver, row.lsn);
                judgment.found(3, || {
                    format!("row {key:?} of {name} has version {held}, record {lsn} made it {made}")
                });
            }
        }
        if matched != expected.len() {
            let held: std::collections::BTreeSet<Vec<String>> =
                table.rows.keys().map(|key| key.iter().map(key_text).collect()).collect();
            for (key, row) in expected.iter().filter(|(key, _)| !held.contains(*key)) {
                judgment.found(2, || format!("row {key:?} of {name} of record {} is not there", row.lsn));
            }
        }
    }
    for (name, expected) in model.tables.iter().filter(|(name, _)| !rows.tables.contains_key(*name)) {
        if !expected.is_empty() {
            judgment.found(2, || format!("there is no table {name}"));
        }
    }
}

/// What was told done has its one record, what was told not has none.
fn claims(told: &[Op], commands: &Commands, last: u64, judgment: &mut Judgment) {
    let mut uses: BTreeMap<(u64, u64), Vec<&Op>> = BTreeMap::new();
    for op in told {
        if op.outcome.moved() == Some(true) && last < op.lsn {
            judgment.found(1, || format!("the journal ends at {last}, but {op:?}"));
        }
        if op.cseq != 0 {
            uses.entry((op.account, op.cseq)).or_default().push(op);
        }
    }
    for ((account, cseq), uses) in uses {
        // A number that was not executed may be given out again, also to an accept.
        let must = |op: &&&Op| !op.may_be_in_no_record() && op.outcome.moved() == Some(true);
        let done: Vec<&&Op> = uses.iter().filter(must).collect();
        let record = commands.get(&(account, cseq)).copied();
        match (done.first(), record) {
            (Some(op), None) => judgment.found(1, || format!("{op:?} is in no record")),
            (Some(op), Some((lsn, _))) if op.lsn != 0 && op.lsn != lsn => {
                judgment.found(1, || format!("{op:?} is in record {lsn}"));
            }
            // A number that was not executed may be given out again, to a command that is not in these logs: those
            // move nothing.
            (None, Some((lsn, true))) if uses.iter().all(|op| op.outcome.moved() == Some(false)) => {
                judgment.found(6, || format!("record {lsn} is there, but {uses:?}"));
            }
            (Some(_) | None, _) => {}
        }
        if 1 < done.len() {
            judgment.found(6, || format!("one number was done in two sessions: {done:?}"));
        }
    }
}

/// The rules of the audit and of payments, each as the invariant that it is a part of.
fn rules(evidence: &Evidence, judgment: &mut Judgment) {
    let Evidence { audit, payments, .. } = evidence;
    for (rule, count) in audit.rules.iter().filter(|(_, count)| **count != 0) {
        let found = audit.findings.iter().filter(|finding| finding.rule == *rule);
        let mut words: Vec<String> = found.map(|finding| format!("{rule}: {}", finding.what)).collect();
        words.resize(usize::try_from(*count).unwrap_or(usize::MAX).min(1_000), format!("{rule}: one more"));
        for word in words {
            judgment.found(of_rule(rule).unwrap_or(Id(4)).0, || word);
        }
    }
    for (rule, count) in &payments.by_rule {
        let found = payments.violations.iter().filter(|violation| violation.rule == *rule);
        let mut words: Vec<String> = found.map(ToString::to_string).collect();
        words.resize(usize::try_from(*count).unwrap_or(usize::MAX).min(1_000), format!("{rule:?}: one more"));
        for word in words {
            judgment.found(of_payments(*rule).0, || word);
        }
    }
}

/// Which invariant a rule of the audit is a part of; every one is.
#[must_use]
pub(super) fn of_rule(rule: &str) -> Option<Id> {
    Some(Id(match rule {
        "told_done_not_there"
        | "told_letter_lost"
        | "told_deleted_but_there"
        | "told_another_record"
        | "told_session_lost"
        | "told_account_missing"
        | "told_done_not_marked"
        | "held_gold_differs"
        | "held_things_differ"
        | "letter_lost"
        | "sequence_lost"
        | "done_not_told"
        | "told_unreadable" => 1,
        "line_from_the_future" | "line_numbering" => 2,
        "wallet_version" | "version_bounds" | "start_twice" | "wallet_off" => 3,
        "trade_gold"
        | "trade_sides"
        | "trade_goods"
        | "trades_told"
        | "told_gold_differs"
        | "told_things_differ"
        | "letter_differs"
        | "told_another_deed"
        | "taken_from_another"
        | "record_of_two_commands" => 5,
        "command_twice"
        | "told_number_twice"
        | "told_done_twice"
        | "told_not_but_there"
        | "never_sent"
        | "told_not_marked_done"
        | "command_of_nobody" => 6,
        "mail_gold_off"
        | "stake_off"
        | "stake_of_nobody"
        | "refund_too_large"
        | "match_of_nobody"
        | "too_many_matches"
        | "rating_bounds"
        | "gold_lost"
        | "gold_bounds"
        | "gold_below_zero"
        | "gold_not_conserved"
        | "hour_off"
        | "ledger_line"
        | "ledger_reason"
        | "wallet_missing"
        | "wallet_of_nobody"
        | "grant_without_line"
        | "grant_without_key"
        | "item_twice"
        | "item_holder_missing"
        | "item_place"
        | "item_slot"
        | "slot_twice"
        | "too_many_items"
        | "item_bounds"
        | "item_lost"
        | "item_not_logged"
        | "item_quantity"
        | "item_below_zero"
        | "item_kind"
        | "item_without_source"
        | "item_gone_without_sink"
        | "goods_line"
        | "goods_reason"
        | "arranged_not_canceled"
        | "holder_kind_off"
        | "kind_not_conserved"
        | "id_twice"
        | "character_of_nobody"
        | "character_twice"
        | "character_name"
        | "account_name"
        | "too_many_characters"
        | "character_bounds"
        | "letter_to_nobody"
        | "letter_twice"
        | "too_many_letters"
        | "letter_bounds" => 4,
        _ => return None,
    }))
}

fn of_payments(rule: Rule) -> Id {
    Id(match rule {
        Rule::OkMissing
        | Rule::ToldDoneUntrue
        | Rule::LsnDiffers
        | Rule::StoredNoUntrue
        | Rule::SequenceLost => 1,
        Rule::Doubled | Rule::VersionGap | Rule::Start => 3,
        Rule::GoldNotConserved
        | Rule::WalletOff
        | Rule::WalletNegative
        | Rule::AccountMissing
        | Rule::LedgerNumbering
        | Rule::Senseless => 4,
        Rule::RowDiffers => 5,
        Rule::RefusedButThere
        | Rule::ToldNotUntrue
        | Rule::StoredYesUntrue
        | Rule::NeverSent
        | Rule::Generation => 6,
    })
}

fn players(evidence: &Evidence, judgment: &mut Judgment) {
    let (done, of) = evidence.players;
    judgment.basis(7, format!("{done} of {of} players to the end, every answer and push checked"));
    for (code, what) in &evidence.wrong {
        judgment.found(7, || format!("{code}: {what}"));
    }
    if done != of {
        judgment.found(7, || format!("{} players did not come to the end", of - done));
    }
}

fn processes(evidence: &Evidence, judgment: &mut Judgment) {
    let Evidence { ends, peaks, recovery, canaries, .. } = evidence;
    let ours = ends.iter().filter(|end| end.cause == Cause::Ours).count();
    judgment.basis(9, format!("{} ends, {ours} by our signals", ends.len()));
    for end in ends {
        match &end.cause {
            Cause::Ours => {}
            Cause::Named(name) if !ONLY_BY_A_BUG.contains(&name.as_str()) => {}
            Cause::Named(name) => judgment.found(9, || format!("{} ended by a bug: {name}", end.role)),
            Cause::Unnamed(why) => {
                judgment.found(9, || format!("{} ended without a name: {why}", end.role));
            }
        }
    }
    if peaks.is_empty() {
        judgment.skip(10, "no samples");
    } else {
        let words: Vec<String> =
            peaks.iter().map(|peak| format!("{} {} of {}", peak.what, peak.seen, peak.cap)).collect();
        judgment.basis(10, words.join(", "));
    }
    for peak in peaks.iter().filter(|peak| peak.cap < peak.seen) {
        judgment.found(10, || format!("{} was {}, it may be {}", peak.what, peak.seen, peak.cap));
    }
    match recovery {
        None => judgment.skip(11, "no faults"),
        Some(recovery) => {
            let bound = recovery.bound;
            judgment.basis(
                11,
                format!(
                    "ready {:?} after the last fault, bound {bound:?}; backlog gone {:?} after the last command",
                    recovery.ready.unwrap_or_default(),
                    recovery.caught_up.unwrap_or_default()
                ),
            );
            if recovery.ready.is_none_or(|ready| bound < ready) {
                judgment.found(11, || format!("not ready within {bound:?} of the last fault"));
            }
            if recovery.caught_up.is_none() {
                judgment.found(11, || "the backlog never fell to 0".to_owned());
            }
        }
    }
    match canaries {
        None => judgment.skip(12, "no canaries"),
        Some(canaries) => {
            judgment
                .basis(12, format!("{} secrets in {} files and pages", canaries.planted, canaries.places));
            for leak in &canaries.leaks {
                judgment.found(12, || leak.clone());
            }
        }
    }
}

/// What was answered before something else was sent has the lower record.
fn witness(told: &[Op], judgment: &mut Judgment) {
    let named =
        || told.iter().filter(|op| op.outcome == PaymentOutcome::Ok && op.lsn != 0 && op.learned_us != 0);
    let mut learned: Vec<&Op> = named().collect();
    let mut sent: Vec<&Op> = named().filter(|op| op.sent_us != 0).collect();
    judgment.basis(14, format!("{} answers that name their record", sent.len()));
    if learned.is_empty() {
        return judgment.skip(14, "no answer names its record and its time");
    }
    learned.sort_by_key(|op| op.learned_us);
    sent.sort_by_key(|op| op.sent_us);
    let mut before = learned.into_iter().peekable();
    let mut highest: Option<&Op> = None;
    for op in sent {
        while let Some(answered) = before.next_if(|other| other.learned_us < op.sent_us) {
            if highest.is_none_or(|highest| highest.lsn < answered.lsn) {
                highest = Some(answered);
            }
        }
        if let Some(answered) = highest.filter(|answered| op.lsn <= answered.lsn) {
            judgment.found(14, || format!("{answered:?} was answered before {op:?} was sent"));
        }
    }
}

/// Names of stops that no fault from outside brings about.
const ONLY_BY_A_BUG: &[&str] = &["PANICKED", "NACK_INVARIANT", "DIVERGENCE", "POISON", "CORRUPT_ACKED"];
