//! The lines of a script, and of the transcript, that are about characters. A script names a character as
//! its player did.

use proto::{
    client::{
        CharCreate, CharDelete, CharEnter, CharRestore, Character, Characters, Entered, LevelUp, Progress,
    },
    ids::AccountId,
    kinds,
    packet::Packet,
    wire,
};

use super::{
    Play,
    people::{People, read},
};

impl Play {
    /// A player's line.
    pub(super) fn character_does(&mut self, name: &str, does: &[&str]) {
        match *does {
            ["lists", "characters"] => self.command(name, kinds::CHAR_LIST, &[]),
            ["makes", character] => {
                let body = CharCreate { name: character.to_owned() };
                self.command(name, kinds::CHAR_CREATE, &wire::encode(&body));
            }
            ["deletes", character] => {
                let body = CharDelete { character: self.character(character) };
                self.command(name, kinds::CHAR_DELETE, &wire::encode(&body));
            }
            ["restores", character] => {
                let body = CharRestore { character: self.character(character) };
                self.command(name, kinds::CHAR_RESTORE, &wire::encode(&body));
            }
            ["enters", "with", character] => {
                let body = CharEnter { character: self.character(character) };
                self.command(name, kinds::CHAR_ENTER, &wire::encode(&body));
            }
            ["leaves", "the", "world"] => self.command(name, kinds::CHAR_LEAVE, &[]),
            ["learns", xp] => {
                let account = AccountId(self.people.person(name).account);
                if !self.world.award(account, xp.parse().unwrap(), self.now) {
                    self.people.note(format!("{name} learns nothing"));
                }
            }
            _ => self.goods_does(name, does),
        }
    }

    /// A character's id: of the last one who was seen with this name, or the number itself.
    pub(super) fn character(&self, name: &str) -> u64 {
        let known = self.people.characters.get(name).copied();
        known.unwrap_or_else(|| name.parse().expect("a character that was seen, or a number"))
    }
}

impl People {
    /// How an OK is shown; none if it is of another kind.
    pub(super) fn character_answer(&mut self, kind: u32, result: &[u8]) -> Option<String> {
        let shown = match kind {
            kinds::CHAR_LIST => {
                let list: Characters = read(result);
                let shown: Vec<String> = list.characters.iter().map(|one| self.character(one)).collect();
                let in_world = list.characters.iter().find(|one| one.id == list.in_world);
                let in_world =
                    in_world.map_or(String::new(), |one| format!("; {} is in the world", one.name));
                format!("[{}]{in_world}", shown.join(", "))
            }
            kinds::CHAR_CREATE | kinds::CHAR_DELETE | kinds::CHAR_RESTORE => self.character(&read(result)),
            kinds::CHAR_ENTER => self.character(&read::<Entered>(result).character.unwrap()),
            _ => return None,
        };
        Some(format!("ok, {shown}"))
    }

    /// How a packet is shown; none if it is of another kind.
    pub(super) fn character_news(&mut self, name: &str, packet: Packet<'_>) -> Option<String> {
        Some(match packet.kind {
            kinds::LEVEL_UP => {
                let m: LevelUp = read(packet.body);
                format!("{name} hears the ding of {}: level {}", m.name, m.level)
            }
            kinds::PROGRESS => {
                let m: Progress = read(packet.body);
                let Progress { level, xp, xp_next, hp, hp_max, .. } = m;
                format!("{name} is at level {level}, xp {xp} of {xp_next}, hp {hp} of {hp_max}")
            }
            _ => return None,
        })
    }

    fn character(&mut self, one: &Character) -> String {
        self.characters.insert(one.name.clone(), one.id);
        let deleted = if one.gone_ms == 0 { "" } else { " deleted" };
        format!("{} {}{deleted}", one.name, one.level)
    }
}
