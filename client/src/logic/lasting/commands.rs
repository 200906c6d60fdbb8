//! Commands from the moment they are asked for until they have an answer or a fate, over connections and
//! resets. Knows no packets.

use std::collections::{BTreeMap, VecDeque};

use proto::limits::UNANSWERED_MAX;

use crate::logic::fate::{Fate, Sequence};

/// Names a command for as long as it lasts, whatever numbers it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u64);

/// What is to become of a command that was sent and did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insist {
    /// Its caller is told.
    No,
    /// It is sent again, as a new command.
    Yes,
}

/// A command.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) owner: Owner,
    pub(super) kind: u32,
    pub(super) body: Vec<u8>,
    pub(super) insist: Insist,
    /// The number with which it left before, if it did and never arrived.
    pub(super) left_as: Option<u64>,
}

/// Who waits for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Caller(CommandId),
    /// A step back to where the player was.
    WayBack,
}

#[derive(Debug, Default)]
pub(super) struct Commands {
    /// By their numbers in this session.
    sent: BTreeMap<u64, Command>,
    /// In the order in which they are to be sent.
    waiting: VecDeque<Command>,
    ids: u64,
}

impl Commands {
    /// Whether another one is taken.
    pub(super) fn has_room(&self) -> bool {
        self.sent.len() + self.waiting.len() < UNANSWERED_MAX
    }

    /// Takes one, to be sent when its turn comes.
    pub(super) fn ask(&mut self, kind: u32, body: Vec<u8>, insist: Insist) -> Option<CommandId> {
        if !self.has_room() {
            return None;
        }
        self.ids += 1;
        let id = CommandId(self.ids);
        self.waiting.push_back(Command { owner: Owner::Caller(id), kind, body, insist, left_as: None });
        Some(id)
    }

    /// The next to be sent; `back`: the player is on its way back, and everybody else waits.
    pub(super) fn next(&mut self, back: bool) -> Option<Command> {
        let front = self.waiting.front()?;
        (!back || front.owner == Owner::WayBack).then(|| self.waiting.pop_front()).flatten()
    }

    /// It was not sent after all.
    pub(super) fn put_back(&mut self, command: Command) {
        self.waiting.push_front(command);
    }

    /// It left.
    pub(super) fn sent(&mut self, cseq: u64, command: Command) {
        self.sent.insert(cseq, command);
    }

    /// The number with which this one is on its way.
    pub(super) fn number(&self, id: CommandId) -> Option<u64> {
        let mut newest_first = self.sent.iter().rev();
        newest_first.find(|(_, command)| command.owner == Owner::Caller(id)).map(|(cseq, _)| *cseq)
    }

    /// It has its answer.
    pub(super) fn answered(&mut self, cseq: u64) -> Option<Command> {
        self.sent.remove(&cseq)
    }

    /// The session goes on: what is above `cseq_last` never arrived, and leaves first, in order. How many.
    pub(super) fn resumed(&mut self, cseq_last: u64) -> usize {
        let unarrived = self.sent.split_off(&cseq_last.saturating_add(1));
        let count = unarrived.len();
        let again = unarrived.into_iter().map(|(cseq, command)| Command { left_as: Some(cseq), ..command });
        again.rev().for_each(|command| self.waiting.push_front(command));
        count
    }

    /// The numbers begin anew: the fates of all that were sent, by number. Those that did not happen and are
    /// insisted on leave first, in order; steps of a way back are forgotten.
    pub(super) fn settle(&mut self, sequence: Sequence) -> Vec<(u64, Fate, Command)> {
        // What was to leave once more under its number has not: that number is not its own any more.
        while let Some(cseq) = self.waiting.front().and_then(|command| command.left_as) {
            self.sent.extend(self.waiting.pop_front().map(|command| (cseq, command)));
        }
        self.waiting.retain(|command| command.owner != Owner::WayBack);
        let (mut told, mut again) = (Vec::new(), Vec::new());
        for (cseq, command) in std::mem::take(&mut self.sent) {
            let fate = sequence.fate(cseq);
            match (command.owner, fate, command.insist) {
                (Owner::WayBack, _, _) => {}
                (Owner::Caller(_), Fate::DidNot, Insist::Yes) => {
                    again.push(Command { left_as: None, ..command });
                }
                (Owner::Caller(_), _, _) => told.push((cseq, fate, command)),
            }
        }
        again.into_iter().rev().for_each(|command| self.waiting.push_front(command));
        told
    }

    /// All is over: what was sent, with its number, and what was not.
    pub(super) fn end(&mut self) -> Vec<(Option<u64>, CommandId)> {
        let sent = std::mem::take(&mut self.sent).into_iter().map(|(cseq, command)| (Some(cseq), command));
        let waiting = std::mem::take(&mut self.waiting).into_iter().map(|command| (None, command));
        let all = sent.chain(waiting);
        all.filter_map(|(cseq, command)| match command.owner {
            Owner::Caller(id) => Some((cseq, id)),
            Owner::WayBack => None,
        })
        .collect()
    }
}
