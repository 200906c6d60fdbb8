//! Staff in a script: `staff kicks ana`, and what it is told.

use std::time::Duration;

use proto::{
    ids::RoomId,
    link::{
        Goods, RoomOrder, StaffAnnounce, StaffChat, StaffConsoleNote, StaffErase, StaffFind, StaffFreeze,
        StaffGrant, StaffKick, StaffMailFilter, StaffMailLook, StaffMailStop, StaffMailing, StaffMaintenance,
        StaffPassword, StaffRequest, StaffResponse, StaffRestrict, StaffRoomClose, StaffRoomList,
        StaffRoomSay, StaffRoomShow, StaffRows, StaffSwitch, StaffSwitches, StaffWho, Value,
        staff_request::What,
    },
    tables::{Row, Table, WalletRow},
};

use super::{Play, staff_player::told};
use crate::logic::{
    event::Event,
    staff::{Ask, RoomPage, StaffId},
};

impl Play {
    /// A line that begins with `staff`.
    pub(super) fn staff_does(&mut self, words: &[&str]) {
        let what = match *words {
            ["finds", who] => What::Find(StaffFind { who: self.who(who) }),
            ["kicks", who] => What::Kick(StaffKick { who: self.who(who) }),
            ["bans", who, "for", ms] => self.restrict(who, [false, false], ms, "spam"),
            ["bans", who] => self.restrict(who, [false, false], "0", "spam"),
            ["unbans", who] => self.restrict(who, [false, true], "0", ""),
            ["mutes", who, "for", ms] => self.restrict(who, [true, false], ms, ""),
            ["unmutes", who] => self.restrict(who, [true, true], "0", ""),
            ["closes", "the", "world", ref more @ ..] => {
                let kick = *more == ["and", "kicks"];
                What::Maintenance(StaffMaintenance { on: true, reason: "repairs".to_owned(), kick })
            }
            ["opens", "the", "world"] => What::Maintenance(StaffMaintenance::default()),
            ["binds", who, "as", name, "with", password] => self.password(who, name, password),
            ["sets", "password", "of", who, "to", password] => self.password(who, "", password),
            ["grants", amount, "to", who, "as", key] => {
                let account = who.parse().unwrap_or_else(|_| self.account_of(who));
                What::Grant(StaffGrant { key: key.to_owned(), account, amount: amount.parse().unwrap() })
            }
            ["deletes", who] => self.erase(who, Vec::new()),
            ["goes", "on", "deleting", who] => {
                let after = self.staff_heard.last().unwrap().after.clone();
                self.erase(who, after)
            }
            ["lists", "the", "latest", rows_max, "of", "the", "ledger"] => What::Rows(StaffRows {
                table: Table::Ledger as u32,
                rows_max: rows_max.parse().unwrap(),
                latest: true,
                ..StaffRows::default()
            }),
            ["lists", "rooms"] => What::RoomList(StaffRoomList::default()),
            ["lists", "more", "rooms"] => {
                let page = self.staff_heard.last().unwrap();
                let after = page.rooms.last().unwrap().room;
                What::RoomList(StaffRoomList { after, ..StaffRoomList::default() })
            }
            ["shows", "room", name] => {
                What::RoomShow(StaffRoomShow { room: self.room_of(name), watch: false })
            }
            ["watches", "room", name] => {
                What::RoomShow(StaffRoomShow { room: self.room_of(name), watch: true })
            }
            ["closes", "room", name] => What::RoomClose(StaffRoomClose { room: self.room_of(name) }),
            ["tells", "room", name, signal, ref body @ ..] => What::RoomSay(StaffRoomSay {
                room: self.room_of(name),
                signal: signal.to_owned(),
                body: body.join(" ").into_bytes().into(),
            }),
            ["switches", name, "to", value] => {
                What::Switch(StaffSwitch { name: name.to_owned(), value: value.parse().unwrap() })
            }
            ["reads", "chat"] => What::Chat(StaffChat::default()),
            ["reads", "chat", "after", n] => {
                What::Chat(StaffChat { channel: String::new(), after: n.parse().unwrap() })
            }
            ["announces", ref words @ ..] => What::Announce(StaffAnnounce { text: words.join(" ") }),
            ["mails", key, "to", most, "of", whom, gold] => {
                let letters_max = most.parse().unwrap();
                let (key, filter) = (key.to_owned(), Some(self.meant(whom)));
                let (subject, gold) = ("News".to_owned(), gold.parse().unwrap());
                What::Mailing(StaffMailing {
                    key,
                    filter,
                    subject,
                    gold,
                    letters_max,
                    ..StaffMailing::default()
                })
            }
            ["mails", key, "to", whom, gold, ref things @ ..] => {
                let filter = Some(self.meant(whom));
                let things = things.iter().map(|thing| {
                    let (kind, quantity) = thing.split_once(':').unwrap();
                    Goods { kind: kind.parse().unwrap(), quantity: quantity.parse().unwrap() }
                });
                // What has something in it says to how many it goes; none of these scripts has as many.
                let letters_max = if gold == "0" && things.len() == 0 { 0 } else { 1_000 };
                What::Mailing(StaffMailing {
                    key: key.to_owned(),
                    filter,
                    subject: "News".to_owned(),
                    text: "of the house".to_owned(),
                    gold: gold.parse().unwrap(),
                    things: things.collect(),
                    letters_max,
                })
            }
            ["stops", "mailing", key] => What::MailStop(StaffMailStop { key: key.to_owned() }),
            ["looks", "whom", whom, "reaches"] => {
                What::MailLook(StaffMailLook { filter: Some(self.meant(whom)), after: 0 })
            }
            ["looks", "for", "more", "whom", whom, "reaches"] => {
                let after = self.staff_heard.last().unwrap().mail_after;
                What::MailLook(StaffMailLook { filter: Some(self.meant(whom)), after })
            }
            ["notes", number, deed] => What::Note(StaffConsoleNote {
                console: "0123456789abcdef".to_owned(),
                number: number.parse().unwrap(),
                deed: deed.to_owned(),
                was: "ben: viewer".to_owned(),
                became: "owner".to_owned(),
            }),
            ["looks", "at", "the", "switches"] => What::Switches(StaffSwitches {}),
            ["freezes", who] => What::Freeze(StaffFreeze { who: self.who(who), lift: false }),
            ["thaws", who] => What::Freeze(StaffFreeze { who: self.who(who), lift: true }),
            ["lists", "wallets"] => rows(Table::Wallet, 0, Vec::new()),
            ["lists", "wallet", "of", name] => rows(Table::Wallet, self.account_of(name), Vec::new()),
            ["lists", "ledger", "of", name] => rows(Table::Ledger, 0, vec![self.account_of(name)]),
            _ => return self.staff_does_to_player(words),
        };
        self.staff(what);
    }

