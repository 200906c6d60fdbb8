//! A battle in real time for 2 to 16: the server alone moves fighters and shots, twenty times a second, and
//! decides what is hit. Members say where they go, aim and whether they fire; the newest word counts.
//!
//! Players gather, each with the stake that the room's options ask for, until as many are connected as the
//! match wants: until then, and while none of them is there, nothing ticks. Whoever has the most kills when somebody has enough of them, or at the time limit, wins the
//! stakes.

mod ending;
mod field;
mod fight;
mod options;
mod show;
#[cfg(test)]
mod tests;

use std::time::Duration;

use proto::{
    client::ArenaSteer,
    ids::AccountId,
    kinds::{KindDef, Lane},
    prescan::Budget,
    wire,
};
use serde::{Deserialize, Serialize};

use self::{
    ending::{Place, Reason},
    field::{UNIT, Vector},
    fight::{Fight, Fighter, Intent},
    options::{PLAYERS_MAX, Rules},
};
use super::refund_others;
use crate::room::{
    Journal, Limits, Message, Opening, Outcome, Refusal, Room, RoomCtx, RoomKind, Snapshot, Tick, TimerId,
    signal, told,
};

/// Signal: `ArenaSteer`, the newest one counts.
pub const ARENA_STEER: u32 = 1_090;
/// From the server, must arrive: `ArenaView`, to one who sees nothing yet.
pub const ARENA_VIEW: u32 = 1_091;
/// From the server, must arrive: `ArenaGathering`.
pub const ARENA_GATHERING: u32 = 1_092;
/// From the server, must arrive: `ArenaBegun`.
pub const ARENA_BEGUN: u32 = 1_093;
/// From the server, latest wins: `ArenaState`.
pub const ARENA_STATE: u32 = 1_094;
/// From the server, must arrive: `ArenaKilled`.
pub const ARENA_KILLED: u32 = 1_095;
/// From the server, must arrive: `ArenaEnded`.
pub const ARENA_ENDED: u32 = 1_096;

/// The room.
#[derive(Debug, Serialize, Deserialize)]
pub struct Arena {
    rules: Rules,
    fight: Fight,
    /// By the room's time, when the match ends; 0 before it begins.
    ends_ms: u64,
    /// Until then, as members were told last.
    left_ms: u32,
    /// None of its players is there: nothing moves.
    #[serde(default)]
    is_deserted: bool,
}

impl RoomKind for Arena {
    const NAME: &'static str = "arena";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Every(Duration::from_millis(50));
    const MEMBERS_MAX: usize = 32;
    const PLAYERS_MAX: usize = 16;
    const KINDS: &'static [KindDef] = &[
        signal(ARENA_STEER, "arena_steer", 64, 1),
        told(ARENA_VIEW, "arena_view", 4_096, Lane::MustArrive),
        told(ARENA_GATHERING, "arena_gathering", 256, Lane::MustArrive),
        told(ARENA_BEGUN, "arena_begun", 4_096, Lane::MustArrive),
        told(ARENA_STATE, "arena_state", 4_096, Lane::LatestWins),
        told(ARENA_KILLED, "arena_killed", 64, Lane::MustArrive),
        told(ARENA_ENDED, "arena_ended", 1_024, Lane::MustArrive),
    ];
    const MATCH_PLAYERS: Option<usize> = Some(2);
    const LIMITS: Limits =
        Limits { output_bytes: 32 * 1024, calls: 256, state_bytes: 8 * 1024, ..Limits::DEFAULT };

    fn open(opening: &Opening<'_>) -> Result<Self, Refusal> {
        let rules = Rules::parse(opening.options)?;
        Ok(Self {
            rules,
            fight: Fight::default(),
            ends_ms: 0,
            left_ms: rules.limit_s * 1_000,
            is_deserted: false,
        })
    }

    fn match_players(options: &[u8]) -> Option<usize> {
        usize::try_from(Rules::parse(options).ok()?.players).ok()
    }
}

