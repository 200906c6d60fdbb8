//! What all requests share: sessions, staff, history, and the ways to hasher, folder and processes. Its lock is held for
//! moments only, by one thread.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use tokio::sync::{Semaphore, watch};

use super::{
    audit_file::AuditFile,
    clock,
    economy::Economy,
    game::Game,
    hasher::Hasher,
    kept::Kept,
    map,
    opened::Opened,
    played::Player,
    processes::Latest,
    refusal::{AUDIT_FAILED, BAD_CREDENTIALS, Refusal, STORE_FAILED, THROTTLED, WRONG_PASSWORD},
    store::Store,
};
use crate::{
    Own, Seat, Settings,
    logic::{
        admit::{Caller, Right},
        audit::Deed,
        gifts::Gifts,
        history::History,
        logs::Logs,
        pace::Paces,
        secret::Secret,
        sessions::{Key, Sessions, Token},
        setup::Setup,
        staff::{Roster, StaffError},
        throttle::{Throttle, Waits},
    },
};

/// See the module.
#[derive(Debug)]
pub(super) struct Desk {
    state: Arc<Mutex<State>>,
    pub(super) hasher: Hasher,
    pub(super) game: Game,
    /// What gateways and dbfront said to who looked last.
    pub(super) bill: Kept,
    pub(super) look: Kept,
    /// The folder of the world.
    pub(super) data: std::path::PathBuf,
    /// The control socket of dbfront.
    pub(super) dbfront: std::path::PathBuf,
    /// Those of the gateways that may be, by their names.
    pub(super) gateways: Vec<(&'static str, std::path::PathBuf)>,
    pub(super) economy: Economy,
    pub(super) latest: watch::Receiver<Arc<Latest>>,
    /// Whom to ask.
    pub(super) seats: Vec<Seat>,
    /// The process around this.
    pub(super) own: Own,
    /// Live pages.
    pub(super) streams: Arc<Semaphore>,
    /// Deeds under way.
    pub(super) acting: Arc<Semaphore>,
    /// Whoever reads all of the audit log.
    pub(super) reading: Semaphore,
    pub(super) world: String,
    pub(super) maps: map::Shelf,
    /// Matches that are over.
    pub(super) opened: Opened,
    /// Rooms that are played in.
    pub(super) rooms_opened: Opened,
    pub(super) told: fn(&[u8]) -> String,
    pub(super) player: Player,
    store: Arc<Store>,
    audit: Arc<Mutex<AuditFile>>,
    audit_is_away: AtomicBool,
    /// Held by whoever changes the list of staff, from reading to storing.
    changing: Arc<tokio::sync::Mutex<()>>,
    gifts: tokio::sync::Mutex<Gifts>,
    /// Of this process, and what the console keeps of everybody's.
    pub(super) settings: Arc<dyn Settings>,
    /// Held by whoever sets one.
    pub(super) setting: tokio::sync::Mutex<()>,
}

/// What is in memory only, or stored before it is here.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) sessions: Sessions,
    pub(super) throttle: Throttle,
    /// Passwords that are given again, by name.
    pub(super) again: Waits<String>,
    /// How much each of the staff may write into the audit log.
    pub(super) paces: Paces,
    /// Live pages of each.
    pub(super) pages: BTreeMap<String, usize>,
    pub(super) setup: Setup,
    pub(super) roster: Roster,
    pub(super) history: History,
    pub(super) logs: Logs,
    /// Lines of the audit log up to here are in game's staff log, where they belong there; nothing: game is away.
    pub(super) noted: Option<u64>,
}

/// What a desk is made of.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) state: State,
    pub(super) hasher: Hasher,
    pub(super) game: Game,
    pub(super) data: std::path::PathBuf,
    pub(super) dbfront: std::path::PathBuf,
    pub(super) gateways: Vec<(&'static str, std::path::PathBuf)>,
    pub(super) economy: Economy,
    pub(super) latest: watch::Receiver<Arc<Latest>>,
    pub(super) seats: Vec<Seat>,
    pub(super) own: Own,
    pub(super) world: String,
    pub(super) told: fn(&[u8]) -> String,
    pub(super) player: Player,
    pub(super) store: Store,
    pub(super) audit: AuditFile,
    pub(super) gifts: Gifts,
    pub(super) settings: Arc<dyn Settings>,
}

