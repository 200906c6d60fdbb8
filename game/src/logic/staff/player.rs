//! What staff asks about one player, or does to it: the closed list, parsed, and how a deed becomes one record with its row
//! in the staff log, once for its key where asking again would double it. The deeds themselves are in the folder.

mod giving;
mod letter;
mod naming;
mod noting;
mod placing;
mod telling;
mod watching;

use proto::{
    ids::AccountId,
    limits::{
        GOLD_MAX, ITEM_QUANTITY_MAX, MAIL_ITEMS_MAX, MAIL_SUBJECT_BYTES_MAX, MAIL_TEXT_BYTES_MAX,
        NAME_TYPED_BYTES_MAX, READ_KEYS_MAX, STAFF_TEXT_BYTES_MAX,
    },
    link::{self, StaffPlayer, StaffPlayerAnswer, StaffResponse, staff_player::What},
    tables::{AccountRow, CharacterRow, DeedKeyRow},
    turn::TxnId,
    wire,
};
use sha2::{Digest as _, Sha256};
use slotmap::Key as _;

use super::{
    Ask as Asked, StaffError,
    ask::is_key,
    erase::is_erased,
    log::{Deed, keep_change},
};
use crate::logic::{
    delivery::ConnKey,
    event::Now,
    map::ground::Place,
    names::{Name, canonical},
    text,
    tx::{Halt, Tx},
    world::World,
};

/// See [`super::Request::Player`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    account: u64,
    /// Of what would double.
    key: Option<Key>,
    wish: Wish,
}

/// Makes asking again harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    key: String,
    /// Of all that was asked under it.
    digest: [u8; 32],
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wish {
    Watch,
    Sessions { after: u64, block: Vec<u8> },
    Playing { accounts: Vec<u64> },
    Kinds { after: u32 },
    Tell { text: String },
    TakeGold { amount: i64 },
    GiveThings { character: u64, things: Things },
    TakeThings { character: u64, item: u64, quantity: u32 },
    Letter(Letter),
    Put { character: u64, to: Option<Place> },
    Rename { character: u64, name: Name },
    Note { text: String },
    Unnote { note: u64 },
}

/// So many of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Things {
    kind: u32,
    quantity: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Letter {
    to: u64,
    subject: String,
    text: String,
    gold: i64,
    things: Vec<Things>,
}

/// What a deed has come to.
struct Did {
    was: String,
    became: String,
    /// What the log says instead: it outlives whoever is forgotten, and this is about the person.
    word: Option<&'static str>,
    /// What the log says of what became of it where a part of that is about the person.
    logged: Option<String>,
}

impl Did {
    fn new(was: String, became: String) -> Self {
        Self { was, became, word: None, logged: None }
    }

    /// For the log, which is kept for ever.
    fn kept(&self) -> (String, String) {
        let Some(word) = self.word else {
            return (self.was.clone(), self.logged.as_ref().unwrap_or(&self.became).clone());
        };
        let kept = |text: &String| if text.is_empty() { String::new() } else { word.to_owned() };
        (kept(&self.was), kept(&self.became))
    }
}

impl Ask {
    /// Checks every field.
    ///
    /// # Errors
    /// [`StaffError::BadRequest`], [`StaffError::Name`].
    pub(super) fn parse(request: StaffPlayer) -> Result<Self, StaffError> {
        let digest = Sha256::digest(wire::encode(&request)).into();
        let StaffPlayer { account, key, what } = request;
        let wish = Wish::parse(what.ok_or(StaffError::BadRequest)?)?;
        let is_of_one = !matches!(wish, Wish::Sessions { .. } | Wish::Playing { .. } | Wish::Kinds { .. });
        let is_id = account != 0 && i64::try_from(account).is_ok();
        if is_of_one != is_id || wish.doubles() == key.is_empty() || !(key.is_empty() || is_key(&key)) {
            return Err(StaffError::BadRequest);
        }
        let key = wish.doubles().then_some(Key { key, digest });
        Ok(Self { account, key, wish })
    }

    /// Stable, one word.
    pub(super) fn name(&self) -> &'static str {
        match self.wish {
            Wish::Watch => "watch",
            Wish::Sessions { .. } => "sessions",
            Wish::Playing { .. } => "playing",
            Wish::Kinds { .. } => "kinds",
            Wish::Tell { .. } => "message",
            Wish::TakeGold { .. } => "take_gold",
            Wish::GiveThings { .. } => "give_item",
            Wish::TakeThings { .. } => "take_item",
            Wish::Letter(_) => "mail",
            Wish::Put { .. } => "move",
            Wish::Rename { .. } => "rename",
            Wish::Note { .. } => "note",
            Wish::Unnote { .. } => "unnote",
        }
    }

    pub(super) fn is_change(&self) -> bool {
        !matches!(self.wish, Wish::Watch | Wish::Sessions { .. } | Wish::Playing { .. } | Wish::Kinds { .. })
    }
}

