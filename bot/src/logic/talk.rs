//! What the players of a world know of each other beyond gold: which character each plays, what it said to whoever is
//! near, and to whom alone it said what. Knows no server.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::logic::{chat::Line, world::Finding};

/// Who plays what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Its character.
    pub character: u64,
    /// As others call it.
    pub name: String,
    /// On the map.
    pub avatar: u32,
}

/// Shared by all players of a run.
#[derive(Debug, Default)]
pub struct Talk {
    people: BTreeMap<u32, Person>,
    /// Of them, who cannot play just now: what is said to them may be refused.
    away: BTreeSet<u32>,
    /// Lines to one alone, by player and number, until they are said and heard.
    whispers: BTreeMap<(u32, u32), Whisper>,
    /// Lines of those near that were heard, by all together.
    pub near_heard: u64,
    /// Lines to one alone that were heard.
    pub private_heard: u64,
}

#[derive(Clone, Copy, Debug)]
struct Whisper {
    to: u32,
    is_said: bool,
    is_heard: bool,
}

impl Talk {
    /// A player is in the world.
    pub fn enter(&mut self, player: u32, person: Person) {
        self.people.insert(player, person);
        self.away.remove(&player);
    }

    /// It cannot play just now.
    pub fn away(&mut self, player: u32) {
        self.away.insert(player);
    }

    /// It plays on, as if nothing had been.
    pub fn back(&mut self, player: u32) {
        self.away.remove(&player);
    }

    /// Whether it is in the world, and plays.
    #[must_use]
    pub fn is_here(&self, player: u32) -> bool {
        self.people.contains_key(&player) && !self.away.contains(&player)
    }

    /// A connection of it died: what was said to it may be lost, and its own fate unknown.
    pub fn lose(&mut self, player: u32) {
        self.people.remove(&player);
        self.whispers.retain(|(from, _), whisper| *from != player && whisper.to != player);
    }

    /// Who is played by a player that is in the world.
    #[must_use]
    pub fn person(&self, player: u32) -> Option<&Person> {
        self.people.get(&player)
    }

    /// The first one from `wish` on, round and round, but not `myself`.
    #[must_use]
    pub fn anybody(&self, wish: u32, myself: u32) -> Option<(u32, &Person)> {
        let others = self.people.range(wish..).chain(self.people.range(..wish));
        let is_here = |player: &u32| *player != myself && !self.away.contains(player);
        others.map(|(player, person)| (*player, person)).find(|(player, _)| is_here(player))
    }

    /// A line to one alone is sent.
    pub fn whisper(&mut self, player: u32, number: u32, to: u32) {
        self.whispers.insert((player, number), Whisper { to, is_said: false, is_heard: false });
    }

    /// It was answered: said, or refused.
    ///
    /// # Errors
    /// A [`Finding`]: it was refused, and somebody heard it.
    pub fn answered(&mut self, player: u32, number: u32, is_said: bool) -> Result<(), Finding> {
        let Some(whisper) = self.whispers.get_mut(&(player, number)) else { return Ok(()) };
        whisper.is_said |= is_said;
        let is_heard = whisper.is_heard;
        if !is_said || is_heard {
            self.whispers.remove(&(player, number));
        }
        if !is_said && is_heard {
            let detail = format!("line {number} of player {player}");
            return Err(Finding::new("private_refused_and_heard", detail));
        }
        Ok(())
    }

    /// `hearer` heard a line to one alone, from a character that calls itself so.
    ///
    /// # Errors
    /// A [`Finding`]: it is not as it was said, to somebody else, or was heard before.
    pub fn heard(&mut self, hearer: u32, line: Line, from: u64, text: &str) -> Result<(), Finding> {
        let Line { player, number, .. } = line;
        self.is_genuine(line, from, text)?;
        let astray = |detail: String| Err(Finding::new("private_astray", detail));
        let Some(whisper) = self.whispers.get_mut(&(player, number)) else {
            // Lines of and to whoever lost its connection are forgotten.
            return if self.people.contains_key(&player) {
                astray(format!("line {number} of player {player} was said to nobody, or heard before"))
            } else {
                Ok(())
            };
        };
        if whisper.to != hearer || whisper.is_heard {
            return astray(format!("line {number} of player {player} to {}, heard by {hearer}", whisper.to));
        }
        whisper.is_heard = true;
        if whisper.is_said {
            self.whispers.remove(&(player, number));
        }
        self.private_heard += 1;
        Ok(())
    }

    /// Whether a line is one of its player's character, letter for letter.
    ///
    /// # Errors
    /// A [`Finding`].
    pub fn is_genuine(&self, line: Line, from: u64, text: &str) -> Result<(), Finding> {
        let speaker = self.people.get(&line.player).map(|person| person.character);
        if speaker.is_some_and(|speaker| speaker != from) || !line.is_text(text) {
            let detail = format!("from {from} (is {speaker:?}): {text:?}");
            return Err(Finding::new("chat_garbled", detail));
        }
        Ok(())
    }

    /// At the end, all players drained: what was said to one alone and never heard, with the player who said it.
    #[must_use]
    pub fn judge(&self) -> Vec<(u32, Finding)> {
        let lost = self.whispers.iter().filter(|(_, whisper)| whisper.is_said && !whisper.is_heard);
        lost.map(|((player, number), whisper)| {
            let detail = format!("line {number} to player {}", whisper.to);
            (*player, Finding::new("private_missing", detail))
        })
        .collect()
    }
}
