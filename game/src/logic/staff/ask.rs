//! The closed list of requests, parsed once from what came over the control link.

mod letter;
mod places;

use proto::{
    ids::{AccountId, RoomId},
    limits::{
        ANNOUNCEMENT_BYTES_MAX, BAN_REASON_BYTES_MAX, GRANT_KEY_BYTES_MAX, NAME_BYTES_MAX, READ_KEYS_MAX,
        ROOM_SIGNAL_BODY_BYTES_MAX, ROOM_SIGNAL_BYTES_MAX, STAFF_BYTES_MAX, STAFF_DEED_BYTES_MAX,
        STAFF_REASON_BYTES_MAX,
    },
    link::{self, Value, staff_request::What},
    room::Signal,
    tables::Table,
};

pub use self::places::{Map, RoomPage};
use super::{
    StaffError,
    erase::named::{self, Page},
    mailing::Look,
    notes::Note,
    player,
};
use crate::logic::{names::canonical, secret::Secret, switches::Switch, text};

/// Who is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// By id.
    Id(AccountId),
    /// By the canonical form of the name.
    Name(String),
}

/// What staff asks.
#[derive(Debug)]
pub enum Request {
    /// Who is this?
    Find {
        /// Who.
        who: Who,
    },
    /// One page of a table.
    Rows(Rows),
    /// End the sessions of an account.
    Kick {
        /// Whose.
        who: Who,
    },
    /// Ban or mute, or end that.
    Restrict(Restrict),
    /// Let only staff in, or everybody again.
    Maintenance(Maintenance),
    /// Another password, or a guest's first.
    Password(Password),
    /// Gold from outside.
    Grant(Grant),
    /// Forget a person.
    Erase(Erase),
    /// Look at a player as it plays, or change something of it.
    Player(player::Ask),
    /// One page of the open rooms.
    RoomList(RoomPage),
    /// One of them, with its seats and its state.
    RoomShow {
        /// Which.
        room: RoomId,
        /// It is looked at again soon: what it hears until then is to be kept.
        is_watch: bool,
    },
    /// End it.
    RoomClose {
        /// Which.
        room: RoomId,
    },
    /// Let it hear something.
    RoomSay {
        /// Which.
        room: RoomId,
        /// What.
        signal: Signal,
    },
    /// Who is where on the map.
    Map(Map),
    /// How are all switches?
    Switches,
    /// What was said in public lately?
    Chat(ChatTail),
    /// Say something to all.
    Announce {
        /// What.
        text: String,
    },
    /// Whom would a letter to many reach?
    MailLook(Box<Look>),
    /// Send one.
    Mailing(Box<link::StaffMailing>),
    /// End one that runs.
    MailStop {
        /// Which.
        key: String,
    },
    /// Keep what was done to a console.
    Note(Note),
    /// Switch one of the world.
    Switch(Switching),
    /// Freeze an account's wealth, or end that.
    Freeze {
        /// Whose.
        who: Who,
        /// Ends it.
        is_lift: bool,
    },
}

/// See [`Request::Chat`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatTail {
    /// One way to speak; empty: all that are public.
    pub channel: String,
    /// Only later lines.
    pub after: u64,
}

/// See [`Request::Switch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switching {
    /// Which.
    pub switch: Switch,
    /// 0: off.
    pub value: u64,
}

/// See [`Request::Erase`].
#[derive(Clone, Debug, PartialEq)]
pub struct Erase {
    /// By id: nobody else is called so, today and later.
    pub who: Who,
    /// What of others is looked through now: one of [`named::TABLES`].
    pub table: Table,
    /// Its rows up to this key were looked at; empty: none.
    pub after: Vec<Value>,
    /// The page of rows after it, once it has come.
    pub page: Option<Page>,
}

/// See [`Request::Password`].
#[derive(Debug)]
pub struct Password {
    /// Whose.
    pub who: Who,
    /// Of a guest: the name it gets, as typed.
    pub bind_name: Option<String>,
    /// The new one.
    pub password: Secret,
}