impl Room for Arena {
    fn join(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) -> Result<(), Refusal> {
        if !ctx.is_player(member) {
            self.arrange(ctx);
            return Ok(());
        }
        if self.fight.has_begun() {
            return Err(Refusal("already_begun"));
        }
        // A stake that a full wallet did not take back when they left is still theirs.
        if self.rules.stake != 0 && ctx.staked(member) == 0 {
            ctx.stake(member, self.rules.stake.into())?;
        }
        self.fight.fighters.push(Fighter::new(member));
        self.gather(ctx);
        self.arrange(ctx);
        Ok(())
    }

    fn leave(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        let Some(slot) = self.fight.slot_of(member) else { return };
        if self.fight.has_begun() {
            self.fight.remove(slot);
            self.end_if_over(ctx);
        } else {
            self.fight.fighters.remove(slot);
            // Without room for it in the wallet it stays in the pot, until the room closes or settles without
            // them.
            let _kept = ctx.refund(member);
            ctx.broadcast(ARENA_GATHERING, &show::gathering(&self.rules, &self.fight));
        }
        self.arrange(ctx);
    }

    fn away(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        if let Some(slot) = self.fight.slot_of(member) {
            self.fight.stand(slot);
        }
        self.arrange(ctx);
    }

    fn back(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        if !self.fight.has_begun() && self.fight.slot_of(member).is_some() {
            self.gather(ctx);
        }
        self.arrange(ctx);
    }

    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        if message.kind != ARENA_STEER {
            return Err(Refusal("unknown_kind"));
        }
        if !ctx.is_player(message.from) {
            return Err(Refusal("not_a_player"));
        }
        let intent = intent(message.body)?;
        if !self.fight.has_begun() {
            return Err(Refusal("not_begun"));
        }
        let slot = self.fight.slot_of(message.from).ok_or(Refusal("not_a_player"))?;
        self.fight.steer(slot, intent);
        Ok(())
    }

    fn timer(&mut self, ctx: &mut RoomCtx<'_>, _end: TimerId) {
        if self.fight.has_begun() {
            self.end_if_over(ctx);
        } else {
            self.end(ctx, Reason::NobodyCame);
        }
    }

    fn ticks(&self) -> bool {
        self.fight.has_begun() && !self.is_deserted
    }

    fn tick(&mut self, ctx: &mut RoomCtx<'_>) {
        let changes = self.fight.step();
        self.left_ms = u32::try_from(self.ends_ms.saturating_sub(now_ms(ctx))).unwrap_or(u32::MAX);
        // What must arrive waits until it is durable, so the first tick may be seen before the match is said to begin.
        let is_whole = self.fight.tick % WHOLE_TICKS == fight::TICK_FIRST + 1;
        let body = match is_whole {
            true => show::state(&self.fight, self.left_ms),
            false => show::changes(&self.fight, &changes, self.left_ms),
        };
        ctx.broadcast_latest(ARENA_STATE, &body);
        let mut kills: Vec<u32> = self.fight.fighters.iter().map(|fighter| fighter.kills).collect();
        // Somebody's second kill in one tick is told after the first: backwards, each with what it was then.
        let mut told = Vec::with_capacity(changes.kills.len());
        for kill in changes.kills.iter().rev() {
            let Some(count) = usize::try_from(kill.by).ok().and_then(|by| kills.get_mut(by)) else {
                continue;
            };
            told.push(show::killed(&self.fight, *kill, *count));
            *count -= 1;
        }
        told.iter().rev().for_each(|body| ctx.broadcast(ARENA_KILLED, body));
        self.end_if_over(ctx);
    }

    fn view(&self, _member: AccountId, snapshot: &mut Snapshot<'_>) {
        snapshot.packet(ARENA_VIEW, &show::view(&self.rules, &self.fight, self.left_ms));
        if !self.fight.has_begun() {
            snapshot.packet(ARENA_GATHERING, &show::gathering(&self.rules, &self.fight));
        }
    }

    fn snapshot(&self, snapshot: &mut Snapshot<'_>) {
        if self.fight.has_begun() {
            snapshot.packet(ARENA_STATE, &show::state(&self.fight, self.left_ms));
        }
    }

    fn label(&self) -> String {
        let players = self.fight.fighters.iter().filter(|fighter| !fighter.has_left()).count();
        if self.fight.has_begun() {
            format!("{players} fight, {} s left", self.left_ms / 1_000)
        } else {
            format!("{players} of {} wait", self.rules.players)
        }
    }
}

