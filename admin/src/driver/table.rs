//! The one table of what can be asked: way, path, who may, what is done. Nothing is reachable that is not in it.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::Request,
    middleware,
    response::{IntoResponse as _, Response},
    routing::{MethodFilter, on},
};
use serde_json::{Value, json};

use super::{
    acting, auditing, bans, chat, database, dealing,
    desk::Desk,
    economy, entering, figures, finding, giving,
    guard::{self, Front},
    live, logs, looking, mailing, map, pages, players,
    refusal::{Refusal, WRONG_METHOD},
    replays,
    request::Asked,
    rooms,
    route::{Route, Way},
    settings, staffing, switches, watching,
};
use crate::logic::{
    admit::By,
    role::{Operator, Owner, Support, Viewer},
};

/// All of them.
pub(super) fn table() -> Vec<Route> {
    vec![
        Route::anyone(Way::Look, "/api/session", entering::session),
        Route::anyone(Way::Change, "/api/setup", entering::setup),
        Route::anyone(Way::Change, "/api/login", entering::login),
        Route::leaves::<Viewer, _>("/api/logout", "logout", entering::logout),
        Route::does::<Viewer, _, _>("/api/password", "password", entering::password),
        Route::dares::<Viewer, _, _>("/api/totp/begin", "totp.begin", entering::totp_begin),
        Route::does::<Viewer, _, _>("/api/totp/confirm", "totp.confirm", entering::totp_confirm),
        Route::looks::<Viewer, _, _>("/api/routes", routes),
        Route::looks::<Viewer, _, _>("/api/live", live::live),
        Route::looks::<Viewer, _, _>("/api/history", looking::history),
        Route::looks::<Viewer, _, _>("/api/database", looking::database),
        Route::looks::<Viewer, _, _>("/api/database/look", database::look),
        Route::looks::<Operator, _, _>("/api/database/poison", database::poison),
        Route::does::<Operator, _, _>("/api/database/poison/retry", "poison.retry", database::retry),
        Route::dares::<Owner, _, _>("/api/database/poison/amend", "poison.amend", database::amend),
        Route::does::<Operator, _, _>("/api/database/backup", "backup", database::backup),
        Route::looks::<Viewer, _, _>("/api/bill", figures::bill),
        Route::looks::<Viewer, _, _>("/api/players", finding::list),
        Route::looks::<Support, _, _>("/api/players/export", finding::export),
        Route::looks::<Support, _, _>("/api/sessions", finding::sessions),
        Route::looks::<Viewer, _, _>("/api/items", watching::items),
        Route::looks::<Operator, _, _>("/api/log/export", watching::log_export),
        Route::looks::<Viewer, _, _>("/api/players/{id}", players::show),
        Route::looks::<Viewer, _, _>("/api/players/{id}/ledger", players::ledger),
        Route::looks::<Viewer, _, _>("/api/players/{id}/log", players::staff_log),
        Route::looks::<Support, _, _>("/api/players/{id}/live", watching::live),
        Route::looks::<Viewer, _, _>("/api/players/{id}/history", watching::history),
        Route::looks::<Support, _, _>("/api/players/{id}/history/export", watching::history_export),
        Route::does::<Support, _, _>("/api/players/{id}/kick", "player.kick", acting::kick),
        Route::does::<Support, _, _>("/api/players/{id}/mute", "player.mute", acting::mute),
        Route::does::<Support, _, _>("/api/players/{id}/unmute", "player.unmute", acting::unmute),
        Route::dares::<Operator, _, _>("/api/players/{id}/ban", "player.ban", acting::ban),
        Route::dares::<Operator, _, _>("/api/players/{id}/unban", "player.unban", acting::unban),
        Route::dares::<Operator, _, _>("/api/players/{id}/grant", "player.grant", giving::grant),
        Route::dares::<Operator, _, _>("/api/players/{id}/give", "player.give", giving::give),
        Route::dares::<Operator, _, _>("/api/players/{id}/mail", "player.mail", giving::mail),
        Route::does::<Support, _, _>("/api/players/{id}/message", "player.message", dealing::message),
        Route::dares::<Operator, _, _>("/api/players/{id}/take", "player.take", dealing::take),
        Route::dares::<Operator, _, _>("/api/players/{id}/remove", "player.remove", dealing::remove),
        Route::does::<Operator, _, _>("/api/players/{id}/move", "player.move", dealing::put),
        Route::dares::<Operator, _, _>("/api/players/{id}/rename", "player.rename", dealing::rename),
        Route::does::<Support, _, _>("/api/players/{id}/note", "player.note", dealing::note),
        Route::does::<Operator, _, _>("/api/players/{id}/unnote", "player.unnote", dealing::unnote),
        Route::looks::<Operator, _, _>("/api/gifts", giving::list),
        Route::dares::<Operator, _, _>("/api/gifts/{id}/approve", "gift.approve", giving::approve),
        Route::dares::<Operator, _, _>("/api/gifts/{id}/decline", "gift.decline", giving::decline),
        Route::looks::<Viewer, _, _>("/api/map", map::map),
        Route::dares::<Operator, _, _>("/api/players/{id}/freeze", "player.freeze", switches::freeze),
        Route::dares::<Operator, _, _>("/api/players/{id}/unfreeze", "player.unfreeze", switches::unfreeze),
        Route::looks::<Viewer, _, _>("/api/bans", bans::list),
        Route::looks::<Viewer, _, _>("/api/bans/count", bans::count),
        Route::looks::<Viewer, _, _>("/api/switches", switches::show),
        Route::looks::<Viewer, _, _>("/api/frozen", switches::frozen),
        Route::dares::<Operator, _, _>("/api/switches/wealth", "switch.wealth", switches::wealth),
        Route::dares::<Operator, _, _>("/api/switches/accounts", "switch.accounts", switches::accounts),
        Route::does::<Operator, _, _>("/api/switches/chat", "switch.chat", switches::chat),
        Route::dares::<Operator, _, _>("/api/switches/staff_only", "switch.staff_only", switches::staff_only),
        Route::looks::<Viewer, _, _>("/api/chat", chat::tail),
        Route::does::<Operator, _, _>("/api/announce", "announce", chat::announce),
        Route::looks::<Viewer, _, _>("/api/mailing", mailing::list),
        Route::looks::<Viewer, _, _>("/api/mailing/preview", mailing::preview),
        Route::dares::<Operator, _, _>("/api/mailing/send", "mailing.send", mailing::send),
        Route::does::<Operator, _, _>("/api/mailing/stop", "mailing.stop", mailing::stop),
        Route::looks::<Viewer, _, _>("/api/rooms", rooms::list),
        Route::looks::<Viewer, _, _>("/api/rooms/{id}", rooms::show),
        Route::does::<Operator, _, _>("/api/rooms/{id}/open", "room.open", rooms::open),
        Route::dares::<Operator, _, _>("/api/rooms/{id}/close", "room.close", rooms::close),
        Route::does::<Operator, _, _>("/api/rooms/{id}/say", "room.say", rooms::say),
        Route::looks::<Viewer, _, _>("/api/replays", replays::list),
        Route::looks::<Viewer, _, _>("/api/replays/{id}/steps", replays::steps),
        Route::does::<Operator, _, _>("/api/replays/{id}/open", "replay.open", replays::open),
        Route::looks::<Operator, _, _>("/api/replays/{id}/secret", replays::secret_steps),
        Route::looks::<Operator, _, _>("/api/logs", logs::tail),
        Route::does::<Operator, _, _>("/api/logs/level", "log.level", logs::level),
        Route::looks::<Operator, _, _>("/api/config", settings::show),
        Route::dares::<Owner, _, _>("/api/config/set", "config.set", settings::set),
        Route::dares::<Owner, _, _>("/api/config/unset", "config.unset", settings::unset),
        Route::looks::<Viewer, _, _>("/api/economy", economy::show),
        Route::looks::<Viewer, _, _>("/api/economy/export", economy::export),
        Route::looks::<Viewer, _, _>("/api/economy/richest", economy::richest),
        Route::looks::<Support, _, _>("/api/economy/trail", economy::trail),
        Route::looks::<Support, _, _>("/api/economy/trail/export", economy::trail_export),
        Route::looks::<Viewer, _, _>("/api/economy/check", economy::check),
        Route::does::<Operator, _, _>("/api/economy/check/begin", "economy.check", economy::begin_check),
        Route::looks::<Operator, _, _>("/api/audit", auditing::list),
        Route::looks::<Operator, _, _>("/api/audit/export", auditing::export),
        Route::looks::<Operator, _, _>("/api/audit/check", auditing::check),
        Route::looks::<Owner, _, _>("/api/staff", staffing::list),
        Route::dares::<Owner, _, _>("/api/staff/create", "staff.create", staffing::create),
        Route::dares::<Owner, _, _>("/api/staff/{name}/role", "staff.role", staffing::role),
        Route::dares::<Owner, _, _>("/api/staff/{name}/disable", "staff.disable", staffing::disable),
        Route::dares::<Owner, _, _>("/api/staff/{name}/enable", "staff.enable", staffing::enable),
        Route::dares::<Owner, _, _>("/api/staff/{name}/reset", "staff.reset", staffing::reset),
    ]
}