impl Desk {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts {
            state,
            hasher,
            game,
            data,
            dbfront,
            gateways,
            economy,
            latest,
            seats,
            own,
            world,
            told,
            player,
            store,
            audit,
            gifts,
            settings,
        } = parts;
        Self {
            state: Arc::new(Mutex::new(state)),
            hasher,
            game,
            bill: Kept::default(),
            look: Kept::default(),
            data,
            dbfront,
            gateways,
            economy,
            latest,
            seats,
            own,
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            acting: Arc::new(Semaphore::new(ACTING_MAX as usize)),
            reading: Semaphore::new(1),
            world,
            maps: map::Shelf::default(),
            opened: Opened::default(),
            rooms_opened: Opened::default(),
            told,
            player,
            store: Arc::new(store),
            audit: Arc::new(Mutex::new(audit)),
            changing: Arc::default(),
            audit_is_away: AtomicBool::new(false),
            gifts: tokio::sync::Mutex::new(gifts),
            settings,
            setting: tokio::sync::Mutex::default(),
        }
    }

    /// Never held over an `await`.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        whole(&self.state)
    }

    /// Whose session it is, and what its owner may just now.
    pub(super) fn caller(&self, session: Key, address: IpAddr) -> Option<Caller> {
        let state = &mut *self.state();
        let name = state.sessions.find(session, clock::now())?.to_owned();
        let role = state.roster.active(&name)?.role;
        Some(Caller { name, role, address, session })
    }

    /// A session that is open still; looking does not keep it.
    pub(super) fn is_open(&self, session: Key) -> bool {
        let state = &*self.state();
        let name = state.sessions.look(session, clock::now());
        name.is_some_and(|name| state.roster.active(name).is_some())
    }

    /// Compares a password that somebody from outside gives for this name, not too often; a wrong one is nothing.
    pub(super) async fn right(
        &self,
        name: &str,
        address: IpAddr,
        password: Secret,
    ) -> Result<Option<Right>, Refusal> {
        let phc = {
            let state = &mut *self.state();
            let begun = state.throttle.begin(name, address, clock::now());
            begun.map_err(too_often)?;
            state.roster.active(name).map(|member| member.password.clone())
        };
        let checked = self.hasher.check(password, phc).await;
        // What was not compared was no try.
        checked.inspect_err(|_| self.state().throttle.take_back(name, address))
    }

    /// The same for somebody who is logged in, whom no stranger's tries keep out.
    pub(super) async fn right_of(&self, caller: &Caller, password: Secret) -> Result<Right, Refusal> {
        let phc = {
            let state = &mut *self.state();
            state.again.begin(&caller.name, clock::now()).map_err(too_often)?;
            state.roster.active(&caller.name).map(|member| member.password.clone())
        };
        let checked = self.hasher.check(password, phc).await;
        let checked = checked.inspect_err(|_| self.state().again.take_back_of(&caller.name))?;
        let right = checked.ok_or(WRONG_PASSWORD)?;
        let state = &mut *self.state();
        state.again.was_right_of(&caller.name);
        if is_still(&state.roster, &caller.name, &right) { Ok(right) } else { Err(WRONG_PASSWORD.into()) }
    }

    /// A new session of somebody whose password was right, and whose code if there is a second factor, and the token that
    /// opens it. Another password that was set meanwhile is another one.
    pub(super) fn open_session(&self, name: &str, right: &Right, with_code: bool) -> Result<Token, Refusal> {
        let token = random_token()?;
        let state = &mut *self.state();
        let is_whole = with_code || state.roster.active(name).is_some_and(|member| member.totp.is_none());
        if !is_whole || !is_still(&state.roster, name, right) {
            return Err(BAD_CREDENTIALS.into());
        }
        state.sessions.open(token.key(), name, clock::now());
        Ok(token)
    }

    /// Changes the list of staff: what is in force is on the disk. Whoever asked may leave meanwhile: begun, it comes to
    /// its end, and the next change begins behind it.
    pub(super) async fn change(
        &self,
        change: impl FnOnce(&Roster) -> Result<Roster, StaffError>,
    ) -> Result<(), Refusal> {
        let changing = Arc::clone(&self.changing).lock_owned().await;
        let next = change(&self.state().roster).map_err(of_staff)?;
        let (store, state) = (Arc::clone(&self.store), Arc::clone(&self.state));
        let save = move || {
            let _changing = changing;
            store.save_staff(&next)?;
            whole(&state).roster = next;
            Ok(())
        };
        let saved: std::io::Result<()> =
            tokio::task::spawn_blocking(save).await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        saved.map_err(|error| store_failed(&error))
    }

    /// What staff gives, for whoever is alone with it as long as this is held.
    pub(super) async fn gifts(&self) -> tokio::sync::MutexGuard<'_, Gifts> {
        self.gifts.lock().await
    }

    /// Changes it: what is in force is on the disk.
    pub(super) async fn keep_gifts(
        &self,
        held: &mut tokio::sync::MutexGuard<'_, Gifts>,
        next: Gifts,
    ) -> Result<(), Refusal> {
        let (store, saved) = (Arc::clone(&self.store), next.clone());
        let done = tokio::task::spawn_blocking(move || store.save_gifts(&saved)).await;
        match done {
            Ok(Ok(())) => (),
            Ok(Err(error)) => return Err(store_failed(&error)),
            Err(error) => return Err(store_failed(&error)),
        }
        **held = next;
        Ok(())
    }

    /// Writes a deed down: when it returns, it is on the disk.
    pub(super) async fn record(&self, deed: Deed) -> Result<(), Refusal> {
        tracing::info!(
            event = "console.deed",
            by = deed.by,
            action = deed.action,
            target = deed.target,
            outcome = deed.outcome,
        );
        let written = self.with_audit(move |audit| audit.append(deed)).await;
        self.audit_is_away.store(written.is_err(), Relaxed);
        written.map_err(|error| {
            tracing::error!(event = "console.audit_failed", text = error.to_string());
            AUDIT_FAILED.into()
        })
    }

    /// Whether the last line could not be written.
    pub(super) fn is_audit_away(&self) -> bool {
        self.audit_is_away.load(Relaxed)
    }

    /// Does something with the audit log, where it may block.
    pub(super) async fn with_audit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut AuditFile) -> std::io::Result<T> + Send + 'static,
    ) -> std::io::Result<T> {
        let audit = Arc::clone(&self.audit);
        let work = move || work(&mut audit.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
    }
}

