//! How somebody becomes a player: new guests and returning ones, names and passwords, and the one step in
//! which the newest login takes over.

mod asked;
#[cfg(test)]
mod tests;

use std::time::Duration;

use proto::{
    client::{LoggedIn, LoginRefused, LoginSecret, LoginTicket},
    close::CloseReason,
    ids::AccountId,
    kinds::{self, Lane},
    packet::Packet,
    tables::{AccountRow, Bits, LedgerRow, NameRow, Reason, RestrictionRow, WalletRow},
    turn::TxnId,
    wire,
};

use super::{
    credentials::{GuestSecret, check_password, guest_secret, may_be_password, secret_hash, secret_matches},
    delivery::ConnKey,
    event::{HashResult, Now},
    generation::Generation,
    guests::is_loopback,
    held::UnitKey,
    names::{Name, canonical},
    parking::Before,
    release::Step,
    restrictions,
    resuming::Pass,
    running::Order,
    secret::Secret,
    sessions::{REFUSALS_MAX, Session, Stage},
    switches,
    tickets::Ticket,
    tx::{Barred, Halt, HashWish, Tx},
    world::World,
};
use asked::{Asked, Tried};

/// Credentials that were right.
struct Proven {
    /// As it is before this login.
    row: AccountRow,
    /// Of a new guest.
    secret: Option<GuestSecret>,
}

impl World {
    /// A login packet, for the first time or again after a wait.
    pub(super) fn login(
        &mut self,
        key: ConnKey,
        kind: u32,
        body: &[u8],
        mut before: Option<Before>,
        now: Now,
    ) {
        // It was read already in all runs but the first.
        let Ok(asked) = Asked::read(kind, body) else {
            return self.close(key, CloseReason::BadBody, &[], now);
        };
        let address = self.conns.get(key).map(|conn| conn.address).unwrap_or_default();
        let hash = before.as_mut().and_then(|before| before.hash.take());
        let compared = before.as_mut().and_then(|before| before.compared.take());
        let mut ran = match self.may_login(address, &asked, before.is_none(), now) {
            Err(halt) => Err(halt),
            Ok(()) => {
                let ran = self.in_tx(key, hash.as_ref(), now, |tx| match &asked {
                    Asked::NewGuest => guest(tx),
                    Asked::Secret(login) => returning_guest(tx, login),
                    Asked::Ticket(login) => with_ticket(tx, login),
                    Asked::Register { name, password } => register(tx, name, password),
                    Asked::Password(tried) => with_password(tx, tried),
                });
                // While it waited, the password may have been changed or taken away (V19): it is compared again.
                let ran = match (ran, asked.tried()) {
                    (Ok(proven), Some(tried)) if proven.row.password != compared => {
                        self.in_tx(key, None, now, |tx| with_password(tx, tried))
                    }
                    (ran, _) => ran,
                };
                ran.and_then(|proven| {
                    let account = AccountId(proven.row.id);
                    self.seat(key, proven, now)?;
                    if let (Some(HashResult::Verified { is_cheap: true, .. }), Some(tried)) =
                        (&hash, asked.tried())
                    {
                        self.begin_renewal(account, compared, &tried.password, now);
                    }
                    Ok(())
                })
            }
        };
        // A registration counts when its hash begins: mistyped names and a full queue cost nothing.
        let is_hashed_now = matches!(ran, Err(Halt::Hash(_))) && self.hash_has_room(key);
        if kind == kinds::REGISTER
            && is_hashed_now
            && let Err(wait) = self.may_be_new(address, now)
        {
            ran = Err(Halt::Barred(Barred::for_now("too_many_accounts", wait, now)));
        }
        if let (Some(tried), Some(_)) = (asked.tried(), &hash) {
            self.remember_try(address, tried, &ran, now);
        }
        if let Err(halt) = ran {
            match self.park(key, Order { kind, cseq: 0, body }, before.as_ref(), halt, now) {
                Ok(park) => self.set_stage(key, Stage::LoggingIn(park)),
                Err(halt) => self.refuse_login(key, &halt, now),
            }
        }
        if let Some(before) = before {
            self.unpin(&before.pins);
        }
    }