impl Arena {
    /// Begins the match if enough are connected, and says who is there.
    fn gather(&mut self, ctx: &mut RoomCtx<'_>) {
        ctx.broadcast(ARENA_GATHERING, &show::gathering(&self.rules, &self.fight));
        let here = (0_u32..).zip(ctx.players().filter(|player| player.is_here)).map(|(index, _)| index + 1);
        if here.last().unwrap_or(0) < self.rules.players {
            return;
        }
        self.ends_ms = now_ms(ctx) + u64::from(self.left_ms);
        self.fight.begin();
        ctx.broadcast(ARENA_BEGUN, &show::begun(&self.fight, self.left_ms));
    }

    /// Notes whether anybody who plays is there, and when it ends if no tick does that.
    fn arrange(&mut self, ctx: &mut RoomCtx<'_>) {
        self.is_deserted = !ctx.players().any(|player| player.is_here);
        let ends = match self.fight.has_begun() {
            true if self.is_deserted => Duration::from_millis(self.ends_ms),
            true => return ctx.cancel_timer(END),
            false => WAIT_MAX,
        };
        ctx.set_timer(END, ends.saturating_sub(ctx.time()));
    }

    fn end_if_over(&mut self, ctx: &mut RoomCtx<'_>) {
        let is_late = self.ends_ms <= now_ms(ctx);
        if let Some(reason) = ending::reason(&self.rules, &self.fight, is_late) {
            self.end(ctx, reason);
        }
    }

    /// Stakes that are not settled here are given back by the end of the room.
    fn end(&self, ctx: &mut RoomCtx<'_>, reason: Reason) {
        let mut places = Vec::new();
        if reason != Reason::NobodyCame {
            let fighters: Vec<AccountId> = self.fight.fighters.iter().map(|one| one.account).collect();
            refund_others(ctx, &fighters);
            let pot = fighters.iter().map(|account| ctx.staked(*account)).sum();
            places = ending::places(&self.fight, pot);
            let shares: Vec<(AccountId, i64)> = places
                .iter()
                .filter(|place| place.gold != 0)
                .map(|place| (place.account, place.gold))
                .collect();
            // A winner whose wallet has no room for it: everybody has their own back.
            if pot != 0 && ctx.settle(&shares).is_err() {
                places.iter_mut().for_each(|place| place.gold = ctx.staked(place.account));
            }
        }
        ctx.broadcast(ARENA_ENDED, &show::ended(reason, &places));
        let row = |place: &Place| (place.account, place.place);
        ctx.finish(Outcome { text: reason.text().to_owned(), places: places.iter().map(row).collect() });
    }
}

/// What a signal says.
fn intent(body: &[u8]) -> Result<Intent, Refusal> {
    let ArenaSteer { go_x, go_y, aim_x, aim_y, fire } =
        wire::decode(body, Budget::CLIENT).map_err(|_| Refusal("bad_body"))?;
    if [go_x, go_y, aim_x, aim_y].iter().any(|component| !(-UNIT..=UNIT).contains(component)) {
        return Err(Refusal("out_of_range"));
    }
    let aim = Some(Vector(aim_x, aim_y)).filter(|aim| !aim.is_zero());
    Ok(Intent { go: Vector(go_x, go_y), aim, fire })
}

fn now_ms(ctx: &RoomCtx<'_>) -> u64 {
    u64::try_from(ctx.time().as_millis()).unwrap_or(u64::MAX)
}

/// It is over without a tick.
const END: TimerId = TimerId(1);
/// Once in so many ticks members are told all of it, beginning with the first.
const WHOLE_TICKS: u32 = 100;
/// An arena to which nobody comes is no more.
const WAIT_MAX: Duration = Duration::from_secs(30 * 60);
const _: () = assert!(PLAYERS_MAX == 16 && Arena::PLAYERS_MAX == 16);
