//! Characters and who plays them as the manual tells it, written down once more: what speaks against each command,
//! and what it comes to. Shares no code with the game.

use std::{collections::BTreeMap, time::Instant};

use proto::{
    client::{CharCreate, CharDelete, CharEnter, CharRestore},
    kinds,
    prescan::Budget,
    tables::CharacterRow,
    wire,
};

use super::look::Look;

/// A character in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Presence {
    pub(super) character: u64,
    /// None: its connection went, and it stands there until then.
    pub(super) stands_until: Option<Instant>,
}

/// Who is in the world, by account.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    pub(super) there: BTreeMap<u64, Presence>,
}

/// Names that everybody may have; all others that the tests use break a rule of names.
pub(super) const NAMES: [&str; 9] = ["Ida", "IDA", "Una", "Old", "Neu", "Eva", "eva", "Bob", "Cid"];

macro_rules! read {
    ($message:ident, $body:expr) => {
        match wire::decode::<$message>($body, Budget::CLIENT) {
            Ok(message) => message,
            Err(_) => return vec!["bad_body"],
        }
    };
}

impl Life {
    /// The character that an account plays now.
    pub(super) fn plays(&self, account: u64) -> Option<u64> {
        let presence = self.there.get(&account).filter(|presence| presence.stands_until.is_none());
        presence.map(|presence| presence.character)
    }

    /// Who plays a character now.
    pub(super) fn player_of(&self, character: u64) -> Option<u64> {
        self.there.keys().copied().find(|account| self.plays(*account) == Some(character))
    }

    /// Everything that speaks against it.
    pub(super) fn objections(
        &self,
        look: &Look<'_>,
        (account, kind, body): (u64, u32, &[u8]),
    ) -> Vec<&'static str> {
        let all = look.characters();
        let own = |id: u64| all.iter().find(|row| row.account == account && row.id == id);
        let kept = all.iter().filter(|row| row.account == account).count();
        let alive = all.iter().filter(|row| row.account == account && row.deleted_ms.is_none()).count();
        let here = self.there.get(&account).map(|presence| presence.character);
        let mut no = Vec::new();
        let mut object = |is_so: bool, name| {
            if is_so {
                no.push(name);
            }
        };
        match kind {
            kinds::CHAR_LIST => {}
            kinds::CHAR_CREATE => {
                let CharCreate { name } = read!(CharCreate, body);
                if !NAMES.contains(&name.as_str()) {
                    return NAME_RULES.to_vec();
                }
                let is_taken = all.iter().any(|row| row.name.eq_ignore_ascii_case(&name));
                object(is_taken, "name_taken");
                object(8 <= alive || 16 <= kept, "too_many_characters");
            }
            kinds::CHAR_DELETE => {
                let CharDelete { character } = read!(CharDelete, body);
                let row = own(character);
                object(row.is_none(), "no_such_character");
                object(row.is_some_and(|row| row.deleted_ms.is_some()), "character_deleted");
                object(here == Some(character), "character_in_world");
            }
            kinds::CHAR_RESTORE => {
                let CharRestore { character } = read!(CharRestore, body);
                let row = own(character);
                object(row.is_none(), "no_such_character");
                object(row.is_some_and(|row| row.deleted_ms.is_none()), "character_not_deleted");
                object(8 <= alive, "too_many_characters");
            }
            kinds::CHAR_ENTER => {
                let CharEnter { character } = read!(CharEnter, body);
                let row = own(character);
                object(row.is_none(), "no_such_character");
                object(row.is_some_and(|row| row.deleted_ms.is_some()), "character_deleted");
                object(self.plays(account).is_some(), "already_in_world");
            }
            kinds::CHAR_LEAVE => object(here.is_none(), "not_in_world"),
            _ => panic!("{kind} is not about characters"),
        }
        no
    }

    /// It was done: what became of who is in the world, and that the rows agree.
    pub(super) fn done(
        &mut self,
        (before, after): (&[CharacterRow], &[CharacterRow]),
        (account, kind, body): (u64, u32, &[u8]),
    ) {
        let changed = |id: u64, is_deleted: bool| {
            let mut expected = before.to_vec();
            let row = expected.iter_mut().find(|row| row.id == id).unwrap();
            let now = after.iter().find(|row| row.id == id).unwrap();
            assert_eq!(now.deleted_ms.is_some(), is_deleted);
            row.deleted_ms = now.deleted_ms;
            assert_eq!(after, expected);
        };
        match kind {
            kinds::CHAR_CREATE => {
                let CharCreate { name } = wire::decode(body, Budget::CLIENT).unwrap();
                let is_new = |row: &&CharacterRow| !before.iter().any(|known| known.id == row.id);
                let new: Vec<&CharacterRow> = after.iter().filter(is_new).collect();
                assert_eq!((new.len(), after.len()), (1, before.len() + 1));
                let CharacterRow { account: of, name: shown, deleted_ms, dead, .. } = new[0];
                assert_eq!((*of, shown, *deleted_ms, *dead), (account, &name, None, false));
            }
            kinds::CHAR_DELETE => {
                let CharDelete { character } = wire::decode(body, Budget::CLIENT).unwrap();
                changed(character, true);
            }
            kinds::CHAR_RESTORE => {
                let CharRestore { character } = wire::decode(body, Budget::CLIENT).unwrap();
                changed(character, false);
            }
            kinds::CHAR_ENTER => {
                let CharEnter { character } = wire::decode(body, Budget::CLIENT).unwrap();
                self.there.insert(account, Presence { character, stands_until: None });
            }
            kinds::CHAR_LEAVE => drop(self.there.remove(&account)),
            _ => {}
        }
    }
}

const NAME_RULES: [&str; 8] = [
    "name_too_short",
    "name_too_long",
    "name_character",
    "name_separator",
    "name_marks",
    "name_no_letter",
    "name_script",
    "name_reserved",
];
