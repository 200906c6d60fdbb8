//! The unit of work: what one handler reads, changes and says, kept apart from the world until all of it
//! is right. Dropping it changes nothing. Knows no connection, no link and no room.

use std::time::Duration;

use proto::{
    client,
    ids::{AccountId, Lsn},
    kinds::Lane,
    link::{Flow, GoodsFlow},
    tables::{Reason, Row},
    wire,
};
use rand_chacha::ChaCha20Rng;

use super::{
    cache::{Cached, CachedSet, Unit, UnitId},
    design::{Bonus, Design},
    event::{HashResult, Now, WorldConfig},
    held::Cache,
    ids::Ids,
    map::ground::Place,
    outputs::{Audience, Outputs},
    secret::Secret,
    voice::Voice,
    work::{Changes, Work},
};

/// Why a handler stopped before its end. Everything it did is dropped.
#[derive(Debug)]
pub(crate) enum Halt {
    /// A rule says no: REJECTED, or a refused login.
    Reject(&'static str),
    /// Not now: RETRY_LATER.
    Later { error: &'static str, retry_after_ms: u32 },
    /// A login whose credentials are right, of an account that may not play: refused, with what to tell.
    Barred(Barred),
    /// It needs rows that are not in memory: [`Work::missing`]. It runs again when they are.
    Miss,
    /// It needs a password hashed. It runs again when that is done.
    Hash(HashWish),
}

/// Why somebody may not play.
#[derive(Clone, Debug)]
pub(crate) struct Barred {
    pub(crate) error: &'static str,
    /// For people.
    pub(crate) detail: String,
    /// Milliseconds since 1970; 0: nobody knows, or for ever.
    pub(crate) until_ms: u64,
    /// For a client whose clock is wrong: when to come again, from now; 0: nobody knows, or it makes no difference.
    pub(crate) retry_after_ms: u32,
}

impl Barred {
    /// Not now: the same may be answered otherwise after this time, by both clocks.
    pub(crate) fn for_now(error: &'static str, wait: Duration, now: Now) -> Self {
        let ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(1);
        let until_ms = now.wall_ms.saturating_add(ms.into());
        Self { error, detail: String::new(), until_ms, retry_after_ms: ms }
    }

    /// It will not be answered otherwise, however often it comes.
    pub(crate) fn for_good(error: &'static str) -> Self {
        Self { error, detail: String::new(), until_ms: 0, retry_after_ms: 0 }
    }
}

/// What is to be hashed.
#[derive(Debug)]
pub(crate) enum HashWish {
    Make(Secret),
    Verify { password: Secret, phc: Option<String> },
}

/// A command as its handler sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) account: AccountId,
    pub(crate) cseq: u64,
    pub(crate) body: &'a [u8],
}

/// What a handler may touch.
pub(crate) struct Tx<'a> {
    pub(crate) cache: &'a Cache,
    pub(crate) ids: &'a mut Ids,
    pub(crate) rng: &'a mut ChaCha20Rng,
    /// What the session may still say; none for a login.
    pub(crate) chat: Option<&'a Voice>,
    /// The same after what is said here, for when it is done.
    pub(crate) spoken: &'a mut Option<Voice>,
    pub(crate) config: &'a WorldConfig,
    pub(crate) design: &'a Design,
    /// The character with which the session's account is in the world, also one that an earlier session left there.
    pub(crate) in_world: Option<u64>,
    /// The same, if this session plays it.
    pub(crate) plays: Option<u64>,
    /// What it wears adds so much.
    pub(crate) worn: Bonus,
    /// Where it stands.
    pub(crate) stands: Option<Place>,
    /// Its items that lie in an offer.
    pub(crate) locked: &'a [u64],
    pub(crate) work: &'a mut Work,
    pub(crate) out: &'a mut Outputs,
    pub(crate) now: Now,
    /// The position that a record of this work will have.
    pub(crate) lsn: Lsn,
    /// Of an earlier run's [`Halt::Hash`].
    pub(crate) hash: Option<&'a HashResult>,
}

impl<'a> Tx<'a> {
    /// A row as this work sees it; none if it does not exist. A row of a set brings the whole set.
    pub(crate) fn row<R: Changes>(&mut self, key: &R::Key) -> Result<Option<R>, Halt> {
        if let Some(change) = self.work.change::<R>(key) {
            return Ok(change.row().cloned());
        }
        let Some(unit) = self.unit::<R>(R::of(key))? else { return Ok(None) };
        Ok(unit.find(key).map(|held| held.row.clone()))
    }

    /// All rows of one owner in key order, as this work sees them.
    pub(crate) fn set<R: Changes + CachedSet>(&mut self, owner: u64) -> Result<Vec<R>, Halt> {
        let unit = self.unit::<R>(&owner)?;
        let mut rows: Vec<R> =
            unit.map(|unit| unit.rows().iter().map(|held| held.row.clone()).collect()).unwrap_or_default();
        for change in self.work.changes_of::<R>(&owner) {
            let at = rows.binary_search_by_key(&change.key(), Cached::key);
            match (at, change.row()) {
                (Ok(at), Some(row)) => rows[at] = row.clone(),
                (Err(at), Some(row)) => rows.insert(at, row.clone()),
                (Ok(at), None) => drop(rows.remove(at)),
                (Err(_), None) => {}
            }
        }
        Ok(rows)
    }