    fn may_login(
        &mut self,
        address: [u8; 16],
        asked: &Asked,
        is_first_run: bool,
        now: Now,
    ) -> Result<(), Halt> {
        if !self.is_ready() {
            return Err(Halt::Later { error: "starting", retry_after_ms: 1_000 });
        }
        if asked.is_new() {
            self.scarcity.admits_somebody_new()?;
            switches::may_be_new(&self.cache)?;
        }
        if !is_first_run {
            return Ok(());
        }
        if let (Some(reason), true) = (&self.maintenance, asked.is_new()) {
            return Err(restrictions::maintenance(reason));
        }
        let (name, may) = match asked {
            Asked::NewGuest => ("too_many_guests", self.may_be_new(address, now)),
            Asked::Password(tried) => {
                ("slow_down", self.guessing.may_try(address, &tried.name_key, now.instant))
            }
            Asked::Secret(_) | Asked::Ticket(_) | Asked::Register { .. } => return Ok(()),
        };
        may.map_err(|wait| Halt::Barred(Barred::for_now(name, wait, now)))
    }

    /// Counts one more new account from this address, if it may have one; else how long that will be so.
    fn may_be_new(&mut self, address: [u8; 16], now: Now) -> Result<(), Duration> {
        let is_counted = self.config.limit_loopback || !is_loopback(address);
        let per_hour = self.config.guests_per_address_per_hour;
        if is_counted { self.guests.admit(address, per_hour, now.instant) } else { Ok(()) }
    }

    /// A password was compared: a wrong one counts against whoever tried it.
    fn remember_try(&mut self, address: [u8; 16], tried: &Tried, ran: &Result<(), Halt>, now: Now) {
        let name = tried.name_key.clone();
        match ran {
            Ok(()) => self.guessing.was_right(address, name),
            Err(Halt::Reject(BAD_CREDENTIALS_CODE)) => self.guessing.was_wrong(address, name, now.instant),
            Err(_) => {}
        }
    }

    /// The credentials are right: in one step the session's record is made, an older session of the
    /// account ends, and this connection plays.
    fn seat(&mut self, key: ConnKey, proven: Proven, now: Now) -> Result<(), Halt> {
        let Proven { mut row, secret } = proven;
        if let Some(reason) = &self.maintenance
            && !restrictions::is_staff(&self.config, &row)
        {
            return Err(restrictions::maintenance(reason));
        }
        let account = AccountId(row.id);
        if !self.is_inside(account, now) {
            self.scarcity.admits_somebody_new()?;
        }
        let older = self.online.get(&account).copied();
        if older.is_none() && self.is_full() && !restrictions::is_staff(&self.config, &row) {
            return Err(WORLD_FULL);
        }
        if let Some(session) = older.and_then(|older| super::running::session(&mut self.conns, older)) {
            session.numbers.store(&mut row);
        }
        row.session_gen = Generation(row.session_gen).login().0;
        self.work.put(row.clone());
        self.commit(TxnId { account, cseq: 0 }, now)?;
        if row.session_gen == Generation::FIRST.0 {
            // Nobody restricts whom there was not.
            self.cache.fill(&UnitKey::Restriction(row.id), std::iter::empty());
        }
        if let Some(older) = older {
            self.close(older, CloseReason::Superseded, &[], now);
        }
        self.figures.logins += 1;
        let secret = secret.map_or_else(Default::default, |secret| secret.expose().to_vec().into());
        self.begin_session(key, row, 0, (kinds::LOGGED_IN, secret), now);
        Ok(())
    }

