//! What a route is: a method, a path, who may use it, and what is done. There are five ways to make one, and each but the
//! first takes only handlers that ask for a proof of the sender's role ([`crate::logic::admit`]); whatever changes
//! something is written to the audit log here, before the answer leaves. Knows no particular route.

use std::{pin::Pin, sync::Arc};

use axum::{
    Json,
    body::Body,
    http::{HeaderValue, header::SET_COOKIE, request::Parts},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{
    clock,
    desk::Desk,
    refusal::{BUSY, FORBIDDEN, NOT_RECORDED, Refusal, TOO_FAST},
    request::{Asked, cookie_name},
};
use crate::logic::{
    admit::{By, Caller, Sure},
    audit::{Deed, own::is_own, personal},
    role::{Least, Role},
};

/// One route.
pub(super) struct Route {
    pub(super) way: Way,
    /// With names of its parts in braces.
    pub(super) path: &'static str,
    /// Who may; nothing: anyone.
    pub(super) least: Option<Role>,
    /// The password has to be given again.
    pub(super) is_dangerous: bool,
    /// Its name in the audit log; nothing: it is written there by its handler, or not at all.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the test over the table holds each to be in one list")
    )]
    pub(super) action: Option<&'static str>,
    pub(super) run: Arc<Run>,
}

/// What a request does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Nothing: GET.
    Look,
    /// Something: POST, from the console's own page only.
    Change,
}

impl Way {
    /// The only method that does it.
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::Look => "GET",
            Self::Change => "POST",
        }
    }
}

type Run = dyn Fn(Arc<Desk>, Asked) -> Work + Send + Sync;
type Work = Pin<Box<dyn Future<Output = Result<Response, Refusal>> + Send>>;

/// What was done, for the audit log, and what its sender is told.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) target: String,
    pub(super) reason: String,
    pub(super) before: Value,
    pub(super) after: Value,
    pub(super) answer: Value,
    pub(super) cookie: Option<HeaderValue>,
}

impl Done {
    /// To this, and nothing more to say.
    pub(super) fn to(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            reason: String::new(),
            before: Value::Null,
            after: Value::Null,
            answer: json!({}),
            cookie: None,
        }
    }
}

impl Route {
    /// For anyone: before there is a session.
    pub(super) fn anyone<F, W>(way: Way, path: &'static str, handler: F) -> Self
    where
        F: Fn(Arc<Desk>, Asked) -> W + Send + Sync + 'static,
        W: Future<Output = Result<Response, Refusal>> + Send + 'static,
    {
        let run = move |desk, asked| -> Work { Box::pin(handler(desk, asked)) };
        Self { way, path, least: None, is_dangerous: false, action: None, run: Arc::new(run) }
    }

    /// Looks.
    pub(super) fn looks<R: Least, F, W>(path: &'static str, handler: F) -> Self
    where
        F: Fn(Arc<Desk>, By<R>, Asked) -> W + Send + Sync + 'static,
        W: Future<Output = Result<Response, Refusal>> + Send + 'static,
    {
        let run = move |desk: Arc<Desk>, asked: Asked| -> Work {
            match admit::<R>(&desk, &asked) {
                Ok(by) => Box::pin(handler(desk, by, asked)),
                Err(refusal) => Box::pin(std::future::ready(Err(refusal))),
            }
        };
        let least = Some(R::ROLE);
        Self { way: Way::Look, path, least, is_dangerous: false, action: None, run: Arc::new(run) }
    }

    /// Changes something; `action` is its name in the audit log.
    pub(super) fn does<R: Least, F, W>(path: &'static str, action: &'static str, handler: F) -> Self
    where
        F: Fn(Arc<Desk>, By<R>, Asked) -> W + Send + Sync + 'static,
        W: Future<Output = Result<Done, Refusal>> + Send + 'static,
    {
        let run = move |desk: Arc<Desk>, asked: Asked| -> Work {
            match admit::<R>(&desk, &asked).and_then(|by| paced(&desk, by)) {
                Ok(by) => {
                    let wished = Wished {
                        caller: by.caller().clone(),
                        action,
                        target: asked.part("name").to_owned(),
                        wish: personal::wish(action, asked.wish()),
                    };
                    let work = handler(Arc::clone(&desk), by, asked);
                    Box::pin(to_its_end(desk, wished, work))
                }
                Err(refusal) => Box::pin(std::future::ready(Err(refusal))),
            }
        };
        let least = Some(R::ROLE);
        Self { way: Way::Change, path, least, is_dangerous: false, action: Some(action), run: Arc::new(run) }
    }

    /// Gives up what the sender has itself, and can only once: nothing is in the way of that, neither its pace nor a
    /// log that cannot be written. It is written down where it can be.
    pub(super) fn leaves<R: Least, F>(path: &'static str, action: &'static str, handler: F) -> Self
    where
        F: Fn(&Desk, &By<R>, &Asked) -> Done + Send + Sync + 'static,
    {
        let run = move |desk: Arc<Desk>, asked: Asked| -> Work {
            match admit::<R>(&desk, &asked) {
                Ok(by) => {
                    let (caller, target) = (by.caller().clone(), String::new());
                    let wished = Wished { caller, action, target, wish: Value::Null };
                    let done = Ok(handler(&desk, &by, &asked));
                    Box::pin(async move {
                        let deed = wished.ended(&done);
                        // A page that is closed meanwhile does not take its line back.
                        let _logged = tokio::spawn(async move { desk.record(deed).await }).await;
                        done.map(answer)
                    })
                }
                Err(refusal) => Box::pin(std::future::ready(Err(refusal))),
            }
        };
        let least = Some(R::ROLE);
        Self { way: Way::Change, path, least, is_dangerous: false, action: Some(action), run: Arc::new(run) }
    }

    /// Changes something that cannot be taken back lightly: the password has to come with it.
    pub(super) fn dares<R: Least, F, W>(path: &'static str, action: &'static str, handler: F) -> Self
    where
        F: Fn(Arc<Desk>, Sure<R>, Asked) -> W + Send + Sync + 'static,
        W: Future<Output = Result<Done, Refusal>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let route = Self::does::<R, _, _>(path, action, move |desk, by, mut asked| {
            let handler = Arc::clone(&handler);
            async move {
                let password = std::mem::take(&mut asked.password);
                let right = desk.right_of(by.caller(), password).await?;
                // Comparing takes a while: who was stopped meanwhile is stopped.
                let by = admit::<R>(&desk, &asked)?;
                handler(desk, by.sure(right), asked).await
            }
        });
        Self { is_dangerous: true, ..route }
    }

    /// One request over it.
    pub(super) async fn serve(
        run: Arc<Run>,
        way: Way,
        desk: Arc<Desk>,
        parts: Parts,
        body: Body,
    ) -> Response {
        let asked = match way {
            Way::Look => Asked::to_look(parts).await,
            Way::Change => Asked::to_change(parts, body).await,
        };
        let answered = match asked {
            Ok(asked) => run(desk, asked).await,
            Err(refusal) => Err(refusal),
        };
        answered.unwrap_or_else(|refusal| refusal.into_response())
    }
}

fn admit<R: Least>(desk: &Desk, asked: &Asked) -> Result<By<R>, Refusal> {
    let caller = asked.caller(desk)?;
    let (name, address) = (caller.name.clone(), caller.address);
    By::admit(caller).ok_or_else(|| {
        tracing::warn!(event = "console.forbidden", by = name, address = %address, least = R::ROLE.name());
        FORBIDDEN.into()
    })
}

/// Nobody writes into the audit log without end.
fn paced<R: Least>(desk: &Desk, by: By<R>) -> Result<By<R>, Refusal> {
    let may = desk.state().paces.take(&by.caller().name, clock::now());
    if may { Ok(by) } else { Err(TOO_FAST.into()) }
}

/// A deed before it is done.
struct Wished {
    caller: Caller,
    action: &'static str,
    target: String,
    wish: Value,
}

impl Wished {
    fn deed(&self, outcome: &str) -> Deed {
        Deed {
            at_ms: clock::wall_ms(),
            by: self.caller.name.clone(),
            address: self.caller.address,
            role: self.caller.role,
            action: self.action,
            target: self.target.clone(),
            reason: String::new(),
            before: Value::Null,
            after: self.wish.clone(),
            outcome: outcome.to_owned(),
        }
    }