    /// A unit as it is in memory; none if it is of an id that this work took.
    fn unit<R: Cached>(&mut self, of: &R::Of) -> Result<Option<&'a Unit<R>>, Halt> {
        let key = R::unit_key(of);
        if of.id().is_some_and(|id| self.ids.is_fresh(id)) {
            if of.id() != Some(0) {
                self.work.fresh.push(key);
            }
            return Ok(None);
        }
        let Some(unit) = R::table(self.cache).unit(of) else {
            if R::table(self.cache).is_whole() {
                return Ok(None);
            }
            self.work.touched.push(key.clone());
            self.work.missing.push(key);
            return Err(Halt::Miss);
        };
        self.work.touched.push(key);
        Ok(Some(unit))
    }

    /// Says that units will be needed, rows by their key or sets by their owner, so that one wait brings all that
    /// are missing.
    pub(crate) fn want<R: Changes>(&mut self, units: &[R::Of]) {
        for of in units {
            let is_fresh = of.id().is_some_and(|id| self.ids.is_fresh(id));
            let table = R::table(self.cache);
            if !is_fresh && !table.is_whole() && table.unit(of).is_none() {
                self.work.missing.push(R::unit_key(of));
            }
        }
    }

    /// Changes a row, or makes one. Its key, or the set that it is in, must have been read, or be of an id that this
    /// work took.
    pub(crate) fn put<R: Changes>(&mut self, row: R) {
        self.work.put(row);
    }

    /// Takes away a row that was read, or that is in a set that was read.
    pub(crate) fn delete<R: Changes>(&mut self, key: &R::Key) {
        self.work.delete::<R>(key);
    }

    /// The version that a row will have after this work, if the work changes it.
    pub(crate) fn ver_next<R: Changes>(&self, key: &R::Key) -> u64 {
        self.ver::<R>(key) + 1
    }

    /// The version of a row in memory, 0 if there is none.
    pub(crate) fn ver<R: Changes>(&self, key: &R::Key) -> u64 {
        R::table(self.cache).find(key).map_or(0, |held| held.ver)
    }

    /// Adds a row to an append-only table.
    pub(crate) fn append<R: Row>(&mut self, row: &R) {
        self.work.append(row);
    }

    /// Says that nothing of value is in this work: nobody has to wait for its record.
    pub(crate) fn progress(&mut self) {
        self.work.is_progress = true;
    }

    /// Gold enters or leaves the world.
    pub(crate) fn flow(&mut self, reason: Reason, amount: i64) {
        self.work.flows.push(Flow { reason: reason as u32, amount });
    }

    /// Rows that this work has added so far: with the record's position it names the next one.
    pub(crate) fn appended(&self) -> u32 {
        self.work.appended()
    }

    /// Things of one kind enter or leave the world: at most as many as one item can be.
    pub(crate) fn goods_flow(&mut self, reason: Reason, kind: u32, amount: i64) {
        self.work.goods.push(GoodsFlow { reason: reason as u32, kind, amount });
    }

    /// A number for a new character, item or mail: nothing is known under it, so nothing has to be read.
    pub(crate) fn new_id(&mut self) -> Result<u64, Halt> {
        self.ids.take().ok_or(Halt::Later { error: "ids_used_up", retry_after_ms: 0 })
    }

    /// The result of a slow hash: asks for it on the first run, has it on the next.
    pub(crate) fn hash(&mut self, wish: impl FnOnce() -> HashWish) -> Result<&HashResult, Halt> {
        match self.hash {
            Some(result) => Ok(result),
            None => Err(Halt::Hash(wish())),
        }
    }

    /// The one answer to a command, with the bytes of its result message.
    pub(crate) fn answer(&mut self, call: &Call<'_>, result: &[u8]) {
        self.out.answer_ok(call.cseq, result);
    }

    /// A must-arrive packet that `fill` appends.
    pub(crate) fn send(&mut self, to: Audience, fill: impl FnOnce(&mut Vec<u8>)) {
        self.out.push(to, Lane::MustArrive, false, fill);
    }
}

/// Decodes a command's body.
///
/// A body that is not what its kind says is the client's mistake, but not worth its connection.
pub(crate) fn decode<M>(body: &[u8]) -> Result<M, Halt>
where
    M: Decodable,
{
    M::read(body).map_err(|_| Halt::Reject("bad_body"))
}

/// A client message that a handler decodes.
pub(crate) trait Decodable: Sized {
    fn read(body: &[u8]) -> Result<Self, wire::DecodeError>;
}

macro_rules! decodable {
    ($($message:ident),*) => {
        $(impl Decodable for client::$message {
            fn read(body: &[u8]) -> Result<Self, wire::DecodeError> {
                wire::decode(body, proto::prescan::Budget::CLIENT)
            }
        })*
    };
}

decodable!(
    Attack,
    CharCreate,
    CharDelete,
    CharEnter,
    CharRestore,
    Hello,
    LoginSecret,
    LoginTicket,
    QueuePlace,
    Register,
    Resume,
    LoginPassword,
    BindName,
    ChatBlock,
    ChatNear,
    ChatPrivate,
    ChatReport,
    ChatSay,
    ItemDrop,
    ItemMerge,
    ItemMove,
    ItemSplit,
    ItemTakeOff,
    ItemUse,
    ItemWear,
    MailDelete,
    MailList,
    MailSend,
    MailTake,
    Pay,
    RatingRead,
    ReplayFetch,
    ReplayList,
    ReplayStop,
    ReplayWatch,
    RoomAnswer,
    RoomCreate,
    RoomJoin,
    RoomList,
    RoomMatch,
    Move,
    ShopBuy,
    ShopRead,
    ShopSell,
    TradeAccept,
    TradeAnswer,
    TradeAsk,
    TradeCancel,
    TradeOffer
);
