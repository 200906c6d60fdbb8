//! Who is staff, as the owner decides: listed, made, given another role, kept out, given a first password again.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    clock,
    desk::{Desk, of_staff},
    refusal::Refusal,
    request::{Asked, reason},
    route::Done,
};
use crate::logic::{
    admit::{By, Sure},
    role::{Owner, Role},
    secret::Secret,
    staff::{Member, StaffError, check_name, check_password},
};

/// `GET /api/staff`
pub(super) async fn list(desk: Arc<Desk>, _by: By<Owner>, _asked: Asked) -> Result<Response, Refusal> {
    let staff: Vec<Value> = desk.state().roster.all().map(|(name, member)| line(name, member)).collect();
    Ok(Json(json!({ "staff": staff, "roles": Role::ALL })).into_response())
}

fn line(name: &str, member: &Member) -> Value {
    json!({
        "name": name,
        "role": member.role,
        "totp": member.totp.is_some(),
        "disabled": member.disabled,
        "created_ms": member.created_ms,
    })
}

/// `POST /api/staff/create`: with a first password, which its owner changes.
pub(super) async fn create(desk: Arc<Desk>, _by: Sure<Owner>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        name: String,
        role: Role,
        new_password: Secret,
        reason: String,
    }
    let Body { name, role, new_password, reason: why } = asked.body()?;
    let why = reason(&why).map_err(|refusal| refusal.of(&name, ""))?;
    let done = async {
        check_name(&name).and_then(|()| check_password(&name, &new_password)).map_err(of_staff)?;
        let phc = desk.hasher.make(new_password).await?;
        let member = Member::new(role, phc, clock::wall_ms());
        let after = line(&name, &member);
        desk.change(|roster| roster.with(&name, member)).await?;
        Ok(Done { reason: why.clone(), after, ..Done::to(&name) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&name, &why))
}

/// `POST /api/staff/NAME/role`: in force with the next request of its owner.
pub(super) async fn role(desk: Arc<Desk>, _by: Sure<Owner>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        role: Role,
        reason: String,
    }
    let Body { role, reason } = asked.body()?;
    change(&desk, asked.part("name"), &reason, |member| member.role = role).await
}

/// `POST /api/staff/NAME/disable`: its sessions end.
pub(super) async fn disable(desk: Arc<Desk>, _by: Sure<Owner>, mut asked: Asked) -> Result<Done, Refusal> {
    let (Why { reason }, name) = (asked.body()?, asked.part("name"));
    let done = change(&desk, name, &reason, |member| member.disabled = true).await?;
    desk.state().sessions.close_all(name, None);
    Ok(done)
}

/// `POST /api/staff/NAME/enable`
pub(super) async fn enable(desk: Arc<Desk>, _by: Sure<Owner>, mut asked: Asked) -> Result<Done, Refusal> {
    let Why { reason } = asked.body()?;
    change(&desk, asked.part("name"), &reason, |member| member.disabled = false).await
}

/// `POST /api/staff/NAME/reset`: another password and no second factor, for somebody who lost either. Its sessions end.
pub(super) async fn reset(desk: Arc<Desk>, _by: Sure<Owner>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        new_password: Secret,
        reason: String,
    }
    let Body { new_password, reason: why } = asked.body()?;
    let name = asked.part("name");
    let why = reason(&why).map_err(|refusal| refusal.of(name, ""))?;
    let phc = async {
        check_password(name, &new_password).map_err(of_staff)?;
        desk.hasher.make(new_password).await
    };
    let phc = phc.await.map_err(|refusal| refusal.of(name, &why))?;
    let again = |member: &mut Member| (member.password, member.totp) = (phc, None);
    let done = change(&desk, name, &why, again).await?;
    desk.state().sessions.close_all(name, None);
    Ok(done)
}

async fn change(
    desk: &Desk,
    name: &str,
    why: &str,
    change: impl FnOnce(&mut Member),
) -> Result<Done, Refusal> {
    let why = reason(why).map_err(|refusal| refusal.of(name, ""))?;
    let shown = || desk.state().roster.member(name).map_or(Value::Null, |member| line(name, member));
    let before = shown();
    if before.is_null() {
        return Err(of_staff(StaffError::NoSuchStaff).of(name, &why));
    }
    let changed = desk.change(|roster| roster.changed(name, change)).await;
    changed.map_err(|refusal| refusal.of(name, &why))?;
    Ok(Done { reason: why, before, after: shown(), ..Done::to(name) })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    reason: String,
}