/// See [`Request::Grant`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Given by who asks.
    pub key: String,
    /// To whom.
    pub account: u64,
    /// How much.
    pub amount: i64,
}

/// See [`Request::Restrict`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restrict {
    /// Whom.
    pub who: Who,
    /// Its voice, not its logins.
    pub is_mute: bool,
    /// Ends it.
    pub is_lift: bool,
    /// For how long; 0: until it is lifted.
    pub for_ms: u64,
    /// Of a ban, shown to the player.
    pub reason: String,
}

/// See [`Request::Maintenance`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// Why only staff is let in; none: everybody is.
    pub reason: Option<String>,
    /// Who plays is closed.
    pub is_kick: bool,
}

/// See [`Request::Rows`].
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Of which table.
    pub table: Table,
    /// Only rows whose key begins with this id.
    pub of: Option<u64>,
    /// The page after this key; empty: the first.
    pub after: Vec<Value>,
    /// Not empty: only rows that name one of these.
    pub ids: Vec<u64>,
    /// At most so many.
    pub rows_max: u32,
    /// The last one first, and `after` says before which.
    pub is_latest: bool,
}

/// Who asks, and why: what the staff log keeps of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signed {
    /// As the door knows it.
    pub by: String,
    /// In the asker's words; empty: nobody said.
    pub reason: String,
}

/// A request as it came, parsed.
#[derive(Debug)]
pub struct Ask {
    /// Who asks, and why.
    pub signed: Signed,
    /// What.
    pub request: Request,
}

impl Ask {
    /// Checks every field.
    ///
    /// # Errors
    /// [`StaffError::BadRequest`].
    pub fn parse(request: link::StaffRequest) -> Result<Self, StaffError> {
        let link::StaffRequest { by, reason, what } = request;
        let reason = plain(&reason)?;
        if STAFF_BYTES_MAX < by.len() {
            return Err(StaffError::BadRequest);
        }
        let request = match what.ok_or(StaffError::BadRequest)? {
            What::Find(find) => Request::Find { who: who(find.who)? },
            What::Rows(rows) => Request::Rows(page(rows)?),
            What::Kick(kick) => Request::Kick { who: who(kick.who)? },
            What::Restrict(wish) => {
                let link::StaffRestrict { who: whom, mute, lift, for_ms, reason } = wish;
                let reason = plain(&reason)?;
                Request::Restrict(Restrict { who: who(whom)?, is_mute: mute, is_lift: lift, for_ms, reason })
            }
            What::Maintenance(wish) => {
                let reason = plain(&wish.reason)?;
                Request::Maintenance(Maintenance { reason: wish.on.then_some(reason), is_kick: wish.kick })
            }
            What::Password(wish) => {
                let link::StaffPassword { who: whom, bind_name, password } = wish;
                let password = Secret::new(password);
                let bind_name = (!bind_name.is_empty()).then_some(bind_name);
                Request::Password(Password { who: who(whom)?, bind_name, password })
            }
            What::Erase(link::StaffErase { account, after }) => {
                if account == 0 {
                    return Err(StaffError::BadRequest);
                }
                let (table, after) = named::place(after).ok_or(StaffError::BadRequest)?;
                Request::Erase(Erase { who: Who::Id(AccountId(account)), table, after, page: None })
            }
            What::Grant(grant) => {
                let link::StaffGrant { key, account, amount } = grant;
                Request::Grant(Grant { key: letter::key(key)?, account, amount })
            }
            What::Player(wish) => Request::Player(player::Ask::parse(wish)?),
            What::RoomList(wish) => Request::RoomList(places::rooms(wish)?),
            What::RoomShow(wish) => Request::RoomShow { room: RoomId(wish.room), is_watch: wish.watch },
            What::RoomClose(wish) => Request::RoomClose { room: RoomId(wish.room) },
            What::RoomSay(link::StaffRoomSay { room, signal, body }) => {
                let is_signal = (1..=ROOM_SIGNAL_BYTES_MAX).contains(&signal.len())
                    && !signal.chars().any(char::is_control);
                if !is_signal || ROOM_SIGNAL_BODY_BYTES_MAX < body.len() {
                    return Err(StaffError::BadRequest);
                }
                Request::RoomSay { room: RoomId(room), signal: Signal { name: signal, body } }
            }
            What::Map(wish) => Request::Map(places::map(wish)?),
            What::Switches(_) => Request::Switches,
            What::Note(note) => Request::Note(Note::parse(note)?),
            What::Switch(link::StaffSwitch { name, value }) => {
                let switch = Switch::parse(&name).filter(|switch| value <= switch.value_max());
                Request::Switch(Switching { switch: switch.ok_or(StaffError::BadRequest)?, value })
            }
            What::Chat(link::StaffChat { channel, after }) => {
                if !["", "world", "near"].contains(&channel.as_str()) {
                    return Err(StaffError::BadRequest);
                }
                Request::Chat(ChatTail { channel, after })
            }
            What::Announce(wish) => {
                let text = text::clean(&wish.text);
                if text.is_empty() || ANNOUNCEMENT_BYTES_MAX < wish.text.len() {
                    return Err(StaffError::BadRequest);
                }
                Request::Announce { text }
            }
            What::MailLook(link::StaffMailLook { filter: wish, after }) => {
                Request::MailLook(Box::new(Look { filter: letter::filter(wish)?, after, found: None }))
            }
            What::Mailing(wish) => Request::Mailing(Box::new(letter::mailing(wish)?)),
            What::MailStop(wish) => Request::MailStop { key: letter::key(wish.key)? },
            What::Freeze(wish) => Request::Freeze { who: who(wish.who)?, is_lift: wish.lift },
        };
        let reason = if reason.is_empty() { request.told().to_owned() } else { reason };
        Ok(Self { signed: Signed { by, reason }, request })
    }
}

