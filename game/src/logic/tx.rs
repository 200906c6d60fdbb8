//! The unit of work: what one handler reads, changes and says, kept apart from the world until all of it
//! is right. Dropping it changes nothing. Knows no connection, no link and no room.

use proto::{
    client,
    ids::{AccountId, Lsn},
    kinds::Lane,
    limits::RECORD_SCHEMA,
    link::{Flow, Mutation, Op, Record},
    tables::{AccountRow, NameRow, Reason, RestrictionRow, Row, WalletRow},
    wire,
};
use rand_chacha::ChaCha20Rng;

use super::{
    accounts::AccountIds,
    budget::Bucket,
    cache::{Cache, Cached, RowKey},
    event::{HashResult, Now, WorldConfig},
    outputs::{Audience, Outputs},
    secret::Secret,
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
    pub(crate) ids: &'a mut AccountIds,
    pub(crate) rng: &'a mut ChaCha20Rng,
    /// The session's budget of chat; none for a login.
    pub(crate) chat: Option<&'a mut Bucket>,
    pub(crate) config: &'a WorldConfig,
    pub(crate) work: &'a mut Work,
    pub(crate) out: &'a mut Outputs,
    pub(crate) now: Now,
    /// The position that a record of this work will have.
    pub(crate) lsn: Lsn,
    /// Of an earlier run's [`Halt::Hash`].
    pub(crate) hash: Option<&'a HashResult>,
}

impl Tx<'_> {
    /// A row as this work sees it; none if it does not exist.
    pub(crate) fn row<R: InWork>(&mut self, key: &R::Key) -> Result<Option<R>, Halt> {
        if let Some(changed) = R::changes(self.work).iter().rev().find(|row| row.key() == *key) {
            return Ok(Some(changed.clone()));
        }
        if R::owner(key).is_some_and(|owner| self.ids.is_unborn(owner)) {
            return Ok(None);
        }
        self.work.touched.push(R::row_key(key));
        if let Some(slot) = R::table(self.cache).find(key) {
            return Ok(slot.row.clone());
        }
        if R::table(self.cache).is_whole() {
            return Ok(None);
        }
        self.work.missing.push(R::row_key(key));
        Err(Halt::Miss)
    }

    /// Says that rows will be needed, so that one read brings all that are missing.
    pub(crate) fn want<R: InWork>(&mut self, keys: &[R::Key]) {
        for key in keys {
            let is_unborn = R::owner(key).is_some_and(|owner| self.ids.is_unborn(owner));
            let table = R::table(self.cache);
            if !is_unborn && !table.is_whole() && table.find(key).is_none() {
                self.work.missing.push(R::row_key(key));
            }
        }
    }

    /// Changes a row that was read, or makes one that was read as absent or is of a new account.
    pub(crate) fn put<R: InWork>(&mut self, row: R) {
        let changes = R::changes_mut(self.work);
        let key = row.key();
        match changes.iter_mut().find(|changed| changed.key() == key) {
            Some(changed) => *changed = row,
            None => changes.push(row),
        }
    }

    /// The version that a row will have after this work, if the work changes it.
    pub(crate) fn ver_next<R: InWork>(&self, key: &R::Key) -> u64 {
        self.ver::<R>(key) + 1
    }

    /// The version of a row in memory, 0 if there is none.
    pub(crate) fn ver<R: InWork>(&self, key: &R::Key) -> u64 {
        R::table(self.cache).find(key).map_or(0, |slot| slot.ver)
    }

    /// Adds a row to an append-only table.
    pub(crate) fn append<R: Row>(&mut self, row: &R) {
        let row = row.values();
        let table = R::DEF.table as u32;
        let op = Op::Append.into();
        self.work.appends.push(Mutation { table, op, row, ..Mutation::default() });
    }

    /// Gold enters or leaves the world.
    pub(crate) fn flow(&mut self, reason: Reason, amount: i64) {
        self.work.flows.push(Flow { reason: reason as u32, amount });
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

/// A table whose rows a unit of work can change.
pub(crate) trait InWork: Cached {
    fn changes(work: &Work) -> &Vec<Self>;
    fn changes_mut(work: &mut Work) -> &mut Vec<Self>;
}

/// What a unit of work has changed so far. Reused from one to the next.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) accounts: Vec<AccountRow>,
    names: Vec<NameRow>,
    wallets: Vec<WalletRow>,
    restrictions: Vec<RestrictionRow>,
    appends: Vec<Mutation>,
    flows: Vec<Flow>,
    /// Rows that it has read: they stay while it is suspended.
    pub(crate) touched: Vec<RowKey>,
    /// Rows that it has to wait for.
    pub(crate) missing: Vec<RowKey>,
}

