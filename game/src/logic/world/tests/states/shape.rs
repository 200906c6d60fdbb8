//! All that a refused command must leave as it was: what is in memory, on the way, and in the journal; and that what
//! is in memory is what the journal says.

use std::collections::BTreeMap;

use proto::{ids::AccountId, link::Value};

use super::deals::Deal;
use crate::logic::{
    cache::{Cached, TableCache, UnitId},
    event::ConnAt,
    goods::trade::{Stage as TradeStage, Trade, Who},
    held::SeesTables,
    map::ground::Place,
    sessions::{Numbers, Stage},
    testing::{LINK, Play},
};

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    journal: usize,
    deals: Vec<String>,
    /// Of each player by name.
    sessions: BTreeMap<String, Session>,
    avatars: BTreeMap<String, (Option<u64>, bool, Option<Place>)>,
    dead: Vec<String>,
    rooms: usize,
    parked: usize,
    online: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Session {
    Away,
    ExpectHello,
    ExpectLogin,
    LoggingIn,
    Playing { account: AccountId, numbers: Numbers, room: Option<u64>, is_parked: bool, queue: usize },
}

impl Shape {
    pub(super) fn of(play: &Play) -> Self {
        let world = &play.world;
        let accounts = play.people.all.iter().map(|(name, person)| (name.clone(), AccountId(person.account)));
        let dead = play.people.all.iter().filter(|(_, person)| world.is_dead(AccountId(person.account)));
        let avatar =
            |account| (world.roaming.who(account), world.roaming.is_played(account), world.place_of(account));
        Self {
            journal: play.store.journal.len(),
            deals: world.trading.all().into_iter().map(deal).collect(),
            sessions: play.people.all.keys().map(|name| (name.clone(), session(play, name))).collect(),
            avatars: accounts.map(|(name, account)| (name, avatar(account))).collect(),
            dead: dead.map(|(name, _)| name.clone()).collect(),
            rooms: world.hosting.len(),
            parked: world.parking.len(),
            online: world.online.len(),
        }
    }

    /// The same people play the same characters in the same trades.
    pub(super) fn is_the_scene_of(&self, now: &Self) -> bool {
        let who = |shape: &Self| -> Vec<(Option<u64>, bool)> {
            shape.avatars.values().map(|(who, is_played, _)| (*who, *is_played)).collect()
        };
        let sessions = |shape: &Self| -> Vec<Session> {
            let mut sessions: Vec<Session> = shape.sessions.values().cloned().collect();
            for session in &mut sessions {
                if let Session::Playing { numbers, .. } = session {
                    *numbers = Numbers::default();
                }
            }
            sessions
        };
        (&self.deals, &self.dead) == (&now.deals, &now.dead)
            && who(self) == who(now)
            && sessions(self) == sessions(now)
    }

    /// A command of this player waits for something, and all later ones behind it.
    pub(super) fn is_parked(&self, name: &str) -> bool {
        matches!(self.sessions.get(name), Some(Session::Playing { is_parked: true, .. }))
    }

    /// Nothing has changed but that this command's number is used up, and maybe what was accepted in trades.
    #[track_caller]
    pub(super) fn check_unchanged(
        mut self,
        play: &Play,
        name: &str,
        cseq: Option<u64>,
        is_taken_back: bool,
        case: &str,
    ) {
        let mut now = Self::of(play);
        if let (Some(cseq), Some(Session::Playing { numbers, .. })) = (cseq, self.sessions.get_mut(name)) {
            *numbers = Numbers { last: cseq, ok: numbers.ok << 1 };
        }
        if cseq.is_none() {
            // A signal may move the one who sent it, and so end its trade.
            now.avatars.remove(name);
            self.avatars.remove(name);
        }
        if is_taken_back || cseq.is_none() {
            now.deals.clear();
            self.deals.clear();
        }
        assert_eq!(now, self, "{case}");
    }
}

