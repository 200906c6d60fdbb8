//! Who said and paid what, numbered, so that everybody who must hear of it hears it once and in order (I7).

use std::collections::{BTreeMap, BTreeSet};

use proto::{
    client::{ChatSay, Pay},
    ids::Lsn,
    kinds,
    prescan::Budget,
    wire,
};

use super::{
    deeds::{Deed, Value},
    session::Held,
};
use crate::sim::truth::{Truth, Wrong, wrong};

/// A line: in which epoch it was said, by whom, which.
type Line = (u32, u64, u64);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Saying {
    /// Lines that were drawn.
    lines: u64,
    /// Grows with everything that is asked.
    pub(super) now: u64,
    /// When each line was said.
    said: BTreeMap<u64, u64>,
    /// Of which it is known that they were said.
    happened: BTreeSet<Line>,
    /// Which somebody who would have heard them has not.
    holes: BTreeSet<Line>,
    /// By payer and command: to whom, and when.
    pays: BTreeMap<(u64, u64), (u64, u64)>,
}

impl Saying {
    /// A line like no other.
    pub(super) fn line(&mut self, name: &str) -> Deed {
        self.lines += 1;
        let say = ChatSay { text: format!("{name} {}", self.lines) };
        Deed { kind: kinds::CHAT_SAY, body: wire::encode(&say), is_value: Value::Never }
    }

    /// Somebody asks for it, for the first time.
    pub(super) fn asked(&mut self, command: (u64, u64), deed: &Deed) {
        self.now += 1;
        self.pays.remove(&command);
        if let (kinds::PAY, Ok(pay)) = (deed.kind, wire::decode::<Pay>(&deed.body, Budget::LINK)) {
            self.pays.insert(command, (pay.to, self.now));
        }
        if let Some(line) = line_of(deed) {
            self.said.insert(line, self.now);
        }
    }

    /// It was answered OK.
    pub(super) fn answered(&mut self, author: u64, deed: &Deed, held: &Held) -> Result<(), Wrong> {
        match line_of(deed) {
            Some(line) => self.happens((held.epoch(), author, line)),
            None => Ok(()),
        }
    }

    fn happens(&mut self, line: Line) -> Result<(), Wrong> {
        self.happened.insert(line);
        if self.holes.contains(&line) {
            return wrong(
                "I7",
                format!("line {} of {} was not heard by somebody who was there", line.2, line.1),
            );
        }
        Ok(())
    }

    /// A session hears a line.
    pub(super) fn heard(&mut self, who: &str, held: &mut Held, from: u64, text: &str) -> Result<(), Wrong> {
        let Some(line) = number(text) else { return wrong("I7", format!("{who} hears `{text}`")) };
        if let Some(last) = held.lines.insert(from, line) {
            if line <= last {
                return wrong("I7", format!("{who} hears line {line} of {from} after line {last}"));
            }
            let epoch = held.epoch();
            for missed in last + 1..line {
                self.holes.insert((epoch, from, missed));
                if self.happened.contains(&(epoch, from, missed)) {
                    return wrong("I7", format!("{who} did not hear line {missed} of {from}"));
                }
            }
        }
        self.happens((held.epoch(), from, line))
    }

    /// A session hears of a payment.
    pub(super) fn paid(
        &self,
        who: &str,
        account: u64,
        lsn: Lsn,
        held: &mut Held,
        truth: &Truth,
    ) -> Result<(), Wrong> {
        if held.paid.last().is_some_and(|last| lsn <= *last) {
            return wrong("I7", format!("{who} hears of payment {lsn} after {:?}", held.paid.last()));
        }
        held.paid.insert(lsn);
        let txn = truth.at(lsn).map(|made| (made.txn.account.0, made.txn.cseq));
        match txn.and_then(|txn| self.pays.get(&txn)) {
            Some((payee, _)) if *payee == account => Ok(()),
            _ => wrong("I7", format!("{who} hears of record {lsn}, which pays it nothing")),
        }
    }

    /// Where all has come to rest: a session has heard all since it began.
    pub(super) fn is_whole(&self, who: &str, account: u64, held: &Held, truth: &Truth) -> Result<(), Wrong> {
        for (epoch, author, line) in &self.happened {
            let is_later = self.said.get(line).is_some_and(|said| held.began < *said);
            let is_heard = held.lines.get(author).is_some_and(|last| line <= last);
            if *epoch == held.epoch() && is_later && !is_heard {
                return wrong("I7", format!("{who} never heard line {line} of {author}"));
            }
        }
        for ((payer, cseq), (payee, asked)) in &self.pays {
            let is_mine = *payee == account && payer != payee && held.began < *asked;
            if let Some(lsn) = truth.of(*payer, *cseq).filter(|_| is_mine)
                && !held.paid.contains(&lsn)
            {
                return wrong("I7", format!("{who} never heard of payment {lsn}"));
            }
        }
        Ok(())
    }
}

fn line_of(deed: &Deed) -> Option<u64> {
    let say = wire::decode::<ChatSay>(&deed.body, Budget::LINK).ok();
    number(&say.filter(|_| deed.kind == kinds::CHAT_SAY)?.text)
}

fn number(text: &str) -> Option<u64> {
    text.rsplit(' ').next()?.parse().ok()
}
