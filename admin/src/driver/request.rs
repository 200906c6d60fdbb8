//! A request as handlers get it: who sends it from where, its parts, its body as JSON. Knows no handler.

use std::{net::IpAddr, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts as _, Query, RawPathParams},
    http::{
        HeaderMap, Uri,
        header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, ORIGIN, TRANSFER_ENCODING},
        request::Parts,
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::{
    desk::Desk,
    refusal::{BAD_REQUEST, CROSS_SITE, NOT_LOGGED_IN, REASON_MISSING, Refusal, TOO_LARGE, TOO_SLOW},
};
use crate::logic::{
    admit::Caller,
    secret::Secret,
    sessions::{Key, Token},
};

/// Where a connection comes from and how patient the server is with it; a part of each of its requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remote {
    pub(super) address: IpAddr,
    /// Over TLS.
    pub(super) is_secure: bool,
    /// For a whole request to come.
    pub(super) patience: Duration,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) address: IpAddr,
    pub(super) is_secure: bool,
    session: Option<Key>,
    uri: Uri,
    path: Vec<(String, String)>,
    body: Map<String, Value>,
    /// Of the body's field `password`.
    pub(super) password: Secret,
}

impl Asked {
    /// A request that changes nothing.
    pub(super) async fn to_look(mut parts: Parts) -> Result<Self, Refusal> {
        // Whatever another site embeds or fetches is not its own page's.
        if said(&parts.headers, "sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
        {
            return Err(CROSS_SITE.into());
        }
        let remote = remote(&parts)?;
        let path = path(&mut parts).await?;
        Ok(Self {
            address: remote.address,
            is_secure: remote.is_secure,
            session: session(&parts.headers, remote.is_secure),
            uri: parts.uri,
            path,
            body: Map::new(),
            password: Secret::default(),
        })
    }

    /// A request that changes something: only the console's own page can send it, and it says so in four ways.
    pub(super) async fn to_change(parts: Parts, body: Body) -> Result<Self, Refusal> {
        let remote = remote(&parts)?;
        check_origin(&parts.headers, remote.is_secure)?;
        let bytes = read(&parts.headers, body, remote.patience).await?;
        let mut asked = Self::to_look(parts).await?;
        asked.body = serde_json::from_slice(&bytes).map_err(|_| BAD_REQUEST)?;
        if let Some(Value::String(password)) = asked.body.remove("password") {
            asked.password = Secret::new(password);
        }
        Ok(asked)
    }

    /// Who sends it.
    pub(super) fn caller(&self, desk: &Desk) -> Result<Caller, Refusal> {
        let caller = self.session.and_then(|session| desk.caller(session, self.address));
        Ok(caller.ok_or(NOT_LOGGED_IN)?)
    }

    /// The session that its cookie names, open or not.
    pub(super) fn session(&self) -> Option<Key> {
        self.session
    }

    /// What the body asks for, without its secrets: for the audit log, where nothing else says it.
    pub(super) fn wish(&self) -> Value {
        let known = self.body.iter().filter(|(name, _)| !SECRETS.contains(&name.as_str()));
        Value::Object(known.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// The body, as this; all of its fields must be known.
    pub(super) fn body<T: DeserializeOwned>(&mut self) -> Result<T, Refusal> {
        let body = Value::Object(std::mem::take(&mut self.body));
        Ok(serde_json::from_value(body).map_err(|_| BAD_REQUEST)?)
    }

    /// What is behind the question mark.
    pub(super) fn query<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        Ok(Query::try_from_uri(&self.uri).map_err(|_| BAD_REQUEST)?.0)
    }

    /// A part of the path by its name in the table.
    pub(super) fn part(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| known == name).map_or("", |(_, part)| part)
    }

    /// The same as an id, which is never 0.
    pub(super) fn id(&self) -> Result<u64, Refusal> {
        let id = self.part("id").parse().ok().filter(|id: &u64| *id != 0 && i64::try_from(*id).is_ok());
        Ok(id.ok_or(BAD_REQUEST)?)
    }
}

/// A reason as the staff log of game takes it: there, short, one line.
pub(super) fn reason(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let is_one = !text.is_empty()
        && text.len() <= proto::limits::STAFF_REASON_BYTES_MAX
        && !text.chars().any(char::is_control);
    if is_one { Ok(text.to_owned()) } else { Err(REASON_MISSING.into()) }
}

fn remote(parts: &Parts) -> Result<Remote, Refusal> {
    Ok(parts.extensions.get::<Remote>().copied().ok_or(BAD_REQUEST)?)
}

async fn path(parts: &mut Parts) -> Result<Vec<(String, String)>, Refusal> {
    let params = RawPathParams::from_request_parts(parts, &()).await.map_err(|_| BAD_REQUEST)?;
    Ok(params.iter().map(|(name, part)| (name.to_owned(), part.to_owned())).collect())
}

fn said<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Each of these alone would keep another site's form or script out.
fn check_origin(headers: &HeaderMap, is_secure: bool) -> Result<(), Refusal> {
    let host = said(headers, HOST.as_str()).unwrap_or_default();
    let scheme = if is_secure { "https" } else { "http" };
    let is_own = said(headers, ORIGIN.as_str()).is_some_and(|origin| origin == format!("{scheme}://{host}"));
    let is_marked = said(headers, "x-ding") == Some("1");
    let kind = said(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let is_json = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json");
    if is_own && is_marked && is_json { Ok(()) } else { Err(CROSS_SITE.into()) }
}

fn session(headers: &HeaderMap, is_secure: bool) -> Option<Key> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut values = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == cookie_name(is_secure)).then_some(value)
    });
    let value = values.next()?;
    // Two of them are none: somebody else set one.
    if values.next().is_some() { None } else { Token::parse(value).map(|token| token.key()) }
}

async fn read(headers: &HeaderMap, body: Body, patience: Duration) -> Result<Vec<u8>, Refusal> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return Err(BAD_REQUEST.into());
    }
    let length: Option<usize> = said(headers, CONTENT_LENGTH.as_str()).and_then(|length| length.parse().ok());
    if length.is_none_or(|length| BODY_BYTES_MAX < length) {
        return Err(if length.is_none() { BAD_REQUEST.into() } else { TOO_LARGE.into() });
    }
    let bytes = timeout(patience, to_bytes(body, BODY_BYTES_MAX)).await.map_err(|_| TOO_SLOW)?;
    Ok(bytes.map_err(|_| BAD_REQUEST)?.to_vec())
}

/// The longer one is taken by browsers only from this host itself, over TLS: no neighbor can set it.
pub(super) fn cookie_name(is_secure: bool) -> &'static str {
    if is_secure { "__Host-ding_console" } else { "ding_console" }
}

/// Fields of bodies that are nobody's to read.
const SECRETS: [&str; 6] = ["password", "old", "new", "new_password", "code", "token"];
/// Of one request.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;
