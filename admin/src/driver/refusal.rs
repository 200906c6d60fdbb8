//! What a request is told that is not carried out: a status, a stable code, words for people. Knows no request.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Why a request is not carried out.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: String,
    text: String,
    retry_after_s: Option<u64>,
    /// On whom or what it would have been done, for the audit log.
    pub(super) target: String,
    /// Why it was wanted, for the audit log.
    pub(super) reason: String,
}

/// A code that is stable, the status that goes with it, and what it says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known(StatusCode, &'static str, &'static str);

impl Refusal {
    pub(super) fn new(status: StatusCode, code: impl Into<String>, text: impl Into<String>) -> Self {
        let (target, reason) = (String::new(), String::new());
        Self { status, code: code.into(), text: text.into(), retry_after_s: None, target, reason }
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// Nothing was done: it is not one after which nobody knows.
    pub(super) fn is_certain(&self) -> bool {
        !["outcome_unknown", "game_silent", "not_put_back"].contains(&self.code.as_str())
    }

    pub(super) fn after(self, retry_after_s: u64) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..self }
    }

    /// About this, and for this reason.
    pub(super) fn of(self, target: &str, reason: &str) -> Self {
        Self { target: target.to_owned(), reason: reason.to_owned(), ..self }
    }
}

impl From<Known> for Refusal {
    fn from(Known(status, code, text): Known) -> Self {
        Self::new(status, code, text)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.code, "text": self.text }));
        let mut response = (self.status, body).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

pub(super) const BAD_REQUEST: Known =
    Known(StatusCode::BAD_REQUEST, "bad_request", "the request is not one that this version understands");
pub(super) const REASON_MISSING: Known =
    Known(StatusCode::BAD_REQUEST, "reason_missing", "say why, in 128 bytes at most and one line");
pub(super) const NOT_LOGGED_IN: Known =
    Known(StatusCode::UNAUTHORIZED, "not_logged_in", "log in: nobody is, or the session has ended");
pub(super) const BAD_CREDENTIALS: Known =
    Known(StatusCode::UNAUTHORIZED, "bad_credentials", "name, password or code is wrong");
pub(super) const CODE_NEEDED: Known =
    Known(StatusCode::UNAUTHORIZED, "code_needed", "the code of your second factor, please");
pub(super) const FORBIDDEN: Known =
    Known(StatusCode::FORBIDDEN, "forbidden", "your role does not allow this");
pub(super) const WRONG_PASSWORD: Known =
    Known(StatusCode::FORBIDDEN, "wrong_password", "this needs your password again, and it is wrong");
pub(super) const CROSS_SITE: Known =
    Known(StatusCode::FORBIDDEN, "cross_site", "the request does not come from the console's own page");
pub(super) const SETUP_CLOSED: Known = Known(
    StatusCode::FORBIDDEN,
    "setup_closed",
    "the link was used, or is older than an hour: start the console again for another",
);
pub(super) const WRONG_CODE: Known =
    Known(StatusCode::FORBIDDEN, "wrong_code", "the code is wrong: is the clock of your device right?");
pub(super) const NOT_FOUND: Known = Known(StatusCode::NOT_FOUND, "not_found", "there is nothing here");
pub(super) const WRONG_METHOD: Known =
    Known(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "not by this method");
pub(super) const TOO_SLOW: Known =
    Known(StatusCode::REQUEST_TIMEOUT, "too_slow", "the request did not come in time");
pub(super) const TOO_LARGE: Known =
    Known(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the request is too large");
pub(super) const WRONG_HOST: Known = Known(
    StatusCode::MISDIRECTED_REQUEST,
    "wrong_host",
    "the console answers to its own address alone, and to localhost",
);
pub(super) const THROTTLED: Known =
    Known(StatusCode::TOO_MANY_REQUESTS, "throttled", "too many wrong passwords: wait before the next one");
pub(super) const TOO_FAST: Known = Known(
    StatusCode::TOO_MANY_REQUESTS,
    "too_fast",
    "more changes in a row than one person makes: wait a little",
);
pub(super) const STREAMS_FULL: Known =
    Known(StatusCode::SERVICE_UNAVAILABLE, "streams_full", "as many pages are live as may be");
pub(super) const MAILING_GREW: Known = Known(
    StatusCode::CONFLICT,
    "mailing_grew",
    "more are meant by now than it was asked for: decline it, and have it asked for again",
);
pub(super) const TOO_MANY_ROWS: Known = Known(
    StatusCode::INTERNAL_SERVER_ERROR,
    "too_many_rows",
    "there is more of it than game ever keeps: look at what the database says of itself",
);
pub(super) const BUSY: Known =
    Known(StatusCode::SERVICE_UNAVAILABLE, "busy", "too many requests at a time: try again");
pub(super) const GAME_AWAY: Known =
    Known(StatusCode::SERVICE_UNAVAILABLE, "game_away", "game does not answer: is it running?");
pub(super) const REPLAY_IS_SECRET: Known = Known(
    StatusCode::FORBIDDEN,
    "replay_is_secret",
    "its players have secrets of each other: an operator can open it, with a reason",
);
pub(super) const REPLAY_NOT_OPENED: Known = Known(
    StatusCode::CONFLICT,
    "replay_not_opened",
    "say first why it is looked at: that is written to the audit log",
);
pub(super) const REPLAY_FAILED: Known =
    Known(StatusCode::CONFLICT, "replay_failed", "the match cannot be put together or played here");
pub(super) const REPLAY_TOO_LONG: Known = Known(
    StatusCode::GATEWAY_TIMEOUT,
    "replay_too_long",
    "playing it again took more time, memory or words than it may",
);
pub(super) const GATEWAY_AWAY: Known =
    Known(StatusCode::SERVICE_UNAVAILABLE, "gateway_away", "no gateway answers: it cannot be told");
pub(super) const DBFRONT_AWAY: Known =
    Known(StatusCode::SERVICE_UNAVAILABLE, "dbfront_away", "dbfront does not run: nothing was done");
pub(super) const DBFRONT_SILENT: Known = Known(
    StatusCode::GATEWAY_TIMEOUT,
    "dbfront_silent",
    "dbfront does not answer: it may or may not have been done",
);
pub(super) const STORE_FAILED: Known = Known(
    StatusCode::INTERNAL_SERVER_ERROR,
    "store_failed",
    "the console cannot write to its folder: nothing was changed there, see its log",
);
pub(super) const NOT_RECORDED: Known = Known(
    StatusCode::INTERNAL_SERVER_ERROR,
    "not_recorded",
    "the audit log cannot be written: nothing was done, see the console's log",
);
pub(super) const AUDIT_FAILED: Known = Known(
    StatusCode::INTERNAL_SERVER_ERROR,
    "audit_failed",
    "it was done, and could not be written to the audit log: see the console's log",
);