/// Whether the password that was compared is the one that counts now: comparing takes a while.
pub(super) fn is_still(roster: &Roster, name: &str, right: &Right) -> bool {
    roster.active(name).is_some_and(|member| right.is_of(&member.password))
}

pub(super) fn too_often(wait: std::time::Duration) -> Refusal {
    Refusal::from(THROTTLED).after(wait.as_secs() + 1)
}

/// Every change leaves it whole, also one that panicked.
fn whole(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// 256 bits that nobody can guess.
pub(super) fn random_token() -> Result<Token, Refusal> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| store_failed(&error))?;
    Ok(Token::new(random))
}

pub(super) fn of_staff(error: StaffError) -> Refusal {
    use axum::http::StatusCode;
    let status = match error {
        StaffError::NoSuchStaff => StatusCode::NOT_FOUND,
        StaffError::BadName | StaffError::WeakPassword => StatusCode::UNPROCESSABLE_ENTITY,
        StaffError::NameTaken | StaffError::LastOwner | StaffError::TooMany => StatusCode::CONFLICT,
    };
    Refusal::new(status, error.code(), error.to_string())
}

fn store_failed(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(event = "console.store_failed", text = error.to_string());
    STORE_FAILED.into()
}

/// Live pages at a time.
const STREAMS_MAX: usize = 32;
/// Deeds under way at a time; more are told to come again.
pub(super) const ACTING_MAX: u32 = 32;
