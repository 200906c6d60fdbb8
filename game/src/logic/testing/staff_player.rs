//! What staff does to one player in a script, and what comes of it: `staff gives 5 of 40 to ana Ida as a`.

use proto::link::{
    StaffGiveThings, StaffKinds, StaffLetter, StaffNote, StaffPlayer, StaffPlayerAnswer, StaffPlaying,
    StaffPut, StaffRename, StaffResponse, StaffSessions, StaffTakeGold, StaffTakeThings, StaffTell,
    StaffThings, StaffUnnote, StaffWatch, staff_player::What, staff_request,
};
use proto::tables::StaffNoteRow;

use super::Play;

impl Play {
    pub(super) fn staff_does_to_player(&mut self, words: &[&str]) {
        let number = |text: &str| text.parse::<u32>().unwrap();
        let (who, key, what) = match *words {
            ["tells", who, ref text @ ..] => (who, "", What::Tell(StaffTell { text: text.join(" ") })),
            ["takes", amount, "gold", "of", who, "as", key] => {
                (who, key, What::TakeGold(StaffTakeGold { amount: amount.parse().unwrap() }))
            }
            ["gives", quantity, "of", kind, "to", who, character, "as", key] => {
                let (kind, quantity) = (number(kind), number(quantity));
                let character = self.character(character);
                (who, key, What::GiveThings(StaffGiveThings { character, kind, quantity }))
            }
            ["takes", quantity, "of", item, "from", who, character, "as", key] => {
                let (item, quantity) = (self.item(item), number(quantity));
                let character = self.character(character);
                (who, key, What::TakeThings(StaffTakeThings { character, item, quantity }))
            }
            ["writes", "to", who, character, "as", key, gold, ref things @ ..] => {
                let things = things.iter().map(|thing| {
                    let (quantity, kind) = thing.split_once(':').unwrap();
                    StaffThings { kind: number(kind), quantity: number(quantity) }
                });
                let letter = StaffLetter {
                    character: self.character(character),
                    subject: "sorry".to_owned(),
                    text: "for the trouble".to_owned(),
                    gold: gold.parse().unwrap(),
                    things: things.collect(),
                };
                (who, key, What::Letter(letter))
            }
            ["puts", who, character, "safe"] => {
                let character = self.character(character);
                (who, "", What::Put(StaffPut { character, safe: true, ..StaffPut::default() }))
            }
            ["puts", who, character, "at", x_mm, y_mm] => {
                let (x_mm, y_mm) = (x_mm.parse().unwrap(), y_mm.parse().unwrap());
                let character = self.character(character);
                (who, "", What::Put(StaffPut { character, safe: false, x_mm, y_mm }))
            }
            ["renames", who, "to", name] => {
                (who, "", What::Rename(StaffRename { character: 0, name: name.to_owned() }))
            }
            ["renames", who, character, "to", name] => {
                let character = self.character(character);
                (who, "", What::Rename(StaffRename { character, name: name.to_owned() }))
            }
            ["notes", "of", who, "as", key, ref text @ ..] => {
                (who, key, What::Note(StaffNote { text: text.join(" ") }))
            }
            ["forgets", "the", "first", "note", "of", who] => {
                let note = self.store.rows::<StaffNoteRow>().first().map_or(1, |row| row.id);
                (who, "", What::Unnote(StaffUnnote { note }))
            }
            ["watches", who] => (who, "", What::Watch(StaffWatch {})),
            ["lists", "sessions"] => ("0", "", What::Sessions(StaffSessions::default())),
            ["lists", "sessions", "from", first] => {
                let block = vec![number(first).try_into().unwrap()].into();
                ("0", "", What::Sessions(StaffSessions { after: 0, block }))
            }
            ["lists", "kinds"] => ("0", "", What::Kinds(StaffKinds::default())),
            ["asks", "who", "plays", ref names @ ..] => {
                let accounts = names.iter().map(|name| self.people.person(name).account).collect();
                ("0", "", What::Playing(StaffPlaying { accounts }))
            }
            _ => panic!("staff {}?", words.join(" ")),
        };
        let account = who.parse().unwrap_or_else(|_| self.people.person(who).account);
        let key = key.to_owned();
        self.staff(staff_request::What::Player(StaffPlayer { account, key, what: Some(what) }));
    }
}

/// What staff is told of a player.
pub(super) fn told(response: &StaffResponse, player: &StaffPlayerAnswer) -> String {
    let StaffPlayerAnswer { was, became, sessions, said, playing, kinds, .. } = player;
    if response.did_lsn != 0 {
        return format!("staff: [{was}] is [{became}]");
    }
    let mut parts: Vec<String> = sessions
        .iter()
        .map(|one| {
            let place = if one.on_map { format!(" at {} {}", one.x_mm, one.y_mm) } else { String::new() };
            format!("{}{}{place}", one.client, if one.away { " away" } else { "" })
        })
        .collect();
    parts.extend(said.iter().map(|one| format!("{}: {}", one.r#where, one.text)));
    if !playing.is_empty() {
        parts.push(format!("{} play", playing.len()));
    }
    if !kinds.is_empty() {
        parts.push(format!("{} kinds", kinds.len()));
    }
    format!("staff sees: {}", parts.join("; "))
}