impl Request {
    /// Stable, one word: for the log, and stored in the staff log.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Find { .. } => "find",
            Self::Rows(_) => "rows",
            Self::Kick { .. } => "kick",
            Self::Restrict(Restrict { is_mute: false, is_lift: false, .. }) => "ban",
            Self::Restrict(Restrict { is_mute: false, is_lift: true, .. }) => "unban",
            Self::Restrict(Restrict { is_mute: true, is_lift: false, .. }) => "mute",
            Self::Restrict(Restrict { is_mute: true, is_lift: true, .. }) => "unmute",
            Self::Maintenance(Maintenance { reason: Some(_), .. }) => "maintenance_on",
            Self::Maintenance(Maintenance { reason: None, .. }) => "maintenance_off",
            Self::Password(Password { bind_name: None, .. }) => "set_password",
            Self::Password(Password { bind_name: Some(_), .. }) => "bind_guest",
            Self::Grant(_) => "grant",
            Self::Erase(_) => "delete",
            Self::Player(player) => player.name(),
            Self::RoomList(_) => "room_list",
            Self::RoomShow { .. } => "room_show",
            Self::RoomClose { .. } => "room_close",
            Self::RoomSay { .. } => "room_say",
            Self::Map(_) => "map",
            Self::Chat(_) => "chat",
            Self::Announce { .. } => "announce",
            Self::MailLook(_) => "mail_look",
            Self::Mailing(_) => "mail_to_many",
            Self::MailStop { .. } => "mail_stop",
            Self::Switches => "switches",
            Self::Note(_) => "note",
            Self::Switch(Switching { switch: Switch::WealthFrozen, value: 0 }) => "wealth_unfreeze",
            Self::Switch(Switching { switch: Switch::WealthFrozen, .. }) => "wealth_freeze",
            Self::Switch(Switching { switch: Switch::AccountsClosed, value: 0 }) => "accounts_open",
            Self::Switch(Switching { switch: Switch::AccountsClosed, .. }) => "accounts_close",
            Self::Switch(Switching { switch: Switch::ChatSlow, value: 0 }) => "chat_unslow",
            Self::Switch(Switching { switch: Switch::ChatSlow, .. }) => "chat_slow",
            Self::Freeze { is_lift: true, .. } => "unfreeze",
            Self::Freeze { is_lift: false, .. } => "freeze",
        }
    }

    /// The reason that players are told.
    fn told(&self) -> &str {
        match self {
            Self::Restrict(Restrict { reason, .. }) => reason,
            Self::Maintenance(Maintenance { reason, .. }) => reason.as_deref().unwrap_or_default(),
            Self::Find { .. }
            | Self::Rows(_)
            | Self::Kick { .. }
            | Self::Password(_)
            | Self::Grant(_)
            | Self::Erase(_)
            | Self::Player(_)
            | Self::RoomList(_)
            | Self::RoomShow { .. }
            | Self::RoomClose { .. }
            | Self::RoomSay { .. }
            | Self::Map(_)
            | Self::Chat(_)
            | Self::Announce { .. }
            | Self::MailLook(_)
            | Self::Mailing(_)
            | Self::MailStop { .. }
            | Self::Switches
            | Self::Note(_)
            | Self::Switch(_)
            | Self::Freeze { .. } => "",
        }
    }

    /// Whether it changes anything: those are logged, and kept in the staff log.
    #[must_use]
    pub fn is_change(&self) -> bool {
        match self {
            Self::Find { .. }
            | Self::Rows(_)
            | Self::RoomList(_)
            | Self::RoomShow { .. }
            | Self::Map(_)
            | Self::Switches
            | Self::Note(Note { number: 0, .. })
            | Self::Chat(_)
            | Self::MailLook(_) => false,
            Self::Player(player) => player.is_change(),
            _ => true,
        }
    }
}