    /// This connection plays from now on. What tells it so waits for the login's record, like all that comes after it.
    pub(super) fn begin_session(
        &mut self,
        key: ConnKey,
        row: AccountRow,
        attach: u32,
        (kind, secret): (u32, bytes::Bytes),
        now: Now,
    ) {
        let account = AccountId(row.id);
        let epoch = self.pipeline.epoch().unwrap_or_default();
        let (pass, token) = Pass::new(&mut self.pass_rng, epoch, now.instant);
        let session = Session::new(&row, attach, pass, &self.config, now);
        let (seat, id) = (session.seat, session.pass.id);
        self.seats.begin(id, key);
        self.set_stage(key, Stage::Playing(Box::new(session)));
        self.online.insert(account, key);
        let ticket = self.ticket(account, row.session_gen, now);
        let logged_in = LoggedIn {
            account: row.id,
            name: row.name.unwrap_or_default(),
            session_gen: row.session_gen,
            cseq_last: row.cseq_last,
            cseq_ok: row.cseq_ok.0,
            secret,
            ticket: ticket.into(),
            session: id.to_vec().into(),
            token: token.expose().to_vec().into(),
            grace_ms: u32::try_from(self.config.resume_grace.as_millis()).unwrap_or(u32::MAX),
            room: self.kept_seat(account),
        };
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind, ..Packet::default() }, &logged_in);
        self.delivery.step(Step::Admit { conn: key, account, seat }, &[]);
        self.delivery.step(Step::Send { to: key, lane: Lane::Control, is_answer: false }, &bytes);
        self.delivery.step(Step::Subscribe { conn: key, group: self.everyone }, &[]);
        self.room_return(key, account, now);
    }

    /// What this account can log in with next time, until a later login of it is known to have reached its client. `told`:
    /// the number of the session's login.
    pub(super) fn ticket(&self, account: AccountId, told: u32, now: Now) -> Vec<u8> {
        let ticket = Ticket::new(account, told, now.wall_ms);
        self.config.seal_key.as_ref().map(|key| ticket.seal(key)).unwrap_or_default()
    }

    /// The login did not happen; the connection may try again, a few times.
    pub(super) fn refuse_login(&mut self, key: ConnKey, halt: &Halt, now: Now) {
        let (Halt::Reject(name) | Halt::Later { error: name, .. } | Halt::Barred(Barred { error: name, .. })) =
            halt
        else {
            return;
        };
        self.figures.logins_refused += 1;
        self.end_claim(key);
        let Some(conn) = self.conns.get_mut(key) else { return };
        conn.stage = Stage::ExpectLogin;
        // What is only our own lack of time or room is not held against the client.
        conn.refusals += u32::from(matches!(halt, Halt::Reject(_) | Halt::Barred(_)));
        let is_last = REFUSALS_MAX <= conn.refusals;
        let bytes = refusal(&match halt {
            Halt::Barred(barred) => barred.clone(),
            Halt::Later { error, retry_after_ms } => {
                Barred::for_now(error, Duration::from_millis((*retry_after_ms).into()), now)
            }
            _ => Barred::for_good(name),
        });
        if is_last {
            self.close(key, CloseReason::TooManyLogins, &bytes, now);
        } else {
            self.delivery.send_now(key, Lane::Control, false, &bytes);
        }
    }

    pub(super) fn set_stage(&mut self, key: ConnKey, stage: Stage) {
        if let Some(conn) = self.conns.get_mut(key) {
            conn.stage = stage;
        }
    }
}

fn guest(tx: &mut Tx<'_>) -> Result<Proven, Halt> {
    let key = tx.config.guest_key.clone().ok_or(Halt::Reject("internal"))?;
    let secret_of = |row: &AccountRow| guest_secret(&key, row.id, row.created_ms);
    let row = new_account(tx, |row| {
        row.secret_hash = Some(secret_hash(secret_of(row).expose()).to_vec().into());
    })?;
    let secret = Some(secret_of(&row));
    Ok(Proven { row, secret })
}

fn returning_guest(tx: &mut Tx<'_>, login: &LoginSecret) -> Result<Proven, Halt> {
    tx.want::<RestrictionRow>(&[login.account]);
    let row = tx.row::<AccountRow>(&login.account)?;
    let stored = row.as_ref().and_then(|row| row.secret_hash.as_deref());
    let is_right = secret_matches(&login.secret, stored);
    match row {
        Some(row) if is_right => proven(tx, row),
        _ => Err(BAD_CREDENTIALS),
    }
}

/// The credentials are right, and the account may play. Only its owner learns that it may not.
fn proven(tx: &mut Tx<'_>, row: AccountRow) -> Result<Proven, Halt> {
    restrictions::may_play(tx, row.id)?;
    Ok(Proven { row, secret: None })
}

/// What a login gave an account lets it in, unless there was another one since whose answer arrived.
fn with_ticket(tx: &mut Tx<'_>, login: &LoginTicket) -> Result<Proven, Halt> {
    let key = tx.config.seal_key.as_ref();
    let ticket =
        key.and_then(|key| Ticket::open(&login.ticket, key, tx.now.wall_ms)).ok_or(BAD_CREDENTIALS)?;
    tx.want::<RestrictionRow>(&[ticket.account.0]);
    let row = tx.row::<AccountRow>(&ticket.account.0)?.ok_or(BAD_CREDENTIALS)?;
    // A ban has ended it, and whoever was given it is to learn why.
    let proven = proven(tx, row)?;
    let is_good = Generation(proven.row.session_gen).takes_ticket_of(ticket.session_gen);
    if is_good { Ok(proven) } else { Err(BAD_CREDENTIALS) }
}

fn register(tx: &mut Tx<'_>, typed: &str, password: &Secret) -> Result<Proven, Halt> {
    let (name, phc) = claim_name(tx, typed, Secret::new(password.expose().clone()))?;
    let row = new_account(tx, |row| {
        row.name = Some(name.shown().to_owned());
        row.password = Some(phc);
    })?;
    tx.put(NameRow { name_key: name.key().to_owned(), account: row.id });
    Ok(Proven { row, secret: None })
}

