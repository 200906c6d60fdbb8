//! Coming in and going out: the first owner, login, logout, one's own password and second factor. Knows no other's.

use std::sync::Arc;

use axum::{
    Json,
    http::header::SET_COOKIE,
    response::{IntoResponse as _, Response},
};
use proto::handshake::BUILD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    clock,
    desk::{Desk, is_still, of_staff, too_often},
    refusal::{BAD_CREDENTIALS, CODE_NEEDED, NOT_RECORDED, Refusal, SETUP_CLOSED, STORE_FAILED, WRONG_CODE},
    request::Asked,
    route::{BEGUN, Done, cookie},
};
use crate::logic::{
    admit::{By, Caller, Right, Sure},
    audit::Deed,
    hex,
    role::{Role, Viewer},
    secret::Secret,
    staff::{Member, Roster, StaffError, check_name, check_password},
    totp::{self, SECRET_BYTES},
};

/// `GET /api/session`: who asks.
pub(super) async fn session(desk: Arc<Desk>, asked: Asked) -> Result<Response, Refusal> {
    let caller = asked.caller(&desk).ok();
    Ok(Json(about(&desk, caller.as_ref())).into_response())
}

fn about(desk: &Desk, caller: Option<&Caller>) -> Value {
    let roster = &desk.state().roster;
    let staff = caller.map(|caller| {
        let totp = roster.active(&caller.name).is_some_and(|member| member.totp.is_some());
        json!({ "name": caller.name, "role": caller.role, "totp": totp })
    });
    // Whoever is not logged in hears nothing of the installation.
    let world = staff.is_some().then_some(&desk.world);
    json!({ "staff": staff, "setup": roster.is_empty(), "version": BUILD, "world": world })
}

/// `POST /api/setup`: makes the owner, once.
pub(super) async fn setup(desk: Arc<Desk>, mut asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        token: String,
        name: String,
    }
    let Body { token, name } = asked.body()?;
    let is_open = |desk: &Desk| {
        let state = desk.state();
        state.roster.is_empty() && state.setup.is_good(&token, clock::now())
    };
    desk.state().throttle.begin(NOBODY, asked.address, clock::now()).map_err(too_often)?;
    if !is_open(&desk) {
        tracing::warn!(event = "console.setup_refused", address = %asked.address);
        return Err(SETUP_CLOSED.into());
    }
    desk.state().throttle.take_back(NOBODY, asked.address);
    check_name(&name).and_then(|()| check_password(&name, &asked.password)).map_err(of_staff)?;
    let password = std::mem::take(&mut asked.password);
    let phc = desk.hasher.make(Secret::new(password.expose().to_owned())).await?;
    // Two may have come with the same link.
    if !is_open(&desk) {
        return Err(SETUP_CLOSED.into());
    }
    let first = |roster: &Roster| {
        if !roster.is_empty() {
            return Err(StaffError::NameTaken);
        }
        roster.with(&name, Member::new(Role::Owner, phc, clock::wall_ms()))
    };
    desk.record(deed(&asked, &name, Role::Owner, ("setup", BEGUN))).await.map_err(|_| NOT_RECORDED)?;
    desk.change(first).await?;
    desk.state().setup.close();
    let right = desk.right(&name, asked.address, password).await?.ok_or(STORE_FAILED)?;
    entered(&desk, &asked, &name, (&right, false), "setup").await
}

/// `POST /api/login`.
pub(super) async fn login(desk: Arc<Desk>, mut asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        name: String,
        #[serde(default)]
        code: Secret,
    }
    let Body { name, code } = asked.body()?;
    let password = std::mem::take(&mut asked.password);
    let name = name.trim().to_ascii_lowercase();
    // What cannot be a name is compared all the same, as nobody.
    let name = if check_name(&name).is_ok() { name } else { NOBODY.to_owned() };
    let right = desk.right(&name, asked.address, password).await?;
    let Some(right) = right else {
        tracing::warn!(event = "console.login_failed", name, address = %asked.address);
        return Err(BAD_CREDENTIALS.into());
    };
    let has_totp = desk.state().roster.active(&name).is_some_and(|member| member.totp.is_some());
    if has_totp {
        if code.expose().is_empty() {
            return Err(CODE_NEEDED.into());
        }
        use_code(&desk, &name, &code).await.inspect_err(|_| {
            tracing::warn!(event = "console.login_failed", name, address = %asked.address);
        })?;
    }
    entered(&desk, &asked, &name, (&right, has_totp), "login").await
}