/// Of what would double.
pub(super) fn is_key(key: &str) -> bool {
    (1..=GRANT_KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

fn who(who: Option<link::StaffWho>) -> Result<Who, StaffError> {
    let link::StaffWho { account, name } = who.ok_or(StaffError::BadRequest)?;
    if account != 0 {
        return Ok(Who::Id(AccountId(account)));
    }
    if name.is_empty() || NAME_BYTES_MAX < name.len() {
        return Err(StaffError::BadRequest);
    }
    // What cannot be a name is nobody's.
    let name = canonical(&name).map_err(|_| StaffError::NoSuchAccount)?;
    Ok(Who::Name(name.key().to_owned()))
}

/// A reason as players read it: one line.
fn plain(text: &str) -> Result<String, StaffError> {
    let is_plain = text.len() <= BAN_REASON_BYTES_MAX && !text.chars().any(char::is_control);
    if is_plain { Ok(text::clean(text)) } else { Err(StaffError::BadRequest) }
}

fn page(rows: link::StaffRows) -> Result<Rows, StaffError> {
    let link::StaffRows { table, of, after, ids, rows_max, latest } = rows;
    let table = Table::from_code(table).ok_or(StaffError::BadRequest)?;
    let is_key = after.is_empty() || table.def().check_key(&after).is_ok();
    let is_bounded = ids.len() <= READ_KEYS_MAX && (1..=ROWS_MAX).contains(&rows_max);
    let is_found = !latest || (table.def().append && of == 0);
    if !is_key || !is_bounded || !is_found || i64::try_from(of).is_err() {
        return Err(StaffError::BadRequest);
    }
    Ok(Rows { table, of: (of != 0).then_some(of), after, ids, rows_max, is_latest: latest })
}

const _: () = {
    // A reason that players are told is kept in the staff log whole.
    assert!(BAN_REASON_BYTES_MAX <= STAFF_REASON_BYTES_MAX);
    assert!("maintenance_off".len() <= STAFF_DEED_BYTES_MAX);
};
/// Rows of one answer: some kilobytes each at most, and an answer is one control message.
const ROWS_MAX: u32 = 256;