fn with_password(tx: &mut Tx<'_>, tried: &Tried) -> Result<Proven, Halt> {
    let Tried { name_key, password } = tried;
    if !may_be_password(password.expose()) {
        return Err(BAD_CREDENTIALS);
    }
    // Whoever has no such account waits as long, for the same answer (reliability V15).
    let owner = if name_key.is_empty() { None } else { tx.row::<NameRow>(name_key)? };
    let row = match owner {
        None => None,
        Some(owner) => {
            // Read before the hash, which would be computed again after a miss.
            tx.want::<AccountRow>(&[owner.account]);
            tx.row::<RestrictionRow>(&owner.account)?;
            tx.row::<AccountRow>(&owner.account)?
        }
    };
    let phc = row.as_ref().and_then(|row| row.password.clone());
    let password = || Secret::new(password.expose().clone());
    let hashed = tx.hash(|| HashWish::Verify { password: password(), phc })?;
    match (hashed, row) {
        (HashResult::Verified { matches: true, .. }, Some(row)) => proven(tx, row),
        (HashResult::Verified { .. }, _) => Err(BAD_CREDENTIALS),
        (HashResult::Made(_) | HashResult::Failed, _) => Err(HASH_FAILED),
    }
}

/// The packet that tells why somebody may not play.
pub(super) fn refusal(barred: &Barred) -> Vec<u8> {
    let Barred { error, detail, until_ms, retry_after_ms } = barred.clone();
    let refused = LoginRefused { name: error.to_owned(), detail, until_ms, retry_after_ms };
    let mut bytes = Vec::new();
    wire::put(&mut bytes, Packet { kind: kinds::LOGIN_REFUSED, ..Packet::default() }, &refused);
    bytes
}

/// A name that is free, and the password's hash. The name is looked at again after the hash, in the same
/// step that takes it.
pub(super) fn claim_name(tx: &mut Tx<'_>, typed: &str, password: Secret) -> Result<(Name, String), Halt> {
    let name = canonical(typed).map_err(|error| Halt::Reject(error.code()))?;
    check_password(password.expose(), name.key()).map_err(|error| Halt::Reject(error.code()))?;
    if tx.row::<NameRow>(&name.key().to_owned())?.is_some() {
        return Err(Halt::Reject("name_taken"));
    }
    match tx.hash(|| HashWish::Make(password))? {
        HashResult::Made(phc) => Ok((name, phc.clone())),
        HashResult::Verified { .. } | HashResult::Failed => Err(HASH_FAILED),
    }
}

/// An account, its wallet, and where its first gold came from.
fn new_account(tx: &mut Tx<'_>, fill: impl FnOnce(&mut AccountRow)) -> Result<AccountRow, Halt> {
    let id = tx.ids.take().ok_or(ACCOUNTS_USED_UP)?;
    let mut row = AccountRow {
        id,
        name: None,
        secret_hash: None,
        password: None,
        session_gen: 0,
        cseq_last: 0,
        cseq_ok: Bits(0),
        created_ms: tx.now.wall_ms,
    };
    fill(&mut row);
    tx.put(row.clone());
    let amount = tx.config.start_gold;
    tx.put(WalletRow { account: id, gold: amount });
    if amount != 0 {
        tx.flow(Reason::Start, amount);
        tx.append(&LedgerRow {
            lsn: tx.lsn.0,
            n: 0,
            from_account: 0,
            to_account: id,
            amount,
            reason: Reason::Start as u32,
            cseq: 0,
            wall_ms: tx.now.wall_ms,
        });
    }
    Ok(row)
}

/// One answer for a wrong name, a wrong password, a wrong secret and a wrong account.
const BAD_CREDENTIALS: Halt = Halt::Reject(BAD_CREDENTIALS_CODE);
const BAD_CREDENTIALS_CODE: &str = "bad_credentials";
/// Until whoever runs the server has started game again.
const ACCOUNTS_USED_UP: Halt = Halt::Later { error: "accounts_used_up", retry_after_ms: 600_000 };
/// Somebody else took the last place while this one's credentials were looked at.
const WORLD_FULL: Halt = Halt::Later { error: "world_full", retry_after_ms: 5_000 };
pub(super) const HASH_FAILED: Halt = Halt::Later { error: "hash_failed", retry_after_ms: 1_000 };
