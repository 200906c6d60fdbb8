//! What a person decided who goes on without records of a journal that is lost or damaged for good (reliability B6,
//! B7): written down before anything is changed, and afterwards a record of its own. Knows no file and no database.

use proto::{
    entry::{EntryError, check_record},
    ids::{AccountId, Epoch, Lsn},
    limits::{RECORD_SCHEMA, STAFF_DEED_BYTES_MAX},
    link::{Mutation, Op, Record},
    tables::{Row as _, StaffLogRow, Table},
    turn::{TxnId, put_entry},
    wire,
};
use serde::{Deserialize, Serialize};

use super::{
    frame::Chain,
    manifest::bytes,
    segment::{Lost, Parent},
};

/// See the module. Kept as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The named stop that it answers.
    pub stop: String,
    /// The last record that the world keeps.
    pub kept: u64,
    /// The chain there, in hexadecimal digits.
    pub chain: String,
    /// The first record that is in no journal.
    pub from: u64,
    /// The last one that is known.
    pub to: u64,
    /// Uuid of the journal that was given up, in hexadecimal digits.
    pub parent: String,
    /// Of the one that goes on.
    pub journal: String,
    /// Of its first writer, who only tells of this.
    pub epoch: u64,
    /// Who decided.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Milliseconds since 1970.
    pub wall_ms: u64,
    /// Everything of the old journal was set aside: what lies in the folder now is of the new one.
    pub is_aside: bool,
}

impl Decision {
    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> String {
        // Strings, numbers and a truth: nothing that JSON has no form for.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads one; nothing for any other bytes.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let decision: Self = serde_json::from_slice(text).ok()?;
        (decision.parent().is_some() && decision.journal_uuid().is_some()).then_some(decision)
    }

    /// The journal that goes on.
    #[must_use]
    pub fn journal_uuid(&self) -> Option<[u8; 16]> {
        bytes(&self.journal)
    }

    /// Where it goes on, for its first segment.
    #[must_use]
    pub fn parent(&self) -> Option<Parent> {
        Some(Parent {
            journal_uuid: bytes(&self.parent)?,
            lsn: Lsn(self.kept),
            chain: Chain(bytes(&self.chain)?),
            lost: Some(Lost { from: Lsn(self.from), to: Lsn(self.to) }),
        })
    }

    /// The turn that tells of it: two lines of the staff log, who and why, and what.
    ///
    /// # Errors
    /// What is wrong with the author's or the reason's length.
    pub fn turn(&self) -> Result<Vec<u8>, EntryError> {
        let Self { stop, from, to, parent, .. } = self;
        let what = format!("{stop}: records {from} to {to} of journal {parent}");
        let lines = [(0, self.reason.clone()), (1, what)].map(|(n, reason)| StaffLogRow {
            lsn: self.kept + 1,
            n,
            staff: self.author.clone(),
            deed: DEED.to_owned(),
            account: 0,
            until_ms: None,
            reason,
            wall_ms: self.wall_ms,
        });
        let mutations = lines.iter().map(|line| Mutation {
            table: Table::StaffLog as u32,
            op: Op::Append.into(),
            row: line.values(),
            ..Mutation::default()
        });
        let record = Record {
            schema: RECORD_SCHEMA,
            value: true,
            mutations: mutations.collect(),
            wall_ms: self.wall_ms,
            ..Record::default()
        };
        check_record(&record)?;
        let mut body = Vec::new();
        put_entry(&mut body, TxnId { account: AccountId(0), cseq: 0 }, &wire::encode(&record));
        Ok(body)
    }
}

/// The epoch of a journal that goes on after this one: above every one that the lost part may have granted, so that a
/// gateway which lives through it believes the next writer.
#[must_use]
pub fn epoch_after(seen: Epoch) -> Epoch {
    Epoch(seen.0.saturating_add(EPOCHS_LEAPT))
}

/// In the staff log.
const DEED: &str = "accept-loss";
/// One epoch is granted at a start of game: so many starts are not in what is lost.
const EPOCHS_LEAPT: u64 = 1 << 20;

const _: () = assert!(DEED.len() <= STAFF_DEED_BYTES_MAX);

#[cfg(test)]
mod tests {
    use proto::{prescan::Budget, turn::entries};

    use super::*;
    use crate::logic::manifest::hex;

    fn decision() -> Decision {
        Decision {
            stop: "JOURNAL_BEHIND_DB".to_owned(),
            kept: 120,
            chain: hex(&[7; 16]),
            from: u64::MAX >> 1,
            to: u64::MAX >> 1,
            parent: hex(&[1; 16]),
            journal: hex(&[2; 16]),
            epoch: 9,
            author: "Zoë".to_owned(),
            reason: "the disk is gone".to_owned(),
            wall_ms: 5,
            is_aside: false,
        }
    }

    #[test]
    fn a_decision_comes_back_as_it_was_and_nothing_else_is_one() {
        let text = decision().encode();
        assert_eq!(Decision::parse(text.as_bytes()), Some(decision()));
        (0..text.len() - 1).for_each(|cut| assert_eq!(Decision::parse(&text.as_bytes()[..cut]), None));
        let odd = Decision { parent: "no".to_owned(), ..decision() };
        assert_eq!(Decision::parse(odd.encode().as_bytes()), None);
    }

    #[test]
    fn a_decision_is_told_by_two_lines_of_the_staff_log_however_large_its_numbers_are() {
        let turn = decision().turn().expect("it fits");
        let [entry] = entries(&turn).expect("sound")[..] else { panic!("one record") };
        let record: Record = wire::decode(entry.payload, Budget::LINK).expect("a record");
        assert_eq!(record.mutations.len(), 2);
        assert!(record.flows.is_empty() && record.mutations.iter().all(|one| one.op() == Op::Append));
        let long = Decision { reason: "x".repeat(129), ..decision() };
        assert!(long.turn().is_err());
    }
}