    fn restrict(&mut self, who: &str, [mute, lift]: [bool; 2], ms: &str, reason: &str) -> What {
        let (for_ms, reason) = (ms.parse().unwrap(), reason.to_owned());
        What::Restrict(StaffRestrict { who: self.who(who), mute, lift, for_ms, reason })
    }

    fn erase(&mut self, who: &str, after: Vec<Value>) -> What {
        What::Erase(StaffErase { account: self.account_of(who), after })
    }

    /// Everybody, who plays, `level:2-9`, or a list of somebody of the script.
    fn meant(&mut self, whom: &str) -> StaffMailFilter {
        let all = StaffMailFilter::default();
        match (whom, whom.strip_prefix("level:").and_then(|levels| levels.split_once('-'))) {
            ("everybody", _) => all,
            ("online", _) => StaffMailFilter { online: true, ..all },
            (_, Some((least, most))) => {
                let (level_min, level_max) = (least.parse().unwrap(), most.parse().unwrap());
                StaffMailFilter { level_min, level_max, ..all }
            }
            (list, None) => {
                let ids = list.split(',').map(|name| self.account_of(name)).collect();
                StaffMailFilter { ids, ..all }
            }
        }
    }

    fn password(&mut self, who: &str, name: &str, password: &str) -> What {
        let (bind_name, password) = (name.to_owned(), password.to_owned());
        What::Password(StaffPassword { who: self.who(who), bind_name, password })
    }

