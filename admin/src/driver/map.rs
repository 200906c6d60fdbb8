//! The map as pages see it: counts of all of it, and single ones of a part. However many look, game is asked a few times a
//! second: who looks at the same within that time gets the same answer. Nobody looks: nothing is asked.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::link::{StaffMap, StaffMapInfo, StaffMapOne, staff_request::What};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{sync::Mutex, time::timeout};

use super::{
    clock,
    desk::Desk,
    refusal::{BAD_REQUEST, BUSY, Refusal},
    request::Asked,
};
use crate::logic::{admit::By, role::Viewer};

/// What was answered a moment ago.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<BTreeMap<Wish, Answer>>);

/// What a page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// 1: what never moves, too.
    #[serde(default)]
    ground: u8,
    west: Option<i64>,
    south: Option<i64>,
    east: Option<i64>,
    north: Option<i64>,
}

#[derive(Clone, Debug)]
struct Answer {
    at: Instant,
    document: Arc<Value>,
}

impl Wish {
    /// Four edges or none.
    fn asked(self) -> Result<StaffMap, Refusal> {
        let Self { ground, west, south, east, north } = self;
        let ground = ground != 0;
        match (west, south, east, north) {
            (None, None, None, None) => Ok(StaffMap { ground, ..StaffMap::default() }),
            (Some(west_mm), Some(south_mm), Some(east_mm), Some(north_mm)) => {
                Ok(StaffMap { ground, part: true, west_mm, south_mm, east_mm, north_mm })
            }
            _ => Err(BAD_REQUEST.into()),
        }
    }
}

/// `GET /api/map?ground=&west=&south=&east=&north=`
pub(super) async fn map(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    let wish: Wish = asked.query()?;
    let asked = wish.asked()?;
    // One asks at a time; whoever comes meanwhile finds the answer.
    let mut shelf = timeout(PATIENCE, desk.maps.0.lock()).await.map_err(|_| BUSY)?;
    let now = clock::now();
    shelf.retain(|_, answer| now.saturating_duration_since(answer.at) < KEPT);
    if let Some(answer) = shelf.get(&wish)
        && now.saturating_duration_since(answer.at) < FRESH
    {
        return Ok(Json(&*answer.document).into_response());
    }
    let said = async { desk.game.open_now(&by.caller().name).await?.ask(What::Map(asked), "").await }.await;
    let document = match said {
        Ok(said) => Arc::new(document(&said.map.unwrap_or_default())),
        // Game is asked often enough as it is: what was there a moment ago will do.
        Err(refusal) if refusal.code() == "busy" => match shelf.get(&wish) {
            Some(answer) => Arc::clone(&answer.document),
            None => return Err(refusal),
        },
        Err(refusal) => return Err(refusal),
    };
    if shelf.len() < ANSWERS_MAX {
        shelf.insert(wish, Answer { at: clock::now(), document: Arc::clone(&document) });
    }
    drop(shelf);
    Ok(Json(&*document).into_response())
}

fn document(info: &StaffMapInfo) -> Value {
    json!({
        "map": info.map,
        "width_mm": info.width_mm,
        "height_mm": info.height_mm,
        "cell_mm": info.cell_mm,
        "tile_mm": info.tile_mm,
        "columns": info.columns,
        "players": info.players,
        "monsters": info.monsters,
        "tiles": info.tiles.chunks_exact(3).collect::<Vec<_>>(),
        "ones": info.ones.iter().map(one).collect::<Vec<_>>(),
        "more": info.more,
        "walls": info.walls.chunks_exact(4).collect::<Vec<_>>(),
        "spawns": info.spawns.chunks_exact(2).collect::<Vec<_>>(),
        "shops": info.shops.chunks_exact(2).collect::<Vec<_>>(),
    })
}

fn one(one: &StaffMapOne) -> Value {
    json!({
        "avatar": one.avatar,
        "account": (one.account != 0).then(|| one.account.to_string()),
        "character": one.character.to_string(),
        "name": one.name,
        "level": one.level,
        "monster": one.monster,
        "x_mm": one.x_mm,
        "y_mm": one.y_mm,
        "life": one.life,
        "away": one.away,
    })
}

/// An answer is as good as another one for so long: pages ask once a second.
const FRESH: Duration = Duration::from_millis(900);
/// And better than none for so long.
const KEPT: Duration = Duration::from_secs(5);
/// Kept at a time.
const ANSWERS_MAX: usize = 16;
const PATIENCE: Duration = Duration::from_secs(2);