fn session(play: &Play, name: &str) -> Session {
    let Some(conn) = play.people.all[name].conn else { return Session::Away };
    let key = play.world.delivery.find(ConnAt { link: LINK, conn });
    match key.and_then(|key| play.world.conns.get(key)).map(|conn| &conn.stage) {
        None | Some(Stage::Returning { .. }) => Session::Away,
        Some(Stage::ExpectHello) => Session::ExpectHello,
        Some(Stage::ExpectLogin) => Session::ExpectLogin,
        Some(Stage::Queued(_) | Stage::LoggingIn(_)) => Session::LoggingIn,
        Some(Stage::Playing(session)) => Session::Playing {
            account: session.account,
            numbers: session.numbers,
            room: session.room.map(|room| room.0),
            is_parked: session.parked.is_some(),
            queue: session.queue.len(),
        },
    }
}

/// A trade of the game, in the words of the model.
pub(super) fn deal(trade: &Trade) -> String {
    let sides = [Who::Asker, Who::Asked].map(|who| {
        let trader = trade.traders[who as usize];
        let (gold, things, has_accepted) = match &trade.stage {
            TradeStage::Asked => (0, Vec::new(), false),
            TradeStage::Open(table) => {
                let offer = &table.offers[who as usize];
                let things = offer.things().iter().map(|thing| (thing.item, thing.kind, thing.quantity));
                (offer.gold(), things.collect(), table.accepted == Some(who))
            }
        };
        let (account, character) = (trader.account.0, trader.character);
        super::deals::Side { account, character, gold, things, has_accepted }
    });
    let (is_open, revision) = match &trade.stage {
        TradeStage::Asked => (false, 0),
        TradeStage::Open(table) => (true, table.revision),
    };
    words(trade.id, is_open, revision, &sides)
}

pub(super) fn deal_of_model(deal: &Deal) -> String {
    words(deal.id, deal.is_open, deal.revision, &deal.sides)
}

fn words(id: u64, is_open: bool, revision: u32, sides: &[super::deals::Side; 2]) -> String {
    format!("{id} {is_open} {revision} {sides:?}")
}

/// Every row in memory is what the journal says, and the journal's rows of every set that is in memory are in it.
/// Nothing is held for somebody who no longer waits.
#[track_caller]
pub(super) fn check_memory(play: &Play, case: &str) {
    play.world.cache.show(&mut Compared { play, case });
}

struct Compared<'a> {
    play: &'a Play,
    case: &'a str,
}

impl SeesTables for Compared<'_> {
    fn table<R: Cached>(&mut self, table: &TableCache<R>) {
        let Self { play, case } = self;
        let mut stored: BTreeMap<String, Vec<(u64, Vec<Value>)>> = BTreeMap::new();
        for (ver, row) in play.store.versions::<R>() {
            stored.entry(name::<R>(R::of(&row.key()))).or_default().push((ver, columns(&row)));
        }
        let is_idle = play.world.parking.len() == 0;
        for (of, unit) in table.each() {
            let held: Vec<(u64, Vec<Value>)> =
                unit.rows().iter().map(|held| (held.ver, columns(&held.row))).collect();
            assert_eq!(held, stored.remove(&name::<R>(of)).unwrap_or_default(), "{}: {case}", R::DEF.name);
            assert!(!is_idle || unit.pins() == 0, "pinned: {held:?}, {case}");
        }
    }
}

fn name<R: Cached>(of: &R::Of) -> String {
    format!("{:?}", of.value())
}

/// Without those that no record has to carry.
fn columns<R: Cached>(row: &R) -> Vec<Value> {
    let columns = row.values().into_iter().zip(R::DEF.columns);
    let is_kept = |column: &str| !["cseq_last", "cseq_ok", "hp", "dead"].contains(&column);
    columns.filter(|(_, column)| is_kept(column.name)).map(|(value, _)| value).collect()
}