impl Wish {
    fn parse(what: What) -> Result<Self, StaffError> {
        Ok(match what {
            What::Watch(_) => Self::Watch,
            What::Sessions(link::StaffSessions { after, block }) => {
                check(block.len() <= 16)?;
                Self::Sessions { after, block: block.to_vec() }
            }
            What::Playing(link::StaffPlaying { accounts }) => {
                check(accounts.len() <= READ_KEYS_MAX)?;
                Self::Playing { accounts }
            }
            What::Kinds(link::StaffKinds { after }) => Self::Kinds { after },
            What::Tell(link::StaffTell { text }) => Self::Tell { text: said(&text)? },
            What::TakeGold(link::StaffTakeGold { amount }) => {
                check((1..=GOLD_MAX).contains(&amount))?;
                Self::TakeGold { amount }
            }
            What::GiveThings(link::StaffGiveThings { character, kind, quantity }) => {
                check(character != 0)?;
                Self::GiveThings { character, things: things(kind, quantity)? }
            }
            What::TakeThings(link::StaffTakeThings { character, item, quantity }) => {
                check(character != 0 && item != 0 && (1..=ITEM_QUANTITY_MAX).contains(&quantity))?;
                Self::TakeThings { character, item, quantity }
            }
            What::Letter(wish) => Self::Letter(letter(wish)?),
            What::Put(link::StaffPut { character, safe, x_mm, y_mm }) => {
                check(character != 0)?;
                Self::Put { character, to: (!safe).then_some(Place { x_mm, y_mm }) }
            }
            What::Rename(link::StaffRename { character, name }) => {
                check(name.len() <= NAME_TYPED_BYTES_MAX)?;
                let name = canonical(&name).map_err(StaffError::Name)?;
                Self::Rename { character, name }
            }
            What::Note(link::StaffNote { text }) => Self::Note { text: said(&text)? },
            What::Unnote(link::StaffUnnote { note }) => Self::Unnote { note },
        })
    }

    fn doubles(&self) -> bool {
        match self {
            Self::TakeGold { .. }
            | Self::GiveThings { .. }
            | Self::TakeThings { .. }
            | Self::Letter(_)
            | Self::Note { .. } => true,
            Self::Watch
            | Self::Sessions { .. }
            | Self::Playing { .. }
            | Self::Kinds { .. }
            | Self::Tell { .. }
            | Self::Put { .. }
            | Self::Rename { .. }
            | Self::Unnote { .. } => false,
        }
    }
}

impl World {
    pub(super) fn staff_player(
        &mut self,
        ask: &Asked,
        player: &Ask,
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        let account = AccountId(player.account);
        match &player.wish {
            Wish::Watch => self.staff_watch(account, now),
            Wish::Sessions { after, block } => Ok(self.staff_sessions(*after, block)),
            Wish::Playing { accounts } => Ok(self.staff_playing(accounts)),
            Wish::Kinds { after } => Ok(self.staff_kinds(*after)),
            Wish::Tell { text } => self.staff_tell(ask, player, text, now),
            Wish::TakeGold { amount } => {
                self.staff_deed(ask, player, now, |tx| giving::take_gold(tx, account, *amount))
            }
            Wish::GiveThings { character, things } => {
                let bag = self.held_by(account, *character);
                self.staff_deed(ask, player, now, |tx| giving::give_things(tx, &bag, *things))
            }
            Wish::TakeThings { character, item, quantity } => {
                let bag = self.held_by(account, *character);
                self.staff_deed(ask, player, now, |tx| giving::take_things(tx, &bag, *item, *quantity))
            }
            Wish::Letter(letter) => self.staff_deed(ask, player, now, |tx| letter::send(tx, account, letter)),
            Wish::Put { character, to } => self.staff_put(ask, player, (*character, *to), now),
            Wish::Rename { character, name } => self.staff_rename(ask, player, (*character, name), now),
            Wish::Note { text } => {
                let by = &ask.signed.by;
                self.staff_deed(ask, player, now, |tx| noting::note(tx, account, by, text))
            }
            Wish::Unnote { note } => {
                self.staff_deed(ask, player, now, |tx| noting::unnote(tx, account, *note))
            }
        }
    }