/// Each code is good once: that it was used is stored before it lets anybody in.
async fn use_code(desk: &Desk, name: &str, code: &Secret) -> Result<(), Refusal> {
    let now_s = clock::wall_ms() / 1_000;
    let step = |roster: &Roster| roster.active(name).and_then(|member| member.totp_check(code, now_s));
    // A wrong one is not worth a write.
    if step(&desk.state().roster).is_none() {
        return Err(BAD_CREDENTIALS.into());
    }
    let mut is_right = false;
    let used = |roster: &Roster| {
        let step = step(roster);
        is_right = step.is_some();
        roster.changed(name, |member| member.totp_step = step.unwrap_or(member.totp_step))
    };
    desk.change(used).await?;
    if is_right { Ok(()) } else { Err(BAD_CREDENTIALS.into()) }
}

async fn entered(
    desk: &Desk,
    asked: &Asked,
    name: &str,
    (right, with_code): (&Right, bool),
    action: &'static str,
) -> Result<Response, Refusal> {
    let role = desk.state().roster.active(name).ok_or(BAD_CREDENTIALS)?.role;
    let token = desk.open_session(name, right, with_code)?;
    let deed = deed(asked, name, role, (action, "ok"));
    if let Err(refusal) = desk.record(deed).await {
        desk.state().sessions.close(token.key());
        return Err(refusal);
    }
    {
        let state = &mut *desk.state();
        state.throttle.was_right(name, asked.address);
        // Of one session there is never another one behind it.
        asked.session().into_iter().for_each(|before| state.sessions.close(before));
    }
    let caller = Caller { name: name.to_owned(), role, address: asked.address, session: token.key() };
    let mut response = Json(about(desk, Some(&caller))).into_response();
    response
        .headers_mut()
        .extend(cookie(Some(&token.text()), asked.is_secure).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

fn deed(asked: &Asked, name: &str, role: Role, (action, outcome): (&'static str, &str)) -> Deed {
    Deed {
        at_ms: clock::wall_ms(),
        by: name.to_owned(),
        address: asked.address,
        role,
        action,
        target: String::new(),
        reason: String::new(),
        before: Value::Null,
        after: Value::Null,
        outcome: outcome.to_owned(),
    }
}

/// `POST /api/logout`: whatever else is wrong, the session ends.
pub(super) fn logout(desk: &Desk, by: &By<Viewer>, asked: &Asked) -> Done {
    desk.state().sessions.close(by.caller().session);
    Done { cookie: cookie(None, asked.is_secure), ..Done::to("") }
}

/// `POST /api/password`: the other sessions of its owner end.
pub(super) async fn password(desk: Arc<Desk>, by: By<Viewer>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        old: Secret,
        new: Secret,
    }
    let Body { old, new } = asked.body()?;
    let caller = by.caller();
    let right = desk.right_of(caller, old).await?;
    check_password(&caller.name, &new).map_err(of_staff)?;
    let phc = desk.hasher.make(new).await?;
    // Whoever reset it meanwhile has the last word.
    let set = |roster: &Roster| {
        let is_still = is_still(roster, &caller.name, &right);
        if is_still {
            roster.changed(&caller.name, |member| member.password = phc)
        } else {
            Err(StaffError::NoSuchStaff)
        }
    };
    desk.change(set).await?;
    desk.state().sessions.close_all(&caller.name, Some(caller.session));
    Ok(Done::to(&caller.name))
}

/// `POST /api/totp/begin`: a secret, which counts once it was confirmed.
pub(super) async fn totp_begin(desk: Arc<Desk>, by: Sure<Viewer>, _asked: Asked) -> Result<Done, Refusal> {
    let mut secret = [0; SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(|_| STORE_FAILED)?;
    let caller = by.caller();
    desk.state().sessions.keep_totp(caller.session, secret.to_vec());
    let text = totp::base32(&secret);
    let uri = format!("otpauth://totp/Ding:{}?secret={text}&issuer=Ding", caller.name);
    Ok(Done { answer: json!({ "secret": text, "uri": uri }), ..Done::to(&caller.name) })
}

/// `POST /api/totp/confirm`: its owner has it.
pub(super) async fn totp_confirm(desk: Arc<Desk>, by: By<Viewer>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        code: Secret,
    }
    let Body { code } = asked.body()?;
    let caller = by.caller();
    let secret = desk.state().sessions.kept_totp(caller.session).map(<[u8]>::to_vec).ok_or(WRONG_CODE)?;
    let step = totp::check(&secret, code.expose(), clock::wall_ms() / 1_000, 0).ok_or(WRONG_CODE)?;
    let set = |member: &mut Member| {
        member.totp = Some(hex::encode(&secret));
        member.totp_step = step;
    };
    desk.change(|roster| roster.changed(&caller.name, set)).await?;
    desk.state().sessions.close_all(&caller.name, Some(caller.session));
    Ok(Done::to(&caller.name))
}

/// No name of anybody.
const NOBODY: &str = "?";
