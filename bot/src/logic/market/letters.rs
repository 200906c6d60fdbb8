//! Every letter of a run, from the moment it is written until it is thrown away: what was put into it is what is found
//! in it, once, by whom it is for. Knows no server.

#[cfg(test)]
mod tests;

use proto::{client::Letter, limits::MAILBOX_MAX};
use rustc_hash::FxHashMap;

use crate::logic::{deal::Thing, world::Finding};

/// What somebody puts into a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The sender's character.
    pub from: u64,
    /// Which player it is for.
    pub to: u32,
    /// Gold.
    pub gold: i64,
    /// Items, or parts of them; a part gets an id of its own.
    pub things: Vec<Thing>,
    /// Of these the whole item goes, with its id.
    pub whole: Vec<u64>,
}

/// What became of its sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Nobody knows yet.
    Open,
    /// It was sent.
    Sent,
    /// It was not.
    Void,
}

#[derive(Clone, Debug)]
struct Entry {
    written: Written,
    sending: Sending,
    is_seen: bool,
    is_taken: bool,
    /// Thrown away.
    is_gone: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Letters {
    run: u64,
    /// By sender, and the sender's own count.
    entries: FxHashMap<(u32, u32), Entry>,
    /// How many letters a player can have at most.
    boxes: FxHashMap<u32, usize>,
}

impl Letters {
    /// Of a run that is named so.
    #[must_use]
    pub fn new(run: u64) -> Self {
        Self { run, ..Self::default() }
    }

    /// What a letter is called.
    #[must_use]
    pub fn subject(&self, player: u32, number: u32) -> String {
        format!("{:016x} {player} {number}", self.run)
    }

    fn key(&self, subject: &str) -> Option<(u32, u32)> {
        let mut words = subject.split(' ');
        let run = u64::from_str_radix(words.next()?, 16).ok()?;
        let key = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        (run == self.run && words.next().is_none()).then_some(key)
    }

    /// It is on its way to the server.
    pub fn write(&mut self, player: u32, number: u32, written: Written) {
        *self.boxes.entry(written.to).or_default() += 1;
        let entry =
            Entry { written, sending: Sending::Open, is_seen: false, is_taken: false, is_gone: false };
        self.entries.insert((player, number), entry);
    }

    /// What became of it.
    pub fn ended(&mut self, player: u32, number: u32, sending: Sending) {
        let Some(entry) = self.entries.get_mut(&(player, number)) else { return };
        entry.sending = sending;
        if sending == Sending::Void
            && let Some(count) = self.boxes.get_mut(&entry.written.to)
        {
            *count = count.saturating_sub(1);
        }
        self.forget((player, number));
    }

    /// Nothing more can be said about it. What was written and not thrown away fits into mailboxes, so there is an end.
    fn forget(&mut self, key: (u32, u32)) {
        let is_over = |entry: &Entry| match entry.sending {
            Sending::Open => false,
            Sending::Sent => entry.is_gone,
            Sending::Void => !entry.is_seen,
        };
        if self.entries.get(&key).is_some_and(is_over) {
            self.entries.remove(&key);
        }
    }

    /// Whether the server may say that the player's mailbox is full.
    #[must_use]
    pub fn may_be_full(&self, player: u32) -> bool {
        self.boxes.get(&player).is_some_and(|count| MAILBOX_MAX <= *count)
    }

    /// A player finds it among its letters.
    ///
    /// # Errors
    /// A [`Finding`]: nobody wrote it, or not so, or not to this player.
    pub fn seen(&mut self, player: u32, letter: &Letter) -> Result<(), Finding> {
        let entry = self.key(&letter.subject).and_then(|key| self.entries.get_mut(&key));
        let Some(entry) = entry else {
            let detail = format!("letter {} of {}: {:?}", letter.id, letter.from_name, letter.subject);
            return Err(Finding::new("letter_from_nobody", detail));
        };
        entry.is_seen = true;
        let Written { from, to, gold, things, whole } = &entry.written;
        let mut inside: Vec<_> = letter.items.iter().map(|item| (item.kind, item.quantity)).collect();
        let mut wanted: Vec<_> = things.iter().map(|thing| (thing.kind, thing.quantity)).collect();
        inside.sort_unstable();
        wanted.sort_unstable();
        let full = (*gold, wanted) == (letter.gold, inside);
        let is_empty = letter.gold == 0 && letter.items.is_empty();
        let is_right = if entry.is_taken { is_empty } else { full };
        let has_whole = whole.iter().all(|item| letter.items.iter().any(|inside| inside.id == *item));
        if is_right && (entry.is_taken || has_whole) && *to == player && *from == letter.from {
            return Ok(());
        }
        let detail = format!("taken: {}, written {:?}, found {letter:?}", entry.is_taken, entry.written);
        Err(Finding::new("letter_differs", detail))
    }

    /// All that was in it is taken out.
    ///
    /// # Errors
    /// A [`Finding`]: it was taken before.
    pub fn taken(&mut self, subject: &str) -> Result<(), Finding> {
        let entry = self.key(subject).and_then(|key| self.entries.get_mut(&key));
        if entry.is_some_and(|entry| !std::mem::replace(&mut entry.is_taken, true)) {
            return Ok(());
        }
        Err(Finding::new("letter_taken_twice", format!("letter {subject:?}")))
    }

    /// A player has thrown it away.
    pub fn deleted(&mut self, player: u32, subject: &str) {
        if let Some(count) = self.boxes.get_mut(&player) {
            *count = count.saturating_sub(1);
        }
        let Some(key) = self.key(subject) else { return };
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.is_gone = true;
        }
        self.forget(key);
    }

    /// At the end, everybody has looked at all letters: what does not add up, with the player who noticed.
    #[must_use]
    pub fn judge(&self) -> Vec<(u32, Finding)> {
        let wrong = |(&(player, number), entry): (&(u32, u32), &Entry)| {
            let code = match (entry.sending, entry.is_seen) {
                (Sending::Sent, false) => "letter_missing",
                (Sending::Void, true) => "letter_unsent",
                _ => return None,
            };
            Some((player, Finding::new(code, format!("letter {number}: {:?}", entry.written))))
        };
        let mut found: Vec<_> = self.entries.iter().filter_map(wrong).collect();
        found.sort_by_key(|(player, _)| *player);
        found
    }
}