impl Work {
    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.accounts.clear();
        self.names.clear();
        self.wallets.clear();
        self.restrictions.clear();
        self.appends.clear();
        self.flows.clear();
        self.touched.clear();
        self.missing.clear();
    }

    /// Whether it leaves a record.
    pub(crate) fn is_written(&self) -> bool {
        !(self.accounts.is_empty()
            && self.names.is_empty()
            && self.wallets.is_empty()
            && self.restrictions.is_empty()
            && self.appends.is_empty()
            && self.flows.is_empty())
    }

    /// Changes an account's row, which is in the work or in memory.
    pub(crate) fn change_account(
        &mut self,
        cache: &Cache,
        account: AccountId,
        change: impl FnOnce(&mut AccountRow),
    ) -> Result<(), Halt> {
        if let Some(row) = self.accounts.iter_mut().find(|row| row.id == account.0) {
            change(row);
            return Ok(());
        }
        let slot = AccountRow::table(cache).find(&account.0);
        let mut row = slot.and_then(|slot| slot.row.clone()).ok_or(Halt::Reject("internal"))?;
        change(&mut row);
        self.accounts.push(row);
        Ok(())
    }

    /// The record of it. Everything that exists so far is of value.
    pub(crate) fn record(&mut self, cache: &Cache, wall_ms: u64) -> Record {
        let mut mutations = Vec::with_capacity(
            self.accounts.len() + self.names.len() + self.wallets.len() + self.appends.len(),
        );
        upserts(&self.accounts, cache, &mut mutations);
        upserts(&self.names, cache, &mut mutations);
        upserts(&self.wallets, cache, &mut mutations);
        upserts(&self.restrictions, cache, &mut mutations);
        mutations.append(&mut self.appends);
        let flows = std::mem::take(&mut self.flows);
        Record { schema: RECORD_SCHEMA, value: true, flows, mutations, wall_ms, goods: Vec::new() }
    }

    /// Makes its rows the truth.
    pub(crate) fn apply(&mut self, cache: &mut Cache, lsn: Lsn) {
        write(&mut self.accounts, cache, lsn);
        write(&mut self.names, cache, lsn);
        write(&mut self.wallets, cache, lsn);
        write(&mut self.restrictions, cache, lsn);
    }
}

fn upserts<R: Cached>(rows: &[R], cache: &Cache, mutations: &mut Vec<Mutation>) {
    for row in rows {
        let slot = R::table(cache).find(&row.key());
        let gold_before = slot.and_then(|slot| slot.row.as_ref()).map_or(0, Cached::gold);
        mutations.push(Mutation {
            table: R::DEF.table as u32,
            op: Op::Upsert.into(),
            ver: slot.map_or(0, |slot| slot.ver) + 1,
            row: row.values(),
            gold_before,
            goods_before: None,
        });
    }
}

fn write<R: Cached>(rows: &mut Vec<R>, cache: &mut Cache, lsn: Lsn) {
    for row in rows.drain(..) {
        let ver = R::table(cache).find(&row.key()).map_or(0, |slot| slot.ver) + 1;
        R::table_mut(cache).write(row, ver, lsn);
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

decodable!(Hello, LoginSecret, Register, LoginPassword, BindName, ChatSay, Pay, RoomJoin, Move);

macro_rules! in_work {
    ($($row:ident, $field:ident;)*) => {
        $(impl InWork for $row {
            fn changes(work: &Work) -> &Vec<Self> {
                &work.$field
            }
            fn changes_mut(work: &mut Work) -> &mut Vec<Self> {
                &mut work.$field
            }
        })*
    };
}

in_work! {
    AccountRow, accounts;
    NameRow, names;
    WalletRow, wallets;
    RestrictionRow, restrictions;
}