    /// Does a deed in one record with its row of the staff log; or, asked again with its key, says that it was done.
    fn staff_deed(
        &mut self,
        ask: &Asked,
        player: &Ask,
        now: Now,
        run: impl FnOnce(&mut Tx<'_>) -> Result<Did, Halt>,
    ) -> Result<StaffResponse, Halt> {
        let (row, did, lsn) = self.in_tx(ConnKey::null(), None, now, |tx| once(tx, (ask, player), run))?;
        let mut response = self.staff_about(&row);
        response.did_lsn = lsn;
        match did {
            None => response.again = true,
            Some(Did { was, became, .. }) => {
                self.commit(TxnId { account: AccountId(row.id), cseq: 0 }, now)?;
                self.deliver(None, None);
                response.player = Some(StaffPlayerAnswer { was, became, ..StaffPlayerAnswer::default() });
            }
        }
        Ok(response)
    }
}

/// The deed with all that has to be in its record; nothing if its key says that it was done, and in which record.
fn once(
    tx: &mut Tx<'_>,
    (ask, player): (&Asked, &Ask),
    run: impl FnOnce(&mut Tx<'_>) -> Result<Did, Halt>,
) -> Result<(AccountRow, Option<Did>, u64), Halt> {
    let account = player.account;
    if let Some(Key { key, .. }) = &player.key {
        tx.want::<DeedKeyRow>(std::slice::from_ref(key));
    }
    let row = tx.row::<AccountRow>(&account)?.ok_or(StaffError::NoSuchAccount)?;
    if let Some(Key { key, digest }) = &player.key
        && let Some(done) = tx.row::<DeedKeyRow>(key)?
    {
        let is_same = done.account == account && done.asked[..] == digest[..];
        return if is_same { Ok((row, None, done.lsn)) } else { Err(StaffError::KeyUsed.into()) };
    }
    if is_erased(&row) {
        return Err(StaffError::Erased.into());
    }
    let did = run(tx)?;
    let (lsn, wall_ms) = (tx.lsn.0, tx.now.wall_ms);
    let (was, became) = did.kept();
    keep_change(tx, ask, Deed { account, until_ms: None }, was, became);
    if let Some(Key { key, digest }) = &player.key {
        let asked = digest.to_vec().into();
        tx.put(DeedKeyRow { key: key.clone(), account, asked, lsn, wall_ms });
    }
    Ok((row, Some(did), lsn))
}

/// A character of an account that is there.
fn character(tx: &mut Tx<'_>, account: AccountId, character: u64) -> Result<CharacterRow, Halt> {
    let theirs = tx.set::<CharacterRow>(account.0)?;
    let is_it = |row: &CharacterRow| row.id == character && row.deleted_ms.is_none();
    theirs.into_iter().find(is_it).ok_or(Halt::Reject("no_such_character"))
}

fn check(is_right: bool) -> Result<(), StaffError> {
    if is_right { Ok(()) } else { Err(StaffError::BadRequest) }
}

/// What people read, on one line; there has to be something.
fn said(typed: &str) -> Result<String, StaffError> {
    let text = shown(typed, STAFF_TEXT_BYTES_MAX)?;
    check(!text.is_empty())?;
    Ok(text)
}

fn shown(typed: &str, bytes_max: usize) -> Result<String, StaffError> {
    check(typed.len() <= bytes_max)?;
    let text = text::clean(typed);
    check(text.len() <= bytes_max)?;
    Ok(text)
}

fn things(kind: u32, quantity: u32) -> Result<Things, StaffError> {
    check(kind != 0 && (1..=ITEM_QUANTITY_MAX).contains(&quantity))?;
    Ok(Things { kind, quantity })
}

fn letter(wish: link::StaffLetter) -> Result<Letter, StaffError> {
    let link::StaffLetter { character, subject, text, gold, things: all } = wish;
    check(character != 0 && (0..=GOLD_MAX).contains(&gold) && all.len() <= MAIL_ITEMS_MAX)?;
    let all = all.into_iter().map(|link::StaffThings { kind, quantity }| things(kind, quantity));
    let subject = shown(&subject, MAIL_SUBJECT_BYTES_MAX)?;
    let text = shown(&text, MAIL_TEXT_BYTES_MAX)?;
    let things: Vec<Things> = all.collect::<Result<_, _>>()?;
    check(!(subject.is_empty() && text.is_empty() && gold == 0 && things.is_empty()))?;
    Ok(Letter { to: character, subject, text, gold, things })
}
