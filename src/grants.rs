//! `POST /v1/grants` on game's HTTP port: another server, a payment's for example, gives gold to an account.
//! Here is who may ask and in which form; that a key is used once and that the answer is durable is game's.

#[cfg(test)]
mod tests;

use std::{
    fmt, io,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use proto::link::{StaffGrant, StaffRequest, staff_request::What};
use ring::hmac;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    clock,
    http::{Request, Response},
    roles::Live,
};

/// Where it is asked.
pub const PATH: &str = "/v1/grants";

/// Why there is no answer that helps: the stable code in `error`, and the status it comes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable.
    pub code: &'static str,
    status: u16,
}

macro_rules! refusals {
    ($($name:ident = $code:literal, $status:literal;)*) => {
        $(const $name: Refusal = Refusal { code: $code, status: $status };)*
        /// All that this door itself refuses, and what it makes of game's refusals.
        pub const REFUSALS: &[Refusal] = &[$($name,)*];
    };
}

refusals! {
    DISABLED = "grants_disabled", 404;
    BAD_REQUEST = "bad_request", 400;
    BAD_SIGNATURE = "bad_signature", 401;
    STALE = "stale_timestamp", 401;
    TOO_MANY = "too_many", 429;
    AMOUNT = "bad_amount", 422;
    FULL = "payee_full", 422;
    NOBODY = "no_such_account", 404;
    KEY_USED = "key_used", 409;
    INTERNAL = "internal", 500;
    UNKNOWN = "outcome_unknown", 504;
    STARTING = "starting", 503;
    BUSY = "busy", 503;
    TOO_LATE = "too_late", 503;
    AWAY = "store_away", 503;
    STORE_BUSY = "store_busy", 503;
    MISSES = "too_many_misses", 503;
}

/// The door: who holds the key may ask.
pub struct Grants {
    key: hmac::Key,
    amount_max: i64,
    budget: Mutex<Budget>,
}

impl fmt::Debug for Grants {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Grants").field("amount_max", &self.amount_max).finish_non_exhaustive()
    }
}

/// What it is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    key: String,
    account: Id,
    amount: i64,
    #[serde(default)]
    reason: String,
}

/// A number of 63 bits: many JSON parsers want it as text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Text(String),
}

impl Grants {
    /// With the key in this file: at least 32 bytes, and nobody else may read it.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub fn with_key_in(file: &Path, amount_max: i64) -> Result<Self, String> {
        let wrong = |text: &str| format!("game.grants_key_file: {}: {text}", file.display());
        let read = || -> io::Result<(u32, Vec<u8>)> {
            let mut open = std::fs::File::open(file)?;
            let mut key = Vec::new();
            let mode = open.metadata()?.permissions().mode();
            open.by_ref().take(KEY_BYTES_MAX).read_to_end(&mut key)?;
            Ok((mode, key))
        };
        let (mode, key) = read().map_err(|error| wrong(&error.to_string()))?;
        if mode & 0o077 != 0 {
            return Err(wrong("others may read it: chmod 600"));
        }
        let key = key.trim_ascii();
        if key.len() < KEY_BYTES_MIN {
            return Err(wrong("a key has at least 32 bytes: head -c 32 /dev/urandom | base64"));
        }
        Ok(Self::new(key, amount_max))
    }

    fn new(key: &[u8], amount_max: i64) -> Self {
        let budget = Mutex::new(Budget { left: BURST, at: clock::now() });
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key), amount_max, budget }
    }

    /// Answers one request.
    pub fn answer(&self, live: &Live, request: &Request) -> Response {
        match self.judge(live, request, clock::wall()) {
            Ok(value) => respond(200, &value),
            Err(refusal) => refused(refusal),
        }
    }

    fn judge(&self, live: &Live, request: &Request, wall: Duration) -> Result<Value, Refusal> {
        if request.method != "POST" {
            return Err(BAD_REQUEST);
        }
        let stamp = request.header("ding-timestamp").ok_or(BAD_SIGNATURE)?;
        let signature = request.header("ding-signature").and_then(unhex).ok_or(BAD_SIGNATURE)?;
        let signed = [stamp, b".", &request.body].concat();
        hmac::verify(&self.key, &signed, &signature).map_err(|_| BAD_SIGNATURE)?;
        // Only who has the key learns more, or costs more.
        let stamp: u64 = str::from_utf8(stamp).ok().and_then(|text| text.parse().ok()).ok_or(STALE)?;
        if WINDOW_S < wall.as_secs().abs_diff(stamp) {
            return Err(STALE);
        }
        if !self.budget.lock().unwrap_or_else(PoisonError::into_inner).take(clock::now()) {
            return Err(TOO_MANY);
        }
        let Body { key, account, amount, reason } =
            serde_json::from_slice(&request.body).map_err(|_| BAD_REQUEST)?;
        let account = match account {
            Id::Number(account) => account,
            Id::Text(digits) => digits.parse().map_err(|_| BAD_REQUEST)?,
        };
        if REASON_BYTES_MAX < reason.len() || reason.chars().any(char::is_control) {
            return Err(BAD_REQUEST);
        }
        if !(1..=self.amount_max).contains(&amount) {
            return Err(AMOUNT);
        }
        let what = What::Grant(StaffGrant { key: key.clone(), account, amount });
        let ask = StaffRequest { by: BY.to_owned(), reason: reason.clone(), what: Some(what) };
        let done = live.staff(ask, PATIENCE).ok_or(DISABLED)?;
        if let Some(refusal) = REFUSALS.iter().find(|refusal| refusal.code == done.error) {
            return Err(*refusal);
        }
        if !done.error.is_empty() {
            return Err(INTERNAL);
        }
        if !done.again {
            tracing::info!(event = "grant.given", key, account, amount, lsn = done.did_lsn, reason);
        }
        Ok(json!({ "key": key, "account": account.to_string(), "amount": amount, "lsn": done.did_lsn }))
    }
}

/// What is said where nobody set a key.
#[must_use]
pub fn disabled() -> Response {
    refused(DISABLED)
}

fn refused(refusal: Refusal) -> Response {
    respond(refusal.status, &json!({ "error": refusal.code }))
}

fn respond(status: u16, value: &Value) -> Response {
    let body = format!("{value}\n").into_bytes();
    Response { status, content_type: "application/json", headers: Vec::new(), body }
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(text).ok().filter(|text| text.len() == 64 && text.is_ascii())?;
    (0..32).map(|byte| u8::from_str_radix(&text[2 * byte..2 * byte + 2], 16).ok()).collect()
}

/// How many more may be asked for now.
#[derive(Debug)]
struct Budget {
    left: f64,
    at: Instant,
}

impl Budget {
    fn take(&mut self, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.at);
        self.left = (self.left + since.as_secs_f64() * PER_S).min(BURST);
        self.at = now;
        let may = 1.0 <= self.left;
        self.left -= if may { 1.0 } else { 0.0 };
        may
    }
}

/// A request is as old as this at most, by its timestamp, and as far ahead.
const WINDOW_S: u64 = 300;
const PER_S: f64 = 50.0;
const BURST: f64 = 100.0;
const KEY_BYTES_MIN: usize = 32;
const KEY_BYTES_MAX: u64 = 4_096;
const REASON_BYTES_MAX: usize = proto::limits::STAFF_REASON_BYTES_MAX;
/// For durability: longer, and it is not known whether it was given.
const PATIENCE: Duration = Duration::from_secs(10);
const BY: &str = "POST /v1/grants";