    /// How it ended: of what was not done, or perhaps, what was wished.
    fn ended(&self, done: &Result<Done, Refusal>) -> Deed {
        match done {
            Ok(done) => Deed {
                target: done.target.clone(),
                reason: done.reason.clone(),
                before: done.before.clone(),
                after: done.after.clone(),
                ..self.deed("ok")
            },
            Err(refusal) => {
                let target = if refusal.target.is_empty() { &self.target } else { &refusal.target };
                Deed { target: target.clone(), reason: refusal.reason.clone(), ..self.deed(refusal.code()) }
            }
        }
    }
}

/// Does it and writes it down, whether or not its sender waits so long. What nothing else keeps is written down before it is
/// done too, and so is everything while the log could not be written: without a log nothing is done.
async fn to_its_end(
    desk: Arc<Desk>,
    wished: Wished,
    work: impl Future<Output = Result<Done, Refusal>> + Send + 'static,
) -> Result<Response, Refusal> {
    let place = Arc::clone(&desk.acting).try_acquire_owned().map_err(|_| BUSY)?;
    let all = async move {
        let _place = place;
        if is_own(wished.action) || desk.is_audit_away() {
            desk.record(wished.deed(BEGUN)).await.map_err(|_| NOT_RECORDED)?;
        }
        let done = work.await;
        if done.as_ref().is_err_and(|refusal| NO_DEED.contains(&refusal.code())) {
            return done;
        }
        let written = desk.record(wished.ended(&done)).await;
        // What was refused is told so, written or not.
        done.and_then(|done| written.map(|()| done))
    };
    // A page that is closed meanwhile takes back neither the deed nor its line.
    let done = tokio::spawn(all).await.map_err(|_| BUSY)??;
    Ok(answer(done))
}

fn answer(done: Done) -> Response {
    let mut response = Json(done.answer).into_response();
    response.headers_mut().extend(done.cookie.map(|cookie| (SET_COOKIE, cookie)));
    response
}

/// Its end is in a line behind it, or nobody knows it.
pub(super) const BEGUN: &str = "begun";
/// Refusals of what was no deed yet, each of which could be had without end.
const NO_DEED: [&str; 3] = ["bad_request", "throttled", "busy"];

/// That opens a session, or ends it where there is no token.
pub(super) fn cookie(token: Option<&str>, is_secure: bool) -> Option<HeaderValue> {
    let life = if token.is_some() { "" } else { "; Max-Age=0" };
    let token = token.unwrap_or_default();
    let name = cookie_name(is_secure);
    let secure = if is_secure { "; Secure" } else { "" };
    HeaderValue::try_from(format!("{name}={token}; HttpOnly; SameSite=Strict; Path=/{secure}{life}")).ok()
}