    /// Somebody of the script, an id, or a name with `=` before it.
    fn who(&mut self, word: &str) -> Option<StaffWho> {
        let (account, name) = match (word.strip_prefix('='), word.parse()) {
            (Some(name), _) => (0, name.to_owned()),
            (None, Ok(id)) => (id, String::new()),
            (None, Err(_)) => (self.account_of(word), String::new()),
        };
        Some(StaffWho { account, name })
    }

    /// An open room's id; nobody's, if none is called so.
    fn room_of(&mut self, name: &str) -> u64 {
        let all = RoomPage { kind: String::new(), order: RoomOrder::Oldest, after: RoomId(0), members: 0 };
        let (rooms, _) = self.world.rooms_page(&all, usize::MAX - 1);
        let now = self.now;
        let mut infos = rooms.into_iter().filter_map(|id| self.world.oversee(id, now));
        infos.find(|info| info.name == name).map_or(1, |info| info.room)
    }

    fn account_of(&mut self, name: &str) -> u64 {
        self.people.person(name).account
    }

    pub(crate) fn staff(&mut self, what: What) {
        match Ask::parse(StaffRequest { by: "script".to_owned(), reason: String::new(), what: Some(what) }) {
            Ok(ask) => {
                self.staff_asked += 1;
                let (id, deadline) = (StaffId(self.staff_asked), self.now.instant + PATIENCE);
                self.event(Event::Staff { id, ask, deadline });
            }
            Err(error) => self.people.note(format!("staff: {}", error.code())),
        }
    }

    /// What staff is told.
    pub(super) fn staff_hears(&mut self, response: StaffResponse) {
        assert!(response.lsn <= self.store.durable().0, "told before it was durable");
        let golds = response.rows.iter().filter_map(|row| WalletRow::from_values(&row.row));
        let golds: Vec<String> = golds.map(|wallet| format!(" {}", wallet.gold)).collect();
        let line = match response.error.as_str() {
            "" if response.player.is_some() => {
                response.player.as_ref().map(|player| told(&response, player)).unwrap_or_default()
            }
            "" if response.did_lsn != 0 => {
                format!(
                    "staff: granted by {}{}",
                    response.did_lsn,
                    if response.again { ", again" } else { "" }
                )
            }
            "" if response.noted != 0 => {
                let again = if response.again { ", again" } else { "" };
                format!("staff: noted up to {}{again}", response.noted)
            }
            "" if !response.rooms.is_empty() => {
                let more = if response.done { "" } else { ", more" };
                format!("staff: {} rooms{more}", response.rooms.len())
            }
            "" if !response.switches.is_empty() => {
                let was = response.switch_was.iter();
                let was = was.map(|was| format!("{} was {}", was.name, was.value));
                let on = response.switches.iter().filter(|switch| switch.value != 0);
                let on = on.map(|switch| format!("{} {} by {}", switch.name, switch.value, switch.by));
                let told: Vec<String> = was.chain(on).collect();
                let told = if told.is_empty() { "all off".to_owned() } else { told.join(", ") };
                format!("staff: ok, {told}")
            }
            "" if golds.is_empty() && response.rows.is_empty() => {
                let name = if response.name.is_empty() { "a guest" } else { &response.name };
                let online = if response.online { ", plays" } else { "" };
                let more = if response.after.is_empty() { "" } else { ", more to do" };
                let frozen = if response.was_frozen { ", was frozen" } else { "" };
                let again = if response.again { ", again" } else { "" };
                format!("staff: ok, {name}{online}{more}{frozen}{again}")
            }
            "" => {
                let more = if response.done { "" } else { ", more" };
                format!("staff: {} rows{}{more}", response.rows.len(), golds.concat())
            }
            error => format!("staff: {error}"),
        };
        self.people.note(line);
        self.staff_heard.push(response);
    }
}

fn rows(table: Table, of: u64, ids: Vec<u64>) -> What {
    What::Rows(StaffRows { table: table as u32, of, ids, rows_max: 256, ..StaffRows::default() })
}

/// As long as a script's staff waits.
const PATIENCE: Duration = Duration::from_secs(10);