/// `GET /api/routes`: this table, so that the page offers what its reader may do.
async fn routes(_desk: Arc<Desk>, _by: By<Viewer>, _asked: Asked) -> Result<Response, Refusal> {
    let routes = table().into_iter().map(|route| {
        json!({
            "method": route.way.method(),
            "path": route.path,
            "role": route.least,
            "dangerous": route.is_dangerous,
        })
    });
    Ok(Json(json!({ "routes": routes.collect::<Value>() })).into_response())
}

/// The table as a service. Whatever is in none of its rows is a page or nothing.
pub(super) fn router(desk: &Arc<Desk>, front: Front) -> Router {
    let mut router = Router::new();
    for Route { way, path, run, .. } in table() {
        let desk = Arc::clone(desk);
        let filter = match way {
            Way::Look => MethodFilter::GET,
            Way::Change => MethodFilter::POST,
        };
        let serve = move |request: Request| {
            let (parts, body) = request.into_parts();
            Route::serve(Arc::clone(&run), way, Arc::clone(&desk), parts, body)
        };
        router = router.route(path, on(filter, serve));
    }
    router
        .fallback(pages::page)
        .method_not_allowed_fallback(async || Refusal::from(WRONG_METHOD).into_response())
        .layer(middleware::from_fn_with_state(front, guard::front))
}
